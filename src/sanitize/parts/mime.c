/* メールの構造 — contract in mime.h. */
#include "sanitize/parts/mime.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/mime_words.h"

enum { DEPTH_MOST = 16, HEADERS_MOST = 1000, BOUNDARY_MOST = 70, PARAMETERS_MOST = 40 };

struct walk {
	struct job *job;
	struct arena *arena;
	const char *boundaries[DEPTH_MOST + 1]; /* of the parts around */
	unsigned depth;
	uint64_t parts;
};

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

static struct bytes trim(struct bytes b)
{
	while (b.n && is_blank(b.p[0]))
		b.p++, b.n--;
	while (b.n && is_blank(b.p[b.n - 1]))
		b.n--;
	return b;
}

static struct text lower_text(struct arena *arena, struct bytes b)
{
	char *s = arena_copy(arena, b.p, b.n);

	for (size_t i = 0; i < b.n; i++)
		s[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 32) : s[i] < 0x21 || s[i] > 0x7e ? '?' : s[i];
	return (struct text){ s, b.n };
}

/* -- headers -- */
/* A line without its end; the last may lack one. */
static struct bytes take_line(struct cursor *c)
{
	const uint8_t *end = c->left ? memchr(c->p, '\n', c->left) : NULL;
	struct bytes line = cursor_bytes(c, end ? (size_t)(end - c->p) : c->left);

