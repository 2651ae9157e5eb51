/* 埋め込みの書体（Type 1）の読取り — contract in font_type1_read.h. Adobe Type 1 Font Format 1.1, chapters 2, 5 and 7. */
#include "sanitize/parts/font_type1_read.h"
#include "base/cursor.h"
#include "sanitize/parts/font.h"

enum { DIGITS_MOST = 18, LEAD = 4 };

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_WORD, TOKEN_STRING, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BRACE, TOKEN_UNBRACE };
struct token {
	enum token_kind kind;
	struct bytes text; /* of a name: without the slash */
};

const struct type1_rule type1_rules[TYPE1_ITEMS] = {
	[ITALIC_ANGLE] = { "ItalicAngle", '#', 1, 1, 1 }, [FIXED_PITCH] = { "isFixedPitch", '?', 1, 1, 1 },
	[UNDERLINE_POSITION] = { "UnderlinePosition", '#', 1, 1, 1 }, [UNDERLINE_THICKNESS] = { "UnderlineThickness", '#', 1, 1, 1 },
	[PAINT_TYPE] = { "PaintType", '#', 1, 1, 1 }, [FONT_MATRIX] = { "FontMatrix", '[', 6, 6, 1 }, [FONT_BOX] = { "FontBBox", '{', 4, 4, 1 },
	[STROKE_WIDTH] = { "StrokeWidth", '#', 1, 1, 1 }, [BLUE_VALUES] = { "BlueValues", '[', 0, 14, 2 }, [OTHER_BLUES] = { "OtherBlues", '[', 0, 10, 2 },
	[FAMILY_BLUES] = { "FamilyBlues", '[', 0, 14, 2 }, [FAMILY_OTHER_BLUES] = { "FamilyOtherBlues", '[', 0, 10, 2 }, [BLUE_SCALE] = { "BlueScale", '#', 1, 1, 1 },
	[BLUE_SHIFT] = { "BlueShift", '#', 1, 1, 1 }, [BLUE_FUZZ] = { "BlueFuzz", '#', 1, 1, 1 }, [STANDARD_WIDTH] = { "StdHW", '[', 1, 1, 1 },
	[STANDARD_HEIGHT] = { "StdVW", '[', 1, 1, 1 }, [SNAP_WIDTH] = { "StemSnapH", '[', 0, 12, 1 }, [SNAP_HEIGHT] = { "StemSnapV", '[', 0, 12, 1 },
	[FORCE_BOLD] = { "ForceBold", '?', 1, 1, 1 }, [LANGUAGE_GROUP] = { "LanguageGroup", '#', 1, 1, 1 }, [EXPANSION] = { "ExpansionFactor", '#', 1, 1, 1 },
	[LEAD_LENGTH] = { "lenIV", '#', 1, 1, 1 },
};

struct reader {
	struct arena *arena;
	struct cursor in;
	bool has_subrs;
	bool is_based; /* behind FontDirectory: the rest describes the base of a synthetic font, of which only the glyphs are wanted */
	struct buf subrs, glyphs; /* of struct type1_subr, struct type1_glyph */
	struct type1_font *font;
	struct err *err;
};

/* ---- bytes ---- */

static bool is_space(int c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}
static bool is_delimiter(int c)
{
	return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' || c == '}' || c == '/' || c == '%';
}
static bool is_regular(int c)
{
	return c >= 0 && !is_space(c) && !is_delimiter(c);
}
static int peek(const struct cursor *in)
{
	return in->left > 0 ? in->p[0] : -1;
}
static int hex_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void type1_decrypt(uint8_t *to, const uint8_t *from, size_t n, uint16_t key)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = from[i];
		to[i] = (uint8_t)(c ^ key >> 8);
		key = (uint16_t)((c + key) * 52845u + 22719u);
	}
}

/* ---- tokens ---- */

static void skip_space(struct cursor *in)
{
	while (in->left > 0 && (is_space(peek(in)) || peek(in) == '%'))
		if (cursor_u8(in) == '%')
			while (in->left > 0 && peek(in) != '\n' && peek(in) != '\r')
				cursor_u8(in);
}

static struct bytes take_regular(struct cursor *in)
{
	struct bytes run = { in->p, 0 };

	while (is_regular(peek(in)))
		cursor_u8(in), run.n++;
	return run;
}

