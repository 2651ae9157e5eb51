/* 字句 — words, numbers, strings and braces of a policy text, each with its place. For src/policy only. */
#ifndef POLICY_LEX_H
#define POLICY_LEX_H
#include "policy/policy.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* a letter, then letters, digits, _ and - */
	TOKEN_NUMBER, /* digits only */
	TOKEN_BARE,   /* addresses, dates, interface names: anything else of letters, digits and . : / _ - */
	TOKEN_STRING, /* text: what stands between the quotes, \" and \\ resolved */
	TOKEN_OPEN,
	TOKEN_CLOSE
};
struct token {
	enum token_kind kind;
	struct text text;
	struct policy_place at;
	bool first; /* nothing but blanks before it on its line */
};

/* Whom to tell: the fault is filled and -1 returned. */
struct teller {
	struct arena *arena;
	struct policy_fault *fault; /* never NULL here */
	struct err *err;
};
/* Two sentences with the same arguments in the same order. */
int tell(const struct teller *t, struct policy_place at, const char *ja, const char *en, ...) __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* Sentences already made. */
int tell_two(const struct teller *t, struct policy_place at, const char *ja, const char *en);
/* Adds to what was told; both return -1. */
int tell_expected(const struct teller *t, const char *ja, const char *en);
/* Of the words (NULL-terminated) the one nearest to what stands there, if it is near enough. */
int tell_nearest(const struct teller *t, struct text word, const char *const *words);

struct lexer {
	struct teller tell;
	const struct policy_file *file;
	size_t at;
	bool in_line; /* a token stood on this line already */
};
/* Checks that the file is text at all (UTF-8, line lengths, no controls), then takes tokens. A byte order mark and CR LF are fine. */
int lexer_begin(struct lexer *lex, const struct teller *tell, const struct policy_file *file) CHECK_RESULT;
int lexer_next(struct lexer *lex, struct token *out) CHECK_RESULT;
/* What stands there, for a sentence: the word itself, a string with quotes, "行末" … */
const char *token_shown(const struct teller *t, const struct token *token, bool japanese);

#endif
