/* 署名する者 — contract in signer.h. */
#include "evidence/signer.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/text.h"
#include "base/file.h"
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* "PRIVATE+KEY+name+id+base64(01 ‖ 64 bytes: seed and public key)\n", the manner of the signed note's own tools. While two keys sign, a second line
 * "until SECONDS " and the key before. */
#define KEY_FILE "key"
#define NEXT_FILE "next" /* the line of a key that is not in use yet, and its hand-over */
#define LAST_FILE "last-signature" /* the text of the checkpoint signed last */
#define KEY_HEAD "PRIVATE+KEY+"
#define UNTIL_HEAD "until "
enum { KEY_FILE_MOST = 2048, NEXT_FILE_MOST = KEY_FILE_MOST + EVIDENCE_HANDOVER_BYTES_MOST, PRIVATE_MODE = 0600,
       NEXT_SECONDS_MOST = 86400 };

static struct note_key public_key(struct arena *arena, struct text name, const uint8_t secret[ED25519_SECRET])
{
	struct note_key key = { .name = arena_text(arena, name), .type = SIGNATURE_ed25519 };

	key.public_key = arena_bytes(arena, bytes_of(secret + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC));
	key.id = note_key_id(key.name, key.type, key.public_key);
	return key;
}

/* The caller wipes it. */
static char *key_line(struct arena *arena, const struct note_key *key, const uint8_t secret[ED25519_SECRET])
{
	uint8_t material[1 + ED25519_SECRET] = { SIGNATURE_ed25519 };

	memcpy(material + 1, secret, ED25519_SECRET);
	char *base64 = base64_of(arena, bytes_of(material, sizeof material));
	char *line = arena_printf(arena, KEY_HEAD "%s+%08x+%s\n", key->name.p, key->id, base64);
	secret_wipe(material, sizeof material);
	secret_wipe(base64, strlen(base64));
	return line;
}

static void wipe_text(char *s)
{
	secret_wipe(s, strlen(s));
}

void signer_discard(int dir)
{
	unlinkat(dir, KEY_FILE, 0);
	unlinkat(dir, NEXT_FILE, 0);
	unlinkat(dir, LAST_FILE, 0);
}

int signer_create(struct arena *arena, int dir, struct text origin, struct signer *out, struct bytes *first, struct err *err)
{
	struct signer s = { .dir = dir };
	uint8_t public_bytes[ED25519_PUBLIC];

	if (!is_key_name(origin))
		return fail(err, ERR_INVALID, 0, "the origin must not hold blanks or '+': take an address without its scheme");
	ed25519_pair(public_bytes, s.secret);
	s.key = public_key(arena, origin, s.secret);
	s.last.origin = s.key.name;
	merkle_empty(&s.last.root);
	char *line = key_line(arena, &s.key, s.secret);
	int made = file_create(dir, KEY_FILE, bytes_of(line, strlen(line)), PRIVATE_MODE, err);
	wipe_text(line);
	struct text text = checkpoint_text(arena, &s.last);
	if (made != 0 || file_create(dir, LAST_FILE, bytes_of_text(text), PRIVATE_MODE, err) != 0)
		return -1;
	*first = note_sign(arena, text, s.key.name, s.secret);
	*out = s;
	return 0;
}

/* One line without its newline. */
static int read_key(struct arena *arena, struct bytes line, struct note_key *key, uint8_t secret[ED25519_SECRET], struct err *err)
{
	struct bytes head = BYTES(KEY_HEAD), material;
	struct text name;
	uint8_t probe[ED25519_SIGNATURE];

	if (line.n <= head.n || !bytes_start(line, head))
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	struct bytes rest = bytes_of(line.p + head.n, line.n - head.n);
	const uint8_t *plus = memchr(rest.p, '+', rest.n);
	if (!plus || rest.n - (size_t)(plus - rest.p) < 11 || plus[9] != '+')
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	size_t n = (size_t)(plus - rest.p);
	if (text_from_utf8(arena, bytes_of(rest.p, n), &name, err) != 0 ||
	    base64_decode(arena, bytes_of(plus + 10, rest.n - n - 10), &material, err) != 0)
		return -1;
	if (!is_key_name(name) || material.n != 1 + ED25519_SECRET || material.p[0] != SIGNATURE_ed25519)
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	memcpy(secret, material.p + 1, ED25519_SECRET);
	secret_wipe((void *)(uintptr_t)material.p, material.n);
	*key = public_key(arena, name, secret);
	/* Seed and public key belong together, and the id to both. */
	ed25519_sign(BYTES("probe"), secret, probe);
	char id[9];
	snprintf(id, sizeof id, "%08x", key->id);
	if (memcmp(id, plus + 1, 8) != 0 || !ed25519_verifies(BYTES("probe"), key->public_key.p, probe))
		return fail(err, ERR_MISMATCH, 0, "the signing key does not belong to its id");
	return 0;
}

