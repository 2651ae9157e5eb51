/* 書体の文法（CFF） — contract in font.h. Head, name, top dictionary, strings, subroutines, encoding, charset, selection, charstrings, dictionaries: one behind the other without a gap, each where the
 * top dictionary says, numbers in their shortest form, offsets in five bytes. Every charstring is run through without drawing; what none of them reaches is a lone return. */
#include "sanitize/grammars/font.h"

enum { STANDARD = 391, NAME_LONGEST = 127, FONTS_LONGEST = 256, NUMBERS_LONGEST = 48, NESTED = 10, STEPS = 1 << 26 };

struct list { /* an INDEX */
	size_t offsets, data;
	unsigned count, width;
};
struct reader {
	struct bytes in;
	size_t at;
	const char *fault;
	struct list strings, global;
	unsigned glyphs, fonts;
	bool has_cids;
	uint64_t steps;
	uint32_t *reached; /* of each global subroutine, then of the local ones of each font: how far it is ever run */
	size_t *first;	   /* of each font in it */
};

static bool wrong(struct reader *r, const char *what)
{
	if (!r->fault)
		r->fault = what;
	return false;
}

static uint32_t big(struct reader *r, size_t at, unsigned width)
{
	uint32_t v = 0;

	if (at > r->in.n || r->in.n - at < width) {
		wrong(r, "cut short");
		return 0;
	}
	while (width--)
		v = v << 8 | r->in.p[at++];
	return v;
}

static uint32_t next(struct reader *r, unsigned width)
{
	uint32_t v = big(r, r->at, width);

	r->at += r->fault ? 0 : width;
	return v;
}

static bool is_word(struct bytes b)
{
	static const char not_in_names[] = "()<>[]{}/%";

	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x21 || b.p[i] > 0x7e || memchr(not_in_names, b.p[i], sizeof not_in_names - 1))
			return false;
	return b.n >= 1 && b.n <= NAME_LONGEST;
}

/* ---- lists ---- */
static bool next_list(struct reader *r, struct list *l)
{
	l->count = next(r, 2);
	l->width = l->count ? next(r, 1) : 0;
	l->offsets = r->at, l->data = r->at;
	if (r->fault || l->count == 0)
		return !r->fault;
	if (l->width < 1 || l->width > 4)
		return wrong(r, "a list with offsets of another width");
	l->data = l->offsets + ((size_t)l->count + 1) * l->width - 1;
	uint32_t before = 1, last = 0;
	for (unsigned i = 0; i <= l->count; i++, before = last) {
		last = big(r, l->offsets + (size_t)i * l->width, l->width);
		if (r->fault || last < before || (i == 0 && last != 1))
			return wrong(r, "a list whose offsets do not rise");
	}
	if (l->width != (last < 0x100 ? 1u : last < 0x10000 ? 2u : last < 0x1000000 ? 3u : 4u))
		return wrong(r, "a list with offsets wider than they need");
	if (l->data > r->in.n || r->in.n - l->data < last)
		return wrong(r, "a list that is cut short");
	r->at = l->data + last;
	return true;
}

static struct bytes item(struct reader *r, const struct list *l, unsigned i)
{
	size_t from = l->data + big(r, l->offsets + (size_t)i * l->width, l->width), to = l->data + big(r, l->offsets + (size_t)(i + 1) * l->width, l->width);
	return (struct bytes){ r->in.p + from, to - from };
}

/* ---- dictionaries ---- */
struct dictionary {
	struct bytes in;
	size_t at;
};
/* What stands before an operator. */
struct numbers {
	unsigned count;
	int32_t values[3];
	bool wide, lengthy; /* all in five bytes; some in five that need them not */
};

static bool real_is_plain(struct dictionary *d)
{
	unsigned halves = 0, places = 0, powers = 0, before = 0, behind = 0;

	while (d->at < d->in.n) {
		uint8_t byte = d->in.p[d->at++], high = byte >> 4, low = byte & 15;
		for (int k = 0; k < 2; k++) {
			uint8_t v = k ? low : high;
			if (v == 15) /* the end; a byte that is half full is filled with another */
				return before > 0 && (!powers || behind > 0) && (k == 1 || low == 15);
			if (v == 13 || (v == 14 && halves) || ++halves > 30)
				return false;
			if (v == 10 && (places++ || powers))
				return false;
			if ((v == 11 || v == 12) && (powers++ || !before))
				return false;
			if (v < 10)
				powers ? behind++ : before++;
		}
	}
	return false;
}