static void skip_string(struct cursor *in)
{
	for (unsigned depth = 1; depth > 0 && in->left > 0;) {
		int c = cursor_u8(in);
		if (c == '\\' && in->left > 0)
			cursor_u8(in);
		else
			depth += (c == '(') - (unsigned)(c == ')');
	}
}

static struct token next(struct cursor *in)
{
	skip_space(in);
	int c = peek(in);
	if (is_regular(c))
		return (struct token){ TOKEN_WORD, take_regular(in) };
	if (c < 0)
		return (struct token){ TOKEN_END, { NULL, 0 } };
	cursor_u8(in);
	switch (c) {
	case '/':
		return (struct token){ TOKEN_NAME, take_regular(in) };
	case '(':
		skip_string(in);
		return (struct token){ TOKEN_STRING, { NULL, 0 } };
	case '[':
		return (struct token){ TOKEN_OPEN, { NULL, 0 } };
	case ']':
		return (struct token){ TOKEN_CLOSE, { NULL, 0 } };
	case '{':
		return (struct token){ TOKEN_BRACE, { NULL, 0 } };
	case '}':
		return (struct token){ TOKEN_UNBRACE, { NULL, 0 } };
	default: /* a hexadecimal string's or a dictionary's sign: what lies between is read like words that nobody knows */
		return (struct token){ TOKEN_STRING, { NULL, 0 } };
	}
}

static bool is_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && bytes_equal(t->text, bytes_of(word, strlen(word)));
}

/* Behind an opening brace: what a procedure says is nobody's business. */
static void skip_procedure(struct cursor *in)
{
	for (size_t depth = 1; depth > 0;) {
		struct token t = next(in);
		if (t.kind == TOKEN_END)
			return;
		depth += (size_t)(t.kind == TOKEN_BRACE) - (size_t)(t.kind == TOKEN_UNBRACE);
	}
}

/* Digits, a point, an exponent; up to a million, what stands behind TYPE1_PLACES places is cut off. */
static bool read_number(struct bytes text, int64_t *number)
{
	struct cursor in = cursor_over(text);
	bool minus = peek(&in) == '-', any = false, behind_point = false;
	int64_t value = 0;
	int scale = TYPE1_PLACES, exponent = 0;
	unsigned digits = 0;

	if (minus || peek(&in) == '+')
		cursor_u8(&in);
	for (; in.left > 0 && (peek(&in) == '.' || (peek(&in) >= '0' && peek(&in) <= '9')); cursor_u8(&in)) {
		if (peek(&in) == '.') {
			if (behind_point)
				return false;
			behind_point = true;
			continue;
		}
		any = true;
		if (digits < DIGITS_MOST)
			value = value * 10 + (peek(&in) - '0'), digits += value > 0, scale -= behind_point;
		else if (!behind_point)
			return false;
	}
	if (any && (peek(&in) == 'e' || peek(&in) == 'E')) {
		cursor_u8(&in);
		bool down = peek(&in) == '-';
		if (down || peek(&in) == '+')
			cursor_u8(&in);
		any = in.left > 0;
		for (; peek(&in) >= '0' && peek(&in) <= '9' && exponent < 100; cursor_u8(&in))
			exponent = exponent * 10 + (peek(&in) - '0');
		scale += down ? -exponent : exponent;
	}
	if (!any || in.left > 0)
		return false;
	for (; scale < 0 && value > 0; scale++)
		value /= 10;
	for (; scale > 0 && value > 0; scale--) {
		if (value >= 1000000 * (type1_unit / 10))
			return false;
		value *= 10;
	}
	if (value >= 1000000 * type1_unit)
		return false;
	*number = minus ? -value : value;
	return true;
}

/* A whole number of 0 … most, also as 8#101. */
static bool read_count(const struct token *t, uint32_t most, uint32_t *count)
{
	uint64_t value = 0, base = 10;
	bool any = false;

	if (t->kind != TOKEN_WORD)
		return false;
	for (size_t i = 0; i < t->text.n; i++) {
		int c = t->text.p[i], digit = hex_value(c);
		if (c == '#' && any && base == 10 && value >= 2 && value <= 16) {
			base = value, value = 0, any = false;
			continue;
		}
		if (digit < 0 || (uint64_t)digit >= base)
			return false;
		value = value * base + (uint64_t)digit, any = true;
		if (value > most)
			return false;
	}
	*count = (uint32_t)value;
	return any;
}

/* ---- the entries of the dictionaries ---- */

