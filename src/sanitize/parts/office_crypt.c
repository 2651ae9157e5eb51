/* Office文書の暗号 — contract in office_crypt.h. */
#include "sanitize/parts/office_crypt.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/text.h"
#include "sanitize/parts/xml_read.h"
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { HASH_MOST = 64, KEY_MOST = 32, BLOCK = 16, SALT_MOST = 64, SEGMENT = 4096, STANDARD_SPIN = 50000, STANDARD_VERIFIER = 32, FIELD_MOST = 128, PASSWORD_MOST = 255 };

/* -- hashes and ciphers -- */
union hash_state {
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

static void hash_of(const struct nettle_hash *h, struct bytes a, struct bytes b, uint8_t *out)
{
	union hash_state state;

	must(h->context_size <= sizeof state);
	h->init(&state);
	h->update(&state, a.n, a.p);
	h->update(&state, b.n, b.p);
	h->digest(&state, h->digest_size, out);
}

static void hmac_of(const struct nettle_hash *h, struct bytes key, struct bytes data, uint8_t *out)
{
	uint8_t inner[128] = { 0 }, outer[128], digest[HASH_MOST];

	must(h->block_size <= sizeof inner && key.n <= h->block_size);
	memcpy(inner, key.p, key.n);
	for (size_t i = 0; i < h->block_size; i++)
		outer[i] = inner[i] ^ 0x5c, inner[i] ^= 0x36;
	hash_of(h, bytes_of(inner, h->block_size), data, digest);
	hash_of(h, bytes_of(outer, h->block_size), bytes_of(digest, h->digest_size), out);
}

union aes {
	struct aes128_ctx k128;
	struct aes192_ctx k192;
	struct aes256_ctx k256;
};

static nettle_cipher_func *aes_start(union aes *aes, size_t key_n, const uint8_t *key)
{
	switch (key_n) {
	case 16: aes128_set_decrypt_key(&aes->k128, key); return (nettle_cipher_func *)aes128_decrypt;
	case 24: aes192_set_decrypt_key(&aes->k192, key); return (nettle_cipher_func *)aes192_decrypt;
	default: aes256_set_decrypt_key(&aes->k256, key); return (nettle_cipher_func *)aes256_decrypt;
	}
}

static void decrypt_cbc(const uint8_t *key, size_t key_n, const uint8_t iv[BLOCK], struct bytes in, uint8_t *out)
{
	union aes aes;
	uint8_t chain[BLOCK];

	memcpy(chain, iv, BLOCK);
	cbc_decrypt(&aes, aes_start(&aes, key_n, key), BLOCK, chain, in.n, out, in.p);
}

static bool is_key_size(size_t n) { return n == 16 || n == 24 || n == 32; }

/* Office hashes the password as UTF-16. */
static int wide_password(struct arena *arena, struct bytes typed, struct bytes *out)
{
	struct text t;

	return text_from_utf8(arena, typed, &t, NULL) == 0 && text_to(arena, CHARSET_UTF16LE, t, out, NULL) == 0 && out->n <= 2 * PASSWORD_MOST ? 0 : -1;
}

/* The slow part: the salted password hashed again and again. */
static void spin(const struct nettle_hash *h, struct bytes salt, struct bytes password, uint32_t rounds, uint8_t out[HASH_MOST])
{
	uint8_t step[4 + HASH_MOST];

	hash_of(h, salt, password, step + 4);
	for (uint32_t i = 0; i < rounds; i++) {
		union hash_state state;
		step[0] = (uint8_t)i, step[1] = (uint8_t)(i >> 8), step[2] = (uint8_t)(i >> 16), step[3] = (uint8_t)(i >> 24);
		h->init(&state);
		h->update(&state, 4 + h->digest_size, step);
		h->digest(&state, h->digest_size, step + 4);
	}
	memcpy(out, step + 4, h->digest_size);
}

/* Bytes after the size that stands first; the rest is padding. */
static int package_size(struct bytes package, struct bytes *encrypted, size_t *size, struct err *err)
{
	struct cursor c = cursor_over(package);
	uint64_t n = cursor_u64le(&c);

	if (c.failed || n > c.left)
		return refuse(err, REFUSAL_DAMAGED, "an encrypted package that is cut short");
	*encrypted = bytes_of(c.p, c.left / BLOCK * BLOCK);
	if (n > encrypted->n)
		return refuse(err, REFUSAL_DAMAGED, "an encrypted package that is cut short");
	*size = (size_t)n;
	return 0;
}

static uint8_t *room_for(struct arena *arena, size_t n, struct err *err)
{
	uint8_t *p = arena_scratch(arena, n + BLOCK);

	if (!p)
		(void)!refuse(err, REFUSAL_MEMORY, "no memory for a package of %zu bytes", n);
	return p;
}

/* -- Standard: Office 2007 -- */
struct standard {
	size_t key_n;
	struct bytes salt, verifier, verifier_hash;
};

static int read_standard(struct cursor *c, struct standard *s, struct err *err)
{
	enum { SHA1 = 0x8004, AES_128 = 0x660e, AES_192 = 0x660f, AES_256 = 0x6610, SALT = 16 };

	cursor_take(c, 4); /* flags */
	uint32_t header_n = cursor_u32le(c);
	struct cursor h = cursor_over(cursor_bytes(c, header_n));
	cursor_take(&h, 8);
	uint32_t cipher = cursor_u32le(&h), hash = cursor_u32le(&h), bits = cursor_u32le(&h);
	uint32_t salt_n = cursor_u32le(c);
	s->salt = cursor_bytes(c, SALT);
	s->verifier = cursor_bytes(c, BLOCK);
	cursor_take(c, 4); /* length of the hash: SHA-1's */
	s->verifier_hash = cursor_bytes(c, STANDARD_VERIFIER);
	if (c->failed || h.failed || salt_n != SALT)
		return refuse(err, REFUSAL_DAMAGED, "encryption: a header that is cut short");
	s->key_n = bits / 8;
	bool known = (cipher == AES_128 && bits == 128) || (cipher == AES_192 && bits == 192) || (cipher == AES_256 && bits == 256);
	return known && (hash == SHA1 || hash == 0) ? 0 : refuse(err, REFUSAL_FEATURE, "encryption: cipher %04x, hash %04x", cipher, hash);
}

static void standard_key(const struct standard *s, struct bytes password, uint8_t key[2 * SHA1_DIGEST_SIZE])
{
	static const uint8_t zero[4];
	uint8_t spun[HASH_MOST], last[HASH_MOST], pad[64];

	spin(&nettle_sha1, s->salt, password, STANDARD_SPIN, spun);
	hash_of(&nettle_sha1, bytes_of(spun, SHA1_DIGEST_SIZE), bytes_of(zero, sizeof zero), last);
	for (unsigned half = 0; half < 2; half++) {
		memset(pad, half ? 0x5c : 0x36, sizeof pad);
		for (size_t i = 0; i < SHA1_DIGEST_SIZE; i++)
			pad[i] ^= last[i];
		hash_of(&nettle_sha1, bytes_of(pad, sizeof pad), bytes_of(NULL, 0), key + half * SHA1_DIGEST_SIZE);
	}
}

static bool standard_fits(const struct standard *s, struct bytes password, uint8_t key[2 * SHA1_DIGEST_SIZE])
{
	uint8_t plain[BLOCK], hash[STANDARD_VERIFIER], mine[HASH_MOST];
	union aes aes;

	standard_key(s, password, key);
	nettle_cipher_func *decrypt = aes_start(&aes, s->key_n, key);
	decrypt(&aes, BLOCK, plain, s->verifier.p);
	decrypt(&aes, STANDARD_VERIFIER, hash, s->verifier_hash.p);
	hash_of(&nettle_sha1, bytes_of(plain, BLOCK), bytes_of(NULL, 0), mine);
	return memcmp(mine, hash, SHA1_DIGEST_SIZE) == 0;
}

static int standard_open(struct arena *arena, const uint8_t *key, size_t key_n, struct bytes package, struct bytes *out, struct err *err)
{
	struct bytes encrypted;
	union aes aes;
	size_t size;

	if (package_size(package, &encrypted, &size, err) < 0)
		return -1;
	uint8_t *plain = room_for(arena, encrypted.n, err);
	if (!plain)
		return -1;
	aes_start(&aes, key_n, key)(&aes, encrypted.n, plain, encrypted.p);
	*out = bytes_of(plain, size);
	return 0;
}

/* -- Agile: Office 2010 and later -- */
struct field {
	uint8_t p[FIELD_MOST];
	size_t n;
};
struct agile_part {
	const struct nettle_hash *hash;
	size_t key_n;
	uint64_t spin;
	struct field salt, verifier, verifier_hash, key;
	bool seen, foreign; /* foreign: a cipher or a way of chaining that is not ours */
};
struct agile {
	struct agile_part data, password;
	struct field hmac_key, hmac_value;
};

static void read_field(struct arena *arena, const char *value, struct field *out)
{
	struct bytes b;

	out->n = 0;
	if (base64_decode(arena, bytes_of(value, strlen(value)), &b, NULL) == 0 && b.n <= sizeof out->p) {
		memcpy(out->p, b.p, b.n);
		out->n = b.n;
	}
}

static const struct nettle_hash *hash_named(const char *name)
{
	static const struct {
		const char *name;
		const struct nettle_hash *hash;
	} known[] = { { "SHA1", &nettle_sha1 }, { "SHA-1", &nettle_sha1 }, { "SHA256", &nettle_sha256 }, { "SHA384", &nettle_sha384 }, { "SHA512", &nettle_sha512 } };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].hash;
	return NULL;
}

