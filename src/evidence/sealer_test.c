/* 封印する者 — tests: what is sealed stays sealed; a second life goes on where the first ended; changed logs and stores stop it. */
#include "base/check.h"
#include "evidence/sample_test.h"
#include "evidence/sealer.h"

static const uint8_t epoch[ENTRY_EPOCH] = { 1, 2, 3 }, later[ENTRY_EPOCH] = { 9, 9 };

struct place {
	struct arena *arena;
	char *path;
	int home;
};

static struct place new_place(void)
{
	struct place p = { .arena = arena_new(0) };
	char *vkey;

	p.path = temporary_folder(p.arena);
	p.home = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(sealer_create(p.arena, p.home, TEXT(SAMPLE_ORIGIN), &vkey, &err_));
	return p;
}

static void leave(struct place *p)
{
	close(p->home);
	remove_tree(AT_FDCWD, p->path);
	arena_free(p->arena);
}

static struct sealer *open_sealer(struct place *p)
{
	struct sealer *s = NULL;
	CHECK_OK(sealer_open(p->arena, p->home, &s, &err_));
	return s;
}

static void seal_some(struct place *p, struct sealer *s, uint64_t first, size_t count)
{
	CHECK_OK(sealer_seal(s, epoch, sample_rows(p->arena, epoch, first, count), count, &err_));
}

static int open_code(struct place *p)
{
	struct err err = { 0 };
	struct sealer *s = NULL;

	if (sealer_open(p->arena, p->home, &s, &err) == 0) {
		sealer_close(s);
		return ERR_NONE;
	}
	return (int)err.code;
}

static void flip(struct place *p, const char *path, off_t at)
{
	char byte;
	int fd = openat(p->home, path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Root and files of the log against the definition. */
static void check_log(struct place *p, uint64_t size)
{
	FD(dir) = openat(p->home, "evidence/log", O_RDONLY | O_DIRECTORY);
	struct tlog_reader *reader = tlog_reader_new(p->arena, dir, size);
	struct merkle_source source = tlog_reader_source(reader);
	struct merkle_frontier f = { 0 };
	struct merkle_hash leaf, root, from_tiles;
	struct checkpoint c;
	struct note note;

	for (uint64_t i = 0; i < size; i++) {
		ARENA(a) = arena_new(0);
		struct bytes entry;
		CHECK_OK(tlog_read_entry(a, dir, size, i, &entry, &err_));
		merkle_leaf(entry, &leaf);
		merkle_append(&f, &leaf, NULL);
	}
	merkle_root(&f, &root);
	CHECK_OK(merkle_root_of(&source, size, &from_tiles, &err_));
	CHECK_OK(tlog_read_checkpoint(p->arena, dir, NULL, &note, &c, &err_));
	assert_int_equal(c.size, size);
	assert_true(merkle_equal(&root, &c.root) && merkle_equal(&from_tiles, &c.root));
}

TEST(lives_follow_each_other_at_every_size)
{
	static const size_t steps[] = { 1, 1, 3, 250, 1, 1, 255, 256, 257, 1000, 511 };
	struct place p = new_place();
	uint64_t no = 1;

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct sealer *s = open_sealer(&p);
		assert_int_equal(sealer_mark(s)->any ? sealer_mark(s)->no : 0, no - 1);
		seal_some(&p, s, no, steps[i]);
		no += steps[i];
		assert_int_equal(sealer_size(s), no - 1);
		sealer_close(s);
		check_log(&p, no - 1);
	}
	leave(&p);
}

TEST(tiles_and_partials_have_the_agreed_names)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);
	sealer_without_sync(s);

	seal_some(&p, s, 1, 65536);
	seal_some(&p, s, 65537, 70000 - 65536);
	static const struct {
		const char *path;
		off_t bytes;
	} want[] = { { "tile/0/272", 8192 }, { "tile/0/273.p/112", 112 * 32 }, { "tile/1/000", 8192 }, { "tile/1/001.p/17", 17 * 32 }, { "tile/2/000.p/1", 32 } };
	for (size_t i = 0; i < COUNT(want); i++) {
		struct stat st;
		char *path = arena_printf(p.arena, "evidence/log/%s", want[i].path);
		assert_int_equal(fstatat(p.home, path, &st, 0), 0);
		assert_int_equal(st.st_size, want[i].bytes);
	}
	assert_int_not_equal(faccessat(p.home, "evidence/log/tile/0/273", F_OK, 0), 0);
	sealer_close(s);
	leave(&p);
}

