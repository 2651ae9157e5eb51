/* TrueTypeの文法 — the one form in which embedded TrueType and OpenType fonts leave: a sorted directory with right checksums, tables of the list behind one another without a gap, each glyph
 * read to its last byte, what glyphs are composed of counted and found in maxp, instructions paired and within their bounds. Threat D11. */
#include "base/arena.h"
#include "base/cursor.h"
#include "sanitize/grammars/font.h"

enum { CFF, OS2, VORG, CMAP, CVT, FPGM, GLYF, HEAD, HHEA, HMTX, LOCA, MAXP, POST, PREP, VHEA, VMTX, KINDS };
static const char kind_names[] = "CFF OS/2VORGcmapcvt fpgmglyfheadhheahmtxlocamaxppostprepvheavmtx";

enum { GLYPHS_MOST = 65535, POINTS_MOST = 65535, PARTS_MOST = 4096, DEPTH_MOST = 10, CODE_MOST = 65535, NAME_MOST = 127, WAYS_MOST = 64, BYTES_MOST = 4 * (64 << 20) };

struct shape {
	uint32_t points;
	uint16_t contours, parts;
	uint8_t depth;
	bool known;
};
struct reading {
	struct bytes table[KINDS];
	bool there[KINDS];
	bool of_cff, of_glyphs, wide; /* wide: loca has 32 bits */
	bool own_instructions;
	unsigned glyphs;
	struct shape *shapes;
	struct { unsigned points, contours, joined_points, joined_contours, code, parts, depth; } most;
};

static unsigned word(struct bytes b, size_t at)
{
	return at + 2 <= b.n ? (unsigned)b.p[at] << 8 | b.p[at + 1] : 0;
}

static uint32_t two_words(struct bytes b, size_t at)
{
	return (uint32_t)word(b, at) << 16 | word(b, at + 2);
}

static bool only_zeros(struct bytes b, size_t at, size_t n)
{
	for (size_t i = at; i < at + n && i < b.n; i++)
		if (b.p[i])
			return false;
	return true;
}

static unsigned at_most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* ---- the directory ---- */

static uint32_t checksum(struct bytes b)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 4 <= b.n; i += 4)
		sum += (uint32_t)b.p[i] << 24 | (uint32_t)b.p[i + 1] << 16 | (uint32_t)b.p[i + 2] << 8 | b.p[i + 3];
	return sum;
}

/* searchRange, entrySelector and rangeShift of n entries of this size. */
static bool search_fits(struct bytes b, size_t at, unsigned n, unsigned size)
{
	unsigned log = 0;

	while (n >> (log + 1))
		log++;
	return word(b, at) == size << log && word(b, at + 2) == log && word(b, at + 4) == size * n - (size << log);
}

static const char *place_tables(struct reading *r, struct bytes file)
{
	unsigned n = word(file, 4), kind = 0;
	size_t next = 12 + 16 * (size_t)n;

	if (n == 0 || n > KINDS || file.n < next || !search_fits(file, 6, n, 16))
		return "directory";
	for (unsigned i = 0; i < n; i++, kind++) {
		struct bytes row = bytes_of(file.p + 12 + 16 * i, 16);
		while (kind < KINDS && memcmp(row.p, kind_names + 4 * kind, 4) != 0)
			kind++;
		size_t at = two_words(row, 8), size = two_words(row, 12), whole = (size + 3) / 4 * 4;
		if (kind >= KINDS)
			return "table that no font may hold, or out of order";
		if (at != next || whole > file.n - next || (size == 0 && kind != GLYF))
			return "place of a table";
		struct bytes table = bytes_of(file.p + at, whole);
		if (!only_zeros(table, size, whole - size))
			return "bytes behind a table";
		if (two_words(row, 4) != checksum(table) - (kind == HEAD ? two_words(table, 8) : 0))
			return "checksum of a table";
		r->table[kind] = bytes_of(table.p, size), r->there[kind] = true;
		next += whole;
	}
	if (next != file.n)
		return "bytes behind the font";
	return r->there[HEAD] && checksum(file) != 0xb1b0afba ? "checksum of the font" : NULL;
}