static uint64_t number_of(const char *value)
{
	uint64_t n;

	return decimal_decode(bytes_of(value, strlen(value)), UINT32_MAX, &n, NULL) == 0 ? n : UINT64_MAX;
}

static void read_attribute(struct arena *arena, struct agile *a, struct agile_part *part, struct xml_name name, const char *value)
{
	const struct {
		const char *name;
		struct field *field;
	} fields[] = {
		{ "saltValue", &part->salt }, { "encryptedVerifierHashInput", &part->verifier }, { "encryptedVerifierHashValue", &part->verifier_hash }, { "encryptedKeyValue", &part->key },
		{ "encryptedHmacKey", &a->hmac_key }, { "encryptedHmacValue", &a->hmac_value },
	};

	for (size_t i = 0; i < COUNT(fields); i++)
		if (xml_name_is(name, fields[i].name))
			read_field(arena, value, fields[i].field);
	if (xml_name_is(name, "hashAlgorithm"))
		part->hash = hash_named(value);
	else if (xml_name_is(name, "keyBits"))
		part->key_n = (size_t)MIN(number_of(value), (uint64_t)4096) / 8;
	else if (xml_name_is(name, "spinCount"))
		part->spin = number_of(value);
	else if (xml_name_is(name, "cipherAlgorithm"))
		part->foreign |= strcmp(value, "AES") != 0;
	else if (xml_name_is(name, "cipherChaining"))
		part->foreign |= strcmp(value, "ChainingModeCBC") != 0;
	else if (xml_name_is(name, "blockSize"))
		part->foreign |= number_of(value) != BLOCK;
}

