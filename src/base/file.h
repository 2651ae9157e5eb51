/* ファイル — durable writing in one place. A new name counts only when its folder was synced. */
#ifndef BASE_FILE_H
#define BASE_FILE_H
#include "base/arena.h"
#include "base/err.h"

/* Closes at the end of the scope: `FD(fd) = open(…);` Negative values are ignored. */
void fd_close_at(int *fd);
#define FD(name) __attribute__((cleanup(fd_close_at))) int name

/* Whole file, at most `most` bytes (ERR_LIMIT beyond), NUL behind it. dir: a folder's descriptor or AT_FDCWD. */
int file_read(struct arena *arena, int dir, const char *path, size_t most, struct bytes *out, struct err *err) CHECK_RESULT;
int file_read_fd(struct arena *arena, int fd, size_t most, struct bytes *out, struct err *err) CHECK_RESULT;
/* Temporary name in the same folder, write, fdatasync, rename, fsync of the folder. mode e.g. 0640. */
int file_replace(int dir, const char *path, struct bytes content, unsigned mode, struct err *err) CHECK_RESULT;
/* Like file_replace, but ERR_CONFLICT if the name exists: written once, never replaced. */
int file_create(int dir, const char *path, struct bytes content, unsigned mode, struct err *err) CHECK_RESULT;
int file_write_all(int fd, struct bytes content, struct err *err) CHECK_RESULT;
int file_pread_all(int fd, void *to, size_t n, uint64_t at, struct err *err) CHECK_RESULT; /* ERR_CUT_SHORT if less is there */
int folder_sync(int dir, struct err *err) CHECK_RESULT;
int folder_make(int dir, const char *path, unsigned mode, struct err *err) CHECK_RESULT; /* with parents; existing is fine */
int memfd_new(const char *name, struct err *err) CHECK_RESULT;	/* descriptor, close-on-exec, sealable */
int memfd_of(const char *name, struct bytes content, bool sealed, struct err *err) CHECK_RESULT;
int memfd_seal(int fd, struct err *err) CHECK_RESULT; /* F_SEAL_WRITE|SHRINK|GROW */

#endif
