/* 署名付き文書 — contract in note.h. */
#include "evidence/note.h"
#include "base/buf.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/text.h"

static const struct kind {
	uint8_t type;
	size_t key, signature;
	bool timed, logs, witnesses;
} kinds[] = {
#define SIGNATURE(name, type, key, bytes, timed, logs, witnesses) { type, key, bytes, timed, logs, witnesses },
#include "evidence/signatures.def"
#undef SIGNATURE
};

static const struct kind *kind_of(uint8_t type)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static bool is_space(uint32_t c)
{
	return c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_key_name(struct text name)
{
	if (name.n == 0 || name.n > NOTE_NAME_MOST)
		return false;
	for (size_t at = 0; at < name.n;) {
		uint32_t c = text_next(name, &at);
		if (c < 0x20 || c == 0x7f || c == '+' || is_space(c))
			return false;
	}
	return true;
}

uint32_t note_key_id(struct text name, uint8_t type, struct bytes public_key)
{
	struct sha256 h;
	uint8_t out[SHA256_BYTES];

	sha256_start(&h);
	sha256_add(&h, name.p, name.n);
	sha256_add(&h, "\n", 1);
	sha256_add(&h, &type, 1);
	sha256_add(&h, public_key.p, public_key.n);
	sha256_end(&h, out);
	return (uint32_t)out[0] << 24 | (uint32_t)out[1] << 16 | (uint32_t)out[2] << 8 | out[3];
}

int note_key_read(struct arena *arena, struct bytes line, struct note_key *out, struct err *err)
{
	struct note_key key;
	struct bytes material;
	uint8_t id[4];
	const uint8_t *plus = line.n <= NOTE_VKEY_MOST && line.n ? memchr(line.p, '+', line.n) : NULL;

	if (!plus || line.n - (size_t)(plus - line.p) < 1 + 8 + 1 + 4 || plus[9] != '+')
		return fail(err, ERR_MALFORMED, 0, "this is no verifier key (name+id+key)");
	if (text_from_utf8(arena, bytes_of(line.p, (size_t)(plus - line.p)), &key.name, err) != 0)
		return -1;
	if (!is_key_name(key.name))
		return fail(err, ERR_MALFORMED, 0, "the name of the verifier key is not allowed");
	if (hex_decode(bytes_of(plus + 1, 8), id, sizeof id, err) != 0)
		return -1;
	size_t head = (size_t)(plus - line.p) + 10;
	if (base64_decode(arena, bytes_of(line.p + head, line.n - head), &material, err) != 0)
		return -1;
	if (material.n < 2)
		return fail(err, ERR_MALFORMED, head, "the verifier key is too short");
	key.type = material.p[0];
	key.public_key = bytes_of(material.p + 1, material.n - 1);
	key.id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
	if (note_key_id(key.name, key.type, key.public_key) != key.id)
		return fail(err, ERR_MISMATCH, head, "the verifier key does not belong to its id %08x", key.id);
	const struct kind *kind = kind_of(key.type);
	if (kind && kind->key != key.public_key.n)
		return fail(err, ERR_MALFORMED, head, "a public key of type %02x has %zu bytes, not %zu", key.type, kind->key, key.public_key.n);
	*out = key;
	return 0;
}

char *note_key_line(struct arena *arena, const struct note_key *key)
{
	uint8_t *material = arena_alloc(arena, 1 + key->public_key.n);

	material[0] = key->type;
	memcpy(material + 1, key->public_key.p, key->public_key.n);
	return arena_printf(arena, "%s+%08x+%s", key->name.p, key->id, base64_of(arena, bytes_of(material, 1 + key->public_key.n)));
}

bool note_key_signs_logs(const struct note_key *key)
{
	const struct kind *kind = kind_of(key->type);
	return kind && kind->logs;
}

bool note_key_cosigns(const struct note_key *key)
{
	const struct kind *kind = kind_of(key->type);
	return kind && kind->witnesses;
}

static int signature_line(struct arena *arena, struct bytes line, size_t at, struct note_signature *out, struct err *err)
{
	struct bytes dash = BYTES("— "), raw;
	struct note_signature s = { .at = at };

	if (!bytes_start(line, dash))
		return fail(err, ERR_MALFORMED, at, "a signature line begins with an em dash and a space");
	line.p += dash.n, line.n -= dash.n;
	const uint8_t *space = line.n ? memchr(line.p, ' ', line.n) : NULL;
	if (!space)
		return fail(err, ERR_MALFORMED, at, "the signature line holds no key name and signature");
	size_t n = (size_t)(space - line.p);
	if (text_from_utf8(arena, bytes_of(line.p, n), &s.name, err) != 0)
		return -1;
	if (!is_key_name(s.name))
		return fail(err, ERR_MALFORMED, at, "the key name of the signature line is not allowed");
	if (base64_decode(arena, bytes_of(space + 1, line.n - n - 1), &raw, err) != 0)
		return -1;
	if (raw.n < 5)
		return fail(err, ERR_MALFORMED, at, "the signature is too short");
	s.id = (uint32_t)raw.p[0] << 24 | (uint32_t)raw.p[1] << 16 | (uint32_t)raw.p[2] << 8 | raw.p[3];
	s.signature = bytes_of(raw.p + 4, raw.n - 4);
	*out = s;
	return 0;
}

/* Offset of the last blank line's newline, 0 if there is none. */
static size_t last_blank(struct bytes in)
{
	for (size_t i = in.n; i-- > 1;)
		if (in.p[i] == '\n' && in.p[i - 1] == '\n')
			return i;
	return 0;
}

int note_read(struct arena *arena, struct bytes in, struct note *out, struct err *err)
{
	struct note note = { 0 };

	if (in.n > NOTE_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "a note of %zu bytes; the limit is %d", in.n, NOTE_BYTES_MOST);
	if (in.n == 0 || in.p[in.n - 1] != '\n')
		return fail(err, ERR_CUT_SHORT, in.n, "the note does not end with a newline");
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < 0x20 && in.p[i] != '\n')
			return fail(err, ERR_MALFORMED, i, "control byte %02x in the note at %zu", in.p[i], i);
	size_t blank = last_blank(in);
	if (blank == 0)
		return fail(err, ERR_MALFORMED, 0, "no blank line between text and signatures");
	struct text whole;
	if (text_from_utf8(arena, in, &whole, err) != 0 || text_from_utf8(arena, bytes_of(in.p, blank), &note.text, err) != 0)
		return -1;
	struct cursor c = cursor_over(bytes_of(in.p + blank + 1, in.n - blank - 1));
	note.signatures = arena_new_array(arena, struct note_signature, NOTE_SIGNATURES_MOST);
	while (c.left > 0) {
		size_t at = blank + 1 + (size_t)c.at;
		struct bytes line = cursor_line(&c);
		must(!c.failed);
		if (note.count == NOTE_SIGNATURES_MOST)
			return fail(err, ERR_LIMIT, at, "more than %d signature lines", NOTE_SIGNATURES_MOST);
		if (signature_line(arena, line, at, &note.signatures[note.count++], err) != 0)
			return -1;
	}
	if (note.count == 0)
		return fail(err, ERR_MALFORMED, in.n, "the note holds no signature");
	*out = note;
	return 0;
}

