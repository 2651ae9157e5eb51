/* 記述子 — what is done with a file that is open already, and files in memory: nothing here knows a path, so that jailed programs link it. */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H
#include "base/arena.h"
#include "base/err.h"

/* Closes at the end of the scope: `FD(fd) = open(…);` Negative values are ignored. */
void fd_close_at(int *fd);
#define FD(name) __attribute__((cleanup(fd_close_at))) int name

/* What is left to read, at most `most` bytes (ERR_LIMIT beyond), NUL behind it. */
int file_read_fd(struct arena *arena, int fd, size_t most, struct bytes *out, struct err *err) CHECK_RESULT;
int file_write_all(int fd, struct bytes content, struct err *err) CHECK_RESULT;
int file_pread_all(int fd, void *to, size_t n, uint64_t at, struct err *err) CHECK_RESULT; /* ERR_CUT_SHORT if less is there */
int memfd_new(const char *name, struct err *err) CHECK_RESULT;	/* descriptor, close-on-exec, sealable */
int memfd_of(const char *name, struct bytes content, bool sealed, struct err *err) CHECK_RESULT;
int memfd_seal(int fd, struct err *err) CHECK_RESULT; /* F_SEAL_WRITE|SHRINK|GROW */

#endif
