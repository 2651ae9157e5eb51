/* 正準の文 — one form for one meaning: what is adopted, hashed and compared. */
#include "policy/parse.h"

void policy_write_string(struct buf *out, struct text t)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] == '"' || t.p[i] == '\\')
			buf_byte(out, '\\');
		buf_byte(out, (uint8_t)t.p[i]);
	}
	buf_byte(out, '"');
}

void policy_write_said(struct buf *out, const char *word, struct text t)
{
	if (t.n == 0)
		return;
	buf_printf(out, "    %s ", word);
	policy_write_string(out, t);
	buf_str(out, "\n");
}

void policy_print(struct buf *out, const struct policy *policy)
{
	for (const struct statement *const *s = statements; *s; s++)
		(*s)->write(out, policy);
}

struct text policy_text_of(struct arena *arena, const struct policy *policy)
{
	struct buf out = buf_in(arena, 0);

	policy_print(&out, policy);
	return (struct text){ buf_string(&out), out.n };
}
