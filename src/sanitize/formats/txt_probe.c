/* テキストの見分け — text has no magic: it is what no other format claims and what has no binary bytes. */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_txt = { .extensions = (const char *const[]){ "txt", "text", "log", "md", NULL }, .probe = probe, .plain = true };
