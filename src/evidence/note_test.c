/* 署名付き文書 — tests: the published examples, every changed bit, keys of every wrong shape, cosignatures. */
#include "base/check.h"
#include "base/buf.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/file.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/vectors_test.h"
#include <fcntl.h>
#include <openssl/evp.h>

static const char origin[] = "city.example.lg.jp/sekisho/evidence";

static struct bytes example(struct arena *a, const char *name)
{
	struct bytes out = { NULL, 0 };
	const char *folder = vectors_folder(a, "c2sp");

	if (folder)
		CHECK_OK(file_read(a, AT_FDCWD, arena_printf(a, "%s/%s", folder, name), 1 << 20, &out, &err_));
	return out;
}

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static struct note_key key_of(const char *name, uint8_t type, const uint8_t *secret)
{
	struct note_key key = { .name = text_of(name), .type = type, .public_key = bytes_of(secret + 32, 32) };
	key.id = note_key_id(key.name, type, key.public_key);
	return key;
}

TEST(the_published_note_verifies_and_no_changed_bit_of_it_does)
{
	ARENA(a) = arena_new(0);
	struct bytes line = example(a, "note.vkey"), whole = example(a, "note.txt");
	struct note_key key;
	struct note note;
	bool good = false;

	if (!line.p)
		skip();
	line.n--; /* its newline */
	CHECK_OK(note_key_read(a, line, &key, &err_));
	assert_int_equal(key.id, 0x530d903a);
	assert_string_equal(key.name.p, "example.com/foo");
	assert_string_equal(hex_of(a, key.public_key), "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4");
	assert_memory_equal(note_key_line(a, &key), line.p, line.n);
	CHECK_OK(note_read(a, whole, &note, &err_));
	CHECK_OK(note_verify(&note, &key, 1, &good, &err_));
	assert_true(good);
	uint8_t *changed = arena_copy(a, whole.p, whole.n);
	for (size_t bit = 0; bit < whole.n * 8; bit++) {
		changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ARENA(b) = arena_new(0);
		if (note_read(b, bytes_of(changed, whole.n), &note, NULL) == 0)
			assert_int_equal(note_verify(&note, &key, 1, &good, NULL), -1);
		changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < line.n * 8; bit++) {
		uint8_t *bad = arena_copy(a, line.p, line.n);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(note_key_read(a, bytes_of(bad, line.n), &key, NULL), -1);
	}
}

TEST(the_published_checkpoints_parse)
{
	ARENA(a) = arena_new(0);
	struct bytes plain = example(a, "checkpoint.txt"), cosigned = example(a, "checkpoint-cosigned.txt"), message = example(a, "cosigned-message.txt");
	struct note note;
	struct checkpoint p;

	if (!plain.p)
		skip();
	CHECK_OK(note_read(a, plain, &note, &err_));
	assert_int_equal(note.count, 1);
	assert_int_equal(note.signatures[0].id, 0x033de0ae);
	assert_int_equal(note.signatures[0].signature.n, 64);
	CHECK_OK(checkpoint_read(a, note.text, &p, &err_));
	assert_string_equal(p.origin.p, "example.com/behind-the-sofa");
	assert_int_equal(p.size, 20852163);
	assert_true(text_equal(checkpoint_text(a, &p), note.text));
	CHECK_OK(note_read(a, cosigned, &note, &err_));
	assert_int_equal(note.count, 2);
	assert_string_equal(note.signatures[1].name.p, "witness.example.com/w1");
	assert_int_equal(note.signatures[1].id, 0x8d66cf3f);
	assert_int_equal(note.signatures[1].signature.n, 72);
	struct cursor c = cursor_over(note.signatures[1].signature);
	uint64_t time = cursor_u64be(&c);
	assert_int_equal(time, 1679315147);
	char *said = arena_printf(a, "cosignature/v1\ntime %llu\n%s", (unsigned long long)time, note.text.p);
	assert_int_equal(strlen(said), message.n);
	assert_memory_equal(said, message.p, message.n);
}

