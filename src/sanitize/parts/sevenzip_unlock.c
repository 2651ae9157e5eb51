/* 7zの暗号 — contract in sevenzip_unlock.h. */
#include "sanitize/parts/sevenzip_unlock.h"
#include "base/cursor.h"
#include "base/text.h"
#include "sanitize/parts/sevenzip_head.h"
#include <libdeflate.h>
#include <lzma.h>
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/sha2.h>

enum { SALT_MOST = 16, POWER_MOST = 24, KEY_AS_IT_IS = 0x3f, KEYS_MOST = 64 /* one is usual */, PACKED_HEADS_MOST = 4, WINDOW = 64 * 1024, DICTIONARY_MOST = 64 << 20, HASHED_AT_ONCE = 64 };
/* Names of steps. */
static const char aes[] = "\x06\xf1\x07\x01", copy[] = "\0", lzma1[] = "\3\1\1", lzma2[] = "\x21";
#define IS(coder, name) bytes_equal((coder)->id, bytes_of(name, sizeof(name) - 1))

/* A packed stream: where its bytes are in the archive, and where they are as if they were plain. */
struct piece {
	uint64_t from, at, size; /* size: of the plain bytes */
	const struct aes256_ctx *key; /* NULL: not encrypted */
	uint8_t vector[AES_BLOCK_SIZE];
};
struct unlocked {
	struct job *job;
	struct bytes start, head;
	struct piece *pieces;
	size_t count;
	uint64_t head_at, size;
	uint8_t *window;
	size_t last; /* the piece that was read last: reading goes forward */
	uint64_t rounds; /* of hashing so far */
	unsigned keys;
	/* The key that was made last: it is the same for all streams of one archive. */
	struct aes256_ctx *key; /* NULL: none yet */
	unsigned power;
	size_t salt_n;
	uint8_t salt[SALT_MOST];
};

/* ---- the key ---- */

/* So many rounds over salt, password in UTF-16 and the number of the round. */
static void hash_rounds(struct arena *arena, unsigned power, struct bytes salt, struct bytes password, uint8_t key[AES256_KEY_SIZE])
{
	size_t one = salt.n + password.n + 8;
	uint8_t *rounds = arena_alloc(arena, one * HASHED_AT_ONCE); /* many in one go: the hash is quick with long input only */
	struct sha256_ctx hash;

	sha256_init(&hash);
	for (uint64_t i = 0; i < (uint64_t)1 << power;) {
		size_t n = 0;
		for (; n < HASHED_AT_ONCE && i < (uint64_t)1 << power; n++, i++) {
			uint8_t *to = rounds + n * one;
			if (salt.n)
				memcpy(to, salt.p, salt.n);
			memcpy(to + salt.n, password.p, password.n);
			for (unsigned k = 0; k < 8; k++)
				to[salt.n + password.n + k] = (uint8_t)(i >> (8 * k));
		}
		sha256_update(&hash, n * one, rounds);
	}
	sha256_digest(&hash, AES256_KEY_SIZE, key);
}

static int make_key(struct unlocked *u, unsigned power, struct bytes salt, struct err *err)
{
	uint8_t key[AES256_KEY_SIZE + SALT_MOST] = { 0 };
	struct arena *arena = job_arena(u->job);
	struct bytes password;
	struct text words;

	if (u->key && u->power == power && bytes_equal(bytes_of(u->salt, u->salt_n), salt))
		return 0;
	if (++u->keys > KEYS_MOST)
		return refuse(err, REFUSAL_BOMB, "more than %d keys", KEYS_MOST);
	if (text_from_utf8(arena, job_password(u->job), &words, NULL) != 0 || text_to(arena, CHARSET_UTF16LE, words, &password, NULL) != 0)
		return refuse(err, REFUSAL_WRONG_PASSWORD, "the password is no text");
	if (power == KEY_AS_IT_IS) {
		if (salt.n)
			memcpy(key, salt.p, salt.n);
		memcpy(key + salt.n, password.p, MIN(password.n, (size_t)AES256_KEY_SIZE));
	} else if (power > POWER_MOST || (u->rounds += (uint64_t)1 << power) > job_limit(u->job, LIMIT_SPIN)) {
		return refuse(err, REFUSAL_BOMB, "2^%u rounds of hashing, for key %u", power, u->keys);
	} else {
		hash_rounds(arena, power, salt, password, key);
	}
	u->key = arena_new_array(arena, struct aes256_ctx, 1);
	aes256_set_decrypt_key(u->key, key);
	u->power = power, u->salt_n = salt.n;
	if (salt.n)
		memcpy(u->salt, salt.p, salt.n);
	return 0;
}