static bool integer(struct dictionary *d, uint8_t first, int32_t *v, bool *wide)
{
	size_t more = first == 28 ? 2 : first == 29 ? 4 : first >= 247 ? 1 : 0;
	uint32_t u = 0;

	if (first == 255 || first == 31 || (first < 32 && first != 28 && first != 29) || d->in.n - d->at < more)
		return false;
	for (size_t i = 0; i < more; i++)
		u = u << 8 | d->in.p[d->at++];
	*wide = first == 29;
	if (first == 29)
		return *v = (int32_t)u, true;
	if (first == 28)
		return *v = (int16_t)u, *v < -1131 || *v > 1131;
	*v = first < 247 ? (int32_t)first - 139 : first < 251 ? ((int32_t)first - 247) * 256 + (int32_t)u + 108 : -((int32_t)first - 251) * 256 - (int32_t)u - 108;
	return true;
}

/* Numbers up to an operator. -1: none follows, or a number is not in its form. */
static int operator_after(struct dictionary *d, struct numbers *n)
{
	*n = (struct numbers){ .wide = true };
	while (d->at < d->in.n) {
		uint8_t first = d->in.p[d->at++];
		int32_t v = 0;
		bool wide = false;
		if (first == 12)
			return d->at < d->in.n ? 100 + d->in.p[d->at++] : -1;
		if (first < 22)
			return first;
		if (first == 30 ? !real_is_plain(d) : !integer(d, first, &v, &wide))
			return -1;
		n->wide &= wide;
		n->lengthy |= wide && v >= INT16_MIN && v <= INT16_MAX;
		if (n->count < 3)
			n->values[n->count] = v;
		if (++n->count > NUMBERS_LONGEST)
			return -1;
	}
	return -1;
}

struct place {
	int operator; /* two-byte ones: 100 + the second */
	unsigned least, most;
	bool offset, must;
};

/* The places in their order; those that need not be there may be left out. found[i].count == 0: it was. */
static bool read_places(struct reader *r, struct bytes in, const struct place *places, unsigned count, struct numbers *found)
{
	struct dictionary d = { in, 0 };
	unsigned i = 0;

	memset(found, 0, count * sizeof *found);
	while (d.at < in.n) {
		struct numbers n;
		int operator = operator_after(&d, &n);
		while (i < count && places[i].operator != operator && !places[i].must)
			i++;
		if (operator < 0 || i == count || places[i].operator != operator || n.count < places[i].least || n.count > places[i].most)
			return wrong(r, "a dictionary that is not in its order");
		if (places[i].offset && !n.wide)
			return wrong(r, "an offset that is not in five bytes");
		if (!places[i].offset && n.lengthy)
			return wrong(r, "a number longer than it needs");
		found[i++] = n;
	}
	for (; i < count; i++)
		if (places[i].must)
			return wrong(r, "a dictionary without what it needs");
	return true;
}

/* ---- charstrings ---- */
struct machine {
	struct reader *r;
	const struct list *local;
	uint32_t *global_reached, *local_reached;
	struct {
		int32_t value;
		bool known;
	} stack[48];
	unsigned depth, hints;
	bool width_seen, at_end, has_moved;
};

static bool put(struct machine *m, int32_t value, bool known)
{
	if (m->depth == 48)
		return false;
	m->stack[m->depth].value = value, m->stack[m->depth++].known = known;
	return true;
}

/* The width, once, before the first numbers that something takes. */
static void drop_width(struct machine *m, bool there)
{
	if (there && !m->width_seen) {
		m->depth--;
		for (unsigned i = 0; i < m->depth; i++)
			m->stack[i] = m->stack[i + 1];
	}
	m->width_seen = true;
}

static bool empty_if(struct machine *m, bool good)
{
	m->depth = 0;
	return good;
}

static bool hints(struct machine *m)
{
	drop_width(m, m->depth % 2);
	unsigned n = m->depth;
	m->hints += n / 2;
	return empty_if(m, n % 2 == 0 && m->hints <= 96);
}

