/* 式と命令の再検査 — contract in ooxml_text.h. */
#include "sanitize/grammars/ooxml_text.h"

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

static bool same(struct bytes b, const char *s)
{
	size_t n = strlen(s);

	if (b.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (upper(b.p[i]) != upper((uint8_t)s[i]))
			return false;
	return true;
}

static bool begins(struct bytes b, const char *s)
{
	return b.n > strlen(s) && same(bytes_of(b.p, strlen(s)), s);
}

bool ooxml_link_is_good(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == '\\' || b.p[i] == 0x7f)
			return false;
	return begins(b, "https://") || begins(b, "http://") || begins(b, "mailto:");
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Every word of a HYPERLINK that is no switch, and no value of one, is a good link; a place (\l) may stand for it. */
static bool hyperlink_is_good(struct bytes b, bool *leads_out)
{
	bool value_follows = false, leads = false;

	for (size_t i = 0; i < b.n;) {
		if (is_blank(b.p[i])) {
			i++;
			continue;
		}
		bool quoted = b.p[i] == '"';
		size_t from = quoted ? ++i : i;
		while (i < b.n && (quoted ? b.p[i] != '"' : !is_blank(b.p[i])))
			i++;
		struct bytes word = bytes_of(b.p + from, i - from);
		i += quoted;
		if (!quoted && word.p[0] == '\\') {
			uint8_t letter = word.n > 1 ? upper(word.p[1]) : 0;
			value_follows = letter == 'L' || letter == 'O' || letter == 'T';
			leads |= letter == 'L';
			if (!value_follows && letter != 'N' && letter != 'H' && letter != 'M' && letter != '*')
				return false;
		} else if (value_follows) {
			value_follows = false;
		} else if (word.n) {
			if (!ooxml_link_is_good(word))
				return false;
			leads = *leads_out = true;
		}
	}
	return leads;
}

bool ooxml_field_is_link(struct bytes b)
{
	size_t from = 0;

	while (from < b.n && is_blank(b.p[from]))
		from++;
	return b.n - from >= 9 && same(bytes_of(b.p + from, 9), "HYPERLINK");
}

static bool judge_field(struct bytes b, bool *leads_out)
{
	static const char *const fields[] = {
#define FIELD(name) name,
#include "sanitize/grammars/ooxml_rules.def"
#undef FIELD
	};
	size_t from = 0, to;

	if (b.n == 0)
		return false;
	while (from < b.n && is_blank(b.p[from]))
		from++;
	if (from < b.n && b.p[from] == '=')
		return true;
	for (to = from; to < b.n && upper(b.p[to]) >= 'A' && upper(b.p[to]) <= 'Z'; to++)
		;
	if (to < b.n && !is_blank(b.p[to]) && b.p[to] != '\\' && b.p[to] != '"')
		return false;
	struct bytes keyword = bytes_of(b.p + from, to - from), rest = bytes_of(b.p + to, b.n - to);
	for (size_t i = 0; i < COUNT(fields); i++)
		if (same(keyword, fields[i]))
			return !same(keyword, "HYPERLINK") || hyperlink_is_good(rest, leads_out);
	return false;
}

bool ooxml_field_is_good(struct bytes b)
{
	bool leads_out = false;

	return judge_field(b, &leads_out);
}

bool ooxml_field_leads_out(struct bytes b)
{
	bool leads_out = false;

	return judge_field(b, &leads_out) && leads_out;
}

static bool call_is_good(struct bytes name, struct bytes behind)
{
	static const char *const calls[] = {
#define CALL(name) name,
#include "sanitize/grammars/ooxml_rules.def"
#undef CALL
	};

	if (begins(name, "_xll.") || begins(name, "_xludf."))
		return false;
	for (size_t dot; begins(name, "_xl") && (dot = (size_t)((const uint8_t *)memchr(name.p, '.', name.n) - name.p)) < name.n;)
		name = bytes_of(name.p + dot + 1, name.n - dot - 1);
	for (size_t i = 0; i < COUNT(calls); i++)
		if (same(name, calls[i]))
			return false;
	if (!same(name, "HYPERLINK"))
		return true;
	size_t i = 0;
	while (i < behind.n && is_blank(behind.p[i]))
		i++;
	if (i >= behind.n || behind.p[i] != '"')
		return false;
	const uint8_t *text = behind.p + i + 1, *end = memchr(text, '"', behind.n - i - 1);
	return end && end > text && (text[0] == '#' || ooxml_link_is_good(bytes_of(text, (size_t)(end - text))));
}

/* Strings are skipped; outside them no DDE bar, no other workbook, no back slash, no forbidden call. */
bool ooxml_formula_is_good(struct bytes b)
{
	size_t word = 0;
	bool in_word = false;

	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		bool letter = (unsigned)(upper(c) - 'A') < 26 || (unsigned)(c - '0') < 10 || c == '_' || c == '.' || c == '$' || c == '?' || c >= 0x80 || c == '\\';
		if (letter) {
			if (!in_word)
				word = i;
			in_word = true;
			continue;
		}
		struct bytes before = bytes_of(b.p + word, in_word ? i - word : 0);
		size_t next = i;
		while (next < b.n && is_blank(b.p[next]))
			next++;
		if (in_word && next < b.n && b.p[next] == '(' && !call_is_good(before, bytes_of(b.p + next + 1, b.n - next - 1)))
			return false;
		if (in_word && c == '!' && memchr(before.p, '\\', before.n))
			return false;
		if (c == '|' || c == '`' || (c < 0x20 && !is_blank(c)))
			return false;
		if (c == '"' || c == '\'') {
			const uint8_t *end = memchr(b.p + i + 1, c, b.n - i - 1);
			if (!end)
				return false;
			struct bytes inside = bytes_of(b.p + i + 1, (size_t)(end - b.p) - i - 1);
			if (c == '\'' && (memchr(inside.p, '[', inside.n) || memchr(inside.p, '|', inside.n) || memchr(inside.p, '\\', inside.n) ||
					  memchr(inside.p, '/', inside.n)))
				return false;
			i = (size_t)(end - b.p);
		} else if (c == '[') {
			bool this_book = b.n - i > 4 && memcmp(b.p + i, "[0]!", 4) == 0;
			if (!in_word && !this_book)
				return false;
			unsigned depth = 0;
			for (; i < b.n; i++) {
				if (b.p[i] == '\'')
					i++;
				else if (b.p[i] == '[')
					depth++;
				else if (b.p[i] == ']' && --depth == 0)
					break;
			}
			if (i >= b.n)
				return false;
		}
		in_word = false;
	}
	return true;
}

