/* 署名する者 — contract in signer.h. */
#include "evidence/signer.h"
#include "base/code.h"
#include "base/text.h"
#include "base/file.h"
#include <unistd.h>

/* "PRIVATE+KEY+name+id+base64(01 ‖ 64 bytes: seed and public key)\n", the manner of the signed note's own tools. */
#define KEY_FILE "key"
#define LAST_FILE "last-signature" /* the text of the checkpoint signed last */
#define KEY_HEAD "PRIVATE+KEY+"
enum { KEY_FILE_MOST = 1024, PRIVATE_MODE = 0600 };

static struct note_key public_key(struct arena *arena, struct text name, const uint8_t secret[ED25519_SECRET])
{
	struct note_key key = { .name = arena_text(arena, name), .type = SIGNATURE_ed25519 };

	key.public_key = arena_bytes(arena, bytes_of(secret + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC));
	key.id = note_key_id(key.name, key.type, key.public_key);
	return key;
}

void signer_discard(int dir)
{
	unlinkat(dir, KEY_FILE, 0);
	unlinkat(dir, LAST_FILE, 0);
}

int signer_create(struct arena *arena, int dir, struct text origin, struct signer *out, struct bytes *first, struct err *err)
{
	struct signer s = { .dir = dir };
	uint8_t public_bytes[ED25519_PUBLIC], material[1 + ED25519_SECRET] = { SIGNATURE_ed25519 };

	if (!is_key_name(origin))
		return fail(err, ERR_INVALID, 0, "the origin must not hold blanks or '+': take an address without its scheme");
	ed25519_pair(public_bytes, s.secret);
	s.key = public_key(arena, origin, s.secret);
	s.last.origin = s.key.name;
	merkle_empty(&s.last.root);
	memcpy(material + 1, s.secret, ED25519_SECRET);
	char *line = arena_printf(arena, KEY_HEAD "%s+%08x+%s\n", s.key.name.p, s.key.id, base64_of(arena, bytes_of(material, sizeof material)));
	secret_wipe(material, sizeof material);
	int made = file_create(dir, KEY_FILE, bytes_of(line, strlen(line)), PRIVATE_MODE, err);
	secret_wipe(line, strlen(line));
	struct text text = checkpoint_text(arena, &s.last);
	if (made != 0 || file_create(dir, LAST_FILE, bytes_of_text(text), PRIVATE_MODE, err) != 0)
		return -1;
	*first = note_sign(arena, text, s.key.name, s.secret);
	*out = s;
	return 0;
}

static int read_key(struct arena *arena, struct bytes file, struct signer *s, struct err *err)
{
	struct bytes head = BYTES(KEY_HEAD), material;
	struct text name;
	uint8_t probe[ED25519_SIGNATURE];

	if (file.n <= head.n || !bytes_start(file, head) || file.p[file.n - 1] != '\n')
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	struct bytes rest = bytes_of(file.p + head.n, file.n - head.n - 1);
	const uint8_t *plus = memchr(rest.p, '+', rest.n);
	if (!plus || rest.n - (size_t)(plus - rest.p) < 11 || plus[9] != '+')
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	size_t n = (size_t)(plus - rest.p);
	if (text_from_utf8(arena, bytes_of(rest.p, n), &name, err) != 0 ||
	    base64_decode(arena, bytes_of(plus + 10, rest.n - n - 10), &material, err) != 0)
		return -1;
	if (!is_key_name(name) || material.n != 1 + ED25519_SECRET || material.p[0] != SIGNATURE_ed25519)
		return fail(err, ERR_MALFORMED, 0, "the signing key is damaged");
	memcpy(s->secret, material.p + 1, ED25519_SECRET);
	secret_wipe((void *)(uintptr_t)material.p, material.n);
	s->key = public_key(arena, name, s->secret);
	/* Seed and public key belong together, and the id to both. */
	ed25519_sign(BYTES("probe"), s->secret, probe);
	char id[9];
	snprintf(id, sizeof id, "%08x", s->key.id);
	if (memcmp(id, plus + 1, 8) != 0 || !ed25519_verifies(BYTES("probe"), s->key.public_key.p, probe))
		return fail(err, ERR_MISMATCH, 0, "the signing key does not belong to its id");
	return 0;
}

int signer_open(struct arena *arena, int dir, struct signer *out, struct err *err)
{
	struct signer s = { .dir = dir };
	struct bytes file;
	struct text text;

	if (file_read(arena, dir, KEY_FILE, KEY_FILE_MOST, &file, err) != 0)
		return -1;
	int got = read_key(arena, file, &s, err);
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
	secret_wipe(s.secret, sizeof s.secret);
	return 0;
wipe:
	secret_wipe(s.secret, sizeof s.secret);
	return -1;
}

void signer_close(struct signer *signer)
{
	secret_wipe(signer->secret, sizeof signer->secret);
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
	*note = note_sign(arena, text, s->key.name, s->secret);
	return 0;
}