TEST(rows_out_of_order_are_not_sealed)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);
	struct err err = { 0 };

	assert_int_equal(sealer_seal(s, epoch, sample_rows(p.arena, epoch, 2, 1), 1, &err), -1);
	seal_some(&p, s, 1, 5);
	assert_int_equal(sealer_seal(s, epoch, sample_rows(p.arena, epoch, 5, 1), 1, &err), -1);
	assert_int_equal(sealer_seal(s, epoch, sample_rows(p.arena, epoch, 7, 1), 1, &err), -1);
	/* the row says one thing, its entry another */
	struct journal_row row = sample_row(p.arena, epoch, 6, "ticket.opened");
	row.event = TEXT("ticket.closed");
	assert_int_equal(sealer_seal(s, epoch, &row, 1, &err), -1);
	/* another epoch must say why it is there */
	row = sample_row(p.arena, later, 1, "ticket.opened");
	assert_int_equal(sealer_seal(s, later, &row, 1, &err), -1);
	assert_int_equal(err.code, ERR_MISMATCH);
	row = sample_row(p.arena, later, 4, ENTRY_NEW_EPOCH_EVENT);
	CHECK_OK(sealer_seal(s, later, &row, 1, &err_));
	row = sample_row(p.arena, later, 5, "ticket.opened");
	CHECK_OK(sealer_seal(s, later, &row, 1, &err_));
	assert_int_equal(sealer_size(s), 7);
	sealer_close(s);
	check_log(&p, 7);
	leave(&p);
}

TEST(a_store_that_went_back_in_time_is_known_by_its_commitment)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);

	seal_some(&p, s, 1, 300);
	sealer_close(s);
	s = open_sealer(&p);
	assert_int_equal(sealer_compare_from(s), 299);
	struct journal_row good = sample_row(p.arena, epoch, 300, "ticket.opened"), bad = sample_row(p.arena, epoch, 300, "ticket.closed");
	CHECK_OK(sealer_compare(s, &good, 1, &err_));
	assert_int_equal(sealer_compare(s, &bad, 1, NULL), -1);
	sealer_close(s);
	leave(&p);
}

/* recordd was started anew, or the disk was full for a while: the life goes on, and compares again where its log ends by now. */
TEST(one_life_compares_as_often_as_it_is_greeted)
{
	struct place p = new_place();
	struct err err = { 0 };

	for (uint64_t first = 1; first < 9; first += 4) { /* an empty log, then one that a former life left */
		struct sealer *s = open_sealer(&p);
		for (uint64_t no = first; no < first + 4; no += 2) {
			seal_some(&p, s, no, 2);
			assert_int_equal(sealer_compare_from(s), no); /* the last one is always asked for */
			CHECK_OK(sealer_compare(s, sample_rows(p.arena, epoch, no + 1, 1), 1, &err_));
			struct journal_row *other = sample_rows(p.arena, epoch, no + 1, 1);
			other->entry = sample_rows(p.arena, epoch, no + 2, 1)->entry;
			assert_int_equal(sealer_compare(s, other, 1, &err), -1);
			assert_int_equal(err.code, ERR_MISMATCH);
		}
		sealer_close(s);
	}
	leave(&p);
}

/* Appended and not signed, as on a full disk: all of it is compared before it is signed. */
TEST(what_waits_for_its_signature_is_compared_too)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);
	struct err err = { 0 };

	seal_some(&p, s, 1, 3);
	FD(private) = openat(p.home, "evidence/private", O_RDONLY | O_DIRECTORY);
	must(private >= 0 && renameat(private, "last-signature", private, "kept") == 0 && mkdirat(private, "last-signature", 0700) == 0); /* what is written before signing cannot be */
	assert_int_equal(sealer_seal(s, epoch, sample_rows(p.arena, epoch, 4, 2), 2, &err), -1);
	assert_int_equal(sealer_mark(s)->no, 5);
	assert_int_equal(sealer_compare_from(s), 2);
	CHECK_OK(sealer_compare(s, sample_rows(p.arena, epoch, 3, 3), 3, &err_));
	must(unlinkat(private, "last-signature", AT_REMOVEDIR) == 0 && renameat(private, "kept", private, "last-signature") == 0);
	CHECK_OK(sealer_finish(s, &err_));
	assert_int_equal(sealer_compare_from(s), 4);
	seal_some(&p, s, 6, 1);
	sealer_close(s);
	check_log(&p, 6);
	leave(&p);
}

