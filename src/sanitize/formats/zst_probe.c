/* Zstandardの見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\x28\xb5\x2f\xfd"));
}

const struct format_probe probe_zst = { .extensions = (const char *const[]){ "zst", "zstd", "tzst", NULL }, .probe = probe };
