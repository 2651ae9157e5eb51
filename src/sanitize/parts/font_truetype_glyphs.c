/* TrueTypeの字形 — the outlines of a font and what finds them (glyf, loca), each glyph read to its last point and written without what lies behind it; streams of instructions are walked,
 * never run. A glyph that cannot be read to its end, names a glyph that is none, or contains itself becomes an empty one. */
#include "base/cursor.h"
#include "sanitize/parts/font_truetype.h"

enum { /* of a point */
	POINT_REPEATS = 0x08,
	POINT_KNOWN = 0x7f,
};
enum { /* of a component */
	PART_WORDS = 0x0001,
	PART_OFFSETS = 0x0002, /* else its arguments are two points that shall meet */
	PART_SCALE = 0x0008,
	PART_MORE = 0x0020,
	PART_SCALES = 0x0040,
	PART_MATRIX = 0x0080,
	PART_CODE = 0x0100,
	PART_KNOWN = 0x1fef,
};
enum { GLYPH_HEAD = 10 };

/* ---- instructions ---- */

enum { OP_ELSE = 0x1b, OP_FDEF = 0x2c, OP_ENDF = 0x2d, OP_NPUSHB = 0x40, OP_NPUSHW = 0x41, OP_IF = 0x58, OP_EIF = 0x59, OP_IDEF = 0x89, OP_PUSHB = 0xb0, OP_PUSHW = 0xb8, OP_MDRP = 0xc0 };

static bool is_unknown(unsigned op)
{
	return op == 0x28 || op == 0x7b || op == 0x83 || op == 0x84 || op == 0x8f || op == 0x90 || (op >= 0x93 && op < OP_PUSHB);
}

/* What stands behind the instruction in the stream. */
static size_t pushed(struct cursor *c, unsigned op)
{
	if (op == OP_NPUSHB)
		return cursor_u8(c);
	if (op == OP_NPUSHW)
		return 2 * (size_t)cursor_u8(c);
	if (op >= OP_PUSHB && op < OP_PUSHW)
		return op - OP_PUSHB + 1;
	if (op >= OP_PUSHW && op < OP_MDRP)
		return 2 * (size_t)(op - OP_PUSHW + 1);
	return 0;
}

bool truetype_code_is_whole(struct bytes stream, bool of_glyph, struct truetype_code *code)
{
	struct cursor c = cursor_over(stream);
	unsigned ifs = 0, ifs_outside = 0;
	bool in_definition = false, unknown = false, defines = code->defines;

	if (stream.n > TRUETYPE_CODE_MOST)
		return false;
	while (c.left > 0 && !c.failed) {
		unsigned op = cursor_u8(&c);
		if (op >= OP_MDRP)
			continue;
		if (op == OP_IF) {
			ifs++;
		} else if (op == OP_ELSE || op == OP_EIF) {
			if (ifs == (in_definition ? ifs_outside : 0))
				return false;
			ifs -= op == OP_EIF;
		} else if (op == OP_FDEF || op == OP_IDEF) {
			if (of_glyph || in_definition)
				return false;
			in_definition = true, ifs_outside = ifs, defines |= op == OP_IDEF;
		} else if (op == OP_ENDF) {
			if (!in_definition || ifs != ifs_outside)
				return false;
			in_definition = false;
		} else if (is_unknown(op)) {
			unknown = true;
		} else {
			cursor_take(&c, pushed(&c, op));
		}
	}
	code->defines = defines;
	return !c.failed && ifs == 0 && !in_definition && (!unknown || defines);
}

/* ---- glyphs ---- */

struct outline {
	uint32_t at, n; /* its bytes in the new table; none: an empty glyph */
	uint32_t points;
	uint16_t contours, parts, elements, code; /* parts: with those of its components */
	uint8_t depth;				  /* 0: of its own points */
	bool waits;				  /* for the glyphs that it is composed of */
};
struct outlines {
	const struct truetype_code *code;
	struct outline *all;
	unsigned glyphs, emptied;
	uint8_t *to;
	uint16_t *waiting;
	unsigned waiting_n;
};

