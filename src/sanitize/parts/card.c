/* 予定と連絡先 — contract in card.h. */
#include "sanitize/parts/card.h"
#include "base/buf.h"
#include "sanitize/parts/foreign_text.h"
#include "sanitize/parts/plain.h"

enum { DEPTH_MOST = 8, NAME_MOST = 40 };

static const struct word {
	enum card_kind kind;
	bool component;
	const char *name;
} words[] = {
#define COMPONENT(kind, name) { CARD_##kind, true, name },
#define ENTRY(kind, name) { CARD_##kind, false, name },
#define PARAMETER(name)
#include "sanitize/parts/card_words.def"
#undef COMPONENT
#undef ENTRY
#undef PARAMETER
};
static const char *const parameters[] = {
#define COMPONENT(kind, name)
#define ENTRY(kind, name)
#define PARAMETER(name) name,
#include "sanitize/parts/card_words.def"
#undef COMPONENT
#undef ENTRY
#undef PARAMETER
};

/* One property, unfolded. */
struct line {
	char name[NAME_MOST + 1]; /* upper case, without the group before a dot */
	struct text parameters, value;
};
struct lines {
	struct line *all;
	size_t count, room;
};
struct card {
	struct job *job;
	struct arena *arena;
	enum card_kind kind;
	struct lines lines;
	struct buf out;
};

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c & ~32) : c; }

static bool is_known(enum card_kind kind, bool component, const char *name)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].kind == kind && words[i].component == component && strcmp(words[i].name, name) == 0)
			return true;
	return false;
}

static bool holds(struct text t, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= t.n; i++)
		if (strncasecmp(t.p + i, word, n) == 0)
			return true;
	return false;
}

/* -- lines -- */
static int split(struct card *c, struct text t, struct err *err)
{
	size_t i = 0, n = 0, colon = 0;
	struct line line = { .name = "" };
	bool quoted = false;

	for (; i < t.n && t.p[i] != ';' && t.p[i] != ':'; i++) {
		if (t.p[i] == '.') { /* "item1.TEL" */
			n = 0;
			continue;
		}
		bool good = (upper(t.p[i]) >= 'A' && upper(t.p[i]) <= 'Z') || (t.p[i] >= '0' && t.p[i] <= '9') || t.p[i] == '-';
		if (!good || n == NAME_MOST)
			return refuse(err, REFUSAL_DAMAGED, "a line that is no property: %s", text_printable(c->arena, bytes_of_text(t), 40));
		line.name[n++] = upper(t.p[i]);
	}
	line.name[n] = 0;
	for (colon = i; colon < t.n && (quoted || t.p[colon] != ':'); colon++)
		quoted ^= t.p[colon] == '"';
	if (n == 0 || colon == t.n)
		return refuse(err, REFUSAL_DAMAGED, "a line without a value: %s", text_printable(c->arena, bytes_of_text(t), 40));
	line.parameters = (struct text){ arena_copy(c->arena, t.p + i, colon - i), colon - i };
	line.value = (struct text){ t.p + colon + 1, t.n - colon - 1 };
	if (c->lines.count == c->lines.room) {
		struct line *more = arena_new_array(c->arena, struct line, c->lines.room = c->lines.room ? c->lines.room * 2 : 64);
		if (c->lines.count)
			memcpy(more, c->lines.all, c->lines.count * sizeof *more);
		c->lines.all = more;
	}
	c->lines.all[c->lines.count++] = line;
	return 0;
}

static struct text raw_line(struct text t, size_t *at)
{
	const char *end = memchr(t.p + *at, '\n', t.n - *at);
	size_t n = end ? (size_t)(end - t.p) - *at : t.n - *at;
	struct text line = { t.p + *at, n };

	*at += n + (end != NULL);
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* A carriage return in the middle ends a line for some readers only. */
static void put_part(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] != '\r')
			buf_byte(b, (uint8_t)t.p[i]);
}

/* A line that begins with a blank goes on the one before; in quoted-printable "=" at the end says that the next does. */
static int take_lines(struct card *c, struct text t, struct err *err)
{
	for (size_t at = 0; at < t.n;) {
		struct buf b = buf_in(c->arena, 0);
		put_part(&b, raw_line(t, &at));
		while (at < t.n) {
			bool folded = t.p[at] == ' ' || t.p[at] == '\t';
			bool soft = b.n && b.p[b.n - 1] == '=' && holds((struct text){ (const char *)b.p, MIN(b.n, (size_t)200) }, "QUOTED-PRINTABLE");
			if (!folded && !soft)
				break;
			struct text next = raw_line(t, &at);
			b.n -= soft;
			put_part(&b, (struct text){ next.p + (folded && !soft), next.n - (folded && !soft) });
		}
		struct text line = { buf_string(&b), b.n };
		if (line.n && split(c, line, err) < 0)
			return -1;
	}
	return 0;
}

/* -- what stays -- */
static bool is_kept_parameter(struct text p)
{
	const char *equals = memchr(p.p, '=', p.n);
	size_t n = equals ? (size_t)(equals - p.p) : p.n;

	/* with the colon behind it, it would be taken apart as a scheme or a tag, and the line with it */
	if (holds(p, "script") || memchr(p.p, '<', p.n) || memchr(p.p, '>', p.n))
		return false;
	for (size_t i = 0; i < p.n && !equals; i++) /* vCard 2.1: a bare type */
		if (!((upper(p.p[i]) >= 'A' && upper(p.p[i]) <= 'Z') || (p.p[i] >= '0' && p.p[i] <= '9') || p.p[i] == '-'))
			return false;
	if (!equals)
		return n > 0 && strncasecmp(p.p, "BASE64", 6) != 0;
	for (size_t i = 0; i < COUNT(parameters); i++)
		if (strlen(parameters[i]) == n && strncasecmp(p.p, parameters[i], n) == 0)
			return strcmp(parameters[i], "ENCODING") != 0 || holds(p, "QUOTED-PRINTABLE") || holds(p, "8BIT");
	return false;
}

