/* JBIG2の見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\x97JB2\r\n\x1a\n"));
}

const struct format_probe probe_jbig2 = { .extensions = (const char *const[]){ "jb2", "jbig2", NULL }, .probe = probe };
