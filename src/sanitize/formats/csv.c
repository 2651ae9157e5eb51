/* CSV — a table as text, written anew in its own encoding and re-quoted by RFC 4180 (F3): cells that a spreadsheet would take for a formula get
 * an apostrophe in front; numbers (-5, +81-3-1234-5678, -1,234.5%) are known by their grammar and stay. F1 and F2 as in txt.c.
 *
 * Cells that were quoted stay quoted; the separator is the comma if there is one anywhere, else the tab, else the semicolon, so that no other
 * program can see other cells than those that were checked. Line ends stay as they are. */
#include "base/buf.h"
#include "sanitize/parts/plain.h"

enum { FLUSH = 1 << 18, CELL_MOST = 1 << 24 };

struct table {
	struct job *job;
	struct plain *plain;
	char separator;
	size_t at; /* in plain.text */
	unsigned row, column;
	struct buf out;	 /* UTF-8 of the rows not yet written */
	struct buf cell; /* the present cell, without its quotes */
	bool was_quoted;
};

static char peek(const struct table *t)
{
	return t->at < t->plain->text.n ? t->plain->text.p[t->at] : 0;
}

static bool ends_cell(const struct table *t)
{
	char c = peek(t);

	return t->at == t->plain->text.n || c == t->separator || c == '\n' || c == '\r';
}

static char separator_of(struct text t)
{
	static const char tried[] = ",\t;";

	for (const char *s = tried; *s; s++)
		if (t.n && memchr(t.p, *s, t.n))
			return *s;
	return ',';
}

/* A cell that begins with a quote ends with its partner; what follows it up to the separator belongs to the cell, as spreadsheets read it. */
static void take_cell(struct table *t)
{
	const struct text *in = &t->plain->text;

	t->cell.n = 0;
	t->was_quoted = peek(t) == '"';
	if (t->was_quoted) {
		for (t->at++; t->at < in->n; t->at++) {
			if (in->p[t->at] == '"' && (t->at + 1 == in->n || in->p[t->at + 1] != '"'))
				break;
			t->at += in->p[t->at] == '"';
			buf_byte(&t->cell, (uint8_t)in->p[t->at]);
		}
		t->at += t->at < in->n;
	}
	while (!ends_cell(t))
		buf_byte(&t->cell, (uint8_t)in->p[t->at++]);
}

/* -- what a spreadsheet would calculate -- */
static bool is_digit(uint32_t c) { return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19); }
static bool is_sign(uint32_t c) { return c == '+' || c == '-' || c == 0xff0b || c == 0xff0d || c == 0x2212; }
static bool is_trigger(uint32_t c) { return is_sign(c) || c == '=' || c == '@' || c == 0xff1d || c == 0xff20 || c == '\t' || c == '\r' || c == '\n'; }

/* Behind the sign: digits in groups, a percent sign, an exponent. Nothing that names or calls. */
static bool is_number(struct text t, size_t at)
{
	bool digits = false;

	while (at < t.n) {
		uint32_t c = text_next(t, &at);
		if (is_digit(c)) {
			digits = true;
		} else if ((c == 'e' || c == 'E') && digits) {
			if (at < t.n && (t.p[at] == '+' || t.p[at] == '-'))
				at++;
			if (at == t.n)
				return false;
			while (at < t.n)
				if (!is_digit(text_next(t, &at)))
					return false;
			return true;
		} else if (!(c == ',' || c == '.' || c == '-' || c == ' ' || c == '(' || c == ')' || c == '/' || c == ':' || c == '%' || c == 0xff0d || c == 0xff0e ||
			     c == 0xff0c || c == 0xff05 || c == 0x2212)) {
			return false;
		}
	}
	return digits;
}

static bool is_formula(struct text cell)
{
	size_t at = 0;
	uint32_t c;

	do
		c = text_next(cell, &at);
	while (c == ' ' || c == 0x3000 || c == 0xa0);
	if (!is_trigger(c))
		return false;
	if (!is_sign(c))
		return true;
	size_t rest = at;
	while (rest < cell.n && (cell.p[rest] == ' '))
		rest++;
	return rest < cell.n && !is_number(cell, at); /* a sign alone is what tables write for "none" */
}

