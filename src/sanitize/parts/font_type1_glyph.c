/* 書体の字形の手順 — contract in font_type1_glyph.h. Adobe Type 1 Font Format 1.1, chapters 6 and 8. */
#include "sanitize/parts/font_type1_glyph.h"
#include "base/cursor.h"

enum {
	HSTEM = 1, VSTEM = 3, VMOVETO = 4, RLINETO = 5, HLINETO = 6, VLINETO = 7, RRCURVETO = 8, CLOSEPATH = 9, CALLSUBR = 10, RETURN = 11, ESCAPE = 12, HSBW = 13,
	ENDCHAR = 14, RMOVETO = 21, HMOVETO = 22, VHCURVETO = 30, HVCURVETO = 31, TWO = 32, /* behind ESCAPE: TWO + the second byte */
	DOTSECTION = TWO + 0, VSTEM3 = TWO + 1, HSTEM3 = TWO + 2, SEAC = TWO + 6, SBW = TWO + 7, DIV = TWO + 12, CALLOTHERSUBR = TWO + 16, POP = TWO + 17,
	SETCURRENTPOINT = TWO + 33, COMMANDS = TWO + 35,
	FLEX_POINTS = 7, OTHER_HINTS = 3, OTHER_COUNTERS = 12, OTHER_COUNTERS_LAST = 13, COUNTERS_MOST = 22,
};
enum step { STEP_ON, STEP_BACK, STEP_DONE, STEP_BAD };
enum flex { FLEX_NONE, FLEX_OPEN, FLEX_CLOSED }; /* closed: only the place where it ended is still to be said */
struct state {
	struct type1_walk *walk;
	double stack[TYPE1_STACK_MOST], results[2];
	unsigned n, results_n, points;
	enum flex flex;
};

/* How many operands a command takes, + 1; 0: there is no such command. */
static const uint8_t operands[COMMANDS] = {
	[HSTEM] = 3, [VSTEM] = 3, [VMOVETO] = 2, [RLINETO] = 3, [HLINETO] = 2, [VLINETO] = 2, [RRCURVETO] = 7, [CLOSEPATH] = 1, [CALLSUBR] = 1, [RETURN] = 1,
	[HSBW] = 3, [ENDCHAR] = 1, [RMOVETO] = 3, [HMOVETO] = 2, [VHCURVETO] = 5, [HVCURVETO] = 5, [DOTSECTION] = 1, [VSTEM3] = 7, [HSTEM3] = 7, [SEAC] = 6,
	[SBW] = 5, [DIV] = 1, [CALLOTHERSUBR] = 1, [POP] = 1, [SETCURRENTPOINT] = 3,
};

/* A number: COMMANDS; else the command. Fails with the cursor. */
static unsigned take_item(struct cursor *in, int32_t *number)
{
	unsigned first = cursor_u8(in);

	if (first == ESCAPE) {
		unsigned second = TWO + cursor_u8(in);
		return MIN(second, COMMANDS - 1u); /* the last of them is none */
	}
	if (first < 32)
		return first;
	if (first < 247)
		*number = (int32_t)first - 139;
	else if (first < 251)
		*number = (int32_t)(first - 247) * 256 + 108 + cursor_u8(in);
	else if (first < 255)
		*number = -(int32_t)(first - 251) * 256 - 108 - cursor_u8(in);
	else
		*number = (int32_t)cursor_u32be(in);
	return COMMANDS;
}

size_t type1_subr_length(struct bytes code)
{
	struct cursor in = cursor_over(code);
	int32_t number;

	while (in.left > 0) {
		unsigned item = take_item(&in, &number);
		if (in.failed || (item < COMMANDS && operands[item] == 0))
			return 0;
		if (item == RETURN || item == ENDCHAR || item == SEAC)
			return (size_t)in.at;
	}
	return 0;
}

static bool push(struct state *s, double number)
{
	if (s->n == TYPE1_STACK_MOST)
		return false;
	s->stack[s->n++] = number;
	return true;
}

