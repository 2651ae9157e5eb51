/* HTMLから文字へ — contract in html_text.h: its own small tokenizer, which needs no tree: only what is shown counts. */
#include "sanitize/parts/html_text.h"
#include "base/buf.h"
#include "sanitize/parts/link.h"

enum { NAME_MOST = 24, LOOKED_AT = 2048, LINK_MOST = 1024 };

static const struct {
	const char *name, *character;
} entities[] = {
#define ENTITY(name, character) { name, character },
#include "sanitize/parts/entities.def"
#undef ENTITY
};
/* Begin and end lines; two of them leave an empty one. */
static const char *const lines[] = { "div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "form", "fieldset", "address", "figure", "figcaption", "option", "main", "nav",
				     "body", "html", "caption", "thead", "tbody", "legend", "details", "summary" };
static const char *const paragraphs[] = { "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "blockquote", "pre", "hr" };
/* What stands between their tags is no text of the page. */
static const char *const hidden[] = { "script", "style", "iframe", "object", "applet", "template", "svg", "math", "noembed", "noframes", "audio", "video", "canvas" };

struct page {
	struct arena *arena;
	const char *p;
	size_t n, at;
	struct buf out;
	unsigned lines_due; /* before the next text */
	bool blank_due, preformatted;
	unsigned removed;
	struct text link; /* of the open <a>; n = 0 none */
	size_t link_from;
};
struct tag {
	char name[NAME_MOST + 1];
	bool closing;
	size_t from, to; /* of the attributes */
};

static bool is_in(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c; }

/* -- writing -- */
static void break_line(struct page *g, unsigned n)
{
	g->lines_due = MAX(g->lines_due, n);
	g->blank_due = false;
}

static void put(struct page *g, const char *p, size_t n)
{
	if (g->out.n)
		for (; g->lines_due; g->lines_due--)
			buf_byte(&g->out, '\n');
	g->lines_due = 0;
	if (g->blank_due && g->out.n && g->out.p[g->out.n - 1] != '\n' && g->out.p[g->out.n - 1] != '\t')
		buf_byte(&g->out, ' ');
	g->blank_due = false;
	buf_put(&g->out, p, n);
}

static void put_text(struct page *g, struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		if (!g->preformatted && is_blank(t.p[i]))
			g->blank_due = true;
		else if (g->preformatted && t.p[i] == '\n')
			break_line(g, g->lines_due + 1);
		else
			put(g, t.p + i, 1);
	}
}

/* -- character references -- */
static size_t take_number(struct text t, size_t at, uint32_t *c)
{
	size_t i = at + 2;
	bool hex = i < t.n && (t.p[i] | 32) == 'x';
	uint32_t v = 0;

	i += hex;
	size_t from = i;
	for (; i < t.n && i - from < 8; i++) {
		char d = lower(t.p[i]);
		unsigned k = d >= '0' && d <= '9' ? (unsigned)(d - '0') : hex && d >= 'a' && d <= 'f' ? (unsigned)(d - 'a' + 10) : 99;
		if (k == 99)
			break;
		v = v * (hex ? 16 : 10) + k;
	}
	if (i == from)
		return 0;
	*c = v < 0x20 || (v >= 0x7f && v < 0xa0) || v > 0x10ffff || (v >= 0xd800 && v < 0xe000) || v == 0xfeff ? ' ' : v;
	return i + (i < t.n && t.p[i] == ';') - at;
}

static size_t take_entity(struct text t, size_t at, struct buf *out)
{
	uint32_t c = 0;
	uint8_t utf8[4];

	if (at + 2 < t.n && t.p[at + 1] == '#') {
		size_t n = take_number(t, at, &c);
		if (n)
			buf_put(out, utf8, utf8_put(utf8, c));
		return n;
	}
	for (size_t i = 0; i < COUNT(entities); i++) {
		size_t n = strlen(entities[i].name);
		if (t.n - at > n + 1 && memcmp(t.p + at + 1, entities[i].name, n) == 0 && t.p[at + 1 + n] == ';') {
			buf_str(out, entities[i].character);
			return n + 2;
		}
	}
	return 0;
}