static struct bytes kept_code(const struct outlines *o, struct bytes stream)
{
	struct truetype_code known = *o->code;
	bool kept = known.kept && truetype_code_is_whole(stream, true, &known);

	return kept ? stream : (struct bytes){ NULL, 0 };
}

static uint8_t *put(uint8_t *to, struct bytes b)
{
	if (b.n)
		memcpy(to, b.p, b.n);
	return to + b.n;
}

static uint8_t *put_code(uint8_t *to, struct bytes stream)
{
	return put(truetype_put16(to, (unsigned)stream.n), stream);
}

/* The flags of n points to `to`; *bytes: what their coordinates take. NULL: they end too early. */
static uint8_t *put_flags(struct cursor *c, unsigned n, uint8_t *to, size_t *bytes)
{
	static const uint8_t sizes[16] = { 4, 3, 3, 2, 2, 3, 1, 2, 2, 1, 3, 2, 0, 1, 1, 2 }; /* by x is a byte, y is, x stays or is positive, y */
	size_t sum = 0;

	while (n > 0) {
		unsigned flag = cursor_u8(c), times = 1;
		*to++ = flag & POINT_KNOWN;
		if (flag & POINT_REPEATS) {
			times += cursor_u8(c);
			times = MIN(times, n); /* one repeat too many is written by some, and read as this by all */
			*to++ = (uint8_t)(times - 1);
		}
		if (c->failed)
			return NULL;
		sum += (size_t)times * sizes[(flag >> 1 & 3) | (flag >> 2 & 12)];
		n -= times;
	}
	*bytes = sum;
	return to;
}

/* The points of a glyph by the ends of its contours; 0: they do not rise, or are too many. */
static unsigned count_points(struct bytes ends)
{
	unsigned points = 0;

	for (size_t i = 0; i + 1 < ends.n; i += 2) {
		unsigned end = (unsigned)ends.p[i] << 8 | ends.p[i + 1];
		if (end < points || end >= TRUETYPE_POINTS_MOST)
			return 0;
		points = end + 1;
	}
	return points;
}

static bool put_simple(struct outlines *o, struct cursor *c, struct bytes head, unsigned contours, struct outline *one)
{
	struct bytes ends = cursor_bytes(c, 2 * (size_t)contours), code = cursor_bytes(c, cursor_u16be(c));
	unsigned points = count_points(ends);
	size_t n;

	if (c->failed || points == 0)
		return false;
	code = kept_code(o, code);
	uint8_t *start = o->to + one->at, *to = put_flags(c, points, put_code(put(put(start, head), ends), code), &n);
	if (!to)
		return false;
	struct bytes coordinates = cursor_bytes(c, n);
	if (c->failed)
		return false;
	one->n = (uint32_t)(put(to, coordinates) - start);
	one->points = points, one->contours = (uint16_t)contours, one->code = (uint16_t)code.n;
	return true;
}

struct component {
	unsigned flags, glyph;
	struct bytes arguments, scale;
};

static bool next_component(struct cursor *c, unsigned glyphs, struct component *part)
{
	unsigned flags = cursor_u16be(c) & PART_KNOWN;

	if (flags & PART_SCALE)
		flags &= ~(unsigned)(PART_SCALES | PART_MATRIX);
	else if (flags & PART_SCALES)
		flags &= ~(unsigned)PART_MATRIX;
	part->flags = flags;
	part->glyph = cursor_u16be(c);
	part->arguments = cursor_bytes(c, flags & PART_WORDS ? 4 : 2);
	part->scale = cursor_bytes(c, flags & PART_SCALE ? 2 : flags & PART_SCALES ? 4 : flags & PART_MATRIX ? 8 : 0);
	return !c->failed && part->glyph < glyphs;
}

