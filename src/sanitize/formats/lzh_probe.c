/* LZHの見分け — by the method and the level of its first member. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return head.n >= 21 && head.p[2] == '-' && head.p[3] == 'l' && (head.p[4] == 'h' || head.p[4] == 'z') && head.p[6] == '-' && head.p[20] <= 3;
}

const struct format_probe probe_lzh = { .extensions = (const char *const[]){ "lzh", "lha", NULL }, .probe = probe };
