/* CABの見分け — by its mark. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("MSCF\0\0\0\0"));
}

const struct format_probe probe_cab = { .extensions = (const char *const[]){ "cab", NULL }, .probe = probe };
