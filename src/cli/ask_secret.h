/* 秘密の入力 — what is typed for a password or a code: one line from stdin, not shown while it is typed at a terminal. */
#ifndef CLI_ASK_SECRET_H
#define CLI_ASK_SECRET_H
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/* ask: what is wanted, shown at a terminal only. At most ASK_SECRET_MOST bytes. ERR_CUT_SHORT: the input has ended. */
enum { ASK_SECRET_MOST = 510 };
int ask_secret(struct arena *arena, const char *ask, struct text *out, struct err *err) CHECK_RESULT;

#endif