static const char *required(struct reading *r, uint32_t version)
{
	const bool *is = r->there;
	bool whole = is[HEAD] && is[HHEA] && is[HMTX] && is[MAXP];
	bool outlines = is[GLYF] || is[LOCA] || is[CVT] || is[FPGM] || is[PREP];

	if (version == 0x00010000)
		return whole && is[GLYF] && is[LOCA] && !is[CFF] && !is[VORG] && is[VHEA] == is[VMTX] ? NULL : "tables of a font with glyphs";
	if (version != 0x4f54544f)
		return "kind of font";
	r->of_cff = true;
	if (!is[CFF] || outlines || is[VHEA] != is[VMTX])
		return "tables of a font with CFF";
	if (!whole && (is[HEAD] || is[HHEA] || is[HMTX] || is[MAXP] || is[OS2] || is[VORG] || is[POST] || is[VHEA]))
		return "tables of a bare font";
	return NULL;
}

/* ---- tables of one size ---- */

static const char *head(struct reading *r)
{
	struct bytes t = r->table[HEAD];
	unsigned units = word(t, 18);

	if (t.n != 54 || two_words(t, 0) != 0x00010000 || two_words(t, 4) != 0x00010000 || two_words(t, 12) != 0x5f0f3cf5)
		return "head";
	if (word(t, 16) > 0x7fff || units < 16 || units > 16384 || !only_zeros(t, 20, 16) || word(t, 44) > 0x7f)
		return "values of head";
	r->wide = word(t, 50) == 1;
	return word(t, 48) == 2 && word(t, 50) <= (r->of_cff ? 0u : 1u) && word(t, 52) == 0 ? NULL : "formats of head";
}

static const char *maxp(struct reading *r)
{
	struct bytes t = r->table[MAXP];

	r->glyphs = word(t, 4);
	if (t.n != (r->of_cff ? 6u : 32u) || two_words(t, 0) != (r->of_cff ? 0x00005000u : 0x00010000u) || r->glyphs == 0)
		return "maxp";
	return r->of_cff || word(t, 14) == 1 || word(t, 14) == 2 ? NULL : "zones of maxp";
}

static const char *metrics(const struct reading *r, unsigned of, unsigned values)
{
	struct bytes t = r->table[of];
	unsigned n = word(t, 34);

	if (t.n != 36 || (two_words(t, 0) != 0x00010000 && (two_words(t, 0) != 0x00011000 || of != VHEA)) || !only_zeros(t, 24, 10))
		return of == VHEA ? "vhea" : "hhea";
	if (n == 0 || n > r->glyphs || r->table[values].n != 2 * ((size_t)n + r->glyphs))
		return of == VHEA ? "vmtx" : "hmtx";
	return NULL;
}

static const char *os2(const struct reading *r)
{
	static const uint8_t sizes[] = { 78, 86, 96, 96, 96, 100 };
	struct bytes t = r->table[OS2];

	if (t.n < 78 || word(t, 0) >= COUNT(sizes) || t.n != sizes[word(t, 0)])
		return "OS/2";
	for (size_t i = 58; i < 62; i++)
		if (t.p[i] < 0x20 || t.p[i] > 0x7e)
			return "vendor in OS/2";
	return NULL;
}

static const char *vorg(const struct reading *r)
{
	struct bytes t = r->table[VORG];
	unsigned n = word(t, 6);

	if (two_words(t, 0) != 0x00010000 || t.n != 8 + 4 * (size_t)n)
		return "VORG";
	for (unsigned i = 0; i < n; i++)
		if (word(t, 8 + 4 * (size_t)i) >= r->glyphs || (i > 0 && word(t, 8 + 4 * (size_t)i) <= word(t, 4 + 4 * (size_t)i)))
			return "glyphs of VORG";
	return NULL;
}

/* ---- instructions ---- */

/* What an instruction is to the reader of a stream. */
static enum { PLAIN, PUSHES, OPENS, TURNS, CLOSES, DEFINES, DEFINES_INSTRUCTION, ENDS, UNKNOWN } role(uint8_t op)
{
	static const struct { uint8_t first, last, role; } special[] = {
		{ 0x1b, 0x1b, TURNS }, { 0x28, 0x28, UNKNOWN }, { 0x2c, 0x2c, DEFINES }, { 0x2d, 0x2d, ENDS }, { 0x40, 0x41, PUSHES }, { 0x58, 0x58, OPENS }, { 0x59, 0x59, CLOSES },
		{ 0x7b, 0x7b, UNKNOWN }, { 0x83, 0x84, UNKNOWN }, { 0x89, 0x89, DEFINES_INSTRUCTION }, { 0x8f, 0x90, UNKNOWN }, { 0x93, 0xaf, UNKNOWN }, { 0xb0, 0xbf, PUSHES },
	};