static bool put_composite(struct outlines *o, struct cursor *c, struct bytes head, struct outline *one)
{
	uint8_t *start = o->to + one->at, *to = put(start, head), *last;
	struct component part;

	truetype_put16(start, 0xffff);
	do {
		if (!next_component(c, o->glyphs, &part) || ++one->elements > TRUETYPE_PARTS_MOST)
			return false;
		last = to; /* only the last one says whether there are instructions */
		to = put(put(truetype_put16(truetype_put16(to, part.flags & ~(unsigned)PART_CODE), part.glyph), part.arguments), part.scale);
	} while (part.flags & PART_MORE);
	if (part.flags & PART_CODE) {
		struct bytes code = kept_code(o, cursor_bytes(c, cursor_u16be(c)));
		if (code.n) {
			truetype_put16(last, part.flags);
			to = put_code(to, code);
			one->code = (uint16_t)code.n;
		}
	}
	one->n = (uint32_t)(to - start);
	one->waits = true;
	return true;
}

/* Returns false for a malformed glyph. */
static bool put_glyph(struct outlines *o, struct cursor *c, struct outline *one)
{
	struct bytes head = cursor_bytes(c, GLYPH_HEAD);

	if (c->failed)
		return false;
	unsigned contours = (unsigned)head.p[0] << 8 | head.p[1];
	if (contours == 0)
		return true; /* nothing is drawn */
	return contours < 0x8000 ? put_simple(o, c, head, contours, one) : put_composite(o, c, head, one);
}

static void empty(struct outlines *o, struct outline *one)
{
	*one = (struct outline){ .at = one->at };
	o->emptied++;
}

/* ---- glyphs made of glyphs ---- */

static unsigned argument(const struct component *part, unsigned which)
{
	const uint8_t *p = part->arguments.p;

	return part->flags & PART_WORDS ? (unsigned)p[2 * which] << 8 | p[2 * which + 1] : p[which];
}

/* Adds up what its components have. Returns false while one of them waits itself. */
static bool resolve(struct outlines *o, struct outline *one)
{
	struct cursor c = cursor_over(bytes_of(o->to + one->at + GLYPH_HEAD, one->n - GLYPH_HEAD));
	unsigned points = 0, contours = 0, parts = 0, depth = 0;
	bool fits = true;
	struct component part;

	do {
		must(next_component(&c, o->glyphs, &part));
		const struct outline *of = &o->all[part.glyph];
		if (of->waits)
			return false;
		fits = fits && ((part.flags & PART_OFFSETS) || (argument(&part, 0) < points && argument(&part, 1) < of->points));
		points += of->points, contours += of->contours, parts += 1u + of->parts, depth = MAX(depth, of->depth); /* at most 4096 times 65535 each */
	} while (part.flags & PART_MORE);
	one->waits = false;
	if (!fits || points > TRUETYPE_POINTS_MOST || contours > TRUETYPE_POINTS_MOST || parts > TRUETYPE_PARTS_MOST || ++depth > TRUETYPE_DEPTH_MOST)
		empty(o, one);
	else
		one->points = points, one->contours = (uint16_t)contours, one->parts = (uint16_t)parts, one->depth = (uint8_t)depth;
	return true;
}

/* So many rounds as glyphs may be deep: who waits then is too deep, or for itself. */
static void resolve_all(struct outlines *o)
{
	for (unsigned round = 0; round < TRUETYPE_DEPTH_MOST && o->waiting_n > 0; round++) {
		unsigned left = 0;
		for (unsigned i = 0; i < o->waiting_n; i++)
			if (!resolve(o, &o->all[o->waiting[i]]))
				o->waiting[left++] = o->waiting[i];
		o->waiting_n = left;
	}
	for (unsigned i = 0; i < o->waiting_n; i++)
		empty(o, &o->all[o->waiting[i]]);
}

/* ---- the tables ---- */

static bool entry(struct bytes loca, bool is_long, unsigned i, size_t *at)
{
	size_t size = is_long ? 4 : 2;

	if (loca.n / size <= i)
		return false;
	struct cursor c = cursor_over(bytes_of(loca.p + size * i, size));
	*at = is_long ? cursor_u32be(&c) : 2 * (size_t)cursor_u16be(&c);
	return true;
}

