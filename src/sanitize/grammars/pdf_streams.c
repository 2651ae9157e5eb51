/* PDFの文法（ストリーム） — contract in pdf_streams.h. */
#include "sanitize/grammars/pdf_streams.h"
#include "sanitize/grammars/pdf_syntax.h"

enum { OPERANDS = 33, OPEN_MOST = 4096, SIDE_MOST = 32768, CALCULATOR_DEPTH = 33, MAPPINGS = 100, OPERATOR_NAME_MOST = 3, OPERATOR_PLACES = 256 };

/* Operator and operands: # number, / name, ( string, [ array of numbers, { array of strings and numbers, @ name or properties,
 * * colour (numbers; with ~ a name may follow). */
static const char operators[] =
	" q: Q: cm:###### w:# J:# j:# M:# d:[# ri:/ i:# gs:/ m:## l:## c:###### v:#### y:#### h: re:#### S: s: f: f*: B: B*: b: b*: n: W: W*: "
	"BT: ET: Tc:# Tw:# Tz:# TL:# Tf:/# Tr:# Ts:# Td:## TD:## Tm:###### T*: Tj:( TJ:{ ':( \":##( CS:/ cs:/ SC:* SCN:~ sc:* scn:~ "
	"G:# g:# RG:### rg:### K:#### k:#### sh:/ Do:/ MP:/ DP:/@ BMC:/ BDC:/@ EMC: d0:## d1:###### ";

/* The text above by names. */
static struct operator {
	uint32_t key; /* 0: none */
	uint8_t n;
	const char *operands;
} operator_at[OPERATOR_PLACES];

static uint32_t key_of(const uint8_t *name, size_t n)
{
	uint32_t key = (uint32_t)n;

	for (size_t i = 0; i < n; i++)
		key = key << 8 | name[i];
	return key;
}

/* Where the operator stands, or would. */
static struct operator *place_of(uint32_t key)
{
	unsigned i = (key * 0x9e3779b1u) >> 24;

	while (operator_at[i].key && operator_at[i].key != key)
		i = (i + 1) % OPERATOR_PLACES;
	return &operator_at[i];
}

void stream_prepare(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	for (const char *p = operators + 1; *p;) {
		const char *colon = strchr(p, ':'), *blank = strchr(colon, ' ');
		uint32_t key = key_of((const uint8_t *)p, (size_t)(colon - p));
		must(colon - p <= OPERATOR_NAME_MOST);
		*place_of(key) = (struct operator){ key, (uint8_t)(blank - colon - 1), colon + 1 };
		p = blank + 1;
	}
}

struct line {
	char types[OPERANDS + 1];
	unsigned n;
};

static bool scan_array(struct scan *s, char *type)
{
	bool first = true, is_integer, any_string = false;
	struct bytes raw;

	s->at++;
	while (scan_peek(s) != ']') {
		if (!first && !scan_literal(s, " "))
			return false;
		first = false;
		if (scan_peek(s) == '(' || scan_peek(s) == '<') {
			any_string = true;
			if (!scan_string(s, &raw))
				return false;
		} else if (!scan_number(s, &is_integer, &raw)) {
			return false;
		}
	}
	s->at++;
	*type = any_string ? '{' : '[';
	return true;
}

/* << listed keys in order, plain values >> */
static bool scan_properties(struct scan *s)
{
	static const struct {
		const char *key;
		char type;
	} keys[] = { { "/ActualText ", '(' }, { "/Alt ", '(' }, { "/E ", '(' }, { "/Lang ", '(' }, { "/MCID ", '#' }, { "/Subtype ", '/' }, { "/Type ", '/' } };
	bool first = true, is_integer = true;
	struct bytes raw;

	if (!scan_literal(s, "<<"))
		return false;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct scan here = *s;
		if (!first && !scan_literal(&here, " "))
			break;
		if (!scan_literal(&here, keys[i].key))
			continue;
		if (keys[i].type == '(' ? !scan_string(&here, &raw) : keys[i].type == '/' ? !scan_name(&here, &raw) :
				!scan_number(&here, &is_integer, &raw) || !is_integer)
			return false;
		*s = here, first = false;
	}
	return scan_literal(s, ">>");
}

