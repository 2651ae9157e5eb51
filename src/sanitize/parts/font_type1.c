/* 埋め込みの書体（Type 1） — what font_type1_read.c understood, its charstrings followed to their end, written anew as one fixed program. Contract in font.h.
 * Adobe Type 1 Font Format 1.1. Threat D11. */
#include "sanitize/parts/font.h"
#include "base/sort.h"
#include "sanitize/parts/font_type1_glyph.h"
#include "sanitize/parts/font_type1_read.h"

enum {
	LEAD = 4, LEAD_MOST = 16, ZERO_LINES = 8,
	SCRATCH_PER_BYTE = 24, SCRATCH_FREE = 8 << 20, /* memory for reading a font, given back with it */
	WORK_PER_BYTE = 64, WORK_FREE = 65536, /* commands that glyphs may follow, calls included, for each byte that they have */
};
struct rebuild {
	struct arena *arena;
	struct type1_font font;
	struct bytes *subrs, *callable; /* [subrs_n] by index; .p NULL: none; callable: and well-formed */
	size_t subrs_n;
	struct err *err;
};

static void encrypt(uint8_t *p, size_t n, uint16_t key)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t)(p[i] ^ key >> 8);
		key = (uint16_t)((p[i] + key) * 52845u + 22719u);
	}
}

/* ---- the charstrings ---- */

/* In place: the bytes are of the private part. None: it is too short, or too long to be written with the lead of ours. */
static struct bytes open_code(const struct rebuild *r, struct bytes code)
{
	int64_t said = r->font.items[LEAD_LENGTH].is_there ? r->font.items[LEAD_LENGTH].v[0] / type1_unit : LEAD;
	size_t lead = said > 0 ? (size_t)said : 0;

	if (said >= 0)
		type1_decrypt((uint8_t *)(uintptr_t)code.p, code.p, code.n, TYPE1_KEY_CODE);
	if (code.n < lead || code.n - lead > TYPE1_CODE_MOST - LEAD)
		return bytes_of(code.p, 0);
	return bytes_of(code.p + lead, code.n - lead);
}