TEST(two_sealers_on_one_log_are_one_too_many)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);

	assert_int_equal(open_code(&p), ERR_BUSY);
	sealer_close(s);
	assert_int_equal(open_code(&p), ERR_NONE);
	char *vkey;
	assert_int_equal(sealer_create(p.arena, p.home, TEXT("other.example"), &vkey, NULL), -1);
	leave(&p);
}

TEST(a_beginning_that_was_broken_off_is_begun_again)
{
	struct place p = new_place();
	char *first, *again;

	CHECK_OK(sealer_create(p.arena, p.home, TEXT(SAMPLE_ORIGIN), &first, &err_));
	CHECK_OK(sealer_create(p.arena, p.home, TEXT(SAMPLE_ORIGIN), &again, &err_)); /* its answer was lost: the same key */
	assert_string_equal(first, again);
	assert_int_equal(unlinkat(p.home, "evidence/log/checkpoint", 0), 0); /* died before there was a log: what was begun is thrown away */
	CHECK_OK(sealer_create(p.arena, p.home, TEXT(SAMPLE_ORIGIN), &again, &err_));
	assert_string_not_equal(first, again);
	assert_int_equal(open_code(&p), ERR_NONE);
	leave(&p);
}

TEST(a_changed_byte_where_the_log_ends_stops_it)
{
	static const char *const paths[] = { "evidence/log/checkpoint", "evidence/log/tile/0/001.p/44", "evidence/log/tile/1/000.p/1",
					     "evidence/log/tile/entries/001.p/44", "evidence/private/last-signature", "evidence/private/mark" };
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);

	seal_some(&p, s, 1, 300);
	sealer_close(s);
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct stat st;
		assert_int_equal(fstatat(p.home, paths[i], &st, 0), 0);
		for (off_t at = 0; at < st.st_size; at += i < 4 ? 1 + st.st_size / 97 : 1) {
			flip(&p, paths[i], at);
			if (open_code(&p) == ERR_NONE)
				fail_msg("%s: byte %lld went unnoticed", paths[i], (long long)at);
			flip(&p, paths[i], at);
		}
	}
	assert_int_equal(open_code(&p), ERR_NONE);
	leave(&p);
}

TEST(an_older_log_or_an_older_memory_of_signing_stops_it)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);
	struct bytes checkpoint, last;

	seal_some(&p, s, 1, 300);
	CHECK_OK(file_read(p.arena, p.home, "evidence/log/checkpoint", 4096, &checkpoint, &err_));
	CHECK_OK(file_read(p.arena, p.home, "evidence/private/last-signature", 4096, &last, &err_));
	seal_some(&p, s, 301, 400);
	sealer_close(s);
	/* back to size 300: bundles of 700 lie there as an unsigned tail, the mark knows better */
	struct bytes now;
	CHECK_OK(file_read(p.arena, p.home, "evidence/log/checkpoint", 4096, &now, &err_));
	CHECK_OK(file_replace(p.home, "evidence/log/checkpoint", checkpoint, 0640, &err_));
	assert_int_equal(open_code(&p), ERR_MISMATCH);
	CHECK_OK(file_replace(p.home, "evidence/log/checkpoint", now, 0640, &err_));
	CHECK_OK(file_replace(p.home, "evidence/private/last-signature", last, 0600, &err_));
	assert_int_equal(open_code(&p), ERR_MISMATCH);
	leave(&p);
}

