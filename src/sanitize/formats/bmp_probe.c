/* BMP画像の見分け — by its first bytes and the length of its header; two letters alone would claim too much. */
#include "base/cursor.h"
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail __attribute__((unused)), uint64_t size __attribute__((unused)))
{
	static const uint8_t headers[] = { 12, 16, 40, 52, 56, 64, 108, 124 };
	struct cursor c = cursor_over(head);

	if (!bytes_start(head, BYTES("BM")))
		return false;
	cursor_take(&c, 14);
	uint32_t header = cursor_u32le(&c);
	for (size_t i = 0; i < COUNT(headers); i++)
		if (!c.failed && header == headers[i])
			return true;
	return false;
}

const struct format_probe probe_bmp = { .extensions = (const char *const[]){ "bmp", "dib", NULL }, .probe = probe };
