/* 一太郎の文書の見分け — by the names in the top storage of its OLE2 container. */
#include "sanitize/format.h"
#include "sanitize/parts/ole_kind.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return ole_kinds(head) & OLE_KIND_ICHITARO;
}

const struct format_probe probe_jtd = { .extensions = (const char *const[]){ "jtd", "jtt", NULL }, .probe = probe };
