/* 誤りの伝え方 — what went wrong, where, in a sentence: one struct for log, screen and evidence.
 * A function that can fail for reasons of the world returns 0 or -1 and fills *err; its other results are untouched on failure. */
#ifndef BASE_ERR_H
#define BASE_ERR_H
#include "base/base.h"

enum err_code {
	ERR_NONE,
#define ERR(code, ja, en) ERR_##code,
#include "base/errors.def"
#undef ERR
	ERR_COUNT
};

struct err {
	enum err_code code;
	uint64_t at;	 /* offset, line or number: what it counts is said in the sentence */
	char say[240]; /* one sentence for an expert, UTF-8, never markup; may quote hostile bytes only escaped */
};

/* Fills *err (which may be NULL) and returns -1, so that callers write `return fail(…)`. */
int fail(struct err *err, enum err_code code, uint64_t at, const char *format, ...) PRINTF_LIKE(4, 5);
/* The same with ": " and strerror(errno) behind the sentence. */
int fail_errno(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);

const char *err_name(enum err_code code);     /* "CUT_SHORT"; stable, for logs and journals */
const char *err_japanese(enum err_code code); /* a sentence for the person in front of the screen, with what to do */
const char *err_english(enum err_code code);

#endif
