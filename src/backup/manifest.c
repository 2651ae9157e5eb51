/* 控えの目録 — contract in manifest.h. */
#include "backup/manifest.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/cursor.h"
#include "base/text.h"
#include <sodium.h>

#define MAGIC "SKBACK1\n"
enum { MAGIC_BYTES = 8, SIGNED_FROM = MAGIC_BYTES + ED25519_SIGNATURE, HEADER_MOST = 4096, PIECE_ROW = PIECE_NAME + SHA256_BYTES + 4,
       FILE_ROW_LEAST = 2 + 1 + 4 + 8 + SHA256_BYTES + 4 };

_Static_assert(PIECE_SEAL == crypto_box_SEALBYTES, "sealed box");

/* ---- writing ---- */

static struct bytes header(struct arena *arena, const struct manifest *m)
{
	struct json *o = json_object(arena);
	char at[CLOCK_TEXT];

	json_set_str(arena, o, "at", clock_utc(m->at, at));
	json_set_number(arena, o, "entries", (int64_t)m->entries);
	json_set_text(arena, o, "id", m->id);
	json_set_number(arena, o, "number", (int64_t)m->number);
	json_set_text(arena, o, "recovery", m->recovery);
	json_set_text(arena, o, "site", m->site);
	json_set_number(arena, o, "v", 1);
	return json_bytes(arena, o);
}

static struct bytes listing(struct arena *arena, const struct manifest *m)
{
	struct buf b = buf_in(arena, MANIFEST_BYTES_MOST);

	buf_put(&b, m->naming, NAMING_KEY);
	buf_u32be(&b, (uint32_t)m->file_count);
	for (size_t i = 0; i < m->file_count; i++) {
		const struct manifest_file *f = &m->files[i];
		buf_u16be(&b, (uint16_t)strlen(f->name));
		buf_str(&b, f->name);
		buf_u32be(&b, f->mode);
		buf_u64be(&b, f->bytes);
		buf_put(&b, f->hash, SHA256_BYTES);
		buf_u32be(&b, (uint32_t)f->count);
		for (size_t k = 0; k < f->count; k++)
			buf_u32be(&b, f->pieces[k]);
	}
	must(buf_ok(&b));
	return buf_view(&b);
}

struct bytes manifest_write(struct arena *arena, const struct manifest *m, const struct backup_keys *keys)
{
	struct buf b = buf_in(arena, MANIFEST_BYTES_MOST);
	struct bytes head = header(arena, m), list = listing(arena, m);
	uint8_t signature[ED25519_SIGNATURE] = { 0 };

	buf_str(&b, MAGIC);
	buf_put(&b, signature, sizeof signature);
	buf_u32be(&b, (uint32_t)head.n);
	buf_bytes(&b, head);
	buf_u32be(&b, (uint32_t)m->piece_count);
	for (size_t i = 0; i < m->piece_count; i++) {
		buf_put(&b, m->pieces[i].name, PIECE_NAME);
		buf_put(&b, m->pieces[i].sealed, SHA256_BYTES);
		buf_u32be(&b, m->pieces[i].bytes);
	}
	uint8_t *sealed = buf_room(&b, list.n + PIECE_SEAL);
	must(sealed && crypto_box_seal(sealed, list.p, list.n, keys->recovery) == 0);
	b.n += list.n + PIECE_SEAL;
	must(buf_ok(&b));
	ed25519_sign(bytes_of(b.p + SIGNED_FROM, b.n - SIGNED_FROM), keys->signing, b.p + MAGIC_BYTES);
	return buf_view(&b);
}

/* ---- reading ---- */

static int read_header(struct arena *arena, struct cursor *c, struct manifest *m, struct err *err)
{
	struct json o;
	size_t n = cursor_u32be(c);
	struct bytes head = n <= HEADER_MOST ? cursor_bytes(c, n) : (struct bytes){ NULL, 0 };

	if (c->failed || n > HEADER_MOST || json_read(arena, head, &o, NULL) != 0 || json_number(&o, "v", 0) != 1)
		return fail(err, ERR_MALFORMED, c->at, "the head of the backup's list is damaged");
	int64_t entries = json_number(&o, "entries", -1), number = json_number(&o, "number", 0);
	m->id = json_text(&o, "id"), m->site = json_text(&o, "site"), m->recovery = json_text(&o, "recovery");
	if (entries < 0 || number < 0 || (uint64_t)number > MANIFEST_NUMBER_MOST || m->id.n == 0 || clock_from_utc(json_text(&o, "at").p, &m->at) != 0)
		return fail(err, ERR_MALFORMED, c->at, "the head of the backup's list is damaged");
	m->entries = (uint64_t)entries, m->number = (uint64_t)number;
	return 0;
}

static struct cursor behind_signature(struct bytes in)
{
	struct cursor c = cursor_over(in);

	cursor_take(&c, SIGNED_FROM);
	return c;
}

