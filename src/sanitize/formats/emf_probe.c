/* 拡張メタファイルの見分け — by its first record and the mark within it. */
#include "sanitize/format.h"

enum { MARK_AT = 40 };

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\1\0\0\0")) && head.n >= MARK_AT + 4 && memcmp(head.p + MARK_AT, " EMF", 4) == 0;
}

const struct format_probe probe_emf = { .extensions = (const char *const[]){ "emf", NULL }, .probe = probe };
