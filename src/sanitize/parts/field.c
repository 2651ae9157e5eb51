/* フィールド命令 — contract in field.h. */
#include "sanitize/parts/field.h"
#include "sanitize/parts/link.h"

static const char *const fields[] = {
#define FIELD(name) name,
#include "sanitize/parts/fields.def"
#undef FIELD
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct bytes keyword_of(struct bytes b, struct bytes *rest)
{
	size_t from = 0, to;

	if (b.n == 0)
		return *rest = b;
	while (from < b.n && is_blank(b.p[from]))
		from++;
	for (to = from; to < b.n && ((b.p[to] | 32) >= 'a' && (b.p[to] | 32) <= 'z'); to++)
		;
	*rest = bytes_of(b.p + to, b.n - to);
	return bytes_of(b.p + from, to - from);
}

/* The next word, quoted or not; n = 0 and p = NULL at the end. */
static struct bytes next_word(struct bytes *rest)
{
	size_t i = 0;

	while (i < rest->n && is_blank(rest->p[i]))
		i++;
	if (i == rest->n)
		return (struct bytes){ NULL, 0 };
	size_t from = i;
	bool quoted = rest->p[i] == '"';
	if (quoted)
		from = ++i;
	while (i < rest->n && (quoted ? rest->p[i] != '"' : !is_blank(rest->p[i])))
		i++;
	struct bytes word = bytes_of(rest->p + from, i - from);
	if (quoted && i < rest->n)
		i++;
	*rest = bytes_of(rest->p + i, rest->n - i);
	return word;
}

/* HYPERLINK "target" \l "place" \o "hint" \t "frame" \n: a target, if there is one, is an allowed link. */
static bool is_allowed_hyperlink(struct bytes rest, bool *leads_out)
{
	bool place = false, target = false;

	for (struct bytes w; (w = next_word(&rest)).p;) {
		if (w.n >= 2 && w.p[0] == '\\') {
			uint8_t letter = w.p[1] | 32;
			if (letter == 'l' || letter == 'o' || letter == 't') {
				struct bytes value = next_word(&rest);
				if (letter == 'l')
					place = value.n > 0;
			} else if (letter != 'n' && letter != 'h' && letter != '*' && letter != 'm') {
				return false;
			}
			continue;
		}
		if (w.n == 0 && !target)
			continue;
		if (target || !link_is_allowed(w))
			return false;
		target = true;
	}
	*leads_out = target;
	return place || target;
}

bool field_has_keyword(struct bytes b)
{
	struct bytes rest, keyword = keyword_of(b, &rest);
	return (keyword.n && rest.n && is_blank(rest.p[0])) || (!keyword.n && rest.n);
}

bool field_may_hold_fields(struct bytes b)
{
	struct bytes rest, keyword = keyword_of(b, &rest);
	return keyword.n != 9 || strncasecmp((const char *)keyword.p, "HYPERLINK", 9) != 0;
}

static bool judge(struct bytes b, bool *leads_out)
{
	struct bytes rest, keyword = keyword_of(b, &rest);
	char upper[20];

	*leads_out = false;
	if (keyword.n == 0) { /* { = formula } */
		while (rest.n && is_blank(rest.p[0]))
			rest = bytes_of(rest.p + 1, rest.n - 1);
		return rest.n > 1 && rest.p[0] == '=';
	}
	if (keyword.n >= sizeof upper || (rest.n && !is_blank(rest.p[0]) && rest.p[0] != '\\' && rest.p[0] != '"'))
		return false;
	for (size_t i = 0; i < keyword.n; i++)
		upper[i] = (char)(keyword.p[i] & ~32);
	upper[keyword.n] = 0;
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i], upper) == 0)
			return strcmp(upper, "HYPERLINK") != 0 || is_allowed_hyperlink(rest, leads_out);
	return false;
}

bool field_is_allowed(struct bytes b)
{
	bool leads_out;

	return judge(b, &leads_out);
}

bool field_leads_out(struct bytes b)
{
	bool leads_out;

	return judge(b, &leads_out) && leads_out;
}
