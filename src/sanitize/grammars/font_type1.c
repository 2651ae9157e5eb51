/* 書体の文法（Type 1） — the verifier's own reading of the one program in which the rebuilder writes a Type 1 font: each text of it literally, numbers and names in their one spelling, both
 * encryptions undone, every charstring followed. Contract in font.h. Adobe Type 1 Font Format 1.1. Threat D11. */
#include "sanitize/grammars/font.h"
#include "base/arena.h"
#include "base/sort.h"

enum { PROGRAM_MOST = 64 << 20, STRING_MOST = 65535, PROCEDURES_MOST = 65536, OUTLINES_MOST = 65535, DEEPEST = 10, HIGHEST = 24, FARTHEST = 32000, STEPS_FREE = 1 << 16, STEPS_EACH = 64,
	MEMORY_FREE = 8 << 20, MEMORY_EACH = 24 };

struct place {
	const uint8_t *p, *end;
};
struct outline {
	struct place name, code;
	bool is_accented;
	uint8_t parts[2];
};
struct program {
	struct arena *arena;
	struct place at;
	struct place *procedures; /* [procedures_n]; .p NULL: none */
	uint32_t procedures_n;
	struct outline *outlines;
	const struct outline **by_name;
	uint32_t outlines_n;
	uint64_t steps, length; /* followed; of all charstrings */
};

static size_t left(const struct place *at)
{
	return (size_t)(at->end - at->p);
}

static bool says(struct place *at, const char *text)
{
	size_t n = strlen(text);

	if (left(at) < n || memcmp(at->p, text, n) != 0)
		return false;
	at->p += n;
	return true;
}

static bool has_digit(const struct place *at)
{
	return at->p < at->end && *at->p >= '0' && *at->p <= '9';
}

/* 0 … most, without leading zeros. */
static bool says_count(struct place *at, uint32_t most, uint32_t *count)
{
	uint64_t value = 0;
	const uint8_t *start = at->p;

	for (; has_digit(at); at->p++) {
		value = value * 10 + (*at->p - '0');
		if (value > most)
			return false;
	}
	*count = (uint32_t)value;
	return at->p > start && (*start != '0' || at->p == start + 1);
}

/* Below a million, at most twelve places behind the point, the last no zero; no minus before zero. */
static bool says_number(struct place *at, bool *is_zero)
{
	bool is_negative = says(at, "-");
	uint32_t whole;

	if (!says_count(at, 999999, &whole))
		return false;
	*is_zero = whole == 0;
	if (says(at, ".")) {
		const uint8_t *start = at->p;
		while (has_digit(at))
			at->p++;
		if (at->p == start || at->p - start > 12 || at->p[-1] == '0')
			return false;
		*is_zero = false;
	}
	return !(is_negative && *is_zero);
}

static bool says_name(struct place *at, struct place *name)
{
	name->p = at->p;
	while (at->p < at->end && *at->p > ' ' && *at->p < 127 && !strchr("()<>[]{}/%", *at->p))
		at->p++;
	name->end = at->p;
	return name->end > name->p && name->end - name->p <= 127;
}

static int compare(struct place a, struct place b)
{
	size_t n = MIN(left(&a), left(&b));
	int order = memcmp(a.p, b.p, n);

	return order ? order : (left(&a) > left(&b)) - (left(&a) < left(&b));
}

/* ---- dictionaries ---- */

/* What may stand there, in this order. Values: n number, b true or false, else how many numbers in brackets at most; even: by twos. */
struct entry {
	const char *key;
	char value;
	uint8_t most;
	bool even;
};
static const struct entry about[] = { { "/ItalicAngle ", 'n' }, { "/isFixedPitch ", 'b' }, { "/UnderlinePosition ", 'n' }, { "/UnderlineThickness ", 'n' } };
static const struct entry hints[] = {
	{ "/BlueValues ", '[', 14, true }, { "/OtherBlues ", '[', 10, true }, { "/FamilyBlues ", '[', 14, true }, { "/FamilyOtherBlues ", '[', 10, true },
	{ "/BlueScale ", 'n' }, { "/BlueShift ", 'n' }, { "/BlueFuzz ", 'n' }, { "/StdHW ", '1' }, { "/StdVW ", '1' }, { "/StemSnapH ", '[', 12, false },
	{ "/StemSnapV ", '[', 12, false }, { "/ForceBold ", 'b' }, { "/LanguageGroup ", 'n' }, { "/ExpansionFactor ", 'n' },
};

