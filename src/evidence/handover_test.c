/* 鍵の引継ぎ書 — tests: one form only, both signatures, a chain without gaps and without a way back; the signer's change of keys in each of its states. */
#include "base/check.h"
#include "base/clock.h"
#include "evidence/handover.h"
#include "evidence/sample_test.h"
#include "evidence/signer.h"

enum { NOW = 1795425164, DAY = 86400, KEYS = 4 };
static uint8_t secrets[KEYS][ED25519_SECRET];

static struct bytes step(struct arena *a, int from, int to)
{
	return handover_make(a, TEXT(SAMPLE_ORIGIN), secrets[from], secrets[to], NOW, NOW + 30 * DAY);
}

TEST(what_is_written_is_read)
{
	ARENA(a) = arena_new(0);
	struct handover h;

	CHECK_OK(handover_read(a, step(a, 0, 1), &h, &err_));
	assert_int_equal(h.at, NOW);
	assert_int_equal(h.until, NOW + 30 * DAY);
	assert_memory_equal(h.old_key.public_key.p, secrets[0] + 32, 32);
	assert_memory_equal(h.new_key.public_key.p, secrets[1] + 32, 32);
}

TEST(no_changed_bit_is_accepted)
{
	ARENA(a) = arena_new(0);
	struct bytes note = step(a, 0, 1);
	struct handover h;

	for (size_t i = 0; i < note.n * 8; i++) {
		ARENA(b) = arena_new(0);
		uint8_t *bad = arena_copy(b, note.p, note.n);
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		if (handover_read(b, bytes_of(bad, note.n), &h, NULL) == 0)
			fail_msg("bit %zu of byte %zu went unnoticed", i % 8, i / 8);
	}
}

