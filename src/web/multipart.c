/* 送信の読取り — contract in multipart.h. A window of bytes not yet decided on; at most one delimiter's length stays behind in data. */
#include "web/multipart.h"
#include "base/buf.h"
#include "base/text.h"
#include "web/limits.h"
#include <strings.h>

enum { BOUNDARY_MOST = 70, WINDOW = 32 * 1024 };

enum state { AT_START, IN_HEADERS, IN_DATA, AFTER_DELIMITER, AT_END, FAILED };

struct multipart {
	struct arena *arena;
	const struct multipart_handler *handler;
	void *self;
	enum state state;
	char delimiter[BOUNDARY_MOST + 5]; /* CR LF -- boundary */
	size_t delimiter_n, n;
	unsigned parts;
	struct err first; /* why it failed */
	uint8_t window[WINDOW];
};

static bool is_boundary_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("'()+_,-./:=?", c));
}

static bool boundary_of(const char *type, const char **from, size_t *n)
{
	const char *p = type ? strcasestr(type, "boundary=") : NULL;

	if (!p || strncasecmp(type, "multipart/form-data;", 20) != 0)
		return false;
	p += 9;
	bool quoted = *p == '"';
	p += quoted;
	*from = p;
	while (is_boundary_character(*p))
		p++;
	*n = (size_t)(p - *from);
	return *n > 0 && *n <= BOUNDARY_MOST && (quoted ? *p == '"' : *p == 0 || *p == ';');
}

int multipart_new(struct arena *arena, const char *type, const struct multipart_handler *handler, void *self, struct multipart **out,
		  struct err *err)
{
	const char *boundary;
	size_t n;

	if (!boundary_of(type, &boundary, &n))
		return fail(err, ERR_UNSUPPORTED, 0, "the body is no multipart/form-data");
	struct multipart *m = arena_alloc(arena, sizeof *m);
	m->arena = arena, m->handler = handler, m->self = self;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary, n);
	m->delimiter_n = n + 4;
	*out = m;
	return 0;
}

static void consume(struct multipart *m, size_t n)
{
	memmove(m->window, m->window + n, m->n - n);
	m->n -= n;
}

/* "; key=\"value\"" of a Content-Disposition line. Browsers write \" or %22 for a quotation mark. */
static bool parameter(struct arena *arena, struct bytes line, const char *key, struct text *out, struct err *err)
{
	size_t length = strlen(key), at = 0;
	bool quoted = false;

	for (; at + length + 3 < line.n; at++) {
		if (line.p[at] == '"' && line.p[at - (at > 0)] != '\\')
			quoted = !quoted;
		if (!quoted && (line.p[at] == ';' || line.p[at] == ' ') && strncasecmp((const char *)line.p + at + 1, key, length) == 0 &&
		    line.p[at + 1 + length] == '=' && line.p[at + 2 + length] == '"')
			break;
	}
	if (at + length + 3 >= line.n)
		return false;
	struct buf b = buf_in(arena, WEB_PART_HEADER_BYTES);
	for (at += length + 3; at < line.n && line.p[at] != '"'; at++) {
		if (line.p[at] == '\\' && at + 1 < line.n && line.p[at + 1] == '"')
			at++;
		buf_byte(&b, line.p[at]);
	}
	if (at == line.n || !buf_ok(&b) || !is_utf8(buf_view(&b)) || memchr(b.p ? (void *)b.p : (void *)"", 0, b.n)) {
		*out = TEXT("");
		fail(err, ERR_NOT_TEXT, at, "the name in a part's header is no text");
		return true;
	}
	*out = (struct text){ arena_copy(arena, b.p, b.n), b.n };
	return true;
}

static struct bytes header_line(struct bytes *rest)
{
	const uint8_t *end = memmem(rest->p, rest->n, "\r\n", 2);
	struct bytes line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t taken = line.n + (end ? 2 : 0);

	rest->p += taken, rest->n -= taken;
	return line;
}

static bool header_is(struct bytes line, const char *name)
{
	return line.n > strlen(name) && strncasecmp((const char *)line.p, name, strlen(name)) == 0;
}

