/* 動作ログ — what a daemon's edge says to its operator: one line, one stable event id. Never library code, never secrets,
 * never personal data beyond ids. Line: time program[pid] LEVEL ID sentence. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

void log_open(const char *program, int fd); /* fd stays the caller's; default stderr */
void log_least(enum log_level level);
/* id: "recordd-003", unique in the tree (tests/log_ids.sh). Control characters in the sentence become spaces. */
void log_line(enum log_level level, const char *id, const char *format, ...) PRINTF_LIKE(3, 4);
/* Sentence, code and place of *err behind the words. */
void log_err(enum log_level level, const char *id, const char *words, const struct err *err);

#endif
