/* 保管庫の鍵 — the keys that wrap the keys of spool files: spool/wrapping.key for what is written from now on, spool/wrapping-….key those before it, as long
 * as a file needs them. A rotation by another process of transferd's uid is noticed. */
#ifndef TRANSFER_SPOOL_KEYS_H
#define TRANSFER_SPOOL_KEYS_H
#include "base/err.h"
#include "transfer/spool.h"

enum { SPOOL_KEYS_MOST = 8, SPOOL_KEY_NAME = 64 };

struct spool_keys {
	int home; /* the data folder; stays the caller's */
	uint8_t keys[SPOOL_KEYS_MOST][SPOOL_KEY]; /* the present one first */
	char names[SPOOL_KEYS_MOST][SPOOL_KEY_NAME];
	size_t count;
	uint64_t inode; /* of the present one's file */
};
int spool_keys_load(struct spool_keys *keys, struct err *err) CHECK_RESULT;
int spool_keys_fresh(struct spool_keys *keys, struct err *err) CHECK_RESULT; /* loads again if the present one was replaced */
void spool_keys_wipe(struct spool_keys *keys);
/* A new present key; the old one stays beside it. ERR_TOO_MANY: SPOOL_KEYS_MOST are in use, wait until files expire. */
int spool_keys_rotate(int home, struct err *err) CHECK_RESULT;
/* Removes an old one (index ≥ 1) for good. */
int spool_keys_drop(struct spool_keys *keys, size_t index, struct err *err) CHECK_RESULT;

#endif
