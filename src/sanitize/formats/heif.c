/* HEIF・AVIF画像 — photographs of telephones: decoded by libheif's heif-convert in the converter's jail (the codecs under it are large and have been attacked) and delivered
 * as JPEG, which is rebuilt like any other. Here only the outermost boxes are read: films of the same container never meet the converter.
 * article: s6.3.2b; threat G; decision 0010. */
#include "base/cursor.h"
#include "sanitize/format.h"

enum { BOX = 8, BOXES_MOST = 1000 };

int heif_rebuild(struct job *job, struct err *err)
{
	struct bytes whole;
	bool described = false;

	if (job_read_all(job, &whole, err) < 0)
		return -1;
	struct cursor c = cursor_over(whole);
	for (unsigned i = 0; i < BOXES_MOST && c.left; i++) {
		uint64_t n = cursor_u32be(&c), head = BOX;
		const uint8_t *kind = cursor_take(&c, 4);
		if (n == 1)
			n = cursor_u64be(&c), head = 2 * BOX;
		if (n == 0)
			n = head + c.left;
		if (c.failed || n < head || n - head > c.left)
			return refuse(err, REFUSAL_DAMAGED, "box %u is cut short", i);
		described |= memcmp(kind, "meta", 4) == 0;
		if (memcmp(kind, "moov", 4) == 0 && !described)
			return refuse(err, REFUSAL_UNSUPPORTED_FORMAT, "it is a film");
		cursor_take(&c, (size_t)(n - head));
	}
	if (!described)
		return refuse(err, REFUSAL_DAMAGED, "it describes no picture");
	job_convert(job, "jpeg");
	return 0;
}
