/* 書体の検査数 — puts the checksums of a TrueType font right after a byte of it was changed: else no change would come past them. */
#ifndef SUPPORT_TRUETYPE_SUMS_H
#define SUPPORT_TRUETYPE_SUMS_H
#include "sanitize/parts/font_truetype.h"

static inline uint32_t truetype_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t truetype_sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		sum += truetype_get32(p + i);
	return sum;
}

static inline void truetype_mend_sums(uint8_t *p, size_t n)
{
	uint8_t *head = NULL;

	for (size_t row = 12; row + 16 <= n && row < 12 + 16 * (size_t)p[5]; row += 16) {
		size_t at = truetype_get32(p + row + 8), size = ((size_t)truetype_get32(p + row + 12) + 3) & ~(size_t)3;
		if (at > n || size > n - at)
			return;
		if (memcmp(p + row, "head", 4) == 0 && size >= 12)
			head = p + at, truetype_put32(head + 8, 0);
		truetype_put32(p + row + 4, truetype_sum_of(p + at, size));
	}
	if (head)
		truetype_put32(head + 8, 0xb1b0afba - truetype_sum_of(p, n));
}

#endif
