/* RARの見分け — by the marks of its two generations. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("Rar!\x1a\x07\0")) || bytes_start(head, BYTES("Rar!\x1a\x07\x01\0"));
}

const struct format_probe probe_rar = { .extensions = (const char *const[]){ "rar", NULL }, .probe = probe };
