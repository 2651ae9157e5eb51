/* 画面の型紙 — compiles HTML templates to C at build time: `{{value}}` is escaped by the place where it stands, and what cannot be made
 * safe there is refused with file and line. Follows the HTML like a browser (text, tag, attribute), on a strict subset: lower-case names of two
 * allow lists, quoted attributes, every element closed. Text is collected for translation (POT); Japanese is written as it stands.
 *
 *   htmlc [--root FOLDER] --c OUT.c --h OUT.h --pot OUT.pot FILE.html…
 *
 * In a template: {{include folder/file.h}} {{page NAME(parameters)}} once each; {{expression}} {{if e}} {{else if e}} {{else}} {{for a; b; c}} {{end}}
 * {{call NAME(arguments)}}. Contract of the run time: src/web/html.h. */
#include "htmlc.h"

/* ---- the source ------------------------------------------------------------------------------------------------------------- */

static bool looking_at(const struct compiler *c, const char *s)
{
	return strncmp(c->p, s, strlen(s)) == 0;
}

static void step(struct compiler *c, size_t n)
{
	for (; n > 0 && *c->p; n--)
		if (*c->p++ == '\n')
			c->line++;
}

static bool is_blank(char x) { return x == ' ' || x == '\n' || x == '\t' || x == '\r'; }
static bool is_name(char x) { return (x >= 'a' && x <= 'z') || (x >= '0' && x <= '9') || x == '-' || x == '_' || x == ':'; }

static void skip_blanks(struct compiler *c)
{
	while (is_blank(*c->p))
		step(c, 1);
}

static const char *take_name(struct compiler *c)
{
	const char *from = c->p;

	while (is_name(*c->p))
		c->p++;
	return keep(from, (size_t)(c->p - from));
}

/* After "{{": the words up to "}}", C string literals respected, brackets balanced. */
static const char *take_words(struct compiler *c)
{
	int round = 0;
	const char *from;

	c->words_line = c->line;
	step(c, 2);
	from = c->p;
	while (*c->p && !(looking_at(c, "}}") && round <= 0)) {
		if (*c->p == '"' || *c->p == '\'') {
			char quote = *c->p;
			for (step(c, 1); *c->p && *c->p != quote; step(c, 1))
				if (*c->p == '\\' && c->p[1])
					step(c, 1);
		}
		if (*c->p == '{' || *c->p == '}' || *c->p == '\n')
			refused(c, "words in {{ }} hold no braces and no line break");
		round += (*c->p == '(' || *c->p == '[') - (*c->p == ')' || *c->p == ']');
		if (round < 0)
			refused(c, "a bracket in {{ }} closes nothing");
		if (*c->p)
			step(c, 1);
	}
	if (!*c->p || round != 0)
		refused(c, "{{ is not closed by }}");
	const char *words = keep_trimmed(from, (size_t)(c->p - from));
	step(c, 2);
	if (!*words)
		refused(c, "{{ }} is empty");
	return words;
}

static const char *after_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(words, word, n) != 0 || (words[n] && words[n] != ' '))
		return NULL;
	words += n;
	while (*words == ' ')
		words++;
	return words;
}

/* ---- control: if, for, end -------------------------------------------------------------------------------------------------- */

static void control_begin(struct compiler *c, bool may_else, enum where where)
{
	if (c->control_depth == CONTROL_MOST)
		refused(c, "{{if}} and {{for}} are nested too deeply");
	c->control[c->control_depth++] = (struct control){ .line = c->words_line, .may_else = may_else, .where = where, .elements = c->depth };
}

static struct control *control_here(struct compiler *c, enum where where, const char *word)
{
	struct control *k = c->control_depth ? &c->control[c->control_depth - 1] : NULL;

	if (!k)
		refused(c, "{{%s}} without {{if}} or {{for}}", word);
	if (k->where != where || k->elements != c->depth || c->control_depth <= c->control_floor)
		refused(c, "a branch must end in the same place of the HTML as it began (line %d)", k->line);
	return k;
}

