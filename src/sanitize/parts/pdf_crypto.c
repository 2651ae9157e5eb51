/* 保護されたPDFの暗号 — the ten functions of GnuTLS that qpdf calls, over nettle. Linked into the jail only: GnuTLS itself brings libraries that read files
 * and wait for sockets, has no static form, and its many pages would be mapped and faulted in again for every file. */
#include "base/base.h"
#include <gnutls/crypto.h>
#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/cbc.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <sys/random.h>

struct hash_hd_st {
	gnutls_digest_algorithm_t algorithm;
	union {
		struct md5_ctx md5;
		struct sha256_ctx sha256;
		struct sha512_ctx sha512; /* SHA-384 is the same, begun otherwise and cut off */
	};
};
struct api_cipher_hd_st {
	gnutls_cipher_algorithm_t algorithm;
	uint8_t vector[AES_BLOCK_SIZE];
	union {
		struct arcfour_ctx arcfour;
		struct {
			struct aes128_ctx to, from; /* the newest protection makes its key by encrypting */
		} aes128;
		struct {
			struct aes256_ctx to, from;
		} aes256;
	};
};

int gnutls_hash_init(gnutls_hash_hd_t *out, gnutls_digest_algorithm_t algorithm)
{
	struct hash_hd_st *h = calloc(1, sizeof *h);

	if (!h)
		return GNUTLS_E_MEMORY_ERROR;
	h->algorithm = algorithm;
	switch (algorithm) {
	case GNUTLS_DIG_MD5: md5_init(&h->md5); break;
	case GNUTLS_DIG_SHA256: sha256_init(&h->sha256); break;
	case GNUTLS_DIG_SHA384: sha384_init(&h->sha512); break;
	case GNUTLS_DIG_SHA512: sha512_init(&h->sha512); break;
	default: free(h); return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	}
	*out = h;
	return 0;
}

int gnutls_hash(gnutls_hash_hd_t h, const void *text, size_t n)
{
	if (h->algorithm == GNUTLS_DIG_MD5)
		md5_update(&h->md5, n, text);
	else if (h->algorithm == GNUTLS_DIG_SHA256)
		sha256_update(&h->sha256, n, text);
	else
		sha512_update(&h->sha512, n, text);
	return 0;
}

void gnutls_hash_deinit(gnutls_hash_hd_t h, void *digest)
{
	if (!h)
		return;
	if (digest) {
		switch (h->algorithm) {
		case GNUTLS_DIG_MD5: md5_digest(&h->md5, MD5_DIGEST_SIZE, digest); break;
		case GNUTLS_DIG_SHA256: sha256_digest(&h->sha256, SHA256_DIGEST_SIZE, digest); break;
		case GNUTLS_DIG_SHA384: sha384_digest(&h->sha512, SHA384_DIGEST_SIZE, digest); break;
		default: sha512_digest(&h->sha512, SHA512_DIGEST_SIZE, digest);
		}
	}
	explicit_bzero(h, sizeof *h);
	free(h);
}

int gnutls_cipher_init(gnutls_cipher_hd_t *out, gnutls_cipher_algorithm_t algorithm, const gnutls_datum_t *key, const gnutls_datum_t *vector)
{
	struct api_cipher_hd_st *c = calloc(1, sizeof *c);
	bool ok = false;

	if (!c)
		return GNUTLS_E_MEMORY_ERROR;
	c->algorithm = algorithm;
	if (algorithm == GNUTLS_CIPHER_ARCFOUR_128 && key->size >= ARCFOUR_MIN_KEY_SIZE && key->size <= ARCFOUR_MAX_KEY_SIZE) {
		arcfour_set_key(&c->arcfour, key->size, key->data);
		ok = true;
	} else if (vector && vector->size == AES_BLOCK_SIZE) {
		memcpy(c->vector, vector->data, AES_BLOCK_SIZE);
		ok = key->size == gnutls_cipher_get_key_size(algorithm);
		if (ok && algorithm == GNUTLS_CIPHER_AES_128_CBC)
			aes128_set_encrypt_key(&c->aes128.to, key->data), aes128_invert_key(&c->aes128.from, &c->aes128.to);
		else if (ok)
			aes256_set_encrypt_key(&c->aes256.to, key->data), aes256_invert_key(&c->aes256.from, &c->aes256.to);
	}
	if (!ok) {
		free(c);
		return GNUTLS_E_INVALID_REQUEST;
	}
	*out = c;
	return 0;
}

size_t gnutls_cipher_get_key_size(gnutls_cipher_algorithm_t algorithm)
{
	return algorithm == GNUTLS_CIPHER_AES_128_CBC ? AES128_KEY_SIZE : algorithm == GNUTLS_CIPHER_AES_256_CBC ? AES256_KEY_SIZE : 0;
}

static bool can_take(const struct api_cipher_hd_st *c, size_t n, size_t room)
{
	return room >= n && (c->algorithm == GNUTLS_CIPHER_ARCFOUR_128 || n % AES_BLOCK_SIZE == 0);
}

int gnutls_cipher_decrypt2(gnutls_cipher_hd_t c, const void *from, size_t n, void *to, size_t room)
{
	if (!can_take(c, n, room))
		return GNUTLS_E_INVALID_REQUEST;
	if (c->algorithm == GNUTLS_CIPHER_ARCFOUR_128)
		arcfour_crypt(&c->arcfour, n, to, from);
	else if (c->algorithm == GNUTLS_CIPHER_AES_128_CBC)
		cbc_decrypt(&c->aes128.from, (nettle_cipher_func *)aes128_decrypt, AES_BLOCK_SIZE, c->vector, n, to, from);
	else
		cbc_decrypt(&c->aes256.from, (nettle_cipher_func *)aes256_decrypt, AES_BLOCK_SIZE, c->vector, n, to, from);
	return 0;
}

int gnutls_cipher_encrypt2(gnutls_cipher_hd_t c, const void *from, size_t n, void *to, size_t room)
{
	if (!can_take(c, n, room))
		return GNUTLS_E_INVALID_REQUEST;
	if (c->algorithm == GNUTLS_CIPHER_ARCFOUR_128)
		arcfour_crypt(&c->arcfour, n, to, from);
	else if (c->algorithm == GNUTLS_CIPHER_AES_128_CBC)
		cbc_encrypt(&c->aes128.to, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, c->vector, n, to, from);
	else
		cbc_encrypt(&c->aes256.to, (nettle_cipher_func *)aes256_encrypt, AES_BLOCK_SIZE, c->vector, n, to, from);
	return 0;
}

void gnutls_cipher_deinit(gnutls_cipher_hd_t c)
{
	if (!c)
		return;
	explicit_bzero(c, sizeof *c);
	free(c);
}

/* qpdf wants some before it knows that it only reads. */
int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t n)
{
	(void)level;
	return n <= 256 && getrandom(data, n, 0) == (ssize_t)n ? 0 : GNUTLS_E_RANDOM_FAILED;
}

const char *gnutls_strerror(int code)
{
	return code == 0 ? "done" : "a cipher failed";
}
