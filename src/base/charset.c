/* 文字と文字コード — text from bytes of any charset and back: contract in text.h. */
#include "base/text.h"
#include "base/charset_japanese.h"
#include <strings.h>

static const struct {
	const char *name;
	enum charset charset;
} names[] = {
	/* The first name of a charset is the one we write. */
	{ "utf-8", CHARSET_UTF8 },
	{ "utf-8-bom", CHARSET_UTF8_BOM },
	{ "utf-16le", CHARSET_UTF16LE },
	{ "utf-16be", CHARSET_UTF16BE },
	{ "cp932", CHARSET_CP932 },
	{ "euc-jp", CHARSET_EUC_JP },
	{ "iso-2022-jp", CHARSET_ISO_2022_JP },
	{ "utf8", CHARSET_UTF8 },
	{ "us-ascii", CHARSET_UTF8 },
	{ "ascii", CHARSET_UTF8 },
	{ "utf8-bom", CHARSET_UTF8_BOM },
	{ "utf-8-sig", CHARSET_UTF8_BOM },
	{ "utf16le", CHARSET_UTF16LE },
	{ "utf16be", CHARSET_UTF16BE },
	{ "shift_jis", CHARSET_CP932 },
	{ "shift-jis", CHARSET_CP932 },
	{ "sjis", CHARSET_CP932 },
	{ "x-sjis", CHARSET_CP932 },
	{ "ms932", CHARSET_CP932 },
	{ "ms_kanji", CHARSET_CP932 },
	{ "windows-31j", CHARSET_CP932 },
	{ "eucjp", CHARSET_EUC_JP },
	{ "euc_jp", CHARSET_EUC_JP },
	{ "x-euc-jp", CHARSET_EUC_JP },
	{ "jis", CHARSET_ISO_2022_JP },
	{ "csiso2022jp", CHARSET_ISO_2022_JP },
};

const char *charset_name(enum charset c)
{
	must((unsigned)c < CHARSET_COUNT);
	return names[c].name;
}

int charset_by_name(const char *name, enum charset *out)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(name, names[i].name) == 0)
			return *out = names[i].charset, 0;
	return -1;
}

static size_t utf16_take(const uint8_t *p, size_t n, bool little, uint32_t *c)
{
	if (n < 2)
		return 0;
	uint32_t first = little ? p[0] | (uint32_t)p[1] << 8 : p[1] | (uint32_t)p[0] << 8;
	if (first < 0xd800 || first > 0xdfff)
		return *c = first, 2;
	if (first > 0xdbff || n < 4)
		return 0;
	uint32_t second = little ? p[2] | (uint32_t)p[3] << 8 : p[3] | (uint32_t)p[2] << 8;
	if (second < 0xdc00 || second > 0xdfff)
		return 0;
	return *c = 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff)), 4;
}

static size_t utf16_unit(uint8_t *out, bool little, uint32_t v)
{
	out[little ? 0 : 1] = (uint8_t)v;
	out[little ? 1 : 0] = (uint8_t)(v >> 8);
	return 2;
}

static size_t utf16_put(uint8_t *out, bool little, uint32_t c)
{
	if (c < 0x10000)
		return utf16_unit(out, little, c);
	c -= 0x10000;
	return utf16_unit(out, little, 0xd800 | c >> 10) + utf16_unit(out + 2, little, 0xdc00 | (c & 0x3ff));
}

static size_t take(enum charset charset, const uint8_t *p, size_t n, unsigned *state, uint32_t *c)
{
	switch (charset) {
	case CHARSET_UTF16LE:
	case CHARSET_UTF16BE:
		return utf16_take(p, n, charset == CHARSET_UTF16LE, c);
	case CHARSET_CP932:
		return cp932_take(p, n, c);
	case CHARSET_EUC_JP:
		return euc_jp_take(p, n, c);
	default:
		return iso_2022_jp_take(p, n, state, c);
	}
}

