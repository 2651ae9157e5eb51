/* 無害化の仲立ち — tests against the real jail programs, which lie one folder above this test: kills, budgets, many trees at once. */
#include "base/check.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "sanitize/broker.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 40 };

static struct loop *loop;
static struct broker *broker;
static unsigned awaited, delivered, refused[REFUSAL_COUNT];
static char last_output[4096];
static size_t last_bytes;

static void done(void *self, struct broker_result *r)
{
	(void)self;
	if (r->output >= 0) {
		ssize_t n = pread(r->output, last_output, sizeof last_output, 0);
		last_bytes = n > 0 ? (size_t)n : 0;
		assert_true(fcntl(r->output, F_GET_SEALS) & F_SEAL_WRITE);
		delivered++;
	} else {
		refused[r->report->refusal]++;
	}
	if (--awaited == 0)
		loop_stop(loop);
}

static const char *programs(void)
{
	static char folder[1024];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);

	assert_true(n > 0);
	folder[n] = 0;
	*strrchr(folder, '/') = 0;
	*strrchr(folder, '/') = 0;
	return folder;
}

static void open_broker(unsigned slots, const struct limits *limits)
{
	struct broker_options o = { .slots = slots, .folder = programs(), .limits = limits ? *limits : limits_usual() };

	loop = loop_new();
	broker = broker_new(loop, &o);
	awaited = delivered = 0;
	memset(refused, 0, sizeof refused);
}

static void close_broker(void)
{
	broker_free(broker);
	loop_free(loop);
}

static void hand_in(struct bytes content, const char *name)
{
	int fd = memfd_of("in", content, true, NULL);
	const struct broker_request r = { .input = fd, .name = bytes_of(name, strlen(name)), .charset = -1 };

	awaited++;
	CHECK_OK(broker_submit(broker, &r, done, NULL, &err_));
	close(fd);
}

static void run(void) { CHECK_OK(loop_run(loop, &err_)); }

/* Children of this process: the zygotes' first halves. */
static unsigned kill_zygotes(void)
{
	DIR *proc = opendir("/proc");
	unsigned killed = 0;

	for (struct dirent *e; (e = readdir(proc));) {
		char path[300], line[512] = "";
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		int fd = open(path, O_RDONLY);
		if (fd < 0 || read(fd, line, sizeof line - 1) <= 0 || !strrchr(line, ')')) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		close(fd);
		int parent = (int)strtol(strrchr(line, ')') + 4, NULL, 10);
		if (parent == getpid() && kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL) == 0)
			killed++;
	}
	closedir(proc);
	return killed;
}

TEST(a_text_is_rebuilt_verified_and_sealed)
{
	open_broker(1, NULL);
	hand_in(BYTES("hello\a\n"), "a.txt");
	run();
	assert_int_equal(delivered, 1);
	assert_memory_equal(last_output, "hello\n", 6);
	assert_int_equal(last_bytes, 6);
	close_broker();
}

TEST(many_trees_share_few_slots)
{
	open_broker(2, NULL);
	for (int i = 0; i < MANY; i++)
		hand_in(i % 4 ? BYTES("hello\n") : BYTES("<html>"), "a.txt");
	run();
	assert_int_equal(delivered, MANY - MANY / 4);
	assert_int_equal(refused[REFUSAL_ACTIVE_TEXT], MANY / 4);
	close_broker();
}

static void kill_now(void *self)
{
	*(unsigned *)self = kill_zygotes();
}

TEST(killed_zygotes_refuse_their_jobs_and_are_started_anew)
{
	unsigned killed = 0;

	open_broker(2, NULL);
	hand_in(BYTES("first\n"), "a.txt");
	run();
	assert_int_equal(delivered, 1);
	for (int i = 0; i < MANY; i++)
		hand_in(BYTES("hello\n"), "a.txt");
	loop_after(loop, 5, kill_now, &killed);
	run();
	assert_true(killed >= 1);
	assert_true(delivered + refused[REFUSAL_WORKER_DIED] + refused[REFUSAL_NOT_VERIFIED] == MANY + 1);
	assert_true(refused[REFUSAL_WORKER_DIED] + refused[REFUSAL_NOT_VERIFIED] <= 6); /* those at work: two trees, and what their next steps met */
	hand_in(BYTES("again\n"), "a.txt");
	run();
	assert_memory_equal(last_output, "again\n", 6);
	close_broker();
}