static bool says_numbers(struct place *at, const char *open, const char *close, unsigned least, unsigned most, bool even, bool zeros[14])
{
	unsigned n = 0;

	if (!says(at, open))
		return false;
	while (!says(at, close)) {
		if (n == most || (n > 0 && !says(at, " ")) || !says_number(at, &zeros[n]))
			return false;
		n++;
	}
	return n >= least && !(even && n % 2 == 1);
}

static bool says_value(struct place *at, const struct entry *e)
{
	bool zeros[14];

	switch (e->value) {
	case 'n':
		return says_number(at, zeros);
	case 'b':
		return says(at, "true") || says(at, "false");
	case '1':
		return says_numbers(at, "[", "]", 1, 1, false, zeros);
	default:
		return says_numbers(at, "[", "]", 0, e->most, e->even, zeros);
	}
}

static bool says_entries(struct place *at, const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (says(at, entries[i].key) && (!says_value(at, &entries[i]) || !says(at, " def\n")))
			return false;
	return true;
}

static const char *encoding_fault(struct place *at)
{
	uint32_t code, least = 0;
	struct place name;

	if (says(at, "StandardEncoding def\n") || says(at, "ISOLatin1Encoding def\n") || says(at, "ExpertEncoding def\n"))
		return NULL;
	if (!says(at, "256 array\n0 1 255 {1 index exch /.notdef put} for\n"))
		return "an encoding of another form";
	while (says(at, "dup ")) {
		if (!says_count(at, 255, &code) || code < least || !says(at, " /") || !says_name(at, &name) || !says(at, " put\n"))
			return "a character of another form";
		if (left(&name) == 7 && memcmp(name.p, ".notdef", 7) == 0)
			return "a character that is none";
		least = code + 1;
	}
	return says(at, "readonly def\n") ? NULL : "an encoding without its end";
}

static const char *clear_fault(struct place at)
{
	struct place name, again;
	bool zeros[14];

	if (!says(&at, "%!PS-AdobeFont-1.0: ") || !says_name(&at, &name) || !says(&at, "\n12 dict begin\n/FontInfo 4 dict dup begin\n"))
		return "another beginning";
	if (!says_entries(&at, about, COUNT(about)) || !says(&at, "end readonly def\n/FontName /") || !says_name(&at, &again) || compare(name, again) != 0)
		return "another description";
	if (!says(&at, " def\n/Encoding "))
		return "no encoding";
	const char *fault = encoding_fault(&at);
	if (fault)
		return fault;
	if (!says(&at, "/PaintType 0 def\n") && !says(&at, "/PaintType 2 def\n"))
		return "another kind of paint";
	if (!says(&at, "/FontType 1 def\n/FontMatrix ") || !says_numbers(&at, "[", "]", 6, 6, false, zeros))
		return "another matrix";
	if ((zeros[0] || zeros[3]) && (zeros[1] || zeros[2]))
		return "a matrix that draws nothing";
	if (!says(&at, " readonly def\n/FontBBox ") || !says_numbers(&at, "{", "}", 4, 4, false, zeros) || !says(&at, " readonly def\n"))
		return "another box";
	if (says(&at, "/StrokeWidth ") && (!says_number(&at, zeros) || !says(&at, " def\n")))
		return "another stroke";
	return says(&at, "currentdict end\ncurrentfile eexec\n") && left(&at) == 0 ? NULL : "another end of the clear part";
}

/* ---- encryption ---- */

/* Into memory of its own; true: the four bytes before the text were what they have to be. */
static bool opens(struct place from, uint8_t *to, unsigned key)
{
	unsigned state = key;
	size_t n = left(&from);

	for (size_t i = 0; i < n; i++) {
		to[i] = (uint8_t)(from.p[i] ^ (state >> 8));
		state = ((from.p[i] + state) * 52845 + 22719) & 0xffff;
	}
	return n >= 4 && to[0] == 0 && to[1] == 0 && to[2] == 0 && to[3] == 0;
}

/* LENGTH RD bytes: the charstring without its lead. */
static bool says_code(struct program *f, struct place *code)
{
	uint32_t n;

	if (!says_count(&f->at, STRING_MOST, &n) || !says(&f->at, " RD ") || n < 5 || n > left(&f->at))
		return false;
	struct place hidden = { f->at.p, f->at.p + n };
	uint8_t *to = arena_scratch(f->arena, n);
	if (!to || !opens(hidden, to, 4330))
		return false;
	f->at.p += n;
	f->length += n - 4;
	*code = (struct place){ to + 4, to + n };
	return true;
}

/* ---- charstrings ---- */

enum what { WHAT_NUMBER, WHAT_COMMAND, WHAT_NOTHING };