	if (op > 0xbf)
		return PLAIN;
	for (size_t i = 0; i < COUNT(special) && special[i].first <= op; i++)
		if (op <= special[i].last)
			return special[i].role;
	return PLAIN;
}

static size_t skip_push(struct bytes stream, size_t at, uint8_t op)
{
	if (op == 0x40 || op == 0x41)
		return at < stream.n ? at + 1 + stream.p[at] * (op == 0x41 ? (size_t)2 : 1) : stream.n + 1;
	return at + ((op & 7) + 1u) * (op >= 0xb8 ? (size_t)2 : 1);
}

static const char *instructions(struct reading *r, struct bytes stream, bool may_define)
{
	unsigned open = 0, outside = 0;
	bool defining = false, unknown = false;
	size_t at = 0;

	if (stream.n > CODE_MOST)
		return "length of instructions";
	while (at < stream.n) {
		uint8_t op = stream.p[at++];
		switch (role(op)) {
		case PLAIN: break;
		case PUSHES: at = skip_push(stream, at, op); break;
		case OPENS: open++; break;
		case TURNS:
		case CLOSES:
			if (open == outside)
				return "EIF without IF";
			open -= op == 0x59;
			break;
		case DEFINES_INSTRUCTION:
		case DEFINES:
			r->own_instructions |= may_define && op == 0x89;
			if (defining || !may_define)
				return "definition in a definition or a glyph";
			defining = true, outside = open;
			break;
		case ENDS:
			if (!defining || open != outside)
				return "end of a definition";
			defining = false, outside = 0;
			break;
		case UNKNOWN: unknown = true; break;
		}
	}
	if (at != stream.n)
		return "push beyond the end";
	return open || defining ? "instructions without their end" : unknown && !r->own_instructions ? "unknown instruction" : NULL;
}

static const char *programs(struct reading *r)
{
	struct bytes values = r->table[CVT];
	const char *fault = instructions(r, r->table[FPGM], true);

	if (!fault)
		fault = instructions(r, r->table[PREP], true);
	return fault ? fault : values.n % 2 || values.n > 131070 ? "cvt" : NULL;
}

/* ---- glyphs ---- */

static size_t place_of(const struct reading *r, unsigned glyph)
{
	return r->wide ? two_words(r->table[LOCA], 4 * (size_t)glyph) : 2 * (size_t)word(r->table[LOCA], 2 * (size_t)glyph);
}

static struct bytes glyph_bytes(const struct reading *r, unsigned glyph)
{
	size_t from = place_of(r, glyph), to = place_of(r, glyph + 1);

	return from == to ? (struct bytes){ NULL, 0 } : bytes_of(r->table[GLYF].p + from, to - from);
}

static const char *places(const struct reading *r)
{
	struct bytes glyf = r->table[GLYF];

	if (r->table[LOCA].n != ((size_t)r->glyphs + 1) * (r->wide ? 4 : 2) || r->wide != (glyf.n > 131070))
		return "loca";
	if (place_of(r, 0) != 0 || place_of(r, r->glyphs) != glyf.n)
		return "ends of loca";
	for (unsigned i = 0; i < r->glyphs; i++)
		if (place_of(r, i) > place_of(r, i + 1) || place_of(r, i) % 2)
			return "order of loca";
	return NULL;
}

/* Behind the instructions: a flag for each point, then its coordinates; so many bytes, or 0 for a fault. */
static size_t points_of(struct bytes t, size_t at, unsigned points)
{
	size_t coordinates = 0;
	unsigned seen = 0;

	while (seen < points) {
		if (at >= t.n || t.p[at] > 0x7f)
			return 0;
		unsigned flag = t.p[at++], times = 1;
		if (flag & 8) {
			if (at >= t.n)
				return 0;
			times += t.p[at++];
		}
		coordinates += times * (size_t)((flag & 2 ? 1 : flag & 16 ? 0 : 2) + (flag & 4 ? 1 : flag & 32 ? 0 : 2));
		seen += times;
	}
	return seen == points ? at + coordinates : 0;
}

/* Behind the last byte of a glyph: nothing, or the zero that makes it even. */
static bool ends_at(struct bytes t, size_t at)
{
	return at == t.n || (at % 2 == 1 && at + 1 == t.n && t.p[at] == 0);
}

