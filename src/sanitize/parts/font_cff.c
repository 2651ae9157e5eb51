/* 埋め込みの書体（CFF） — contract in font.h. One font of a CFF set, with or without CIDs: what its dictionaries say that matters to drawing, the strings that something names, its charset, encoding and
 * charstrings, each written in one order and one form. Offsets are always five bytes long, so that nothing's length hangs on them. */
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/font.h"
#include "sanitize/parts/font_charstring.h"

enum { STANDARD_STRINGS = 391, STRINGS_MOST = 65000, BESIDES_MOST = 2 + 255 /* of the collection, and of an encoding */, OPERANDS_MOST = 48, OPERATORS = 72, DICTIONARIES_MOST = 256, PREDEFINED = 3, OFFSET_BYTES = 5, WORK_MOST = 1 << 25 };
/* Operators of dictionaries; two-byte ones are 32 + their second byte. */
enum { FONT_BBOX = 5, CHARSET = 15, ENCODING = 16, CHARSTRINGS = 17, PRIVATE = 18, SUBROUTINES = 19, DEFAULT_WIDTH = 20, NOMINAL_WIDTH = 21, CHARSTRING_TYPE = 32 + 6, FONT_MATRIX = 32 + 7, ROS = 32 + 30,
       CID_COUNT = 32 + 34, FD_ARRAY = 32 + 36, FD_SELECT = 32 + 37 };

struct index {
	struct bytes *items;
	uint32_t count;
};
/* Operands as they are written: a canonical number each. */
struct entry {
	struct bytes raw;
	unsigned n;
	int32_t integers[3]; /* the first ones; 0 where it is no integer */
};
struct dictionary {
	struct entry entries[OPERATORS];
};
struct private_part {
	struct dictionary dictionary; /* of the Private DICT */
	struct dictionary outer;      /* of the Font DICT, or of the top */
	struct index subroutines;
	uint32_t *used;
};
struct cff {
	struct arena *arena;
	struct bytes in;
	struct err *err;
	struct bytes name;
	struct dictionary top;
	struct index strings, global, charstrings;
	uint32_t *global_used;
	bool is_cid;
	struct private_part *parts; /* one, or one for each Font DICT */
	uint32_t part_count;
	uint8_t *part_of;	    /* by glyph */
	uint16_t *charset;	    /* by glyph: SID or CID; NULL: a predefined one */
	struct bytes encoding;	    /* as it is written; n == 0: a predefined one */
	uint16_t *new_string;	    /* by old number of an own string, from 1; 0: not named by anything */
	struct buf string_data;
	uint32_t *string_ends;
	uint32_t string_count;
	unsigned emptied;
};

static int bad(struct cff *f, const char *what)
{
	return fail(f->err, ERR_MALFORMED, 0, "CFF: %s", what);
}

/* ---- reading ---- */
static int read_index(struct cff *f, size_t at, struct index *out, size_t *end)
{
	struct cursor c = cursor_over(f->in);
	uint32_t before = 1;

	cursor_take(&c, at);
	uint32_t count = cursor_u16be(&c);
	*out = (struct index){ .items = arena_new_array(f->arena, struct bytes, count), .count = count };
	if (count == 0) {
		*end = at + 2;
		return c.failed ? bad(f, "an index that is cut short") : 0;
	}
	unsigned size = cursor_u8(&c);
	struct bytes offsets = cursor_bytes(&c, ((size_t)count + 1) * size);
	if (c.failed || size < 1 || size > 4)
		return bad(f, "an index that is cut short");
	for (uint32_t i = 0; i <= count; i++) {
		uint32_t v = 0;
		for (unsigned k = 0; k < size; k++)
			v = v << 8 | offsets.p[i * size + k];
		if (v < before || (i == 0 && v != 1) || v - 1 > c.left)
			return bad(f, "an index whose offsets lead out of it");
		if (i > 0)
			out->items[i - 1] = bytes_of(c.p + before - 1, v - before);
		before = v;
	}
	*end = (size_t)c.at + before - 1;
	return 0;
}

