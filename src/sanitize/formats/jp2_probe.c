/* JPEG 2000の見分け — by the mark of its boxes, or of a bare code stream. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\0\0\0\x0cjP  \r\n\x87\n")) || bytes_start(head, BYTES("\xff\x4f\xff\x51\0"));
}

const struct format_probe probe_jp2 = { .extensions = (const char *const[]){ "jp2", "j2k", "jpf", "jpx", "j2c", "jpc", NULL }, .probe = probe };