TEST(a_signer_never_signs_a_second_history)
{
	ARENA(a) = arena_new(0);
	char *path = temporary_folder(a);
	FD(dir) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct signer signer;
	struct bytes first, note, again;
	struct merkle_hash root, other, leaf[3];
	struct err err = { 0 };

	CHECK_OK(signer_create(a, dir, TEXT(SAMPLE_ORIGIN), &signer, &first, &err_));
	merkle_leaf(BYTES("one"), &leaf[0]);
	merkle_leaf(BYTES("two"), &leaf[1]);
	merkle_leaf(BYTES("three"), &leaf[2]);
	/* trees small enough to be given by their leaves */
	struct merkle_frontier f = { 0 };
	merkle_append(&f, &leaf[0], NULL);
	merkle_append(&f, &leaf[1], NULL);
	merkle_root(&f, &root);
	FD(log) = openat(dir, ".", O_RDONLY | O_DIRECTORY);
	CHECK_OK(folder_make(dir, "tile/0/000.p", 0750, &err_));
	CHECK_OK(file_replace(dir, "tile/0/000.p/2", bytes_of(leaf, 64), 0640, &err_));
	struct merkle_source two = tlog_reader_source(tlog_reader_new(a, log, 2));
	CHECK_OK(signer_sign(a, &signer, 2, &root, &two, &note, &err_));
	CHECK_OK(signer_sign(a, &signer, 2, &root, &two, &again, &err_));
	assert_true(bytes_equal(note, again));
	assert_int_equal(signer_sign(a, &signer, 2, &leaf[0], &two, &again, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(signer_sign(a, &signer, 1, &leaf[0], &two, &again, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	/* three leaves of another history */
	struct merkle_hash fork[3] = { leaf[2], leaf[1], leaf[0] };
	struct merkle_frontier g = { 0 };
	for (int i = 0; i < 3; i++)
		merkle_append(&g, &fork[i], NULL);
	merkle_root(&g, &other);
	CHECK_OK(file_replace(dir, "tile/0/000.p/3", bytes_of(fork, 96), 0640, &err_));
	struct merkle_source three = tlog_reader_source(tlog_reader_new(a, log, 3));
	assert_int_equal(signer_sign(a, &signer, 3, &other, &three, &again, &err), -1);
	assert_int_equal(err.code, ERR_MISMATCH);
	/* it remembers in its next life */
	signer_close(&signer);
	CHECK_OK(signer_open(a, dir, &signer, &err_));
	assert_int_equal(signer.last.size, 2);
	assert_int_equal(signer_sign(a, &signer, 1, &leaf[0], &two, &again, &err), -1);
	signer_close(&signer);
	/* without its memory it does not sign at all */
	unlinkat(dir, "last-signature", 0);
	assert_int_equal(signer_open(a, dir, &signer, NULL), -1);
	remove_tree(AT_FDCWD, path);
}

TEST(partials_go_a_day_after_their_tile_is_full)
{
	struct place p = new_place();
	struct sealer *s = open_sealer(&p);
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	size_t removed;

	for (uint64_t no = 1; no <= 260; no += 26)
		seal_some(&p, s, no, 26);
	CHECK_OK(sealer_prune(s, &removed, &err_));
	assert_int_equal(removed, 0);
	assert_int_equal(utimensat(p.home, "evidence/log/tile/0/000", old, 0), 0);
	CHECK_OK(sealer_prune(s, &removed, &err_));
	assert_int_equal(removed, 9);
	assert_int_equal(faccessat(p.home, "evidence/log/tile/0/001.p/4", F_OK, 0), 0);
	sealer_close(s);
	check_log(&p, 260);
	leave(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives_follow_each_other_at_every_size),
		cmocka_unit_test(tiles_and_partials_have_the_agreed_names),
		cmocka_unit_test(rows_out_of_order_are_not_sealed),
		cmocka_unit_test(a_store_that_went_back_in_time_is_known_by_its_commitment),
		cmocka_unit_test(one_life_compares_as_often_as_it_is_greeted),
		cmocka_unit_test(what_waits_for_its_signature_is_compared_too),
		cmocka_unit_test(two_sealers_on_one_log_are_one_too_many),
		cmocka_unit_test(a_beginning_that_was_broken_off_is_begun_again),
		cmocka_unit_test(a_changed_byte_where_the_log_ends_stops_it),
		cmocka_unit_test(an_older_log_or_an_older_memory_of_signing_stops_it),
		cmocka_unit_test(a_signer_never_signs_a_second_history),
		cmocka_unit_test(partials_go_a_day_after_their_tile_is_full),
	};
	return RUN_TESTS(tests);
}
