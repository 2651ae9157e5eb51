/* 連絡先の見分け — text, and the extension says what it is; how it begins is proved when it is read. */
#include "sanitize/parts/plain.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)size;
	return plain_looks_like(head, tail);
}

const struct format_probe probe_vcf = { .extensions = (const char *const[]){ "vcf", "vcard", NULL }, .probe = probe, .plain = true };