/* Commands of one byte have their own number, those of two 100 + the second. */
static enum what next_of(struct place *at, int32_t *value)
{
	if (left(at) == 0)
		return WHAT_NOTHING;
	unsigned b = *at->p++, extra = b == 12 || (b >= 247 && b < 255) ? 1 : b == 255 ? 4 : 0;
	if (left(at) < extra)
		return WHAT_NOTHING;
	const uint8_t *q = at->p;
	at->p += extra;
	if (b < 32)
		return *value = b == 12 ? 100 + q[0] : (int32_t)b, WHAT_COMMAND;
	if (b == 255)
		*value = (int32_t)((uint32_t)q[0] << 24 | (uint32_t)q[1] << 16 | (uint32_t)q[2] << 8 | q[3]);
	else
		*value = b < 247 ? (int32_t)b - 139 : b < 251 ? ((int32_t)b - 247) * 256 + q[0] + 108 : (251 - (int32_t)b) * 256 - q[0] - 108;
	return WHAT_NUMBER;
}

/* How many operands; -1: unknown. Those that take what they like: 0. */
static int operands_of(int32_t command)
{
	switch (command) {
	case 9: case 10: case 11: case 14: case 100: case 112: case 116: case 117:
		return 0;
	case 4: case 6: case 7: case 22:
		return 1;
	case 1: case 3: case 5: case 13: case 21: case 133:
		return 2;
	case 30: case 31: case 107:
		return 4;
	case 106:
		return 5;
	case 8: case 101: case 102:
		return 6;
	default:
		return -1;
	}
}

static bool is_procedure(struct place code)
{
	int32_t value;

	for (;;) {
		enum what what = next_of(&code, &value);
		if (what == WHAT_NOTHING || (what == WHAT_COMMAND && operands_of(value) < 0))
			return false;
		if (what == WHAT_COMMAND && (value == 11 || value == 14 || value == 106))
			return left(&code) == 0;
	}
}

struct drawing {
	double v[HIGHEST], given[2]; /* given back by the procedures outside, the first on top */
	unsigned n, given_n, depth, points;
	bool is_wide, is_curving, is_curved;
	struct place back[DEEPEST + 1]; /* where each call goes on */
	struct outline *outline;
};

static bool is_near(double v)
{
	return -FARTHEST <= v && v <= FARTHEST;
}

static bool pops_whole(struct drawing *d, uint32_t most, uint32_t *value)
{
	if (d->n == 0)
		return false;
	double top = d->v[--d->n];
	if (top < 0 || top > most)
		return false;
	*value = (uint32_t)top;
	return top == *value;
}

static bool asks_outside(struct drawing *d)
{
	uint32_t which, n;

	if (!pops_whole(d, 13, &which) || !pops_whole(d, 22, &n) || d->n < n)
		return false;
	bool is_counters = which == 12 || which == 13; /* hints that take all there is */
	if (is_counters ? n != d->n : which > 3 || n != (which == 0 ? 3u : which == 3 ? 1u : 0u))
		return false;
	d->n -= n;
	const double *v = d->v + d->n;
	for (uint32_t i = 0; i < n; i++)
		if (!is_near(v[i]))
			return false;
	if (is_counters)
		return d->given_n = 0, true;
	d->given_n = 0;
	if (which == 3) {
		d->given[d->given_n++] = v[0];
		return true;
	}
	if (which == 1) {
		bool was = d->is_curving || d->is_curved;
		d->is_curving = true, d->points = 0;
		return !was;
	}
	if (!d->is_curving)
		return false;
	if (which == 2)
		return ++d->points <= 7;
	d->is_curving = false, d->is_curved = true;
	d->given[0] = v[2], d->given[1] = v[1], d->given_n = 2;
	return d->points == 7;
}

static const char standard_names[] =
	"space exclam quotedbl numbersign dollar percent ampersand quoteright parenleft parenright asterisk plus comma hyphen period slash "
	"zero one two three four five six seven eight nine colon semicolon less equal greater question "
	"at A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum underscore "
	"quoteleft a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde - "
	"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	"- exclamdown cent sterling fraction yen florin section currency quotesingle quotedblleft guillemotleft guilsinglleft guilsinglright fi fl "
	"- endash dagger daggerdbl periodcentered - paragraph bullet quotesinglbase quotedblbase quotedblright guillemotright ellipsis perthousand - questiondown "
	"- grave acute circumflex tilde macron breve dotaccent dieresis - ring cedilla - hungarumlaut ogonek caron emdash - - - - - - - - - - - - - - - "
	"- AE - ordfeminine - - - - Lslash Oslash OE ordmasculine - - - - - ae - - - dotlessi - - lslash oslash oe germandbls - - - - ";