static int read_agile(struct arena *arena, struct bytes xml, struct agile *a, struct err *err)
{
	struct xml_reader *r = arena_alloc(arena, sizeof *r);
	struct agile_part other = { 0 };
	struct err why;

	if (xml_start(r, arena, bytes_of(arena_copy(arena, xml.p, xml.n), xml.n), &why) < 0)
		return refuse(err, REFUSAL_DAMAGED, "encryption: %s", why.say);
	for (enum xml_token t; (t = xml_next(r)) != XML_END;) {
		if (t == XML_BAD)
			return refuse(err, REFUSAL_DAMAGED, "encryption: %s", r->why);
		if (t != XML_OPEN)
			continue;
		const uint8_t *colon = memchr(r->name.p, ':', r->name.n);
		struct xml_name local = colon ? (struct xml_name){ colon + 1, r->name.n - (uint32_t)(colon + 1 - r->name.p) } : r->name;
		bool data = xml_name_is(local, "keyData"), key = xml_name_is(local, "encryptedKey");
		struct agile_part *part = data ? &a->data : key && !a->password.seen ? &a->password : &other;
		part->seen = true;
		for (unsigned i = 0; i < r->count; i++) {
			const char *value = xml_text_of(arena, r->values[i]);
			if (value && (data || key || xml_name_is(local, "dataIntegrity")))
				read_attribute(arena, a, part, r->names[i], value);
		}
	}
	return 0;
}