static const char *simple_glyph(struct reading *r, struct bytes t, struct shape *shape)
{
	unsigned contours = word(t, 0), points = 0;
	size_t at = 10;

	if (t.n < 10 + 2 * (size_t)contours + 2)
		return "glyph cut short";
	for (unsigned i = 0; i < contours; i++, at += 2) {
		if (word(t, at) < points || word(t, at) >= POINTS_MOST)
			return "contours out of order";
		points = word(t, at) + 1;
	}
	unsigned code = word(t, at);
	at += 2;
	if (code > t.n - at)
		return "instructions of a glyph cut short";
	const char *fault = instructions(r, bytes_of(t.p + at, code), false);
	if (fault)
		return fault;
	at = points_of(t, at + code, points);
	if (at == 0 || !ends_at(t, at))
		return "points of a glyph";
	*shape = (struct shape){ points, (uint16_t)contours, 0, 0, true };
	r->most.points = at_most(r->most.points, points), r->most.contours = at_most(r->most.contours, contours);
	r->most.code = at_most(r->most.code, code);
	return NULL;
}

static const char *shape_of(struct reading *r, unsigned glyph, unsigned depth);

struct joined {
	unsigned points, contours, parts, depth, count;
};

/* One component: adds what it has to *sum and moves *at behind it. */
static const char *component(struct reading *r, struct bytes t, size_t *at, struct joined *sum, unsigned depth)
{
	unsigned flags = word(t, *at), glyph = word(t, *at + 2), scales = flags & 0x00c8;
	size_t size = 4 + (flags & 1 ? 4 : 2) + (scales == 0 ? 0 : scales == 0x08 ? 2 : scales == 0x40 ? 4 : 8);

	if (*at + size > t.n || (flags & ~0x1fefu) || (scales & (scales - 1)) || ((flags & 0x20) && (flags & 0x100)) || glyph >= r->glyphs)
		return "component of a glyph";
	const char *fault = shape_of(r, glyph, depth + 1);
	if (fault)
		return fault;
	const struct shape *of = &r->shapes[glyph];
	unsigned first = flags & 1 ? word(t, *at + 4) : t.p[*at + 4], second = flags & 1 ? word(t, *at + 6) : t.p[*at + 5];
	if (!(flags & 2) && (first >= sum->points || second >= of->points))
		return "point that is none";
	sum->points += of->points, sum->contours += of->contours, sum->parts += of->parts + 1u, sum->count++;
	sum->depth = at_most(sum->depth, of->depth + 1u);
	*at += size;
	return sum->points > POINTS_MOST || sum->contours > POINTS_MOST || sum->parts > PARTS_MOST || sum->depth > DEPTH_MOST ? "size of a glyph made of glyphs" : NULL;
}

static const char *joined_glyph(struct reading *r, struct bytes t, unsigned depth, struct shape *shape)
{
	struct joined sum = { 0 };
	unsigned flags, code = 0;
	size_t at = 10;
	const char *fault;

	if (word(t, 0) != 0xffff || t.n < 16)
		return "head of a glyph";
	do {
		flags = word(t, at);
		fault = component(r, t, &at, &sum, depth);
		if (fault)
			return fault;
	} while (flags & 0x20);
	if (flags & 0x100) {
		code = word(t, at);
		at += 2;
		if (code == 0 || at > t.n || code > t.n - at)
			return "instructions of a glyph cut short";
		fault = instructions(r, bytes_of(t.p + at, code), false);
		if (fault)
			return fault;
		at += code;
	}
	if (!ends_at(t, at))
		return "bytes behind a glyph";
	*shape = (struct shape){ sum.points, (uint16_t)sum.contours, (uint16_t)sum.parts, (uint8_t)sum.depth, true };
	r->most.joined_points = at_most(r->most.joined_points, sum.points), r->most.joined_contours = at_most(r->most.joined_contours, sum.contours);
	r->most.code = at_most(r->most.code, code), r->most.parts = at_most(r->most.parts, sum.count), r->most.depth = at_most(r->most.depth, sum.depth);
	return NULL;
}

