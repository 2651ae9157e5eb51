/* JPEGの見分け — by its first marker and the one behind it. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\xff\xd8\xff"));
}

const struct format_probe probe_jpeg = { .extensions = (const char *const[]){ "jpg", "jpeg", "jpe", "jfif", NULL }, .probe = probe };
