/* ファイル — durable writing in one place. A new name counts only when its folder was synced. */
#ifndef BASE_FILE_H
#define BASE_FILE_H
#include "base/descriptor.h"

/* Whole file, at most `most` bytes (ERR_LIMIT beyond), NUL behind it. dir: a folder's descriptor or AT_FDCWD. */
int file_read(struct arena *arena, int dir, const char *path, size_t most, struct bytes *out, struct err *err) CHECK_RESULT;
/* Temporary name in the same folder, write, fdatasync, rename, fsync of the folder. mode e.g. 0640. */
int file_replace(int dir, const char *path, struct bytes content, unsigned mode, struct err *err) CHECK_RESULT;
/* Like file_replace, but ERR_CONFLICT if the name exists: written once, never replaced. */
int file_create(int dir, const char *path, struct bytes content, unsigned mode, struct err *err) CHECK_RESULT;
int folder_sync(int dir, struct err *err) CHECK_RESULT;
int folder_make(int dir, const char *path, unsigned mode, struct err *err) CHECK_RESULT; /* with parents; existing is fine */

#endif
