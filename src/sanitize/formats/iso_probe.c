/* ISOイメージの見分け — by its first descriptor, 32 KiB from the start. What may boot from it (a program before the descriptor) makes it none. */
#include "sanitize/format.h"

enum { DESCRIPTOR = 32768 };

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return head.n > DESCRIPTOR + 6 && head.p[0] == 0 && memcmp(head.p + DESCRIPTOR, "\1CD001", 6) == 0;
}

const struct format_probe probe_iso = { .extensions = (const char *const[]){ "iso", NULL }, .probe = probe };