/* "until SECONDS KEY" */
static int read_before(struct arena *arena, struct bytes line, struct signer *s, struct err *err)
{
	struct bytes head = BYTES(UNTIL_HEAD);
	uint64_t until;

	if (!bytes_start(line, head))
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	line = bytes_of(line.p + head.n, line.n - head.n);
	const uint8_t *blank = memchr(line.p, ' ', line.n);
	if (!blank || decimal_decode(bytes_of(line.p, (size_t)(blank - line.p)), INT64_MAX, &until, err) != 0)
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	s->retiring = true;
	s->until = (int64_t)until;
	if (read_key(arena, bytes_of(blank + 1, line.n - (size_t)(blank + 1 - line.p)), &s->before, s->secret_before, err) != 0)
		return -1;
	return text_equal(s->before.name, s->key.name) ? 0 : fail(err, ERR_MALFORMED, 0, "the two signing keys are of two logs");
}

static int read_keys(struct arena *arena, struct bytes file, struct signer *s, struct err *err)
{
	struct cursor c = cursor_over(file);
	struct bytes first = cursor_line(&c);

	if (c.failed)
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	if (read_key(arena, first, &s->key, s->secret, err) != 0)
		return -1;
	if (c.left == 0)
		return 0;
	struct bytes second = cursor_line(&c);
	if (c.failed || c.left)
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	return read_before(arena, second, s, err);
}

static int write_keys(struct arena *arena, const struct signer *s, struct err *err)
{
	char *line = key_line(arena, &s->key, s->secret), *both = line;

	if (s->retiring) {
		char *second = key_line(arena, &s->before, s->secret_before);
		both = arena_printf(arena, "%s" UNTIL_HEAD "%lld %s", line, (long long)s->until, second);
		wipe_text(second);
	}
	int result = file_replace(s->dir, KEY_FILE, bytes_of(both, strlen(both)), PRIVATE_MODE, err);
	wipe_text(both);
	wipe_text(line);
	return result;
}

static void wipe(struct signer *s)
{
	secret_wipe(s->secret, sizeof s->secret);
	secret_wipe(s->secret_before, sizeof s->secret_before);
}

int signer_open(struct arena *arena, int dir, struct signer *out, struct err *err)
{
	struct signer s = { .dir = dir };
	struct bytes file;
	struct text text;

	if (file_read(arena, dir, KEY_FILE, KEY_FILE_MOST, &file, err) != 0)
		return -1;
	int got = read_keys(arena, file, &s, err);
	secret_wipe((void *)(uintptr_t)file.p, file.n);
	if (got != 0)
		goto wipe;
	if (file_read(arena, dir, LAST_FILE, KEY_FILE_MOST, &file, err) != 0 || text_from_utf8(arena, file, &text, err) != 0 ||
	    checkpoint_read(arena, text, &s.last, err) != 0)
		goto wipe;
	if (!text_equal(s.last.origin, s.key.name)) {
		fail(err, ERR_MISMATCH, 0, "the last signature is of another log");
		goto wipe;
	}
	*out = s;
	wipe(&s);
	return 0;
wipe:
	wipe(&s);
	return -1;
}

void signer_close(struct signer *signer)
{
	wipe(signer);
}

size_t signer_keys(const struct signer *s, struct note_key keys[2])
{
	keys[0] = s->key;
	keys[1] = s->before;
	return s->retiring ? 2 : 1;
}

static int check_growth(const struct signer *s, uint64_t size, const struct merkle_hash *root, const struct merkle_source *source,
			struct err *err)
{
	struct merkle_hash proof[MERKLE_PROOF_MOST], again;
	size_t count;

	if (size < s->last.size)
		return fail(err, ERR_CONFLICT, size, "size %llu was signed already, %llu is smaller", (unsigned long long)s->last.size,
			    (unsigned long long)size);
	if (size == s->last.size) {
		if (!merkle_equal(root, &s->last.root))
			return fail(err, ERR_CONFLICT, size, "size %llu was signed with another root", (unsigned long long)size);
		return 0;
	}
	if (s->last.size == 0) {
		if (merkle_root_of(source, size, &again, err) != 0)
			return -1;
		return merkle_equal(&again, root) ? 0 : fail(err, ERR_MISMATCH, size, "the tree has another root");
	}
	if (merkle_prove_consistency(source, s->last.size, size, proof, &count, err) != 0)
		return -1;
	if (!merkle_is_consistent(s->last.size, size, proof, count, &s->last.root, root))
		return fail(err, ERR_MISMATCH, s->last.size, "the tree of size %llu does not contain the one signed at size %llu",
			    (unsigned long long)size, (unsigned long long)s->last.size);
	return 0;
}

int signer_sign(struct arena *arena, struct signer *s, uint64_t size, const struct merkle_hash *root, const struct merkle_source *source,
		struct bytes *note, struct err *err)
{
	struct checkpoint next = { .origin = s->key.name, .size = size, .root = *root };

	if (check_growth(s, size, root, source, err) != 0)
		return -1;
	struct text text = checkpoint_text(arena, &next);
	if (size != s->last.size && !s->without_sync && file_replace(s->dir, LAST_FILE, bytes_of_text(text), PRIVATE_MODE, err) != 0)
		return -1;
	s->last = next;
	*note = s->retiring && !s->before_is_silent ? note_sign_two(arena, text, s->key.name, s->secret, s->secret_before)
						    : note_sign(arena, text, s->key.name, s->secret);
	return 0;
}

