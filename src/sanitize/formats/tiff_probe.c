/* TIFF画像の見分け — by its first bytes. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	return bytes_start(head, BYTES("II*\0")) || bytes_start(head, BYTES("MM\0*"));
}

const struct format_probe probe_tiff = { .extensions = (const char *const[]){ "tif", "tiff", NULL }, .probe = probe };