static bool shape(struct machine *m, uint8_t command)
{
	unsigned n = m->depth;
	bool good = false;

	if (command == 5)
		good = n && !(n & 1);
	else if (command == 6 || command == 7)
		good = n;
	else if (command == 8)
		good = n && n % 6 == 0;
	else if (command == 24)
		good = n > 6 && (n - 2) % 6 == 0;
	else if (command == 25)
		good = n > 6 && (n - 6) % 2 == 0;
	else if (command == 26 || command == 27 || command == 30 || command == 31)
		good = n > 3 && (n % 4 == 0 || n % 4 == 1);
	return empty_if(m, good && m->has_moved);
}

static bool calculates(struct machine *m, uint8_t command)
{
	/* by command: how many numbers it takes, and whether it leaves one; '.' no such command */
	static const char needs[] = "...22" "1...1" "2" "22.12" "........" "2";
	unsigned n = m->depth;

	if (command == 18)
		return n && (m->depth--, true);
	if (command == 27)
		return n && put(m, m->stack[n - 1].value, m->stack[n - 1].known);
	if (command == 23)
		return put(m, 0, false);
	if (command == 28) {
		if (n < 2)
			return false;
		__typeof__(m->stack[0]) top = m->stack[n - 1];
		m->stack[n - 1] = m->stack[n - 2], m->stack[n - 2] = top;
		return true;
	}
	if (command == 29) {
		if (n < 2 || !m->stack[n - 1].known || m->stack[n - 1].value > (int32_t)n - 2)
			return false;
		m->stack[n - 1].known = false;
		return true;
	}
	if (command == 30) {
		if (n < 2 || !m->stack[n - 2].known || m->stack[n - 2].value < 0 || m->stack[n - 2].value > (int32_t)n - 2)
			return false;
		m->depth -= 2;
		for (int32_t i = 0, turned = m->stack[n - 2].value; i < turned; i++)
			m->stack[m->depth - 1 - (unsigned)i].known = false;
		return true;
	}
	if (command == 20 || command == 21) {
		unsigned taken = command == 20 ? 2 : 1;
		if (n < taken || !m->stack[n - 1].known || m->stack[n - 1].value < 0 || m->stack[n - 1].value > 31)
			return false;
		m->depth -= taken;
		return command == 20 || put(m, 0, false);
	}
	unsigned takes = command == 22 ? 4 : command == 26 ? 1 : command < sizeof needs - 1 && needs[command] != '.' ? (unsigned)(needs[command] - '0') : 0;
	if (takes == 0 || n < takes)
		return false;
	m->depth -= takes;
	return put(m, 0, false);
}

static bool escaped(struct machine *m, uint8_t command)
{
	static const uint8_t flexes[] = { 7, 13, 9, 11 };

	if (command == 0)
		return empty_if(m, true);
	if (command >= 34 && command <= 37)
		return empty_if(m, m->depth == flexes[command - 34] && m->has_moved);
	return calculates(m, command);
}

static bool ends(struct machine *m)
{
	drop_width(m, m->depth == 1 || m->depth == 5);
	m->at_end = m->depth == 0;
	if (m->depth == 4) {
		m->at_end = true;
		for (unsigned i = 2; i < 4; i++)
			m->at_end &= m->stack[i].known && m->stack[i].value >= 0 && m->stack[i].value < 256;
	}
	return m->at_end;
}

static bool run(struct machine *m, struct bytes code, unsigned nested, size_t *ran);

static bool calls(struct machine *m, const struct list *l, uint32_t *reached, unsigned nested)
{
	int64_t bias = l->count < 1240 ? 107 : l->count < 33900 ? 1131 : 32768;
	size_t ran = 0;

	if (m->depth == 0 || !m->stack[m->depth - 1].known || nested == NESTED)
		return false;
	int64_t which = m->stack[--m->depth].value + bias;
	if (which < 0 || which >= l->count)
		return false;
	bool good = run(m, item(m->r, l, (unsigned)which), nested + 1, &ran);
	reached[which] = MAX(reached[which], (uint32_t)ran);
	return good;
}

