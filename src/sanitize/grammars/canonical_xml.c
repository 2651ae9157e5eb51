/* 正準XMLの文法 — contract in canonical_xml.h. */
#include "sanitize/grammars/canonical_xml.h"
#include "base/text.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* What a byte may be, as it stands: part of a name, the first of one, in a value, in text. '&' is in neither: it begins a reference. The zero byte is nothing. */
enum { NAME = 1, FIRST = 2, VALUE = 4, TEXT = 8 };
__extension__ static const uint8_t may_be[256] = {
	['\t'] = TEXT, ['\n'] = TEXT,
	[' ' ... '!'] = VALUE | TEXT, ['"'] = TEXT, ['#' ... '%'] = VALUE | TEXT, ['\'' ... ','] = VALUE | TEXT,
	['-' ... '.'] = NAME | VALUE | TEXT, ['/'] = VALUE | TEXT, ['0' ... '9'] = NAME | VALUE | TEXT, [':' ... ';'] = VALUE | TEXT, ['='] = VALUE | TEXT, ['?' ... '@'] = VALUE | TEXT,
	['A' ... 'Z'] = NAME | FIRST | VALUE | TEXT, ['[' ... '^'] = VALUE | TEXT, ['_'] = NAME | FIRST | VALUE | TEXT, ['`'] = VALUE | TEXT,
	['a' ... 'z'] = NAME | FIRST | VALUE | TEXT, ['{' ... 0xff] = VALUE | TEXT,
};

static const uint8_t *skip(const uint8_t *p, uint8_t what)
{
	while (may_be[*p] & what)
		p++;
	return p;
}

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML. */
static bool has_non_character(struct bytes in)
{
	const uint8_t *p = in.p, *end = in.p + in.n;

	while ((p = memchr(p, 0xef, (size_t)(end - p)))) {
		if (end - p >= 3 && p[1] == 0xbf && p[2] >= 0xbe)
			return true;
		p++;
	}
	return false;
}

int canonical_start(struct canonical_xml *x, struct bytes in, struct err *err)
{
	size_t n = sizeof DECLARATION - 1;

	if (!bytes_start(in, bytes_of(DECLARATION, n)))
		return fail(err, ERR_MALFORMED, 0, "XML: declaration");
	if (!is_utf8(in) || has_non_character(in))
		return fail(err, ERR_NOT_TEXT, 0, "XML: not UTF-8");
	x->start = in.p, x->p = in.p + n, x->end = in.p + in.n;
	x->count = x->depth = x->declared_count = 0, x->empty = x->ended = false, x->why = "";
	return 0;
}

static enum canonical_token bad(struct canonical_xml *x, const char *why)
{
	x->why = why;
	return CANONICAL_BAD;
}

/* ASCII letters, digits, _ - . and one colon between two parts; a letter or underscore first. */
static bool take_name(struct canonical_xml *x, struct canonical_name *name, struct bytes *whole)
{
	const uint8_t *from = x->p, *p = skip(from, NAME), *colon = NULL;

	if (!(may_be[*from] & FIRST))
		return false;
	if (*p == ':') {
		colon = p;
		p = skip(p + 1, NAME);
		if (p == colon + 1)
			return false;
	}
	*whole = bytes_of(from, (size_t)(p - from));
	name->prefix = bytes_of(from, colon ? (size_t)(colon - from) : 0);
	name->local = colon ? bytes_of(colon + 1, (size_t)(p - colon - 1)) : *whole;
	x->p = p;
	return true;
}

static size_t reference_at(const uint8_t *p, bool value)
{
	static const char *const text[] = { "&amp;", "&lt;", "&gt;", "&#13;", "&quot;", "&#9;", "&#10;" };

	for (size_t i = 0; i < (value ? COUNT(text) : 4); i++)
		if (strncmp((const char *)p, text[i], strlen(text[i])) == 0)
			return strlen(text[i]);
	return 0;
}

static bool take_value(struct canonical_xml *x, struct bytes *out)
{
	const uint8_t *from = x->p;

	while (*(x->p = skip(x->p, VALUE)) != '"') {
		size_t n = *x->p == '&' ? reference_at(x->p, true) : 0;
		if (n == 0)
			return false;
		x->p += n;
	}
	*out = bytes_of(from, (size_t)(x->p - from));
	x->p++;
	return true;
}

static bool same_name(const struct canonical_name *a, const struct canonical_name *b)
{
	return bytes_equal(a->local, b->local) && bytes_equal(a->prefix, b->prefix);
}

