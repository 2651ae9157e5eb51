/* HTMLの見分け — text, and the extension says that it is a page. Under any other name a page is refused (F1). */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_html = { .extensions = (const char *const[]){ "html", "htm", "xhtml", NULL }, .probe = probe, .plain = true };