static bool scan_operand(struct scan *s, char *type)
{
	bool is_integer;
	struct bytes raw;
	int c = scan_peek(s);

	if (c == '/')
		return *type = '/', scan_name(s, &raw);
	if (c == '[')
		return scan_array(s, type);
	if (c == '<' && s->in.n - s->at > 1 && s->in.p[s->at + 1] == '<')
		return *type = '@', scan_properties(s);
	if (c == '(' || c == '<')
		return *type = '(', scan_string(s, &raw);
	return *type = '#', scan_number(s, &is_integer, &raw);
}

static bool fits(const char *wanted, size_t n, const struct line *l)
{
	if (n == 1 && (wanted[0] == '*' || wanted[0] == '~')) {
		for (unsigned i = 0; i < l->n; i++)
			if (l->types[i] != '#' && !(l->types[i] == '/' && i + 1 == l->n))
				return false;
		return l->n > 0;
	}
	if (n != l->n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (wanted[i] != l->types[i] && !(wanted[i] == '@' && l->types[i] == '/') && !(wanted[i] == '{' && l->types[i] == '['))
			return false;
	return true;
}

static bool is_instruction(struct bytes name, const struct line *l)
{
	if (name.n == 0 || name.n > OPERATOR_NAME_MOST)
		return false;
	stream_prepare();
	const struct operator *o = place_of(key_of(name.p, name.n));
	return o->key && fits(o->operands, o->n, l);
}

/* Behind "BI": keys in order, hex data, "EI". */
static bool scan_picture(struct scan *s)
{
	static const char *const keys[] = { " /BPC ", " /CS ", " /D ", " /F ", " /H ", " /I ", " /IM ", " /W " };
	struct bytes raw;
	bool is_integer;

	for (size_t i = 0; i < COUNT(keys); i++) {
		char type;
		bool required = i == 3 || i == 4 || i == 7;
		if (!scan_literal(s, keys[i])) {
			if (required)
				return false;
			continue;
		}
		if (i == 3) {
			if (!scan_literal(s, "/AHx"))
				return false;
		} else if (i == 1 && scan_peek(s) == '[') {
			if ((!scan_literal(s, "[/I ") && !scan_literal(s, "[/Indexed ")) || !scan_name(s, &raw) || !scan_literal(s, " ") ||
			    !scan_number(s, &is_integer, &raw) || !is_integer || !scan_literal(s, " ") || !scan_string(s, &raw) || !scan_literal(s, "]"))
				return false;
		} else if (i == 1) {
			if (!scan_name(s, &raw))
				return false;
		} else if (i == 2) {
			if (scan_peek(s) != '[' || !scan_array(s, &type) || type != '[')
				return false;
		} else if (i == 5 || i == 6) {
			if (!scan_literal(s, "true") && !scan_literal(s, "false"))
				return false;
		} else if (!scan_number(s, &is_integer, &raw) || !is_integer || raw.n > 5 || raw.p[0] == '-') {
			return false;
		}
	}
	if (!scan_literal(s, " ID\n"))
		return false;
	size_t from = s->at;
	while ((scan_peek(s) >= '0' && scan_peek(s) <= '9') || (scan_peek(s) >= 'a' && scan_peek(s) <= 'f'))
		s->at++;
	return (s->at - from) % 2 == 0 && scan_literal(s, ">\nEI\n");
}

static bool keeps_balance(struct bytes name, unsigned *saves, unsigned *marks)
{
	if (bytes_equal(name, BYTES("q")))
		return ++*saves <= OPEN_MOST;
	if (bytes_equal(name, BYTES("Q")))
		return (*saves)-- > 0;
	if (bytes_equal(name, BYTES("BMC")) || bytes_equal(name, BYTES("BDC")))
		return ++*marks <= OPEN_MOST;
	if (bytes_equal(name, BYTES("EMC")))
		return (*marks)-- > 0;
	return true;
}

static bool scan_instruction(struct scan *s, char ending, unsigned *saves, unsigned *marks)
{
	struct line l = { .n = 0 };

	for (;;) {
		int c = scan_peek(s);
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\'' || c == '"')
			break;
		if (l.n == OPERANDS || !scan_operand(s, &l.types[l.n++]) || !scan_literal(s, " "))
			return false;
	}
	size_t from = s->at;
	while (s->at < s->in.n && s->in.p[s->at] > ' ')
		s->at++;
	struct bytes name = { s->in.p + from, s->at - from };
	if (bytes_equal(name, BYTES("BI")) && l.n == 0 && ending == '\n')
		return scan_picture(s);
	if (!is_instruction(name, &l) || !keeps_balance(name, saves, marks))
		return false;
	if (ending == ' ' && s->at == s->in.n)
		return true;
	return scan_peek(s) == ending && s->at++ + 1 > 0;
}