/* UTF-8 of the whole into `to`, or only counted where `to` is NULL. */
static int convert(enum charset charset, struct bytes b, uint8_t *to, size_t *n, struct err *err)
{
	unsigned state = 0;
	size_t at = 0;

	*n = 0;
	while (at < b.n) {
		uint8_t utf8[4];
		uint32_t c = 0;
		size_t taken = take(charset, b.p + at, b.n - at, &state, &c);
		bool shift = charset == CHARSET_ISO_2022_JP && b.p[at] == 0x1b;
		if (taken == 0 || (c == 0 && !shift))
			return fail(err, ERR_NOT_TEXT, at, "no valid %s at byte %zu", charset_name(charset), at);
		at += taken;
		size_t more = shift ? 0 : utf8_put(utf8, c);
		if (to)
			memcpy(to + *n, utf8, more);
		*n += more;
	}
	return 0;
}

int text_from(struct arena *arena, enum charset charset, struct bytes b, struct text *out, struct err *err)
{
	size_t n;

	if (charset == CHARSET_UTF8)
		return text_from_utf8(arena, b, out, err);
	if (charset == CHARSET_UTF8_BOM) {
		if (!bytes_start(b, BYTES("\xef\xbb\xbf")))
			return fail(err, ERR_NOT_TEXT, 0, "no byte order mark at byte 0");
		int result = text_from_utf8(arena, bytes_of(b.p + 3, b.n - 3), out, err);
		if (result != 0 && err)
			err->at += 3;
		return result;
	}
	if (convert(charset, b, NULL, &n, err) != 0)
		return -1;
	uint8_t *to = arena_alloc(arena, n + 1);
	if (convert(charset, b, to, &n, err) != 0)
		return -1;
	*out = (struct text){ (char *)to, n };
	return 0;
}

int text_from_cp932(struct arena *arena, struct bytes b, struct text *out, struct err *err)
{
	return text_from(arena, CHARSET_CP932, b, out, err);
}

static size_t put(enum charset charset, uint8_t *out, unsigned *state, uint32_t c)
{
	switch (charset) {
	case CHARSET_UTF16LE:
	case CHARSET_UTF16BE:
		return utf16_put(out, charset == CHARSET_UTF16LE, c);
	case CHARSET_CP932:
		return cp932_put(out, c);
	case CHARSET_EUC_JP:
		return euc_jp_put(out, c);
	default:
		return iso_2022_jp_put(out, state, c);
	}
}

/* The way back, into `to`, or only counted. */
static int convert_back(enum charset charset, struct text t, uint8_t *to, size_t *n, struct err *err)
{
	unsigned state = 0;
	size_t at = 0;
	uint8_t code[8];

	*n = 0;
	while (at < t.n) {
		size_t here = at;
		uint32_t c = text_next(t, &at);
		size_t more = put(charset, code, &state, c);
		if (more == 0)
			return fail(err, ERR_NOT_TEXT, here, "U+%04X is not in %s", (unsigned)c, charset_name(charset));
		if (to)
			memcpy(to + *n, code, more);
		*n += more;
	}
	size_t more = charset == CHARSET_ISO_2022_JP ? iso_2022_jp_end(code, &state) : 0;
	if (to)
		memcpy(to + *n, code, more);
	*n += more;
	return 0;
}

int text_to(struct arena *arena, enum charset charset, struct text t, struct bytes *out, struct err *err)
{
	size_t n;

	if (charset == CHARSET_UTF8 || charset == CHARSET_UTF8_BOM) {
		size_t mark = charset == CHARSET_UTF8_BOM ? 3 : 0;
		uint8_t *to = arena_alloc(arena, t.n + mark + 1);
		memcpy(to, "\xef\xbb\xbf", mark);
		if (t.n)
			memcpy(to + mark, t.p, t.n);
		*out = bytes_of(to, t.n + mark);
		return 0;
	}
	if (convert_back(charset, t, NULL, &n, err) != 0)
		return -1;
	uint8_t *to = arena_alloc(arena, n + 1);
	if (convert_back(charset, t, to, &n, err) != 0)
		return -1;
	*out = bytes_of(to, n);
	return 0;
}
