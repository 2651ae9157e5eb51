/* PDFの値 — lexer, parser and canonical form of PDF objects. What is read here is foreign; what is written is only ours. */
#include "sanitize/parts/pdf_value.h"

/* 1 white space, 2 delimiter, 0 regular (ISO 32000-1, 7.2.2) */
static const uint8_t classes[256] = {
	[0] = 1, ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1,
	['('] = 2, [')'] = 2, ['<'] = 2, ['>'] = 2, ['['] = 2, [']'] = 2, ['{'] = 2, ['}'] = 2, ['/'] = 2, ['%'] = 2,
};

bool pdf_is_space(uint8_t c)
{
	return classes[c] == 1;
}

bool pdf_is_delimiter(uint8_t c)
{
	return classes[c] == 2;
}

struct pdf_lexer pdf_lexer_over(struct arena *arena, struct bytes in)
{
	uint8_t *store = arena_scratch(arena, in.n + 2);

	must(store);
	return (struct pdf_lexer){ .in = in, .store = store };
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void skip_space(struct pdf_lexer *x)
{
	while (x->at < x->in.n) {
		uint8_t c = x->in.p[x->at];
		if (c == '%') {
			while (x->at < x->in.n && x->in.p[x->at] != '\n' && x->in.p[x->at] != '\r')
				x->at++;
		} else if (classes[c] != 1) {
			return;
		} else {
			x->at++;
		}
	}
}

static void lex_name(struct pdf_lexer *x, struct pdf_value *t)
{
	uint8_t *start = x->store + x->stored;
	size_t n = 0;

	for (x->at++; x->at < x->in.n && classes[x->in.p[x->at]] == 0; x->at++) {
		uint8_t c = x->in.p[x->at];
		if (c == '#' && x->in.n - x->at > 2 && hex_digit(x->in.p[x->at + 1]) >= 0 && hex_digit(x->in.p[x->at + 2]) >= 0) {
			c = (uint8_t)(hex_digit(x->in.p[x->at + 1]) << 4 | hex_digit(x->in.p[x->at + 2]));
			x->at += 2;
		}
		start[n++] = c;
	}
	x->stored += n;
	*t = (struct pdf_value){ .kind = PDF_NAME, .bytes = { start, n } };
}

static uint8_t escaped(struct pdf_lexer *x, bool *skip)
{
	uint8_t c = x->in.p[x->at++];

	*skip = false;
	switch (c) {
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	case 'b': return '\b';
	case 'f': return '\f';
	case '\r':
		if (x->at < x->in.n && x->in.p[x->at] == '\n')
			x->at++;
		*skip = true;
		return 0;
	case '\n':
		*skip = true;
		return 0;
	}
	if (c < '0' || c > '7')
		return c;
	unsigned v = c - '0';
	for (int i = 0; i < 2 && x->at < x->in.n && x->in.p[x->at] >= '0' && x->in.p[x->at] <= '7'; i++)
		v = v * 8 + (x->in.p[x->at++] - '0');
	return (uint8_t)v;
}

static void lex_literal(struct pdf_lexer *x, struct pdf_value *t)
{
	uint8_t *start = x->store + x->stored;
	size_t n = 0;
	unsigned depth = 1;

	for (x->at++; x->at < x->in.n;) {
		uint8_t c = x->in.p[x->at++];
		if (c == '\\') {
			bool skip = true;
			if (x->at < x->in.n)
				c = escaped(x, &skip);
			if (skip)
				continue;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			if (--depth == 0)
				break;
		} else if (c == '\r') { /* an end of line in a string reads as \n */
			if (x->at < x->in.n && x->in.p[x->at] == '\n')
				x->at++;
			c = '\n';
		}
		start[n++] = c;
	}
	x->stored += n;
	*t = (struct pdf_value){ .kind = PDF_STRING, .bytes = { start, n } };
}

static void lex_hex(struct pdf_lexer *x, struct pdf_value *t)
{
	uint8_t *start = x->store + x->stored;
	size_t n = 0;
	int high = -1;

	for (x->at++; x->at < x->in.n;) {
		uint8_t c = x->in.p[x->at++];
		int d = hex_digit(c);
		if (c == '>')
			break;
		if (d < 0)
			continue;
		if (high < 0) {
			high = d;
		} else {
			start[n++] = (uint8_t)(high << 4 | d);
			high = -1;
		}
	}
	if (high >= 0)
		start[n++] = (uint8_t)(high << 4);
	x->stored += n;
	*t = (struct pdf_value){ .kind = PDF_STRING, .bytes = { start, n } };
}

/* [+-]*digits[.digits]: what follows (a second point, a sign in the middle) is passed over, as viewers do. False: no number. */
static bool lex_number(struct pdf_lexer *x, size_t end, struct pdf_value *t)
{
	const uint8_t *p = x->in.p + x->at, *stop = x->in.p + end;
	bool negative = false, any = false;
	int64_t whole = 0;
	unsigned digits = 0, decimals = 0;
	uint8_t decimal[PDF_NUMBER_DIGITS];

	for (; p < stop && (*p == '+' || *p == '-'); p++)
		negative |= *p == '-';
	for (; p < stop && *p >= '0' && *p <= '9'; p++) {
		any = true;
		digits += digits > 0 || *p != '0';
		if (digits <= PDF_NUMBER_DIGITS)
			whole = whole * 10 + (*p - '0');
		else
			whole = 999999999999999;
	}
	if (p < stop && *p == '.') {
		for (p++; p < stop && *p >= '0' && *p <= '9'; p++) {
			any = true;
			if (decimals < PDF_NUMBER_DIGITS)
				decimal[decimals++] = *p;
		}
		any |= end - x->at <= 2; /* "." and "-." are 0 */
	}
	if (!any || (p < stop && *p != '.' && *p != '-' && *p != '+' && *p != 'e' && *p != 'E'))
		return false;
	x->at = end;
	while (decimals > 0 && decimal[decimals - 1] == '0')
		decimals--;
	if (decimals == 0) {
		*t = (struct pdf_value){ .kind = PDF_INTEGER, .integer = negative ? -whole : whole };
		return true;
	}
	uint8_t *start = x->store + x->stored;
	size_t n = 0;
	if (negative)
		start[n++] = '-';
	if (whole > 0) {
		uint8_t reversed[24];
		unsigned count = 0;
		for (; whole > 0; whole /= 10)
			reversed[count++] = (uint8_t)('0' + whole % 10);
		while (count > 0)
			start[n++] = reversed[--count];
	}
	start[n++] = '.';
	memcpy(start + n, decimal, decimals);
	n += decimals;
	x->stored += n;
	*t = (struct pdf_value){ .kind = PDF_REAL, .bytes = { start, n } };
	return true;
}

static void lex_regular(struct pdf_lexer *x, struct pdf_value *t)
{
	size_t end = x->at;
	uint8_t c = x->in.p[x->at];

	while (end < x->in.n && classes[x->in.p[end]] == 0)
		end++;
	if (((c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+') && lex_number(x, end, t))
		return;
	*t = (struct pdf_value){ .kind = PDF_WORD, .bytes = { x->in.p + x->at, end - x->at } };
	x->at = end;
}

void pdf_lex(struct pdf_lexer *x, struct pdf_value *t)
{
	skip_space(x);
	if (x->at >= x->in.n) {
		*t = (struct pdf_value){ .kind = PDF_END };
		return;
	}
	uint8_t c = x->in.p[x->at];
	uint8_t next = x->in.n - x->at > 1 ? x->in.p[x->at + 1] : 0;
	enum pdf_kind kind = PDF_OTHER;
	unsigned length = 1;
	switch (c) {
	case '/': lex_name(x, t); return;
	case '(': lex_literal(x, t); return;
	case '[': kind = PDF_OPEN_ARRAY; break;
	case ']': kind = PDF_CLOSE_ARRAY; break;
	case '<':
		if (next != '<') {
			lex_hex(x, t);
			return;
		}
		kind = PDF_OPEN_DICTIONARY, length = 2;
		break;
	case '>':
		if (next == '>')
			kind = PDF_CLOSE_DICTIONARY, length = 2;
		break;
	case ')': case '{': case '}': break;
	default: lex_regular(x, t); return;
	}
	*t = (struct pdf_value){ .kind = kind, .bytes = { x->in.p + x->at, length } };
	x->at += length;
}

/* ---- parser ---- */

struct parser {
	struct pdf_lexer lexer;
	struct arena *arena;
	struct pdf_value *stack; /* values of containers not closed yet */
	size_t n, room;
};

static void push(struct parser *p, struct pdf_value v)
{
	if (p->n == p->room) {
		struct pdf_value *bigger = arena_new_array(p->arena, struct pdf_value, p->room * 2 + 16);
		if (p->n > 0)
			memcpy(bigger, p->stack, p->n * sizeof *bigger);
		p->stack = bigger, p->room = p->room * 2 + 16;
	}
	p->stack[p->n++] = v;
}

/* "12 0 R": the two integers are on the stack already. */
static bool make_reference(struct parser *p, size_t from)
{
	if (p->n - from < 2)
		return false;
	const struct pdf_value *id = &p->stack[p->n - 2], *generation = &p->stack[p->n - 1];
	if (id->kind != PDF_INTEGER || generation->kind != PDF_INTEGER || id->integer < 0 || id->integer > INT32_MAX ||
	    generation->integer < 0 || generation->integer > 65535)
		return false;
	struct pdf_value v = { .kind = PDF_REFERENCE, .reference = { (int)id->integer, (int)generation->integer } };
	p->n -= 2;
	push(p, v);
	return true;
}

static int key_order(struct bytes a, struct bytes b)
{
	size_t n = MIN(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Room for one more is there. */
static void insert(struct pdf_value *d, struct bytes key, struct pdf_value value)
{
	size_t at = d->n;

	while (at > 0) {
		int c = key_order(d->entries[at - 1].key, key);
		if (c == 0) {
			d->entries[at - 1].value = value;
			return;
		}
		if (c < 0)
			break;
		at--;
	}
	memmove(d->entries + at + 1, d->entries + at, (d->n - at) * sizeof *d->entries);
	d->entries[at] = (struct pdf_entry){ key, value };
	d->n++;
}

static bool parse_value(struct parser *p, const struct pdf_value *token, unsigned depth);

static bool parse_until(struct parser *p, enum pdf_kind close, unsigned depth)
{
	size_t from = p->n;
	struct pdf_value t;

	for (;;) {
		pdf_lex(&p->lexer, &t);
		if (t.kind == close)
			break;
		if (t.kind == PDF_WORD && t.bytes.n == 1 && t.bytes.p[0] == 'R') {
			if (!make_reference(p, from))
				return false;
		} else if (!parse_value(p, &t, depth + 1)) {
			return false;
		}
	}
	size_t n = p->n - from;
	struct pdf_value out = { .kind = close == PDF_CLOSE_ARRAY ? PDF_ARRAY : PDF_DICTIONARY };
	if (n > UINT32_MAX / 2)
		return false;
	if (out.kind == PDF_ARRAY) {
		out.n = (uint32_t)n;
		out.items = arena_new_array(p->arena, struct pdf_value, n);
		if (n > 0)
			memcpy(out.items, p->stack + from, n * sizeof *out.items);
	} else {
		out.entries = arena_new_array(p->arena, struct pdf_entry, n / 2);
		for (size_t i = 0; i + 1 < n; i += 2) {
			const struct pdf_value *key = &p->stack[from + i];
			if (key->kind != PDF_NAME)
				return false;
			if (out.n > 0 && key_order(out.entries[out.n - 1].key, key->bytes) >= 0)
				insert(&out, key->bytes, p->stack[from + i + 1]);
			else
				out.entries[out.n++] = (struct pdf_entry){ key->bytes, p->stack[from + i + 1] };
		}
	}
	p->n = from;
	push(p, out);
	return true;
}

static bool parse_value(struct parser *p, const struct pdf_value *t, unsigned depth)
{
	struct pdf_value v = *t;

	if (depth > PDF_NEST_MOST)
		return false;
	switch (t->kind) {
	case PDF_OPEN_ARRAY:
		return parse_until(p, PDF_CLOSE_ARRAY, depth);
	case PDF_OPEN_DICTIONARY:
		return parse_until(p, PDF_CLOSE_DICTIONARY, depth);
	case PDF_WORD:
		if (bytes_equal(t->bytes, BYTES("true")) || bytes_equal(t->bytes, BYTES("false")))
			v = (struct pdf_value){ .kind = PDF_BOOLEAN, .yes = t->bytes.n == 4 };
		else
			v = (struct pdf_value){ .kind = PDF_NULL };
		break;
	case PDF_INTEGER: case PDF_REAL: case PDF_NAME: case PDF_STRING:
		break;
	default:
		return false;
	}
	push(p, v);
	return true;
}

bool pdf_parse(struct arena *arena, struct bytes text, struct pdf_value *out)
{
	struct parser p = { .lexer = pdf_lexer_over(arena, text), .arena = arena };
	struct pdf_value t;

	for (;;) {
		pdf_lex(&p.lexer, &t);
		if (t.kind == PDF_END)
			break;
		if (t.kind == PDF_WORD && t.bytes.n == 1 && t.bytes.p[0] == 'R') {
			if (!make_reference(&p, 0))
				return false;
		} else if (!parse_value(&p, &t, 0)) {
			return false;
		}
	}
	if (p.n != 1)
		return false;
	*out = p.stack[0];
	return true;
}

/* ---- access ---- */

const struct pdf_value *pdf_get(const struct pdf_value *d, const char *key)
{
	if (!d || d->kind != PDF_DICTIONARY)
		return NULL;
	struct bytes wanted = { (const uint8_t *)key, strlen(key) };
	size_t low = 0, high = d->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = key_order(d->entries[middle].key, wanted);
		if (c == 0)
			return &d->entries[middle].value;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool pdf_is_name(const struct pdf_value *v, const char *name)
{
	return v && v->kind == PDF_NAME && v->bytes.n == strlen(name) && memcmp(v->bytes.p, name, v->bytes.n) == 0;
}

double pdf_number(const struct pdf_value *v)
{
	if (v->kind == PDF_INTEGER)
		return (double)v->integer;
	if (v->kind != PDF_REAL)
		return 0;
	double whole = 0, scale = 0;
	for (size_t i = 0; i < v->bytes.n; i++) {
		uint8_t c = v->bytes.p[i];
		if (c == '.')
			scale = 1;
		else if (c != '-')
			whole = whole * 10 + (c - '0'), scale *= 10;
	}
	whole /= scale > 0 ? scale : 1;
	return v->bytes.n > 0 && v->bytes.p[0] == '-' ? -whole : whole;
}

int64_t pdf_integer(const struct pdf_value *v)
{
	double d = pdf_number(v);

	return d > 1e9 ? 1000000000 : d < -1e9 ? -1000000000 : (int64_t)d;
}

struct pdf_value pdf_of_integer(int64_t v)
{
	return (struct pdf_value){ .kind = PDF_INTEGER, .integer = v };
}

struct pdf_value pdf_of_name(const char *literal)
{
	return (struct pdf_value){ .kind = PDF_NAME, .bytes = { (const uint8_t *)literal, strlen(literal) } };
}

void pdf_set(struct arena *arena, struct pdf_value *d, struct bytes key, struct pdf_value value)
{
	if (d->n < 8 ? d->n == 0 : (d->n & (d->n - 1)) == 0) {
		struct pdf_entry *bigger = arena_new_array(arena, struct pdf_entry, d->n < 8 ? 8 : (size_t)d->n * 2);
		if (d->n > 0)
			memcpy(bigger, d->entries, d->n * sizeof *bigger);
		d->entries = bigger;
	}
	insert(d, key, value);
}

void pdf_set_literal(struct arena *arena, struct pdf_value *d, const char *key, struct pdf_value value)
{
	pdf_set(arena, d, (struct bytes){ (const uint8_t *)key, strlen(key) }, value);
}

/* ---- canonical form ---- */

static void put_hex(struct buf *out, struct bytes b, const char *open, const char *close)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *to;

	buf_str(out, open);
	to = buf_room(out, b.n * 2);
	if (!to)
		return;
	for (size_t i = 0; i < b.n; i++) {
		*to++ = (uint8_t)digits[b.p[i] >> 4];
		*to++ = (uint8_t)digits[b.p[i] & 15];
	}
	out->n += b.n * 2;
	buf_str(out, close);
}

static void put_string(struct buf *out, struct bytes b)
{
	size_t escapes = 0;

	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < 0x20 || b.p[i] > 0x7e) {
			put_hex(out, b, "<", ">");
			return;
		}
		escapes += b.p[i] == '(' || b.p[i] == ')' || b.p[i] == '\\';
	}
	uint8_t *to = buf_room(out, b.n + escapes + 2), *start = to;
	if (!to)
		return;
	*to++ = '(';
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '(' || b.p[i] == ')' || b.p[i] == '\\')
			*to++ = '\\';
		*to++ = b.p[i];
	}
	*to++ = ')';
	out->n += (size_t)(to - start);
}

static void put_name(struct buf *out, struct bytes b)
{
	uint8_t *to = buf_room(out, b.n * 3 + 1), *start = to;
	static const char digits[] = "0123456789abcdef";

	if (!to)
		return;
	*to++ = '/';
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		if (c > 0x20 && c < 0x7f && c != '#' && classes[c] == 0) {
			*to++ = c;
		} else {
			*to++ = '#';
			*to++ = (uint8_t)digits[c >> 4];
			*to++ = (uint8_t)digits[c & 15];
		}
	}
	out->n += (size_t)(to - start);
}

static void put_integer(struct buf *out, int64_t v)
{
	uint8_t reversed[24];
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	unsigned n = 0;

	do
		reversed[n++] = (uint8_t)('0' + rest % 10);
	while ((rest /= 10) > 0);
	uint8_t *to = buf_room(out, n + 1u), *start = to;
	if (!to)
		return;
	if (v < 0)
		*to++ = '-';
	while (n > 0)
		*to++ = reversed[--n];
	out->n += (size_t)(to - start);
}

void pdf_put(struct buf *out, const struct pdf_value *v)
{
	switch (v->kind) {
	case PDF_BOOLEAN: buf_str(out, v->yes ? "true" : "false"); break;
	case PDF_INTEGER: put_integer(out, v->integer); break;
	case PDF_REAL: case PDF_WORD: buf_bytes(out, v->bytes); break;
	case PDF_NAME: put_name(out, v->bytes); break;
	case PDF_STRING: put_string(out, v->bytes); break;
	case PDF_ARRAY:
		buf_byte(out, '[');
		for (uint32_t i = 0; i < v->n; i++) {
			if (i > 0)
				buf_byte(out, ' ');
			pdf_put(out, &v->items[i]);
		}
		buf_byte(out, ']');
		break;
	case PDF_DICTIONARY:
		buf_str(out, "<<");
		for (uint32_t i = 0; i < v->n; i++) {
			if (i > 0)
				buf_byte(out, ' ');
			put_name(out, v->entries[i].key);
			buf_byte(out, ' ');
			pdf_put(out, &v->entries[i].value);
		}
		buf_str(out, ">>");
		break;
	case PDF_OUTPUT:
		put_integer(out, pdf_output_number(v->output));
		buf_str(out, " 0 R");
		break;
	case PDF_OPEN_ARRAY: buf_byte(out, '['); break;
	case PDF_CLOSE_ARRAY: buf_byte(out, ']'); break;
	default: buf_str(out, "null"); break;
	}
}
