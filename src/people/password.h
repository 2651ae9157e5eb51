/* パスワード — what may be one, and Argon2id of it. Rules as NIST SP 800-63B has them: length, nothing commonly used, no composition.
 * article: s6.3.1c s6.6b */
#ifndef PEOPLE_PASSWORD_H
#define PEOPLE_PASSWORD_H
#include "people/auth_client.h"

enum {
	PASSWORD_CHARACTERS_LEAST = 12,
	PASSWORD_BYTES_MOST = 256,
	PASSWORD_HASH = 128,		       /* bytes of the text form, NUL included */
	PASSWORD_PASSES = 3,		       /* RFC 9106, second recommended set: 64 MiB, 3 passes */
	PASSWORD_MEMORY = 64 * 1024 * 1024,
	PASSWORD_TEST_MEMORY = 64 * 1024,      /* password_cheapen: for tests only */
};

enum password_refusal password_judge(struct text password, struct text staff_number);
/* Blocking, some 0.1 s and 64 MiB: only in the hash pool. Safe in several threads. */
void password_hash(struct text password, char out[PASSWORD_HASH]);
bool password_fits(struct text password, const char hash[PASSWORD_HASH]);
/* Unit tests: cheap parameters from now on. */
void password_cheapen(void);

#endif
