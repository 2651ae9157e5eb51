/* bzip2の見分け — by its mark and that of its first block, or of its end. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("BZh")) && head.n >= 10 && (memcmp(head.p + 4, "1AY&SY", 6) == 0 || memcmp(head.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

const struct format_probe probe_bz2 = { .extensions = (const char *const[]){ "bz2", "tbz", "tbz2", "tb2", NULL }, .probe = probe };
