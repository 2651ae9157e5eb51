/* 保管庫 — tests. */
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "transfer/spool.h"
#include "transfer/wrapping_keys.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[] = "/tmp/sekisho-spool-XXXXXX";
static int home_fd;

static struct spool *spool;

static int begin(void **state)
{
	(void)state;
	must(mkdtemp(home));
	home_fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(folder_make(home_fd, "spool", 0700, NULL) == 0 && spool_make(home_fd, NULL) == 0 && spool_open(home_fd, &spool, NULL) == 0);
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	spool_close(spool);
	close(home_fd);
	snprintf(command, sizeof command, "rm -r %s", home);
	return system(command);
}

static size_t entries(const char *folder)
{
	char command[128];
	snprintf(command, sizeof command, "ls %s/spool/%s | wc -l", home, folder);
	FILE *p = popen(command, "r");
	char line[32] = "";
	must(fgets(line, sizeof line, p));
	pclose(p);
	return (size_t)strtoul(line, NULL, 10);
}

/* Content of n bytes with a pattern, put in in odd portions. */
static void put(const char *name, size_t n, struct bytes note, uint8_t sha256[32])
{
	struct spool_writer *w;
	uint8_t part[70001];
	uint64_t bytes;
	CHECK_OK(spool_write_begin(spool, SPOOL_IN, note, &w, &err_));
	for (size_t at = 0; at < n;) {
		size_t portion = MIN(sizeof part, n - at);
		for (size_t i = 0; i < portion; i++)
			part[i] = (uint8_t)((at + i) * 2654435761u >> 13);
		CHECK_OK(spool_write(w, bytes_of(part, portion), &err_));
		at += portion;
	}
	CHECK_OK(spool_keep(w, name, &bytes, sha256, &err_));
	assert_int_equal(bytes, n);
}

/* 0 and the hash of what was read, or -1 with err. */
static int get(const char *name, struct arena *a, struct bytes *note, uint64_t *bytes, uint8_t sha256[32], struct err *err)
{
	struct spool_reader *r;
	FD(memfd) = memfd_new("x", err);
	bool all = false;
	uint8_t again[32];
	uint64_t size;
	if (spool_read_begin(spool, SPOOL_IN, name, a, note, &r, err) != 0)
		return -1;
	while (!all)
		if (spool_read_step(r, memfd, 100000, &all, err) != 0) {
			spool_read_end(r);
			return -1;
		}
	spool_read_result(r, bytes, sha256);
	CHECK_OK(sha256_of_fd(memfd, again, &size, &err_));
	assert_memory_equal(again, sha256, 32);
	assert_int_equal(size, *bytes);
	spool_read_end(r);
	return 0;
}

TEST(what_goes_in_comes_out)
{
	static const size_t sizes[] = { 0, 1, SPOOL_PIECE - 1, SPOOL_PIECE, SPOOL_PIECE + 1, 2 * SPOOL_PIECE, 3 * SPOOL_PIECE + 77, 20 << 20 };
	for (size_t i = 0; i < COUNT(sizes); i++) {
		ARENA(a) = arena_new(0);
		uint8_t in[32], out[32];
		struct bytes note;
		uint64_t bytes;
		put("1", sizes[i], BYTES("password"), in);
		CHECK_OK(get("1", a, &note, &bytes, out, &err_));
		assert_int_equal(bytes, sizes[i]);
		assert_memory_equal(in, out, 32);
		assert_true(bytes_equal(note, BYTES("password")));
	}
	assert_int_equal(entries("in"), 1); /* replaced, nothing left lying */
}

static void change(const char *name, off_t at, off_t length)
{
	char path[128];
	snprintf(path, sizeof path, "%s/spool/in/%s", home, name);
	FD(fd) = open(path, O_RDWR | O_CLOEXEC);
	uint8_t b;
	must(fd >= 0);
	if (length >= 0) {
		must(ftruncate(fd, length) == 0);
		return;
	}
	must(pread(fd, &b, 1, at) == 1);
	b ^= 1;
	must(pwrite(fd, &b, 1, at) == 1);
}

static off_t size_of(const char *name)
{
	char path[128];
	struct stat st;
	snprintf(path, sizeof path, "%s/spool/in/%s", home, name);
	must(stat(path, &st) == 0);
	return st.st_size;
}