/* Reads each glyph once; never deeper than DEPTH_MOST, so that one which holds itself is found. */
static const char *shape_of(struct reading *r, unsigned glyph, unsigned depth)
{
	struct shape *shape = &r->shapes[glyph];
	struct bytes t = glyph_bytes(r, glyph);

	if (shape->known)
		return NULL;
	if (depth > DEPTH_MOST)
		return "glyphs within glyphs without end";
	if (t.n == 0) {
		shape->known = true;
		return NULL;
	}
	if (t.n < 10 || word(t, 0) == 0)
		return "head of a glyph";
	return word(t, 0) < 0x8000 ? simple_glyph(r, t, shape) : joined_glyph(r, t, depth, shape);
}

static const char *counted(const struct reading *r)
{
	const unsigned found[] = { r->most.points, r->most.contours, r->most.joined_points, r->most.joined_contours }, of_code[] = { r->most.code, r->most.parts, r->most.depth };

	for (size_t i = 0; i < COUNT(found); i++)
		if (word(r->table[MAXP], 6 + 2 * i) != found[i])
			return "counts of maxp";
	for (size_t i = 0; i < COUNT(of_code); i++)
		if (word(r->table[MAXP], 26 + 2 * i) != of_code[i])
			return "counts of maxp";
	return NULL;
}

static const char *outlines(struct reading *r, struct arena *arena)
{
	const char *fault = programs(r);

	if (!fault)
		fault = places(r);
	r->shapes = arena_array(arena, sizeof *r->shapes, r->glyphs);
	for (unsigned i = 0; !fault && i < r->glyphs; i++)
		fault = shape_of(r, i, 0);
	return fault ? fault : counted(r);
}

/* ---- from characters to glyphs: each subtable gives its size, 0 for a fault ---- */

static size_t of_bytes(const struct reading *r, struct bytes t)
{
	if (t.n < 262 || word(t, 2) != 262 || word(t, 4) != 0)
		return 0;
	for (size_t i = 6; i < 262; i++)
		if (t.p[i] >= r->glyphs)
			return 0;
	return 262;
}

static size_t of_run(const struct reading *r, struct bytes t)
{
	size_t n = word(t, 8), size = 10 + 2 * n;

	if (t.n < size || word(t, 2) != size || word(t, 4) != 0 || word(t, 6) + n > 65536)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (word(t, 10 + 2 * i) >= r->glyphs)
			return 0;
	return size;
}

static size_t of_groups(const struct reading *r, struct bytes t)
{
	uint64_t next = 0;
	size_t n = two_words(t, 12), size = 16 + 12 * n;

	if (t.n < size || word(t, 2) != 0 || two_words(t, 4) != size || two_words(t, 8) != 0)
		return 0;
	for (size_t at = 16; at < size; at += 12) {
		uint64_t first = two_words(t, at), last = two_words(t, at + 4), glyph = two_words(t, at + 8);
		if (first < next || last < first || last > 0x10ffff || glyph + (last - first) >= r->glyphs)
			return 0;
		next = last + 1;
	}
	return size;
}

/* Segments that list their glyphs do so one behind the other: what lies in the list belongs to one of them. */
static size_t of_segments(const struct reading *r, struct bytes t)
{
	size_t n = word(t, 6) / 2, size = word(t, 2), ends = 14, starts = 16 + 2 * n, deltas = starts + 2 * n, offsets = deltas + 2 * n, list = offsets + 2 * n;
	unsigned next = 0;

	if (n == 0 || word(t, 6) % 2 || t.n < size || size < list || word(t, 4) != 0 || !search_fits(t, 8, (unsigned)n, 2) || word(t, starts - 2) != 0)
		return 0;
	for (size_t i = 0; i + 1 < n; i++) {
		unsigned start = word(t, starts + 2 * i), end = word(t, ends + 2 * i), delta = word(t, deltas + 2 * i), offset = word(t, offsets + 2 * i);
		if (start < next || end < start || end == 0xffff)
			return 0;
		next = end + 1;
		if (offset == 0) {
			if (((start + delta) & 0xffff) + (end - start) >= r->glyphs)
				return 0;
			continue;
		}
		if (delta != 0 || offsets + 2 * i + offset != list || list + 2 * ((size_t)end - start + 1) > size)
			return 0;
		for (unsigned c = start; c <= end; c++, list += 2)
			if (word(t, list) >= r->glyphs || (word(t, list) == 0 && (c == start || c == end)))
				return 0;
	}
	bool closed = word(t, starts + 2 * (n - 1)) == 0xffff && word(t, ends + 2 * (n - 1)) == 0xffff && word(t, deltas + 2 * (n - 1)) == 1 && word(t, offsets + 2 * (n - 1)) == 0;
	return closed && list == size ? size : 0;
}