static int set_cipher(struct unlocked *u, struct bytes properties, struct piece *piece, struct err *err)
{
	struct cursor c = cursor_over(properties);
	uint8_t first = cursor_u8(&c);
	size_t salt_n = first >> 7, vector_n = first >> 6 & 1;

	if (first & 0xc0) {
		uint8_t more = cursor_u8(&c);
		salt_n += more >> 4, vector_n += more & 0x0f;
	}
	struct bytes salt = cursor_bytes(&c, salt_n), vector = cursor_bytes(&c, vector_n);
	if (c.failed || c.left || salt.n > SALT_MOST || vector.n > AES_BLOCK_SIZE)
		return refuse(err, REFUSAL_DAMAGED, "the cipher of the archive is described wrongly");
	if (make_key(u, first & 0x3f, salt, err) < 0)
		return -1;
	memset(piece->vector, 0, sizeof piece->vector);
	if (vector.n)
		memcpy(piece->vector, vector.p, vector.n);
	piece->key = u->key;
	return 0;
}

/* ---- plain bytes of a piece ---- */

/* n ≤ WINDOW plain bytes from `at` on. Each block needs the one before it. */
static int read_piece(struct unlocked *u, const struct piece *piece, uint8_t *to, size_t n, uint64_t at, struct err *err)
{
	if (!piece->key)
		return job_read(u->job, to, n, piece->from + at, err);
	uint64_t block = at - at % AES_BLOCK_SIZE, end = (at + n + AES_BLOCK_SIZE - 1) / AES_BLOCK_SIZE * AES_BLOCK_SIZE;
	size_t whole = (size_t)(end - block);
	uint8_t vector[AES_BLOCK_SIZE];

	memcpy(vector, piece->vector, sizeof vector);
	if ((block > 0 && job_read(u->job, vector, sizeof vector, piece->from + block - AES_BLOCK_SIZE, err) < 0) || job_read(u->job, u->window, whole, piece->from + block, err) < 0)
		return -1;
	cbc_decrypt(piece->key, (nettle_cipher_func *)aes256_decrypt, AES_BLOCK_SIZE, vector, whole, u->window, u->window);
	memcpy(to, u->window + (at - block), n);
	return 0;
}

static int read_all_of(struct unlocked *u, const struct piece *piece, struct bytes *out, struct err *err)
{
	uint8_t *p = piece->size > SEVENZIP_HEAD_BYTES_MOST ? NULL : arena_try(job_arena(u->job), (size_t)piece->size + 1);

	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for the head of the archive");
	for (uint64_t at = 0; at < piece->size; at += WINDOW)
		if (read_piece(u, piece, p + at, (size_t)MIN((uint64_t)WINDOW, piece->size - at), at, err) < 0)
			return -1;
	*out = bytes_of(p, (size_t)piece->size);
	return 0;
}

/* As job_read, over the archive as if it had no password. */
static int read_unlocked(void *self, void *to, size_t n, uint64_t at, struct err *err)
{
	struct unlocked *u = self;
	uint8_t *p = to;
	size_t i = u->last < u->count && u->pieces[u->last].at <= at ? u->last : 0;

	while (n > 0) {
		struct bytes ready = at < SEVENZIP_START ? u->start : u->head;
		uint64_t offset = at < SEVENZIP_START ? at : at - u->head_at;
		size_t here = n;
		if (at < SEVENZIP_START || at >= u->head_at) {
			if (offset >= ready.n)
				return fail(err, ERR_CUT_SHORT, at, "behind the end of the archive");
			here = (size_t)MIN((uint64_t)n, ready.n - offset);
			memcpy(p, ready.p + offset, here);
		} else {
			while (u->pieces[i].at + u->pieces[i].size <= at)
				i++;
			const struct piece *piece = &u->pieces[u->last = i];
			here = (size_t)MIN(MIN((uint64_t)n, piece->at + piece->size - at), (uint64_t)WINDOW);
			if (read_piece(u, piece, p, here, at - piece->at, err) < 0)
				return -1;
		}
		p += here, at += here, n -= here;
	}
	return 0;
}