static void put_line(struct card *c, const struct line *line)
{
	struct text p = line->parameters;

	buf_str(&c->out, line->name);
	for (size_t i = 0; i < p.n;) { /* each begins with ';' */
		size_t from = i + 1;
		bool quoted = false;
		for (i++; i < p.n && (quoted || p.p[i] != ';'); i++)
			quoted ^= p.p[i] == '"';
		struct text one = { p.p + from, i - from };
		if (!is_kept_parameter(one))
			continue;
		buf_byte(&c->out, ';');
		buf_text(&c->out, one);
	}
	buf_byte(&c->out, ':');
	buf_text(&c->out, line->value);
	buf_str(&c->out, "\r\n");
}

static bool is_word(const struct line *line, const char *name, const char *value)
{
	return strcmp(line->name, name) == 0 && line->value.n == strlen(value) && strncasecmp(line->value.p, value, line->value.n) == 0;
}

/* Index behind the END of the component whose BEGIN stands at `from`; 0: it does not close. */
static size_t end_of(const struct card *c, size_t from)
{
	unsigned depth = 0;

	for (size_t i = from; i < c->lines.count; i++) {
		depth += strcmp(c->lines.all[i].name, "BEGIN") == 0;
		if (strcmp(c->lines.all[i].name, "END") == 0 && --depth == 0)
			return i + 1;
	}
	return 0;
}

static void component_of(const struct line *line, char out[NAME_MOST + 1])
{
	size_t n = MIN(line->value.n, (size_t)NAME_MOST);

	for (size_t i = 0; i < n; i++)
		out[i] = upper(line->value.p[i]);
	while (n && (out[n - 1] == ' ' || out[n - 1] == '\t'))
		n--;
	out[n] = 0;
}

/* An alarm may show a text; it may not play, send or start anything. */
static bool is_kept_component(const struct card *c, size_t from, size_t end, const char *name)
{
	bool shows = strcmp(name, "VALARM") != 0;

	if (!is_known(c->kind, true, name))
		return false;
	for (size_t i = from; i < end && strcmp(name, "VALARM") == 0; i++)
		if (strcmp(c->lines.all[i].name, "ACTION") == 0) {
			if (!is_word(&c->lines.all[i], "ACTION", "DISPLAY"))
				return false;
			shows = true;
		}
	return shows;
}

static void removed(struct card *c, const char *name)
{
	job_removed(c->job, "I4", arena_printf(c->arena, "%s", name), 1);
}

static int put_all(struct card *c, struct err *err)
{
	char open[DEPTH_MOST][NAME_MOST + 1], name[NAME_MOST + 1];
	unsigned depth = 0;

	for (size_t i = 0; i < c->lines.count; i++) {
		const struct line *line = &c->lines.all[i];
		bool begins = strcmp(line->name, "BEGIN") == 0, ends = strcmp(line->name, "END") == 0;
		component_of(line, name);
		if (begins) {
			size_t end = end_of(c, i);
			if (end == 0 || depth == DEPTH_MOST)
				return refuse(err, REFUSAL_DAMAGED, "components that do not close");
			if (!is_kept_component(c, i, end, name)) {
				removed(c, text_printable(c->arena, bytes_of(name, strlen(name)), 40));
				i = end - 1;
				continue;
			}
			memcpy(open[depth++], name, sizeof name);
		} else if (ends) {
			if (depth == 0 || strcmp(open[depth - 1], name) != 0)
				return refuse(err, REFUSAL_DAMAGED, "components that overlap");
			depth--;
		} else if (depth == 0) {
			return refuse(err, REFUSAL_DAMAGED, "a line outside of components");
		} else if (!is_known(c->kind, false, line->name) || (strcmp(line->name, "ACTION") == 0 && strcmp(open[depth - 1], "VALARM") != 0)) {
			if (strncmp(line->name, "X-", 2) != 0 || strcmp(line->name, "X-ALT-DESC") == 0)
				removed(c, line->name);
			continue;
		}
		if (begins || ends)
			buf_printf(&c->out, "%s:%s\r\n", line->name, name);
		else
			put_line(c, line);
	}
	return c->out.n ? 0 : refuse(err, REFUSAL_DAMAGED, "nothing in it is known");
}

static int write_out(struct job *job, struct plain *plain, void *with, struct err *err)
{
	return plain_write(job, plain, *(struct text *)with, err);
}

int card_rebuild(struct job *job, enum card_kind kind, struct err *err)
{
	struct card c = { .job = job, .arena = job_arena(job), .kind = kind, .out = buf_in(job_arena(job), 0) };
	struct plain plain;

	unsigned changed;

	if (plain_read_lines(job, &plain, err) < 0 || take_lines(&c, plain.text, err) < 0 || put_all(&c, err) < 0)
		return -1;
	struct text out = text_without_tags(c.arena, (struct text){ buf_string(&c.out), c.out.n }, &changed);
	if (changed)
		job_removed(job, "F1", "", changed);
	return plain_write_all(job, &plain, write_out, &out, err);
}