bool stream_is_content(struct bytes in, char ending, size_t *at)
{
	struct scan s = { .in = in };
	unsigned saves = 0, marks = 0;
	bool ok = true;

	while (ok && s.at < in.n) {
		*at = s.at;
		ok = scan_instruction(&s, ending, &saves, &marks);
	}
	return ok && saves == 0 && marks == 0 && (ending != ' ' || in.n == 0 || in.p[in.n - 1] != ' ');
}

/* ---- CMap ---- */

static bool scan_code(struct scan *s, size_t least, size_t most)
{
	size_t n = 0;

	if (!scan_literal(s, "<"))
		return false;
	while ((scan_peek(s) >= '0' && scan_peek(s) <= '9') || (scan_peek(s) >= 'a' && scan_peek(s) <= 'f'))
		s->at++, n++;
	return scan_literal(s, ">") && n % 2 == 0 && n / 2 >= least && n / 2 <= most;
}

static bool scan_target(struct scan *s)
{
	if (!scan_literal(s, "["))
		return scan_code(s, 0, 512);
	for (bool first = true; scan_peek(s) != ']'; first = false)
		if ((!first && !scan_literal(s, " ")) || !scan_code(s, 0, 512))
			return false;
	return scan_literal(s, "]");
}

static bool scan_small(struct scan *s, bool *is_number)
{
	bool is_integer;
	struct bytes raw;

	*is_number = scan_number(s, &is_integer, &raw) && is_integer && raw.p[0] != '-';
	return *is_number && raw.n <= 9;
}

static bool scan_section(struct scan *s)
{
	static const struct {
		const char *begin, *end, *fields; /* c code, t target, n number */
	} sections[] = {
		{ " begincodespacerange\n", "endcodespacerange\n", "cc" }, { " beginbfchar\n", "endbfchar\n", "ct" },
		{ " beginbfrange\n", "endbfrange\n", "cct" }, { " begincidchar\n", "endcidchar\n", "cn" },
		{ " begincidrange\n", "endcidrange\n", "ccn" }, { " beginnotdefchar\n", "endnotdefchar\n", "cn" },
		{ " beginnotdefrange\n", "endnotdefrange\n", "ccn" },
	};
	bool is_integer;
	struct bytes count;
	size_t kind = 0;
	unsigned rows = 0, stated = 0;

	if (!scan_number(s, &is_integer, &count) || !is_integer || count.n > 3)
		return false;
	for (size_t i = 0; i < count.n; i++)
		stated = stated * 10 + (unsigned)(count.p[i] - '0');
	while (kind < COUNT(sections) && !scan_literal(s, sections[kind].begin))
		kind++;
	if (kind == COUNT(sections))
		return false;
	while (!scan_literal(s, sections[kind].end)) {
		const char *f = sections[kind].fields;
		bool is_number;
		for (size_t i = 0; f[i]; i++)
			if ((i > 0 && !scan_literal(s, " ")) ||
			    (f[i] == 'c' ? !scan_code(s, 1, 4) : f[i] == 't' ? !scan_target(s) : !scan_small(s, &is_number)))
				return false;
		if (!scan_literal(s, "\n") || ++rows > MAPPINGS)
			return false;
	}
	return rows == stated && rows > 0;
}

bool stream_is_cmap(struct bytes in, size_t *at)
{
	static const char head[] = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Ordering ";
	static const char tail[] = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
	struct scan s = { .in = in };
	struct bytes raw;
	bool is_number, ok;

	ok = scan_literal(&s, head) && scan_string(&s, &raw) && scan_literal(&s, " /Registry ") && scan_string(&s, &raw) &&
	     scan_literal(&s, " /Supplement ") && scan_number(&s, &is_number, &raw) && is_number && scan_literal(&s, ">> def\n/CMapName ") &&
	     scan_name(&s, &raw) && scan_literal(&s, " def\n/CMapType 2 def\n");
	if (ok && scan_literal(&s, "/WMode "))
		ok = (scan_literal(&s, "0") || scan_literal(&s, "1")) && scan_literal(&s, " def\n");
	if (ok && scan_peek(&s) == '/')
		ok = scan_name(&s, &raw) && scan_literal(&s, " usecmap\n");
	while (ok && scan_peek(&s) >= '0' && scan_peek(&s) <= '9')
		ok = scan_section(&s);
	*at = s.at;
	return ok && scan_literal(&s, tail) && s.at == in.n;
}

