/* ZIPの暗号 — zip_ciphers of zip_methods.h: the traditional cipher and WinZip's AES, for who knows the password. The primitives are nettle's: they ask
 * the system for nothing. What comes out is treated like any other member. threat H1. */
#include "base/text.h"
#include "sanitize/parts/zip_methods.h"
#include <libdeflate.h>
#include <nettle/aes.h>
#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>

enum { OLD_HEAD = 12, ROUNDS = 1000, VERIFIER = 2, MAC = 10, KEY_MOST = 32, SALT_MOST = 16, PASSWORDS = 2 };

struct zip_cipher {
	unsigned strength; /* of AES, 0: the traditional cipher */
	uint32_t keys[3];
	uint32_t table[256];
	union {
		struct aes128_ctx k128;
		struct aes192_ctx k192;
		struct aes256_ctx k256;
	} aes;
	struct hmac_sha1_ctx hmac;
	uint8_t counter[AES_BLOCK_SIZE], stream[AES_BLOCK_SIZE];
	unsigned used; /* of the stream block */
	uint8_t mac[MAC];
};

/* As typed, and as a Windows program of a Japanese office would have encoded it. */
static unsigned passwords_of(struct job *job, struct bytes out[PASSWORDS])
{
	struct text typed;

	out[0] = job_password(job);
	if (text_from_utf8(job_arena(job), out[0], &typed, NULL) != 0 || text_to(job_arena(job), CHARSET_CP932, typed, &out[1], NULL) != 0 ||
	    bytes_equal(out[0], out[1]))
		return 1;
	return 2;
}

/* -- the traditional cipher -- */
static void make_table(struct zip_cipher *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;
		for (int k = 0; k < 8; k++)
			v = v & 1 ? v >> 1 ^ 0xedb88320u : v >> 1;
		c->table[i] = v;
	}
}

static uint32_t crc_step(const struct zip_cipher *c, uint32_t crc, uint8_t b)
{
	return crc >> 8 ^ c->table[(crc ^ b) & 0xff];
}

static void mix(struct zip_cipher *c, uint8_t b)
{
	c->keys[0] = crc_step(c, c->keys[0], b);
	c->keys[1] = (c->keys[1] + (c->keys[0] & 0xff)) * 134775813u + 1;
	c->keys[2] = crc_step(c, c->keys[2], (uint8_t)(c->keys[1] >> 24));
}

static void decrypt_old(struct zip_cipher *c, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t t = (c->keys[2] | 2) & 0xffff;
		p[i] ^= (uint8_t)(t * (t ^ 1) >> 8);
		mix(c, p[i]);
	}
}

static int begin_old(struct job *job, const struct zip_member *m, struct zip_cipher *c, struct err *err)
{
	struct bytes passwords[PASSWORDS];
	uint8_t head[OLD_HEAD], plain[OLD_HEAD], check = m->descriptor ? (uint8_t)(m->time >> 8) : (uint8_t)(m->crc >> 24);

	if (m->packed < OLD_HEAD)
		return refuse(err, REFUSAL_DAMAGED, "encrypted member without its head");
	if (job_read(job, head, sizeof head, m->data, err) < 0)
		return -1;
	make_table(c);
	for (unsigned k = 0, n = passwords_of(job, passwords); k < n; k++) {
		c->keys[0] = 0x12345678, c->keys[1] = 0x23456789, c->keys[2] = 0x34567890;
		for (size_t i = 0; i < passwords[k].n; i++)
			mix(c, passwords[k].p[i]);
		memcpy(plain, head, sizeof plain);
		decrypt_old(c, plain, sizeof plain);
		if (plain[OLD_HEAD - 1] == check)
			return 0;
	}
	return refuse(err, REFUSAL_WRONG_PASSWORD, "the password does not fit");
}