static bool commands(struct machine *m, uint8_t command, struct bytes code, size_t *at, unsigned nested)
{
	switch (command) {
	case 1: case 3: case 18: case 23: return hints(m);
	case 4: case 22: drop_width(m, m->depth > 1); m->has_moved = true; return empty_if(m, m->depth == 1);
	case 21: drop_width(m, m->depth > 2); m->has_moved = true; return empty_if(m, m->depth == 2);
	case 10: return calls(m, m->local, m->local_reached, nested);
	case 29: return calls(m, &m->r->global, m->global_reached, nested);
	case 14: return ends(m);
	case 12: return *at < code.n && escaped(m, code.p[(*at)++]);
	case 19: case 20:
		if (!hints(m) || code.n - *at < (m->hints + 7) / 8)
			return false;
		*at += (m->hints + 7) / 8;
		return true;
	default: return shape(m, command);
	}
}

static bool literal(struct machine *m, uint8_t first, struct bytes code, size_t *at)
{
	size_t more = first == 28 ? 2 : first == 255 ? 4 : first >= 247 ? 1 : 0;
	uint32_t u = 0;

	if (code.n - *at < more)
		return false;
	for (size_t i = 0; i < more; i++)
		u = u << 8 | code.p[(*at)++];
	if (first == 28)
		return put(m, (int16_t)u, true);
	if (first == 255)
		return put(m, (int32_t)u / 65536, (u & 0xffff) == 0);
	return put(m, first < 247 ? (int32_t)first - 139 : first < 251 ? ((int32_t)first - 247) * 256 + (int32_t)u + 108 : -((int32_t)first - 251) * 256 - (int32_t)u - 108, true);
}

static bool run(struct machine *m, struct bytes code, unsigned nested, size_t *ran)
{
	size_t at = 0;

	for (;;) {
		if (at == code.n || m->r->steps-- == 0)
			return false;
		uint8_t first = code.p[at++];
		if (first == 11) {
			*ran = at;
			return nested > 0;
		}
		bool good = first == 28 || first >= 32 ? literal(m, first, code, &at) : commands(m, first, code, &at, nested);
		*ran = at;
		if (!good || m->at_end)
			return good;
	}
}

static bool glyph_is_plain(struct reader *r, struct bytes code, const struct list *local, unsigned font)
{
	struct machine m = { .r = r, .local = local, .global_reached = r->reached, .local_reached = r->reached + r->first[font] };
	size_t ran = 0;

	return (run(&m, code, 0, &ran) && ran == code.n) || wrong(r, r->steps == UINT64_MAX ? "charstrings of too many steps" : "a charstring outside of the language");
}

/* What somebody runs ends where it is last run to; the others are a return. */
static bool subroutines_are_cut(struct reader *r, const struct list *l, const uint32_t *reached)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct bytes code = item(r, l, i);
		if (reached[i] ? code.n != reached[i] : code.n != 1 || code.p[0] != 11)
			return wrong(r, "a subroutine with something that nobody runs");
	}
	return true;
}

/* ---- the parts of a font ---- */
static bool read_encoding(struct reader *r)
{
	unsigned format = next(r, 1), codes = next(r, 1);

	if (r->fault || (format != 0 && format != 0x80) || codes >= r->glyphs)
		return wrong(r, "an encoding of another form");
	r->at += codes;
	unsigned besides = format ? next(r, 1) : 0;
	if (format && besides == 0)
		return wrong(r, "an encoding of another form");
	for (unsigned i = 0; i < besides; i++) {
		next(r, 1);
		if (next(r, 2) >= STANDARD + r->strings.count)
			return wrong(r, "an encoding of a name that is not there");
	}
	return !r->fault;
}

static bool read_charset(struct reader *r)
{
	uint32_t before = 0;

	if (next(r, 1) != 2)
		return wrong(r, "a charset of another form");
	for (unsigned glyph = 1; glyph < r->glyphs && !r->fault;) {
		uint32_t from = next(r, 2), more = next(r, 2);
		if (more >= r->glyphs - glyph || from + more > 0xffff || (glyph > 1 && from == before + 1) || (!r->has_cids && from + more >= STANDARD + r->strings.count))
			return wrong(r, "a charset that is not in its shortest form");
		glyph += more + 1, before = from + more;
	}
	return !r->fault;
}

