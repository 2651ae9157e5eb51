/* RTFの見分け — by how it begins; what begins so and is no RTF is refused as damaged, not taken for text. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("{\\rt"));
}

const struct format_probe probe_rtf = { .extensions = (const char *const[]){ "rtf", NULL }, .probe = probe };