/* ---- steps ---- */

/* The number of the cipher among the steps of a folder; coder_count if it has none. */
static unsigned cipher_of(const struct sevenzip_folder *f)
{
	unsigned i = 0;

	while (i < f->coder_count && !IS(&f->coders[i], aes))
		i++;
	return i;
}

/* A cipher that stands first, over one packed stream, in a chain of simple steps. */
static bool is_simple(const struct sevenzip_folder *f, unsigned cipher)
{
	unsigned fed = 0;

	for (unsigned i = 0; i < f->coder_count; i++)
		if (f->coders[i].ins != 1 || f->coders[i].outs != 1 || (i != cipher && IS(&f->coders[i], aes)))
			return false;
	for (unsigned i = 0; i < f->pair_count; i++)
		fed += f->pairs[i].out == cipher && f->pairs[i].in != cipher;
	return f->packed_count == 1 && f->packed[0] == cipher && fed == (f->coder_count > 1);
}

/* The folder without its cipher: the step that it fed takes the packed stream. */
static void take_out(struct sevenzip_folder *f, unsigned cipher)
{
	unsigned pairs = 0, next = cipher;

	if (f->coder_count == 1) { /* stored */
		f->coders[0] = (struct sevenzip_coder){ .id = bytes_of(copy, sizeof copy - 1), .ins = 1, .outs = 1 };
		return;
	}
	for (unsigned i = 0; i < f->pair_count; i++) {
		if (f->pairs[i].out == cipher) {
			next = f->pairs[i].in;
			continue;
		}
		f->pairs[pairs].in = f->pairs[i].in - (f->pairs[i].in > cipher), f->pairs[pairs].out = f->pairs[i].out - (f->pairs[i].out > cipher);
		pairs++;
	}
	f->packed[0] = next - (next > cipher);
	f->pair_count = pairs, f->coder_count--, f->out_count--;
	for (unsigned i = cipher; i < f->coder_count; i++)
		f->coders[i] = f->coders[i + 1], f->sizes[i] = f->sizes[i + 1];
}

/* The pieces of all packed streams, in order; the folders and sizes of s are changed to what they are without their ciphers. */
static int make_pieces(struct unlocked *u, struct sevenzip_streams *s, struct err *err)
{
	uint64_t from = SEVENZIP_START + MIN(s->at, job_size(u->job)), at = SEVENZIP_START;

	u->pieces = arena_new_array(job_arena(u->job), struct piece, s->count + 1), u->count = s->count;
	for (size_t i = 0; i < s->folder_count; i++) {
		struct sevenzip_folder *f = &s->folders[i];
		unsigned cipher = cipher_of(f);
		if (cipher < f->coder_count && !is_simple(f, cipher))
			return refuse(err, REFUSAL_PROTECTED, "a cipher among steps that are not undone here");
		for (unsigned k = 0; k < f->packed_count; k++) {
			struct piece *piece = &u->pieces[f->first + k];
			uint64_t packed = s->sizes[f->first + k];
			if (from > job_size(u->job) || packed > job_size(u->job) - from)
				return refuse(err, REFUSAL_DAMAGED, "a stream behind the end of the archive");
			*piece = (struct piece){ .from = from, .at = at, .size = packed };
			from += packed;
			if (cipher < f->coder_count) {
				piece->size = f->sizes[cipher];
				if (packed % AES_BLOCK_SIZE || piece->size > packed || packed - piece->size >= AES_BLOCK_SIZE)
					return refuse(err, REFUSAL_DAMAGED, "an encrypted stream of another length than it says");
				if (set_cipher(u, f->coders[cipher].properties, piece, err) < 0)
					return -1;
				take_out(f, cipher);
			}
			s->sizes[f->first + k] = piece->size;
			at += piece->size;
		}
	}
	s->at = 0, u->head_at = at;
	return 0;
}

