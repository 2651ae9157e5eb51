/* PDFの文法（構文） — the one spelling in which our writer puts a PDF: tokens, values, objects, the table of offsets. Anything else fails. */
#ifndef SANITIZE_GRAMMARS_PDF_SYNTAX_H
#define SANITIZE_GRAMMARS_PDF_SYNTAX_H
#include "sanitize/format.h"
#include "sanitize/grammar.h"

enum node_kind { NODE_NULL, NODE_BOOLEAN, NODE_INTEGER, NODE_REAL, NODE_NAME, NODE_STRING, NODE_ARRAY, NODE_DICTIONARY, NODE_REFERENCE };
struct node {
	enum node_kind kind;
	uint32_t n; /* items; of a dictionary: pairs */
	union {
		bool yes;
		int64_t integer;
		struct bytes bytes;  /* name, string: decoded; real: as written */
		struct node *items;  /* of a dictionary: key, value, key, value … */
		uint32_t reference;
	};
};
struct object {
	struct node value;
	bool is_stream;
	struct bytes data;
	uint64_t at;	/* of the object in the file */
	uint64_t kinds; /* bit set: as what it was met */
	uint64_t named; /* the same for dictionaries of named objects */
	uint8_t path;	/* 1 on the way down, 2 done: of functions and colour spaces */
};
struct document {
	struct check *check;
	struct arena *arena;
	struct bytes file;
	struct object *objects; /* [1 … count] */
	uint32_t count;
	uint32_t info;		/* 0: none */
	uint64_t inflated;
};

/* A cut of a text with a place in it. */
struct scan {
	struct bytes in;
	size_t at;
};
static inline int scan_peek(const struct scan *s)
{
	return s->at < s->in.n ? s->in.p[s->at] : -1;
}
bool scan_literal(struct scan *s, const char *text);
/* The canonical spelling of one simple token; *raw = its bytes. */
bool scan_number(struct scan *s, bool *is_integer, struct bytes *raw);
bool scan_name(struct scan *s, struct bytes *raw);   /* with its slash */
bool scan_string(struct scan *s, struct bytes *raw); /* with its brackets */
bool scan_value(struct arena *arena, struct scan *s, unsigned depth, struct node *out);

/* Header, objects 1 … n in order, table, trailer, end; nothing between, nothing behind. */
int document_read(struct check *check, struct document *d, struct err *err) CHECK_RESULT;

const struct node *node_get(const struct node *dictionary, const char *key); /* NULL absent */
bool node_is_name(const struct node *node, const char *name);		     /* node may be NULL */

#endif
