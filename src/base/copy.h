/* 写しの流れ — files as one stream over a pipe: each process copies out its own files this way, so that nobody else needs the right to read them.
 * Form: 'F' path u16+bytes, mode u32 · 'D' u32+bytes … · 'Z' end of the file · … · 'E' the end, or 'X' code u16, sentence u16+bytes: it failed.
 * A stream without its end is cut short. Names are relative, without "." and ".." parts. */
#ifndef BASE_COPY_H
#define BASE_COPY_H
#include "base/arena.h"
#include "base/err.h"

enum { COPY_NAME_MOST = 512, COPY_BLOCK_MOST = 64 * 1024 };

/* Writing, to a blocking descriptor. */
int copy_fd(int out, int fd, const char *name, unsigned mode, struct err *err) CHECK_RESULT; /* from 0 to its end, position untouched */
/* The file dir/name under that name. missing: it may be gone (then it is left out), for files that are removed while others go on. */
int copy_file(int out, int dir, const char *name, unsigned mode, bool missing, struct err *err) CHECK_RESULT;
int copy_bytes(int out, struct bytes content, const char *name, unsigned mode, struct err *err) CHECK_RESULT;
int copy_end(int out, struct err *err) CHECK_RESULT;
/* Says why the stream ends here: the reader gets this code and sentence. */
void copy_failed(int out, const struct err *why);

/* Reading. Views are valid during the call. */
struct copy_sink {
	int (*file)(void *self, const char *name, unsigned mode, struct err *err);
	int (*data)(void *self, struct bytes content, struct err *err);
	int (*end)(void *self, struct err *err);
	void *self;
};
int copy_read(int in, const struct copy_sink *sink, struct err *err) CHECK_RESULT;
/* Relative, no empty, "." or ".." part, no control character. */
bool copy_name_is_good(const char *name);

#endif
