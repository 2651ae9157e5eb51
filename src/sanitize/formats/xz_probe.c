/* xzの見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\xfd" "7zXZ\0"));
}

const struct format_probe probe_xz = { .extensions = (const char *const[]){ "xz", "txz", NULL }, .probe = probe };
