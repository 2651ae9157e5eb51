/* 包む鍵 — the keys that wrap the keys of files at rest: wrapping.key for what is written from now on, wrapping-….key those before it, as long
 * as a file needs them. A rotation by another process of transferd's uid is noticed. */
#ifndef TRANSFER_WRAPPING_KEYS_H
#define TRANSFER_WRAPPING_KEYS_H
#include "base/err.h"
#include "transfer/spool.h"

enum { SPOOL_KEYS_MOST = 8, SPOOL_KEY_NAME = 64 };

struct wrapping_keys {
	int home; /* the data folder; stays the caller's */
	uint8_t keys[SPOOL_KEYS_MOST][SPOOL_KEY]; /* the present one first */
	char names[SPOOL_KEYS_MOST][SPOOL_KEY_NAME];
	size_t count;
	uint64_t inode; /* of the present one's file */
};
int wrapping_keys_load(struct wrapping_keys *keys, struct err *err) CHECK_RESULT;
int wrapping_keys_fresh(struct wrapping_keys *keys, struct err *err) CHECK_RESULT; /* loads again if the present one was replaced */
void wrapping_keys_wipe(struct wrapping_keys *keys);
/* A new present key; the old one stays beside it. ERR_TOO_MANY: SPOOL_KEYS_MOST are in use, wait until files expire. */
int wrapping_keys_rotate(int home, struct err *err) CHECK_RESULT;
/* Removes an old one (index ≥ 1) for good. */
int wrapping_keys_drop(struct wrapping_keys *keys, size_t index, struct err *err) CHECK_RESULT;

#endif