static struct text without_entities(struct arena *arena, struct text t)
{
	struct buf out = buf_in(arena, 0);

	for (size_t i = 0; i < t.n;) {
		size_t n = t.p[i] == '&' ? take_entity(t, i, &out) : 0;
		if (n == 0)
			buf_byte(&out, (uint8_t)t.p[i]), n = 1;
		i += n;
	}
	return (struct text){ buf_string(&out), out.n };
}

/* -- tags -- */
/* g->at stands behind "<". false: it is no tag. Afterwards g->at stands behind ">". */
static bool take_tag(struct page *g, struct tag *t)
{
	size_t i = g->at, n = 0;

	*t = (struct tag){ .closing = i < g->n && g->p[i] == '/' };
	i += t->closing;
	if (i == g->n || !((g->p[i] | 32) >= 'a' && (g->p[i] | 32) <= 'z'))
		return false;
	for (; i < g->n && !is_blank(g->p[i]) && g->p[i] != '>' && g->p[i] != '/'; i++)
		if (n < NAME_MOST)
			t->name[n++] = lower(g->p[i]);
	t->from = i;
	char quote = 0;
	for (; i < g->n && (quote || g->p[i] != '>'); i++)
		if (quote ? g->p[i] == quote : (g->p[i] == '"' || g->p[i] == '\'') && g->p[i - 1] == '=')
			quote = quote ? 0 : g->p[i];
	t->to = i;
	g->at = i < g->n ? i + 1 : i;
	return true;
}

/* The value of an attribute, references resolved; n = 0: none. */
static struct text attribute(struct page *g, const struct tag *t, const char *name)
{
	size_t i = t->from, n = strlen(name);

	while (i < t->to) {
		while (i < t->to && (is_blank(g->p[i]) || g->p[i] == '/'))
			i++;
		size_t from = i;
		while (i < t->to && g->p[i] != '=' && !is_blank(g->p[i]))
			i++;
		bool found = i - from == n && strncasecmp(g->p + from, name, n) == 0;
		while (i < t->to && is_blank(g->p[i]))
			i++;
		if (i == t->to || g->p[i] != '=') {
			i += i == from;
			continue;
		}
		for (i++; i < t->to && is_blank(g->p[i]);)
			i++;
		char quote = i < t->to && (g->p[i] == '"' || g->p[i] == '\'') ? g->p[i] : 0;
		size_t value = i += quote != 0;
		while (i < t->to && (quote ? g->p[i] != quote : !is_blank(g->p[i])))
			i++;
		if (found) {
			const char *s = arena_copy(g->arena, g->p + value, i - value);
			return without_entities(g->arena, (struct text){ s, i - value });
		}
		i += quote && i < t->to;
	}
	return TEXT("");
}

/* "</name" from here on, or the end. */
static void skip_to_end_of(struct page *g, const char *name)
{
	size_t n = strlen(name);

	for (; g->at < g->n; g->at++)
		if (g->p[g->at] == '<' && g->n - g->at > n + 1 && g->p[g->at + 1] == '/' && strncasecmp(g->p + g->at + 2, name, n) == 0)
			return;
}

static void open_link(struct page *g, const struct tag *t)
{
	struct text href = attribute(g, t, "href");

	g->link = TEXT("");
	if (href.n == 0 || href.p[0] == '#')
		return;
	if (href.n <= LINK_MOST && link_is_allowed(bytes_of_text(href)))
		g->link = href, g->link_from = g->out.n;
	else
		g->removed++;
}

static bool shows(const char *shown, size_t n, const char *p, size_t k)
{
	return p && k && n >= k && memmem(shown, n, p, k);
}

/* The address, unless it is what was shown. */
static void close_link(struct page *g)
{
	struct text link = g->link;

	g->link = TEXT("");
	if (link.n == 0)
		return;
	size_t from = MIN(g->link_from, g->out.n), n = g->out.n - from;
	const char *shown = n ? (const char *)g->out.p + from : "";
	if (shows(shown, n, link.p, link.n))
		return;
	if (strncasecmp(link.p, "mailto:", 7) == 0 && shows(shown, n, link.p + 7, link.n - 7))
		return;
	put(g, "（", strlen("（"));
	put(g, link.p, link.n);
	put(g, "）", strlen("）"));
}

