/* 動作ログの綴り — what every process of `sekisho run --log FILE` says, in one file of bounded size: each process writes into a pipe of its own, the
 * supervisor puts whole lines behind each other and begins a new file before a line would pass the limit. FILE.1 is the one before, FILE.2 older, the
 * oldest goes. No line is lost or torn by that. Under systemd the journal does this. article: s6.6d */
#ifndef CLI_RUN_LOG_H
#define CLI_RUN_LOG_H
#include "base/err.h"
#include "base/hash.h"
#include "base/loop.h"

struct run_log;

/* A file that was closed: FILE.1 by now. */
struct run_log_closed {
	const char *path;
	uint64_t bytes;
	uint8_t hash[SHA256_BYTES];
	bool removed; /* an older one went to make room */
};

/* bytes: of one file, at least SERVICE_LOG_LINE_MOST. closed (may be NULL) is told of each file after it was closed. */
int run_log_open(struct loop *loop, const char *path, uint64_t bytes, void (*closed)(void *self, const struct run_log_closed *file), void *self,
		 struct run_log **out, struct err *err) CHECK_RESULT;
/* The end that a process writes to, close-on-exec; the caller closes its copy. The other end is read until every copy is closed. */
int run_log_pipe(struct run_log *log, struct err *err) CHECK_RESULT;
void run_log_reopen(struct run_log *log); /* somebody moved the file: its name is made again */
void run_log_drain(struct run_log *log);  /* takes what lies in the pipes, without waiting */
void run_log_close(struct run_log *log);  /* drains; unfinished lines are ended; NULL is fine */

#endif
