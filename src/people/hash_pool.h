/* パスワード計算の係 — a few threads that do Argon2id, so that the event loop answers others meanwhile. At most POOL_THREADS hashes run at
 * once (64 MiB each); the queue is bounded. The loop's thread is the only one that touches anything else. */
#ifndef PEOPLE_HASH_POOL_H
#define PEOPLE_HASH_POOL_H
#include "base/loop.h"
#include "people/password.h"

enum { POOL_THREADS = 2, POOL_WAITING_MOST = 64 };

struct hash_job {
	bool make;			    /* false: does the password fit `hash`? true: make `hash` */
	char password[PASSWORD_BYTES_MOST + 1]; /* wiped when the job is done */
	size_t password_n;
	char hash[PASSWORD_HASH];
	bool fits;			    /* result of a check */
	void (*done)(void *self, struct hash_job *job); /* in the loop's thread; the job is the caller's again */
	void *self;
	struct hash_job *next;
};

struct hash_pool;
/* After loop_signal. */
struct hash_pool *hash_pool_new(struct loop *loop);
void hash_pool_free(struct hash_pool *pool); /* waits for running hashes; their `done` is not called */
/* ERR_BUSY when POOL_WAITING_MOST jobs wait. A password that is too long is judged like a wrong one. */
int hash_pool_add(struct hash_pool *pool, struct hash_job *job, struct text password, struct err *err) CHECK_RESULT;

#endif