static int check_agile(const struct agile *a, uint64_t spin_most, struct err *err)
{
	const struct agile_part *p = &a->password, *d = &a->data;

	if (!p->seen || !d->seen)
		return refuse(err, REFUSAL_FEATURE, "encryption: no password, but another key");
	if (!p->hash || !d->hash || p->foreign || d->foreign || !is_key_size(p->key_n) || !is_key_size(d->key_n))
		return refuse(err, REFUSAL_FEATURE, "encryption: a cipher that is not AES in CBC, or another hash");
	if (p->spin > spin_most)
		return refuse(err, REFUSAL_BOMB, "encryption: the file asks for %llu rounds of hashing", (unsigned long long)p->spin);
	size_t hash_blocks = (p->hash->digest_size + BLOCK - 1) / BLOCK * BLOCK, mac_blocks = (d->hash->digest_size + BLOCK - 1) / BLOCK * BLOCK;
	size_t key_blocks = (p->key_n + BLOCK - 1) / BLOCK * BLOCK;
	if (p->salt.n == 0 || p->salt.n > SALT_MOST || d->salt.n == 0 || d->salt.n > SALT_MOST || p->verifier.n % BLOCK || p->verifier.n < p->salt.n || p->verifier_hash.n != hash_blocks ||
	    p->key.n != key_blocks || a->hmac_key.n != mac_blocks || a->hmac_value.n != mac_blocks || p->key_n != d->key_n)
		return refuse(err, REFUSAL_DAMAGED, "encryption: values of the wrong length");
	return 0;
}

/* A hash cut or filled to a length, as the format has it. */
static void fit(const uint8_t *hash, size_t hash_n, uint8_t *out, size_t n)
{
	memset(out, 0x36, n);
	memcpy(out, hash, MIN(hash_n, n));
}

static void agile_iv(const struct agile_part *part, struct bytes block, uint8_t iv[BLOCK])
{
	uint8_t hash[HASH_MOST];

	if (block.n)
		hash_of(part->hash, bytes_of(part->salt.p, part->salt.n), block, hash);
	fit(block.n ? hash : part->salt.p, block.n ? part->hash->digest_size : part->salt.n, iv, BLOCK);
}

/* One of the values under the password: each has its own key. */
static void agile_value(const struct agile_part *p, const uint8_t *spun, struct bytes block, const struct field *in, uint8_t *out)
{
	uint8_t hash[HASH_MOST], key[KEY_MOST], iv[BLOCK];

	hash_of(p->hash, bytes_of(spun, p->hash->digest_size), block, hash);
	fit(hash, p->hash->digest_size, key, p->key_n);
	agile_iv(p, bytes_of(NULL, 0), iv);
	decrypt_cbc(key, p->key_n, iv, bytes_of(in->p, in->n), out);
}

static bool agile_fits(const struct agile_part *p, struct bytes password, uint8_t key[FIELD_MOST])
{
	uint8_t spun[HASH_MOST], input[FIELD_MOST], value[FIELD_MOST], mine[HASH_MOST];

	spin(p->hash, bytes_of(p->salt.p, p->salt.n), password, (uint32_t)p->spin, spun);
	agile_value(p, spun, BYTES("\xfe\xa7\xd2\x76\x3b\x4b\x9e\x79"), &p->verifier, input);
	agile_value(p, spun, BYTES("\xd7\xaa\x0f\x6d\x30\x61\x34\x4e"), &p->verifier_hash, value);
	hash_of(p->hash, bytes_of(input, p->salt.n), bytes_of(NULL, 0), mine);
	if (memcmp(mine, value, p->hash->digest_size) != 0)
		return false;
	agile_value(p, spun, BYTES("\x14\x6e\x0b\xe7\xab\xac\xd0\xd6"), &p->key, key);
	return true;
}

