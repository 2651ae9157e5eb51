/* 画面の型紙 — the writing half of htmlc: C functions, their header, and the POT with every text a person can read. */
#include "htmlc.h"
#include <stdarg.h>

enum { CHUNK = 2000 /* bytes of one literal; with escapes below the 4,095 that C promises */, MESSAGES_MOST = 4096, INCLUDES_MOST = 256 };

const struct element_row element_rows[] = {
#define ELEMENT(name, kind) { #name, ELEMENT_##kind },
#include "html_elements.def"
#undef ELEMENT
};
const struct attribute_row attribute_rows[] = {
#define ATTRIBUTE(element, name, place) { element, name, PLACE_##place },
#include "html_attributes.def"
#undef ATTRIBUTE
};
const size_t element_rows_count = sizeof element_rows / sizeof *element_rows, attribute_rows_count = sizeof attribute_rows / sizeof *attribute_rows;

struct message {
	const char *text;
	struct grown references;
};
static struct message messages[MESSAGES_MOST];
static size_t message_count;
static const char *includes[INCLUDES_MOST];
static size_t include_count;
static struct grown c_out, h_out;
static void *kept; /* chain of all blocks: reachable, so that a leak checker stays silent */

/* ---- memory and strings ------------------------------------------------------------------------------------------------------ */

static void *block(size_t n)
{
	void **b = malloc(sizeof *b + n);

	if (!b)
		abort();
	*b = kept;
	kept = b;
	return b + 1;
}

char *keep(const char *s, size_t n)
{
	char *to = block(n + 1);

	memcpy(to, s, n);
	to[n] = 0;
	return to;
}

char *keep_trimmed(const char *s, size_t n)
{
	while (n && (s[0] == ' ' || s[0] == '\t'))
		s++, n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return keep(s, n);
}

void add(struct grown *g, const char *s, size_t n)
{
	if (g->room - g->n < n + 1) {
		size_t room = (g->n + n + 1) * 2;
		char *p = block(room);
		if (g->n)
			memcpy(p, g->p, g->n);
		g->p = p, g->room = room;
	}
	memcpy(g->p + g->n, s, n);
	g->n += n;
	g->p[g->n] = 0;
}

static void add_string(struct grown *g, const char *s) { add(g, s, strlen(s)); }