static void put_integer(struct buf *out, int32_t v)
{
	if (v >= -107 && v <= 107) {
		buf_byte(out, (uint8_t)(v + 139));
	} else if (v >= 108 && v <= 1131) {
		buf_u16be(out, (uint16_t)((247 << 8) + v - 108));
	} else if (v >= -1131 && v <= -108) {
		buf_u16be(out, (uint16_t)((251 << 8) - v - 108));
	} else if (v >= INT16_MIN && v <= INT16_MAX) {
		buf_byte(out, 28);
		buf_u16be(out, (uint16_t)v);
	} else {
		buf_byte(out, 29);
		buf_u32be(out, (uint32_t)v);
	}
}

/* The same number always takes the same room. */
static void put_offset(struct buf *out, size_t v)
{
	buf_byte(out, 29);
	buf_u32be(out, (uint32_t)v);
}

/* Digits, one point, one exponent, in half bytes: "-2.25e-3". Written with one or two ends, so that it fills its bytes. */
static bool take_real(struct cursor *c, struct buf *out)
{
	enum { POINT = 10, TEN_TO = 11, TEN_TO_MINUS = 12, MINUS = 14, END = 15, DIGITS_MOST = 30 };
	uint8_t half[DIGITS_MOST + 2];
	unsigned n = 0, points = 0, exponents = 0, digits = 0;

	for (bool ended = false; !ended;) {
		uint8_t byte = cursor_u8(c);
		for (unsigned k = 0; k < 2 && !ended; k++) {
			uint8_t v = k ? byte & 15 : byte >> 4;
			ended = v == END;
			points += v == POINT, exponents += v == TEN_TO || v == TEN_TO_MINUS;
			if (v == TEN_TO || v == TEN_TO_MINUS)
				digits = digits ? 0 : 100; /* digits before, and some behind it */
			digits += v < 10;
			if (c->failed || v == 13 || (v == MINUS && n > 0) || points > 1 || exponents > 1 || (v == POINT && exponents) || (!ended && n == DIGITS_MOST))
				return false;
			if (!ended)
				half[n++] = v;
		}
	}
	if (digits == 0 || digits >= 100)
		return false;
	half[n++] = END;
	if (n & 1)
		half[n++] = END;
	buf_byte(out, 30);
	for (unsigned i = 0; i < n; i += 2)
		buf_byte(out, (uint8_t)(half[i] << 4 | half[i + 1]));
	return true;
}

static bool take_integer(struct cursor *c, uint8_t first, int32_t *v)
{
	if (first == 28)
		*v = (int16_t)cursor_u16be(c);
	else if (first == 29)
		*v = (int32_t)cursor_u32be(c);
	else if (first >= 32 && first <= 246)
		*v = first - 139;
	else if (first >= 247 && first <= 250)
		*v = (first - 247) * 256 + cursor_u8(c) + 108;
	else if (first >= 251 && first <= 254)
		*v = -(first - 251) * 256 - cursor_u8(c) - 108;
	else
		return false;
	return !c->failed;
}

/* Said twice, the last one holds. */
static int read_dictionary(struct cff *f, struct bytes in, struct dictionary *out)
{
	struct cursor c = cursor_over(in);
	struct buf operands = buf_in(f->arena, FONT_BYTES_MOST);
	struct entry e = { 0 };

	memset(out, 0, sizeof *out);
	while (c.left && !c.failed) {
		uint8_t first = cursor_u8(&c);
		int32_t v = 0;
		if (first <= 21) {
			unsigned operator = first == 12 ? 32u + cursor_u8(&c) : first;
			e.raw = bytes_of(arena_copy(f->arena, operands.p, operands.n), operands.n);
			if (operator < OPERATORS)
				out->entries[operator] = e;
			e = (struct entry){ 0 }, operands.n = 0;
			continue;
		}
		if (first == 30 ? !take_real(&c, &operands) : !take_integer(&c, first, &v))
			return bad(f, "a dictionary with a number that is none");
		if (first != 30)
			put_integer(&operands, v);
		if (e.n < COUNT(e.integers))
			e.integers[e.n] = v;
		if (++e.n > OPERANDS_MOST)
			return bad(f, "a dictionary with too many numbers");
	}
	return c.failed ? bad(f, "a dictionary that is cut short") : 0;
}