	if (end)
		cursor_take(c, 1);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static int take_headers(struct walk *w, struct cursor *c, bool root, struct mime_part *out, struct err *err)
{
	size_t room = 32;

	out->headers = arena_new_array(w->arena, struct mime_header, room);
	while (c->left) {
		struct cursor before = *c;
		struct bytes line = take_line(c);
		if (line.n == 0)
			return 0;
		const uint8_t *colon = memchr(line.p, ':', line.n);
		size_t n = colon ? (size_t)(colon - line.p) : 0;
		if (root && out->header_count == 0 && bytes_start(line, BYTES("From ")))
			continue; /* the line that mail boxes put before a mail */
		for (size_t i = 0; i < n; i++)
			if (line.p[i] <= ' ' || line.p[i] >= 0x7f)
				n = 0;
		if (n == 0) { /* not a header: the body begins here, as other readers take it */
			if (root && out->header_count == 0)
				return refuse(err, REFUSAL_DAMAGED, "it does not begin with headers");
			*c = before;
			return 0;
		}
		struct buf value = buf_in(w->arena, 0);
		buf_bytes(&value, trim(bytes_of(line.p + n + 1, line.n - n - 1)));
		while (c->left && is_blank(*c->p))
			buf_byte(&value, ' '), buf_bytes(&value, trim(take_line(c)));
		if (out->header_count == HEADERS_MOST)
			return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %d headers", HEADERS_MOST);
		if (out->header_count == room) {
			struct mime_header *more = arena_new_array(w->arena, struct mime_header, room *= 2);
			memcpy(more, out->headers, out->header_count * sizeof *more);
			out->headers = more;
		}
		const char *name = arena_copy(w->arena, line.p, n);
		out->headers[out->header_count++] = (struct mime_header){ { name, n }, trim(buf_view(&value)) };
	}
	return 0;
}

/* The one header of that name; two that say different things are two readings. */
static int one_header(const struct mime_part *part, const char *name, struct bytes *out, struct err *err)
{
	bool found = false;

	*out = (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < part->header_count; i++) {
		if (strcasecmp(part->headers[i].name.p, name) != 0)
			continue;
		if (found && !bytes_equal(*out, part->headers[i].value))
			return refuse(err, REFUSAL_DAMAGED, "two headers %s", name);
		*out = part->headers[i].value, found = true;
	}
	return 0;
}

struct text mime_header(struct arena *arena, const struct mime_part *part, const char *name)
{
	for (size_t i = 0; i < part->header_count; i++)
		if (strcasecmp(part->headers[i].name.p, name) == 0)
			return mime_words(arena, part->headers[i].value);
	return TEXT("");
}

/* -- what a part says it is -- */
/* usual: what a part is that does not say. */
static int take_type(struct walk *w, struct mime_part *part, struct text usual, struct bytes *boundary, struct err *err)
{
	struct bytes value;
	struct mime_parameter parameters[PARAMETERS_MOST];
	size_t count = 0;

	*boundary = (struct bytes){ NULL, 0 };
	part->type = usual, part->charset = TEXT("");
	if (one_header(part, "Content-Type", &value, err) < 0)
		return -1;
	if (value.n == 0)
		return 0;
	struct bytes type = mime_parameters(value, parameters, PARAMETERS_MOST, &count);
	if (count > PARAMETERS_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many parameters");
	part->type = lower_text(w->arena, type);
	if (!strchr(part->type.p, '/'))
		part->type = TEXT("text/plain");
	struct bytes charset;
	if (mime_parameter_of(parameters, count, "boundary", boundary) < 0 || mime_parameter_of(parameters, count, "charset", &charset) < 0)
		return refuse(err, REFUSAL_DAMAGED, "a parameter that is given twice");
	if (charset.n)
		part->charset = lower_text(w->arena, charset);
	part->file_name = mime_file_name(w->arena, parameters, count, "name");
	return 0;
}

static int take_disposition(struct walk *w, struct mime_part *part, struct err *err)
{
	struct bytes value;
	struct mime_parameter parameters[PARAMETERS_MOST];
	size_t count = 0;

	if (one_header(part, "Content-Disposition", &value, err) < 0)
		return -1;
	struct bytes kind = mime_parameters(value, parameters, PARAMETERS_MOST, &count);
	if (count > PARAMETERS_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many parameters");
	part->attachment = kind.n == 10 && strncasecmp((const char *)kind.p, "attachment", 10) == 0;
	struct text name = mime_file_name(w->arena, parameters, count, "filename");
	if (name.n)
		part->file_name = name;
	return 0;
}

static int take_encoding(struct mime_part *part, struct err *err)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} known[] = { { "7bit", MIME_PLAIN }, { "8bit", MIME_PLAIN }, { "binary", MIME_PLAIN }, { "base64", MIME_BASE64 }, { "quoted-printable", MIME_QUOTED } };
	struct bytes value;

	part->encoding = MIME_PLAIN;
	if (one_header(part, "Content-Transfer-Encoding", &value, err) < 0)
		return -1;
	if (value.n == 0)
		return 0;
	for (size_t i = 0; i < COUNT(known); i++)
		if (value.n == strlen(known[i].name) && strncasecmp((const char *)value.p, known[i].name, value.n) == 0) {
			part->encoding = known[i].encoding;
			return 0;
		}
	return refuse(err, REFUSAL_DAMAGED, "an unknown transfer encoding");
}

/* -- parts -- */
/* Is the line the delimiter? 1: a part begins, 2: the last has ended. */
static int delimiter_of(struct bytes line, const char *boundary)
{
	size_t n = strlen(boundary);

	if (line.n < n + 2 || line.p[0] != '-' || line.p[1] != '-' || memcmp(line.p + 2, boundary, n) != 0)
		return 0;
	struct bytes rest = bytes_of(line.p + 2 + n, line.n - 2 - n);
	bool last = bytes_start(rest, BYTES("--"));
	if (last)
		rest = bytes_of(rest.p + 2, rest.n - 2);
	return trim(rest).n ? 0 : last ? 2 : 1;
}

static int take_part(struct walk *w, struct bytes whole, struct text usual, struct mime_part *out, struct err *err);

/* A boundary that begins like one around it would end that one in some readers' eyes. */
static int push_boundary(struct walk *w, struct bytes b, struct err *err)
{
	if (b.n == 0 || b.n > BOUNDARY_MOST || memchr(b.p, 0, b.n))
		return refuse(err, REFUSAL_DAMAGED, "a multipart without a boundary of 1 to %d characters", BOUNDARY_MOST);
	if (w->depth == DEPTH_MOST)
		return refuse(err, REFUSAL_TOO_DEEP, "parts nested more than %d deep", DEPTH_MOST);
	const char *boundary = arena_copy(w->arena, b.p, b.n);
	for (unsigned i = 0; i < w->depth; i++)
		if (strcmp(boundary, w->boundaries[i]) == 0)
			return refuse(err, REFUSAL_DAMAGED, "a boundary that is used twice");
	w->boundaries[w->depth++] = boundary;
	return 0;
}

static int add_child(struct walk *w, struct mime_part *part, size_t *room, struct bytes content, struct err *err)
{
	if (++w->parts > job_limit(w->job, LIMIT_MEMBERS))
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "too many parts");
	if (part->child_count == *room) {
		struct mime_part *more = arena_new_array(w->arena, struct mime_part, *room = *room ? *room * 2 : 4);
		if (part->child_count)
			memcpy(more, part->children, part->child_count * sizeof *more);
		part->children = more;
	}
	struct text usual = strcmp(part->type.p, "multipart/digest") == 0 ? TEXT("message/rfc822") : TEXT("text/plain");
	return take_part(w, content, usual, &part->children[part->child_count++], err);
}

