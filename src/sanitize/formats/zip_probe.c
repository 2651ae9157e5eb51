/* ZIPの見分け — by the names in its ZIP directory. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_ARCHIVE;
}

const struct format_probe probe_zip = { .extensions = (const char *const[]){ "zip", "zipx", NULL }, .probe = probe };
