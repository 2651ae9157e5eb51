/* 停電の試験 — the sealer under a disk that forgets: before every state-changing system call of a 1,000-row run the machine dies and loses what was
 * not synced (all of it, none of it, or a random half). After the restart: every acknowledged row is in the log, none twice, and the log verifies.
 * In the midst of the run the signing key is handed over, and at its end the one before is given up: the first trust file is good at every point.
 * The calls are caught by defining them here; names and data count as durable only after the sync that covers them. */
#include "base/check.h"
#include "evidence/sample_test.h"
#include "evidence/sealer.h"
#include "evidence/verify.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { ROWS = 1000, HANDOVER_NO = 300, NOW = 1795425164, THINGS = 256, PATH = 256, DIED = 77 };
#ifdef SEKISHO_ASAN
enum { STEP = 7 }; /* the same code, only slower: samples do */
#else
enum { STEP = 1 };
#endif
enum loss { LOSE_ALL, LOSE_NOTHING, LOSE_HALF };
static const uint8_t epoch[ENTRY_EPOCH] = { 7 };
static const size_t batches[] = { 1, 254, 2, 300, 443 }; /* = ROWS; around a full tile and over several */

/* ---- the disk ---- */

static struct {
	bool on;
	unsigned calls, die_at; /* die before this call, 0 = never */
	enum loss loss;
	uint32_t seed;
	char dirty[THINGS][PATH]; /* files whose data is not synced */
	size_t dirty_count;
	struct name {		  /* names whose folder is not synced */
		char path[PATH], folder[PATH], before[PATH];
		bool is_folder;
	} names[THINGS];
	size_t name_count;
} disk;

static void fd_path(int fd, char out[PATH])
{
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, out, PATH - 1);
	must(n > 0);
	out[n] = 0;
}

static void full_path(int dir, const char *path, char out[PATH])
{
	char folder[PATH];

	if (path[0] == '/' || dir == AT_FDCWD) {
		must((size_t)snprintf(out, PATH, "%s", path) < PATH);
		return;
	}
	fd_path(dir, folder);
	must((size_t)snprintf(out, PATH, "%.*s/%.*s", 150, folder, 100, path) < PATH);
}

static bool is_lost(void)
{
	disk.seed = disk.seed * 1664525 + 1013904223;
	return disk.loss == LOSE_ALL || (disk.loss == LOSE_HALF && disk.seed >> 31);
}

static _Noreturn void die_now(void)
{
	disk.on = false;
	for (size_t i = disk.name_count; i-- > 0;) {
		struct name *n = &disk.names[i];
		if (!is_lost())
			continue;
		if (n->is_folder)
			remove_tree(AT_FDCWD, n->path);
		else if (n->before[0])
			must(rename(n->before, n->path) == 0 || errno == ENOENT);
		else
			unlink(n->path);
	}
	for (size_t i = 0; i < disk.dirty_count; i++)
		if (is_lost() && truncate(disk.dirty[i], 0) != 0)
			must(errno == ENOENT);
	_exit(DIED);
}

static void count_call(void)
{
	if (disk.on && ++disk.calls == disk.die_at)
		die_now();
}

static void set_dirty(const char *path)
{
	for (size_t i = 0; i < disk.dirty_count; i++)
		if (strcmp(disk.dirty[i], path) == 0)
			return;
	must(disk.dirty_count < THINGS);
	snprintf(disk.dirty[disk.dirty_count++], PATH, "%s", path);
}

static void new_name(const char *path, const char *before, bool is_folder)
{
	must(disk.name_count < THINGS);
	struct name *n = &disk.names[disk.name_count++];
	*n = (struct name){ .is_folder = is_folder };
	snprintf(n->path, PATH, "%s", path);
	snprintf(n->before, PATH, "%s", before);
	snprintf(n->folder, PATH, "%s", path);
	*strrchr(n->folder, '/') = 0;
}

static void sync_file(int fd)
{
	char path[PATH];
	struct stat st;
	size_t kept = 0;

	must(fstat(fd, &st) == 0);
	fd_path(fd, path);
	if (!S_ISDIR(st.st_mode)) {
		for (size_t i = 0; i < disk.dirty_count; i++)
			if (strcmp(disk.dirty[i], path) != 0)
				memmove(disk.dirty[kept++], disk.dirty[i], PATH);
		disk.dirty_count = kept;
		return;
	}
	for (size_t i = 0; i < disk.name_count; i++) {
		if (strcmp(disk.names[i].folder, path) != 0)
			disk.names[kept++] = disk.names[i];
		else if (disk.names[i].before[0])
			unlink(disk.names[i].before);
	}
	disk.name_count = kept;
}

/* ---- the calls, as the library under test sees them ---- */

