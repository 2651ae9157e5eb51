/* Excelブック（旧形式）の見分け — by the names in the top storage of its OLE2 container. */
#include "sanitize/format.h"
#include "sanitize/parts/ole_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return ole_kinds(head) & OLE_KIND_SHEET;
}

const struct format_probe probe_xls = { .extensions = (const char *const[]){ "xls", "xlt", NULL }, .probe = probe };