static bool is_small(double number)
{
	return number >= -TYPE1_NUMBER_MOST && number <= TYPE1_NUMBER_MOST;
}

/* The top as a whole number of 0 … most. */
static bool take_index(struct state *s, unsigned most, unsigned *index)
{
	if (s->n == 0 || !(s->stack[s->n - 1] >= 0 && s->stack[s->n - 1] <= most))
		return false;
	*index = (unsigned)s->stack[s->n - 1];
	return (double)*index == s->stack[--s->n];
}

static enum step divide(struct state *s)
{
	if (s->n < 2 || s->stack[s->n - 1] == 0)
		return STEP_BAD;
	s->n--;
	s->stack[s->n - 1] /= s->stack[s->n];
	return is_small(s->stack[s->n - 1]) ? STEP_ON : STEP_BAD;
}

static enum step call_flex(struct state *s, unsigned which)
{
	if (which == 1 && s->flex == FLEX_NONE) {
		s->flex = FLEX_OPEN, s->points = 0;
		return STEP_ON;
	}
	if (which == 2 && s->flex == FLEX_OPEN)
		return ++s->points <= FLEX_POINTS ? STEP_ON : STEP_BAD;
	if (which != 0 || s->flex != FLEX_OPEN || s->points != FLEX_POINTS)
		return STEP_BAD;
	s->flex = FLEX_CLOSED;
	s->results[0] = s->stack[s->n + 2], s->results[1] = s->stack[s->n + 1], s->results_n = 2; /* x is given back before y */
	return STEP_ON;
}

/* Flex (0 ends, 1 begins, 2 adds a point), the replacement of hints (3), hints of counters (12, 13: Adobe Technical Note 5015, in kanji above all). Each as the procedures of the book
 * leave the stack. Those of multiple masters are none that a font of one shape calls. */
static enum step call_other(struct state *s)
{
	unsigned which, count;

	if (!take_index(s, OTHER_COUNTERS_LAST, &which) || !take_index(s, COUNTERS_MOST, &count) || s->n < count)
		return STEP_BAD;
	for (unsigned i = s->n - count; i < s->n; i++)
		if (!is_small(s->stack[i]))
			return STEP_BAD;
	s->n -= count, s->results_n = 0;
	if (which >= OTHER_COUNTERS)
		return s->n == 0 ? STEP_ON : STEP_BAD;
	if (which < OTHER_HINTS)
		return count == (which == 0 ? 3 : 0) ? call_flex(s, which) : STEP_BAD;
	if (which != OTHER_HINTS || count != 1)
		return STEP_BAD;
	s->results[s->results_n++] = s->stack[s->n];
	return STEP_ON;
}

static bool set_width(struct state *s, double width)
{
	if (s->walk->has_width)
		return false;
	s->walk->has_width = true, s->walk->width = width;
	return true;
}

static bool is_character(double code)
{
	return code >= 0 && code <= 255 && code == (unsigned)code && type1_standard_name((unsigned)code);
}

static enum step compose(struct state *s)
{
	if (!is_character(s->stack[3]) || !is_character(s->stack[4]))
		return STEP_BAD;
	s->walk->is_composed = true, s->walk->base = (unsigned)s->stack[3], s->walk->accent = (unsigned)s->stack[4];
	return STEP_DONE;
}

/* Commands that take all that is on the stack. */
static enum step draw(struct state *s, unsigned command)
{
	bool is_move = command == RMOVETO || command == HMOVETO || command == VMOVETO;

	if (operands[command] == 0 || s->n != operands[command] - 1u)
		return STEP_BAD;
	for (unsigned i = 0; i < s->n; i++)
		if (!is_small(s->stack[i]))
			return STEP_BAD;
	s->n = 0, s->results_n = 0;
	if (command == HSBW || command == SBW)
		return set_width(s, s->stack[command == HSBW ? 1 : 2]) ? STEP_ON : STEP_BAD;
	if (!s->walk->has_width || (s->flex == FLEX_OPEN && !is_move) || (s->flex == FLEX_CLOSED) != (command == SETCURRENTPOINT))
		return STEP_BAD;
	if (command == SETCURRENTPOINT)
		s->flex = FLEX_NONE;
	return command == SEAC ? compose(s) : command == ENDCHAR ? STEP_DONE : STEP_ON;
}

