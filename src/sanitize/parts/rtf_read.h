/* RTFの字句 — the strict tokenizer under rtf: what a reader of RTF would see as one thing is one token, so that nothing can hide between two readings. */
#ifndef SANITIZE_PARTS_RTF_READ_H
#define SANITIZE_PARTS_RTF_READ_H
#include "base/cursor.h"
#include "sanitize/format.h"

enum rtf_kind {
	RTF_END,
	RTF_OPEN,
	RTF_CLOSE,
	RTF_WORD,   /* name, number */
	RTF_SYMBOL, /* byte: ~ - _ * \ { } : | and others */
	RTF_BYTE,   /* byte, as it stands: 0x20 … 0xff */
	RTF_HEX,    /* byte, written as \'xx */
	RTF_BINARY, /* content of \bin */
};
enum { RTF_WORD_MOST = 32 };

struct rtf_token {
	enum rtf_kind kind;
	char name[RTF_WORD_MOST + 1];
	bool has_number;
	int32_t number;
	uint8_t byte;
	struct bytes content;
};
/* Line ends and other controls are no tokens; a tab is the word "tab", "\" before a line end is "par". DAMAGED: a word longer than RTF_WORD_MOST, a number
 * of more than ten digits, \' without two hex digits, \bin that reaches beyond the end. */
int rtf_next(struct cursor *in, struct rtf_token *out, struct err *err) CHECK_RESULT;

#endif
