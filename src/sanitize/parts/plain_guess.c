/* 文字コードの見分け — plain_guess of plain.h: statistics with a margin; what lies below it is not guessed.
 *
 * Each candidate that decodes without fault gets points per byte for what Japanese text is made of. Only a clear winner counts. */
#include "base/charset_japanese.h"
#include "sanitize/parts/plain.h"

/* In hundredths of a point per byte. */
enum { KANA = 100, LEVEL1 = 90, WIDE = 90, LEVEL2 = 20, HALF_RUN = 60, HALF_ALONE = 20, RARE = 10, LATIN2 = 55, MARGIN = 25, LEAST = 30 };

static unsigned row_points(unsigned row) /* of the 94 × 94 table */
{
	return row == 1 || row == 4 || row == 5 ? KANA : row == 3 ? WIDE : row >= 16 && row <= 47 ? LEVEL1 : row >= 48 && row <= 84 ? LEVEL2 : RARE;
}

/* Average points of the bytes above ASCII, -1 if it does not decode. */
static int score_euc(struct bytes b)
{
	uint64_t points = 0, bytes = 0;

	for (size_t i = 0; i < b.n;) {
		uint32_t c = 0;
		size_t n = euc_jp_take(b.p + i, b.n - i, &c);
		if (n == 0)
			return -1;
		if (b.p[i] >= 0x80) {
			unsigned each = b.p[i] == 0x8e ? HALF_ALONE : n == 3 ? RARE : row_points(b.p[i] - 0xa0u);
			points += (uint64_t)each * n, bytes += n;
		}
		i += n;
	}
	return bytes ? (int)(points / bytes) : 0;
}

static unsigned cp932_row(uint8_t lead, uint8_t trail)
{
	unsigned pair = lead < 0xa0 ? lead - 0x81u : lead - 0xc1u;
	return pair * 2 + 1 + (trail >= 0x9f);
}

/* Half-width kana are words, not single signs between others; runs of two that look like UTF-8's Latin letters are none. */
static unsigned half_points(struct bytes b, size_t at, size_t *run)
{
	size_t n = 0;

	while (at + n < b.n && b.p[at + n] >= 0xa1 && b.p[at + n] <= 0xdf)
		n++;
	*run = n;
	bool latin = n % 2 == 0;
	for (size_t i = 0; i < n && latin; i += 2)
		latin = b.p[at + i] == 0xc2 || b.p[at + i] == 0xc3;
	return latin ? RARE : n >= 2 ? HALF_RUN : HALF_ALONE;
}

static int score_cp932(struct bytes b)
{
	uint64_t points = 0, bytes = 0;

	for (size_t i = 0; i < b.n;) {
		uint32_t c = 0;
		size_t n = cp932_take(b.p + i, b.n - i, &c);
		if (n == 0)
			return -1;
		if (b.p[i] >= 0xa1 && b.p[i] <= 0xdf) {
			points += (uint64_t)half_points(b, i, &n) * n, bytes += n;
		} else if (b.p[i] >= 0x80) {
			points += (uint64_t)(n == 2 ? row_points(cp932_row(b.p[i], b.p[i + 1])) : RARE) * n, bytes += n;
		}
		i += n;
	}
	return bytes ? (int)(points / bytes) : 0;
}

/* Sequences of three and four bytes are their own proof; those of two could be half-width kana. */
static int score_utf8(struct bytes b)
{
	uint64_t points = 0, bytes = 0;

	if (!is_utf8(b))
		return -1;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] >= 0xe0)
			return KANA * 2;
		if (b.p[i] >= 0x80)
			points += b.p[i] < 0xc0 ? 0 : (b.p[i] <= 0xc3 ? LATIN2 : RARE) * 2u, bytes++;
	}
	return bytes ? (int)(points / bytes) : KANA * 2; /* plain ASCII is UTF-8 */
}

static bool has_japanese_escape(struct bytes b)
{
	for (size_t i = 0; i + 2 < b.n; i++)
		if (b.p[i] == 0x1b && ((b.p[i + 1] == '$' && (b.p[i + 2] == 'B' || b.p[i + 2] == '@')) ||
				       (b.p[i + 1] == '(' && (b.p[i + 2] == 'I' || b.p[i + 2] == 'J'))))
			return true;
	return false;
}

int plain_guess(struct bytes b, enum charset *out, struct err *err)
{
	bool seven_bits = true;

	for (size_t i = 0; i < b.n && seven_bits; i++)
		seven_bits = b.p[i] < 0x80;
	if (seven_bits) {
		*out = has_japanese_escape(b) ? CHARSET_ISO_2022_JP : CHARSET_UTF8;
		return 0;
	}
	const int scores[] = { score_utf8(b), score_cp932(b), score_euc(b) };
	static const enum charset charsets[] = { CHARSET_UTF8, CHARSET_CP932, CHARSET_EUC_JP };
	size_t best = 0;
	int second = -1;
	for (size_t i = 1; i < COUNT(scores); i++)
		if (scores[i] > scores[best])
			best = i;
	for (size_t i = 0; i < COUNT(scores); i++)
		if (i != best)
			second = MAX(second, scores[i]);
	if (scores[best] < 0)
		return refuse(err, REFUSAL_NOT_TEXT, "it is text in none of UTF-8, CP932, EUC-JP, ISO-2022-JP");
	if (scores[best] < LEAST || scores[best] - second < MARGIN)
		return refuse(err, REFUSAL_AMBIGUOUS_CHARSET, "UTF-8 %d, CP932 %d, EUC-JP %d points: no clear winner", scores[0], scores[1], scores[2]);
	*out = charsets[best];
	return 0;
}