static void act_on(struct page *g, const struct tag *t)
{
	if (!t->closing && is_in(hidden, COUNT(hidden), t->name)) {
		g->removed += strcmp(t->name, "style") != 0;
		skip_to_end_of(g, t->name);
	} else if (!t->closing && strcmp(t->name, "title") == 0) {
		skip_to_end_of(g, t->name);
	} else if (strcmp(t->name, "br") == 0) {
		break_line(g, g->lines_due + 1);
	} else if (is_in(paragraphs, COUNT(paragraphs), t->name)) {
		break_line(g, 2);
		g->preformatted = strcmp(t->name, "pre") == 0 ? !t->closing : g->preformatted;
	} else if (is_in(lines, COUNT(lines), t->name)) {
		break_line(g, 1);
		if (strcmp(t->name, "li") == 0 && !t->closing)
			put(g, "・", strlen("・"));
	} else if ((strcmp(t->name, "td") == 0 || strcmp(t->name, "th") == 0) && !t->closing) {
		if (g->lines_due == 0 && g->out.n)
			put(g, "\t", 1);
	} else if (strcmp(t->name, "a") == 0) {
		close_link(g);
		if (!t->closing)
			open_link(g, t);
	} else if (strcmp(t->name, "img") == 0 || strcmp(t->name, "area") == 0) {
		put_text(g, attribute(g, t, "alt"));
	} else if (strcmp(t->name, "embed") == 0 || strcmp(t->name, "frame") == 0 || strcmp(t->name, "base") == 0) {
		g->removed++;
	}
}

static void skip_declaration(struct page *g)
{
	const char *end;

	if (g->n - g->at >= 3 && memcmp(g->p + g->at, "!--", 3) == 0) {
		end = memmem(g->p + g->at, g->n - g->at, "-->", 3);
		g->at = end ? (size_t)(end - g->p) + 3 : g->n;
		return;
	}
	end = memchr(g->p + g->at, '>', g->n - g->at);
	g->at = end ? (size_t)(end - g->p) + 1 : g->n;
}

struct text html_text(struct arena *arena, struct text html, unsigned *removed)
{
	struct page g = { .arena = arena, .p = html.p, .n = html.n, .out = buf_in(arena, 0), .link = TEXT("") };

	while (g.at < g.n) {
		const char *next = memchr(g.p + g.at, '<', g.n - g.at);
		size_t end = next ? (size_t)(next - g.p) : g.n;
		if (end > g.at) {
			const char *s = arena_copy(arena, g.p + g.at, end - g.at);
			put_text(&g, without_entities(arena, (struct text){ s, end - g.at }));
		}
		g.at = end;
		if (!next)
			break;
		g.at++;
		struct tag t;
		if (g.at < g.n && (g.p[g.at] == '!' || g.p[g.at] == '?'))
			skip_declaration(&g);
		else if (take_tag(&g, &t))
			act_on(&g, &t);
		else
			put_text(&g, TEXT("<"));
	}
	close_link(&g);
	if (g.out.n)
		buf_byte(&g.out, '\n');
	*removed = g.removed;
	return (struct text){ buf_string(&g.out), g.out.n };
}

struct text html_charset(struct arena *arena, struct bytes head)
{
	size_t n = MIN(head.n, (size_t)LOOKED_AT);
	char name[NAME_MOST + 1];

	for (size_t i = 0; i + 8 < n; i++) {
		if (strncasecmp((const char *)head.p + i, "charset=", 8) != 0)
			continue;
		size_t from = i + 8, k = 0;
		from += from < n && (head.p[from] == '"' || head.p[from] == '\'');
		while (from < n && k < NAME_MOST && ((head.p[from] | 32) >= 'a' ? (head.p[from] | 32) <= 'z' : (head.p[from] >= '0' && head.p[from] <= '9') || head.p[from] == '-' || head.p[from] == '_'))
			name[k++] = (char)head.p[from++];
		const char *s = arena_copy(arena, name, k);
		return (struct text){ s, k };
	}
	return TEXT("");
}
