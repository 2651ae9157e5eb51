/* CSVの見分け — as text: what no other format claims, under the name of a table. */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_csv = { .extensions = (const char *const[]){ "csv", NULL }, .probe = probe, .plain = true };