static int32_t number_of(const struct dictionary *d, unsigned operator, unsigned which, int32_t usual)
{
	const struct entry *e = &d->entries[operator];
	return e->n > which ? e->integers[which] : usual;
}

/* -- charset, encoding, which glyph belongs to which dictionary -- */
static int read_charset(struct cff *f)
{
	struct cursor c = cursor_over(f->in);
	int32_t at = number_of(&f->top, CHARSET, 0, 0);

	if (at >= 0 && at < PREDEFINED)
		return 0;
	cursor_take(&c, (size_t)at);
	unsigned format = cursor_u8(&c);
	if (at < 0 || format > 2)
		return bad(f, "a charset of an unknown form");
	f->charset = arena_new_array(f->arena, uint16_t, f->charstrings.count);
	for (uint32_t glyph = 1; glyph < f->charstrings.count;) {
		uint32_t first = cursor_u16be(&c), more = format == 0 ? 0 : format == 1 ? cursor_u8(&c) : cursor_u16be(&c);
		if (c.failed)
			return bad(f, "a charset that is cut short");
		for (uint32_t i = 0; i <= more && glyph < f->charstrings.count; i++)
			f->charset[glyph++] = (uint16_t)(first + i);
	}
	return 0;
}

static uint16_t string_anew(struct cff *f, uint32_t sid, uint32_t glyph);

/* Written as a list of codes by glyph, and those that a glyph has besides. */
static int read_encoding(struct cff *f)
{
	struct cursor c = cursor_over(f->in);
	int32_t at = number_of(&f->top, ENCODING, 0, 0);
	uint8_t codes[256];
	unsigned n = 0;

	if (f->is_cid || at == 0 || at == 1)
		return 0;
	cursor_take(&c, (size_t)at);
	unsigned format = cursor_u8(&c), rows = cursor_u8(&c);
	if (at < 0 || (format & 0x7f) > 1)
		return bad(f, "an encoding of an unknown form");
	for (unsigned i = 0; i < rows; i++) {
		unsigned first = cursor_u8(&c), more = format & 1 ? cursor_u8(&c) : 0;
		for (unsigned k = 0; k <= more && n < 255 && n + 1 < f->charstrings.count && first + k < 256; k++)
			codes[n++] = (uint8_t)(first + k);
	}
	unsigned besides = format & 0x80 ? cursor_u8(&c) : 0;
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);
	buf_byte(&out, besides ? 0x80 : 0);
	buf_byte(&out, (uint8_t)n);
	buf_put(&out, codes, n);
	if (besides)
		buf_byte(&out, (uint8_t)besides);
	for (unsigned i = 0; i < besides; i++) {
		buf_byte(&out, cursor_u8(&c));
		buf_u16be(&out, string_anew(f, cursor_u16be(&c), 0));
	}
	f->encoding = buf_view(&out);
	return c.failed ? bad(f, "an encoding that is cut short") : 0;
}

static int read_selection(struct cff *f)
{
	struct cursor c = cursor_over(f->in);
	int32_t at = number_of(&f->top, FD_SELECT, 0, -1);
	uint32_t glyphs = f->charstrings.count;

	f->part_of = arena_new_array(f->arena, uint8_t, glyphs);
	if (!f->is_cid)
		return 0;
	if (at <= 0)
		return f->part_count == 1 ? 0 : bad(f, "no selection of dictionaries");
	cursor_take(&c, (size_t)at);
	unsigned format = cursor_u8(&c);
	if (format == 0) {
		struct bytes list = cursor_bytes(&c, glyphs);
		if (list.n)
			memcpy(f->part_of, list.p, list.n);
	} else if (format == 3) {
		unsigned ranges = cursor_u16be(&c);
		uint32_t from = cursor_u16be(&c);
		for (unsigned i = 0; i < ranges; i++) {
			uint8_t part = cursor_u8(&c);
			uint32_t to = cursor_u16be(&c);
			if ((i == 0 && from != 0) || to <= from)
				return bad(f, "a selection whose ranges do not follow each other");
			for (uint32_t g = from; g < to && g < glyphs; g++)
				f->part_of[g] = part;
			from = to;
		}
		if (from < glyphs)
			return bad(f, "a selection that does not reach the last glyph");
	} else {
		return bad(f, "a selection of an unknown form");
	}
	for (uint32_t g = 0; g < glyphs; g++)
		if (f->part_of[g] >= f->part_count)
			return bad(f, "a selection of a dictionary that is not there");
	return c.failed ? bad(f, "a selection that is cut short") : 0;
}

