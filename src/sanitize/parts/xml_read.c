/* XMLの読取り — contract in xml_read.h. */
#include "sanitize/parts/xml_read.h"
#include "base/text.h"

/* What a byte means in character data and attribute values. */
enum { PLAIN, SPACE, MARK, BAD_BYTE };
__extension__ static const uint8_t kinds[256] = {
	[0x00 ... 0x08] = BAD_BYTE, ['\t'] = SPACE, ['\n'] = SPACE, [0x0b ... 0x0c] = BAD_BYTE, ['\r'] = MARK, [0x0e ... 0x1f] = BAD_BYTE,
	['&'] = MARK, ['<'] = BAD_BYTE, ['>'] = MARK, ['"'] = SPACE,
};
/* Bytes that may stand in a name; what begins one is checked with it. */
__extension__ static const uint8_t name_bytes[256] = {
	['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['_'] = 1, ['-'] = 1, ['.'] = 1, [':'] = 1, [0x80 ... 0xff] = 1,
};

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* UTF-8 by its shortest forms, without surrogates and the two non-characters that XML forbids. */
static bool is_xml_utf8(const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		uint64_t eight;
		if (end - p >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0)) {
			p += 8;
			continue;
		}
		uint8_t c = *p;
		if (c < 0x80) {
			p++;
		} else if (c >= 0xe1 && c <= 0xec && end - p >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
			p += 3; /* most Japanese */
		} else {
			size_t n = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
			if (n == 0 || (size_t)(end - p) < n || !is_utf8(bytes_of(p, n)) ||
			    (n == 3 && c == 0xef && p[1] == 0xbf && p[2] >= 0xbe))
				return false;
			p += n;
		}
	}
	return true;
}

static int to_utf8(struct arena *arena, struct bytes *in, struct err *err)
{
	struct text t;
	bool little = in->p[0] == 0xff || in->p[1] == 0;
	size_t bom = in->p[0] >= 0xfe ? 2 : 0;

	if (text_from(arena, little ? CHARSET_UTF16LE : CHARSET_UTF16BE, bytes_of(in->p + bom, in->n - bom), &t, err) < 0)
		return -1;
	*in = bytes_of_text(t);
	return 0;
}