/* The note of `from`, where the line of one signer is missing, or somebody else signed for them. */
TEST(one_signature_is_not_enough)
{
	ARENA(a) = arena_new(0);
	struct bytes both = step(a, 0, 1);
	struct note note;
	struct handover h;
	struct err err;

	CHECK_OK(note_read(a, both, &note, &err_));
	assert_int_equal(handover_read(a, bytes_of(both.p, note.signatures[1].at), &h, &err), -1);
	assert_int_equal(handover_read(a, note_sign(a, note.text, TEXT(SAMPLE_ORIGIN), secrets[1]), &h, &err), -1);
	assert_int_equal(handover_read(a, note_sign_two(a, note.text, TEXT(SAMPLE_ORIGIN), secrets[0], secrets[2]), &h, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
	assert_int_equal(handover_read(a, note_sign_two(a, note.text, TEXT(SAMPLE_ORIGIN), secrets[0], secrets[0]), &h, &err), -1);
}

TEST(a_hand_over_is_no_checkpoint_and_a_checkpoint_no_hand_over)
{
	ARENA(a) = arena_new(0);
	struct note note;
	struct checkpoint p = { .origin = TEXT(SAMPLE_ORIGIN) };
	struct handover h;

	CHECK_OK(note_read(a, step(a, 0, 1), &note, &err_));
	assert_int_equal(checkpoint_read(a, note.text, &p, NULL), -1);
	merkle_empty(&p.root);
	assert_int_equal(handover_read(a, note_sign_two(a, checkpoint_text(a, &p), p.origin, secrets[0], secrets[1]), &h, NULL), -1);
}

static int folder_of(struct arena *a, const struct bytes *notes, size_t count, char **path)
{
	char name[HANDOVER_PATH];

	*path = temporary_folder(a);
	int dir = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(folder_make(dir, HANDOVER_FOLDER, 0755, &err_));
	for (size_t i = 0; i < count; i++)
		if (notes[i].n)
			CHECK_OK(file_create(dir, handover_path(name, i + 1), notes[i], 0644, &err_));
	return dir;
}

static int chain(const struct bytes *notes, size_t count, size_t *read, size_t *bad)
{
	ARENA(a) = arena_new(0);
	struct handovers all = { NULL, 0 };
	char *path;
	int dir = folder_of(a, notes, count, &path);

	int got = handovers_read(a, dir, &all, bad, NULL);
	*read = all.count;
	close(dir);
	remove_tree(AT_FDCWD, path);
	return got;
}

TEST(a_chain_goes_forward_only)
{
	ARENA(a) = arena_new(0);
	struct bytes one = step(a, 0, 1), two = step(a, 1, 2), three = step(a, 2, 3), back = step(a, 2, 0), beside = step(a, 0, 3);
	size_t read, bad;

	assert_int_equal(chain((struct bytes[]){ one, two, three }, 3, &read, &bad), 0);
	assert_int_equal(read, 3);
	assert_int_equal(chain((struct bytes[]){ one, two, back }, 3, &read, &bad), -1);
	assert_int_equal(bad, 3);
	assert_int_equal(chain((struct bytes[]){ one, beside }, 2, &read, &bad), -1);
	assert_int_equal(bad, 2);
	assert_int_equal(chain((struct bytes[]){ one, one }, 2, &read, &bad), -1);
	/* what stands behind a gap is not reached: the rows say that it is missing */
	assert_int_equal(chain((struct bytes[]){ one, { NULL, 0 }, three }, 3, &read, &bad), 0);
	assert_int_equal(read, 1);
	assert_int_equal(chain(NULL, 0, &read, &bad), 0);
	assert_int_equal(read, 0);
}

/* ---- the signer ---- */

struct place {
	struct arena *arena;
	char *path;
	int dir;
};

static struct place new_place(void)
{
	struct place p = { .arena = arena_new(0) };
	struct signer s;
	struct bytes first;

	p.path = temporary_folder(p.arena);
	p.dir = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(signer_create(p.arena, p.dir, TEXT(SAMPLE_ORIGIN), &s, &first, &err_));
	signer_close(&s);
	return p;
}

static void leave(struct place *p)
{
	close(p->dir);
	remove_tree(AT_FDCWD, p->path);
	arena_free(p->arena);
}

TEST(a_key_laid_aside_stays_the_same_until_it_is_used)
{
	struct place p = new_place();
	struct bytes one, two;
	struct handover h;
	struct signer s;
	struct err err;

	CHECK_OK(signer_open(p.arena, p.dir, &s, &err_));
	assert_int_equal(signer_prepared(p.arena, &s, &h, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	CHECK_OK(signer_prepare(p.arena, p.dir, NOW, NOW + 30 * DAY, &one, &err_));
	CHECK_OK(signer_prepare(p.arena, p.dir, NOW + 60, NOW + 40 * DAY, &two, &err_));
	assert_true(bytes_equal(one, two));
	/* what was broken off long ago would end its overlap too early */
	CHECK_OK(signer_prepare(p.arena, p.dir, NOW + 2 * DAY, NOW + 32 * DAY, &two, &err_));
	assert_false(bytes_equal(one, two));
	CHECK_OK(signer_prepared(p.arena, &s, &h, &err_));
	assert_true(bytes_equal(h.raw, two) && bytes_equal(h.old_key.public_key, s.key.public_key));
	signer_close(&s);
	leave(&p);
}

static unsigned lines_of(struct place *p)
{
	struct bytes b;
	unsigned n = 0;

	CHECK_OK(file_read(p->arena, p->dir, "key", 4096, &b, &err_));
	for (size_t i = 0; i < b.n; i++)
		n += b.p[i] == '\n';
	return n;
}

TEST(keys_change_by_one_rename_each)
{
	struct place p = new_place();
	struct bytes note;
	struct handover h;
	struct note_key keys[2];
	struct signer s;
	struct err err;

	CHECK_OK(signer_prepare(p.arena, p.dir, NOW, NOW + 30 * DAY, &note, &err_));
	CHECK_OK(signer_open(p.arena, p.dir, &s, &err_));
	CHECK_OK(signer_switch(p.arena, &s, &err_));
	CHECK_OK(handover_read(p.arena, note, &h, &err_));
	assert_true(bytes_equal(s.key.public_key, h.new_key.public_key));
	assert_int_equal(signer_keys(&s, keys), 2);
	assert_true(bytes_equal(keys[1].public_key, h.old_key.public_key));
	assert_int_equal(s.until, NOW + 30 * DAY);
	assert_int_equal(signer_prepare(p.arena, p.dir, NOW, NOW + DAY, &note, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(signer_prepare(p.arena, p.dir, NOW + 30 * DAY, NOW + 31 * DAY, &note, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	signer_close(&s);
	/* the next life knows the same */
	CHECK_OK(signer_open(p.arena, p.dir, &s, &err_));
	assert_int_equal(signer_keys(&s, keys), 2);
	assert_int_equal(lines_of(&p), 2);
	signer_new_only(&s);
	CHECK_OK(signer_retire(p.arena, &s, &err_));
	assert_int_equal(signer_keys(&s, keys), 1);
	signer_close(&s);
	assert_int_equal(lines_of(&p), 1);
	CHECK_OK(signer_open(p.arena, p.dir, &s, &err_));
	assert_true(bytes_equal(s.key.public_key, h.new_key.public_key));
	signer_close(&s);
	leave(&p);
}

TEST(a_damaged_key_file_signs_nothing)
{
	struct place p = new_place();
	struct bytes note, file;
	struct signer s;

	CHECK_OK(signer_prepare(p.arena, p.dir, NOW, NOW + 30 * DAY, &note, &err_));
	CHECK_OK(signer_open(p.arena, p.dir, &s, &err_));
	CHECK_OK(signer_switch(p.arena, &s, &err_));
	signer_close(&s);
	CHECK_OK(file_read(p.arena, p.dir, "key", 4096, &file, &err_));
	for (size_t i = 0; i < file.n; i++) {
		ARENA(a) = arena_new(0);
		uint8_t *bad = arena_copy(a, file.p, file.n);
		bad[i] ^= 0x40;
		int fd = openat(p.dir, "key", O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, bad, file.n), file.n);
		close(fd);
		if (signer_open(a, p.dir, &s, NULL) == 0)
			fail_msg("byte %zu went unnoticed", i);
	}
	leave(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(no_changed_bit_is_accepted),
		cmocka_unit_test(one_signature_is_not_enough),
		cmocka_unit_test(a_hand_over_is_no_checkpoint_and_a_checkpoint_no_hand_over),
		cmocka_unit_test(a_chain_goes_forward_only),
		cmocka_unit_test(a_key_laid_aside_stays_the_same_until_it_is_used),
		cmocka_unit_test(keys_change_by_one_rename_each),
		cmocka_unit_test(a_damaged_key_file_signs_nothing),
	};

	for (int i = 0; i < KEYS; i++) {
		uint8_t public_key[ED25519_PUBLIC];
		ed25519_pair(public_key, secrets[i]);
	}
	return RUN_TESTS(tests);
}