/* True if the words were control words and are dealt with. */
static bool control_words(struct compiler *c, const char *words, enum where where)
{
	const char *rest;

	if ((rest = after_word(words, "if"))) {
		if (!*rest)
			refused(c, "{{if}} needs a condition");
		code(c, "if (%s) {", rest);
		control_begin(c, true, where);
	} else if ((rest = after_word(words, "for"))) {
		if (where != IN_TEXT)
			refused(c, "{{for}} stands in text only");
		code(c, "for (%s) {", rest);
		control_begin(c, false, where);
	} else if ((rest = after_word(words, "else"))) {
		struct control *k = control_here(c, where, "else");
		if (!k->may_else)
			refused(c, "{{else}} without {{if}}");
		if (*rest && !(rest = after_word(rest, "if")))
			refused(c, "after {{else}} only \"if\" may follow");
		if (*rest)
			code(c, "} else if (%s) {", rest);
		else
			code(c, "} else {"), k->may_else = false;
	} else if ((rest = after_word(words, "end"))) {
		if (*rest)
			refused(c, "{{end}} stands alone");
		control_here(c, where, "end");
		c->control_depth--;
		code(c, "}");
	} else {
		return false;
	}
	return true;
}

static void refuse_head_words(struct compiler *c, const char *words)
{
	if (after_word(words, "include") || after_word(words, "page"))
		refused(c, "{{include}} and {{page}} stand at the head of the file, once");
	if (strchr(words, ';'))
		refused(c, "a value is one expression");
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------- */

static const struct attribute_row *attribute_row(struct compiler *c, const char *element, const char *name)
{
	for (size_t i = 0; i < attribute_rows_count; i++)
		if (strcmp(attribute_rows[i].name, name) == 0 &&
		    (strcmp(attribute_rows[i].element, "*") == 0 || strcmp(attribute_rows[i].element, element) == 0))
			return &attribute_rows[i];
	if (strncmp(name, "on", 2) == 0)
		refused(c, "no scripts in attributes: %s", name);
	refused(c, "attribute %s of <%s> is not in the list", name, element);
}

static void url_literal_start(struct compiler *c, const struct attribute *a, const char *s, size_t n)
{
	if (n == 0 || !strchr("/?#", s[0]))
		refused(c, "the address in %s must begin with / ? # or be one whole value", a->row->name);
	if (n > 1 && s[0] == '/' && (s[1] == '/' || s[1] == '\\'))
		refused(c, "the address in %s would lead to a foreign host", a->row->name);
}

static void url_value(struct compiler *c, struct attribute *a, const char *words, bool post_target)
{
	if (a->parts == 0) {
		if (post_target)
			refused(c, "the action of a form begins with a literal /");
		value(c, "html_url", words);
		a->whole_value = true;
	} else {
		if (a->literal.n == 1 && a->parts == 1)
			refused(c, "a value right after the first / could lead to a foreign host: name a folder first");
		value(c, "html_url_part", words);
	}
}

static void attribute_value(struct compiler *c, struct attribute *a)
{
	const char *words = take_words(c);

	if (a->row->place != PLACE_MESSAGE && a->row->place != PLACE_URL && control_words(c, words, IN_VALUE))
		return;
	if (after_word(words, "if") || after_word(words, "else") || after_word(words, "end") || after_word(words, "for") || after_word(words, "call"))
		refused(c, "no {{%.4s}} in %s", words, a->row->name);
	refuse_head_words(c, words);
	if (a->whole_value)
		refused(c, "a value at the start of %s must be the whole address", a->row->name);
	switch (a->row->place) {
	case PLACE_PLAIN: value(c, "html_plain", words); break;
	case PLACE_MESSAGE: run_value(c, words); break;
	case PLACE_NUMBER: value(c, "html_number", words); break;
	case PLACE_URL: url_value(c, a, words, strcmp(a->row->element, "form") == 0); break;
	case PLACE_NAME:
		if (a->literal.n == 0 && strcmp(a->row->name, "class") != 0)
			refused(c, "a value in %s needs a literal before it", a->row->name);
		value(c, "html_name", words);
		break;
	case PLACE_LITERAL:
	case PLACE_BOOLEAN: refused(c, "%s takes no value", a->row->name);
	}
	a->has_value = true;
	a->parts++;
}

static void attribute_literal(struct compiler *c, struct attribute *a)
{
	const char *from = c->p;

	while (*c->p && *c->p != '"' && !looking_at(c, "{{")) {
		if (*c->p == '<' || *c->p == '>')
			refused(c, "write &lt; and &gt; in attributes");
		if (*c->p == '&')
			entity_length(c);
		step(c, 1);
	}
	size_t n = (size_t)(c->p - from);
	if (n == 0)
		return;
	if (a->whole_value)
		refused(c, "a value at the start of %s must be the whole address", a->row->name);
	if (a->row->place == PLACE_URL && a->parts == 0)
		url_literal_start(c, a, from, n);
	if (a->row->place == PLACE_URL && memchr(from, '\\', n))
		refused(c, "no backslash in an address");
	if (a->row->place == PLACE_MESSAGE)
		run_literal(c, from, n);
	else
		raw(c, from, n);
	add(&a->literal, from, n);
	a->parts++;
}

static void parse_attribute(struct compiler *c, struct tag *t)
{
	const char *name = take_name(c);

	if (!*name)
		refused(c, "attribute names are written in lower case, without values");
	if (looking_at(c, "{{") && !looking_at(c, "{{if") && !looking_at(c, "{{else") && !looking_at(c, "{{end"))
		refused(c, "no value in the name of an attribute");
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->attributes[i].row->name, name) == 0)
			refused(c, "attribute %s stands twice", name);
	if (t->count == ATTRIBUTES_MOST)
		refused(c, "too many attributes");
	struct attribute *a = &t->attributes[t->count++];
	*a = (struct attribute){ .row = attribute_row(c, t->name, name), .in_branch = c->control_depth > t->control_depth };
	raw_string(c, " "), raw_string(c, name);
	if (a->in_branch && a->row->place != PLACE_BOOLEAN && a->row->place != PLACE_NAME && strncmp(name, "aria-", 5) != 0)
		refused(c, "%s may not depend on an {{if}}", name);
	if (a->row->place == PLACE_BOOLEAN) {
		if (*c->p == '=')
			refused(c, "%s takes no value", name);
		return;
	}
	if (*c->p != '=' || c->p[1] != '"')
		refused(c, "%s needs a value in double quotes", name);
	step(c, 2);
	raw_string(c, "=\"");
	int floor = c->control_floor;
	c->control_floor = c->control_depth;
	run_begin(c, true);
	while (*c->p && *c->p != '"') {
		if (looking_at(c, "{{"))
			attribute_value(c, a);
		else
			attribute_literal(c, a);
	}
	run_end(c);
	if (!*c->p)
		refused(c, "the value of %s is not closed", name);
	if (c->control_depth != c->control_floor)
		refused(c, "a branch must end in the same place of the HTML as it began (line %d)", c->control[c->control_depth - 1].line);
	c->control_floor = floor;
	step(c, 1);
	raw_string(c, "\"");
	if (*c->p && !is_blank(*c->p) && *c->p != '>' && !looking_at(c, "{{"))
		refused(c, "a blank must follow the value of %s", name);
}