static bool has_cipher(const struct sevenzip_streams *s)
{
	for (size_t i = 0; i < s->folder_count; i++)
		if (cipher_of(&s->folders[i]) < s->folders[i].coder_count)
			return true;
	return false;
}

/* ---- the head ---- */

/* LZMA of a known length, as a file of its own would have it. */
static bool unpack_lzma(struct arena *arena, struct bytes properties, struct bytes in, uint8_t *to, size_t n)
{
	lzma_stream z = LZMA_STREAM_INIT;
	struct buf alone = buf_in(arena, 0);

	if (properties.n != 5 || lzma_alone_decoder(&z, DICTIONARY_MOST) != LZMA_OK)
		return false;
	buf_bytes(&alone, properties);
	for (unsigned i = 0; i < 8; i++)
		buf_byte(&alone, (uint8_t)((uint64_t)n >> (8 * i)));
	buf_bytes(&alone, in);
	z.next_in = alone.p, z.avail_in = alone.n, z.next_out = to, z.avail_out = n;
	lzma_ret r = lzma_code(&z, LZMA_RUN);
	bool good = (r == LZMA_OK || r == LZMA_STREAM_END) && z.avail_out == 0;
	lzma_end(&z);
	return good;
}

static bool unpack_lzma2(struct bytes properties, struct bytes in, uint8_t *to, size_t n)
{
	lzma_filter steps[] = { { .id = LZMA_FILTER_LZMA2 }, { .id = LZMA_VLI_UNKNOWN } };
	size_t in_at = 0, out_at = 0;

	if (lzma_properties_decode(&steps[0], NULL, properties.p, properties.n) != LZMA_OK)
		return false;
	bool good = ((lzma_options_lzma *)steps[0].options)->dict_size <= DICTIONARY_MOST && lzma_raw_buffer_decode(steps, NULL, in.p, &in_at, in.n, to, &out_at, n) == LZMA_OK && out_at == n;
	free(steps[0].options);
	return good;
}

/* The head that lies packed in its one folder. false: not understood, or not what its sum says. */
static bool unpack_head(struct arena *arena, const struct sevenzip_folder *f, struct bytes packed, struct bytes *out)
{
	const struct sevenzip_coder *coder = &f->coders[0];
	size_t n = (size_t)f->sizes[0];
	uint8_t *to;

	if (f->coder_count != 1 || f->sizes[0] == 0 || f->sizes[0] > SEVENZIP_HEAD_BYTES_MOST || !(to = arena_try(arena, n)))
		return false;
	bool good = IS(coder, lzma1) ? unpack_lzma(arena, coder->properties, packed, to, n)
		    : IS(coder, lzma2) ? unpack_lzma2(coder->properties, packed, to, n)
						     : IS(coder, copy) && packed.n == n;
	*out = IS(coder, copy) ? packed : bytes_of(to, n);
	return good && (!f->has_sum || libdeflate_crc32(0, out->p, out->n) == f->sum);
}

/* The head as it stands in the archive. false: there is none. */
static bool find_head(struct job *job, struct bytes *out)
{
	uint8_t start[SEVENZIP_START];
	uint64_t behind = job_size(job) - MIN(job_size(job), (uint64_t)SEVENZIP_START);

	if (behind == 0 || job_read(job, start, sizeof start, 0, NULL) < 0)
		return false;
	struct cursor c = cursor_over(bytes_of(start, sizeof start));
	const uint8_t *mark = cursor_take(&c, 6);
	cursor_take(&c, 2); /* its version */
	if (memcmp(mark, "7z\xbc\xaf\x27\x1c", 6) != 0 || cursor_u32le(&c) != libdeflate_crc32(0, start + 12, sizeof start - 12))
		return false;
	uint64_t low = cursor_u32le(&c), at = low | (uint64_t)cursor_u32le(&c) << 32;
	low = cursor_u32le(&c);
	uint64_t n = low | (uint64_t)cursor_u32le(&c) << 32;
	uint8_t *p = at > behind || n > behind - at || n == 0 || n > SEVENZIP_HEAD_BYTES_MOST ? NULL : arena_try(job_arena(job), (size_t)n);
	if (!p || job_read(job, p, (size_t)n, SEVENZIP_START + at, NULL) < 0)
		return false;
	*out = bytes_of(p, (size_t)n);
	return libdeflate_crc32(0, p, (size_t)n) == cursor_u32le(&c);
}

