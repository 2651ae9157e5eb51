/* CSVの文法 — what csv.c writes: text as in text.c, in cells. A bare cell holds no quote, separator, tab, semicolon or line end; a quoted one ends with
 * its quote, doubled quotes inside. No cell begins as a formula; behind a sign stands a number or nothing. In every reading. */
#include "sanitize/grammars/plain_text.h"

struct cell {
	bool begun;	/* a character that is no blank was seen */
	bool sign;	/* it was a sign */
	bool digit, mark, exponent, exponent_sign, exponent_digit;
};

static bool is_sign(uint32_t c) { return c == 0x2b || c == 0x2d || c == 0xff0b || c == 0xff0d || c == 0x2212; }
static bool is_digit(uint32_t c) { return (c >= 0x30 && c <= 0x39) || (c >= 0xff10 && c <= 0xff19); }

/* The next character of a cell's content; false: a formula begins. */
static bool step(struct cell *cell, uint32_t c)
{
	static const uint32_t marks[] = { ',', '.', '-', ' ', '(', ')', '/', ':', '%', 0xff0d, 0xff0e, 0xff0c, 0xff05, 0x2212 };

	if (!cell->begun) {
		if (c == ' ' || c == 0x3000 || c == 0xa0)
			return true;
		cell->begun = true;
		cell->sign = is_sign(c);
		return c != '=' && c != '@' && c != 0xff1d && c != 0xff20 && c != '\t' && c != '\r' && c != '\n';
	}
	if (!cell->sign)
		return true;
	if (is_digit(c)) {
		cell->digit = true;
		cell->exponent_digit |= cell->exponent;
		return true;
	}
	if (cell->exponent) { /* behind e: one sign, digits */
		bool first_sign = !cell->exponent_digit && !cell->exponent_sign && (c == '+' || c == '-');
		cell->exponent_sign = true;
		return first_sign;
	}
	if ((c == 'e' || c == 'E') && cell->digit)
		return cell->exponent = true;
	for (size_t i = 0; i < COUNT(marks); i++)
		if (c == marks[i]) {
			cell->mark |= c != ' ';
			return true;
		}
	return false;
}

static bool is_complete(const struct cell *cell)
{
	if (!cell->sign)
		return true;
	if (cell->exponent)
		return cell->exponent_digit;
	return cell->digit || !cell->mark; /* "-" alone */
}

/* One cell from *at on. */
static int take_cell(struct text t, size_t *at, char separator, struct err *err)
{
	struct cell cell = { 0 };
	bool quoted = *at < t.n && t.p[*at] == '"';

	*at += quoted;
	while (*at < t.n) {
		size_t here = *at;
		char byte = t.p[here];
		if (quoted && byte == '"') {
			if (here + 1 == t.n || t.p[here + 1] != '"') {
				*at = here + 1;
				quoted = false;
				break;
			}
			*at = here + 1;
		} else if (!quoted && (byte == separator || byte == '\n' || byte == '\r')) {
			break;
		} else if (!quoted && (byte == '"' || byte == ';' || byte == '\t' || byte == ',')) {
			return fail(err, ERR_MALFORMED, here, "a bare cell with \\x%02X", (unsigned)byte);
		}
		if (!step(&cell, text_next(t, at)))
			return fail(err, ERR_MALFORMED, here, "a cell that is a formula");
	}
	if (quoted)
		return fail(err, ERR_MALFORMED, *at, "a quote without end");
	if (!is_complete(&cell))
		return fail(err, ERR_MALFORMED, *at, "a sign without number");
	if (*at < t.n && t.p[*at] != separator && t.p[*at] != '\n' && t.p[*at] != '\r')
		return fail(err, ERR_MALFORMED, *at, "something behind a quoted cell");
	return 0;
}

static int reading(struct check *check, struct text t, struct err *err)
{
	char separator = memchr(t.p, ',', t.n) ? ',' : memchr(t.p, '\t', t.n) ? '\t' : memchr(t.p, ';', t.n) ? ';' : ',';
	size_t at = 0;

	(void)check;
	if (t.n >= 2 && memcmp(t.p, "ID", 2) == 0)
		return fail(err, ERR_MALFORMED, 0, "it begins as SYLK");
	while (at < t.n) {
		if (take_cell(t, &at, separator, err) != 0)
			return -1;
		at += at < t.n; /* separator or line end */
	}
	return 0;
}

static int accept(struct check *check, struct err *err)
{
	return each_reading(check, reading, err);
}

extern const struct grammar grammar_csv;
const struct grammar grammar_csv = { .name = "csv", .accept = accept };
