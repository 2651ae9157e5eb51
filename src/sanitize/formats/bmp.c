/* BMP画像 — decoded by a reader of our own and delivered as PNG: palette, transparency and resolution stay. article: s6.3.2b; threat G. */
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/parts/bitmap.h"

enum { FILE_HEADER = 14 };

int bmp_rebuild(struct job *job, struct err *err)
{
	struct bytes whole;
	struct picture picture;

	if (job_read_all(job, &whole, err) != 0)
		return -1;
	struct cursor c = cursor_over(whole);
	cursor_take(&c, 10);
	uint32_t pixels = cursor_u32le(&c);
	if (c.failed || pixels < FILE_HEADER || pixels > whole.n)
		return refuse(err, REFUSAL_DAMAGED, "the BMP is cut short");
	struct bytes header = bytes_of(whole.p + FILE_HEADER, whole.n - FILE_HEADER);
	size_t used = 0;
	if (bitmap_read(job, header, bytes_of(whole.p + pixels, whole.n - pixels), &picture, &used, err) != 0)
		return -1;
	if (used && whole.n - pixels > used + 3)
		job_removed(job, "A2", "", 1);
	job_converted(job, "png");
	return picture_write(&picture, err);
}
