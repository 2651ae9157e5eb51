/* Zstandardの見分け — by its mark, behind a frame that is to be skipped if there is one. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	if (head.n > 8 && head.p[0] >> 4 == 5 && memcmp(head.p + 1, "\x2a\x4d\x18", 3) == 0) { /* a frame that is skipped may stand first */
		size_t n = (size_t)head.p[4] | (size_t)head.p[5] << 8 | (size_t)head.p[6] << 16 | (size_t)head.p[7] << 24;
		head = n <= head.n - 8 ? bytes_of(head.p + 8 + n, head.n - 8 - n) : bytes_of(head.p, 0);
	}
	return bytes_start(head, BYTES("\x28\xb5\x2f\xfd"));
}

const struct format_probe probe_zst = { .extensions = (const char *const[]){ "zst", "zstd", "tzst", NULL }, .probe = probe };