static size_t subtable(const struct reading *r, struct bytes t)
{
	if (t.n < 16)
		return word(t, 0) == 6 && t.n >= 10 ? of_run(r, t) : 0;
	switch (word(t, 0)) {
	case 0: return of_bytes(r, t);
	case 4: return of_segments(r, t);
	case 6: return of_run(r, t);
	case 12: return of_groups(r, t);
	default: return 0;
	}
}

/* Records by platform and encoding; each shows to the next subtable, or to one that was read. */
static const char *cmap(const struct reading *r)
{
	struct bytes t = r->table[CMAP];
	unsigned n = word(t, 2);
	size_t next = 4 + 8 * (size_t)n;

	if (word(t, 0) != 0 || n == 0 || n > WAYS_MOST || t.n < next)
		return "cmap";
	for (size_t i = 0; i < n; i++) {
		size_t at = 4 + 8 * i, place = two_words(t, at + 4);
		bool seen = false;
		if (word(t, at) > 4 || word(t, at + 2) > 255 || (i > 0 && two_words(t, at) <= two_words(t, at - 8)))
			return "records of cmap";
		for (size_t k = 0; k < i; k++)
			seen |= two_words(t, 4 + 8 * k + 4) == place;
		if (seen)
			continue;
		size_t size = place == next && place < t.n ? subtable(r, bytes_of(t.p + place, t.n - place)) : 0;
		if (size == 0)
			return "subtable of cmap";
		next += size;
	}
	return next == t.n ? NULL : "bytes behind cmap";
}

/* ---- the names of glyphs ---- */

/* Names are given in the order in which glyphs first ask for them; each is asked for. */
static const char *post(const struct reading *r)
{
	struct bytes t = r->table[POST];
	uint32_t version = two_words(t, 0);
	size_t at = 34 + 2 * (size_t)r->glyphs;
	unsigned next = 258;

	if (t.n < 32 || two_words(t, 12) > 1 || !only_zeros(t, 16, 16))
		return "post";
	if (version == 0x00010000 || version == 0x00030000)
		return t.n == 32 ? NULL : "bytes behind post";
	if (version != 0x00020000 || t.n < at || word(t, 32) != r->glyphs)
		return "version of post";
	for (unsigned i = 0; i < r->glyphs; i++) {
		unsigned name = word(t, 34 + 2 * (size_t)i);
		if (name > next)
			return "order of names";
		next += name == next;
	}
	for (; next > 258; next--) {
		size_t n = at < t.n ? t.p[at] : 0;
		if (n == 0 || n > NAME_MOST || n > t.n - at - 1)
			return "name of a glyph";
		for (size_t i = at + 1; i <= at + n; i++)
			if (t.p[i] < 0x21 || t.p[i] > 0x7e)
				return "character in a name";
		at += 1 + n;
	}
	return at == t.n ? NULL : "bytes behind the names";
}

/* ---- fonts ---- */

static const char *whole_font(struct reading *r, struct arena *arena)
{
	const char *fault = head(r);

	if (!fault)
		fault = maxp(r);
	if (!fault)
		fault = metrics(r, HHEA, HMTX);
	if (!fault && r->there[VHEA])
		fault = metrics(r, VHEA, VMTX);
	if (!fault && !r->of_cff)
		fault = outlines(r, arena);
	if (!fault && r->there[OS2])
		fault = os2(r);
	if (!fault && r->there[POST])
		fault = post(r);
	return !fault && r->there[VORG] ? vorg(r) : fault;
}

const char *font_truetype_fault(struct bytes program)
{
	ARENA(arena) = arena_new(0);
	struct reading r = { .glyphs = GLYPHS_MOST }; /* a bare font counts them in CFF alone */
	const char *fault = program.n < 12 || program.n > BYTES_MOST ? "size" : place_tables(&r, program);

	if (!fault)
		fault = required(&r, two_words(program, 0));
	if (!fault && r.there[HEAD])
		fault = whole_font(&r, arena);
	if (!fault && r.there[CMAP])
		fault = cmap(&r);
	return !fault && r.there[CFF] ? font_cff_fault(r.table[CFF]) : fault;
}