/* The name of 32 … 255. */
static struct place standard_name(unsigned code)
{
	const char *word = standard_names;

	for (unsigned i = 32; i < code; i++)
		word = strchr(word, ' ') + 1;
	return (struct place){ (const uint8_t *)word, (const uint8_t *)strchr(word, ' ') };
}

static bool is_accented_of(struct drawing *d, double base, double accent)
{
	double parts[] = { base, accent };

	for (unsigned i = 0; i < 2; i++) {
		if (!(parts[i] >= 32 && parts[i] <= 255) || parts[i] != (unsigned)parts[i] || *standard_name((unsigned)parts[i]).p == '-')
			return false;
		d->outline->parts[i] = (uint8_t)parts[i];
	}
	return d->outline->is_accented = true;
}

/* A command that empties the stack. */
static bool draws(struct drawing *d, int32_t command)
{
	if (operands_of(command) != (int)d->n)
		return false;
	for (unsigned i = 0; i < d->n; i++)
		if (!is_near(d->v[i]))
			return false;
	d->n = 0, d->given_n = 0;
	if (command == 13 || command == 107) {
		bool was = d->is_wide;
		d->is_wide = true;
		return !was;
	}
	if (!d->is_wide || (d->is_curving && command != 4 && command != 21 && command != 22))
		return false;
	if (d->is_curved != (command == 133))
		return false;
	d->is_curved = false;
	return command != 106 || is_accented_of(d, d->v[3], d->v[4]);
}

static bool calls(const struct program *f, struct drawing *d, struct place *at)
{
	uint32_t index;

	if (d->depth == DEEPEST || f->procedures_n == 0 || !pops_whole(d, f->procedures_n - 1, &index) || !f->procedures[index].p)
		return false;
	d->back[d->depth++] = *at;
	*at = f->procedures[index];
	return true;
}

static bool divides(struct drawing *d)
{
	if (d->n < 2 || d->v[d->n - 1] == 0)
		return false;
	d->n--;
	d->v[d->n - 1] = d->v[d->n - 1] / d->v[d->n];
	return is_near(d->v[d->n - 1]);
}

static bool does(const struct program *f, struct drawing *d, struct place *at, int32_t command)
{
	switch (command) {
	case 10:
		return calls(f, d, at);
	case 11:
		if (d->depth == 0)
			return false;
		*at = d->back[--d->depth];
		return true;
	case 112:
		return divides(d);
	case 116:
		return asks_outside(d);
	case 117:
		if (d->given_n == 0 || d->n == HIGHEST)
			return false;
		d->v[d->n++] = d->given[--d->given_n];
		return true;
	default:
		return draws(d, command);
	}
}

/* Followed to its end, behind which nothing stands. */
static bool is_outline(struct program *f, struct outline *outline, uint64_t most)
{
	struct drawing d = { .outline = outline };
	struct place at = outline->code;
	int32_t value;

	for (;;) {
		enum what what = next_of(&at, &value);
		if (what == WHAT_NOTHING || ++f->steps > most)
			return false;
		if (what == WHAT_NUMBER) {
			if (d.n == HIGHEST)
				return false;
			d.v[d.n++] = value;
			continue;
		}
		if (!does(f, &d, &at, value))
			return false;
		if (value == 14 || value == 106)
			return left(d.depth > 0 ? &d.back[0] : &at) == 0;
	}
}

/* ---- the private part ---- */

static const char *procedures_fault(struct program *f)
{
	uint32_t index, least = 0;

	if (!says_count(&f->at, PROCEDURES_MOST, &f->procedures_n) || f->procedures_n == 0 || !says(&f->at, " array\n"))
		return "another list of subroutines";
	f->procedures = arena_try(f->arena, f->procedures_n * sizeof *f->procedures);
	if (!f->procedures)
		return "too many subroutines";
	while (says(&f->at, "dup ")) {
		if (!says_count(&f->at, f->procedures_n - 1, &index) || index < least || !says(&f->at, " "))
			return "a subroutine out of order";
		if (!says_code(f, &f->procedures[index]) || !says(&f->at, " NP\n") || !is_procedure(f->procedures[index]))
			return "a malformed subroutine";
		least = index + 1;
	}
	return says(&f->at, "ND\n") && least == f->procedures_n ? NULL : "a list of subroutines of another length";
}

static int name_order(const void *a, const void *b)
{
	return compare((*(const struct outline *const *)a)->name, (*(const struct outline *const *)b)->name);
}

