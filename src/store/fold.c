/* 検索のための畳み込み — contract in fold.h. */
#include "store/fold.h"
#include "base/buf.h"
#include "base/text.h"

/* Half-width katakana U+FF66 … U+FF9D in hiragana. */
static const uint16_t half_width[] = {
	0x3092, 0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3083, 0x3085, 0x3087, 0x3063, 0x30fc, 0x3042, 0x3044, 0x3046, 0x3048, 0x304a,
	0x304b, 0x304d, 0x304f, 0x3051, 0x3053, 0x3055, 0x3057, 0x3059, 0x305b, 0x305d, 0x305f, 0x3061, 0x3064, 0x3066, 0x3068, 0x306a,
	0x306b, 0x306c, 0x306d, 0x306e, 0x306f, 0x3072, 0x3075, 0x3078, 0x307b, 0x307e, 0x307f, 0x3080, 0x3081, 0x3082, 0x3084, 0x3086,
	0x3088, 0x3089, 0x308a, 0x308b, 0x308c, 0x308d, 0x308f, 0x3093,
};

static uint32_t fold_one(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e) /* full-width ASCII */
		c -= 0xfee0;
	if (c == 0x3000)
		c = ' ';
	if (c >= 'A' && c <= 'Z')
		c += 32;
	if (c >= 0x30a1 && c <= 0x30f6)
		c -= 0x60;
	if (c >= 0xff66 && c <= 0xff9d)
		c = half_width[c - 0xff66];
	return c;
}

/* ゛ or ゜ (combining, free-standing or half width) behind a kana joins it. */
static uint32_t joined(uint32_t before, uint32_t c)
{
	bool voiced = c == 0xff9e || c == 0x3099 || c == 0x309b, half = c == 0xff9f || c == 0x309a || c == 0x309c;
	bool ha_row = before >= 0x306f && before <= 0x307b && (before - 0x306f) % 3 == 0;
	bool k_to_t = (before >= 0x304b && before <= 0x3061 && (before - 0x304b) % 2 == 0) || before == 0x3064 || before == 0x3066 || before == 0x3068;

	if (voiced && (k_to_t || ha_row))
		return before + 1;
	if (voiced && before == 0x3046)
		return 0x3094;
	return half && ha_row ? before + 2 : 0;
}

static void put(struct buf *out, uint32_t c)
{
	uint8_t bytes[4];

	buf_put(out, bytes, utf8_put(bytes, c));
}

struct text text_fold(struct arena *arena, struct text t)
{
	struct buf out = buf_in(arena, 0);
	uint32_t before = 0, c;

	for (size_t at = 0; (c = text_next(t, &at)) != 0;) {
		uint32_t both = joined(before, c);
		if (both) {
			before = both;
			continue;
		}
		if (before)
			put(&out, before);
		before = fold_one(c);
	}
	if (before)
		put(&out, before);
	const char *p = buf_string(&out);
	return (struct text){ p, out.n };
}

struct text fold_pattern(struct arena *arena, struct text word)
{
	struct text folded = text_fold(arena, word);
	struct buf out = buf_in(arena, 0);

	buf_byte(&out, '%');
	for (size_t i = 0; i < folded.n; i++) {
		if (folded.p[i] == '%' || folded.p[i] == '_' || folded.p[i] == '\\')
			buf_byte(&out, '\\');
		buf_byte(&out, (uint8_t)folded.p[i]);
	}
	if (folded.n)
		buf_byte(&out, '%');
	const char *p = buf_string(&out);
	return (struct text){ p, out.n };
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x3000 || c == 0xa0;
}

struct text fold_word(struct text query, size_t *at)
{
	size_t start = *at, end;
	uint32_t c;

	while ((c = text_next(query, at)) != 0 && is_blank(c))
		start = *at;
	if (!c)
		return TEXT("");
	end = *at;
	while ((c = text_next(query, at)) != 0 && !is_blank(c))
		end = *at;
	return (struct text){ query.p + start, end - start };
}
