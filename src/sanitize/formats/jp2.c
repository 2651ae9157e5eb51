/* JPEG 2000画像 — jp2, jpx and bare code streams, drawn by poppler in the converter's jail (its decoder is never linked) and delivered as PNG. From a PDF come pictures of
 * this kind too, as members. Here only its size is read. article: s6.3.2b; threats D10, G. */
#include "base/cursor.h"
#include "sanitize/parts/picture_frame.h"

enum { BOX = 8, BOXES_MOST = 10000 };

/* Where the code stream begins: at once, or in the first box "jp2c". */
static struct bytes code_stream(struct bytes whole)
{
	struct cursor c = cursor_over(whole);

	if (bytes_start(whole, BYTES("\xff\x4f\xff\x51")))
		return whole;
	for (unsigned i = 0; i < BOXES_MOST && c.left >= BOX; i++) {
		uint64_t n = cursor_u32be(&c), head = BOX;
		const uint8_t *kind = cursor_take(&c, 4);
		if (n == 1)
			n = cursor_u64be(&c), head = 2 * BOX;
		if (c.failed)
			break;
		if (memcmp(kind, "jp2c", 4) == 0)
			return bytes_of(c.p, c.left);
		if (n < head || n - head > c.left) /* 0: to the end, and this was not it */
			break;
		cursor_take(&c, (size_t)(n - head));
	}
	return (struct bytes){ NULL, 0 };
}

int jp2_rebuild(struct job *job, struct err *err)
{
	struct bytes whole;

	if (job_read_all(job, &whole, err) < 0)
		return -1;
	struct cursor c = cursor_over(code_stream(whole));
	bool good = cursor_u32be(&c) == 0xff4fff51;
	cursor_take(&c, 4); /* length of the segment, capabilities */
	uint32_t width = cursor_u32be(&c), height = cursor_u32be(&c), left = cursor_u32be(&c), top = cursor_u32be(&c);
	if (!good || c.failed || left >= width || top >= height)
		return refuse(err, REFUSAL_DAMAGED, "no code stream of JPEG 2000");
	if (picture_frame(job, width - left, height - top, "JPXDecode", "", whole, err) < 0)
		return -1;
	job_convert(job, "ppm");
	return 0;
}
