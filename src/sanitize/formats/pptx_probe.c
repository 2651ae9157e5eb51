/* PowerPoint資料の見分け — by the names in its ZIP directory. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_SLIDES;
}

const struct format_probe probe_pptx = { .extensions = (const char *const[]){ "pptx", "pptm", "ppsx", "ppsm", "potx", "potm", NULL }, .probe = probe };