static const struct outline *outline_of(const struct program *f, struct place name)
{
	uint32_t from = 0, to = f->outlines_n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		int order = compare(f->by_name[middle]->name, name);
		if (order == 0)
			return f->by_name[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static const char *names_fault(struct program *f)
{
	static const uint8_t missing[] = ".notdef";

	for (uint32_t i = 0; i < f->outlines_n; i++)
		f->by_name[i] = &f->outlines[i];
	sort_items(f->by_name, f->outlines_n, sizeof *f->by_name, name_order);
	for (uint32_t i = 1; i < f->outlines_n; i++)
		if (name_order(&f->by_name[i - 1], &f->by_name[i]) == 0)
			return "two glyphs of one name";
	return outline_of(f, (struct place){ missing, missing + 7 }) ? NULL : "no glyph for what is missing";
}

static const char *drawings_fault(struct program *f)
{
	uint64_t most = STEPS_FREE + STEPS_EACH * f->length;

	for (uint32_t i = 0; i < f->outlines_n; i++)
		if (!is_outline(f, &f->outlines[i], most))
			return "a malformed glyph";
	for (uint32_t i = 0; i < f->outlines_n; i++) {
		const struct outline *o = &f->outlines[i];
		for (unsigned part = 0; o->is_accented && part < 2; part++) {
			const struct outline *of = outline_of(f, standard_name(o->parts[part]));
			if (!of || of->is_accented)
				return "a glyph of parts that are not there";
		}
	}
	return NULL;
}

static const char *outlines_fault(struct program *f)
{
	/* "/x 5 RD ????? ND\n": no glyph takes less, so that a lying count cannot ask for much memory */
	if (!says(&f->at, "2 index /CharStrings ") || !says_count(&f->at, OUTLINES_MOST, &f->outlines_n) || f->outlines_n > left(&f->at) / 17 ||
	    !says(&f->at, " dict dup begin\n"))
		return "another list of glyphs";
	f->outlines = arena_try(f->arena, (f->outlines_n + 1) * sizeof *f->outlines);
	f->by_name = arena_try(f->arena, (f->outlines_n + 1) * sizeof *f->by_name);
	if (!f->outlines || !f->by_name)
		return "too many glyphs";
	for (uint32_t i = 0; i < f->outlines_n; i++)
		if (!says(&f->at, "/") || !says_name(&f->at, &f->outlines[i].name) || !says(&f->at, " ") || !says_code(f, &f->outlines[i].code) || !says(&f->at, " ND\n"))
			return "a glyph of another form";
	return NULL;
}

static const char *private_fault(struct program *f)
{
	const char *fault = NULL;

	if (!says(&f->at, "dup /Private 24 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n/ND {noaccess def} executeonly def\n"
			  "/NP {noaccess put} executeonly def\n/lenIV 4 def\n"))
		return "another beginning of the private part";
	if (!says_entries(&f->at, hints, COUNT(hints)) || !says(&f->at, "/MinFeature {16 16} def\n/password 5839 def\n"))
		return "other hints";
	if (says(&f->at, "/OtherSubrs [{} {} {} {} {} {} {} {} {} {} {} {} {} {}] noaccess def\n/Subrs "))
		fault = procedures_fault(f);
	if (!fault)
		fault = outlines_fault(f);
	if (fault)
		return fault;
	if (!says(&f->at, "end\nend\nreadonly put\nnoaccess put\ndup /FontName get exch definefont pop\nmark currentfile closefile\n") || left(&f->at) > 0)
		return "another end of the private part";
	fault = names_fault(f);
	return fault ? fault : drawings_fault(f);
}

static bool is_trailer(struct place at)
{
	for (unsigned line = 0; line < 8; line++)
		if (!says(&at, "0000000000000000000000000000000000000000000000000000000000000000\n"))
			return false;
	return says(&at, "cleartomark\n") && left(&at) == 0;
}

const char *font_type1_fault(struct bytes program, size_t length1, size_t length2, size_t length3)
{
	const uint8_t *p = program.p;

	if (program.n > PROGRAM_MOST || length1 > program.n || length2 > program.n - length1 || length3 != program.n - length1 - length2)
		return "parts of other lengths";
	const char *fault = clear_fault((struct place){ p, p + length1 });
	if (fault)
		return fault;
	if (!is_trailer((struct place){ p + length1 + length2, p + program.n }))
		return "another trailer";
	ARENA(arena) = arena_new(MEMORY_FREE + MEMORY_EACH * program.n);
	struct program f = { .arena = arena };
	uint8_t *text = arena_scratch(arena, length2);
	if (!text)
		return "no memory for the private part";
	if (!opens((struct place){ p + length1, p + length1 + length2 }, text, 55665))
		return "another encryption";
	f.at = (struct place){ text + 4, text + length2 };
	return private_fault(&f);
}
