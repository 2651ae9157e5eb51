/* 7zの見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("7z\xbc\xaf\x27\x1c"));
}

const struct format_probe probe_sevenzip = { .extensions = (const char *const[]){ "7z", NULL }, .probe = probe };
