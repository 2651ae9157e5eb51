/* メタファイルの見分け — by the mark of the head that places it, or by a bare head: kind, its length, its version. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\xd7\xcd\xc6\x9a\0\0")) || bytes_start(head, BYTES("\1\0\x09\0\0\3")) || bytes_start(head, BYTES("\2\0\x09\0\0\3"));
}

const struct format_probe probe_wmf = { .extensions = (const char *const[]){ "wmf", NULL }, .probe = probe };
