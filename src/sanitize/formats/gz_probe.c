/* gzipの見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\x1f\x8b\x08"));
}

const struct format_probe probe_gz = { .extensions = (const char *const[]){ "gz", "tgz", "taz", "svgz", NULL }, .probe = probe };