/* Only what the bytes show to be true may be declared. */
static bool is_known_encoding(struct bytes declaration, bool was_utf16)
{
	const uint8_t *at = memmem(declaration.p, declaration.n, "encoding", 8);
	char name[16] = { 0 };
	size_t n = 0;

	if (!at)
		return true;
	const uint8_t *p = at + 8, *end = declaration.p + declaration.n;
	while (p < end && *p != '"' && *p != '\'')
		p++;
	for (p++; p < end && *p != '"' && *p != '\'' && n < sizeof name - 1; p++)
		name[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return was_utf16 ? strncmp(name, "utf-16", 6) == 0 || strcmp(name, "utf-8") == 0
			 : strcmp(name, "utf-8") == 0 || strcmp(name, "utf8") == 0 || strcmp(name, "us-ascii") == 0 || strcmp(name, "ascii") == 0;
}

int xml_start(struct xml_reader *r, struct arena *arena, struct bytes in, struct err *err)
{
	bool was_utf16 = in.n >= 4 && ((in.p[0] == 0xff && in.p[1] == 0xfe) || (in.p[0] == 0xfe && in.p[1] == 0xff) ||
				       (in.p[0] == '<' && in.p[1] == 0) || (in.p[0] == 0 && in.p[1] == '<'));

	if (was_utf16 && to_utf8(arena, &in, err) < 0)
		return -1;
	if (!is_xml_utf8(in.p, in.p + in.n))
		return fail(err, ERR_NOT_TEXT, 0, "XML is not UTF-8");
	r->start = r->p = in.p, r->end = in.p + in.n, r->depth = 0, r->empty = r->declares = false, r->why = "";
	if (in.n >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
		r->p += 3;
	/* The declaration may have white space before it where programs join templates carelessly; it is not kept anyway. */
	while (r->p < r->end && is_space(*r->p))
		r->p++;
	if (r->end - r->p > 5 && memcmp(r->p, "<?xml", 5) == 0 && is_space(r->p[5])) {
		const uint8_t *close = memmem(r->p, (size_t)(r->end - r->p), "?>", 2);
		if (!close)
			return fail(err, ERR_MALFORMED, 0, "XML declaration does not end");
		if (!is_known_encoding(bytes_of(r->p, (size_t)(close - r->p)), was_utf16))
			return fail(err, ERR_UNSUPPORTED, 0, "XML in an encoding other than UTF-8 and UTF-16");
		r->p = close + 2;
	}
	return 0;
}

static enum xml_token bad(struct xml_reader *r, const char *why)
{
	r->why = why;
	return XML_BAD;
}

/* A name: at least one byte, no digit, dot or hyphen first, one colon at most and not at an end. */
static bool take_name(struct xml_reader *r, struct xml_name *out)
{
	const uint8_t *p = r->p, *colon = NULL;

	while (name_bytes[*p]) { /* the zero byte behind the buffer ends it */
		if (*p == ':') {
			if (colon || p == r->p)
				return false;
			colon = p;
		}
		p++;
	}
	size_t n = (size_t)(p - r->p);
	if (n == 0 || n > 1000 || p >= r->end || r->p[0] == '-' || r->p[0] == '.' || (r->p[0] >= '0' && r->p[0] <= '9') || colon == p - 1)
		return false;
	*out = (struct xml_name){ r->p, (uint32_t)n };
	r->p = p;
	return true;
}

static bool take_value(struct xml_reader *r, struct xml_value *out)
{
	uint8_t quote = *r->p, seen = 0;

	if (quote != '"' && quote != '\'')
		return false;
	const uint8_t *p = ++r->p;
	while (*p != quote) { /* the zero byte behind the buffer is a bad byte */
		uint8_t kind = kinds[*p];
		if (kind) {
			if (kind == BAD_BYTE)
				return false;
			seen = 1;
		}
		p++;
	}
	if ((size_t)(p - r->p) > UINT32_MAX / 2)
		return false;
	*out = (struct xml_value){ r->p, (uint32_t)(p - r->p), !seen };
	r->p = p + 1;
	return true;
}

static enum xml_token take_open(struct xml_reader *r)
{
	if (!take_name(r, &r->name))
		return bad(r, "bad element name");
	r->count = 0;
	for (;;) {
		bool space = false;
		while (is_space(*r->p))
			r->p++, space = true;
		if (*r->p == '>') {
			r->p++, r->empty = false;
			break;
		}
		if (*r->p == '/' && r->p[1] == '>' && r->p + 1 < r->end) {
			r->p += 2, r->empty = true;
			break;
		}
		if (!space || r->count == XML_ATTRIBUTES_MOST)
			return bad(r, space ? "too many attributes" : "no blank before an attribute");
		if (!take_name(r, &r->names[r->count]))
			return bad(r, "bad attribute name");
		while (is_space(*r->p))
			r->p++;
		if (*r->p != '=')
			return bad(r, "attribute without value");
		r->p++;
		while (is_space(*r->p))
			r->p++;
		if (!take_value(r, &r->values[r->count]))
			return bad(r, "bad attribute value");
		r->count++;
	}
	if (r->p > r->end)
		return bad(r, "tag does not end");
	if (r->depth == XML_DEPTH_MOST)
		return bad(r, "elements nested too deeply");
	r->open[r->depth++] = r->name;
	return XML_OPEN;
}

static enum xml_token take_close(struct xml_reader *r)
{
	r->p += 2;
	if (!take_name(r, &r->name))
		return bad(r, "bad name in an end tag");
	while (is_space(*r->p))
		r->p++;
	if (*r->p != '>' || r->p >= r->end)
		return bad(r, "end tag does not end");
	r->p++;
	if (r->depth == 0)
		return bad(r, "end tag without its start");
	struct xml_name o = r->open[--r->depth];
	if (!xml_same_name(o, r->name))
		return bad(r, "tags do not match");
	return XML_CLOSE;
}

static enum xml_token take_chars(struct xml_reader *r)
{
	const uint8_t *p = r->p;
	uint8_t seen = 0;

	for (;;) {
		uint8_t kind = kinds[*p];
		if (kind >= MARK) {
			if (kind == BAD_BYTE)
				break;
			seen = 1;
		}
		p++;
	}
	if (p < r->end && *p != '<')
		return bad(r, "a character that XML forbids");
	r->chars = (struct xml_value){ r->p, (uint32_t)MIN((size_t)(p - r->p), (size_t)UINT32_MAX), !seen };
	r->plain = !seen, r->cdata = false;
	r->p = p;
	if (seen && memmem(r->chars.p, r->chars.n, "]]>", 3))
		return bad(r, "]]> in character data");
	return XML_CHARS;
}

static enum xml_token take_cdata(struct xml_reader *r)
{
	const uint8_t *p = r->p + 9, *close = memmem(p, (size_t)(r->end - p), "]]>", 3);

	if (!close)
		return bad(r, "CDATA does not end");
	for (const uint8_t *c = p; c < close; c++)
		if (kinds[*c] == BAD_BYTE && *c != '<')
			return bad(r, "a character that XML forbids");
	r->chars = (struct xml_value){ p, (uint32_t)(close - p), 0 };
	r->plain = false, r->cdata = true;
	r->p = close + 3;
	return XML_CHARS;
}

/* Comments and processing instructions: nothing of them is kept. */
static bool skip_to(struct xml_reader *r, const char *close)
{
	size_t n = strlen(close);
	const uint8_t *at = memmem(r->p, (size_t)(r->end - r->p), close, n);

	if (at)
		r->p = at + n;
	return at;
}

enum xml_token xml_next(struct xml_reader *r)
{
	if (r->empty) {
		r->empty = false, r->depth--;
		return XML_CLOSE; /* r->name is still the element's */
	}
	for (;;) {
		if (r->p >= r->end)
			return r->depth ? bad(r, "elements do not end") : XML_END;
		if (*r->p != '<') {
			enum xml_token t = take_chars(r);
			if (t == XML_BAD || r->depth)
				return t;
			for (uint32_t i = 0; i < r->chars.n; i++)
				if (!is_space(r->chars.p[i]))
					return bad(r, "text outside the root element");
			continue;
		}
		size_t left = (size_t)(r->end - r->p);
		uint8_t next = r->p[1];
		if (next == '/')
			return take_close(r);
		if (next == '?') {
			r->p += 2;
			if (!skip_to(r, "?>"))
				return bad(r, "processing instruction does not end");
		} else if (next == '!') {
			if (left >= 4 && memcmp(r->p, "<!--", 4) == 0) {
				r->p += 4;
				if (!skip_to(r, "-->"))
					return bad(r, "comment does not end");
			} else if (left >= 9 && memcmp(r->p, "<![CDATA[", 9) == 0 && r->depth) {
				return take_cdata(r);
			} else {
				r->declares = true;
				return bad(r, "document type or other declaration");
			}
		} else {
			r->p++;
			return take_open(r);
		}
	}
}

struct xml_name xml_local(struct xml_name n)
{
	const uint8_t *colon = memchr(n.p, ':', n.n);
	return colon ? (struct xml_name){ colon + 1, n.n - (uint32_t)(colon + 1 - n.p) } : n;
}

uint32_t xml_reference(const uint8_t *p, const uint8_t *end, size_t *n)
{
	static const struct {
		const char *name;
		uint8_t n, c;
	} known[] = { { "&amp;", 5, '&' }, { "&lt;", 4, '<' }, { "&gt;", 4, '>' }, { "&quot;", 6, '"' }, { "&apos;", 6, '\'' } };
	uint32_t c = 0;

	for (size_t i = 0; i < COUNT(known); i++)
		if ((size_t)(end - p) >= known[i].n && memcmp(p, known[i].name, known[i].n) == 0) {
			*n = known[i].n;
			return known[i].c;
		}
	if (end - p < 4 || p[1] != '#')
		return 0;
	bool hex = p[2] == 'x';
	const uint8_t *d = p + (hex ? 3 : 2), *first = d;
	for (; d < end && *d != ';' && d - first < 10; d++) {
		uint32_t digit = *d >= '0' && *d <= '9' ? *d - (uint32_t)'0' : hex && (*d | 32) >= 'a' && (*d | 32) <= 'f' ? (*d | 32u) - 'a' + 10u : 99u;
		if (digit == 99)
			return 0;
		c = c * (hex ? 16 : 10) + digit;
		if (c > 0x10ffff)
			return 0;
	}
	if (d >= end || *d != ';' || d == first)
		return 0;
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff)
		return 0;
	*n = (size_t)(d - p) + 1;
	return c;
}

const struct xml_value *xml_attribute(const struct xml_reader *r, const char *name)
{
	for (unsigned i = 0; i < r->count; i++)
		if (xml_name_is(r->names[i], name))
			return &r->values[i];
	return NULL;
}

const char *xml_text_of(struct arena *arena, struct xml_value v)
{
	char *out = arena_alloc(arena, (size_t)v.n + 1);
	size_t n = 0;

	for (const uint8_t *p = v.p, *end = p + v.n; p < end;) {
		size_t used = 1;
		if (*p == '&') {
			uint32_t c = xml_reference(p, end, &used);
			if (!c)
				return NULL;
			n += utf8_put((uint8_t *)out + n, c); /* never longer than the reference */
		} else {
			out[n++] = is_space(*p) ? ' ' : (char)*p;
		}
		p += used;
	}
	out[n] = 0;
	return out;
}
