/* 字形の手続き（Type 2） — contract in font_charstring.h. */
#include "sanitize/parts/font_charstring.h"
#include "base/cursor.h"

enum { STACK_MOST = 48, DEPTH_MOST = 10, CALLS_MOST = 4096, STEMS_MOST = 96, TRANSIENT_MOST = 32, UNKNOWN = INT32_MIN };

struct glyph {
	struct font_walk *walk;
	int32_t stack[STACK_MOST]; /* UNKNOWN: calculated, or with a fraction that matters */
	unsigned n, stems;
	bool has_width, ended, moved;
	struct {
		uint32_t *mark, bytes;
	} calls[CALLS_MOST];
	unsigned call_count;
};

static bool push(struct glyph *g, int32_t v)
{
	if (g->n == STACK_MOST)
		return false;
	g->stack[g->n++] = v;
	return true;
}

static bool push_number(struct glyph *g, uint8_t first, struct cursor *c)
{
	if (first == 28)
		return push(g, (int16_t)cursor_u16be(c));
	if (first < 247)
		return push(g, first - 139);
	if (first < 251)
		return push(g, (first - 247) * 256 + cursor_u8(c) + 108);
	if (first < 255)
		return push(g, -(first - 251) * 256 - cursor_u8(c) - 108);
	int32_t fixed = (int32_t)cursor_u32be(c);
	return push(g, fixed & 0xffff ? UNKNOWN : fixed / 65536);
}

/* The first command that empties the stack may have the width before its own numbers: `odd` says that one is left over. */
static void take_width(struct glyph *g, bool odd)
{
	if (!g->has_width && odd) {
		memmove(g->stack, g->stack + 1, (g->n - 1) * sizeof g->stack[0]);
		g->n--;
	}
	g->has_width = true;
}

static bool take_stems(struct glyph *g)
{
	take_width(g, g->n & 1);
	g->stems += g->n / 2;
	bool good = g->n % 2 == 0 && g->stems <= STEMS_MOST;
	g->n = 0;
	return good;
}

static bool take_mask(struct glyph *g, struct cursor *c)
{
	return take_stems(g) && cursor_take(c, (g->stems + 7) / 8);
}

static bool take_move(struct glyph *g, unsigned numbers)
{
	take_width(g, g->n > numbers);
	bool good = g->n == numbers;
	g->n = 0, g->moved = true;
	return good;
}

/* Lines and curves: is the number of numbers one that the command takes? */
static bool takes(uint8_t command, unsigned n)
{
	switch (command) {
	case 5: return n >= 2 && n % 2 == 0;		  /* rlineto */
	case 6: case 7: return n >= 1;			  /* hlineto vlineto */
	case 8: return n >= 6 && n % 6 == 0;		  /* rrcurveto */
	case 24: return n >= 8 && n % 6 == 2;		  /* rcurveline */
	case 25: return n >= 8 && n % 2 == 0;		  /* rlinecurve */
	case 26: case 27: return n >= 4 && n % 4 <= 1;	  /* vvcurveto hhcurveto */
	case 30: case 31: return n >= 4 && n % 4 <= 1;	  /* vhcurveto hvcurveto */
	default: return false;
	}
}

static bool take_end(struct glyph *g)
{
	take_width(g, g->n == 1 || g->n == 5);
	if (g->n != 0 && g->n != 4)
		return false;
	for (unsigned i = 2; i < g->n; i++) /* an accented letter: two characters of the standard encoding */
		if (g->stack[i] < 0 || g->stack[i] > 255)
			return false;
	g->ended = true;
	return true;
}

static bool pop(struct glyph *g, unsigned n)
{
	if (g->n < n)
		return false;
	g->n -= n;
	return true;
}

static bool take_roll(struct glyph *g)
{
	if (g->n < 2)
		return false;
	int32_t count = g->stack[g->n - 2];
	g->n -= 2;
	if (count == UNKNOWN || count < 0 || (unsigned)count > g->n)
		return false;
	for (int32_t i = 0; i < count; i++) /* by how much is of no interest: whatever they were, they may be others now */
		g->stack[g->n - 1 - (unsigned)i] = UNKNOWN;
	return true;
}

static bool take_storage(struct glyph *g, bool puts)
{
	if (g->n < 1)
		return false;
	int32_t place = g->stack[g->n - 1];
	return place >= 0 && place < TRANSIENT_MOST && pop(g, puts ? 2 : 1) && (puts || push(g, UNKNOWN));
}

