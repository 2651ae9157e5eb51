/* 予定と連絡先の文法 — what ics and vcf write: one property a line, of one list, in components that close; alarms only show a text. */
#include "sanitize/grammars/plain_text.h"

enum { DEPTH_MOST = 8, NAME_MOST = 40 };

static const struct word {
	const char *format;
	bool component;
	const char *name;
} words[] = {
#define COMPONENT(kind, name) { #kind, true, name },
#define ENTRY(kind, name) { #kind, false, name },
#define PARAMETER(name) { "", false, name },
#include "sanitize/grammars/card_words.def"
#undef COMPONENT
#undef ENTRY
#undef PARAMETER
};

/* format "": a parameter of either. */
static bool is_listed(const char *format, bool component, const char *p, size_t n)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].component == component && strcmp(words[i].format, format) == 0 && strlen(words[i].name) == n &&
		    (*format ? memcmp(words[i].name, p, n) == 0 : strncasecmp(words[i].name, p, n) == 0))
			return true;
	return false;
}

static size_t name_length(const char *p, size_t n, bool lower)
{
	size_t i = 0;

	while (i < n && ((p[i] >= 'A' && p[i] <= 'Z') || (lower && p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '-'))
		i++;
	return i;
}

/* ";NAME=value" or a bare word each. */
static bool are_parameters(const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		bool quoted = false;
		size_t from = ++i;
		for (; i < n && (quoted || p[i] != ';'); i++)
			quoted ^= p[i] == '"';
		size_t k = name_length(p + from, i - from, true);
		if (k == 0 || (k < i - from && (p[from + k] != '=' || !is_listed("", false, p + from, k))) || (k == i - from && k == 6 && strncasecmp(p + from, "BASE64", 6) == 0))
			return false;
	}
	return true;
}

struct state {
	const char *format;
	const char *open[DEPTH_MOST];
	size_t open_n[DEPTH_MOST];
	unsigned depth;
};

static int take_line(struct state *s, const char *p, size_t n, size_t at, struct err *err)
{
	size_t name = name_length(p, n, false), colon = name;
	bool quoted = false;

	while (colon < n && (quoted || p[colon] != ':'))
		quoted ^= p[colon++] == '"';
	if (name == 0 || colon == n || (p[name] != ':' && p[name] != ';') || memchr(p, '\r', n))
		return fail(err, ERR_MALFORMED, at, "card: a line that is no property");
	const char *value = p + colon + 1;
	size_t value_n = n - colon - 1;
	bool begins = name == 5 && memcmp(p, "BEGIN", 5) == 0, ends = name == 3 && memcmp(p, "END", 3) == 0;
	if (begins) {
		if (colon != name || s->depth == DEPTH_MOST || !is_listed(s->format, true, value, value_n))
			return fail(err, ERR_MALFORMED, at, "card: an unknown component");
		s->open[s->depth] = value, s->open_n[s->depth++] = value_n;
		return 0;
	}
	if (s->depth == 0)
		return fail(err, ERR_MALFORMED, at, "card: a line outside of components");
	const char *open = s->open[s->depth - 1];
	size_t open_n = s->open_n[s->depth - 1];
	if (ends) {
		if (colon != name || value_n != open_n || memcmp(value, open, open_n) != 0)
			return fail(err, ERR_MALFORMED, at, "card: a component that does not close");
		s->depth--;
		return 0;
	}
	if (!is_listed(s->format, false, p, name) || !are_parameters(p + name, colon - name))
		return fail(err, ERR_MALFORMED, at, "card: an unknown property or parameter");
	if (name == 6 && memcmp(p, "ACTION", 6) == 0 && !(value_n == 7 && strncasecmp(value, "DISPLAY", 7) == 0))
		return fail(err, ERR_MALFORMED, at, "card: an alarm that acts");
	return 0;
}

static int reading(struct check *check, struct text text, struct err *err)
{
	struct state s = { .format = check_format(check) };

	for (size_t at = 0; at < text.n;) {
		size_t n = 0;
		while (at + n < text.n && text.p[at + n] != '\r' && text.p[at + n] != '\n')
			n++;
		if (at + n + 1 >= text.n || text.p[at + n] != '\r' || text.p[at + n + 1] != '\n')
			return fail(err, ERR_MALFORMED, at, "card: a line without its end");
		if (take_line(&s, text.p + at, n, at, err) != 0)
			return -1;
		at += n + 2;
	}
	return s.depth || text.n == 0 ? fail(err, ERR_MALFORMED, text.n, "card: components that do not close") : 0;
}

static int accept(struct check *check, struct err *err)
{
	return each_reading(check, reading, err);
}

extern const struct grammar grammar_card;
const struct grammar grammar_card = { .name = "card", .accept = accept };
