/* 控えの置き場の試験 — what was written comes back; what is there is not written again; whatever is damaged, foreign or cut is said, never restored. */
#include "backup/vault.h"
#include "base/check.h"
#include "base/file.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct ground {
	char folder[64];
	struct arena *arena;
	struct backup_keys machine;
	struct recovery_key safe;
	struct vault *vault;
	struct err err;
};
static uint8_t big[3 * PIECE_BYTES + 12345];

static int begin(void **state)
{
	struct ground *g = calloc(1, sizeof *g);

	must(g);
	g->arena = arena_new(0);
	snprintf(g->folder, sizeof g->folder, "/tmp/sekisho-vault-%d-XXXXXX", (int)getpid());
	must(mkdtemp(g->folder));
	recovery_make(TEXT("konpeki"), 1795600000, &g->machine, &g->safe);
	must(vault_open(g->folder, true, &g->vault, &g->err) == 0);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i >> 18 ^ i * 31);
	*state = g;
	return 0;
}
static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}
static int end(void **state)
{
	struct ground *g = *state;

	vault_close(g->vault);
	nftw(g->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(g->arena);
	free(g);
	return 0;
}

static void put(struct ground *g, struct vault_writer *w, const char *name, struct bytes content)
{
	assert_int_equal(vault_file(w, name, 0640, &g->err), 0);
	for (size_t at = 0; at < content.n; at += 60000) /* as blocks come from a pipe */
		assert_int_equal(vault_data(w, bytes_of(content.p + at, MIN(content.n - at, (size_t)60000)), &g->err), 0);
	assert_int_equal(vault_file_end(w, &g->err), 0);
}
static struct vault_sum write_one(struct ground *g, const char *id, int64_t at, struct bytes small)
{
	struct arena *arena = arena_new(0);
	struct vault_writer *w = vault_write_begin(g->vault, arena, &g->machine);
	struct manifest m = { .id = { id, strlen(id) }, .site = TEXT("konpeki"), .at = at, .entries = 7 };
	struct vault_sum sum;

	put(g, w, "records/records.db", bytes_of(big, sizeof big));
	put(g, w, "trust/one", small);
	put(g, w, "trust/empty", BYTES(""));
	put(g, w, "trust/same", small);
	assert_int_equal(vault_write_end(w, &m, &sum, &g->err), 0);
	arena_free(arena);
	return sum;
}
static void open_newest(struct ground *g, struct vault_list *out)
{
	struct vault_list *lists;
	size_t count;

	assert_int_equal(vault_lists(g->vault, g->arena, &lists, &count, &g->err), 0);
	assert_true(count > 0 && lists[0].readable);
	assert_true(manifest_verifies(lists[0].raw, g->safe.verify));
	assert_int_equal(manifest_open(g->arena, lists[0].raw, &g->safe, &lists[0].manifest, &g->err), 0);
	*out = lists[0];
}
static int restore(struct ground *g, const struct manifest *m, size_t file, struct bytes *out)
{
	FD(fd) = memfd_new("restored", &g->err);

	if (vault_restore_file(g->vault, m, &m->files[file], &g->safe, fd, &g->err) != 0)
		return -1;
	must(lseek(fd, 0, SEEK_SET) == 0);
	return file_read_fd(g->arena, fd, sizeof big + 1, out, &g->err);
}

static void what_was_written_comes_back(void **state)
{
	struct ground *g = *state;
	struct vault_list l;
	struct bytes b;
	struct vault_sum sum = write_one(g, "a", 100, BYTES("一枚"));

	assert_int_equal(sum.files, 4);
	assert_int_equal(sum.new_pieces, 5); /* the small one stands twice and is kept once */
	open_newest(g, &l);
	assert_int_equal(l.manifest.entries, 7);
	assert_int_equal(l.manifest.file_count, 4);
	assert_string_equal(l.manifest.files[0].name, "records/records.db");
	assert_int_equal(l.manifest.files[0].mode, 0640);
	assert_int_equal(restore(g, &l.manifest, 0, &b), 0);
	assert_int_equal(b.n, sizeof big);
	assert_memory_equal(b.p, big, sizeof big);
	assert_int_equal(restore(g, &l.manifest, 2, &b), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(restore(g, &l.manifest, 3, &b), 0);
	assert_true(bytes_equal(b, BYTES("一枚")));
	assert_int_equal(vault_check(g->vault, &l.manifest, &g->err), 0);
}

static void only_what_is_new_is_written(void **state)
{
	struct ground *g = *state;
	struct vault_list l;
	struct bytes b;

	write_one(g, "a", 100, BYTES("一枚"));
	big[PIECE_BYTES + 5] ^= 1; /* one piece of four */
	struct vault_sum sum = write_one(g, "b", 200, BYTES("一枚"));
	assert_int_equal(sum.new_pieces, 1);
	assert_int_equal(sum.pieces, 5);
	sum = write_one(g, "c", 300, BYTES("一枚"));
	assert_int_equal(sum.new_pieces, 0);
	open_newest(g, &l);
	assert_int_equal(restore(g, &l.manifest, 0, &b), 0);
	assert_memory_equal(b.p, big, sizeof big);
}

static void old_ones_go_and_what_is_needed_stays(void **state)
{
	struct ground *g = *state;
	struct vault_sum sum = { 0 };
	struct vault_list l, *lists;
	struct bytes b;
	size_t count;

	write_one(g, "a", 100, BYTES("はじめ"));
	big[5] ^= 1;
	write_one(g, "b", 200, BYTES("つぎ"));
	write_one(g, "d", 50, BYTES("時計が戻った")); /* newer, whatever its time says … */
	write_one(g, "c", 50, BYTES("同じ秒"));	       /* … or its name */
	assert_int_equal(vault_lists(g->vault, g->arena, &lists, &count, &g->err), 0);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(lists[i].id, ((const char *[]){ "c", "d", "b", "a" })[i]);
	assert_int_equal(vault_retain(g->vault, 2, &sum, &g->err), 0);
	assert_int_equal(sum.removed_lists, 2);
	assert_int_equal(sum.removed_pieces, 3); /* first piece of the old big file, and the old small ones */
	assert_int_equal(vault_lists(g->vault, g->arena, &lists, &count, &g->err), 0);
	assert_int_equal(count, 2);
	open_newest(g, &l);
	assert_string_equal(l.id, "c");
	for (size_t i = 0; i < l.manifest.file_count; i++)
		assert_int_equal(restore(g, &l.manifest, i, &b), 0);
	/* A damaged list: nothing is removed. */
	FD(dir) = open(g->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_replace(dir, "lists/x", BYTES("SKBACK1\nrubbish"), 0600, &g->err), 0);
	assert_int_equal(vault_retain(g->vault, 1, &sum, &g->err), -1);
	assert_int_equal(g->err.code, ERR_MALFORMED);
	open_newest(g, &l);
}

/* Each piece file of the folder: act on it. */
static void each_piece(struct ground *g, void (*act)(const char *path))
{
	for (unsigned i = 0; i < 256; i++) {
		char path[160];
		snprintf(path, sizeof path, "%s/pieces/%02x", g->folder, i);
		DIR *d = opendir(path);
		for (struct dirent *e; d && (e = readdir(d));)
			if (e->d_name[0] != '.') {
				char file[512];
				snprintf(file, sizeof file, "%s/%.100s", path, e->d_name);
				act(file);
			}
		if (d)
			closedir(d);
	}
}
static void flip(const char *path)
{
	FD(fd) = open(path, O_RDWR | O_CLOEXEC);
	uint8_t b;

	must(fd >= 0 && pread(fd, &b, 1, 40) == 1);
	b ^= 4;
	must(pwrite(fd, &b, 1, 40) == 1);
}
static void drop(const char *path) { must(unlink(path) == 0); }

static void damage_is_said_and_nothing_is_restored(void **state)
{
	struct ground *g = *state;
	struct vault_list l;
	struct bytes b;

	write_one(g, "a", 100, BYTES("一枚"));
	open_newest(g, &l);
	each_piece(g, flip);
	assert_int_equal(vault_check(g->vault, &l.manifest, &g->err), -1);
	assert_int_equal(g->err.code, ERR_MISMATCH);
	assert_int_equal(restore(g, &l.manifest, 0, &b), -1);
	assert_int_equal(g->err.code, ERR_MISMATCH);
	each_piece(g, drop);
	assert_int_equal(vault_check(g->vault, &l.manifest, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	/* The next backup writes what is gone again. */
	assert_int_equal(write_one(g, "b", 200, BYTES("一枚")).new_pieces, 5);
	open_newest(g, &l);
	assert_int_equal(vault_check(g->vault, &l.manifest, &g->err), 0);
}

static void a_list_that_was_changed_is_not_believed(void **state)
{
	struct ground *g = *state;
	struct vault_list l;

	write_one(g, "a", 100, BYTES("一枚"));
	open_newest(g, &l);
	uint8_t *copy = arena_copy(g->arena, l.raw.p, l.raw.n);
	for (size_t i = 8; i < l.raw.n; i += 1 + i / 16) {
		copy[i] ^= 1;
		assert_false(manifest_verifies(bytes_of(copy, l.raw.n), g->safe.verify));
		copy[i] ^= 1;
	}
	for (size_t n = 0; n < l.raw.n; n += 1 + n / 16) {
		struct manifest m = { 0 };
		assert_false(manifest_verifies(bytes_of(copy, n), g->safe.verify));
		if (manifest_read(g->arena, bytes_of(copy, n), &m, &g->err) == 0)
			assert_int_equal(manifest_open(g->arena, bytes_of(copy, n), &g->safe, &m, &g->err), -1);
	}
	/* Somebody who holds folder and public half, but not the machine's keys, writes a list of his own. */
	struct backup_keys forged = g->machine;
	ed25519_pair(forged.verify, forged.signing);
	struct manifest m = { .id = TEXT("f"), .site = TEXT("konpeki"), .recovery = TEXT("-"), .at = 900 };
	assert_false(manifest_verifies(manifest_write(g->arena, &m, &forged), g->safe.verify));
}

static void another_key_opens_nothing(void **state)
{
	struct ground *g = *state;
	struct vault_list l;
	struct backup_keys machine;
	struct recovery_key other;

	write_one(g, "a", 100, BYTES("一枚"));
	open_newest(g, &l);
	recovery_make(TEXT("konpeki"), 1795600000, &machine, &other);
	assert_false(manifest_verifies(l.raw, other.verify));
	assert_int_equal(manifest_open(g->arena, l.raw, &other, &l.manifest, &g->err), -1);
	assert_int_equal(g->err.code, ERR_SIGNATURE);
}

static void other_folders_are_refused(void **state)
{
	struct ground *g = *state;
	struct vault *v;
	char path[128];

	snprintf(path, sizeof path, "%s/not-one", g->folder);
	assert_int_equal(vault_open(path, false, &v, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	must(mkdir(path, 0700) == 0);
	assert_int_equal(vault_open(path, false, &v, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	FD(dir) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(file_create(dir, "letter", BYTES("x"), 0600, &g->err), 0);
	assert_int_equal(vault_open(path, true, &v, &g->err), -1);
	assert_int_equal(g->err.code, ERR_INVALID);
	assert_int_equal(vault_open(g->folder, true, &v, &g->err), -1); /* one at a time */
	assert_int_equal(g->err.code, ERR_BUSY);
}

static void the_key_in_the_safe_survives_paper(void **state)
{
	struct ground *g = *state;
	struct recovery_key k;
	struct bytes text = recovery_text(g->arena, &g->safe);

	assert_int_equal(recovery_read(g->arena, text, &k, &g->err), 0);
	assert_memory_equal(k.secret, g->safe.secret, RECOVERY_KEY);
	assert_memory_equal(k.recovery, g->machine.recovery, RECOVERY_KEY);
	assert_memory_equal(k.verify, g->machine.verify, ED25519_PUBLIC);
	/* Typed by hand: blanks, empty lines, the comments left out. */
	char *typed = arena_alloc(g->arena, 2 * text.n + 1);
	size_t n = 0;
	const char *from = strstr((const char *)text.p, "sekisho-recovery-key-1");
	for (; *from; from++) {
		if (*from == '\n')
			typed[n++] = ' ', typed[n++] = '\r', typed[n++] = '\n';
		typed[n++] = *from;
	}
	assert_int_equal(recovery_read(g->arena, bytes_of(typed, n), &k, &g->err), 0);
	/* Any letter typed wrong is found. */
	size_t start = (size_t)(strstr((const char *)text.p, "sekisho-recovery-key-1") - (const char *)text.p);
	uint8_t *copy = arena_copy(g->arena, text.p, text.n);
	for (size_t i = start; i + 1 < text.n; i++) {
		uint8_t was = copy[i];
		copy[i] = was == 'a' ? 'b' : 'a';
		assert_int_equal(recovery_read(g->arena, bytes_of(copy, text.n), &k, &g->err), -1);
		copy[i] = was;
	}
}

static void the_machines_file_reads_back(void **state)
{
	struct ground *g = *state;
	struct backup_keys k;

	FD(home) = open(g->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(backup_keys_read(home, &k, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	assert_int_equal(folder_make(home, "backup", 0700, &g->err), 0);
	assert_int_equal(backup_keys_write(home, &g->machine, &g->err), 0);
	assert_int_equal(backup_keys_read(home, &k, &g->err), 0);
	assert_memory_equal(&k, &g->machine, sizeof k);
	assert_int_equal(file_replace(home, BACKUP_KEYS_FILE, BYTES("{\"made\":1}"), 0600, &g->err), 0);
	assert_int_equal(backup_keys_read(home, &k, &g->err), -1);
	assert_int_equal(g->err.code, ERR_MALFORMED);
}

#define WITH_GROUND(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_GROUND(what_was_written_comes_back),
		WITH_GROUND(only_what_is_new_is_written),
		WITH_GROUND(old_ones_go_and_what_is_needed_stays),
		WITH_GROUND(damage_is_said_and_nothing_is_restored),
		WITH_GROUND(a_list_that_was_changed_is_not_believed),
		WITH_GROUND(another_key_opens_nothing),
		WITH_GROUND(other_folders_are_refused),
		WITH_GROUND(the_key_in_the_safe_survives_paper),
		WITH_GROUND(the_machines_file_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
