/* PNGの見分け — by its signature. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\x89PNG\r\n\x1a\n"));
}

const struct format_probe probe_png = { .extensions = (const char *const[]){ "png", NULL }, .probe = probe };
