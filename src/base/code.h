/* 符号化 — strict hex, base64 (canonical form only) and decimal numbers: what does not round-trip is refused. */
#ifndef BASE_CODE_H
#define BASE_CODE_H
#include "base/arena.h"
#include "base/err.h"

char *hex_of(struct arena *arena, struct bytes b);			     /* lower case */
void hex_put(char *out, struct bytes b);				     /* 2n + 1 bytes */
int hex_decode(struct bytes hex, uint8_t *out, size_t n, struct err *err) CHECK_RESULT; /* exactly n bytes, lower case */
char *base64_of(struct arena *arena, struct bytes b);
/* RFC 4648 §4 with padding, no blanks, spare bits zero. */
int base64_decode(struct arena *arena, struct bytes in, struct bytes *out, struct err *err) CHECK_RESULT;
char *base32_of(struct arena *arena, struct bytes b); /* RFC 4648 §6 without padding: TOTP secrets */
int base32_decode(struct arena *arena, struct bytes in, struct bytes *out, struct err *err) CHECK_RESULT;
/* Digits only, no sign, no leading zero, ≤ most. */
int decimal_decode(struct bytes in, uint64_t most, uint64_t *out, struct err *err) CHECK_RESULT;

#endif
