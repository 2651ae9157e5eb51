/* PPM画像の見分け — the colour kind of netpbm's, in bytes: "P6", white space, a digit. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	return head.n > 3 && memcmp(head.p, "P6", 2) == 0 && strchr(" \t\r\n", head.p[2]) && head.p[2] && head.p[3] >= '1' && head.p[3] <= '9';
}

const struct format_probe probe_ppm = { .extensions = (const char *const[]){ "ppm", "pnm", NULL }, .probe = probe };
