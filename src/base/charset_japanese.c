/* 日本の文字コード — contract in charset_japanese.h. */
#include "base/charset_japanese.h"
#include "base/charset_tables.h"

enum { IBM_FIRST = 57 * 188 }; /* index of FA40 in cp932_decode */
enum iso_2022_state { STATE_ASCII, STATE_ROMAN, STATE_KANA, STATE_KANJI };

/* ---- CP932 ---- */

static int cp932_index(unsigned lead, unsigned trail)
{
	unsigned i = lead >= 0x81 && lead <= 0x9f ? lead - 0x81 : lead >= 0xe0 && lead <= 0xfc ? lead - 0xe0 + 31 : 60;
	unsigned k = trail >= 0x40 && trail <= 0x7e ? trail - 0x40 : trail >= 0x80 && trail <= 0xfc ? trail - 0x80 + 63 : 188;

	return i < 60 && k < 188 ? (int)(i * 188 + k) : -1;
}

static unsigned code_of(const uint16_t page[256], const uint16_t code[][256], uint32_t c)
{
	return c < 0x10000 ? code[page[c >> 8]][c & 0xff] : 0;
}

size_t cp932_take(const uint8_t *p, size_t n, uint32_t *c)
{
	if (p[0] < 0x80)
		return *c = p[0], 1;
	if (p[0] >= 0xa1 && p[0] <= 0xdf)
		return *c = 0xff61u + p[0] - 0xa1, 1;
	int i = n > 1 ? cp932_index(p[0], p[1]) : -1;
	if (i < 0 || cp932_decode[i] == 0)
		return 0;
	return *c = cp932_decode[i], 2;
}

size_t cp932_put(uint8_t *out, uint32_t c)
{
	if (c < 0x80)
		return out[0] = (uint8_t)c, 1;
	if (c >= 0xff61 && c <= 0xff9f)
		return out[0] = (uint8_t)(c - 0xff61 + 0xa1), 1;
	unsigned code = code_of(cp932_page, cp932_code, c);
	return out[0] = (uint8_t)(code >> 8), out[1] = (uint8_t)code, code ? 2 : 0;
}

/* ---- rows and cells, 1 to 94, as EUC-JP and ISO-2022-JP have them ---- */

static uint32_t of_row(unsigned row, unsigned cell)
{
	if (row < 1 || row > 94 || cell < 1 || cell > 94)
		return 0;
	return cp932_decode[(row - 1) / 2 * 188 + (row - 1) % 2 * 94 + cell - 1];
}

/* Row << 8 | cell, 0 if there is none. *ibm: the character stands in CP932's IBM rows and what is returned is NEC's copy. */
static unsigned to_row(uint32_t c, bool *ibm)
{
	unsigned code = code_of(cp932_page, cp932_code, c);
	int i = code ? cp932_index(code >> 8, code & 0xff) : -1;

	*ibm = i >= IBM_FIRST;
	if (*ibm) {
		code = nec_of_ibm[i - IBM_FIRST];
		i = code ? cp932_index(code >> 8, code & 0xff) : -1;
	}
	if (i < 0 || i >= 47 * 188)
		return 0;
	return (unsigned)(i / 94 + 1) << 8 | (unsigned)(i % 94 + 1);
}

size_t euc_jp_take(const uint8_t *p, size_t n, uint32_t *c)
{
	if (p[0] < 0x80)
		return *c = p[0], 1;
	if (p[0] == 0x8e && n > 1 && p[1] >= 0xa1 && p[1] <= 0xdf)
		return *c = 0xff61u + p[1] - 0xa1, 2;
	if (p[0] == 0x8f && n > 2 && p[1] >= 0xa1 && p[1] <= 0xfe && p[2] >= 0xa1 && p[2] <= 0xfe) {
		*c = jisx0212_decode[(p[1] - 0xa1) * 94 + p[2] - 0xa1];
		return *c ? 3 : 0;
	}
	*c = n > 1 && p[0] >= 0xa1 && p[1] >= 0xa1 ? of_row(p[0] - 0xa0u, p[1] - 0xa0u) : 0;
	return *c ? 2 : 0;
}

