/* 書庫の中の名前 — what every archive reader demands of the paths inside: one encoding for all of them, relative, downwards, and the same file for
 * every reader and file system (H4). */
#ifndef SANITIZE_PARTS_MEMBER_NAME_H
#define SANITIZE_PARTS_MEMBER_NAME_H
#include "sanitize/format.h"

/* Names without a mark of their encoding: what is no UTF-8 is CP932. Pairs of half-width katakana can also be read as two-byte UTF-8; in this house
 * they are katakana, unless some other name has a three-byte character, which CP932 names hardly ever form by accident. */
bool member_names_are_cp932(const struct bytes *names, size_t count);
/* BAD_NAME: control characters, or neither UTF-8 (CP932 if cp932 and not ASCII). */
int member_name_decode(struct arena *arena, struct bytes raw, bool cp932, struct text *out, struct err *err) CHECK_RESULT;
/* BAD_NAME: absolute, backslashes, a drive, components that are empty, "." or "..". *folder: it ends in '/'. */
int member_name_check(struct text name, bool *folder, struct err *err) CHECK_RESULT;
/* BAD_NAME: two that some file system takes for one. The same folder may be named twice. */
int member_names_differ(struct arena *arena, const struct text *names, size_t count, struct err *err) CHECK_RESULT;

#endif