/* ---- tags ------------------------------------------------------------------------------------------------------------------- */

static const char *literal_of(const struct tag *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->attributes[i].row->name, name) == 0)
			return t->attributes[i].literal.p ? t->attributes[i].literal.p : "";
	return NULL;
}

static bool is_one_of(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}
#define ONE_OF(s, ...) is_one_of((s), (const char *const[]){ __VA_ARGS__, NULL })

static void check_form(struct compiler *c, const struct tag *t)
{
	if (!ONE_OF(literal_of(t, "method"), "post", "get"))
		refused(c, "a form says method=\"post\" or method=\"get\"");
	if (literal_of(t, "action") && literal_of(t, "action")[0] != '/')
		refused(c, "the action of a form begins with a literal /");
	if (literal_of(t, "enctype") && !ONE_OF(literal_of(t, "enctype"), "multipart/form-data"))
		refused(c, "enctype is multipart/form-data or left out");
	for (int i = 0; i < c->depth; i++)
		if (strcmp(c->open[i].name, "form") == 0)
			refused(c, "a form in a form");
}

static void check_meta(struct compiler *c, const struct tag *t)
{
	const char *content = literal_of(t, "content"), *equiv = literal_of(t, "http-equiv");

	if (equiv && (strcmp(equiv, "refresh") != 0 || !content || !*content || strspn(content, "0123456789") != strlen(content)))
		refused(c, "<meta http-equiv> may only refresh this page after some seconds");
	if (!equiv && content && !ONE_OF(literal_of(t, "name"), "viewport", "robots", "color-scheme"))
		refused(c, "<meta name> is viewport, robots or color-scheme");
	if (literal_of(t, "charset") && !ONE_OF(literal_of(t, "charset"), "utf-8"))
		refused(c, "the charset is utf-8");
}

