/* 保存したWebページの見分け — text that begins with headers, and the extension says what it is. Under the name of a text it is refused (F1). */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_mht = { .extensions = (const char *const[]){ "mht", "mhtml", NULL }, .probe = probe, .plain = true };
