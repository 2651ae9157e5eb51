/* 認証情報の保管 — authd's own file auth/auth.db: password hashes and factor keys, apart from the records. Every change is durable when the
 * call returns (SQLite, WAL, synchronous FULL). article: s6.3.1c */
#ifndef PEOPLE_FACTOR_STORE_H
#define PEOPLE_FACTOR_STORE_H
#include "people/password.h"
#include "people/totp.h"

struct factor_row {
	char password[PASSWORD_HASH];
	bool must_change;
	uint8_t secret[TOTP_SECRET_MOST];
	size_t secret_n;    /* 0: no second factor yet */
	int64_t last_step;  /* newest step accepted */
	int64_t generation; /* counts every change of password or factor: what was begun under another one is void */
};

struct factor_store;
/* make: creates it if it is not there. ERR_NOT_FOUND otherwise. path: of the file. */
int factor_store_open(const char *path, bool make, struct factor_store **out, struct err *err) CHECK_RESULT;
void factor_store_close(struct factor_store *store);

/* *found false: nobody of that number has a password. */
int factor_store_get(struct factor_store *store, struct text number, struct factor_row *out, bool *found, struct err *err) CHECK_RESULT;
/* Sets the password; clear_factor also forgets the second factor. */
int factor_store_set_password(struct factor_store *store, struct text number, const char *hash, bool must_change,
			      bool clear_factor, struct err *err) CHECK_RESULT;
/* The same, only if the generation is still this one: ERR_CONFLICT otherwise. */
int factor_store_change_password(struct factor_store *store, struct text number, int64_t generation, const char *hash,
				 struct err *err) CHECK_RESULT;
/* generation -1: whatever it is (operator); the person must have a password. step: the one that confirmed it, 0 none. */
int factor_store_set_factor(struct factor_store *store, struct text number, int64_t generation, struct bytes secret, int64_t step,
			    struct err *err) CHECK_RESULT;
/* Accepts the step once and for all: *fresh false if it or a newer one was accepted before. */
int factor_store_use_step(struct factor_store *store, struct text number, int64_t step, bool *fresh, struct err *err) CHECK_RESULT;

#endif