static bool read_selection(struct reader *r, uint8_t *font_of)
{
	uint32_t before = UINT32_MAX;

	if (next(r, 1) != 3)
		return wrong(r, "a selection of another form");
	unsigned ranges = next(r, 2);
	uint32_t from = next(r, 2);
	if (from != 0)
		return wrong(r, "a selection that does not begin with the first glyph");
	for (unsigned i = 0; i < ranges && !r->fault; i++) {
		uint32_t font = next(r, 1), to = next(r, 2);
		if (to <= from || to > r->glyphs || font == before)
			return wrong(r, "a selection that is not in its shortest form");
		memset(font_of + from, (int)font, to - from);
		from = to, before = font;
	}
	return from == r->glyphs || wrong(r, "a selection that does not reach the last glyph");
}

static const struct place private_places[] = {
	{ 6, 2, 14, false, false },   { 7, 2, 10, false, false },   { 8, 2, 14, false, false },	  { 9, 2, 10, false, false },	{ 10, 1, 1, false, false },   { 11, 1, 1, false, false },
	{ 20, 1, 1, false, false },   { 21, 1, 1, false, false },   { 109, 1, 1, false, false },  { 110, 1, 1, false, false },	{ 111, 1, 1, false, false },  { 112, 1, 12, false, false },
	{ 113, 1, 12, false, false }, { 114, 1, 1, false, false },  { 117, 1, 1, false, false },  { 118, 1, 1, false, false },	{ 119, 1, 1, false, false },  { 19, 1, 1, true, false },
};

/* size, at: of the private dictionary, as the font says; it must be here, and its subroutines right behind it. */
static bool read_private(struct reader *r, const struct numbers *where, struct list *local)
{
	struct numbers found[COUNT(private_places)];
	size_t size = (size_t)where->values[0], from = r->at;

	*local = (struct list){ 0 };
	if (where->values[0] < 0 || where->values[1] < 0 || (size_t)where->values[1] != r->at || r->in.n - r->at < size)
		return wrong(r, "a private dictionary at another place");
	if (!read_places(r, (struct bytes){ r->in.p + from, size }, private_places, COUNT(private_places), found))
		return false;
	r->at += size;
	const struct numbers *subroutines = &found[COUNT(private_places) - 1];
	if (subroutines->count == 0)
		return true;
	if ((size_t)subroutines->values[0] != size)
		return wrong(r, "subroutines at another place");
	return next_list(r, local) && (local->count || wrong(r, "subroutines that are none"));
}

static const struct place font_places[] = { { 107, 6, 6, false, false }, { 18, 2, 2, true, true } };

static bool read_fonts(struct reader *r, const struct list *fonts, const struct numbers *own_private, struct list *locals)
{
	for (unsigned i = 0; i < r->fonts; i++) {
		struct numbers found[COUNT(font_places)];
		if (r->has_cids && !read_places(r, item(r, fonts, i), font_places, COUNT(font_places), found))
			return false;
		if (!read_private(r, r->has_cids ? &found[1] : own_private, &locals[i]))
			return false;
	}
	return r->at == r->in.n || wrong(r, "something behind the font");
}

static bool run_all(struct reader *r, const struct list *charstrings, const struct list *locals, const uint8_t *font_of)
{
	size_t total = r->global.count;
	size_t first[FONTS_LONGEST];

	for (unsigned i = 0; i < r->fonts; i++)
		first[i] = total, total += locals[i].count;
	r->reached = calloc(total + 1, sizeof *r->reached), r->first = first;
	bool good = r->reached != NULL;
	for (unsigned g = 0; good && g < r->glyphs; g++) {
		unsigned font = font_of[g];
		good = font < r->fonts ? glyph_is_plain(r, item(r, charstrings, g), &locals[font], font) : wrong(r, "a glyph of a font that is not there");
	}
	good = good && subroutines_are_cut(r, &r->global, r->reached);
	for (unsigned i = 0; good && i < r->fonts; i++)
		good = subroutines_are_cut(r, &locals[i], r->reached + first[i]);
	free(r->reached);
	return good || wrong(r, "no memory");
}