int openat64(int dir, const char *path, int flags, ...);
int openat64(int dir, const char *path, int flags, ...)
{
	char full[PATH];
	va_list args;
	bool fresh = false;

	va_start(args, flags);
	unsigned mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (disk.on && (flags & (O_CREAT | O_TRUNC))) {
		count_call();
		full_path(dir, path, full);
		fresh = access(full, F_OK) != 0;
	}
	int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (disk.on && fd >= 0 && (flags & (O_CREAT | O_TRUNC))) {
		if (fresh)
			new_name(full, "", false);
		if (fresh || (flags & O_TRUNC))
			set_dirty(full);
	}
	return fd;
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (disk.on) {
		char path[PATH];
		count_call();
		fd_path(fd, path);
		if (path[0] == '/')
			set_dirty(path);
	}
	return syscall(SYS_write, fd, p, n);
}

static int sync_call(int fd)
{
	if (!disk.on)
		return 0; /* the test itself needs no durability */
	count_call();
	sync_file(fd);
	return 0;
}

int fdatasync(int fd) { return sync_call(fd); }
int fsync(int fd) { return sync_call(fd); }

int mkdirat(int dir, const char *path, mode_t mode)
{
	char full[PATH];

	if (disk.on)
		count_call();
	int got = (int)syscall(SYS_mkdirat, dir, path, mode);
	if (disk.on && got == 0) {
		full_path(dir, path, full);
		new_name(full, "", true);
	}
	return got;
}

