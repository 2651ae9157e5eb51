/* 画面の型紙 — what the two halves of htmlc share: htmlc.c follows the HTML and refuses, htmlc_write.c writes C and the POT. */
#ifndef TOOLS_HTMLC_H
#define TOOLS_HTMLC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROL_MOST = 32, DEPTH_MOST = 64, ATTRIBUTES_MOST = 24, PARTS_MOST = 64 };
enum element_kind { ELEMENT_NORMAL, ELEMENT_VOID, ELEMENT_RCDATA, ELEMENT_EMPTY };
enum place { PLACE_PLAIN, PLACE_MESSAGE, PLACE_NAME, PLACE_NUMBER, PLACE_URL, PLACE_LITERAL, PLACE_BOOLEAN };
enum where { IN_TEXT, IN_TAG, IN_VALUE };

struct element_row {
	const char *name;
	enum element_kind kind;
};
struct attribute_row {
	const char *element, *name;
	enum place place;
};
extern const struct element_row element_rows[];
extern const struct attribute_row attribute_rows[];
extern const size_t element_rows_count, attribute_rows_count;

struct grown { /* bytes with a NUL behind them; never freed: the program lives for one build step */
	char *p;
	size_t n, room;
};
struct attribute {
	const struct attribute_row *row;
	struct grown literal;
	unsigned parts;
	bool has_value, whole_value, in_branch;
};
struct tag {
	const char *name;
	struct attribute attributes[ATTRIBUTES_MOST];
	size_t count;
	int control_depth;
};
struct control { /* an open {{if}} or {{for}} and the place where it began */
	int line;
	bool may_else;
	enum where where;
	int elements;
};
struct open { /* an element not closed yet */
	const char *name;
	int line;
};
struct part { /* of a run of text: a literal, or a value */
	const char *literal;
	size_t n;
	const char *words; /* NULL: literal */
	int line;
};
struct compiler { /* one template */
	const char *path, *shown; /* as given; below --root */
	const char *p;
	int line, words_line;
	const char *name; /* of the page */
	struct open open[DEPTH_MOST];
	int depth;
	struct control control[CONTROL_MOST];
	int control_depth, control_floor;
	struct part parts[PARTS_MOST];
	size_t part_count;
	bool run_in_attribute;
	int run_line;
	struct grown raw;
};

void compile(struct compiler *c); /* htmlc.c */

_Noreturn void refused(const struct compiler *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *keep(const char *s, size_t n);
char *keep_trimmed(const char *s, size_t n);
void add(struct grown *g, const char *s, size_t n);
void raw(struct compiler *c, const char *s, size_t n);
void raw_string(struct compiler *c, const char *s);
void code(struct compiler *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void value(struct compiler *c, const char *function, const char *words);
void call(struct compiler *c, const char *words);
void include(struct compiler *c, const char *words);
void page(struct compiler *c, const char *words);
void page_end(struct compiler *c);
/* A run: literals and values between tags, one message if it holds a letter. */
void run_begin(struct compiler *c, bool in_attribute);
void run_literal(struct compiler *c, const char *s, size_t n);
void run_value(struct compiler *c, const char *words);
void run_end(struct compiler *c);
size_t entity_length(const struct compiler *c); /* refuses a bare & */
void text_literal(struct compiler *c);

#endif