static struct bytes signed_bytes(struct arena *arena, const struct kind *kind, struct text text, uint64_t time)
{
	struct buf b;

	if (!kind->timed)
		return bytes_of_text(text);
	b = buf_in(arena, 0);
	buf_printf(&b, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
	buf_text(&b, text);
	must(buf_ok(&b));
	return buf_view(&b);
}

bool note_signature_verifies(struct text text, const struct note_key *key, struct bytes signature, uint64_t *time)
{
	const struct kind *kind = kind_of(key->type);
	uint64_t stamp = 0;

	if (!kind || key->public_key.n != ED25519_PUBLIC || signature.n != kind->signature + (kind->timed ? 8u : 0u))
		return false;
	if (kind->timed) {
		struct cursor c = cursor_over(signature);
		stamp = cursor_u64be(&c);
		signature = bytes_of(c.p, c.left);
		if (stamp > NOTE_TIME_MOST)
			return false;
	}
	ARENA(arena) = arena_new(0);
	if (!ed25519_verifies(signed_bytes(arena, kind, text, stamp), key->public_key.p, signature.p))
		return false;
	if (time)
		*time = stamp;
	return true;
}

int note_verify(const struct note *note, const struct note_key *keys, size_t count, bool *good, struct err *err)
{
	bool seen[NOTE_KEYS_MOST] = { 0 };
	size_t found = 0;

	must(count <= NOTE_KEYS_MOST);
	for (size_t i = 0; i < note->count; i++) {
		const struct note_signature *s = &note->signatures[i];
		for (size_t k = 0; k < count; k++) {
			if (keys[k].id != s->id || !text_equal(keys[k].name, s->name) || !kind_of(keys[k].type))
				continue;
			if (!note_signature_verifies(note->text, &keys[k], s->signature, NULL))
				return fail(err, ERR_SIGNATURE, s->at, "the signature of %.100s does not verify", s->name.p);
			seen[k] = true;
			found++;
		}
	}
	if (found == 0)
		return fail(err, ERR_SIGNATURE, note->text.n, "the note bears no signature of a trusted key");
	memcpy(good, seen, count * sizeof *good);
	return 0;
}

char *note_signature_line(struct arena *arena, struct text name, uint32_t id, struct bytes signature)
{
	struct buf b = buf_in(arena, 0);

	buf_u32be(&b, id);
	buf_bytes(&b, signature);
	return arena_printf(arena, "— %s %s\n", name.p, base64_of(arena, buf_view(&b)));
}

/* libsodium's secret key ends with the public one. */
static struct bytes public_of(const uint8_t secret_key[ED25519_SECRET])
{
	return bytes_of(secret_key + ED25519_SECRET - ED25519_PUBLIC, ED25519_PUBLIC);
}

static const char *own_line(struct arena *arena, struct text text, struct text name, const uint8_t secret_key[ED25519_SECRET])
{
	uint8_t signature[ED25519_SIGNATURE];

	ed25519_sign(bytes_of_text(text), secret_key, signature);
	return note_signature_line(arena, name, note_key_id(name, SIGNATURE_ed25519, public_of(secret_key)), bytes_of(signature, sizeof signature));
}

struct bytes note_sign(struct arena *arena, struct text text, struct text name, const uint8_t secret_key[ED25519_SECRET])
{
	struct buf b = buf_in(arena, 0);

