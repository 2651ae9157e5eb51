/* 文字コードの見分け — plain_guess of plain.h: statistics with a margin; what lies below it is not guessed.
 *
 * Each candidate that decodes without fault gets points per byte for what Japanese text is made of. Only a clear winner counts. No character of
 * several bytes holds a line end in any of the candidates, so that the points of a text are those of its lines. */
#include "base/charset_japanese.h"
#include "sanitize/parts/plain.h"

/* In hundredths of a point per byte. */
enum { KANA = 100, LEVEL1 = 90, WIDE = 90, LEVEL2 = 20, HALF_RUN = 60, HALF_ALONE = 20, RARE = 10, LATIN2 = 55, MARGIN = 25, LEAST = 30 };

static unsigned row_points(unsigned row) /* of the 94 × 94 table */
{
	return row == 1 || row == 4 || row == 5 ? KANA : row == 3 ? WIDE : row >= 16 && row <= 47 ? LEVEL1 : row >= 48 && row <= 84 ? LEVEL2 : RARE;
}

static void add_euc(struct plain_points *to, struct bytes b)
{
	for (size_t i = 0; i < b.n && !to->broken;) {
		uint32_t c = 0;
		size_t n = euc_jp_take(b.p + i, b.n - i, &c);
		to->broken = n == 0;
		if (n && b.p[i] >= 0x80) {
			unsigned each = b.p[i] == 0x8e ? HALF_ALONE : n == 3 ? RARE : row_points(b.p[i] - 0xa0u);
			to->points += (uint64_t)each * n, to->bytes += n;
		}
		i += n;
	}
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

static void add_cp932(struct plain_points *to, struct bytes b)
{
	for (size_t i = 0; i < b.n && !to->broken;) {
		uint32_t c = 0;
		size_t n = cp932_take(b.p + i, b.n - i, &c);
		to->broken = n == 0;
		if (n && b.p[i] >= 0xa1 && b.p[i] <= 0xdf) {
			to->points += (uint64_t)half_points(b, i, &n) * n, to->bytes += n;
		} else if (n && b.p[i] >= 0x80) {
			to->points += (uint64_t)(n == 2 ? row_points(cp932_row(b.p[i], b.p[i + 1])) : RARE) * n, to->bytes += n;
		}
		i += n;
	}
}

/* Sequences of three and four bytes are their own proof; those of two could be half-width kana. */
static void add_utf8(struct plain_points *to, struct bytes b)
{
	to->broken = to->broken || !is_utf8(b);
	for (size_t i = 0; i < b.n && !to->broken && !to->proof; i++) {
		to->proof = b.p[i] >= 0xe0;
		if (b.p[i] >= 0x80)
			to->points += b.p[i] < 0xc0 ? 0 : (b.p[i] <= 0xc3 ? LATIN2 : RARE) * 2u, to->bytes++;
	}
}

/* Average of the bytes above ASCII, -1 if it does not decode. */
static int average(const struct plain_points *of)
{
	return of->broken ? -1 : of->proof ? KANA * 2 : of->bytes ? (int)(of->points / of->bytes) : 0;
}

bool plain_shift_at(struct bytes b, size_t at)
{
	static const char *const shifts[] = { "(B", "(J", "(I", "$@", "$B" };

	if (b.n - at < 3 || b.p[at] != 0x1b)
		return false;
	for (size_t k = 0; k < COUNT(shifts); k++)
		if (memcmp(b.p + at + 1, shifts[k], 2) == 0)
			return true;
	return false;
}

static bool has_shift(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (plain_shift_at(b, i))
			return true;
	return false;
}

void plain_guess_add(struct plain_guess *g, struct bytes lines)
{
	g->escapes = g->escapes || has_shift(lines);
	if (is_ascii(lines))
		return;
	g->eight_bits = true;
	add_utf8(&g->utf8, lines);
	add_cp932(&g->cp932, lines);
	add_euc(&g->euc_jp, lines);
}

int plain_guess_end(const struct plain_guess *g, enum charset *out, struct err *err)
{
	const int scores[] = { average(&g->utf8), average(&g->cp932), average(&g->euc_jp) };
	static const enum charset charsets[] = { CHARSET_UTF8, CHARSET_CP932, CHARSET_EUC_JP };
	size_t best = 0;
	int second = -1;

	if (!g->eight_bits) {
		*out = g->escapes ? CHARSET_ISO_2022_JP : CHARSET_UTF8;
		return 0;
	}
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