/* The line end before a delimiter belongs to it. */
static size_t end_before(struct bytes whole, size_t at)
{
	if (at && whole.p[at - 1] == '\n')
		at--;
	if (at && whole.p[at - 1] == '\r')
		at--;
	return at;
}

static int take_children(struct walk *w, struct mime_part *part, struct bytes boundary, struct err *err)
{
	size_t room = 0, from = 0;
	bool inside = false, over = false;

	if (push_boundary(w, boundary, err) < 0)
		return -1;
	const char *mine = w->boundaries[w->depth - 1];
	struct cursor c = cursor_over(part->body);
	while (c.left && !over) {
		size_t at = (size_t)c.at;
		int what = delimiter_of(take_line(&c), mine);
		if (what == 0)
			continue;
		size_t end = MAX(end_before(part->body, at), from);
		if (inside && add_child(w, part, &room, bytes_of(part->body.p + from, end - from), err) < 0)
			return -1;
		inside = what == 1, over = what == 2, from = (size_t)c.at;
	}
	/* Without its last delimiter a part ends where what is around it does: every reader takes it so. */
	if (inside && add_child(w, part, &room, bytes_of(part->body.p + from, part->body.n - from), err) < 0)
		return -1;
	w->depth--;
	return part->child_count ? 0 : refuse(err, REFUSAL_DAMAGED, "a multipart without parts");
}

static int take_part(struct walk *w, struct bytes whole, struct text usual, struct mime_part *out, struct err *err)
{
	struct cursor c = cursor_over(whole);
	struct bytes boundary;

	*out = (struct mime_part){ .file_name = TEXT("") };
	/* A part may have no headers: then it begins with an empty line. */
	if (take_headers(w, &c, w->depth == 0, out, err) < 0 || take_type(w, out, usual, &boundary, err) < 0 || take_disposition(w, out, err) < 0 || take_encoding(out, err) < 0)
		return -1;
	out->body = bytes_of(c.p, c.left);
	if (strncmp(out->type.p, "multipart/", 10) != 0)
		return 0;
	if (out->encoding != MIME_PLAIN)
		return refuse(err, REFUSAL_DAMAGED, "a multipart in a transfer encoding");
	return take_children(w, out, boundary, err);
}

int mime_parse(struct job *job, struct bytes message, struct mime_part *out, struct err *err)
{
	struct walk w = { .job = job, .arena = job_arena(job) };

	if (message.n && memchr(message.p, 0, message.n))
		return refuse(err, REFUSAL_DAMAGED, "a NUL in the mail");
	if (bytes_start(message, BYTES("\xef\xbb\xbf")))
		message = bytes_of(message.p + 3, message.n - 3);
	return take_part(&w, message, TEXT("text/plain"), out, err);
}