static int begin_part(struct multipart *m, struct bytes headers, struct err *err)
{
	struct text name = TEXT(""), file_name = TEXT(""), type = TEXT("");
	bool has_name = false, is_file = false;
	struct err bad = { 0 };

	while (headers.n > 0) {
		struct bytes line = header_line(&headers);
		if (header_is(line, "content-disposition: form-data;")) {
			struct bytes rest = bytes_of(line.p + 30, line.n - 30);
			if (has_name)
				return fail(err, ERR_MALFORMED, m->parts, "a part with two names");
			has_name = parameter(m->arena, rest, "name", &name, &bad);
			is_file = parameter(m->arena, rest, "filename", &file_name, &bad);
		} else if (header_is(line, "content-type:")) {
			struct bytes value = bytes_of(line.p + 13, line.n - 13);
			while (value.n && value.p[0] == ' ')
				value.p++, value.n--;
			type = (struct text){ text_printable(m->arena, value, 120), 0 };
			type.n = strlen(type.p);
		} else {
			return fail(err, ERR_UNSUPPORTED, m->parts, "a part with an unknown header");
		}
	}
	if (bad.code != ERR_NONE) {
		*err = bad;
		return -1;
	}
	if (!has_name || name.n == 0)
		return fail(err, ERR_MALFORMED, m->parts, "a part without a name");
	if (++m->parts > WEB_FIELDS)
		return fail(err, ERR_LIMIT, WEB_FIELDS, "more than %d parts", WEB_FIELDS);
	m->state = IN_DATA;
	return m->handler->begin(m->self, name, file_name, type, is_file, err);
}

/* 1: something was consumed, go on; 0: more bytes are needed; -1 failed. */
static int advance(struct multipart *m, struct err *err)
{
	const uint8_t *found;
	size_t n;

	switch (m->state) {
	case AT_START: /* the first delimiter has no line break before it */
		n = m->delimiter_n - 2;
		if (m->n < n)
			return 0;
		if (memcmp(m->window, m->delimiter + 2, n) != 0)
			return fail(err, ERR_MALFORMED, 0, "the body does not begin with its boundary");
		consume(m, n);
		m->state = AFTER_DELIMITER;
		return 1;
	case AFTER_DELIMITER:
		if (m->n < 2)
			return 0;
		bool last = memcmp(m->window, "--", 2) == 0;
		if (!last && memcmp(m->window, "\r\n", 2) != 0)
			return fail(err, ERR_MALFORMED, m->parts, "a boundary is followed by something else");
		consume(m, 2);
		m->state = last ? AT_END : IN_HEADERS;
		return 1;
	case IN_HEADERS:
		found = memmem(m->window, m->n, "\r\n\r\n", 4);
		n = found ? (size_t)(found - m->window) : m->n;
		if (n > WEB_PART_HEADER_BYTES)
			return fail(err, ERR_LIMIT, WEB_PART_HEADER_BYTES, "headers of a part beyond %d bytes", WEB_PART_HEADER_BYTES);
		if (!found)
			return 0;
		if (begin_part(m, bytes_of(m->window, n), err) != 0)
			return -1;
		consume(m, n + 4);
		return 1;
	case IN_DATA:
		found = memmem(m->window, m->n, m->delimiter, m->delimiter_n);
		n = found ? (size_t)(found - m->window) : m->n >= m->delimiter_n ? m->n - (m->delimiter_n - 1) : 0;
		if (n > 0 && m->handler->data(m->self, bytes_of(m->window, n), err) != 0)
			return -1;
		if (!found) {
			consume(m, n);
			return 0;
		}
		if (m->handler->end(m->self, err) != 0)
			return -1;
		consume(m, n + m->delimiter_n);
		m->state = AFTER_DELIMITER;
		return 1;
	case AT_END: /* a line break and an epilogue are nobody's */
		m->n = 0;
		return 0;
	case FAILED: break;
	}
	*err = m->first;
	return -1;
}

int multipart_feed(struct multipart *m, struct bytes piece, struct err *err)
{
	while (piece.n > 0) {
		size_t n = MIN(piece.n, WINDOW - m->n);
		struct err why = { 0 };
		int more;
		memcpy(m->window + m->n, piece.p, n);
		m->n += n;
		piece.p += n, piece.n -= n;
		do
			more = advance(m, &why);
		while (more > 0);
		if (more < 0) {
			m->state = FAILED;
			m->first = why;
			if (err)
				*err = why;
			return -1;
		}
	}
	return 0;
}

int multipart_end(struct multipart *m, struct err *err)
{
	if (m->state == FAILED) {
		if (err)
			*err = m->first;
		return -1;
	}
	return m->state == AT_END ? 0 : fail(err, ERR_CUT_SHORT, m->parts, "the body ends before its last boundary");
}