size_t euc_jp_put(uint8_t *out, uint32_t c)
{
	bool ibm;

	if (c < 0x80)
		return out[0] = (uint8_t)c, 1;
	if (c >= 0xff61 && c <= 0xff9f)
		return out[0] = 0x8e, out[1] = (uint8_t)(c - 0xff61 + 0xa1), 2;
	unsigned row = to_row(c, &ibm), second = code_of(jisx0212_page, jisx0212_code, c);
	if (second && (row == 0 || ibm))
		return out[0] = 0x8f, out[1] = (uint8_t)(second >> 8), out[2] = (uint8_t)second, 3;
	return out[0] = (uint8_t)((row >> 8) + 0xa0), out[1] = (uint8_t)(row + 0xa0), row ? 2 : 0;
}

/* ---- ISO-2022-JP ---- */

static size_t shift(const uint8_t *p, size_t n, unsigned *state)
{
	if (n < 3)
		return 0;
	if (p[1] == '(' && (p[2] == 'B' || p[2] == 'J' || p[2] == 'I'))
		return *state = p[2] == 'B' ? STATE_ASCII : p[2] == 'J' ? STATE_ROMAN : STATE_KANA, 3;
	if (p[1] == '$' && (p[2] == '@' || p[2] == 'B'))
		return *state = STATE_KANJI, 3;
	return 0;
}

size_t iso_2022_jp_take(const uint8_t *p, size_t n, unsigned *state, uint32_t *c)
{
	if (p[0] == 0x1b)
		return *c = 0, shift(p, n, state);
	if (p[0] >= 0x80 || p[0] == 0x0e || p[0] == 0x0f) /* no eighth bit, no shift out or in */
		return 0;
	switch (*state) {
	case STATE_ASCII:
		return *c = p[0], 1;
	case STATE_ROMAN:
		return *c = p[0] == '\\' ? 0xa5 : p[0] == '~' ? 0x203e : p[0], 1;
	case STATE_KANA:
		if (p[0] < 0x21 || p[0] > 0x5f)
			return 0;
		return *c = 0xff61u + p[0] - 0x21, 1;
	default:
		*c = n > 1 && p[0] > 0x20 && p[1] > 0x20 ? of_row(p[0] - 0x20u, p[1] - 0x20u) : 0;
		return *c ? 2 : 0;
	}
}

static size_t shift_to(uint8_t *out, unsigned *state, unsigned wanted)
{
	static const char sequence[][4] = { "\x1b(B", "\x1b(J", "\x1b(I", "\x1b$B" };

	if (*state == wanted)
		return 0;
	*state = wanted;
	memcpy(out, sequence[wanted], 3);
	return 3;
}

size_t iso_2022_jp_put(uint8_t *out, unsigned *state, uint32_t c)
{
	bool ibm;
	size_t n;

	if (c == 0x1b || c == 0x0e || c == 0x0f)
		return 0; /* they would be read back as shifts */
	if (c < 0x80)
		return n = shift_to(out, state, STATE_ASCII), out[n] = (uint8_t)c, n + 1;
	if (c == 0xa5 || c == 0x203e)
		return n = shift_to(out, state, STATE_ROMAN), out[n] = c == 0xa5 ? '\\' : '~', n + 1;
	if (c >= 0xff61 && c <= 0xff9f)
		return n = shift_to(out, state, STATE_KANA), out[n] = (uint8_t)(c - 0xff61 + 0x21), n + 1;
	unsigned row = to_row(c, &ibm);
	if (!row)
		return 0;
	n = shift_to(out, state, STATE_KANJI);
	return out[n] = (uint8_t)((row >> 8) + 0x20), out[n + 1] = (uint8_t)(row + 0x20), n + 2;
}

size_t iso_2022_jp_end(uint8_t *out, unsigned *state)
{
	return shift_to(out, state, STATE_ASCII);
}
