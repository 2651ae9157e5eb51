/* 平文の文法 — what the text and csv grammars share: every reading of the bytes that is possible must be clean. The verifier does not ask
 * which encoding the rebuilder chose; it tries each. */
#ifndef SANITIZE_GRAMMARS_PLAIN_TEXT_H
#define SANITIZE_GRAMMARS_PLAIN_TEXT_H
#include "base/text.h"
#include "sanitize/grammar.h"

/* Calls reading for each encoding in which the bytes are valid, with the decoded text (without its mark). 0 only if there is at least one, if
 * none holds controls, pages, scripts or UTF-7, and if every call gave 0. */
int each_reading(struct check *check, int (*reading)(struct check *check, struct text text, struct err *err), struct err *err) CHECK_RESULT;

/* Text of UTF-8 alone: no controls, no page, no script, no UTF-7. */
int is_clean_text(struct text text, struct err *err) CHECK_RESULT;

#endif