static int read_private(struct cff *f, struct private_part *p)
{
	struct cursor c = cursor_over(f->in);
	int32_t size = number_of(&p->outer, PRIVATE, 0, 0), at = number_of(&p->outer, PRIVATE, 1, 0);
	size_t end;

	if (size < 0 || at < 0)
		return bad(f, "a private dictionary that is nowhere");
	cursor_take(&c, (size_t)at);
	struct bytes in = cursor_bytes(&c, (size_t)size);
	if (c.failed || read_dictionary(f, in, &p->dictionary) != 0)
		return bad(f, "a private dictionary that cannot be read");
	int32_t subroutines = number_of(&p->dictionary, SUBROUTINES, 0, 0);
	if (subroutines < 0 || (subroutines > 0 && read_index(f, (size_t)at + (size_t)subroutines, &p->subroutines, &end) != 0))
		return bad(f, "subroutines that cannot be read");
	p->used = arena_new_array(f->arena, uint32_t, p->subroutines.count);
	return 0;
}

static int read_parts(struct cff *f)
{
	struct index fonts = { NULL, 1 };
	size_t end;
	int32_t at = number_of(&f->top, FD_ARRAY, 0, 0);

	if (f->is_cid && (at <= 0 || read_index(f, (size_t)at, &fonts, &end) != 0))
		return bad(f, "no dictionaries of its fonts");
	if (fonts.count == 0 || fonts.count > DICTIONARIES_MOST)
		return bad(f, "too few or too many dictionaries of its fonts");
	f->parts = arena_new_array(f->arena, struct private_part, fonts.count);
	f->part_count = fonts.count;
	for (uint32_t i = 0; i < fonts.count; i++) {
		if (!f->is_cid)
			f->parts[i].outer = f->top;
		else if (read_dictionary(f, fonts.items[i], &f->parts[i].outer) != 0)
			return -1;
		if (read_private(f, &f->parts[i]) != 0)
			return -1;
	}
	return 0;
}

static int read_font(struct cff *f)
{
	struct cursor c = cursor_over(f->in);
	struct index names, tops;
	size_t at;

	unsigned major = cursor_u8(&c);
	cursor_u8(&c);
	at = cursor_u8(&c);
	if (major != 1 || at < 4)
		return fail(f->err, ERR_UNSUPPORTED, major, "CFF: not of version 1");
	if (read_index(f, at, &names, &at) != 0 || read_index(f, at, &tops, &at) != 0 || read_index(f, at, &f->strings, &at) != 0 || read_index(f, at, &f->global, &at) != 0)
		return -1;
	if (tops.count != 1 || read_dictionary(f, tops.items[0], &f->top) != 0)
		return bad(f, "not one font");
	f->name = names.count == 1 && font_is_name(names.items[0]) ? names.items[0] : BYTES("Font");
	f->is_cid = f->top.entries[ROS].n == 3;
	int32_t charstrings = number_of(&f->top, CHARSTRINGS, 0, 0);
	if (number_of(&f->top, CHARSTRING_TYPE, 0, 2) != 2)
		return fail(f->err, ERR_UNSUPPORTED, 0, "CFF: charstrings of another type");
	if (charstrings <= 0 || read_index(f, (size_t)charstrings, &f->charstrings, &at) != 0 || f->charstrings.count == 0)
		return bad(f, "no charstrings");
	f->global_used = arena_new_array(f->arena, uint32_t, f->global.count);
	f->new_string = arena_new_array(f->arena, uint16_t, f->strings.count);
	f->string_ends = arena_new_array(f->arena, uint32_t, MIN((size_t)STRINGS_MOST, (size_t)f->charstrings.count + BESIDES_MOST));
	f->string_data = buf_in(f->arena, FONT_BYTES_MOST);
	return read_parts(f) != 0 || read_selection(f) != 0 || read_charset(f) != 0 ? -1 : 0;
}