static bool needs_quotes(const struct table *t)
{
	const struct buf *c = &t->cell;
	bool blank_edge = c->n && (c->p[0] == ' ' || c->p[c->n - 1] == ' ');

	if (t->was_quoted || blank_edge)
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i] == '"' || c->p[i] == '\n' || c->p[i] == '\r' || c->p[i] == '\t' || c->p[i] == ';' || c->p[i] == ',')
			return true;
	return t->row == 1 && t->column == 1 && c->n >= 2 && c->p[0] == 'I' && c->p[1] == 'D'; /* else Excel takes the file for SYLK */
}

static void put_cell(struct table *t)
{
	const struct buf *c = &t->cell;
	bool formula = is_formula((struct text){ buf_string(&t->cell), c->n }), quotes;

	if (formula && !t->plain->trial) {
		char where[40];
		snprintf(where, sizeof where, "R%uC%u", t->row, t->column);
		job_removed(t->job, "F3", where, 1);
	}
	quotes = needs_quotes(t);
	if (quotes)
		buf_byte(&t->out, '"');
	if (formula)
		buf_byte(&t->out, '\'');
	for (size_t i = 0; i < c->n; i++) {
		if (c->p[i] == '"')
			buf_byte(&t->out, '"');
		buf_byte(&t->out, c->p[i]);
	}
	if (quotes)
		buf_byte(&t->out, '"');
}

static int flush(struct table *t, struct err *err)
{
	if (!buf_ok(&t->out) || !buf_ok(&t->cell))
		return refuse(err, REFUSAL_TOO_LARGE, "row %u is too long", t->row);
	int got = plain_write(t->job, t->plain, (struct text){ buf_string(&t->out), t->out.n }, err);
	t->out.n = 0;
	return got;
}

/* A row with its line end, as it was. */
static int take_row(struct table *t, struct err *err)
{
	t->row++;
	for (t->column = 1;; t->column++) {
		take_cell(t);
		put_cell(t);
		if (peek(t) != t->separator || t->at == t->plain->text.n)
			break;
		buf_byte(&t->out, (uint8_t)t->separator);
		t->at++;
	}
	if (peek(t) == '\r' && t->at < t->plain->text.n)
		buf_byte(&t->out, '\r'), t->at++;
	if (peek(t) == '\n')
		buf_byte(&t->out, '\n'), t->at++;
	return t->out.n >= FLUSH ? flush(t, err) : 0;
}

static int write_rows(struct job *job, struct plain *plain, void *with, struct err *err)
{
	struct table *t = with;

	(void)job, (void)plain;
	t->at = t->row = 0;
	while (t->at < t->plain->text.n)
		if (take_row(t, err) != 0)
			return -1;
	return flush(t, err);
}

/* A part as another encoding reads it: its separators are the same bytes, its letters are not. */
static bool has_formulas(struct text part)
{
	ARENA(arena) = arena_new(0);
	struct plain plain = { .text = part };
	struct table t = { .plain = &plain, .separator = separator_of(part), .cell = buf_in(arena, CELL_MOST) };

	while (t.at < part.n) {
		take_cell(&t);
		if (!buf_ok(&t.cell) || is_formula((struct text){ buf_string(&t.cell), t.cell.n }))
			return true;
		t.at += t.at < part.n;
	}
	return false;
}

int csv_rebuild(struct job *job, struct err *err)
{
	struct plain plain;

	if (plain_read(job, &plain, err) != 0)
		return -1;
	plain.suspect = has_formulas;
	if (plain.read == CHARSET_ISO_2022_JP) { /* spreadsheets read it as CP932, and then its kanji are commas, quotes and equals signs */
		plain.charset = CHARSET_CP932;
		job_converted(job, "csv");
	}
	struct table t = { .job = job, .plain = &plain, .separator = separator_of(plain.text) };
	t.out = buf_in(job_arena(job), 4 * (size_t)CELL_MOST);
	t.cell = buf_in(job_arena(job), CELL_MOST);
	if (plain_write_all(job, &plain, write_rows, &t, err) != 0)
		return -1;
	if (plain.read == CHARSET_ISO_2022_JP && plain.charset == CHARSET_CP932)
		job_note(job, "CSV_AS_CP932");
	return 0;
}