/* ---- a new key ---- */

/* ERR_NOT_FOUND: nothing is laid aside that goes on from the key in use (what is left of one that is in use by now does not). */
static int read_next(struct arena *arena, int dir, const struct note_key *now, struct note_key *key, uint8_t secret[ED25519_SECRET],
		     struct handover *out, struct err *err)
{
	struct bytes file;
	struct handover h;

	if (file_read(arena, dir, NEXT_FILE, NEXT_FILE_MOST, &file, err) != 0)
		return -1;
	struct cursor c = cursor_over(file);
	struct bytes line = cursor_line(&c);
	int result = c.failed ? fail(err, ERR_MALFORMED, 0, "the key laid aside is damaged") : read_key(arena, line, key, secret, err);
	if (result == 0)
		result = handover_read(arena, arena_bytes(arena, bytes_of(c.p, c.left)), &h, err);
	secret_wipe((void *)(uintptr_t)file.p, file.n);
	if (result != 0)
		return -1;
	if (!bytes_equal(h.new_key.public_key, key->public_key) || !bytes_equal(h.old_key.public_key, now->public_key) || !text_equal(h.old_key.name, now->name))
		return fail(err, ERR_NOT_FOUND, 0, "the key laid aside does not go on from the key in use");
	*out = h;
	return 0;
}

static int make_next(struct arena *arena, const struct signer *s, int64_t now, int64_t until, struct bytes *note, struct err *err)
{
	uint8_t public_bytes[ED25519_PUBLIC], secret[ED25519_SECRET];

	ed25519_pair(public_bytes, secret);
	struct note_key key = public_key(arena, s->key.name, secret);
	struct bytes made = handover_make(arena, s->key.name, s->secret, secret, now, until);
	char *line = key_line(arena, &key, secret);
	secret_wipe(secret, sizeof secret);
	char *file = arena_printf(arena, "%s%.*s", line, (int)made.n, (const char *)made.p);
	wipe_text(line);
	int result = file_replace(s->dir, NEXT_FILE, bytes_of(file, strlen(file)), PRIVATE_MODE, err);
	wipe_text(file);
	*note = made;
	return result;
}

int signer_prepare(struct arena *arena, int dir, int64_t now, int64_t until, struct bytes *note, struct err *err)
{
	struct signer s;
	struct handover h;
	struct note_key key;
	uint8_t secret[ED25519_SECRET];
	char utc[CLOCK_TEXT];

	FD(lock) = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* two that prepare at once */
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		return fail_errno(err, ERR_IO, "cannot lock the folder of the signing key");
	if (signer_open(arena, dir, &s, err) != 0)
		return -1;
	int result = 0;
	if (s.retiring && now >= s.until)
		result = fail(err, ERR_BUSY, 0, "the key before the present one is about to be given up");
	else if (s.retiring)
		result = fail(err, ERR_CONFLICT, 0, "the key before the present one signs until %s: a new one can follow then", clock_utc(s.until, utc));
	else if (read_next(arena, dir, &s.key, &key, secret, &h, NULL) == 0 && now - h.at < NEXT_SECONDS_MOST)
		*note = h.raw;
	else
		result = make_next(arena, &s, now, until, note, err);
	secret_wipe(secret, sizeof secret);
	signer_close(&s);
	return result;
}

int signer_prepared(struct arena *arena, const struct signer *s, struct handover *out, struct err *err)
{
	struct note_key key;
	uint8_t secret[ED25519_SECRET];
	int result = read_next(arena, s->dir, &s->key, &key, secret, out, err);

	secret_wipe(secret, sizeof secret);
	return result;
}

int signer_switch(struct arena *arena, struct signer *s, struct err *err)
{
	struct signer next = *s;
	struct handover h;

	next.retiring = true;
	next.before_is_silent = false;
	next.before = s->key;
	memcpy(next.secret_before, s->secret, sizeof next.secret_before);
	int result = read_next(arena, s->dir, &s->key, &next.key, next.secret, &h, err);
	if (result == 0) {
		next.until = h.until;
		result = write_keys(arena, &next, err);
	}
	if (result == 0) {
		*s = next;
		unlinkat(s->dir, NEXT_FILE, 0); /* if it stays: it does not go on from the key in use, and is overwritten by the next one */
	}
	wipe(&next);
	return result;
}

void signer_new_only(struct signer *s)
{
	s->before_is_silent = true;
}

int signer_retire(struct arena *arena, struct signer *s, struct err *err)
{
	struct signer next = *s;

	must(s->retiring && s->before_is_silent);
	next.retiring = false;
	int result = write_keys(arena, &next, err);
	if (result == 0) {
		s->retiring = s->before_is_silent = false;
		secret_wipe(s->secret_before, sizeof s->secret_before);
	}
	wipe(&next);
	return result;
}