static void add_v(struct grown *g, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = format ? vsnprintf(NULL, 0, format, again) : -1;
	va_end(again);
	if (n < 0)
		abort();
	char *s = block((size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, format, args);
	add(g, s, (size_t)n);
}

static void __attribute__((format(printf, 2, 3))) add_format(struct grown *g, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_v(g, format, args);
	va_end(args);
}

static void add_quoted(struct grown *g, const char *s, size_t n)
{
	add_string(g, "\"");
	for (size_t i = 0; i < n; i++)
		switch (s[i]) {
		case '"': add_string(g, "\\\""); break;
		case '\\': add_string(g, "\\\\"); break;
		case '\n': add_string(g, "\\n"); break;
		case '\r': break;
		case '\t': add_string(g, "\\t"); break;
		case '?': add_string(g, "\\?"); break;
		default: add(g, s + i, 1);
		}
	add_string(g, "\"");
}

void refused(const struct compiler *c, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", c->shown, c->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- C ----------------------------------------------------------------------------------------------------------------------- */

void raw(struct compiler *c, const char *s, size_t n) { add(&c->raw, s, n); }
void raw_string(struct compiler *c, const char *s) { add(&c->raw, s, strlen(s)); }

static size_t cut_at_character(const char *s, size_t n)
{
	if (n <= CHUNK)
		return n;
	for (n = CHUNK; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

static void flush(struct compiler *c)
{
	for (size_t at = 0; at < c->raw.n;) {
		size_t n = cut_at_character(c->raw.p + at, c->raw.n - at), bytes = n;
		add_string(&c_out, "\thtml_raw(o, ");
		add_quoted(&c_out, c->raw.p + at, n);
		for (size_t i = 0; i < n; i++)
			bytes -= c->raw.p[at + i] == '\r';
		add_format(&c_out, ", %zu);\n", bytes);
		at += n;
	}
	c->raw.n = 0;
}

static void line_mark(const struct compiler *c, int line)
{
	add_format(&c_out, "#line %d \"%s\"\n", line, c->path);
}

void code(struct compiler *c, const char *format, ...)
{
	va_list args;

	flush(c);
	line_mark(c, c->words_line ? c->words_line : c->line);
	add_string(&c_out, "\t");
	va_start(args, format);
	add_v(&c_out, format, args);
	va_end(args);
	add_string(&c_out, "\n");
}

void value(struct compiler *c, const char *function, const char *words)
{
	code(c, "%s(o, (%s));", function, words);
}

static void take_call(struct compiler *c, const char *words, const char **name, const char **inside)
{
	size_t n = strspn(words, "abcdefghijklmnopqrstuvwxyz0123456789_"), all = strlen(words);

	if (n == 0 || words[n] != '(' || words[all - 1] != ')')
		refused(c, "write NAME(…)");
	*name = keep(words, n);
	*inside = keep_trimmed(words + n + 1, all - n - 2);
}

void call(struct compiler *c, const char *words)
{
	const char *name, *inside;

	take_call(c, words, &name, &inside);
	code(c, *inside ? "page_%s(o, %s);" : "page_%s(o);", name, inside);
}

void include(struct compiler *c, const char *words)
{
	if (!*words || strchr(words, '"') || words[0] == '/' || strstr(words, ".."))
		refused(c, "{{include folder/file.h}}");
	for (size_t i = 0; i < include_count; i++)
		if (strcmp(includes[i], words) == 0)
			return;
	if (include_count == INCLUDES_MOST)
		refused(c, "too many includes");
	includes[include_count++] = words;
}

void page(struct compiler *c, const char *words)
{
	const char *name, *inside, *base = strrchr(c->path, '/');

	take_call(c, words, &name, &inside);
	base = base ? base + 1 : c->path;
	size_t n = strlen(name);
	if (strcmp(base, "in.html") != 0 && (strncmp(base, name, n) != 0 || strcmp(base + n, ".html") != 0))
		refused(c, "page %s stands in a file of another name", name);
	c->name = name;
	add_format(&h_out, "void page_%s(struct html *o%s%s);\n", name, *inside ? ", " : "", inside);
	add_string(&c_out, "\n");
	line_mark(c, c->words_line);
	add_format(&c_out, "void page_%s(struct html *o%s%s)\n{\n", name, *inside ? ", " : "", inside);
}

void page_end(struct compiler *c)
{
	flush(c);
	add_string(&c_out, "}\n");
}

/* ---- runs and messages ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *entity, *means;
} entities[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&nbsp;", "\xc2\xa0" } };

size_t entity_length(const struct compiler *c)
{
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		if (strncmp(c->p, entities[i].entity, strlen(entities[i].entity)) == 0)
			return strlen(entities[i].entity);
	refused(c, "write &amp; for & (known: &amp; &lt; &gt; &quot; &nbsp;)");
}

void text_literal(struct compiler *c)
{
	const char *from = c->p;

	while (*c->p && *c->p != '<' && strncmp(c->p, "{{", 2) != 0) {
		if (*c->p == '&')
			entity_length(c);
		if (*c->p++ == '\n')
			c->line++;
	}
	run_literal(c, from, (size_t)(c->p - from));
}

void run_begin(struct compiler *c, bool in_attribute)
{
	c->part_count = 0;
	c->run_in_attribute = in_attribute;
	c->run_line = 0;
}

static struct part *new_part(struct compiler *c)
{
	if (c->part_count == PARTS_MOST)
		refused(c, "too many values in one run of text");
	return &c->parts[c->part_count++];
}

void run_literal(struct compiler *c, const char *s, size_t n)
{
	if (memchr(s, '{', n) || memchr(s, '}', n))
		refused(c, "no single brace in text: it would look like the place of a value");
	*new_part(c) = (struct part){ .literal = s, .n = n, .line = c->line };
}

void run_value(struct compiler *c, const char *words)
{
	if (!c->run_line)
		c->run_line = c->words_line;
	*new_part(c) = (struct part){ .words = words, .line = c->words_line };
}

/* Full-width punctuation counts: （{0}） reads ({0}) in English. */
static bool is_letter(unsigned code_point)
{
	return (code_point >= 'a' && code_point <= 'z') || (code_point >= 'A' && code_point <= 'Z') || (code_point >= 0xc0 && code_point <= 0x24f) ||
	       (code_point >= 0x3005 && code_point <= 0x3007) || (code_point >= 0x3041 && code_point <= 0x30ff) ||
	       (code_point >= 0x3400 && code_point <= 0x9fff) || (code_point >= 0xf900 && code_point <= 0xfaff) ||
	       (code_point >= 0xff01 && code_point <= 0xff9f) || (code_point >= 0x3001 && code_point <= 0x301f) || code_point >= 0x20000;
}

static bool has_letter(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char b = (unsigned char)s[i];
		if (b == '&') { /* an entity is no word */
			while (i < n && s[i] != ';')
				i++;
			continue;
		}
		size_t length = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
		unsigned v = b < 0x80 ? b : b & (0xffu >> (length + 1));
		for (size_t k = 1; k < length && i + k < n; k++)
			v = v << 6 | ((unsigned char)s[i + k] & 0x3f);
		if (is_letter(v))
			return true;
		i += length;
	}
	return false;
}

static bool blank(char x) { return x == ' ' || x == '\n' || x == '\t' || x == '\r'; }

static void add_decoded(struct grown *g, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t e = 0;
		if (blank(s[i])) {
			if (g->n == 0 || g->p[g->n - 1] != ' ')
				add_string(g, " ");
			continue;
		}
		for (; e < sizeof entities / sizeof *entities; e++)
			if (strncmp(s + i, entities[e].entity, strlen(entities[e].entity)) == 0)
				break;
		if (e < sizeof entities / sizeof *entities) {
			add_string(g, entities[e].means);
			i += strlen(entities[e].entity) - 1;
		} else {
			add(g, s + i, 1);
		}
	}
}

static void write_plainly(struct compiler *c)
{
	for (size_t i = 0; i < c->part_count; i++) {
		if (c->parts[i].words) {
			c->words_line = c->parts[i].line;
			value(c, c->run_in_attribute ? "html_plain" : "html_text", c->parts[i].words);
		} else {
			raw(c, c->parts[i].literal, c->parts[i].n);
		}
	}
}

static void note_message(const struct compiler *c, const char *text, int line)
{
	size_t i = 0;

	while (i < message_count && strcmp(messages[i].text, text) != 0)
		i++;
	if (i == MESSAGES_MOST)
		refused(c, "too many messages");
	if (i == message_count)
		messages[message_count++].text = text;
	add_format(&messages[i].references, " %s:%d", c->shown, line);
}

static void write_message(struct compiler *c, const char *text, bool has_values)
{
	struct grown quoted = { 0 };
	unsigned number = 0;

	add_quoted(&quoted, text, strlen(text));
	flush(c);
	if (!has_values) {
		struct grown all = { 0 };
		for (size_t i = 0; i < c->part_count; i++)
			add(&all, c->parts[i].literal, c->parts[i].n);
		if (all.n > CHUNK)
			refused(c, "a paragraph of more than %d bytes", CHUNK);
		add_string(&c_out, "\thtml_message(o, ");
		add_quoted(&c_out, all.p, all.n);
		add_format(&c_out, ", sizeof ");
		add_quoted(&c_out, all.p, all.n);
		add_format(&c_out, " - 1, %s);\n", quoted.p);
		return;
	}
	add_string(&c_out, "\tif (html_is_japanese(o)) {\n");
	write_plainly(c);
	flush(c);
	add_format(&c_out, "\t} else {\n\tstruct html_run run_ = html_run_begin(%s);\n\tfor (int place_; (place_ = html_run_next(o, &run_)) >= 0;)\n\tswitch (place_) {\n", quoted.p);
	for (size_t i = 0; i < c->part_count; i++) {
		if (!c->parts[i].words)
			continue;
		add_format(&c_out, "\tcase %u:\n", number++);
		c->words_line = c->parts[i].line;
		value(c, c->run_in_attribute ? "html_plain" : "html_text", c->parts[i].words);
		add_string(&c_out, "\tbreak;\n");
	}
	add_string(&c_out, "\t} }\n");
}

void run_end(struct compiler *c)
{
	struct grown text = { 0 };
	bool letters = false, has_values = false;
	unsigned number = 0;
	struct part *first = c->parts, *last = c->part_count ? &c->parts[c->part_count - 1] : NULL;

	for (size_t i = 0; i < c->part_count; i++) {
		letters |= !c->parts[i].words && has_letter(c->parts[i].literal, c->parts[i].n);
		has_values |= c->parts[i].words != NULL;
	}
	if (!letters) {
		write_plainly(c);
		c->part_count = 0;
		return;
	}
	for (; !first->words && first->n && blank(*first->literal); first->literal++, first->n--)
		raw(c, first->literal, 1);
	const char *tail = last->words ? "" : last->literal + last->n;
	size_t tail_length = 0;
	for (; !last->words && last->n && blank(last->literal[last->n - 1]); last->n--)
		tail--, tail_length++;
	for (size_t i = 0; i < c->part_count; i++) {
		if (c->parts[i].words)
			add_format(&text, "{%u}", number++);
		else
			add_decoded(&text, c->parts[i].literal, c->parts[i].n);
	}
	note_message(c, text.p, c->run_line ? c->run_line : c->line);
	write_message(c, text.p, has_values);
	if (tail_length)
		raw(c, tail, tail_length);
	c->part_count = 0;
}

/* ---- the program ------------------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *head, const struct grown *body)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(head, f) < 0 || (body->n && fwrite(body->p, 1, body->n, f) != body->n) || fclose(f) != 0) {
		fprintf(stderr, "htmlc: cannot write %s\n", path);
		exit(1);
	}
}

static const char *read_all(const char *path)
{
	struct grown g = { 0 };
	char part[8192];
	size_t n;
	FILE *f = fopen(path, "r");

	add(&g, "", 0);
	while (f && (n = fread(part, 1, sizeof part, f)) > 0)
		add(&g, part, n);
	if (!f || ferror(f) || strlen(g.p) != g.n) {
		fprintf(stderr, "htmlc: cannot read %s as text\n", path);
		exit(1);
	}
	fclose(f);
	return g.p;
}

static void write_pot(const char *path)
{
	struct grown g = { 0 };

	for (size_t i = 0; i < message_count; i++) {
		add_format(&g, "\n#:%s\nmsgid ", messages[i].references.p);
		add_string(&g, "\"");
		for (const char *s = messages[i].text; *s; s++) {
			if (*s == '"' || *s == '\\')
				add_string(&g, "\\");
			add(&g, s, 1);
		}
		add_string(&g, "\"\nmsgstr \"\"\n");
	}
	write_file(path, "msgid \"\"\nmsgstr \"\"\n\"Project-Id-Version: sekisho\\n\"\n\"MIME-Version: 1.0\\n\"\n"
		   "\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Content-Transfer-Encoding: 8bit\\n\"\n", &g);
}

int main(int argc, char **argv)
{
	const char *c_path = NULL, *h_path = NULL, *pot_path = NULL, *root = "";
	struct grown head = { 0 };
	int at = 1;

	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		const char **to = strcmp(argv[at], "--c") == 0 ? &c_path : strcmp(argv[at], "--h") == 0 ? &h_path :
				  strcmp(argv[at], "--pot") == 0 ? &pot_path : strcmp(argv[at], "--root") == 0 ? &root : NULL;
		if (!to)
			break;
		*to = argv[at + 1];
	}
	if (!c_path || !h_path || !pot_path || at >= argc || argv[at][0] == '-') {
		fprintf(stderr, "usage: htmlc [--root FOLDER] --c OUT.c --h OUT.h --pot OUT.pot FILE.html…\n");
		return 2;
	}
	for (; at < argc; at++) {
		size_t n = strlen(root);
		const char *shown = strncmp(argv[at], root, n) == 0 ? argv[at] + n : argv[at];
		struct compiler *c = block(sizeof *c);
		*c = (struct compiler){ .path = argv[at], .shown = shown + (*shown == '/' && n), .p = read_all(argv[at]), .line = 1 };
		compile(c);
	}
	for (size_t i = 0; i < include_count; i++)
		add_format(&head, "#include \"%s\"\n", includes[i]);
	add_string(&head, h_out.p);
	add_string(&head, "#endif\n");
	write_file(h_path, "/* Made by tools/htmlc.c from the templates. */\n#ifndef WEB_PAGES_H\n#define WEB_PAGES_H\n#include \"web/html.h\"\n", &head);
	write_file(c_path, "/* Made by tools/htmlc.c from the templates. */\n#include \"web/pages.h\"\n#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n", &c_out);
	write_pot(pot_path);
	return 0;
}
