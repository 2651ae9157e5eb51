/* GIF画像の見分け — by its first bytes. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	return bytes_start(head, BYTES("GIF87a")) || bytes_start(head, BYTES("GIF89a"));
}

const struct format_probe probe_gif = { .extensions = (const char *const[]){ "gif", NULL }, .probe = probe };
