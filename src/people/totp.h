/* 確認コード — time-based one-time passwords (RFC 6238: HMAC-SHA-1, 6 digits, 30 s), the second factor. Pure functions. article: s6.3.1c */
#ifndef PEOPLE_TOTP_H
#define PEOPLE_TOTP_H
#include "base/arena.h"
#include "base/err.h"

enum {
	TOTP_SECRET = 20,	/* bytes of a secret we make */
	TOTP_SECRET_LEAST = 10, /* bytes of one we accept */
	TOTP_SECRET_MOST = 64,
	TOTP_SECONDS = 30,
	TOTP_DRIFT = 1,		/* steps before and after now */
	TOTP_DIGITS = 6,
};

int64_t totp_step(int64_t seconds);
/* 0 … 999999 */
uint32_t totp_code(struct bytes secret, int64_t step);

enum totp_result { TOTP_WRONG, TOTP_RIGHT, TOTP_USED };
/* Blanks and hyphens are left out, full-width digits are read. The step must be newer than last_step, the newest one accepted before;
 * *step is set when the result is TOTP_RIGHT. TOTP_USED: the code fits a step that is not newer. Time does not depend on the result. */
enum totp_result totp_check(struct bytes secret, struct text code, int64_t now, int64_t last_step, int64_t *step);

/* otpauth://totp/… for the QR code: label ISSUER:ACCOUNT. */
struct text totp_uri(struct arena *arena, struct bytes secret, struct text issuer, struct text account);

#endif
