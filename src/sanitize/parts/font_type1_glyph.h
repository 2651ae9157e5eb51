/* 書体の字形の手順 — what a Type 1 charstring does, found out by following it: known commands, operands of the right number, every call to where something is.
 * Nothing is drawn. The bytes are the decrypted ones. For font_type1.c. Threat D11. */
#ifndef SANITIZE_PARTS_FONT_TYPE1_GLYPH_H
#define SANITIZE_PARTS_FONT_TYPE1_GLYPH_H
#include "base/base.h"

enum { TYPE1_CALLS_MOST = 10, TYPE1_STACK_MOST = 24, TYPE1_NUMBER_MOST = 32000 };

struct type1_walk {
	const struct bytes *subrs; /* [count]; .p NULL: none, or malformed */
	size_t count;
	size_t work, work_most;	   /* numbers and commands followed so far; beyond work_most the glyph is malformed */
	/* Of the last glyph: */
	size_t length;		   /* of its bytes, those that do something */
	bool has_width, is_composed;
	double width;
	unsigned base, accent;	   /* characters of the standard encoding, if composed */
};

/* False: malformed; width holds if has_width. */
bool type1_glyph_walk(struct type1_walk *walk, struct bytes code) CHECK_RESULT;
/* Bytes up to the command that ends it; 0: none does, or something unknown stands before it. */
size_t type1_subr_length(struct bytes code);
/* NULL: no character there. */
const char *type1_standard_name(unsigned code);

#endif
