/* PDFの値 — PDF objects as values in an arena, a lexer for their syntax, and the one canonical way to write them down.
 * Canonical: integers without sign or zeros in front, reals without exponent or zeros at the ends (-.5), names escaped only where they
 * must be (#xx), strings literal if printable ASCII and otherwise hex, dictionary keys ascending by bytes. Threat D13. */
#ifndef SANITIZE_PARTS_PDF_VALUE_H
#define SANITIZE_PARTS_PDF_VALUE_H
#include "base/arena.h"
#include "base/buf.h"

enum pdf_kind {
	PDF_NULL,
	PDF_BOOLEAN,
	PDF_INTEGER,
	PDF_REAL,	/* bytes: canonical decimal text */
	PDF_NAME,	/* bytes: without slash, decoded */
	PDF_STRING,	/* bytes: decoded */
	PDF_ARRAY,
	PDF_DICTIONARY, /* entries ascending by key */
	PDF_REFERENCE,	/* input side: an object of the file read */
	PDF_OUTPUT,	/* output side: an object of the file written */
	/* The lexer's own: */
	PDF_WORD, /* bytes: keyword or operator */
	PDF_OPEN_ARRAY,
	PDF_CLOSE_ARRAY,
	PDF_OPEN_DICTIONARY,
	PDF_CLOSE_DICTIONARY,
	PDF_END,
	PDF_OTHER, /* a byte that begins nothing: ) } { … */
};

struct pdf_output;
struct pdf_value {
	enum pdf_kind kind;
	uint32_t n; /* items, entries */
	union {
		bool yes;
		int64_t integer;
		struct bytes bytes;
		struct pdf_value *items;
		struct pdf_entry *entries;
		struct {
			int id, generation;
		} reference;
		struct pdf_output *output;
	};
};
struct pdf_entry {
	struct bytes key;
	struct pdf_value value;
};

enum { PDF_NEST_MOST = 200, PDF_NUMBER_DIGITS = 15 };

/* One token after another. store: room for what is decoded, at least as large as the input; the lexer never passes it. */
struct pdf_lexer {
	struct bytes in;
	size_t at;
	uint8_t *store;
	size_t stored;
};
struct pdf_lexer pdf_lexer_over(struct arena *arena, struct bytes in);
/* token->kind tells; END at the end. Lenient as readers of PDF are: never fails. */
void pdf_lex(struct pdf_lexer *lexer, struct pdf_value *token);
bool pdf_is_space(uint8_t c);
bool pdf_is_delimiter(uint8_t c);

/* One whole value ("<< /A [ 1 2 0 R ] >>"). False: not one value, or nested deeper than PDF_NEST_MOST. */
bool pdf_parse(struct arena *arena, struct bytes text, struct pdf_value *out) CHECK_RESULT;

/* NULL if absent or no dictionary. */
const struct pdf_value *pdf_get(const struct pdf_value *dictionary, const char *key);
bool pdf_is_name(const struct pdf_value *value, const char *name); /* value may be NULL */
static inline bool pdf_is_number(const struct pdf_value *value)
{
	return value->kind == PDF_INTEGER || value->kind == PDF_REAL;
}
double pdf_number(const struct pdf_value *value); /* 0 if no number */
/* Ranges are bounded so that no sum of a few overflows: anything beyond ±10^9 is that. */
int64_t pdf_integer(const struct pdf_value *value);

struct pdf_value pdf_of_integer(int64_t v);
struct pdf_value pdf_of_name(const char *literal);
/* For dictionaries that began empty ({ .kind = PDF_DICTIONARY }) and are filled by pdf_set alone. Keeps the entries sorted; an entry of
 * that key is replaced. The key's bytes must outlive the value. */
void pdf_set(struct arena *arena, struct pdf_value *dictionary, struct bytes key, struct pdf_value value);
void pdf_set_literal(struct arena *arena, struct pdf_value *dictionary, const char *key, struct pdf_value value);

/* Canonical syntax of one value, without blanks around it. References to outputs by pdf_output_number. */
void pdf_put(struct buf *out, const struct pdf_value *value);
uint32_t pdf_output_number(const struct pdf_output *output);

#endif