/* Where glyph i lies; an end before the start, or behind the table, is the table's end: so do those who draw. */
static bool find_glyph(struct bytes glyf, struct bytes loca, bool is_long, unsigned i, struct bytes *found)
{
	size_t from, to;

	if (!entry(loca, is_long, i, &from) || !entry(loca, is_long, i + 1, &to) || from == to || from >= glyf.n)
		return false;
	if (to < from || to > glyf.n)
		to = glyf.n;
	*found = bytes_of(glyf.p + from, to - from);
	return true;
}

static void put_all(struct outlines *o, struct bytes glyf, struct bytes loca, bool is_long)
{
	size_t used = 0, budget = TRUETYPE_OVERLAPS_MOST * glyf.n;
	struct bytes found;

	for (unsigned i = 0; i < o->glyphs; i++) {
		struct outline *one = &o->all[i];
		one->at = (uint32_t)used;
		if (!find_glyph(glyf, loca, is_long, i, &found))
			continue;
		struct cursor c = cursor_over(bytes_of(found.p, MIN(found.n, budget)));
		if (!put_glyph(o, &c, one))
			empty(o, one);
		if (one->waits)
			o->waiting[o->waiting_n++] = (uint16_t)i;
		budget -= (size_t)c.at; /* a malformed one was looked at too */
		used += one->n;
		if (used & 1)
			o->to[used++] = 0;
	}
}

static void raise(unsigned *most, unsigned v)
{
	*most = MAX(*most, v);
}

static void measure(const struct outline *one, struct truetype_outlines *out)
{
	raise(one->depth ? &out->composite_points : &out->points, one->points);
	raise(one->depth ? &out->composite_contours : &out->contours, one->contours);
	raise(&out->code, one->code);
	raise(&out->elements, one->elements);
	raise(&out->depth, one->depth);
}

/* Closes the gaps that emptied glyphs left. Each glyph starts at an even byte. */
static size_t close_gaps(struct outlines *o)
{
	size_t n = 0;

	for (unsigned i = 0; i < o->glyphs; i++) {
		struct outline *one = &o->all[i];
		size_t even = (size_t)one->n + (one->n & 1);
		if (even && one->at != n)
			memmove(o->to + n, o->to + one->at, even);
		one->at = (uint32_t)n;
		n += even;
	}
	return n;
}

static struct bytes put_places(const struct outlines *o, size_t end, bool is_long, uint8_t *loca)
{
	uint8_t *p = loca;

	for (unsigned i = 0; i < o->glyphs; i++)
		p = is_long ? truetype_put32(p, o->all[i].at) : truetype_put16(p, o->all[i].at / 2);
	p = is_long ? truetype_put32(p, (uint32_t)end) : truetype_put16(p, (unsigned)(end / 2));
	return bytes_of(loca, (size_t)(p - loca));
}

int truetype_outlines(struct arena *arena, struct bytes glyf, struct bytes loca, bool is_long, unsigned glyphs, const struct truetype_code *code,
		      struct truetype_outlines *out, struct err *err)
{
	struct outlines o = { .code = code, .glyphs = glyphs };
	struct truetype_outlines made = { 0 };

	must(glyphs <= FONT_GLYPHS_MOST && glyf.n <= FONT_BYTES_MOST);
	o.all = arena_try(arena, glyphs * sizeof *o.all);
	o.waiting = arena_scratch(arena, glyphs * sizeof *o.waiting);
	o.to = arena_scratch(arena, TRUETYPE_OVERLAPS_MOST * glyf.n + glyphs + 1);
	uint8_t *places = arena_scratch(arena, 4 * ((size_t)glyphs + 1));
	if (!o.all || !o.waiting || !o.to || !places)
		return fail(err, ERR_LIMIT, glyf.n, "no room for the outlines of a font");
	put_all(&o, glyf, loca, is_long);
	resolve_all(&o);
	size_t n = close_gaps(&o);
	for (unsigned i = 0; i < glyphs; i++)
		measure(&o.all[i], &made);
	made.is_long = n > 2 * 65535u;
	made.glyf = bytes_of(o.to, n), made.loca = put_places(&o, n, made.is_long, places);
	made.emptied = o.emptied;
	*out = made;
	return 0;
}
