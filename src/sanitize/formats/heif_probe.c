/* HEIF・AVIFの見分け — by the brand of its first box; films have others. */
#include "sanitize/format.h"

enum { BRAND = 8 };

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	static const char brands[][5] = { "heic", "heix", "heim", "heis", "mif1", "avif", "msf1", "hevc", "avis" };

	(void)tail, (void)size;
	if (head.n < BRAND + 4 || memcmp(head.p + 4, "ftyp", 4) != 0)
		return false;
	for (size_t i = 0; i < COUNT(brands); i++)
		if (memcmp(head.p + BRAND, brands[i], 4) == 0)
			return true;
	return false;
}

const struct format_probe probe_heif = { .extensions = (const char *const[]){ "heic", "heif", "hif", "avif", NULL }, .probe = probe };
