/* メタファイル — WMF, the older drawing of Windows, with or without a head for placing it: drawn by LibreOffice in the converter's jail and delivered as PNG. Here only the
 * frame of its records is read. Escape records, which once ran code in those who drew them, never reach anybody's screen. article: s6.3.2b; threats B8, G; decision 0010. */
#include "base/cursor.h"
#include "sanitize/parts/metafile_frame.h"

enum { PLACED_HEAD = 22, BOX_AT = 6, HEAD_WORDS = 9, RECORD_WORDS = 3, RECORDS_MOST = 1000000, END = 0 };

/* The head for placing tells the box, in so many parts of an inch; a bare one nothing. */
static int frame(struct job *job, struct bytes whole, struct err *err)
{
	struct cursor c = cursor_over(whole);
	int64_t box[4];

	if (!bytes_start(whole, BYTES("\xd7\xcd\xc6\x9a")))
		return metafile_frame(job, 0, 0, whole, err);
	cursor_take(&c, BOX_AT);
	for (int i = 0; i < 4; i++)
		box[i] = (int16_t)cursor_u16le(&c);
	int64_t inch = cursor_u16le(&c), width = box[2] - box[0], height = box[3] - box[1];
	inch = MAX(inch, (int64_t)1);
	return metafile_frame(job, (uint64_t)MAX(width, -width) * 2540 / (uint64_t)inch, (uint64_t)MAX(height, -height) * 2540 / (uint64_t)inch, whole, err);
}

int wmf_rebuild(struct job *job, struct err *err)
{
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0)
		return -1;
	struct cursor c = cursor_over(whole);
	if (bytes_start(whole, BYTES("\xd7\xcd\xc6\x9a")))
		cursor_take(&c, PLACED_HEAD);
	uint16_t kind = cursor_u16le(&c), words = cursor_u16le(&c);
	cursor_take(&c, 2 * HEAD_WORDS - 4);
	if (c.failed || (kind != 1 && kind != 2) || words != HEAD_WORDS)
		return refuse(err, REFUSAL_DAMAGED, "no head of a metafile");
	for (unsigned i = 0; i < RECORDS_MOST; i++) {
		uint32_t n = cursor_u32le(&c);
		uint16_t function = cursor_u16le(&c);
		if (c.failed || n < RECORD_WORDS || n > UINT32_MAX / 2)
			return refuse(err, REFUSAL_DAMAGED, "record %u is none", i);
		cursor_take(&c, 2 * ((size_t)n - RECORD_WORDS));
		if (function == END && !c.failed) {
			job_convert(job, "png");
			return frame(job, whole, err);
		}
	}
	return refuse(err, REFUSAL_TOO_LARGE, "more than %d records", RECORDS_MOST);
}
