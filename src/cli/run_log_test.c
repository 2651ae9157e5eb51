/* 動作ログの綴り — tests: lines of several processes over many files are all there, whole, in the order of each; a line longer than the limit is cut. */
#include "base/check.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/service.h"
#include "cli/run_log.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 5, LINES = 2000, BYTES_OF_FILE = 64 * 1024 };

static unsigned closed_files, removed_files;
static struct loop *loop;

static void closed(void *self, const struct run_log_closed *file)
{
	(void)self;
	closed_files++;
	removed_files += file->removed;
	assert_true(file->bytes <= BYTES_OF_FILE && file->bytes > BYTES_OF_FILE / 2);
}

static char *new_folder(struct arena *arena)
{
	char *path = arena_printf(arena, "/tmp/run-log-XXXXXX");
	must(mkdtemp(path) != NULL);
	return path;
}

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);

	for (struct dirent *e; (e = readdir(d));)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(path);
}

/* Each line in up to three writes, as a library that knows nothing of our log would do. */
static _Noreturn void writer(int fd, unsigned who)
{
	for (unsigned i = 0; i < LINES; i++) {
		char line[160];
		int n = snprintf(line, sizeof line, "writer %u line %u %.*s\n", who, i, (int)(i % 100), "----------------------------------------------------------------------------------------------------");
		for (int at = 0; at < n;) {
			int part = i % 3 ? n - at : MIN(n - at, 1 + n / 3);
			ssize_t put = write(fd, line + at, (size_t)part);
			if (put <= 0)
				_exit(1);
			at += (int)put;
		}
	}
	_exit(0);
}

static unsigned running;
static void ended(void *self, int signal)
{
	int status;

	(void)self, (void)signal;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		must(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		if (--running == 0)
			loop_stop(loop);
	}
}

/* Files from the oldest to the newest: each writer's lines follow each other without a gap up to the last. */
static void check_lines(struct arena *arena, const char *path)
{
	unsigned next[WRITERS] = { 0 }, seen[WRITERS] = { 0 };

	for (int n = SERVICE_LOG_FILES_MOST - 1; n >= 0; n--) {
		struct bytes b;
		const char *name = n ? arena_printf(arena, "%s.%d", path, n) : path;
		if (file_read(arena, AT_FDCWD, name, BYTES_OF_FILE, &b, NULL) != 0)
			continue;
		assert_int_equal(b.p[b.n - 1], '\n');
		for (const char *line = (const char *)b.p; *line; line = strchr(line, '\n') + 1) {
			unsigned who, no;
			assert_int_equal(sscanf(line, "writer %u line %u ", &who, &no), 2);
			assert_true(who < WRITERS);
			if (seen[who] && no != next[who])
				fail_msg("%s: line %u of writer %u follows line %u", name, no, who, next[who] - 1);
			assert_int_equal(strspn(strchr(strstr(line, "line ") + 5, ' ') + 1, "-"), no % 100);
			next[who] = no + 1;
			seen[who]++;
		}
	}
	for (unsigned w = 0; w < WRITERS; w++)
		assert_int_equal(next[w], LINES);
}

TEST(no_line_is_lost_or_torn_over_many_files)
{
	ARENA(arena) = arena_new(0);
	char *folder = new_folder(arena), *path = arena_printf(arena, "%s/log", folder);
	struct run_log *log;

	loop = loop_new();
	loop_signal(loop, SIGCHLD, ended, NULL);
	CHECK_OK(run_log_open(loop, path, BYTES_OF_FILE, closed, NULL, &log, &err_));
	closed_files = removed_files = 0;
	for (unsigned w = 0; w < WRITERS; w++) {
		int fd = run_log_pipe(log, NULL);
		assert_true(fd >= 0);
		running++;
		if (fork() == 0)
			writer(fd, w);
		close(fd);
	}
	CHECK_OK(loop_run(loop, &err_));
	run_log_close(log);
	loop_free(loop);
	check_lines(arena, path);
	assert_true(closed_files > SERVICE_LOG_FILES_MOST - 1);
	assert_int_equal(removed_files, closed_files - (SERVICE_LOG_FILES_MOST - 1));
	assert_int_equal(access(arena_printf(arena, "%s.%d", path, SERVICE_LOG_FILES_MOST), F_OK), -1);
	remove_folder(folder);
}

TEST(long_and_unfinished_lines_are_ended)
{
	ARENA(arena) = arena_new(0);
	char *folder = new_folder(arena), *path = arena_printf(arena, "%s/log", folder), big[3 * SERVICE_LOG_LINE_MOST];
	struct run_log *log;
	struct bytes b;
	size_t lines = 0;

	loop = loop_new();
	CHECK_OK(run_log_open(loop, path, BYTES_OF_FILE, NULL, NULL, &log, &err_));
	int fd = run_log_pipe(log, NULL);
	memset(big, 'x', sizeof big);
	assert_int_equal(write(fd, big, sizeof big), sizeof big);
	assert_int_equal(write(fd, "\n\nlast words", 12), 12);
	close(fd);
	run_log_close(log);
	loop_free(loop);
	CHECK_OK(file_read(arena, AT_FDCWD, path, BYTES_OF_FILE, &b, &err_));
	for (size_t i = 0; i < b.n; i++)
		lines += b.p[i] == '\n';
	assert_int_equal(lines, 5); /* 4,095 bytes three times, 3 more, and the unfinished one */
	assert_true(b.n > 11 && memcmp(b.p + b.n - 11, "last words\n", 11) == 0);
	remove_folder(folder);
}

TEST(a_moved_file_is_made_again)
{
	ARENA(arena) = arena_new(0);
	char *folder = new_folder(arena), *path = arena_printf(arena, "%s/log", folder), *moved = arena_printf(arena, "%s/moved", folder);
	struct run_log *log;
	struct bytes b;

	loop = loop_new();
	CHECK_OK(run_log_open(loop, path, BYTES_OF_FILE, NULL, NULL, &log, &err_));
	int fd = run_log_pipe(log, NULL);
	assert_int_equal(write(fd, "one\n", 4), 4);
	run_log_drain(log);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(write(fd, "two\n", 4), 4);
	run_log_drain(log);
	run_log_reopen(log);
	assert_int_equal(write(fd, "three\n", 6), 6);
	close(fd);
	run_log_close(log);
	loop_free(loop);
	CHECK_OK(file_read(arena, AT_FDCWD, moved, 100, &b, &err_));
	assert_string_equal((const char *)b.p, "one\ntwo\n");
	CHECK_OK(file_read(arena, AT_FDCWD, path, 100, &b, &err_));
	assert_string_equal((const char *)b.p, "three\n");
	remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_lost_or_torn_over_many_files),
		cmocka_unit_test(long_and_unfinished_lines_are_ended),
		cmocka_unit_test(a_moved_file_is_made_again),
	};
	return RUN_TESTS(tests);
}
