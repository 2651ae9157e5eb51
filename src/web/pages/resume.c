/* 続きから — POST /continue: the form that a person had sent too late is given to its page, now that they are signed in. */
#include "web/pages/resume.h"
#include "base/text.h"
#include "web/layout.h"
#include "web/limits.h"
#include "web/pages.h"

static bool is_carried(struct text name)
{
	static const char *const left[] = { "csrf", "password", "code", "present", "fresh", "again", "kept", "key" };

	for (size_t i = 0; i < COUNT(left); i++)
		if (text_is(name, left[i]))
			return false;
	return true;
}

static void put_encoded(struct buf *out, struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		uint8_t c = (uint8_t)t.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			buf_byte(out, c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

struct text resume_encode(struct arena *arena, const struct fields *form)
{
	struct buf out = buf_in(arena, WEB_FIELD_BYTES);

	for (size_t i = 0; i < form->count; i++) {
		const struct field *f = &form->rows[i];
		if (!is_carried(f->name))
			continue;
		if (out.n > 0)
			buf_byte(&out, '&');
		put_encoded(&out, f->name);
		buf_byte(&out, '=');
		put_encoded(&out, f->value);
	}
	return buf_ok(&out) && out.n > 0 ? (struct text){ buf_string(&out), out.n } : TEXT("");
}

const struct page_row *resume_page(const struct request *r, struct text to, uint64_t *number)
{
	bool exists;
	const struct page_row *row = page_find(r->web->face, POST, to, number, &exists);

	return row && row->permission != ANYONE && row->act != continue_post ? row : NULL;
}

static int decode(struct request *r, struct fields *out, struct err *err)
{
	struct text kept = form_value(r, "kept");

	*out = (struct fields){ 0 };
	return form_read(r->arena, bytes_of_text(kept), out, err);
}

bool resume_offer(struct request *r, struct html *o)
{
	struct resume_view v = { .to = form_value(r, "to"), .kept = form_value(r, "kept") };
	struct fields fields;
	uint64_t number;
	const struct page_row *row = resume_page(r, v.to, &number);

	if (!row || v.kept.n == 0 || decode(r, &fields, NULL) != 0)
		return false;
	v.fields = &fields;
	v.is_upload = row->method == UPLOAD;
	*o = html_begin(r->arena, r->language, request_csrf(r));
	page_resume(o, &v);
	return true;
}

int continue_post(struct request *r, struct html *o, struct err *err)
{
	struct text to = form_value(r, "to");
	struct fields fields;
	uint64_t number = 0;
	const struct page_row *row = resume_page(r, to, &number);

	if (!row)
		return fail(err, ERR_NOT_FOUND, 0, "no form is taken at %s", text_printable(r->arena, bytes_of_text(to), 80));
	if (decode(r, &fields, err) != 0)
		return -1;
	r->page = row, r->path = to, r->number = number, r->form = fields;
	return request_permitted(r, err) != 0 ? -1 : row->act(r, o, err);
}