TEST(the_limit_of_size_refuses)
{
	struct limits l = limits_usual();

	l.most[LIMIT_FILE_BYTES] = 10;
	open_broker(1, &l);
	hand_in(BYTES("hello hello\n"), "a.txt");
	run();
	assert_int_equal(refused[REFUSAL_TOO_LARGE], 1);
	close_broker();
}

TEST(the_limit_of_time_ends_a_tree)
{
	struct limits l = limits_usual();

	l.most[LIMIT_TREE_SECONDS] = 0;
	open_broker(1, &l);
	hand_in(BYTES("hello\n"), "a.txt");
	run();
	assert_int_equal(delivered, 0);
	assert_int_equal(refused[REFUSAL_TIME], 1);
	close_broker();
}

TEST(the_limit_of_jobs_ends_a_tree)
{
	struct limits l = limits_usual();

	l.most[LIMIT_JOBS] = 2;
	open_broker(1, &l);
	hand_in(BYTES("hello\n"), "a.txt");
	run();
	assert_int_equal(refused[REFUSAL_TOO_MANY_PARTS], 1);
	close_broker();
}

TEST(missing_programs_refuse)
{
	struct broker_options o = { .slots = 1, .folder = "/nonexistent", .limits = limits_usual() };

	loop = loop_new();
	broker = broker_new(loop, &o);
	delivered = awaited = 0;
	memset(refused, 0, sizeof refused);
	hand_in(BYTES("hello\n"), "a.txt");
	run();
	assert_int_equal(refused[REFUSAL_WORKER_DIED], 1);
	close_broker();
}

TEST(a_killed_broker_leaves_no_process_behind)
{
	int report[2], status;
	char buffer[16];

	assert_int_equal(pipe(report), 0);
	pid_t child = fork();
	if (child == 0) { /* every process of the jail inherits nothing of the pipe but through this one's own end */
		close(report[0]);
		open_broker(2, NULL);
		broker_warm(broker);
		hand_in(BYTES("hello\n"), "a.txt");
		run();
		if (write(report[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(report[1]);
	assert_int_equal(read(report[0], buffer, 1), 1);
	unsigned before = 0, after = 1;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", child, child);
	int fd = open(path, O_RDONLY);
	char line[512] = "";
	pid_t zygotes[16];
	if (fd >= 0 && read(fd, line, sizeof line - 1) > 0)
		for (char *p = line; *p && before < COUNT(zygotes);) {
			zygotes[before++] = (pid_t)strtol(p, &p, 10);
			while (*p == ' ')
				p++;
		}
	assert_true(before >= 3);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	for (int tries = 0; tries < 200 && after; tries++) {
		after = 0;
		for (unsigned i = 0; i < before; i++) {
			snprintf(path, sizeof path, "/proc/%d/exe", zygotes[i]);
			after += readlink(path, buffer, sizeof buffer) > 0;
		}
		usleep(10000);
	}
	assert_int_equal(after, 0);
	close(fd), close(report[0]);
}

TEST(all_walls_that_the_kernel_has_stand)
{
	open_broker(1, NULL);
	hand_in(BYTES("hello\n"), "a.txt");
	run();
	unsigned have = broker_walls(broker, NULL), offered = sandbox_walls(NULL);
#ifdef SEKISHO_ASAN
	offered &= ~(unsigned)WALL_SECCOMP;
#endif
	assert_int_equal(have & offered, offered);
	close_broker();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_rebuilt_verified_and_sealed),
		cmocka_unit_test(many_trees_share_few_slots),
		cmocka_unit_test(killed_zygotes_refuse_their_jobs_and_are_started_anew),
		cmocka_unit_test(the_limit_of_size_refuses),
		cmocka_unit_test(the_limit_of_time_ends_a_tree),
		cmocka_unit_test(the_limit_of_jobs_ends_a_tree),
		cmocka_unit_test(missing_programs_refuse),
		cmocka_unit_test(a_killed_broker_leaves_no_process_behind),
		cmocka_unit_test(all_walls_that_the_kernel_has_stand),
	};
	return RUN_TESTS(tests);
}