int manifest_read(struct arena *arena, struct bytes in, struct manifest *out, struct err *err)
{
	struct manifest m = { 0 };
	struct cursor c = behind_signature(in);

	if (c.failed || memcmp(in.p, MAGIC, MAGIC_BYTES) != 0)
		return fail(err, ERR_MALFORMED, 0, "this is no list of a backup");
	if (read_header(arena, &c, &m, err) != 0)
		return -1;
	size_t count = cursor_u32be(&c);
	if (c.failed || count > MANIFEST_PIECES_MOST || c.left / PIECE_ROW < count)
		return fail(err, ERR_CUT_SHORT, c.at, "the backup's list is cut short");
	m.pieces = arena_new_array(arena, struct manifest_piece, count);
	m.piece_count = count;
	for (size_t i = 0; i < count; i++) {
		memcpy(m.pieces[i].name, cursor_take(&c, PIECE_NAME), PIECE_NAME);
		memcpy(m.pieces[i].sealed, cursor_take(&c, SHA256_BYTES), SHA256_BYTES);
		m.pieces[i].bytes = cursor_u32be(&c);
		if (m.pieces[i].bytes < PIECE_SEAL || m.pieces[i].bytes > PIECE_BYTES + PIECE_SEAL)
			return fail(err, ERR_MALFORMED, c.at, "a piece of the backup has an impossible size");
	}
	*out = m;
	return 0;
}

bool manifest_verifies(struct bytes in, const uint8_t verify[ED25519_PUBLIC])
{
	return in.n > SIGNED_FROM && ed25519_verifies(bytes_of(in.p + SIGNED_FROM, in.n - SIGNED_FROM), verify, in.p + MAGIC_BYTES);
}

static int read_file(struct arena *arena, struct cursor *c, const struct manifest *m, struct manifest_file *f, struct err *err)
{
	size_t n = cursor_u16be(c);
	const uint8_t *name = cursor_take(c, n);

	f->mode = cursor_u32be(c);
	f->bytes = cursor_u64be(c);
	const uint8_t *hash = cursor_take(c, SHA256_BYTES);
	f->count = cursor_u32be(c);
	if (c->failed || c->left / 4 < f->count)
		return fail(err, ERR_CUT_SHORT, c->at, "the sealed list of the backup is cut short");
	memcpy(f->hash, hash, SHA256_BYTES);
	f->name = arena_copy(arena, name, n);
	if (strlen(f->name) != n || !copy_name_is_good(f->name) || f->mode > 0777 || f->bytes > (uint64_t)f->count * PIECE_BYTES)
		return fail(err, ERR_MALFORMED, c->at, "the sealed list of the backup names an impossible file");
	f->pieces = arena_new_array(arena, uint32_t, f->count);
	for (size_t i = 0; i < f->count; i++) {
		f->pieces[i] = cursor_u32be(c);
		if (f->pieces[i] >= m->piece_count)
			return fail(err, ERR_MALFORMED, c->at, "the sealed list of the backup names a piece that it does not have");
	}
	return 0;
}

int manifest_read_listing(struct arena *arena, struct bytes plain, struct manifest *m, struct err *err)
{
	struct cursor list = cursor_over(plain);
	const uint8_t *naming = cursor_take(&list, NAMING_KEY);
	size_t count = cursor_u32be(&list);

	if (list.failed || count > MANIFEST_FILES_MOST || list.left / FILE_ROW_LEAST < count)
		return fail(err, ERR_CUT_SHORT, list.at, "the sealed list of the backup is cut short");
	memcpy(m->naming, naming, NAMING_KEY);
	m->files = arena_new_array(arena, struct manifest_file, count);
	m->file_count = count;
	for (size_t i = 0; i < count; i++)
		if (read_file(arena, &list, m, &m->files[i], err) != 0)
			return -1;
	return list.left == 0 ? 0 : fail(err, ERR_MALFORMED, list.at, "the sealed list of the backup has something behind its end");
}

int manifest_open(struct arena *arena, struct bytes in, const struct recovery_key *key, struct manifest *m, struct err *err)
{
	struct cursor c = behind_signature(in);

	must(sodium_init() >= 0);
	cursor_take(&c, cursor_u32be(&c));
	cursor_take(&c, (size_t)cursor_u32be(&c) * PIECE_ROW);
	if (c.failed || c.left < PIECE_SEAL)
		return fail(err, ERR_CUT_SHORT, c.at, "the backup's list is cut short");
	size_t n = c.left - PIECE_SEAL;
	uint8_t *plain = arena_scratch(arena, n + 1);
	if (!plain)
		return fail(err, ERR_LIMIT, n, "no memory for the backup's list");
	if (crypto_box_seal_open(plain, c.p, c.left, key->recovery, key->secret) != 0)
		return fail(err, ERR_SIGNATURE, 0, "this recovery key does not open the backup (it needs the key named %s)", m->recovery.p);
	return manifest_read_listing(arena, bytes_of(plain, n), m, err);
}