static bool read_items(struct cursor *in, const struct type1_rule *rule, int64_t v[TYPE1_NUMBERS_MOST], uint8_t *n)
{
	struct token t = next(in);
	bool is_array = rule->form == '[' || rule->form == '{';

	*n = 0;
	if (rule->form == '?') {
		v[(*n)++] = is_word(&t, "true") ? type1_unit : 0;
		return is_word(&t, "true") || is_word(&t, "false");
	}
	if (!is_array)
		return t.kind == TOKEN_WORD && read_number(t.text, &v[(*n)++]);
	if (t.kind != TOKEN_OPEN && t.kind != TOKEN_BRACE)
		return false;
	for (;;) {
		int64_t number;
		t = next(in);
		if (t.kind == TOKEN_CLOSE || t.kind == TOKEN_UNBRACE)
			break;
		if (t.kind != TOKEN_WORD || !read_number(t.text, &number))
			return false;
		if (*n < rule->most) /* more than the format has room for: no renderer reads them */
			v[(*n)++] = number;
	}
	*n = (uint8_t)(*n - *n % rule->step);
	return *n >= rule->least;
}

static void take_item(struct reader *r, enum type1_item item)
{
	struct cursor in = r->in;
	int64_t v[TYPE1_NUMBERS_MOST];
	uint8_t n;

	if (!read_items(&in, &type1_rules[item], v, &n))
		return; /* no value of its kind: perhaps the name is only asked for */
	r->in = in;
	r->font->items[item].is_there = true, r->font->items[item].n = n;
	memcpy(r->font->items[item].v, v, n * sizeof v[0]);
}

static void take_font_name(struct reader *r)
{
	struct cursor in = r->in;
	struct token t = next(&in);

	if (t.kind == TOKEN_NAME && font_is_name(t.text))
		r->in = in, r->font->name = t.text;
}

static void set_character(struct reader *r, uint32_t code, const struct token *t)
{
	if (code < 256 && t->kind == TOKEN_NAME && (t->text.n == 0 || font_is_name(t->text)))
		r->font->characters[code] = bytes_equal(t->text, BYTES(".notdef")) ? (struct bytes){ NULL, 0 } : t->text;
}

/* dup 32 /space put … def */
static void take_characters(struct reader *r)
{
	for (;;) {
		struct token t = next(&r->in);
		if (t.kind == TOKEN_END || is_word(&t, "def") || is_word(&t, "readonly"))
			return;
		if (t.kind == TOKEN_BRACE)
			skip_procedure(&r->in);
		uint32_t code;
		if (!is_word(&t, "dup"))
			continue;
		struct cursor in = r->in;
		t = next(&in);
		if (!read_count(&t, 255, &code))
			continue;
		t = next(&in);
		if (t.kind == TOKEN_NAME)
			set_character(r, code, &t), r->in = in;
	}
}

static void take_encoding(struct reader *r)
{
	static const char *const known[] = { "StandardEncoding", "ISOLatin1Encoding", "ExpertEncoding" }; /* those that renderers know by name */
	struct cursor in = r->in;
	struct token t = next(&in);
	uint32_t count;

	for (size_t i = 0; i < COUNT(known); i++)
		if (is_word(&t, known[i])) {
			r->font->encoding = known[i], r->in = in;
			return;
		}
	if (t.kind != TOKEN_OPEN && !read_count(&t, 65535, &count))
		return;
	r->in = in, r->font->encoding = NULL;
	memset(r->font->characters, 0, sizeof r->font->characters);
	if (t.kind == TOKEN_WORD) {
		take_characters(r);
		return;
	}
	t = next(&r->in);
	for (uint32_t code = 0; t.kind != TOKEN_CLOSE && t.kind != TOKEN_END; code++, t = next(&r->in))
		set_character(r, code, &t);
}

/* LEN RD and the bytes behind one space. */
static int take_code(struct reader *r, struct bytes *code)
{
	uint32_t n;
	struct token t = next(&r->in);

	if (!read_count(&t, TYPE1_CODE_MOST, &n))
		return fail(r->err, ERR_MALFORMED, r->in.at, "a charstring without its length");
	t = next(&r->in);
	if (t.kind != TOKEN_WORD)
		return fail(r->err, ERR_MALFORMED, r->in.at, "a charstring without its reader");
	cursor_u8(&r->in);
	*code = cursor_bytes(&r->in, n);
	if (r->in.failed)
		return fail(r->err, ERR_MALFORMED, r->in.at, "a charstring is cut short");
	return 0;
}