static const char *take_attribute(struct canonical_xml *x)
{
	struct canonical_attribute a;
	struct bytes whole;

	if (!take_name(x, &a.name, &whole) || x->p[0] != '=' || x->p[1] != '"')
		return "attribute";
	x->p += 2;
	if (!take_value(x, &a.value))
		return "value";
	bool is_default = a.name.prefix.n == 0 && canonical_is(a.name.local, "xmlns");
	if (is_default || canonical_is(a.name.prefix, "xmlns")) {
		if (x->depth || x->declared_count == CANONICAL_PREFIXES)
			return "namespace declared below the root";
		if (is_default)
			a.name.local.n = 0;
		for (unsigned i = 0; i < x->declared_count; i++)
			if (bytes_equal(x->declared[i].name.local, a.name.local))
				return "namespace declared twice";
		x->declared[x->declared_count++] = a;
		return NULL;
	}
	for (unsigned i = 0; i < x->count; i++)
		if (same_name(&x->attributes[i].name, &a.name))
			return "attribute given twice";
	if (x->count == CANONICAL_ATTRIBUTES)
		return "too many attributes";
	x->attributes[x->count++] = a;
	return NULL;
}

static enum canonical_token take_open(struct canonical_xml *x)
{
	struct bytes whole;

	x->p++;
	x->count = 0;
	if (x->ended || !take_name(x, &x->name, &whole))
		return bad(x, "start tag");
	while (*x->p == ' ') {
		x->p++;
		const char *why = take_attribute(x);
		if (why)
			return bad(x, why);
	}
	x->empty = *x->p == '/';
	x->p += x->empty;
	if (*x->p != '>' || x->depth == CANONICAL_DEPTH)
		return bad(x, "start tag");
	x->p++;
	x->content[x->depth] = x->p;
	x->open[x->depth++] = whole;
	return CANONICAL_OPEN;
}

static enum canonical_token take_close(struct canonical_xml *x)
{
	const uint8_t *tag = x->p;
	struct bytes open = x->depth ? x->open[x->depth - 1] : (struct bytes){ NULL, 0 };

	x->p += 2;
	if (!open.n || (size_t)(x->end - x->p) <= open.n || memcmp(x->p, open.p, open.n) != 0 || x->p[open.n] != '>')
		return bad(x, "end tag");
	x->p += open.n + 1, x->depth--;
	if (x->content[x->depth] == tag)
		return bad(x, "empty element in two tags");
	x->ended = x->depth == 0;
	return CANONICAL_CLOSE;
}

static enum canonical_token take_text(struct canonical_xml *x)
{
	const uint8_t *from = x->p;

	if (x->depth == 0)
		return bad(x, "text outside the root");
	while (*(x->p = skip(x->p, TEXT)) != '<') {
		if (*x->p != '&')
			return bad(x, "character");
		size_t n = reference_at(x->p, false);
		if (n == 0)
			return bad(x, "reference");
		x->p += n;
	}
	x->text = bytes_of(from, (size_t)(x->p - from));
	return CANONICAL_TEXT;
}

/* The zero byte behind the buffer stops every loop; a zero byte in it is refused as a character. */
enum canonical_token canonical_next(struct canonical_xml *x)
{
	if (x->empty) {
		x->empty = false, x->depth--;
		x->ended = x->depth == 0;
		return CANONICAL_CLOSE;
	}
	if (x->p >= x->end)
		return x->ended ? CANONICAL_END : bad(x, "does not end");
	if (*x->p != '<')
		return take_text(x);
	return x->p[1] == '/' ? take_close(x) : take_open(x);
}

struct bytes canonical_plain(struct arena *arena, struct bytes raw)
{
	static const struct {
		const char *text, c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&#13;", '\r' }, { "&quot;", '"' }, { "&#9;", '\t' }, { "&#10;", '\n' } };

	if (raw.n == 0 || !memchr(raw.p, '&', raw.n))
		return raw;
	uint8_t *to = arena_alloc(arena, raw.n);
	size_t n = 0;
	for (size_t i = 0; i < raw.n;) {
		size_t k = 0;
		while (raw.p[i] == '&' && k < COUNT(known) &&
		       !(raw.n - i >= strlen(known[k].text) && memcmp(raw.p + i, known[k].text, strlen(known[k].text)) == 0))
			k++;
		if (raw.p[i] == '&' && k < COUNT(known)) {
			to[n++] = (uint8_t)known[k].c;
			i += strlen(known[k].text);
		} else {
			to[n++] = raw.p[i++];
		}
	}
	return bytes_of(to, n);
}
