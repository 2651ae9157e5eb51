/* ハッシュと鍵 — SHA-256 (OpenSSL, processor instructions), Ed25519 and random bytes (libsodium). Caller-owned contexts. */
#ifndef BASE_HASH_H
#define BASE_HASH_H
#include "base/err.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 65, ED25519_PUBLIC = 32, ED25519_SECRET = 64, ED25519_SIGNATURE = 64 };

struct sha256 {
	uint8_t state[112]; /* opaque; may be copied */
};
void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(struct sha256 *h, uint8_t out[SHA256_BYTES]);
void sha256_of(struct bytes b, uint8_t out[SHA256_BYTES]);
/* Contents of a descriptor from 0 to its end by pread, position untouched. */
int sha256_of_fd(int fd, uint8_t out[SHA256_BYTES], uint64_t *bytes, struct err *err) CHECK_RESULT;

void random_bytes(void *p, size_t n);
void ed25519_pair(uint8_t public_key[ED25519_PUBLIC], uint8_t secret_key[ED25519_SECRET]);
void ed25519_sign(struct bytes message, const uint8_t secret_key[ED25519_SECRET], uint8_t out[ED25519_SIGNATURE]);
bool ed25519_verifies(struct bytes message, const uint8_t public_key[ED25519_PUBLIC], const uint8_t signature[ED25519_SIGNATURE]);
bool secret_equal(const void *a, const void *b, size_t n); /* constant time */
void secret_wipe(void *p, size_t n);

#endif
