/* 項目の検査 — the kinds of text a command may bring. No kind admits controls, marks that turn the direction of writing, or code points
 * that are no characters; "the same on the screen" must be "the same in the record". */
#ifndef STORE_FIELD_H
#define STORE_FIELD_H
#include "base/err.h"

enum field_kind {
	FIELD_ID,		  /* 1 … most of [0-9A-Za-z-] */
	FIELD_ID_OR_NONE,
	FIELD_WORD,		  /* 1 … most of [0-9a-z_.-] */
	FIELD_LINE,		  /* at least one character that is no blank */
	FIELD_LINE_OR_NONE,
	FIELD_WORDS,		  /* like LINE, newlines and tabs allowed */
	FIELD_WORDS_OR_NONE,
	FIELD_FILE_NAME,	  /* LINE without / and \, not "." or ".." */
	FIELD_FILE_NAME_OR_NONE,
};

/* ERR_INVALID or ERR_LIMIT with the field's name in the sentence. */
int field_check(enum field_kind kind, struct text value, size_t most, const char *name, struct err *err) CHECK_RESULT;

#endif