/* ---- what it becomes ---- */
/* Number of a string in the new font: in the order in which they are named. One that is no name is called after its glyph. */
static uint16_t string_anew(struct cff *f, uint32_t sid, uint32_t glyph)
{
	char made[16];

	if (sid < STANDARD_STRINGS)
		return (uint16_t)sid;
	uint32_t own = sid - STANDARD_STRINGS;
	struct bytes text = own < f->strings.count ? f->strings.items[own] : (struct bytes){ NULL, 0 };
	if (own < f->strings.count && f->new_string[own])
		return (uint16_t)(f->new_string[own] - 1 + STANDARD_STRINGS);
	if (f->string_count == MIN((size_t)STRINGS_MOST, (size_t)f->charstrings.count + BESIDES_MOST))
		return 0; /* the glyph that stands for none */
	bool good = font_is_name(text);
	if (!good) { /* a document that asks for the glyph by its name finds it no more */
		text = bytes_of(made, (size_t)snprintf(made, sizeof made, "g%u", glyph));
		f->emptied++;
	}
	buf_bytes(&f->string_data, text);
	f->string_ends[f->string_count] = (uint32_t)f->string_data.n;
	if (good)
		f->new_string[own] = (uint16_t)(f->string_count + 1);
	return (uint16_t)(STANDARD_STRINGS + f->string_count++);
}

static void name_strings(struct cff *f)
{
	if (f->is_cid) {
		struct entry *ros = &f->top.entries[ROS];
		for (unsigned i = 0; i < 2; i++)
			ros->integers[i] = string_anew(f, (uint32_t)MAX(ros->integers[i], 0), i);
	} else if (f->charset) {
		for (uint32_t g = 1; g < f->charstrings.count; g++)
			f->charset[g] = string_anew(f, f->charset[g], g);
	}
}

static int check_charstrings(struct cff *f)
{
	static const uint8_t nothing[] = { 14 };
	uint64_t work = WORK_MOST;

	for (uint32_t g = 0; g < f->charstrings.count; g++) {
		struct private_part *p = &f->parts[f->part_of[g]];
		struct font_walk walk = { { f->global.items, f->global.count, f->global_used }, { p->subroutines.items, p->subroutines.count, p->used }, work };
		size_t used = font_charstring(&walk, f->charstrings.items[g]);
		work = walk.work;
		if (work == 0)
			return fail(f->err, ERR_LIMIT, WORK_MOST, "CFF: charstrings of more than %d steps", WORK_MOST);
		f->emptied += used == 0;
		f->charstrings.items[g] = used ? bytes_of(f->charstrings.items[g].p, used) : bytes_of(nothing, 1);
	}
	return 0;
}

/* Those that nobody calls keep their numbers only. */
static void cut_subroutines(struct index *s, const uint32_t *used)
{
	static const uint8_t back[] = { 11 };

	for (uint32_t i = 0; i < s->count; i++)
		s->items[i] = used[i] ? bytes_of(s->items[i].p, used[i]) : bytes_of(back, 1);
}

/* ---- writing ---- */
static void put_index(struct buf *out, const struct index *x)
{
	uint64_t total = 1;

	buf_u16be(out, (uint16_t)x->count);
	if (x->count == 0)
		return;
	for (uint32_t i = 0; i < x->count; i++)
		total += x->items[i].n;
	unsigned size = total < 0x100 ? 1 : total < 0x10000 ? 2 : total < 0x1000000 ? 3 : 4;
	buf_byte(out, (uint8_t)size);
	uint64_t at = 1;
	for (uint32_t i = 0; i <= x->count; i++) {
		for (unsigned k = size; k-- > 0;)
			buf_byte(out, (uint8_t)(at >> (8 * k)));
		at += i < x->count ? x->items[i].n : 0;
	}
	for (uint32_t i = 0; i < x->count; i++)
		buf_bytes(out, x->items[i]);
}

static void put_operator(struct buf *out, unsigned operator)
{
	if (operator >= 32)
		buf_byte(out, 12);
	buf_byte(out, (uint8_t)(operator >= 32 ? operator - 32 : operator));
}

static void put_entry(struct buf *out, const struct dictionary *d, unsigned operator, unsigned least, unsigned most)
{
	const struct entry *e = &d->entries[operator];

	if (e->n < least || e->n > most || e->n == 0)
		return;
	buf_bytes(out, e->raw);
	put_operator(out, operator);
}