TEST(published_cosignatures_beyond_the_range_of_time_are_refused)
{
	ARENA(a) = arena_new(0);
	struct bytes answer = example(a, "add-checkpoint-response.txt"), asked = example(a, "add-checkpoint-request.txt");
	static const struct {
		uint32_t id;
		uint64_t time;
		bool in_range;
	} want[] = { { 0x08ca7ee8, 13078826355777102329ull, false }, { 0x23bac4a6, 14783554705529914550ull, false },
		     { 0x016ba2f1, 2970657736413210787ull, true } };
	struct note note;

	if (!answer.p)
		skip();
	char *whole = arena_printf(a, "text\n\n%.*s", (int)answer.n, (const char *)answer.p);
	CHECK_OK(note_read(a, bytes_of(whole, strlen(whole)), &note, &err_));
	assert_int_equal(note.count, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		struct cursor c = cursor_over(note.signatures[i].signature);
		assert_int_equal(note.signatures[i].id, want[i].id);
		uint64_t time = cursor_u64be(&c);
		assert_true(time == want[i].time);
		assert_int_equal(time <= NOTE_TIME_MOST, want[i].in_range);
	}
	/* one name, two keys: kept apart by the id */
	const uint8_t *blank = memmem(asked.p, asked.n, "\n\n", 2);
	assert_non_null(blank);
	CHECK_OK(note_read(a, bytes_of(blank + 2, asked.n - (size_t)(blank + 2 - asked.p)), &note, &err_));
	assert_int_equal(note.count, 2);
	assert_true(text_equal(note.signatures[0].name, note.signatures[1].name));
	assert_int_equal(note.signatures[0].id, 0x033de0ae);
	assert_int_equal(note.signatures[1].id, 0xa292ea05);
}

TEST(our_own_note_is_read_back)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], secret[64], other[64];
	struct note note;
	bool good[3];

	ed25519_pair(public_key, secret);
	ed25519_pair(public_key, other);
	struct text text = text_of("関所\n三行\n\n終わり\n");
	struct bytes made = note_sign(a, text, text_of(origin), secret);
	CHECK_OK(note_read(a, made, &note, &err_));
	assert_true(text_equal(note.text, text));
	struct note_key keys[] = { key_of("elsewhere", SIGNATURE_ed25519, other), key_of(origin, SIGNATURE_ed25519, secret),
				   key_of(origin, SIGNATURE_ed25519, other) };
	CHECK_OK(note_verify(&note, keys, 3, good, &err_));
	assert_false(good[0] || good[2]);
	assert_true(good[1]);
	/* nobody we know */
	assert_int_equal(note_verify(&note, keys, 1, good, NULL), -1);
	/* a line that claims a known key and fails spoils the note, whatever else it bears */
	struct bytes lie = note_sign(a, text_of("other\n"), text_of(origin), other);
	const uint8_t *sign = memmem(lie.p, lie.n, "— ", strlen("— "));
	char *both = arena_printf(a, "%.*s%.*s", (int)made.n, (const char *)made.p, (int)(lie.n - (size_t)(sign - lie.p)), (const char *)sign);
	CHECK_OK(note_read(a, bytes_of(both, strlen(both)), &note, &err_));
	assert_int_equal(note.count, 2);
	CHECK_OK(note_verify(&note, &keys[1], 1, good, &err_));
	assert_int_equal(note_verify(&note, keys, 3, good, NULL), -1);
}

TEST(a_cosignature_verifies_for_its_text_time_and_key_only)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], secret[64], log[64];
	struct note note;
	bool good[2];
	uint64_t time = 0;

	ed25519_pair(public_key, log);
	ed25519_pair(public_key, secret);
	struct text text = text_of("city.example.lg.jp/sekisho/evidence\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
	struct bytes made = note_sign(a, text, text_of(origin), log);
	char *whole = arena_printf(a, "%.*s%s", (int)made.n, (const char *)made.p, note_cosign(a, text, text_of("town.example.lg.jp/w"), 1800000000, secret));
	struct note_key keys[] = { key_of(origin, SIGNATURE_ed25519, log), key_of("town.example.lg.jp/w", SIGNATURE_cosignature_ed25519, secret) };
	CHECK_OK(note_read(a, bytes_of(whole, strlen(whole)), &note, &err_));
	CHECK_OK(note_verify(&note, keys, 2, good, &err_));
	assert_true(good[0] && good[1]);
	assert_true(note_signature_verifies(note.text, &keys[1], note.signatures[1].signature, &time));
	assert_int_equal(time, 1800000000);
	assert_false(note_signature_verifies(text_of("other\n"), &keys[1], note.signatures[1].signature, NULL));
	for (size_t bit = 0; bit < note.signatures[1].signature.n * 8; bit++) {
		uint8_t *bad = arena_copy(a, note.signatures[1].signature.p, note.signatures[1].signature.n);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(note_signature_verifies(note.text, &keys[1], bytes_of(bad, note.signatures[1].signature.n), NULL));
	}
	/* a log's key signs no cosignature: another type is another id */
	assert_true(key_of(origin, SIGNATURE_cosignature_ed25519, log).id != keys[0].id);
	assert_false(note_key_cosigns(&keys[0]) || note_key_signs_logs(&keys[1]));
}

/* The second implementation: OpenSSL over the bytes put together by hand. */
static bool openssl_verifies(const uint8_t *public_key, const uint8_t *signature, struct bytes message)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 && EVP_DigestVerify(ctx, signature, 64, message.p, message.n) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