/* -- AES -- */
static void set_keys(struct zip_cipher *c, const uint8_t *keys, size_t key_n)
{
	if (key_n == 16)
		aes128_set_encrypt_key(&c->aes.k128, keys);
	else if (key_n == 24)
		aes192_set_encrypt_key(&c->aes.k192, keys);
	else
		aes256_set_encrypt_key(&c->aes.k256, keys);
	hmac_sha1_set_key(&c->hmac, key_n, keys + key_n);
	memset(c->counter, 0, sizeof c->counter);
	c->used = AES_BLOCK_SIZE;
}

static int begin_aes(struct job *job, const struct zip_member *m, struct zip_cipher *c, unsigned *head, struct err *err)
{
	size_t key_n = 8 + 8 * (size_t)m->aes, salt_n = key_n / 2;
	uint8_t salt[SALT_MOST + VERIFIER], keys[2 * KEY_MOST + VERIFIER];
	struct bytes passwords[PASSWORDS];

	*head = (unsigned)salt_n + VERIFIER;
	if (m->packed < *head + MAC)
		return refuse(err, REFUSAL_DAMAGED, "encrypted member without its head");
	if (job_read(job, salt, *head, m->data, err) < 0 || job_read(job, c->mac, MAC, m->data + m->packed - MAC, err) < 0)
		return -1;
	for (unsigned k = 0, n = passwords_of(job, passwords); k < n; k++) {
		pbkdf2_hmac_sha1(passwords[k].n, passwords[k].p, ROUNDS, salt_n, salt, 2 * key_n + VERIFIER, keys);
		if (memcmp(keys + 2 * key_n, salt + salt_n, VERIFIER) == 0) {
			set_keys(c, keys, key_n);
			return 0;
		}
	}
	return refuse(err, REFUSAL_WRONG_PASSWORD, "the password does not fit");
}

static void next_block(struct zip_cipher *c)
{
	for (unsigned i = 0; i < AES_BLOCK_SIZE && ++c->counter[i] == 0; i++)
		;
	if (c->strength == 1)
		aes128_encrypt(&c->aes.k128, AES_BLOCK_SIZE, c->stream, c->counter);
	else if (c->strength == 2)
		aes192_encrypt(&c->aes.k192, AES_BLOCK_SIZE, c->stream, c->counter);
	else
		aes256_encrypt(&c->aes.k256, AES_BLOCK_SIZE, c->stream, c->counter);
	c->used = 0;
}

static void decrypt_aes(struct zip_cipher *c, uint8_t *p, size_t n)
{
	hmac_sha1_update(&c->hmac, n, p);
	for (size_t i = 0; i < n; i++) {
		if (c->used == AES_BLOCK_SIZE)
			next_block(c);
		p[i] ^= c->stream[c->used++];
	}
}

/* -- both -- */
static int begin(struct job *job, const struct zip_member *m, struct zip_cipher **out, unsigned *head, unsigned *tail, struct err *err)
{
	struct zip_cipher *c = arena_alloc(job_arena(job), sizeof *c);

	c->strength = m->aes;
	*head = OLD_HEAD, *tail = m->aes ? MAC : 0;
	if (job_password(job).n == 0)
		return refuse(err, REFUSAL_ENCRYPTED, "encrypted member, and no password");
	if ((m->aes ? begin_aes(job, m, c, head, err) : begin_old(job, m, c, err)) < 0)
		return -1;
	*out = c;
	return 0;
}

static void decrypt(struct zip_cipher *c, uint8_t *p, size_t n)
{
	if (c->strength)
		decrypt_aes(c, p, n);
	else
		decrypt_old(c, p, n);
}

static int end(struct zip_cipher *c, struct err *err)
{
	uint8_t mac[MAC];

	if (!c->strength)
		return 0; /* the checksum of the content tells */
	hmac_sha1_digest(&c->hmac, MAC, mac);
	return memcmp(mac, c->mac, MAC) == 0 ? 0 : refuse(err, REFUSAL_DAMAGED, "the encrypted content was changed");
}

const struct zip_ciphers zip_ciphers = { begin, decrypt, end };