/* The word behind a charstring, and what it may be spelled as: noaccess put, noaccess def. */
static void skip_closing(struct reader *r)
{
	struct cursor in = r->in;
	struct token t = next(&in);

	if (t.kind != TOKEN_WORD || is_word(&t, "dup") || is_word(&t, "end"))
		return;
	r->in = in;
	if (!is_word(&t, "noaccess") && !is_word(&t, "readonly"))
		return;
	t = next(&in);
	if (is_word(&t, "put") || is_word(&t, "def"))
		r->in = in;
}

static int take_subrs(struct reader *r)
{
	struct cursor in = r->in;
	struct token t = next(&in);
	uint32_t count;

	if (!read_count(&t, UINT32_MAX, &count))
		return 0;
	t = next(&in);
	if (!is_word(&t, "array"))
		return 0;
	bool is_first = !r->has_subrs; /* a font for two resolutions has two sets; readers take the first */
	r->in = in, r->has_subrs = true;
	for (;;) {
		struct type1_subr found;
		in = r->in;
		t = next(&in);
		if (!is_word(&t, "dup"))
			return 0;
		t = next(&in);
		if (!read_count(&t, UINT32_MAX, &found.index))
			return 0;
		if (found.index >= TYPE1_SUBRS_MOST)
			return fail(r->err, ERR_LIMIT, in.at, "more than %d subroutines", TYPE1_SUBRS_MOST);
		r->in = in;
		if (take_code(r, &found.code) < 0)
			return -1;
		skip_closing(r);
		if (is_first)
			buf_put(&r->subrs, &found, sizeof found);
	}
}

static int take_glyphs(struct reader *r)
{
	struct cursor in = r->in;
	struct token t = next(&in);
	uint32_t count;
	bool is_first = r->glyphs.n == 0;

	if (!read_count(&t, UINT32_MAX, &count))
		return 0;
	r->in = in;
	for (;;) {
		t = next(&r->in);
		if (t.kind == TOKEN_END || is_word(&t, "end"))
			return 0;
		if (t.kind == TOKEN_BRACE)
			skip_procedure(&r->in);
		if (t.kind != TOKEN_NAME)
			continue;
		struct type1_glyph glyph = { .name = t.text };
		if (take_code(r, &glyph.code) < 0)
			return -1;
		skip_closing(r);
		if (!is_first)
			continue;
		if (r->glyphs.n / sizeof glyph >= FONT_GLYPHS_MOST)
			return fail(r->err, ERR_LIMIT, r->in.at, "more than %d glyphs", FONT_GLYPHS_MOST);
		buf_put(&r->glyphs, &glyph, sizeof glyph);
	}
}

static int take_entry(struct reader *r, struct bytes name)
{
	if (bytes_equal(name, BYTES("CharStrings")))
		return take_glyphs(r);
	if (r->is_based)
		return 0;
	if (bytes_equal(name, BYTES("Subrs")))
		return take_subrs(r);
	if (bytes_equal(name, BYTES("FontName")))
		take_font_name(r);
	else if (bytes_equal(name, BYTES("Encoding")))
		take_encoding(r);
	for (enum type1_item item = 0; name.n > 0 && item < TYPE1_ITEMS; item++) /* the first letter tells most of them apart */
		if (name.p[0] == (uint8_t)type1_rules[item].name[0] && bytes_equal(name, bytes_of(type1_rules[item].name, strlen(type1_rules[item].name))))
			take_item(r, item);
	return 0;
}

/* Up to the word: 0; 1: it did not come. */
static int take_part(struct reader *r, const char *until)
{
	for (;;) {
		struct token t = next(&r->in);
		if (t.kind == TOKEN_END)
			return 1;
		if (is_word(&t, until))
			return 0;
		if (t.kind == TOKEN_BRACE)
			skip_procedure(&r->in);
		if (is_word(&t, "FontDirectory") && r->has_subrs)
			r->is_based = true;
		if (t.kind == TOKEN_NAME && take_entry(r, t.text) < 0)
			return -1;
	}
}

/* ---- the encrypted part ---- */