/* In this order; how many numbers each has. */
static const struct {
	uint8_t operator, least, most;
} private_entries[] = { { 6, 2, 14 }, { 7, 2, 10 }, { 8, 2, 14 }, { 9, 2, 10 }, { 10, 1, 1 }, { 11, 1, 1 }, { DEFAULT_WIDTH, 1, 1 }, { NOMINAL_WIDTH, 1, 1 }, { 32 + 9, 1, 1 }, { 32 + 10, 1, 1 },
			{ 32 + 11, 1, 1 }, { 32 + 12, 1, 12 }, { 32 + 13, 1, 12 }, { 32 + 14, 1, 1 }, { 32 + 17, 1, 1 }, { 32 + 18, 1, 1 }, { 32 + 19, 1, 1 } },
  top_entries[] = { { FONT_BBOX, 4, 4 }, { 32 + 1, 1, 1 }, { 32 + 2, 1, 1 }, { 32 + 3, 1, 1 }, { 32 + 4, 1, 1 }, { 32 + 5, 1, 1 }, { FONT_MATRIX, 6, 6 }, { 32 + 8, 1, 1 } };

static struct bytes private_dictionary(struct cff *f, const struct private_part *p)
{
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);

	for (size_t i = 0; i < COUNT(private_entries); i++)
		put_entry(&out, &p->dictionary, private_entries[i].operator, private_entries[i].least, private_entries[i].most);
	if (p->subroutines.count) { /* they stand right behind it */
		put_offset(&out, out.n + OFFSET_BYTES + 1);
		put_operator(&out, SUBROUTINES);
	}
	return buf_view(&out);
}

static struct bytes charset_written(struct cff *f)
{
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);

	buf_byte(&out, 2);
	for (uint32_t g = 1; g < f->charstrings.count;) {
		uint32_t n = 1;
		while (g + n < f->charstrings.count && f->charset[g + n] == f->charset[g] + n)
			n++;
		buf_u16be(&out, f->charset[g]);
		buf_u16be(&out, (uint16_t)(n - 1));
		g += n;
	}
	return buf_view(&out);
}

static struct bytes selection_written(struct cff *f)
{
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);
	uint16_t ranges = 0;

	for (uint32_t g = 0; g < f->charstrings.count; g++)
		ranges = (uint16_t)(ranges + (g == 0 || f->part_of[g] != f->part_of[g - 1]));
	buf_byte(&out, 3);
	buf_u16be(&out, ranges);
	for (uint32_t g = 0; g < f->charstrings.count; g++)
		if (g == 0 || f->part_of[g] != f->part_of[g - 1]) {
			buf_u16be(&out, (uint16_t)g);
			buf_byte(&out, f->part_of[g]);
		}
	buf_u16be(&out, (uint16_t)f->charstrings.count);
	return buf_view(&out);
}

/* Where everything lies that the top dictionary points to. */
struct places {
	size_t encoding, charset, selection, charstrings, fonts, private_size, private_at;
};

static struct bytes top_dictionary(struct cff *f, const struct places *p)
{
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);
	const struct entry *ros = &f->top.entries[ROS];

	if (f->is_cid) { /* the first of all */
		for (unsigned i = 0; i < 3; i++)
			put_integer(&out, ros->integers[i]);
		put_operator(&out, ROS);
	}
	for (size_t i = 0; i < COUNT(top_entries); i++)
		put_entry(&out, &f->top, top_entries[i].operator, top_entries[i].least, top_entries[i].most);
	if (f->is_cid)
		put_entry(&out, &f->top, CID_COUNT, 1, 1);
	put_offset(&out, f->charset ? p->charset : (size_t)number_of(&f->top, CHARSET, 0, 0));
	put_operator(&out, CHARSET);
	if (!f->is_cid) {
		put_offset(&out, f->encoding.n ? p->encoding : (size_t)number_of(&f->top, ENCODING, 0, 0));
		put_operator(&out, ENCODING);
	}
	put_offset(&out, p->charstrings);
	put_operator(&out, CHARSTRINGS);
	if (f->is_cid) {
		put_offset(&out, p->fonts);
		put_operator(&out, FD_ARRAY);
		put_offset(&out, p->selection);
		put_operator(&out, FD_SELECT);
	} else {
		put_offset(&out, p->private_size);
		put_offset(&out, p->private_at);
		put_operator(&out, PRIVATE);
	}
	return buf_view(&out);
}

