/* 拡張メタファイル — EMF, the drawing of Windows that stands in many documents: drawn by LibreOffice in the converter's jail and delivered as PNG. Here only the frame of its
 * records is read: what is no chain of records from a head to an end never meets the converter. article: s6.3.2b; threats B8, G; decision 0010. */
#include "base/cursor.h"
#include "sanitize/parts/metafile_frame.h"

enum { FRAME_AT = 24, RECORD_HEAD = 8, EMR_HEADER = 1, EMR_EOF = 14, RECORDS_MOST = 1000000 };

/* The frame of the head, in hundredths of a millimetre. */
static int frame(struct job *job, struct bytes whole, struct err *err)
{
	struct cursor c = cursor_over(whole);

	cursor_take(&c, FRAME_AT);
	int32_t left = (int32_t)cursor_u32le(&c), top = (int32_t)cursor_u32le(&c), right = (int32_t)cursor_u32le(&c), bottom = (int32_t)cursor_u32le(&c);
	return metafile_frame(job, right > left ? (uint64_t)((int64_t)right - left) : 0, bottom > top ? (uint64_t)((int64_t)bottom - top) : 0, whole, err);
}

int emf_rebuild(struct job *job, struct err *err)
{
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0)
		return -1;
	struct cursor c = cursor_over(whole);
	for (unsigned i = 0; i < RECORDS_MOST; i++) {
		uint32_t kind = cursor_u32le(&c), n = cursor_u32le(&c);
		if (c.failed || n < RECORD_HEAD || n % 4 || (i == 0) != (kind == EMR_HEADER))
			return refuse(err, REFUSAL_DAMAGED, "record %u is none", i);
		cursor_take(&c, n - RECORD_HEAD);
		if (kind == EMR_EOF && !c.failed) {
			if (c.left)
				job_removed(job, "A2", "", 1);
			job_convert(job, "png");
			return frame(job, bytes_of(whole.p, whole.n - c.left), err);
		}
	}
	return refuse(err, REFUSAL_TOO_LARGE, "more than %d records", RECORDS_MOST);
}