/* ---- calculator ---- */

static bool scan_block(struct scan *s, unsigned depth)
{
	static const char words[] = " abs add and atan bitshift ceiling copy cos cvi cvr div dup eq exch exp false floor ge gt idiv index le ln log lt "
				    "mod mul ne neg not or pop roll round sin sqrt sub true truncate xor ";
	bool is_integer;
	struct bytes raw;

	if (depth > CALCULATOR_DEPTH || !scan_literal(s, "{"))
		return false;
	while (!scan_literal(s, " }")) {
		if (!scan_literal(s, " "))
			return false;
		int c = scan_peek(s);
		if (c == '{') {
			if (!scan_block(s, depth + 1))
				return false;
			if (scan_literal(s, " {")) {
				s->at--;
				if (!scan_block(s, depth + 1) || !scan_literal(s, " ifelse"))
					return false;
			} else if (!scan_literal(s, " if")) {
				return false;
			}
			if (scan_peek(s) != ' ')
				return false;
		} else if (c >= 'a' && c <= 'z') {
			char padded[16];
			size_t from = s->at;
			while (scan_peek(s) >= 'a' && scan_peek(s) <= 'z')
				s->at++;
			if (s->at - from > 10)
				return false;
			(void)snprintf(padded, sizeof padded, " %.*s ", (int)(s->at - from), (const char *)s->in.p + from);
			if (!strstr(words, padded))
				return false;
		} else if (!scan_number(s, &is_integer, &raw)) {
			return false;
		}
	}
	return true;
}

bool stream_is_calculator(struct bytes in, size_t *at)
{
	struct scan s = { .in = in };
	bool ok = scan_block(&s, 0) && scan_literal(&s, "\n");

	*at = s.at;
	return ok && s.at == in.n;
}

/* ---- JPEG ---- */

static unsigned u16(struct bytes in, size_t at)
{
	return (unsigned)in.p[at] << 8 | in.p[at + 1];
}

static bool is_segment(struct bytes in, size_t at, unsigned marker, unsigned length, uint64_t pixels_most)
{
	switch (marker) {
	case 0xe0: return length == 16 && memcmp(in.p + at + 2, "JFIF\0", 5) == 0 && in.p[at + 14] == 0 && in.p[at + 15] == 0;
	case 0xee: return length == 14 && memcmp(in.p + at + 2, "Adobe", 5) == 0;
	case 0xdb: case 0xc4: return true;
	case 0xc0: case 0xc1:
		return length >= 11 && in.p[at + 2] == 8 && u16(in, at + 3) > 0 && u16(in, at + 5) > 0 &&
		       (uint64_t)u16(in, at + 3) * u16(in, at + 5) <= pixels_most && in.p[at + 7] >= 1 && in.p[at + 7] <= 4 &&
		       length == 8u + 3u * in.p[at + 7];
	case 0xda: return length >= 8;
	}
	return false;
}

bool stream_is_jpeg(struct bytes in, uint64_t pixels_most, size_t *at)
{
	unsigned marker = 0, frames = 0;

	if (in.n < 4 || in.p[0] != 0xff || in.p[1] != 0xd8)
		return false;
	for (*at = 2; marker != 0xda;) {
		if (in.n - *at < 4 || in.p[*at] != 0xff)
			return false;
		marker = in.p[*at + 1];
		unsigned length = u16(in, *at + 2);
		if (length < 2 || length > in.n - *at - 2 || !is_segment(in, *at + 2, marker, length, pixels_most))
			return false;
		frames += marker == 0xc0 || marker == 0xc1;
		*at += 2 + length;
	}
	while (*at + 1 < in.n && (in.p[*at] != 0xff || in.p[*at + 1] == 0))
		*at += in.p[*at] == 0xff ? 2 : 1;
	return frames == 1 && *at + 2 == in.n && in.p[*at] == 0xff && in.p[*at + 1] == 0xd9;
}
