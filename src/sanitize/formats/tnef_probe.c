/* Outlookの添付（winmail.dat）の見分け — by its signature; what it is called says nothing. */
#include "sanitize/format.h"

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	(void)tail, (void)size;
	return bytes_start(head, BYTES("\x78\x9f\x3e\x22"));
}

const struct format_probe probe_tnef = { .extensions = (const char *const[]){ "tnef", NULL }, .probe = probe };