	must(text.n > 0 && text.p[text.n - 1] == '\n' && is_key_name(name));
	buf_text(&b, text);
	buf_byte(&b, '\n');
	buf_str(&b, own_line(arena, text, name, secret_key));
	must(buf_ok(&b));
	return buf_view(&b);
}

struct bytes note_sign_two(struct arena *arena, struct text text, struct text name, const uint8_t first[ED25519_SECRET],
			   const uint8_t second[ED25519_SECRET])
{
	struct buf b = buf_in(arena, 0);

	buf_bytes(&b, note_sign(arena, text, name, first));
	buf_str(&b, own_line(arena, text, name, second));
	must(buf_ok(&b));
	return buf_view(&b);
}

char *note_cosign(struct arena *arena, struct text text, struct text name, uint64_t time, const uint8_t secret_key[ED25519_SECRET])
{
	uint8_t stamped[8 + ED25519_SIGNATURE];

	must(time <= NOTE_TIME_MOST && is_key_name(name));
	for (int i = 0; i < 8; i++)
		stamped[i] = (uint8_t)(time >> (56 - 8 * i));
	ed25519_sign(signed_bytes(arena, kind_of(SIGNATURE_cosignature_ed25519), text, time), secret_key, stamped + 8);
	return note_signature_line(arena, name, note_key_id(name, SIGNATURE_cosignature_ed25519, public_of(secret_key)),
				   bytes_of(stamped, sizeof stamped));
}