TEST(openssl_verifies_what_we_sign_and_cosign)
{
	ARENA(a) = arena_new(0);
	uint8_t public_key[32], secret[64];
	struct note note;

	ed25519_pair(public_key, secret);
	struct text text = text_of("city.example.lg.jp/sekisho/evidence\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
	struct bytes made = note_sign(a, text, text_of(origin), secret);
	char *whole = arena_printf(a, "%.*s%s", (int)made.n, (const char *)made.p, note_cosign(a, text, text_of("w"), 1679315147, secret));
	CHECK_OK(note_read(a, bytes_of(whole, strlen(whole)), &note, &err_));
	char *said = arena_printf(a, "cosignature/v1\ntime 1679315147\n%s", text.p);
	assert_true(openssl_verifies(public_key, note.signatures[0].signature.p, bytes_of_text(text)));
	assert_true(openssl_verifies(public_key, note.signatures[1].signature.p + 8, bytes_of(said, strlen(said))));
	assert_false(openssl_verifies(public_key, note.signatures[1].signature.p + 8, bytes_of_text(text)));
}

TEST(malformed_notes_are_refused)
{
	static const char *const bad[] = {
		"", "\n", "text", "text\n", "text\n\n", "text\n— name AAAAAAA=\n", "text\n\n- name AAAAAAA=\n", "text\n\n— name AAAAAAA\n",
		"text\n\n— name AAAA\n", "text\n\n— na+me AAAAAAA=\n", "text\n\n—  AAAAAAA=\n", "text\n\n— name AAAAAAA=", "text\n\n— name  AAAAAAA=\n",
		"te\txt\n\n— name AAAAAAA=\n", "te\x01xt\n\n— name AAAAAAA=\n", "te\xffxt\n\n— name AAAAAAA=\n", "text\n\n— na\xe3\x80\x80me AAAAAAA=\n",
		"text\n\n— name AAAAAAB=\nx\n", "text\n\n— name AAAAAA==\n", "text\r\n\r\n— name AAAAAAA=\r\n",
	};
	ARENA(a) = arena_new(0);
	struct note note;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (note_read(a, bytes_of(bad[i], strlen(bad[i])), &note, NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
	CHECK_OK(note_read(a, BYTES("text\n\n— name AAAAAAA=\n"), &note, &err_));
	CHECK_OK(note_read(a, BYTES("\n\n— name AAAAAAA=\n"), &note, &err_));
	struct buf many = buf_in(a, 0);
	buf_str(&many, "text\n\n");
	for (int i = 0; i < NOTE_SIGNATURES_MOST; i++)
		buf_str(&many, "— name AAAAAAA=\n");
	CHECK_OK(note_read(a, buf_view(&many), &note, &err_));
	buf_str(&many, "— name AAAAAAA=\n");
	assert_int_equal(note_read(a, buf_view(&many), &note, NULL), -1);
	uint8_t *huge = arena_alloc(a, NOTE_BYTES_MOST + 1);
	memset(huge, '\n', NOTE_BYTES_MOST + 1);
	assert_int_equal(note_read(a, bytes_of(huge, NOTE_BYTES_MOST + 1), &note, NULL), -1);
}

TEST(malformed_checkpoints_are_refused)
{
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	static const char *const bad[] = {
		"", "o\n", "o\n1\n", "\n1\n" ROOT "\n", "o\n01\n" ROOT "\n", "o\n+1\n" ROOT "\n", "o\n-1\n" ROOT "\n", "o\n1 \n" ROOT "\n", "o\n\n" ROOT "\n",
		"o\n9223372036854775808\n" ROOT "\n", "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "o\n1\nCsUY\n", "o\n1\n\n", "o\n1\n" ROOT,
		"o\n1\n" ROOT "\nextension\n", "o\n0\n" ROOT "\n",
	};
	ARENA(a) = arena_new(0);
	struct checkpoint p;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (checkpoint_read(a, text_of(bad[i]), &p, NULL) == 0)
			fail_msg("accepted: %s", bad[i]);
	CHECK_OK(checkpoint_read(a, TEXT("o\n9223372036854775807\n" ROOT "\n"), &p, &err_));
	CHECK_OK(checkpoint_read(a, TEXT("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), &p, &err_));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_note_verifies_and_no_changed_bit_of_it_does),
		cmocka_unit_test(the_published_checkpoints_parse),
		cmocka_unit_test(published_cosignatures_beyond_the_range_of_time_are_refused),
		cmocka_unit_test(our_own_note_is_read_back),
		cmocka_unit_test(a_cosignature_verifies_for_its_text_time_and_key_only),
		cmocka_unit_test(openssl_verifies_what_we_sign_and_cosign),
		cmocka_unit_test(malformed_notes_are_refused),
		cmocka_unit_test(malformed_checkpoints_are_refused),
	};
	return RUN_TESTS(tests);
}
