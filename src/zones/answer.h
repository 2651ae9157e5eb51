/* 別のプロセスの答え — one line of JSON through a pipe from a process that was forked for one question: its answer, or {"failed":code,"say":sentence}. */
#ifndef ZONES_ANSWER_H
#define ZONES_ANSWER_H
#include "base/json.h"

/* In the child: writes and ends. answer NULL: it failed, why says how. */
_Noreturn void answer_give(struct arena *arena, int to, const struct json *answer, const struct err *why);
/* In the parent, blocking until the child is gone: strict JSON of at most ZONES_ANSWER_BYTES_MOST. Its failure is ours; ERR_JAIL: it ended without an answer. */
int answer_hear(struct arena *arena, int from, int64_t process, struct json *out, struct err *err) CHECK_RESULT;

#endif
