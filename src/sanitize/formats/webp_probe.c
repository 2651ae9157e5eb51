/* WebP画像の見分け — by its first bytes. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	return head.n >= 16 && bytes_start(head, BYTES("RIFF")) && memcmp(head.p + 8, "WEBPVP8", 7) == 0;
}

const struct format_probe probe_webp = { .extensions = (const char *const[]){ "webp", NULL }, .probe = probe };
