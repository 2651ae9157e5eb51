/* 平文らしさ — plain_looks_like of plain.h, for probes: cheap, by the first and last bytes only. */
#include "sanitize/parts/plain.h"

static bool has_nul(struct bytes b)
{
	return b.n && memchr(b.p, 0, b.n);
}

/* UTF-8 or Japanese text has few controls; a binary file soon shows some. */
static bool few_controls(struct bytes b)
{
	size_t controls = 0;

	for (size_t i = 0; i < b.n; i++)
		controls += b.p[i] < 0x20 && b.p[i] != '\t' && b.p[i] != '\n' && b.p[i] != '\r' && b.p[i] != 0x1b && b.p[i] != '\f';
	return controls * 64 <= b.n + 512; /* a few are forgiven in short texts: they are taken out */
}

bool plain_looks_like(struct bytes head, struct bytes tail)
{
	if (bytes_start(head, BYTES("\xff\xfe")) || bytes_start(head, BYTES("\xfe\xff")))
		return true;
	return !has_nul(head) && !has_nul(tail) && few_controls(head) && few_controls(tail);
}