bool ooxml_name_is_good(struct bytes b)
{
	static const char *const prefix = "_xlnm.";

	if (begins(b, prefix))
		b = bytes_of(b.p + strlen(prefix), b.n - strlen(prefix));
	return !begins(b, "auto_") || !(begins(b, "auto_open") || begins(b, "auto_close") || begins(b, "auto_activate") || begins(b, "auto_deactivate") ||
					 same(b, "auto_open") || same(b, "auto_close") || same(b, "auto_activate") || same(b, "auto_deactivate"));
}

/* Any HYPERLINK( whose first string does not begin with '#', outside strings. */
bool ooxml_formula_leads_out(struct bytes b)
{
	bool in_string = false;

	for (size_t i = 0; i < b.n; i++) {
		in_string ^= b.p[i] == '"';
		if (in_string || b.n - i < 9 || !same(bytes_of(b.p + i, 9), "HYPERLINK"))
			continue;
		size_t k = i + 9;
		while (k < b.n && is_blank(b.p[k]))
			k++;
		if (k == b.n || b.p[k] != '(')
			continue;
		for (k++; k < b.n && is_blank(b.p[k]);)
			k++;
		if (k + 1 >= b.n || b.p[k] != '"' || b.p[k + 1] != '#')
			return true;
	}
	return false;
}