static enum step follow(struct state *s, struct cursor *in, unsigned depth);

static enum step call(struct state *s, unsigned depth)
{
	unsigned index;

	if (depth == TYPE1_CALLS_MOST || s->walk->count == 0 || !take_index(s, (unsigned)s->walk->count - 1, &index) || !s->walk->subrs[index].p)
		return STEP_BAD;
	struct cursor in = cursor_over(s->walk->subrs[index]);
	enum step step = follow(s, &in, depth + 1);
	return step == STEP_BACK ? STEP_ON : step;
}

static enum step obey(struct state *s, unsigned command, unsigned depth)
{
	switch (command) {
	case CALLSUBR:
		return call(s, depth);
	case RETURN:
		return depth > 0 ? STEP_BACK : STEP_BAD;
	case DIV:
		return divide(s);
	case CALLOTHERSUBR:
		return call_other(s);
	case POP:
		return s->results_n > 0 && push(s, s->results[--s->results_n]) ? STEP_ON : STEP_BAD;
	default:
		return draw(s, command);
	}
}

static enum step follow(struct state *s, struct cursor *in, unsigned depth)
{
	enum step step = STEP_ON;
	int32_t number = 0;

	while (step == STEP_ON) {
		if (in->left == 0 || ++s->walk->work > s->walk->work_most)
			return STEP_BAD;
		unsigned item = take_item(in, &number);
		if (in->failed)
			return STEP_BAD;
		step = item < COMMANDS ? obey(s, item, depth) : push(s, number) ? STEP_ON : STEP_BAD;
	}
	return step;
}

bool type1_glyph_walk(struct type1_walk *walk, struct bytes code)
{
	struct state s = { .walk = walk };
	struct cursor in = cursor_over(code);

	walk->has_width = walk->is_composed = false, walk->width = 0;
	if (follow(&s, &in, 0) != STEP_DONE)
		return false;
	walk->length = (size_t)in.at;
	return true;
}

const char *type1_standard_name(unsigned code)
{
	static const char *const low[] = {
		"space", "exclam", "quotedbl", "numbersign", "dollar", "percent", "ampersand", "quoteright", "parenleft", "parenright", "asterisk", "plus", "comma",
		"hyphen", "period", "slash", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "colon", "semicolon", "less", "equal",
		"greater", "question", "at", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X",
		"Y", "Z", "bracketleft", "backslash", "bracketright", "asciicircum", "underscore", "quoteleft", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
		"l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "braceleft", "bar", "braceright", "asciitilde",
	};
	static const char *const high[256 - 161] = {
		"exclamdown", "cent", "sterling", "fraction", "yen", "florin", "section", "currency", "quotesingle", "quotedblleft", "guillemotleft", "guilsinglleft",
		"guilsinglright", "fi", "fl", NULL, "endash", "dagger", "daggerdbl", "periodcentered", NULL, "paragraph", "bullet", "quotesinglbase", "quotedblbase",
		"quotedblright", "guillemotright", "ellipsis", "perthousand", NULL, "questiondown", NULL, "grave", "acute", "circumflex", "tilde", "macron", "breve",
		"dotaccent", "dieresis", NULL, "ring", "cedilla", NULL, "hungarumlaut", "ogonek", "caron", "emdash", [225 - 161] = "AE", [227 - 161] = "ordfeminine",
		[232 - 161] = "Lslash", "Oslash", "OE", "ordmasculine", [241 - 161] = "ae", [245 - 161] = "dotlessi", [248 - 161] = "lslash", "oslash", "oe", "germandbls",
	};

	return code >= 32 && code < 32 + COUNT(low) ? low[code - 32] : code >= 161 && code < 256 ? high[code - 161] : NULL;
}