/* 80 01 LENGTH … 80 02 LENGTH … 80 03 around the parts: away with it. */
static int open_segments(struct arena *arena, struct bytes in, struct bytes *out, struct err *err)
{
	struct cursor c = cursor_over(in);

	*out = in;
	if (in.n == 0 || in.p[0] != 0x80)
		return 0;
	struct buf joined = buf_in(arena, in.n);
	while (c.left > 0 && cursor_u8(&c) == 0x80) {
		unsigned kind = cursor_u8(&c);
		if (kind != 1 && kind != 2)
			break;
		uint32_t n = cursor_u32le(&c);
		buf_bytes(&joined, cursor_bytes(&c, MIN(n, c.left)));
	}
	*out = buf_view(&joined);
	return buf_ok(&joined) ? 0 : fail(err, ERR_LIMIT, 0, "no memory for the segments");
}

static bool is_hexadecimal(struct cursor in)
{
	struct bytes first = cursor_bytes(&in, 4);

	return first.n == 4 && hex_value(first.p[0]) >= 0 && hex_value(first.p[1]) >= 0 && hex_value(first.p[2]) >= 0 && hex_value(first.p[3]) >= 0;
}

/* Digits up to what is neither digit nor space. */
static size_t from_hexadecimal(struct cursor in, uint8_t *to)
{
	size_t n = 0;
	int high = -1;

	for (; in.left > 0; cursor_u8(&in)) {
		int digit = hex_value(peek(&in));
		if (digit < 0 && !is_space(peek(&in)))
			break;
		if (digit < 0)
			continue;
		if (high >= 0)
			to[n++] = (uint8_t)(high << 4 | digit), high = -1;
		else
			high = digit;
	}
	return n;
}

/* The private part as text, in memory of its own: charstrings are decrypted in place. */
static bool open_private(struct cursor in, uint8_t *to, struct bytes *out)
{
	size_t n = in.left;

	if (is_hexadecimal(in)) {
		n = from_hexadecimal(in, to);
		type1_decrypt(to, to, n, TYPE1_KEY_PROGRAM);
	} else {
		type1_decrypt(to, in.p, n, TYPE1_KEY_PROGRAM);
	}
	*out = bytes_of(to + MIN(n, (size_t)LEAD), n - MIN(n, (size_t)LEAD));
	return memmem(out->p, out->n, "/CharStrings", 12);
}

/* Behind eexec: one white space by the book, more in many fonts; but encrypted bytes may begin with one that looks like it. */
static int find_private(struct reader *r, struct bytes *out)
{
	struct cursor one = r->in, all = r->in;
	uint8_t *to = arena_scratch(r->arena, r->in.left + 1);

	if (!to)
		return fail(r->err, ERR_LIMIT, r->in.at, "no memory for the private part");
	while (peek(&all) == ' ' || peek(&all) == '\t' || peek(&all) == '\r' || peek(&all) == '\n')
		cursor_u8(&all);
	if (open_private(all, to, out))
		return 0;
	if (cursor_u8(&one) == '\r' && peek(&one) == '\n')
		cursor_u8(&one);
	if (!one.failed && open_private(one, to, out))
		return 0;
	return fail(r->err, ERR_MALFORMED, r->in.at, "no glyphs behind eexec");
}

int type1_read(struct arena *arena, struct bytes in, struct type1_font *out, struct err *err)
{
	struct bytes program, private;
	struct reader r = { .arena = arena, .font = out, .err = err, .subrs = buf_in(arena, 0), .glyphs = buf_in(arena, 0) };

	if (open_segments(arena, in, &program, err) < 0)
		return -1;
	*out = (struct type1_font){ .size = program.n, .name = BYTES("Unnamed"), .encoding = "StandardEncoding" };
	r.in = cursor_over(program);
	int found = take_part(&r, "eexec");
	if (found != 0)
		return found < 0 ? -1 : fail(err, ERR_MALFORMED, r.in.at, "no eexec");
	if (find_private(&r, &private) < 0)
		return -1;
	r.in = cursor_over(private);
	if (take_part(&r, "closefile") < 0)
		return -1;
	if (!buf_ok(&r.subrs) || !buf_ok(&r.glyphs))
		return fail(err, ERR_LIMIT, 0, "no memory for its charstrings");
	out->subrs = (struct type1_subr *)(void *)r.subrs.p, out->subrs_n = r.subrs.n / sizeof *out->subrs;
	out->glyphs = (struct type1_glyph *)(void *)r.glyphs.p, out->glyphs_n = r.glyphs.n / sizeof *out->glyphs;
	return 0;
}
