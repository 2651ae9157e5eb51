/* ハッシュと鍵 — contract in hash.h. SHA-256 by OpenSSL's block functions: EVP needs an allocation per context. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"
#include <errno.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <unistd.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256), "struct sha256 holds the library's context");

void sha256_start(struct sha256 *h) { must(SHA256_Init((SHA256_CTX *)(void *)h->state) == 1); }
void sha256_add(struct sha256 *h, const void *p, size_t n) { must(SHA256_Update((SHA256_CTX *)(void *)h->state, p, n) == 1); }
void sha256_end(struct sha256 *h, uint8_t out[SHA256_BYTES]) { must(SHA256_Final(out, (SHA256_CTX *)(void *)h->state) == 1); }

void sha256_of(struct bytes b, uint8_t out[SHA256_BYTES])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, b.p, b.n);
	sha256_end(&h, out);
}

int sha256_of_fd(int fd, uint8_t out[SHA256_BYTES], uint64_t *bytes, struct err *err)
{
	struct sha256 h;
	uint8_t part[64 * 1024];
	uint64_t at = 0;

	sha256_start(&h);
	for (;;) {
		ssize_t got = pread(fd, part, sizeof part, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, ERR_IO, "cannot read for the hash");
		if (got == 0)
			break;
		sha256_add(&h, part, (size_t)got);
		at += (uint64_t)got;
	}
	sha256_end(&h, out);
	if (bytes)
		*bytes = at;
	return 0;
}

static void ready(void)
{
	must(sodium_init() >= 0);
}

void random_bytes(void *p, size_t n)
{
	ready();
	randombytes_buf(p, n);
}

void ed25519_pair(uint8_t public_key[ED25519_PUBLIC], uint8_t secret_key[ED25519_SECRET])
{
	ready();
	must(crypto_sign_keypair(public_key, secret_key) == 0);
}

void ed25519_sign(struct bytes message, const uint8_t secret_key[ED25519_SECRET], uint8_t out[ED25519_SIGNATURE])
{
	must(crypto_sign_detached(out, NULL, message.p, message.n, secret_key) == 0);
}

bool ed25519_verifies(struct bytes message, const uint8_t public_key[ED25519_PUBLIC], const uint8_t signature[ED25519_SIGNATURE])
{
	return crypto_sign_verify_detached(signature, message.p, message.n, public_key) == 0;
}

bool secret_equal(const void *a, const void *b, size_t n) { return sodium_memcmp(a, b, n) == 0; }
void secret_wipe(void *p, size_t n) { sodium_memzero(p, n); }
