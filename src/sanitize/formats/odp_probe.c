/* OpenDocument資料の見分け — by its ZIP directory and its first member. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_OPEN_SLIDES;
}

const struct format_probe probe_odp = { .extensions = (const char *const[]){ "odp", "otp", NULL }, .probe = probe };
