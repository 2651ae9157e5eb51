/* 一太郎の文書 — jtd and jtt: the text of the stream DocumentText, as txt in UTF-8, and a notice that nothing else came along. Layout, pictures and tables are
 * not documented anywhere; nothing of them is kept. article: s6.3.2b; threats C1, C6. */
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/ole.h"
#include "sanitize/parts/plain.h"

enum { TEXT_AT = 0x20, COUNT_AT = 0x1c, SPAN_BEGINS = 0x1c, SPAN_ENDS = 0x1f };

/* UTF-16, big end first; spans of controls lie between two marks and are not text. A span that does not end hides nothing behind it. */
static struct bytes text_units(struct arena *arena, struct bytes in)
{
	struct buf out = buf_in(arena, 0);

	for (size_t i = 0; i + 1 < in.n; i += 2) {
		unsigned c = (unsigned)in.p[i] << 8 | in.p[i + 1];
		size_t end = i;
		if (c == SPAN_BEGINS) {
			while (end + 1 < in.n && !(in.p[end] == 0 && in.p[end + 1] == SPAN_ENDS))
				end += 2;
			if (end + 1 < in.n)
				i = end;
			continue;
		}
		if (c == '\r' || c == '\f' || c == 0x0b)
			c = '\n';
		if (c >= 0x20 || c == '\n' || c == '\t')
			buf_u16be(&out, (uint16_t)c);
	}
	return buf_view(&out);
}

static int read_text(struct job *job, struct text *out, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct bytes whole, stream;
	struct ole ole;

	if (job_read_all(job, &whole, err) < 0 || ole_open(arena, whole, &ole, err) < 0)
		return -1;
	uint32_t entry = ole_find(&ole, 0, "DocumentText");
	if (entry == OLE_NONE || ole_content(&ole, entry, &stream, err) < 0)
		return entry == OLE_NONE ? refuse(err, REFUSAL_DAMAGED, "no text in it") : -1;
	if (!bytes_start(stream, BYTES("SsmgV.01")) || stream.n < TEXT_AT)
		return refuse(err, REFUSAL_FEATURE, "its text is of a kind that is not documented");
	struct cursor c = cursor_over(stream);
	cursor_take(&c, COUNT_AT);
	uint32_t units = cursor_u32be(&c);
	if (units > c.left / 2)
		return refuse(err, REFUSAL_DAMAGED, "%u characters are announced, %zu are there", units, c.left / 2);
	if (text_from(arena, CHARSET_UTF16BE, text_units(arena, cursor_bytes(&c, (size_t)units * 2)), out, NULL) < 0)
		return refuse(err, REFUSAL_NOT_TEXT, "its text is no UTF-16");
	return 0;
}

int jtd_rebuild(struct job *job, struct err *err)
{
	struct text raw, text;
	unsigned changed;

	if (read_text(job, &raw, err) < 0 || foreign_text(job_arena(job), TEXT("utf-8"), bytes_of_text(raw), &text, err) < 0)
		return -1;
	text = text_without_tags(job_arena(job), text, &changed);
	const char *kind = plain_active(text);
	if (kind)
		return refuse(err, REFUSAL_ACTIVE_TEXT, "its text is %s (F1)", kind);
	job_note(job, "ICHITARO_TEXT");
	job_converted(job, "txt");
	/* With the mark every program reads it as UTF-8. */
	return job_write(job, BYTES("\xef\xbb\xbf"), err) < 0 ? -1 : job_write(job, bytes_of_text(text), err);
}