enum { ROS, FIRST_PLAIN, CID_COUNT = 9, CHARSET, ENCODING, CHARSTRINGS, FONTS, SELECTION, PRIVATE, PLACES };
static const struct place top_places[PLACES] = {
	[ROS] = { 130, 3, 3, false, false }, [FIRST_PLAIN] = { 5, 4, 4, false, false }, { 101, 1, 1, false, false }, { 102, 1, 1, false, false }, { 103, 1, 1, false, false }, { 104, 1, 1, false, false },
	{ 105, 1, 1, false, false }, { 107, 6, 6, false, false }, { 108, 1, 1, false, false }, [CID_COUNT] = { 134, 1, 1, false, false }, [CHARSET] = { 15, 1, 1, true, true },
	[ENCODING] = { 16, 1, 1, true, false }, [CHARSTRINGS] = { 17, 1, 1, true, true }, [FONTS] = { 136, 1, 1, true, false }, [SELECTION] = { 137, 1, 1, true, false }, [PRIVATE] = { 18, 2, 2, true, false },
};

/* With CIDs fonts and a selection of them, else an encoding and a private dictionary. */
static bool kind_is_one(struct reader *r, const struct numbers *top)
{
	r->has_cids = top[ROS].count;
	if (r->has_cids ? !top[FONTS].count || !top[SELECTION].count || top[ENCODING].count || top[PRIVATE].count
			: top[FONTS].count || top[SELECTION].count || top[CID_COUNT].count || !top[ENCODING].count || !top[PRIVATE].count)
		return wrong(r, "neither a font with CIDs nor one without");
	for (unsigned i = 0; r->has_cids && i < 2; i++)
		if (top[ROS].values[i] < 0 || (unsigned)top[ROS].values[i] >= STANDARD + r->strings.count)
			return wrong(r, "a collection without a name");
	return true;
}

static bool at_place(struct reader *r, const struct numbers *n)
{
	return (n->values[0] >= 0 && (size_t)n->values[0] == r->at) || wrong(r, "a part at another place");
}

static bool read_parts(struct reader *r, const struct numbers *top)
{
	struct list charstrings, fonts = { 0 }, locals[FONTS_LONGEST];
	size_t here = r->at;

	/* How many glyphs there are is known from the charstrings only. */
	if (top[CHARSTRINGS].values[0] < 0 || (size_t)top[CHARSTRINGS].values[0] < here)
		return wrong(r, "charstrings at another place");
	r->at = (size_t)top[CHARSTRINGS].values[0];
	if (!next_list(r, &charstrings) || charstrings.count == 0)
		return wrong(r, "no charstrings");
	size_t behind = r->at;
	r->at = here, r->glyphs = charstrings.count;
	uint8_t *font_of = calloc(1, r->glyphs);
	bool good = font_of || wrong(r, "no memory");
	if (good && !r->has_cids && top[ENCODING].values[0] != 0 && top[ENCODING].values[0] != 1)
		good = at_place(r, &top[ENCODING]) && read_encoding(r);
	if (good && (top[CHARSET].values[0] < 0 || top[CHARSET].values[0] > 2))
		good = at_place(r, &top[CHARSET]) && read_charset(r);
	if (good && r->has_cids)
		good = at_place(r, &top[SELECTION]) && read_selection(r, font_of);
	good = good && at_place(r, &top[CHARSTRINGS]);
	r->at = behind, r->fonts = 1;
	if (good && r->has_cids) {
		good = at_place(r, &top[FONTS]) && next_list(r, &fonts) && ((fonts.count && fonts.count <= FONTS_LONGEST) || wrong(r, "too many fonts"));
		r->fonts = fonts.count;
	}
	good = good && read_fonts(r, &fonts, &top[PRIVATE], locals) && run_all(r, &charstrings, locals, font_of);
	free(font_of);
	return good;
}

static bool read_all(struct reader *r)
{
	struct list names, tops;
	struct numbers top[PLACES];

	if (next(r, 4) != 0x01000404)
		return wrong(r, "another head");
	if (!next_list(r, &names) || names.count != 1 || !is_word(item(r, &names, 0)))
		return wrong(r, "not one name");
	if (!next_list(r, &tops) || tops.count != 1 || !next_list(r, &r->strings) || !next_list(r, &r->global))
		return wrong(r, "not one font");
	for (unsigned i = 0; i < r->strings.count; i++)
		if (!is_word(item(r, &r->strings, i)))
			return wrong(r, "a name that is none");
	return read_places(r, item(r, &tops, 0), top_places, PLACES, top) && kind_is_one(r, top) && read_parts(r, top);
}

const char *font_cff_fault(struct bytes program)
{
	struct reader r = { .in = program, .steps = STEPS };

	return read_all(&r) ? NULL : r.fault ? r.fault : "no CFF font";
}