int unlinkat(int dir, const char *path, int flags)
{
	if (disk.on)
		count_call();
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char old[PATH], full[PATH], before[PATH] = "";

	if (!disk.on)
		return (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
	count_call();
	full_path(from_dir, from, old);
	full_path(to_dir, to, full);
	if (access(full, F_OK) == 0) {
		must((size_t)snprintf(before, sizeof before, "%.200s.before%u", full, disk.calls) < sizeof before);
		must(link(full, before) == 0);
	}
	int got = (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
	must(got == 0);
	for (size_t i = 0; i < disk.dirty_count; i++)
		if (strcmp(disk.dirty[i], old) == 0)
			snprintf(disk.dirty[i], PATH, "%s", full);
	new_name(full, before, false);
	return got;
}

/* ---- the run ---- */

static uint64_t *acknowledged; /* shared with the children */
static struct bytes entries[ROWS + 1];
static struct arena *arena;
static struct trust trust; /* of the first key */

static struct journal_row row_of(uint64_t no)
{
	struct text event = no == HANDOVER_NO ? TEXT(ENTRY_HANDOVER_EVENT) : TEXT("ticket.opened");
	return (struct journal_row){ .no = no, .at = NOW + (int64_t)no, .event = event, .entry = entries[no] };
}

/* One life of evidenced: 0 when all rows are sealed. Ends the process when anything is not as it must be. */
static void live(const char *path)
{
	ARENA(a) = arena_new(0);
	struct err err = { 0 };
	struct sealer *s = NULL;
	struct journal_row rows[ROWS];
	int home = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (sealer_open(a, home, &s, &err) != 0) {
		fprintf(stderr, "cannot open: %s\n", err.say);
		_exit(1);
	}
	uint64_t at = sealer_mark(s)->any ? sealer_mark(s)->no : 0;
	must(at >= *acknowledged);
	size_t n = 0;
	for (uint64_t no = sealer_compare_from(s) + 1; no <= at; no++)
		rows[n++] = row_of(no);
	must(sealer_compare(s, rows, n, &err) == 0 && sealer_finish(s, &err) == 0);
	*acknowledged = at;
	size_t batch = 0;
	for (uint64_t end = 0; at < ROWS;) {
		must(batch < COUNT(batches));
		end += batches[batch++];
		n = 0;
		for (uint64_t no = at + 1; no <= end; no++)
			rows[n++] = row_of(no);
		if (n == 0)
			continue;
		if (sealer_seal(s, epoch, rows, n, &err) != 0) {
			fprintf(stderr, "cannot seal: %s\n", err.say);
			_exit(1);
		}
		*acknowledged = at = end;
	}
	bool done;
	if (sealer_retire(s, NOW + 1, &done, &err) != 0) {
		fprintf(stderr, "cannot give up the old key: %s\n", err.say);
		_exit(1);
	}
	sealer_close(s);
	close(home);
}

/* By whom the checkpoint is signed: the first trust file is good for it, and what covers the hand-over bears the new key. */
static void check_keys(int dir, const struct note *note, const struct checkpoint *p)
{
	ARENA(a) = arena_new(0);
	struct handovers all;
	struct verify_report report;
	struct checkpoint again;
	struct bytes raw;
	bool good;

	must(verify_handovers(a, dir, &all, &report, NULL) == 0);
	must(file_read(a, dir, "checkpoint", NOTE_BYTES_MOST, &raw, NULL) == 0);
	must(verify_checkpoint(a, raw, "checkpoint", &trust, &all, &again, &report, NULL) == 0);
	must(all.count == (p->size >= HANDOVER_NO) || all.count == 1);
	if (p->size >= HANDOVER_NO)
		must(note_verify(note, &all.steps[0].new_key, 1, &good, NULL) == 0);
}

/* The log as any reader finds it: each row once, in order, under the signed root. */
static void check_log(const char *path)
{
	ARENA(a) = arena_new(0);
	struct checkpoint p;
	struct note note;
	struct merkle_frontier f = { 0 };
	struct merkle_hash leaf, root;
	FD(dir) = open(arena_printf(a, "%s/evidence/log", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(tlog_read_checkpoint(a, dir, NULL, &note, &p, NULL) == 0);
	must(p.size >= *acknowledged && p.size <= ROWS);
	check_keys(dir, &note, &p);
	for (uint64_t i = 0; i < p.size; i += TILE_WIDTH) {
		struct bytes found[TILE_WIDTH];
		unsigned width;
		must(tlog_read_bundle(a, dir, p.size, i / TILE_WIDTH, found, &width, NULL) == 0);
		for (unsigned k = 0; k < width; k++) {
			must(bytes_equal(found[k], entries[i + k + 1]));
			merkle_leaf(found[k], &leaf);
			merkle_append(&f, &leaf, NULL);
		}
	}
	merkle_root(&f, &root);
	must(merkle_equal(&root, &p.root));
}

static int child(const char *path, unsigned die_at, enum loss loss, unsigned *calls)
{
	int status;
	static unsigned *shared;

	if (!shared)
		shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	if (pid == 0) {
		disk.on = true;
		disk.die_at = die_at;
		disk.loss = loss;
		disk.seed = die_at * 2654435761u;
		live(path);
		*shared = disk.calls;
		_exit(0);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (calls)
		*calls = *shared;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char *fresh_home(struct arena *a)
{
	char *path = temporary_folder(a), *vkey;
	FD(home) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK_OK(sealer_create(a, home, TEXT(SAMPLE_ORIGIN), &vkey, &err_));
	CHECK_OK(trust_read(arena, trust_text(a, (struct text){ vkey, strlen(vkey) }), &trust, &err_));
	struct bytes note;
	FD(private) = openat(home, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(signer_prepare(a, private, NOW, NOW, &note, &err_));
	*acknowledged = 0;
	return path;
}

/* The old key is gone for good, and the new one signed last. */
static void check_one_key(const char *path)
{
	ARENA(a) = arena_new(0);
	struct signer signer;
	struct note_key keys[2];
	struct note note;
	struct checkpoint p;
	FD(private) = open(arena_printf(a, "%s/evidence/private", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FD(log) = open(arena_printf(a, "%s/evidence/log", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good[2];

	must(signer_open(a, private, &signer, NULL) == 0 && signer_keys(&signer, keys) == 1);
	must(tlog_read_checkpoint(a, log, NULL, &note, &p, NULL) == 0 && note.count == 1 && note_verify(&note, keys, 1, good, NULL) == 0);
	signer_close(&signer);
}

/* The way of every prefix: die, look, go on to the end, look again. */
static void die_and_go_on(unsigned at, enum loss loss)
{
	ARENA(a) = arena_new(0);
	char *path = fresh_home(a);

	int got = child(path, at, loss, NULL);
	if (got != DIED)
		fail_msg("call %u, loss %d: the first life ended with %d", at, loss, got);
	check_log(path);
	uint64_t before = *acknowledged;
	got = child(path, 0, loss, NULL);
	if (got != 0)
		fail_msg("call %u, loss %d: the second life ended with %d after row %llu", at, loss, got, (unsigned long long)before);
	assert_int_equal(*acknowledged, ROWS);
	check_log(path);
	check_one_key(path);
	remove_tree(AT_FDCWD, path);
}

static unsigned calls_of_a_run(void)
{
	ARENA(a) = arena_new(0);
	char *path = fresh_home(a);
	unsigned calls = 0;

	assert_int_equal(child(path, 0, LOSE_NOTHING, &calls), 0);
	check_log(path);
	remove_tree(AT_FDCWD, path);
	return calls;
}

TEST(no_prefix_of_the_calls_loses_an_acknowledged_row)
{
	unsigned calls = calls_of_a_run();

	assert_true(calls > 100);
	for (unsigned at = 1; at <= calls; at += STEP) {
		die_and_go_on(at, LOSE_ALL);
		if (at % 4 == 0)
			die_and_go_on(at, at % 8 ? LOSE_NOTHING : LOSE_HALF);
	}
	print_message("%u system calls; died before %u of them\n", calls, (calls + STEP - 1) / STEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_prefix_of_the_calls_loses_an_acknowledged_row) };

	arena = arena_new(0);
	acknowledged = mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct journal_row *rows = sample_rows(arena, epoch, 1, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		entries[i + 1] = i + 1 == HANDOVER_NO ? sample_row(arena, epoch, HANDOVER_NO, ENTRY_HANDOVER_EVENT).entry : rows[i].entry;
	int failed = RUN_TESTS(tests);
	arena_free(arena);
	return failed;
}