static bool take_index(struct glyph *g)
{
	if (g->n < 2)
		return false;
	int32_t which = g->stack[g->n - 1];
	g->stack[g->n - 1] = UNKNOWN;
	return which != UNKNOWN && which < (int32_t)g->n - 1;
}

static bool take_exchange(struct glyph *g)
{
	if (g->n < 2)
		return false;
	int32_t v = g->stack[g->n - 1];
	g->stack[g->n - 1] = g->stack[g->n - 2], g->stack[g->n - 2] = v;
	return true;
}

static bool take_flex(struct glyph *g, unsigned numbers)
{
	bool good = g->n == numbers && g->moved;
	g->n = 0;
	return good;
}

static bool take_escaped(struct glyph *g, uint8_t command)
{
	switch (command) {
	case 0: g->n = 0; return true;						       /* dotsection: says nothing any more */
	case 3: case 4: case 10: case 11: case 12: case 15: case 24:		       /* and or add sub div eq mul */
		return pop(g, 2) && push(g, UNKNOWN);
	case 5: case 9: case 14: case 26: return pop(g, 1) && push(g, UNKNOWN);       /* not abs neg sqrt */
	case 18: return pop(g, 1);						       /* drop */
	case 20: return take_storage(g, true);					       /* put */
	case 21: return take_storage(g, false);					       /* get */
	case 22: return pop(g, 4) && push(g, UNKNOWN);				       /* ifelse */
	case 23: return push(g, UNKNOWN);					       /* random */
	case 27: return g->n > 0 && push(g, g->stack[g->n - 1]);		       /* dup */
	case 28: return take_exchange(g);
	case 29: return take_index(g);
	case 30: return take_roll(g);
	case 34: return take_flex(g, 7);
	case 35: return take_flex(g, 13);
	case 36: return take_flex(g, 9);
	case 37: return take_flex(g, 11);
	default: return false;
	}
}

static bool run(struct glyph *g, struct bytes code, unsigned depth, size_t *used);

static bool take_call(struct glyph *g, const struct font_subroutines *s, unsigned depth)
{
	int32_t bias = s->count < 1240 ? 107 : s->count < 33900 ? 1131 : 32768;
	size_t used;

	if (g->n == 0 || g->stack[g->n - 1] == UNKNOWN || depth == DEPTH_MOST || g->call_count == CALLS_MOST)
		return false;
	int64_t which = (int64_t)g->stack[--g->n] + bias;
	if (which < 0 || which >= s->count)
		return false;
	unsigned call = g->call_count++;
	bool good = run(g, s->items[which], depth + 1, &used);
	g->calls[call].mark = &s->used[which], g->calls[call].bytes = (uint32_t)used;
	return good;
}

static bool take(struct glyph *g, uint8_t command, struct cursor *c, unsigned depth)
{
	switch (command) {
	case 1: case 3: case 18: case 23: return take_stems(g); /* hstem vstem hstemhm vstemhm */
	case 19: case 20: return take_mask(g, c);		 /* hintmask cntrmask */
	case 21: return take_move(g, 2);
	case 22: case 4: return take_move(g, 1);
	case 10: return take_call(g, &g->walk->local, depth);
	case 29: return take_call(g, &g->walk->global, depth);
	case 12: return take_escaped(g, cursor_u8(c));
	case 14: return take_end(g);
	default:
		if (!takes(command, g->n) || !g->moved)
			return false;
		g->n = 0;
		return true;
	}
}

/* Up to return or endchar. */
static bool run(struct glyph *g, struct bytes code, unsigned depth, size_t *used)
{
	struct cursor c = cursor_over(code);
	bool good = true, back = false;

	while (good && !back && !g->ended) {
		uint8_t first = cursor_u8(&c);
		good = !c.failed && g->walk->work > 0;
		if (!good)
			break;
		g->walk->work--;
		if (first == 11)
			back = depth > 0, good = back;
		else if (first == 28 || first >= 32)
			good = push_number(g, first, &c);
		else
			good = take(g, first, &c, depth);
		good = good && !c.failed;
	}
	*used = (size_t)c.at;
	return good;
}

size_t font_charstring(struct font_walk *w, struct bytes code)
{
	struct glyph g;
	size_t used;

	g.walk = w;
	g.n = g.stems = g.call_count = 0;
	g.has_width = g.ended = g.moved = false;
	if (!run(&g, code, 0, &used) || !g.ended)
		return 0;
	for (unsigned i = 0; i < g.call_count; i++)
		*g.calls[i].mark = MAX(*g.calls[i].mark, g.calls[i].bytes);
	return used;
}
