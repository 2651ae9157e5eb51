/* Excelバイナリーブックの見分け — by its ZIP directory and its first member. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_BINARY_SHEET;
}

const struct format_probe probe_xlsb = { .extensions = (const char *const[]){ "xlsb", NULL }, .probe = probe };