static int sort_subrs(struct rebuild *r, size_t *size)
{
	static const uint8_t only_return[] = { 11 };
	const struct type1_subr *found = r->font.subrs;
	size_t n = r->font.subrs_n;

	for (size_t i = 0; i < n; i++)
		r->subrs_n = MAX(r->subrs_n, found[i].index + (size_t)1);
	r->subrs = arena_try(r->arena, (r->subrs_n + 1) * sizeof *r->subrs);
	r->callable = arena_try(r->arena, (r->subrs_n + 1) * sizeof *r->callable);
	if (!r->subrs || !r->callable)
		return fail(r->err, ERR_LIMIT, 0, "no memory for %zu subroutines", r->subrs_n);
	for (size_t i = 0; i < n; i++)
		r->subrs[found[i].index] = found[i].code; /* the last of an index, as PostScript has it */
	for (size_t i = 0; i < r->subrs_n; i++) {
		if (!r->subrs[i].p)
			continue;
		struct bytes code = open_code(r, r->subrs[i]);
		code.n = type1_subr_length(code);
		r->subrs[i] = code.n > 0 ? code : bytes_of(only_return, sizeof only_return);
		if (code.n > 0)
			r->callable[i] = code;
		*size += r->subrs[i].n;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct type1_glyph *x = *(const struct type1_glyph *const *)a, *y = *(const struct type1_glyph *const *)b;
	int order = memcmp(x->name.p, y->name.p, MIN(x->name.n, y->name.n));

	if (order == 0 && x->name.n != y->name.n)
		order = x->name.n < y->name.n ? -1 : 1;
	return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static struct type1_glyph *find_glyph(struct type1_glyph *const *sorted, size_t n, const char *name)
{
	struct type1_glyph wanted = { .name = bytes_of(name, strlen(name)) }; /* order 0: never behind the first of its name */
	const struct type1_glyph *key = &wanted;

	for (size_t low = 0; low < n;) {
		size_t middle = low + (n - low) / 2;
		if (bytes_equal(sorted[middle]->name, wanted.name))
			return sorted[middle];
		if (by_name(&sorted[middle], &key) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

/* Sorted by name, each name once: the first of a name is the one that readers find. */
static size_t sort_glyphs(struct rebuild *r, struct type1_glyph **sorted, unsigned *lost)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < r->font.glyphs_n; i++) {
		r->font.glyphs[i].order = (uint32_t)i;
		if (font_is_name(r->font.glyphs[i].name))
			sorted[n++] = &r->font.glyphs[i];
		else
			++*lost;
	}
	sort_items(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && bytes_equal(sorted[kept - 1]->name, sorted[i]->name))
			continue;
		sorted[i]->is_kept = true;
		sorted[kept++] = sorted[i];
	}
	return kept;
}

static void walk_glyph(struct type1_walk *walk, struct type1_glyph *g)
{
	size_t before = walk->work;

	g->is_sound = type1_glyph_walk(walk, g->code);
	g->work = walk->work - before;
	g->width = walk->has_width ? (int32_t)walk->width : 0;
	g->is_composed = walk->is_composed, g->base = (uint8_t)walk->base, g->accent = (uint8_t)walk->accent;
	if (g->is_sound)
		g->code.n = walk->length;
}

/* An accented letter needs both of its parts, and those drawn, not composed. */
static bool has_parts(const struct type1_glyph *g, struct type1_glyph *const *sorted, size_t n)
{
	const struct type1_glyph *base = find_glyph(sorted, n, type1_standard_name(g->base)), *accent = find_glyph(sorted, n, type1_standard_name(g->accent));

	return base && accent && !base->is_composed && !accent->is_composed;
}

static int check_glyphs(struct rebuild *r, struct font *out)
{
	size_t size = 0, read = 0, work = 0;
	struct type1_glyph **sorted = arena_try(r->arena, (r->font.glyphs_n + 1) * sizeof(struct type1_glyph *));

	if (!sorted)
		return fail(r->err, ERR_LIMIT, 0, "no memory for %zu glyphs", r->font.glyphs_n);
	if (sort_subrs(r, &size) < 0)
		return -1;
	size_t n = sort_glyphs(r, sorted, &out->emptied);
	read = size;
	for (size_t i = 0; i < n; i++) {
		sorted[i]->code = open_code(r, sorted[i]->code);
		read += sorted[i]->code.n;
	}
	struct type1_walk walk = { .subrs = r->callable, .count = r->subrs_n, .work_most = WORK_FREE + WORK_PER_BYTE * read };
	for (size_t i = 0; i < n; i++)
		walk_glyph(&walk, sorted[i]);
	if (walk.work > walk.work_most)
		return fail(r->err, ERR_LIMIT, 0, "its glyphs call each other beyond all proportion");
	for (size_t i = 0; i < n; i++) {
		struct type1_glyph *g = sorted[i];
		if (g->is_sound && g->is_composed && !has_parts(g, sorted, n))
			g->is_sound = false;
		if (g->is_sound)
			size += g->code.n, work += g->work;
		out->emptied += !g->is_sound;
	}
	if (work > WORK_FREE + WORK_PER_BYTE * size) /* said of what is written, so that it can be said of it again */
		return fail(r->err, ERR_LIMIT, 0, "its glyphs call each other beyond all proportion");
	out->glyphs = (unsigned)n + !find_glyph(sorted, n, ".notdef");
	return out->glyphs <= FONT_GLYPHS_MOST ? 0 : fail(r->err, ERR_LIMIT, 0, "more than %d glyphs", FONT_GLYPHS_MOST);
}

/* ---- written anew ---- */

static void put_number(struct buf *b, int64_t number)
{
	uint64_t value = (uint64_t)(number < 0 ? -number : number), part = value % (uint64_t)type1_unit;
	char digits[TYPE1_PLACES + 1];
	unsigned n = TYPE1_PLACES;

	if (number < 0)
		buf_byte(b, '-');
	buf_decimal(b, value / (uint64_t)type1_unit);
	if (part == 0)
		return;
	(void)snprintf(digits, sizeof digits, "%012llu", (unsigned long long)part);
	while (digits[n - 1] == '0')
		n--;
	buf_byte(b, '.');
	buf_put(b, digits, n);
}

static void put_item(const struct rebuild *r, struct buf *b, enum type1_item item)
{
	const struct type1_rule *rule = &type1_rules[item];

	if (!r->font.items[item].is_there)
		return;
	buf_byte(b, '/'), buf_str(b, rule->name), buf_byte(b, ' ');
	if (rule->form == '?') {
		buf_str(b, r->font.items[item].v[0] ? "true" : "false");
	} else if (rule->form == '#') {
		put_number(b, r->font.items[item].v[0]);
	} else {
		buf_byte(b, (uint8_t)rule->form);
		for (uint8_t i = 0; i < r->font.items[item].n; i++) {
			if (i > 0)
				buf_byte(b, ' ');
			put_number(b, r->font.items[item].v[i]);
		}
		buf_byte(b, rule->form == '[' ? ']' : '}');
	}
	buf_str(b, rule->form == '{' || item == FONT_MATRIX ? " readonly def\n" : " def\n");
}

static void put_items(const struct rebuild *r, struct buf *b, enum type1_item first, enum type1_item last)
{
	for (enum type1_item item = first; item <= last; item++)
		put_item(r, b, item);
}

static void put_encoding(const struct rebuild *r, struct buf *b)
{
	if (r->font.encoding) {
		buf_str(b, "/Encoding "), buf_str(b, r->font.encoding), buf_str(b, " def\n");
		return;
	}
	buf_str(b, "/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\n");
	for (unsigned i = 0; i < 256; i++) {
		if (r->font.characters[i].n == 0)
			continue;
		buf_str(b, "dup "), buf_decimal(b, i), buf_str(b, " /"), buf_bytes(b, r->font.characters[i]), buf_str(b, " put\n");
	}
	buf_str(b, "readonly def\n");
}

static void put_clear(const struct rebuild *r, struct buf *b)
{
	buf_str(b, "%!PS-AdobeFont-1.0: "), buf_bytes(b, r->font.name);
	buf_str(b, "\n12 dict begin\n/FontInfo 4 dict dup begin\n");
	put_items(r, b, ITALIC_ANGLE, UNDERLINE_THICKNESS);
	buf_str(b, "end readonly def\n/FontName /"), buf_bytes(b, r->font.name), buf_str(b, " def\n");
	put_encoding(r, b);
	put_item(r, b, PAINT_TYPE);
	buf_str(b, "/FontType 1 def\n");
	put_items(r, b, FONT_MATRIX, STROKE_WIDTH);
	buf_str(b, "currentdict end\ncurrentfile eexec\n");
}

static void put_code(struct buf *b, struct bytes code)
{
	buf_decimal(b, LEAD + code.n), buf_str(b, " RD ");
	uint8_t *to = buf_room(b, LEAD + code.n);
	if (!to)
		return;
	memset(to, 0, LEAD);
	memcpy(to + LEAD, code.p, code.n);
	encrypt(to, LEAD + code.n, TYPE1_KEY_CODE);
	b->n += LEAD + code.n;
}

/* 0 WIDTH hsbw endchar */
static struct bytes empty_code(int32_t width, uint8_t room[8])
{
	uint32_t w = (uint32_t)width;
	size_t n = 0;

	room[n++] = 139;
	if (width >= -107 && width <= 107)
		room[n++] = (uint8_t)(width + 139);
	else if (width >= -1131 && width <= 1131)
		room[n++] = (uint8_t)(width > 0 ? 247 + (width - 108) / 256 : 251 + (-width - 108) / 256), room[n++] = (uint8_t)((abs(width) - 108) % 256);
	else
		room[n++] = 255, room[n++] = (uint8_t)(w >> 24), room[n++] = (uint8_t)(w >> 16), room[n++] = (uint8_t)(w >> 8), room[n++] = (uint8_t)w;
	return bytes_of(room, n);
}

static void put_glyph(struct buf *b, const struct type1_glyph *g)
{
	uint8_t room[10];
	struct bytes code = g->code;

	if (!g->is_sound) {
		code = empty_code(g->width, room);
		room[code.n++] = 13, room[code.n++] = 14;
	}
	buf_byte(b, '/'), buf_bytes(b, g->name), buf_byte(b, ' ');
	put_code(b, code);
	buf_str(b, " ND\n");
}

static void put_glyphs(const struct rebuild *r, struct buf *b, unsigned count)
{
	static const struct type1_glyph missing = { .name = { (const uint8_t *)".notdef", 7 } };
	unsigned kept = 0;

	buf_str(b, "2 index /CharStrings "), buf_decimal(b, count), buf_str(b, " dict dup begin\n");
	for (size_t i = 0; i < r->font.glyphs_n; i++)
		kept += r->font.glyphs[i].is_kept;
	if (kept < count)
		put_glyph(b, &missing);
	for (size_t i = 0; i < r->font.glyphs_n; i++)
		if (r->font.glyphs[i].is_kept)
			put_glyph(b, &r->font.glyphs[i]);
	buf_str(b, "end\nend\nreadonly put\nnoaccess put\ndup /FontName get exch definefont pop\nmark currentfile closefile\n");
}

static void put_private(const struct rebuild *r, struct buf *b, unsigned glyphs)
{
	static const uint8_t lead[LEAD];

	buf_put(b, lead, sizeof lead);
	buf_str(b, "dup /Private 24 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n/ND {noaccess def} executeonly def\n"
		   "/NP {noaccess put} executeonly def\n/lenIV 4 def\n");
	put_items(r, b, BLUE_VALUES, EXPANSION);
	buf_str(b, "/MinFeature {16 16} def\n/password 5839 def\n");
	if (r->subrs_n > 0) {
		buf_str(b, "/OtherSubrs [{} {} {} {} {} {} {} {} {} {} {} {} {} {}] noaccess def\n/Subrs "), buf_decimal(b, r->subrs_n), buf_str(b, " array\n");
		for (size_t i = 0; i < r->subrs_n; i++) {
			if (!r->subrs[i].p)
				continue;
			buf_str(b, "dup "), buf_decimal(b, i), buf_byte(b, ' ');
			put_code(b, r->subrs[i]);
			buf_str(b, " NP\n");
		}
		buf_str(b, "ND\n");
	}
	put_glyphs(r, b, glyphs);
}

static int put_program(const struct rebuild *r, struct arena *arena, struct font *out)
{
	struct buf b = buf_in(r->arena, FONT_BYTES_MOST);

	buf_room(&b, MIN(r->font.size + 4096, (size_t)FONT_BYTES_MOST)); /* mostly it fits */
	put_clear(r, &b);
	out->length1 = b.n;
	put_private(r, &b, out->glyphs);
	if (!buf_ok(&b))
		return fail(r->err, ERR_LIMIT, 0, "written anew it is too large");
	out->length2 = b.n - out->length1;
	encrypt(b.p + out->length1, out->length2, TYPE1_KEY_PROGRAM);
	for (unsigned i = 0; i < ZERO_LINES; i++)
		buf_str(&b, "0000000000000000000000000000000000000000000000000000000000000000\n");
	buf_str(&b, "cleartomark\n");
	if (!buf_ok(&b))
		return fail(r->err, ERR_LIMIT, 0, "written anew it is too large");
	out->length3 = b.n - out->length1 - out->length2;
	uint8_t *to = arena_scratch(arena, b.n);
	if (!to)
		return fail(r->err, ERR_LIMIT, 0, "no memory for %zu bytes", b.n);
	out->program = bytes_of(memcpy(to, b.p, b.n), b.n);
	return 0;
}

/* What a font must have, and what is written although it was not said. */
static int complete(struct rebuild *r)
{
	const int64_t *m = r->font.items[FONT_MATRIX].v, lead = r->font.items[LEAD_LENGTH].v[0];
	int64_t *paint = r->font.items[PAINT_TYPE].v;

	if (!r->font.items[FONT_MATRIX].is_there || !((m[0] && m[3]) || (m[1] && m[2])))
		return fail(r->err, ERR_MALFORMED, 0, "a font without a matrix");
	if (r->font.glyphs_n == 0)
		return fail(r->err, ERR_MALFORMED, 0, "a font without glyphs");
	if (r->font.items[LEAD_LENGTH].is_there && (lead % type1_unit != 0 || lead < -type1_unit || lead > LEAD_MOST * type1_unit))
		return fail(r->err, ERR_UNSUPPORTED, 0, "charstrings are encrypted in an unknown way");
	if (*paint != 2 * type1_unit)
		*paint = 0;
	r->font.items[PAINT_TYPE].is_there = true, r->font.items[PAINT_TYPE].n = 1;
	r->font.items[FONT_BOX].is_there = true, r->font.items[FONT_BOX].n = 4; /* zeros: to be found out from the glyphs */
	return 0;
}

int font_type1(struct arena *arena, struct bytes in, struct font *out, struct err *err)
{
	struct font font = { 0 };

	if (in.n > FONT_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "a font of %zu bytes", in.n);
	ARENA(scratch) = arena_new(SCRATCH_FREE + SCRATCH_PER_BYTE * in.n);
	struct rebuild r = { .arena = scratch, .err = err };
	if (type1_read(scratch, in, &r.font, err) < 0 || complete(&r) < 0 || check_glyphs(&r, &font) < 0 || put_program(&r, arena, &font) < 0)
		return -1;
	*out = font;
	return 0;
}
