/* メールの見出しの文字 — contracts in mime_words.h; transfer encodings too (mime_body of mime.h). */
#include "sanitize/parts/mime_words.h"
#include "base/buf.h"
#include "sanitize/parts/foreign_text.h"

enum { CHARSET_MOST = 40, SECTIONS_MOST = 40, VALUE_MOST = 4096 };

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

static int hex_of(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* -- transfer encodings -- */
static int base64_of(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Line ends and blanks are passed over; what stands behind the padding must be nothing. */
static bool put_base64(struct buf *out, struct bytes b)
{
	uint32_t bits = 0;
	unsigned have = 0, padding = 0;

	for (size_t i = 0; i < b.n; i++) {
		int v = base64_of(b.p[i]);
		if (b.p[i] == '\r' || b.p[i] == '\n' || is_blank(b.p[i]))
			continue;
		if (b.p[i] == '=') {
			padding++;
			continue;
		}
		if (v < 0 || padding)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++have == 4) {
			buf_byte(out, (uint8_t)(bits >> 16)), buf_byte(out, (uint8_t)(bits >> 8)), buf_byte(out, (uint8_t)bits);
			have = 0;
		}
	}
	if (have == 1 || padding > 2)
		return false;
	if (have == 2)
		buf_byte(out, (uint8_t)(bits >> 4));
	if (have == 3)
		buf_byte(out, (uint8_t)(bits >> 10)), buf_byte(out, (uint8_t)(bits >> 2));
	return true;
}

/* word: in headers "_" is a blank. A "=" that begins nothing stays: many programs write it so, and every reader shows it. */
static void put_quoted(struct buf *out, struct bytes b, bool word)
{
	for (size_t i = 0; i < b.n; i++) {
		int high = b.p[i] == '=' && b.n - i > 2 ? hex_of(b.p[i + 1]) : -1, low = high >= 0 ? hex_of(b.p[i + 2]) : -1;
		if (low >= 0) {
			buf_byte(out, (uint8_t)(high << 4 | low));
			i += 2;
		} else if (b.p[i] == '=' && !word) {
			size_t k = i + 1;
			while (k < b.n && (is_blank(b.p[k]) || b.p[k] == '\r'))
				k++;
			if (k == b.n || b.p[k] == '\n')
				i = k; /* the line goes on */
			else
				buf_byte(out, '=');
		} else {
			buf_byte(out, word && b.p[i] == '_' ? ' ' : b.p[i]);
		}
	}
}

int mime_body(struct arena *arena, const struct mime_part *part, struct bytes *out, struct err *err)
{
	struct buf decoded = buf_in(arena, 0);

	*out = part->body;
	if (part->encoding == MIME_PLAIN)
		return 0;
	if (part->encoding == MIME_QUOTED)
		put_quoted(&decoded, part->body, false);
	else if (!put_base64(&decoded, part->body))
		return refuse(err, REFUSAL_DAMAGED, "base64 that is none");
	*out = buf_view(&decoded);
	return buf_ok(&decoded) ? 0 : refuse(err, REFUSAL_MEMORY, "no memory for a part");
}

/* -- parameters -- */
struct bytes mime_parameters(struct bytes v, struct mime_parameter *out, size_t most, size_t *count)
{
	size_t i = 0;

	while (i < v.n && v.p[i] != ';')
		i++;
	struct bytes type = bytes_of(v.p, i);
	while (type.n && is_blank(type.p[type.n - 1]))
		type.n--;
	for (*count = 0; i < v.n;) {
		while (i < v.n && (v.p[i] == ';' || is_blank(v.p[i])))
			i++;
		size_t from = i;
		while (i < v.n && v.p[i] != '=' && v.p[i] != ';')
			i++;
		struct mime_parameter p = { .name = bytes_of(v.p + from, i - from) };
		while (p.name.n && is_blank(p.name.p[p.name.n - 1]))
			p.name.n--;
		if (i == v.n || v.p[i] == ';')
			continue;
		for (i++; i < v.n && is_blank(v.p[i]);)
			i++;
		p.quoted = i < v.n && v.p[i] == '"';
		from = i += p.quoted;
		while (i < v.n && (p.quoted ? v.p[i] != '"' : v.p[i] != ';'))
			i += p.quoted && v.p[i] == '\\' && i + 1 < v.n ? 2 : 1;
		p.value = bytes_of(v.p + from, i - from);
		while (!p.quoted && p.value.n && is_blank(p.value.p[p.value.n - 1]))
			p.value.n--;
		while (i < v.n && v.p[i] != ';')
			i++;
		if (*count < most)
			out[*count] = p;
		++*count;
	}
	return type;
}

static bool is_called(struct bytes name, const char *word)
{
	return name.n == strlen(word) && strncasecmp((const char *)name.p, word, name.n) == 0;
}

int mime_parameter_of(const struct mime_parameter *parameters, size_t count, const char *name, struct bytes *out)
{
	bool found = false;

	*out = (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		if (!is_called(parameters[i].name, name))
			continue;
		if (found && !bytes_equal(*out, parameters[i].value))
			return -1;
		*out = parameters[i].value, found = true;
	}
	return 0;
}

/* -- characters -- */
static struct text ascii_of(struct arena *arena, struct bytes b)
{
	struct buf out = buf_in(arena, 0);

	for (size_t i = 0; i < b.n; i++)
		buf_byte(&out, b.p[i] >= 0x20 && b.p[i] < 0x7f ? b.p[i] : '_');
	return (struct text){ buf_string(&out), out.n };
}

static struct text decode(struct arena *arena, struct text charset, struct bytes b)
{
	struct text t;

	return foreign_text(arena, charset, b, &t, NULL) == 0 ? t : ascii_of(arena, b);
}

struct word {
	struct text charset;
	bool base64;
	struct bytes content;
	size_t end; /* behind it */
};

/* =?charset*language?B?content?= */
static bool take_word(struct arena *arena, struct bytes v, size_t at, struct word *out)
{
	size_t i = at + 2, from = i;

	if (v.n - at < 8 || v.p[at] != '=' || v.p[at + 1] != '?')
		return false;
	while (i < v.n && v.p[i] != '?' && v.p[i] != '*' && i - from < CHARSET_MOST)
		i++;
	const char *s = arena_copy(arena, v.p + from, i - from);
	out->charset = (struct text){ s, i - from };
	if (!is_utf8(bytes_of(s, i - from)))
		return false;
	while (i < v.n && v.p[i] != '?')
		i++;
	if (v.n - i < 3 || v.p[i + 2] != '?' || ((v.p[i + 1] | 32) != 'b' && (v.p[i + 1] | 32) != 'q'))
		return false;
	out->base64 = (v.p[i + 1] | 32) == 'b';
	for (from = i += 3; i + 1 < v.n && !(v.p[i] == '?' && v.p[i + 1] == '='); i++)
		;
	if (i + 1 >= v.n)
		return false;
	out->content = bytes_of(v.p + from, i - from);
	out->end = i + 2;
	return true;
}

/* Words of one encoding that stand side by side: a character may be cut between them. */
static size_t take_words(struct arena *arena, struct bytes v, size_t at, struct buf *out)
{
	struct buf joined = buf_in(arena, 0);
	struct word first, next;

	if (!take_word(arena, v, at, &first))
		return 0;
	next = first;
	for (;;) {
		if (next.base64 ? !put_base64(&joined, next.content) : (put_quoted(&joined, next.content, true), false))
			buf_bytes(&joined, next.content);
		size_t k = next.end;
		while (k < v.n && is_blank(v.p[k]))
			k++;
		struct word more;
		if (k == v.n || !take_word(arena, v, k, &more) || strcasecmp(more.charset.p, first.charset.p) != 0)
			break;
		next = more;
	}
	buf_text(out, decode(arena, first.charset, buf_view(&joined)));
	size_t end = next.end, k = end;
	while (k < v.n && is_blank(v.p[k])) /* blanks between two words are none of the text */
		k++;
	return k < v.n && k > end && take_word(arena, v, k, &next) ? k : end;
}

struct text mime_words(struct arena *arena, struct bytes v)
{
	struct buf out = buf_in(arena, 0);
	size_t from = 0, i = 0;

	if (v.n == 0)
		return TEXT("");
	v.n = MIN(v.n, (size_t)VALUE_MOST * 16);
	while (i < v.n) {
		struct word word;
		if (v.p[i] != '=' || !take_word(arena, v, i, &word)) { /* in raw ISO-2022-JP "=" is half of a character */
			i++;
			continue;
		}
		buf_text(&out, decode(arena, TEXT(""), bytes_of(v.p + from, i - from)));
		from = i = take_words(arena, v, i, &out);
	}
	buf_text(&out, decode(arena, TEXT(""), bytes_of(v.p + from, v.n - from)));
	for (size_t k = 0; k < out.n; k++)
		if (out.p[k] == '\n' || out.p[k] == '\t')
			out.p[k] = ' ';
	return (struct text){ buf_string(&out), out.n };
}

/* -- file names -- */
static struct bytes unquote(struct arena *arena, const struct mime_parameter *p)
{
	struct buf out = buf_in(arena, 0);

	if (!p->quoted)
		return p->value;
	for (size_t i = 0; i < p->value.n; i++) {
		/* A backslash before " or \ protects it; elsewhere it is half of a CP932 character, or a path that a Windows program wrote. */
		if (p->value.p[i] == '\\' && i + 1 < p->value.n && (p->value.p[i + 1] == '"' || p->value.p[i + 1] == '\\'))
			i++;
		buf_byte(&out, p->value.p[i]);
	}
	return buf_view(&out);
}

static void put_percent(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		int high = b.p[i] == '%' && b.n - i > 2 ? hex_of(b.p[i + 1]) : -1, low = high >= 0 ? hex_of(b.p[i + 2]) : -1;
		buf_byte(out, low >= 0 ? (uint8_t)(high << 4 | low) : b.p[i]);
		i += low >= 0 ? 2 : 0;
	}
}

