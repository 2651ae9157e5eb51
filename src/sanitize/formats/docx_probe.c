/* Word文書の見分け — by the names in its ZIP directory. */
#include "sanitize/format.h"
#include "sanitize/parts/package_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	return package_kind(head, tail, size) == PACKAGE_WORD;
}

const struct format_probe probe_docx = { .extensions = (const char *const[]){ "docx", "docm", "dotx", "dotm", NULL }, .probe = probe };