static void check_tag(struct compiler *c, const struct tag *t)
{
	const char *source = literal_of(t, strcmp(t->name, "link") == 0 ? "href" : "src");

	if (strcmp(t->name, "form") == 0)
		check_form(c, t);
	if (strcmp(t->name, "meta") == 0)
		check_meta(c, t);
	if ((strcmp(t->name, "script") == 0 || strcmp(t->name, "link") == 0) && (!source || strncmp(source, "/static/", 8) != 0))
		refused(c, "<%s> loads from /static/ only", t->name);
	if (strcmp(t->name, "link") == 0 && !ONE_OF(literal_of(t, "rel"), "stylesheet", "icon"))
		refused(c, "<link rel> is stylesheet or icon");
	if (strcmp(t->name, "script") == 0 && literal_of(t, "type") && !ONE_OF(literal_of(t, "type"), "module"))
		refused(c, "<script type> is module");
	if (strcmp(t->name, "img") == 0 && !literal_of(t, "alt"))
		refused(c, "<img> needs alt");
	if (strcmp(t->name, "input") == 0 &&
	    !ONE_OF(literal_of(t, "type"), "text", "password", "hidden", "file", "checkbox", "radio", "number", "search", "date"))
		refused(c, "<input type> is text password hidden file checkbox radio number search or date");
	if (strcmp(t->name, "button") == 0 && literal_of(t, "type") && !ONE_OF(literal_of(t, "type"), "submit", "button"))
		refused(c, "<button type> is submit or button");
	if (ONE_OF(literal_of(t, "name"), "csrf"))
		refused(c, "the field csrf is written by html.c alone");
}

static const struct element_row *element_row(struct compiler *c, const char *name)
{
	for (size_t i = 0; i < element_rows_count; i++)
		if (strcmp(element_rows[i].name, name) == 0)
			return &element_rows[i];
	refused(c, "element <%s> is not in the list", name);
}

static void parse_rcdata(struct compiler *c, const char *name)
{
	if (strcmp(name, "textarea") == 0)
		raw_string(c, "\n"); /* a browser swallows one line break here: ours, not the person's */
	run_begin(c, true);
	while (*c->p && *c->p != '<') {
		if (looking_at(c, "{{")) {
			const char *words = take_words(c);
			if (after_word(words, "if") || after_word(words, "else") || after_word(words, "end") || after_word(words, "for") ||
			    after_word(words, "call"))
				refused(c, "only text and values in <%s>", name);
			refuse_head_words(c, words);
			run_value(c, words);
		} else {
			text_literal(c);
		}
	}
	run_end(c);
	if (!looking_at(c, "</") || strncmp(c->p + 2, name, strlen(name)) != 0)
		refused(c, "only text and values in <%s>", name);
}

static void parse_start_tag(struct compiler *c)
{
	struct tag t = { .control_depth = c->control_depth };

	step(c, 1);
	t.name = take_name(c);
	const struct element_row *row = element_row(c, t.name);
	if (looking_at(c, "{{"))
		refused(c, "no value in the name of an element");
	raw_string(c, "<"), raw_string(c, t.name);
	int floor = c->control_floor;
	c->control_floor = c->control_depth;
	for (;;) {
		bool blank = is_blank(*c->p);
		skip_blanks(c);
		if (*c->p == '>' || !*c->p)
			break;
		if (looking_at(c, "{{")) {
			const char *words = take_words(c);
			if (!control_words(c, words, IN_TAG))
				refused(c, "no value between attributes");
		} else if (!blank && c->p[-1] != '}') {
			refused(c, "a tag holds name=\"value\" with blanks between");
		} else {
			parse_attribute(c, &t);
		}
	}
	if (!*c->p)
		refused(c, "<%s> is not closed by >", t.name);
	if (c->control_depth != t.control_depth)
		refused(c, "a branch must end in the same place of the HTML as it began (line %d)", c->control[c->control_depth - 1].line);
	c->control_floor = floor;
	step(c, 1);
	check_tag(c, &t);
	raw_string(c, ">");
	if (row->kind == ELEMENT_VOID)
		return;
	if (c->depth == DEPTH_MOST)
		refused(c, "elements are nested too deeply");
	c->open[c->depth++] = (struct open){ t.name, c->line };
	if (strcmp(t.name, "form") == 0 && strcmp(literal_of(&t, "method"), "post") == 0)
		code(c, "html_csrf(o);");
	if (row->kind == ELEMENT_RCDATA)
		parse_rcdata(c, t.name);
	if (row->kind == ELEMENT_EMPTY && !looking_at(c, "</"))
		refused(c, "nothing may stand in <%s>", t.name);
}