static const struct mime_parameter *section_of(const struct mime_parameter *p, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (is_called(p[i].name, name))
			return &p[i];
	return NULL;
}

/* charset'language'value: the first section says in what encoding all are. */
static struct text take_sections(struct arena *arena, const struct mime_parameter *p, size_t count, const char *name)
{
	struct buf joined = buf_in(arena, 0);
	struct text charset = TEXT("");
	bool any = false;

	for (unsigned i = 0; i <= SECTIONS_MOST; i++) {
		/* "name*" stands alone; "name*0*", "name*0" … are sections. */
		const struct mime_parameter *s = section_of(p, count, i ? arena_printf(arena, "%s*%u*", name, i - 1) : arena_printf(arena, "%s*", name));
		bool encoded = s != NULL;
		if (!s && i)
			s = section_of(p, count, arena_printf(arena, "%s*%u", name, i - 1));
		if (!s && i)
			break;
		if (!s)
			continue;
		struct bytes v = unquote(arena, s);
		const uint8_t *one = encoded && !any ? memchr(v.p, '\'', v.n) : NULL;
		const uint8_t *two = one ? memchr(one + 1, '\'', v.n - (size_t)(one + 1 - v.p)) : NULL;
		if (two) {
			size_t n = (size_t)(one - v.p);
			charset = ascii_of(arena, bytes_of(v.p, MIN(n, (size_t)CHARSET_MOST)));
			v = bytes_of(two + 1, v.n - (size_t)(two + 1 - v.p));
		}
		any = true;
		if (encoded)
			put_percent(&joined, v);
		else
			buf_bytes(&joined, v);
		if (i == 0)
			break;
	}
	return any ? decode(arena, charset, buf_view(&joined)) : TEXT("");
}

struct text mime_file_name(struct arena *arena, const struct mime_parameter *p, size_t count, const char *name)
{
	struct text t = take_sections(arena, p, count, name);
	const struct mime_parameter *plain = section_of(p, count, name);

	if (t.n || !plain)
		return t;
	return mime_words(arena, unquote(arena, plain));
}
