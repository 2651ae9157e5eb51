/* OpenDocument表計算の見分け — by its ZIP directory and its first member. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_OPEN_SHEET;
}

const struct format_probe probe_ods = { .extensions = (const char *const[]){ "ods", "ots", NULL }, .probe = probe };
