/* 数式 — contract in formula.h. */
#include "sanitize/parts/formula.h"
#include "sanitize/parts/link.h"

static const char *const functions[] = {
#define FUNCTION(name) name,
#include "sanitize/parts/functions.def"
#undef FUNCTION
};

static bool is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' || c == '?' || c == '\\' ||
	       c >= 0x80;
}

static bool take_prefix(struct bytes *b, const char *prefix)
{
	size_t n = strlen(prefix);

	if (b->n <= n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((b->p[i] | 32) != prefix[i] && b->p[i] != (uint8_t)prefix[i])
			return false;
	*b = bytes_of(b->p + n, b->n - n);
	return true;
}

static bool is_known_function(struct bytes name, bool *hyperlink)
{
	char upper[40];

	if (take_prefix(&name, "_xlpm.")) /* a parameter of LET or LAMBDA */
		return true;
	while (take_prefix(&name, "_xlfn.") || take_prefix(&name, "_xlws."))
		;
	if (name.n >= sizeof upper)
		return false;
	for (size_t i = 0; i < name.n; i++)
		upper[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32 : name.p[i]);
	upper[name.n] = 0;
	for (size_t low = 0, high = COUNT(functions); low < high;) {
		size_t middle = (low + high) / 2;
		int order = strcmp(functions[middle], upper);
		if (order == 0) {
			*hyperlink = strcmp(upper, "HYPERLINK") == 0;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool same_letters(const char *a, const uint8_t *p, size_t n)
{
	if (strlen(a) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t x = (uint8_t)a[i], y = p[i];
		if (x != y && !((x | 32) == (y | 32) && (x | 32) >= 'a' && (x | 32) <= 'z'))
			return false;
	}
	return true;
}

/* "Sheet1" or "Sheet1:Sheet3"; quoted names have their quotes doubled. */
static const char *sheet_threat(struct bytes name, const struct formula_sheets *sheets)
{
	char plain[256];
	size_t n = 0;

	if (memchr(name.p, '[', name.n))
		return "B10";
	if (memchr(name.p, '|', name.n))
		return "B16";
	if (memchr(name.p, '\\', name.n) || memchr(name.p, '/', name.n))
		return "B10";
	if (!sheets || !sheets->names)
		return NULL;
	for (size_t i = 0; i <= name.n; i++) {
		if (i == name.n || name.p[i] == ':') {
			bool found = false;
			for (size_t k = 0; k < sheets->count && !found; k++)
				found = same_letters(sheets->names[k], (const uint8_t *)plain, n);
			if (!found)
				return "B3";
			n = 0;
			continue;
		}
		if (name.p[i] == '\'' && i + 1 < name.n && name.p[i + 1] == '\'')
			i++;
		if (n == sizeof plain)
			return "B3";
		plain[n++] = (char)name.p[i];
	}
	return NULL;
}

/* Behind a string's closing quote; n if it does not close. "" and '' stand for one. */
static size_t skip_quoted(struct bytes f, size_t i, uint8_t quote)
{
	for (i++; i < f.n; i++) {
		if (f.p[i] != quote)
			continue;
		if (i + 1 < f.n && f.p[i + 1] == quote)
			i++;
		else
			return i + 1;
	}
	return f.n + 1;
}

/* Table1[[#This Row],[a']b]]: behind the bracket that closes the one at i; n + 1 if none does. */
static size_t skip_brackets(struct bytes f, size_t i)
{
	unsigned depth = 0;

	for (; i < f.n; i++) {
		if (f.p[i] == '\'')
			i++;
		else if (f.p[i] == '[')
			depth++;
		else if (f.p[i] == ']' && --depth == 0)
			return i + 1;
	}
	return f.n + 1;
}

/* The first argument of HYPERLINK must be a literal that shows where it leads: a link, or a place in this file. */
static bool is_literal_link(struct bytes f, size_t i, bool *leads_out)
{
	while (i < f.n && (f.p[i] == ' ' || f.p[i] == '\n'))
		i++;
	if (i >= f.n || f.p[i] != '"')
		return false;
	size_t end = skip_quoted(f, i, '"');
	if (end > f.n)
		return false;
	struct bytes text = bytes_of(f.p + i + 1, end - i - 2);
	*leads_out = text.n > 0 && text.p[0] != '#';
	return text.n > 0 && (text.p[0] == '#' || link_is_allowed(text));
}

static const char *word_threat(struct bytes f, size_t from, size_t *i, const struct formula_sheets *sheets)
{
	struct bytes word = bytes_of(f.p + from, *i - from);
	size_t next = *i;
	bool hyperlink = false, leads_out = false;

	while (next < f.n && (f.p[next] == ' ' || f.p[next] == '\n' || f.p[next] == '\r' || f.p[next] == '\t'))
		next++;
	if (next < f.n && f.p[next] == '(' && !(word.p[0] >= '0' && word.p[0] <= '9')) {
		if (!is_known_function(word, &hyperlink))
			return "B16";
		if (hyperlink && !is_literal_link(f, next + 1, &leads_out))
			return "B16";
		if (leads_out && sheets->no_links)
			return "P1";
	}
	if (*i < f.n && f.p[*i] == '!') {
		++*i;
		return sheet_threat(word, sheets);
	}
	if (*i < f.n && f.p[*i] == '[') {
		*i = skip_brackets(f, *i);
		return *i > f.n ? "B16" : NULL;
	}
	return NULL;
}

const char *formula_threat(struct bytes f, const struct formula_sheets *sheets)
{
	const char *threat = NULL;

	for (size_t i = 0; i < f.n && !threat;) {
		uint8_t c = f.p[i];
		size_t from = i;
		if (is_word(c)) {
			while (i < f.n && is_word(f.p[i]))
				i++;
			threat = word_threat(f, from, &i, sheets);
		} else if (c == '"') {
			i = skip_quoted(f, i, '"');
			threat = i > f.n ? "B16" : NULL;
		} else if (c == '\'') {
			i = skip_quoted(f, i, '\'');
			if (i >= f.n || f.p[i] != '!')
				return "B16";
			threat = sheet_threat(bytes_of(f.p + from + 1, i - from - 2), sheets);
			i++;
		} else if (c == '#') {
			for (i++; i < f.n && ((f.p[i] >= 'A' && f.p[i] <= 'Z') || (f.p[i] >= '0' && f.p[i] <= '9') || f.p[i] == '/'); i++)
				;
			if (i < f.n && (f.p[i] == '!' || f.p[i] == '?'))
				i++;
		} else if (c == '[') {
			if (i + 4 > f.n || memcmp(f.p + i, "[0]!", 4) != 0)
				return "B10";
			i += 4;
		} else if (c == '|' || c == '`' || c == ';' || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
			if (c != ';')
				return "B16";
			i++; /* rows of an array constant */
		} else {
			i++;
		}
	}
	return threat;
}
