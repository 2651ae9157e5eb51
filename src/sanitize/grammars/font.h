/* 書体の文法 — the verifier's reading of the font programs that documents may hold: the one form in which the rebuilder writes each kind, and nothing else. Own sources, no line shared with it.
 * NULL: it is in the language; else what is wrong, in a few words. Threat D11. */
#ifndef SANITIZE_GRAMMARS_FONT_H
#define SANITIZE_GRAMMARS_FONT_H
#include "base/base.h"

const char *font_truetype_fault(struct bytes program);
const char *font_cff_fault(struct bytes program);
const char *font_type1_fault(struct bytes program, size_t length1, size_t length2, size_t length3);

#endif
