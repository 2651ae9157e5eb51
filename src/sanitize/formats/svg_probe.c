/* SVGの見分け — text, and the extension says that it is a drawing. Under any other name its markup is refused (F1). */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_svg = { .extensions = (const char *const[]){ "svg", NULL }, .probe = probe, .plain = true };
