/* TARの見分け — by the checksum of its first header, which old archives without a mark have too. */
#include "sanitize/format.h"

enum { HEADER = 512, SUM_AT = 148, SUM_BYTES = 8 };

static bool probe(struct bytes head, struct bytes tail, uint64_t size)
{
	unsigned sum = 0, said = 0;
	size_t i = SUM_AT;

	(void)tail;
	if (size < HEADER || head.n < HEADER || head.p[0] == 0)
		return false;
	for (size_t k = 0; k < HEADER; k++)
		sum += k >= SUM_AT && k < SUM_AT + SUM_BYTES ? ' ' : head.p[k];
	while (i < SUM_AT + SUM_BYTES && head.p[i] == ' ')
		i++;
	for (; i < SUM_AT + SUM_BYTES && head.p[i] >= '0' && head.p[i] <= '7'; i++)
		said = said * 8 + head.p[i] - '0';
	return said == sum;
}

const struct format_probe probe_tar = { .extensions = (const char *const[]){ "tar", NULL }, .probe = probe };