/* The whole stream is sealed by a keyed hash: what was changed without the key shows. */
static bool is_untouched(const struct agile *a, const uint8_t *key, struct bytes package)
{
	uint8_t iv[BLOCK], mac_key[FIELD_MOST], mac[FIELD_MOST], mine[HASH_MOST];

	agile_iv(&a->data, BYTES("\x5f\xb2\xad\x01\x0c\xb9\xe1\xf6"), iv);
	decrypt_cbc(key, a->data.key_n, iv, bytes_of(a->hmac_key.p, a->hmac_key.n), mac_key);
	agile_iv(&a->data, BYTES("\xa0\x67\x7f\x02\xb2\x2c\x84\x33"), iv);
	decrypt_cbc(key, a->data.key_n, iv, bytes_of(a->hmac_value.p, a->hmac_value.n), mac);
	hmac_of(a->data.hash, bytes_of(mac_key, a->data.hash->digest_size), package, mine);
	return memcmp(mine, mac, a->data.hash->digest_size) == 0;
}

static int agile_open(struct arena *arena, const struct agile *a, const uint8_t *key, struct bytes package, struct bytes *out, struct err *err)
{
	struct bytes encrypted;
	size_t size;

	if (!is_untouched(a, key, package))
		return refuse(err, REFUSAL_DAMAGED, "encryption: the encrypted content was changed");
	if (package_size(package, &encrypted, &size, err) < 0)
		return -1;
	uint8_t *plain = room_for(arena, encrypted.n, err);
	if (!plain)
		return -1;
	for (size_t at = 0; at < encrypted.n; at += SEGMENT) {
		uint32_t number = (uint32_t)(at / SEGMENT);
		const uint8_t block[] = { (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24) };
		uint8_t iv[BLOCK];
		agile_iv(&a->data, bytes_of(block, sizeof block), iv);
		decrypt_cbc(key, a->data.key_n, iv, bytes_of(encrypted.p + at, MIN((size_t)SEGMENT, encrypted.n - at)), plain + at);
	}
	*out = bytes_of(plain, size);
	return 0;
}

/* -- both -- */
/* What Office itself takes for documents that are protected against changes only; no secret. */
#define OWN_PASSWORD "VelvetSweatshop"

int office_decrypt(struct arena *arena, struct bytes info, struct bytes package, struct bytes password, uint64_t spin_most, struct bytes *out, struct err *err)
{
	struct cursor c = cursor_over(info);
	uint16_t major = cursor_u16le(&c), minor = cursor_u16le(&c);
	struct standard s = { 0 };
	struct agile *a = NULL;
	uint8_t key[FIELD_MOST];

	if (c.failed)
		return refuse(err, REFUSAL_DAMAGED, "encryption: no head");
	if (major >= 2 && major <= 4 && minor == 2) {
		if (read_standard(&c, &s, err) < 0)
			return -1;
	} else if (major == 4 && minor == 4) {
		cursor_take(&c, 4);
		a = arena_alloc(arena, sizeof *a);
		if (c.failed || read_agile(arena, bytes_of(c.p, c.left), a, err) < 0)
			return c.failed ? refuse(err, REFUSAL_DAMAGED, "encryption: no head") : -1;
		if (check_agile(a, spin_most, err) < 0)
			return -1;
	} else {
		return refuse(err, REFUSAL_FEATURE, "encryption of version %u.%u", major, minor);
	}
	const struct bytes tries[] = { password, BYTES(OWN_PASSWORD) };
	for (size_t i = password.n ? 0 : 1; i < COUNT(tries); i++) {
		struct bytes wide;
		if (wide_password(arena, tries[i], &wide) < 0 || !(a ? agile_fits(&a->password, wide, key) : standard_fits(&s, wide, key)))
			continue;
		return a ? agile_open(arena, a, key, package, out, err) : standard_open(arena, key, s.key_n, package, out, err);
	}
	return refuse(err, password.n ? REFUSAL_WRONG_PASSWORD : REFUSAL_ENCRYPTED, password.n ? "the password does not fit" : "an encrypted document, and no password");
}
