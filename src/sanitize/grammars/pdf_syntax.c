/* PDFの文法（構文） — contract in pdf_syntax.h. */
#include "sanitize/grammars/pdf_syntax.h"

enum { NEST = 210, DIGITS = 15, NAME = 127, OBJECTS_STEP = 64 };

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(int c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool scan_literal(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if (s->in.n - s->at < n || memcmp(s->in.p + s->at, text, n) != 0)
		return false;
	s->at += n;
	return true;
}

/* 0 · 12 · -3 · .5 · -1.25: no zeros that say nothing, no sign before zero. */
bool scan_number(struct scan *s, bool *is_integer, struct bytes *raw)
{
	size_t from = s->at, digits = 0, decimals = 0;
	bool negative = scan_peek(s) == '-', zero;

	s->at += negative;
	zero = scan_peek(s) == '0';
	while (is_digit(scan_peek(s)))
		s->at++, digits++;
	*is_integer = scan_peek(s) != '.';
	if (!*is_integer) {
		s->at++;
		while (is_digit(scan_peek(s)))
			s->at++, decimals++;
		if (decimals == 0 || decimals > DIGITS || s->in.p[s->at - 1] == '0')
			return false;
	}
	*raw = bytes_of(s->in.p + from, s->at - from);
	if (digits > DIGITS || (digits == 0 && *is_integer))
		return false;
	if (zero)
		return *is_integer && digits == 1 && !negative;
	return true;
}

static bool is_plain_in_name(uint8_t c)
{
	return c > 0x20 && c < 0x7f && !memchr("()<>[]{}/%#", c, 11);
}

bool scan_name(struct scan *s, struct bytes *raw)
{
	size_t from = s->at, n = 0;

	if (scan_peek(s) != '/')
		return false;
	for (s->at++; s->at < s->in.n; n++) {
		uint8_t c = s->in.p[s->at];
		if (c == '#') {
			if (s->in.n - s->at < 3)
				return false;
			int high = hex_value(s->in.p[s->at + 1]), low = hex_value(s->in.p[s->at + 2]);
			if (high < 0 || low < 0 || (high == 0 && low == 0) || is_plain_in_name((uint8_t)(high << 4 | low)))
				return false;
			s->at += 3;
		} else if (is_plain_in_name(c)) {
			s->at++;
		} else {
			break;
		}
	}
	*raw = bytes_of(s->in.p + from, s->at - from);
	return n > 0 && n <= NAME;
}

/* Literal if every byte is printable ASCII, hex if one is not: never the other way round. */
bool scan_string(struct scan *s, struct bytes *raw)
{
	size_t from = s->at;
	bool needs_hex = false;
	int c = scan_peek(s);

	s->at++;
	if (c == '<') {
		for (;;) {
			int high = hex_value(scan_peek(s));
			if (high < 0)
				break;
			s->at++;
			int low = hex_value(scan_peek(s));
			if (low < 0)
				return false;
			s->at++;
			needs_hex |= high < 2 || high > 7 || (high == 7 && low == 15);
		}
		*raw = bytes_of(s->in.p + from, s->at + 1 - from);
		return scan_peek(s) == '>' && s->at++ && needs_hex;
	}
	if (c != '(')
		return false;
	for (;;) {
		c = scan_peek(s);
		if (c < 0x20 || c > 0x7e || c == '(')
			return false;
		s->at++;
		if (c == ')')
			break;
		if (c == '\\') {
			c = scan_peek(s);
			if (c != '(' && c != ')' && c != '\\')
				return false;
			s->at++;
		}
	}
	*raw = bytes_of(s->in.p + from, s->at - from);
	return true;
}

static struct bytes decoded_name(struct arena *arena, struct bytes raw)
{
	struct bytes plain = { raw.p + 1, raw.n - 1 };

	if (!memchr(plain.p, '#', plain.n))
		return plain;
	uint8_t *to = arena_alloc(arena, plain.n);
	size_t n = 0;
	for (size_t i = 0; i < plain.n; i++) {
		if (plain.p[i] == '#') {
			to[n++] = (uint8_t)(hex_value(plain.p[i + 1]) << 4 | hex_value(plain.p[i + 2]));
			i += 2;
		} else {
			to[n++] = plain.p[i];
		}
	}
	return bytes_of(to, n);
}

static struct bytes decoded_string(struct arena *arena, struct bytes raw)
{
	struct bytes inner = { raw.p + 1, raw.n - 2 };

	if (raw.p[0] == '(' && !memchr(inner.p, '\\', inner.n))
		return inner;
	uint8_t *to = arena_alloc(arena, inner.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < inner.n; i++) {
		if (raw.p[0] == '<') {
			to[n++] = (uint8_t)(hex_value(inner.p[i]) << 4 | hex_value(inner.p[i + 1]));
			i++;
		} else {
			i += inner.p[i] == '\\';
			to[n++] = inner.p[i];
		}
	}
	return bytes_of(to, n);
}

static int order(struct bytes a, struct bytes b)
{
	int c = memcmp(a.p, b.p, MIN(a.n, b.n));

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Items of arrays and dictionaries are counted first, so that each lies in one block of its size. */
static bool scan_items(struct arena *arena, struct scan *s, bool is_dictionary, unsigned depth, struct node *out)
{
	size_t room = 4, n = 0;
	struct node *items = arena_new_array(arena, struct node, room);
	int close = is_dictionary ? '>' : ']';

	while (scan_peek(s) != close) {
		if (n > 0 && !scan_literal(s, " "))
			return false;
		if (n == room) {
			struct node *bigger = arena_new_array(arena, struct node, room * 2);
			memcpy(bigger, items, n * sizeof *items);
			items = bigger, room *= 2;
		}
		if (is_dictionary && n % 2 == 0 && scan_peek(s) != '/')
			return false;
		if (!scan_value(arena, s, depth + 1, &items[n]))
			return false;
		if (is_dictionary && n % 2 == 0 && n > 0 && order(items[n - 2].bytes, items[n].bytes) >= 0)
			return false;
		n++;
	}
	if ((is_dictionary && n % 2 != 0) || n > UINT32_MAX / 2)
		return false;
	s->at++;
	*out = (struct node){ .kind = is_dictionary ? NODE_DICTIONARY : NODE_ARRAY, .n = (uint32_t)(is_dictionary ? n / 2 : n), .items = items };
	return !is_dictionary || scan_literal(s, ">");
}

static int64_t integer_of(struct bytes raw)
{
	int64_t v = 0;

	for (size_t i = raw.p[0] == '-'; i < raw.n; i++)
		v = v * 10 + (raw.p[i] - '0');
	return raw.p[0] == '-' ? -v : v;
}

static bool scan_number_or_reference(struct scan *s, struct node *out)
{
	bool is_integer;
	struct bytes raw;

	if (!scan_number(s, &is_integer, &raw))
		return false;
	if (!is_integer) {
		*out = (struct node){ .kind = NODE_REAL, .bytes = raw };
		return true;
	}
	int64_t v = integer_of(raw);
	if (v > 0 && scan_literal(s, " 0 R")) {
		if (v > UINT32_MAX)
			return false;
		*out = (struct node){ .kind = NODE_REFERENCE, .reference = (uint32_t)v };
		return true;
	}
	*out = (struct node){ .kind = NODE_INTEGER, .integer = v };
	return true;
}

bool scan_value(struct arena *arena, struct scan *s, unsigned depth, struct node *out)
{
	struct bytes raw;

	if (depth > NEST)
		return false;
	switch (scan_peek(s)) {
	case '[':
		s->at++;
		return scan_items(arena, s, false, depth, out);
	case '/':
		if (!scan_name(s, &raw))
			return false;
		*out = (struct node){ .kind = NODE_NAME, .bytes = decoded_name(arena, raw) };
		return true;
	case '<':
		if (scan_literal(s, "<<"))
			return scan_items(arena, s, true, depth, out);
		__attribute__((fallthrough));
	case '(':
		if (!scan_string(s, &raw))
			return false;
		*out = (struct node){ .kind = NODE_STRING, .bytes = decoded_string(arena, raw) };
		return true;
	case 't':
		*out = (struct node){ .kind = NODE_BOOLEAN, .yes = true };
		return scan_literal(s, "true");
	case 'f':
		*out = (struct node){ .kind = NODE_BOOLEAN };
		return scan_literal(s, "false");
	case 'n':
		*out = (struct node){ .kind = NODE_NULL };
		return scan_literal(s, "null");
	}
	return scan_number_or_reference(s, out);
}

const struct node *node_get(const struct node *d, const char *key)
{
	size_t n = strlen(key);

	for (uint32_t i = 0; d && d->kind == NODE_DICTIONARY && i < d->n; i++)
		if (d->items[2 * i].bytes.n == n && memcmp(d->items[2 * i].bytes.p, key, n) == 0)
			return &d->items[2 * i + 1];
	return NULL;
}

bool node_is_name(const struct node *node, const char *name)
{
	return node && node->kind == NODE_NAME && node->bytes.n == strlen(name) && memcmp(node->bytes.p, name, node->bytes.n) == 0;
}

/* ---- file ---- */

static int object_read(struct document *d, struct scan *s, struct object *o, struct err *err)
{
	o->at = s->at;
	char head[32];
	(void)snprintf(head, sizeof head, "%u 0 obj\n", d->count);
	if (!scan_literal(s, head) || !scan_value(d->arena, s, 0, &o->value))
		return fail(err, ERR_MALFORMED, s->at, "object %u is not in canonical form", d->count);
	if (scan_literal(s, "\nendobj\n"))
		return 0;
	const struct node *length = node_get(&o->value, "Length");
	if (!scan_literal(s, "\nstream\n") || !length || length->kind != NODE_INTEGER || length->integer < 0 ||
	    (uint64_t)length->integer > s->in.n - s->at)
		return fail(err, ERR_MALFORMED, s->at, "object %u neither ends nor is a stream", d->count);
	o->is_stream = true;
	o->data = bytes_of(s->in.p + s->at, (size_t)length->integer);
	s->at += o->data.n;
	if (!scan_literal(s, "\nendstream\nendobj\n"))
		return fail(err, ERR_MALFORMED, s->at, "the stream of object %u does not end where its length says", d->count);
	return 0;
}

static int table_read(struct document *d, struct scan *s, struct err *err)
{
	uint64_t start = s->at;
	char line[64];

	(void)snprintf(line, sizeof line, "xref\n0 %u\n0000000000 65535 f \n", d->count + 1);
	if (!scan_literal(s, line))
		return fail(err, ERR_MALFORMED, s->at, "the table of objects does not begin");
	for (uint32_t i = 1; i <= d->count; i++) {
		uint64_t at = d->objects[i].at;
		memcpy(line, "0000000000 00000 n \n", 21);
		for (int digit = 9; digit >= 0; digit--, at /= 10)
			line[digit] = (char)('0' + at % 10);
		if (at || !scan_literal(s, line))
			return fail(err, ERR_MALFORMED, s->at, "the table is wrong about object %u", i);
	}
	if (!scan_literal(s, "trailer\n<<"))
		return fail(err, ERR_MALFORMED, s->at, "no trailer");
	if (scan_literal(s, "/Info 2 0 R "))
		d->info = 2;
	(void)snprintf(line, sizeof line, "/Root 1 0 R /Size %u>>\nstartxref\n%llu\n", d->count + 1, (unsigned long long)start);
	if (!scan_literal(s, line) || !scan_literal(s, "%%EOF\n"))
		return fail(err, ERR_MALFORMED, s->at, "the trailer is not the expected one");
	if (s->at != s->in.n)
		return fail(err, ERR_MALFORMED, s->at, "bytes behind the end");
	return 0;
}

int document_read(struct check *check, struct document *d, struct err *err)
{
	struct scan s = { 0 };

	*d = (struct document){ .check = check, .arena = check_arena(check) };
	if (check_read_all(check, &d->file, err) < 0)
		return -1;
	s.in = d->file;
	if (!scan_literal(&s, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"))
		return fail(err, ERR_MALFORMED, 0, "not the header of our writer");
	uint32_t room = 0;
	while (is_digit(scan_peek(&s))) {
		if (d->count + 1 >= room) {
			uint32_t more = room ? room * 2 : OBJECTS_STEP;
			struct object *bigger = arena_new_array(d->arena, struct object, more);
			if (d->count > 0)
				memcpy(bigger, d->objects, (d->count + 1) * sizeof *bigger);
			d->objects = bigger, room = more;
		}
		if (++d->count > check_limit(check, LIMIT_OBJECTS))
			return fail(err, ERR_LIMIT, s.at, "more objects than the limit");
		if (object_read(d, &s, &d->objects[d->count], err) < 0)
			return -1;
	}
	if (d->count == 0)
		return fail(err, ERR_MALFORMED, s.at, "no objects");
	return table_read(d, &s, err);
}