static struct bytes font_dictionary(struct cff *f, const struct private_part *p, size_t size, size_t at)
{
	struct buf out = buf_in(f->arena, FONT_BYTES_MOST);

	put_entry(&out, &p->outer, FONT_MATRIX, 6, 6);
	put_offset(&out, size);
	put_offset(&out, at);
	put_operator(&out, PRIVATE);
	return buf_view(&out);
}

static void put_head(struct cff *f, struct buf *out, const struct places *p)
{
	struct bytes top = top_dictionary(f, p);
	struct index one = { &f->name, 1 }, tops = { &top, 1 }, strings = { arena_new_array(f->arena, struct bytes, f->string_count), f->string_count };

	for (uint32_t i = 0, from = 0; i < f->string_count; from = f->string_ends[i++])
		strings.items[i] = bytes_of(f->string_data.p + from, f->string_ends[i] - from);
	buf_put(out, "\x01\0\x04\x04", 4);
	put_index(out, &one);
	put_index(out, &tops);
	put_index(out, &strings);
	put_index(out, &f->global);
}

static void put_fonts(struct cff *f, struct buf *out, const size_t *sizes, const size_t *places)
{
	struct index x = { arena_new_array(f->arena, struct bytes, f->part_count), f->part_count };

	for (uint32_t i = 0; i < f->part_count; i++)
		x.items[i] = font_dictionary(f, &f->parts[i], sizes[i], places[i]);
	put_index(out, &x);
}

/* Twice: the first time for the places, which take the same room whatever they are. */
static int write_font(struct cff *f, struct buf *out)
{
	struct places p = { 0 };
	size_t *sizes = arena_new_array(f->arena, size_t, f->part_count), *places = arena_new_array(f->arena, size_t, f->part_count);
	struct bytes charset = f->charset ? charset_written(f) : (struct bytes){ NULL, 0 }, selection = f->is_cid ? selection_written(f) : (struct bytes){ NULL, 0 };

	for (int round = 0; round < 2; round++) {
		out->n = 0;
		put_head(f, out, &p);
		p.encoding = out->n;
		buf_bytes(out, f->encoding);
		p.charset = out->n;
		buf_bytes(out, charset);
		p.selection = out->n;
		buf_bytes(out, selection);
		p.charstrings = out->n;
		put_index(out, &f->charstrings);
		p.fonts = out->n;
		if (f->is_cid)
			put_fonts(f, out, sizes, places);
		for (uint32_t i = 0; i < f->part_count; i++) {
			struct bytes d = private_dictionary(f, &f->parts[i]);
			sizes[i] = d.n, places[i] = out->n;
			buf_bytes(out, d);
			if (f->parts[i].subroutines.count)
				put_index(out, &f->parts[i].subroutines);
		}
		p.private_size = sizes[0], p.private_at = places[0];
	}
	return buf_ok(out) ? 0 : fail(f->err, ERR_LIMIT, FONT_BYTES_MOST, "CFF: too long");
}

int font_cff(struct arena *arena, struct bytes in, struct font *out, struct err *err)
{
	struct cff *f = arena_alloc(arena, sizeof *f);
	struct buf program = buf_in(arena, FONT_BYTES_MOST);

	*f = (struct cff){ .arena = arena, .in = in, .err = err };
	if (in.n > FONT_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "CFF: longer than %d bytes", FONT_BYTES_MOST);
	if (read_font(f) != 0)
		return -1;
	name_strings(f);
	if (read_encoding(f) != 0 || check_charstrings(f) != 0)
		return -1;
	cut_subroutines(&f->global, f->global_used);
	for (uint32_t i = 0; i < f->part_count; i++)
		cut_subroutines(&f->parts[i].subroutines, f->parts[i].used);
	if (write_font(f, &program) != 0)
		return -1;
	*out = (struct font){ .program = buf_view(&program), .glyphs = f->charstrings.count, .emptied = f->emptied };
	return 0;
}