/* Follows packed heads to the last one, whose streams these are. *locked: a cipher was met on the way; *sure: and a sum said that the password fits. */
static int open_head(struct unlocked *u, struct bytes head, enum sevenzip_kind *kind, bool *locked, bool *sure, struct sevenzip_streams *s, struct err *err)
{
	struct arena *arena = job_arena(u->job);

	*locked = *sure = false;
	for (unsigned i = 0; (*kind = sevenzip_head_read(arena, head, s)) == SEVENZIP_PACKED; i++) {
		struct err why = { 0 };
		struct bytes packed = { NULL, 0 };
		bool here = has_cipher(s);
		if (s->folder_count != 1 || s->count != 1 || i == PACKED_HEADS_MOST) {
			*kind = SEVENZIP_NOTHING;
			return 0;
		}
		*locked |= here, *sure |= here && s->folders[0].has_sum; /* without one noise may pass for a head */
		if (here && job_password(u->job).n == 0)
			return refuse(err, REFUSAL_ENCRYPTED, "encrypted names, and no password");
		if (make_pieces(u, s, &why) < 0 || read_all_of(u, &u->pieces[0], &packed, &why) < 0) {
			*kind = SEVENZIP_NOTHING;
			if (here)
				*err = why;
			return here ? -1 : 0;
		}
		if (!unpack_head(arena, &s->folders[0], packed, &head)) {
			*kind = SEVENZIP_NOTHING;
			return here ? refuse(err, REFUSAL_WRONG_PASSWORD, "the password does not open the head") : 0;
		}
	}
	return 0;
}

int sevenzip_unlock(struct job *job, enum sevenzip_lock *lock, bool *sure, struct archive_source *out, struct err *err)
{
	struct arena *arena = job_arena(job);
	struct unlocked *u = arena_new_array(arena, struct unlocked, 1);
	struct sevenzip_streams s;
	enum sevenzip_kind kind;
	struct bytes head;
	bool locked;

	*u = (struct unlocked){ .job = job, .window = arena_alloc(arena, WINDOW + 2 * AES_BLOCK_SIZE) };
	*lock = SEVENZIP_OPEN, *sure = false;
	if (!find_head(job, &head))
		return 0;
	if (open_head(u, head, &kind, &locked, sure, &s, err) < 0)
		return -1;
	if (kind != SEVENZIP_HEAD || (!locked && !has_cipher(&s)))
		return locked ? refuse(err, REFUSAL_WRONG_PASSWORD, "what the password opens is no head") : 0;
	if (job_password(job).n == 0)
		return refuse(err, REFUSAL_ENCRYPTED, "encrypted content, and no password");
	if (make_pieces(u, &s, err) < 0)
		return -1;
	struct buf plain = buf_in(arena, 2 * SEVENZIP_HEAD_BYTES_MOST), start = buf_in(arena, SEVENZIP_START);
	sevenzip_head_write(&plain, &s);
	if (!buf_ok(&plain))
		return refuse(err, REFUSAL_TOO_LARGE, "the head of the archive");
	u->head = buf_view(&plain);
	sevenzip_start_write(&start, u->head, u->head_at - SEVENZIP_START);
	u->start = buf_view(&start), u->size = u->head_at + u->head.n;
	*out = (struct archive_source){ u->size, read_unlocked, u };
	*lock = SEVENZIP_UNLOCKED;
	return 0;
}
