/* OpenDocument文書の見分け — by its ZIP directory and its first member. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_OPEN_TEXT;
}

const struct format_probe probe_odt = { .extensions = (const char *const[]){ "odt", "ott", NULL }, .probe = probe };