static void parse_end_tag(struct compiler *c)
{
	step(c, 2);
	if (looking_at(c, "{{"))
		refused(c, "no value right after </");
	const char *name = take_name(c);
	if (*c->p != '>')
		refused(c, "</%s is not closed by >", name);
	step(c, 1);
	if (c->depth == 0 || strcmp(c->open[c->depth - 1].name, name) != 0)
		refused(c, "</%s> closes nothing: open is <%s>", name, c->depth ? c->open[c->depth - 1].name : "nothing");
	if (c->control_depth && c->control[c->control_depth - 1].elements == c->depth)
		refused(c, "a branch must end in the same place of the HTML as it began (line %d)", c->control[c->control_depth - 1].line);
	c->depth--;
	raw_string(c, "</"), raw_string(c, name), raw_string(c, ">");
}

/* ---- text ------------------------------------------------------------------------------------------------------------------- */

static void parse_comment(struct compiler *c)
{
	while (*c->p && !looking_at(c, "-->")) {
		if (looking_at(c, "{{"))
			refused(c, "no value in a comment");
		step(c, 1);
	}
	if (!*c->p)
		refused(c, "the comment is not closed");
	step(c, 3); /* comments are for the authors: they are not sent */
}

static void parse_markup(struct compiler *c)
{
	run_end(c);
	if (looking_at(c, "<!--"))
		parse_comment(c);
	else if (looking_at(c, "<!doctype html>") && c->depth == 0)
		raw_string(c, "<!doctype html>"), step(c, 15);
	else if (looking_at(c, "</"))
		parse_end_tag(c);
	else if (is_name(c->p[1]))
		parse_start_tag(c);
	else if (looking_at(c, "<{{"))
		refused(c, "no value right after <");
	else
		refused(c, "< begins no tag here: write &lt;");
	run_begin(c, false);
}

static void parse_text_words(struct compiler *c)
{
	const char *words = take_words(c), *rest;

	if (after_word(words, "if") || after_word(words, "for") || after_word(words, "else") || after_word(words, "end")) {
		run_end(c);
		control_words(c, words, IN_TEXT);
		run_begin(c, false);
	} else if ((rest = after_word(words, "call"))) {
		run_end(c);
		call(c, rest);
		run_begin(c, false);
	} else {
		refuse_head_words(c, words);
		run_value(c, words);
	}
}

static void parse_head(struct compiler *c)
{
	for (;;) {
		skip_blanks(c);
		if (looking_at(c, "<!--")) {
			parse_comment(c);
			continue;
		}
		if (!looking_at(c, "{{"))
			refused(c, "{{page NAME(parameters)}} must stand before the HTML");
		const char *words = take_words(c), *rest;
		if ((rest = after_word(words, "include"))) {
			include(c, rest);
		} else if ((rest = after_word(words, "page"))) {
			page(c, rest);
			break;
		} else {
			refused(c, "{{page NAME(parameters)}} must stand before the HTML");
		}
	}
	skip_blanks(c);
}

void compile(struct compiler *c)
{
	parse_head(c);
	run_begin(c, false);
	while (*c->p) {
		if (looking_at(c, "{{"))
			parse_text_words(c);
		else if (*c->p == '<')
			parse_markup(c);
		else
			text_literal(c);
	}
	run_end(c);
	if (c->control_depth)
		refused(c, "{{if}} or {{for}} of line %d has no {{end}}", c->control[c->control_depth - 1].line);
	if (c->depth)
		refused(c, "<%s> of line %d is not closed", c->open[c->depth - 1].name, c->open[c->depth - 1].line);
	page_end(c);
}