static void is_refused(const char *name)
{
	ARENA(a) = arena_new(0);
	struct bytes note;
	uint64_t bytes;
	uint8_t sha[32];
	struct err err = { 0 };
	assert_int_equal(get(name, a, &note, &bytes, sha, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
}

TEST(a_changed_byte_anywhere_is_noticed)
{
	uint8_t sha[32];
	put("2", SPOOL_PIECE + 100, BYTES(""), sha);
	off_t n = size_of("2");
	for (off_t at = 0; at < n; at += at < 1300 || at > n - 200 ? 1 : 997) {
		change("2", at, -1);
		is_refused("2");
		change("2", at, -1);
	}
}

TEST(a_shortened_or_lengthened_file_is_noticed)
{
	uint8_t sha[32];
	put("3", 2 * SPOOL_PIECE, BYTES(""), sha);
	off_t n = size_of("3");
	change("3", 0, n + 1);
	is_refused("3");
	static const off_t less[] = { 1, 17, SPOOL_PIECE + 17, 2 * SPOOL_PIECE + 34, 2 * SPOOL_PIECE + 35 };
	for (size_t i = 0; i < COUNT(less); i++) {
		change("3", 0, n - less[i]);
		is_refused("3");
	}
	change("3", 0, 0);
	is_refused("3");
}

TEST(another_wrapping_key_opens_nothing)
{
	ARENA(a) = arena_new(0);
	struct spool_reader *r;
	struct bytes note;
	uint8_t sha[32], other[SPOOL_KEY] = { 1 };
	char path[128];
	struct err err;
	put("4", 10, BYTES(""), sha);
	snprintf(path, sizeof path, "%s/spool/in/4", home);
	assert_int_equal(spool_reader_over(open(path, O_RDONLY | O_CLOEXEC), other, a, &note, &r, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
}

/* A rotation while the spool is open: what the old key wraps stays readable, what is new goes under the new one, and the old one goes with its last file. */
static bool can_read(const char *name)
{
	ARENA(a) = arena_new(0);
	struct bytes note;
	uint64_t bytes;
	uint8_t sha[32];
	struct err err;

	return get(name, a, &note, &bytes, sha, &err) == 0;
}

TEST(a_new_wrapping_key_leaves_old_files_readable)
{
	uint8_t sha[32], before[SPOOL_KEY + 1], after[SPOOL_KEY + 1];
	unsigned dropped;
	char path[128];

	put("51", 100000, BYTES("note"), sha);
	snprintf(path, sizeof path, "%s/spool/wrapping.key", home);
	FD(old) = open(path, O_RDONLY | O_CLOEXEC);
	must(read(old, before, sizeof before) == SPOOL_KEY);
	CHECK_OK(wrapping_keys_rotate(home_fd, &err_));
	FD(new) = open(path, O_RDONLY | O_CLOEXEC);
	must(read(new, after, sizeof after) == SPOOL_KEY);
	assert_memory_not_equal(before, after, SPOOL_KEY);
	assert_true(can_read("51"));
	put("52", 10, BYTES(""), sha);
	assert_true(can_read("52"));
	ARENA(a) = arena_new(0);
	struct spool_reader *r;
	struct bytes note;
	struct err err;
	snprintf(path, sizeof path, "%s/spool/in/52", home);
	assert_int_equal(spool_reader_over(open(path, O_RDONLY | O_CLOEXEC), before, a, &note, &r, &err), -1); /* the old key does not open it */
	CHECK_OK(spool_forget_keys(spool, &dropped, &err_));
	assert_int_equal(dropped, 0);
	spool_close(spool); /* another life finds both */
	CHECK_OK(spool_open(home_fd, &spool, &err_));
	assert_true(can_read("51"));
	CHECK_OK(spool_erase(spool, SPOOL_IN, "51", &err_));
	ARENA(b) = arena_new(0);
	struct spool_entry *files;
	size_t count;
	for (int folder = SPOOL_IN; folder < SPOOL_FOLDERS; folder++) { /* what other tests left under the old key */
		CHECK_OK(spool_list(spool, (enum spool_folder)folder, b, &files, &count, &err_));
		for (size_t i = 0; i < count; i++)
			if (strcmp(files[i].name, "52") != 0)
				CHECK_OK(spool_erase(spool, (enum spool_folder)folder, files[i].name, &err_));
	}
	CHECK_OK(spool_forget_keys(spool, &dropped, &err_));
	assert_int_equal(dropped, 1);
	assert_true(can_read("52"));
	for (int i = 1; i < SPOOL_KEYS_MOST; i++)
		CHECK_OK(wrapping_keys_rotate(home_fd, &err_));
	assert_int_equal(wrapping_keys_rotate(home_fd, &err), -1);
	assert_int_equal(err.code, ERR_TOO_MANY);
	assert_true(can_read("52"));
	CHECK_OK(spool_forget_keys(spool, &dropped, &err_));
	assert_int_equal(dropped, SPOOL_KEYS_MOST - 2);
	assert_true(can_read("52"));
}

/* The bytes that are left on a disk after erasing are a file without its key. */
TEST(an_erased_file_cannot_be_read_from_what_the_disk_remembers)
{
	uint8_t sha[32];
	char path[128], link_path[128];
	put("5", 100, BYTES(""), sha);
	snprintf(path, sizeof path, "%s/spool/in/5", home), snprintf(link_path, sizeof link_path, "%s/spool/in/remembered", home);
	must(link(path, link_path) == 0);
	CHECK_OK(spool_erase(spool, SPOOL_IN, "5", &err_));
	assert_false(spool_holds(spool, SPOOL_IN, "5"));
	is_refused("remembered");
	must(unlink(link_path) == 0);
	CHECK_OK(spool_erase(spool, SPOOL_IN, "5", &err_)); /* again is fine */
}

TEST(nothing_readable_lies_in_the_file)
{
	struct spool_writer *w;
	uint8_t sha[32];
	uint64_t bytes;
	char command[128];
	CHECK_OK(spool_write_begin(spool, SPOOL_IN, BYTES("NEEDLE-NOTE"), &w, &err_));
	CHECK_OK(spool_write(w, BYTES("NEEDLE-CONTENT"), &err_));
	CHECK_OK(spool_keep(w, "6", &bytes, sha, &err_));
	snprintf(command, sizeof command, "grep -rq NEEDLE %s/spool", home);
	assert_int_not_equal(system(command), 0);
}

TEST(what_was_cut_off_leaves_nothing)
{
	struct spool_writer *w;
	size_t before = entries("in");
	CHECK_OK(spool_write_begin(spool, SPOOL_IN, BYTES(""), &w, &err_));
	CHECK_OK(spool_write(w, BYTES("half"), &err_));
	assert_int_equal(entries("in"), before + 1);
	spool_write_drop(w);
	assert_int_equal(entries("in"), before);
	/* the process dies instead: swept at the next start */
	CHECK_OK(spool_write_begin(spool, SPOOL_IN, BYTES(""), &w, &err_));
	struct spool *next;
	CHECK_OK(spool_open(home_fd, &next, &err_));
	assert_int_equal(entries("in"), before);
	spool_close(next);
	spool_write_drop(w);
}

TEST(the_list_shows_names_and_no_temporary_ones)
{
	ARENA(a) = arena_new(0);
	struct spool_writer *w;
	struct spool_entry *rows;
	size_t n;
	uint8_t sha[32];
	CHECK_OK(spool_list(spool, SPOOL_OUT, a, &rows, &n, &err_));
	assert_int_equal(n, 0);
	CHECK_OK(spool_write_begin(spool, SPOOL_IN, BYTES(""), &w, &err_));
	put("7", 1, BYTES(""), sha);
	CHECK_OK(spool_list(spool, SPOOL_IN, a, &rows, &n, &err_));
	bool seven = false;
	for (size_t i = 0; i < n; i++) {
		seven |= strcmp(rows[i].name, "7") == 0;
		assert_null(strstr(rows[i].name, ".new"));
		assert_true(rows[i].changed >= clock_now() - 600);
	}
	assert_true(seven);
	spool_write_drop(w);
	CHECK_OK(spool_rename(spool, SPOOL_IN, "7", SPOOL_IN, "8", &err_));
	assert_true(spool_holds(spool, SPOOL_IN, "8") && !spool_holds(spool, SPOOL_IN, "7"));
}

/* ---- files that outlive a break ---- */

static void fill(uint8_t *p, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((at + i) * 2654435761u >> 13);
}

static void write_range(struct spool_writer *w, size_t from, size_t to)
{
	uint8_t part[50001];

	for (size_t at = from; at < to;) {
		size_t n = MIN(sizeof part, to - at);
		fill(part, n, at);
		CHECK_OK(spool_write(w, bytes_of(part, n), &err_));
		at += n;
	}
}

static struct spool_writer *take_up(const char *name, struct spool_whole *whole)
{
	struct spool_taking_up *t;
	struct spool_writer *w;
	bool finished = false;

	CHECK_OK(spool_take_up(spool, name, &t, &err_));
	while (!finished)
		CHECK_OK(spool_take_up_step(t, SPOOL_PIECE, &finished, &err_));
	CHECK_OK(spool_take_up_end(t, &w, whole, &err_));
	return w;
}

static void tear(const char *name, long n)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/spool/uploads/%s", home, name);
	must(stat(path, &st) == 0 && truncate(path, st.st_size + n) == 0);
}

/* What is settled is there after every break; the content is what one unbroken writer would have kept. */
TEST(an_upload_goes_on_where_it_was_durable)
{
	enum { WHOLE = 5 * SPOOL_PIECE + 77 };
	struct spool_writer *w;
	struct spool_whole whole;
	uint8_t all[WHOLE], wanted[32], got[32];
	uint64_t bytes;

	fill(all, sizeof all, 0);
	sha256_of(bytes_of(all, sizeof all), wanted);
	CHECK_OK(spool_lasting_begin(spool, "aa", BYTES("{}"), &w, &err_));
	spool_park(w);
	w = take_up("aa", &whole);
	assert_int_equal(spool_written(w), 0);
	write_range(w, 0, 2 * SPOOL_PIECE);
	CHECK_OK(spool_settle(w, &bytes, &err_));
	assert_int_equal(bytes, 2 * SPOOL_PIECE);
	write_range(w, bytes, bytes + 100); /* not a whole piece: not durable */
	CHECK_OK(spool_settle(w, &bytes, &err_));
	assert_int_equal(bytes, 2 * SPOOL_PIECE);
	spool_park(w);
	w = take_up("aa", &whole);
	assert_int_equal(spool_written(w), 2 * SPOOL_PIECE);
	write_range(w, spool_written(w), 4 * SPOOL_PIECE);
	CHECK_OK(spool_settle(w, &bytes, &err_));
	spool_park(w);
	tear("aa", -5); /* a piece that never became durable as a whole */
	w = take_up("aa", &whole);
	assert_int_equal(spool_written(w), 3 * SPOOL_PIECE);
	write_range(w, spool_written(w), WHOLE - 10);
	spool_forget_rest(w);
	write_range(w, spool_written(w), WHOLE);
	CHECK_OK(spool_complete(w, &bytes, got, &err_));
	assert_int_equal(bytes, WHOLE);
	assert_memory_equal(got, wanted, 32);
	assert_null(take_up("aa", &whole));
	assert_int_equal(whole.bytes, WHOLE);
	assert_memory_equal(whole.sha256, wanted, 32);
	CHECK_OK(spool_rename(spool, SPOOL_UPLOADS, "aa", SPOOL_IN, "77", &err_));
	ARENA(a) = arena_new(0);
	struct bytes note;
	CHECK_OK(get("77", a, &note, &bytes, got, &err_));
	assert_memory_equal(got, wanted, 32);
	CHECK_OK(spool_erase(spool, SPOOL_IN, "77", &err_));
}

TEST(a_changed_piece_ends_what_counts_of_an_upload)
{
	struct spool_writer *w;
	struct spool_whole whole;
	uint64_t bytes;
	char path[128];

	CHECK_OK(spool_lasting_begin(spool, "bb", BYTES("{}"), &w, &err_));
	write_range(w, 0, 3 * SPOOL_PIECE);
	CHECK_OK(spool_settle(w, &bytes, &err_));
	spool_park(w);
	snprintf(path, sizeof path, "%s/spool/uploads/bb", home);
	FD(fd) = open(path, O_WRONLY | O_CLOEXEC);
	struct stat st;
	must(fstat(fd, &st) == 0 && pwrite(fd, "x", 1, st.st_size - SPOOL_PIECE - 100) == 1);
	w = take_up("bb", &whole);
	assert_int_equal(spool_written(w), SPOOL_PIECE);
	spool_park(w);
	CHECK_OK(spool_erase(spool, SPOOL_UPLOADS, "bb", &err_));
	struct spool_taking_up *t;
	struct err err = { 0 };
	assert_int_equal(spool_take_up(spool, "bb", &t, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_upload_goes_on_where_it_was_durable),
		cmocka_unit_test(a_changed_piece_ends_what_counts_of_an_upload),
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(a_changed_byte_anywhere_is_noticed),
		cmocka_unit_test(a_shortened_or_lengthened_file_is_noticed),
		cmocka_unit_test(another_wrapping_key_opens_nothing),
		cmocka_unit_test(an_erased_file_cannot_be_read_from_what_the_disk_remembers),
		cmocka_unit_test(nothing_readable_lies_in_the_file),
		cmocka_unit_test(what_was_cut_off_leaves_nothing),
		cmocka_unit_test(the_list_shows_names_and_no_temporary_ones),
		cmocka_unit_test(a_new_wrapping_key_leaves_old_files_readable),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
