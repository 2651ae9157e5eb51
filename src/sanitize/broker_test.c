/* 無害化の仲立ち — tests against the real jail programs, which lie one folder above this test: kills, budgets, many trees at once. */
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "sanitize/broker.h"
#include "sanitize/converter.h"
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 40 };

/* An archive with one text, a.txt. */
#define ARCHIVE \
	BYTES("PK\3\4\024\0\0\0\0\0\0\0!\134 0:6\6\0\0\0\6\0\0\0\5\0\0\0a.txthello\nPK\1\2\024\3\024\0\0\0\0\0\0\0!\134 0:6\6\0\0\0\6\0\0\0\5\0\0\0" \
	      "\0\0\0\0\0\0\0\0\200\1\0\0\0\0a.txtPK\5\6\0\0\0\0\1\0\1\0003\0\0\0)\0\0\0\0\0")
#define DAMAGED_PICTURE BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")

static struct loop *loop;
static struct broker *broker;
static unsigned awaited, delivered, refused[REFUSAL_COUNT];
static char last_output[4096];
static size_t last_bytes;
static unsigned last_jobs, last_jails;

static void done(void *self, struct broker_result *r)
{
	(void)self;
	last_jobs = r->report->jobs, last_jails = r->report->jails;
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

/* Sends the signal to children of the parent by name (NULL: all). The children of this process are the zygotes' first halves. */
static unsigned signal_children(pid_t of, const char *name, int what, pid_t *last)
{
	DIR *proc = opendir("/proc");
	unsigned sent = 0;

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
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (parent != of || (name && strncmp(strchr(line, '(') + 1, name, strlen(name)) != 0) || kill(pid, what) != 0)
			continue;
		sent++;
		if (last)
			*last = pid;
	}
	closedir(proc);
	return sent;
}

static unsigned kill_zygotes(void) { return signal_children(getpid(), NULL, SIGKILL, NULL); }

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

TEST(a_wrong_guess_costs_a_jail_and_nothing_else)
{
	open_broker(1, NULL);
	hand_in(ARCHIVE, "a.zip");
	run();
	assert_int_equal(delivered, 1);
	assert_int_equal(last_jobs, 2);
	assert_int_equal(last_jails, 4); /* archive and text, and their verifiers */
	hand_in(ARCHIVE, "a"); /* without a name it is first taken for an office document */
	run();
	assert_int_equal(delivered, 2);
	assert_int_equal(last_jobs, 2);
	assert_int_equal(last_jails, 5);
	hand_in(BYTES("plain\n"), "a.png"); /* and a name that lies is put right by the jail, whichever it was */
	hand_in(DAMAGED_PICTURE, "a.txt");
	run();
	assert_int_equal(delivered, 3);
	assert_int_equal(refused[REFUSAL_DAMAGED], 1);
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

/* Ends number 1 of each, and waits until it is gone: what is sent to a dying one is lost with it. */
static unsigned end_zygotes(void)
{
	static const char *const names[] = { "worker-text", "worker-archive", "verifier" };
	unsigned ended = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		siginfo_t how;
		pid_t half = 0;
		if (signal_children(getpid(), names[i], 0, &half) == 1 && signal_children(half, NULL, SIGKILL, NULL) == 1)
			ended += waitid(P_PID, (id_t)half, &how, WEXITED | WNOWAIT) == 0;
	}
	return ended;
}

TEST(zygotes_killed_between_jobs_cost_no_file)
{
	open_broker(2, NULL);
	for (int i = 0; i < 3; i++) {
		hand_in(ARCHIVE, "a.zip");
		hand_in(BYTES("hello\n"), "a.txt");
		run();
		assert_int_equal(end_zygotes(), 3);
	}
	assert_int_equal(delivered, 6);
	close_broker();
}

static void kill_texts_at_the_end(void *self)
{
	if (awaited == 1)
		assert_int_equal(signal_children(getpid(), "worker-text", SIGKILL, NULL), 1);
	else
		loop_after(loop, 5, kill_texts_at_the_end, self);
}

/* The text jail stands still, so that an archive waits for its member; pictures go on beside it; then the zygote of texts dies. */
TEST(a_dead_zygote_takes_only_its_own_jobs_along)
{
	pid_t half = 0, one = 0;

	open_broker(2, NULL);
	hand_in(BYTES("first\n"), "a.txt");
	run();
	assert_int_equal(signal_children(getpid(), "worker-text", 0, &half), 1);
	assert_int_equal(signal_children(half, NULL, SIGSTOP, &one), 1);
	hand_in(ARCHIVE, "a.zip");
	for (int i = 0; i < MANY; i++)
		hand_in(DAMAGED_PICTURE, "a.png");
	loop_after(loop, 5, kill_texts_at_the_end, NULL);
	run();
	assert_int_equal(refused[REFUSAL_DAMAGED], MANY);
	assert_int_equal(refused[REFUSAL_WORKER_DIED], 1); /* the archive: its member had the dead jail; it heard so and ended well, unjudged */
	hand_in(ARCHIVE, "a.zip");
	run();
	assert_int_equal(delivered, 2);
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

	l.most[LIMIT_JOBS] = 1;
	open_broker(1, &l);
	hand_in(BYTES("hello\n"), "a.txt");
	run();
	assert_int_equal(refused[REFUSAL_TOO_MANY_PARTS], 1);
	close_broker();
}

/* An archive with so many times the same file inside. */
static struct bytes archive_of(struct arena *arena, struct bytes content, unsigned count)
{
	struct buf out = buf_in(arena, 0), directory = buf_in(arena, 0);
	uint32_t crc = libdeflate_crc32(0, content.p, content.n), n = (uint32_t)content.n;

	for (unsigned i = 0; i < count; i++) {
		struct buf head = buf_in(arena, 0); /* what both places say */
		char name[16];
		snprintf(name, sizeof name, "%05u.zip", i);
		buf_u16le(&head, 20), buf_u16le(&head, 0), buf_u16le(&head, 0), buf_u32le(&head, 0);
		buf_u32le(&head, crc), buf_u32le(&head, n), buf_u32le(&head, n), buf_u16le(&head, (uint16_t)strlen(name)), buf_u16le(&head, 0);
		buf_u32le(&directory, 0x02014b50), buf_u16le(&directory, 20), buf_bytes(&directory, buf_view(&head));
		buf_u16le(&directory, 0), buf_u16le(&directory, 0), buf_u16le(&directory, 0), buf_u32le(&directory, 0), buf_u32le(&directory, (uint32_t)out.n);
		buf_str(&directory, name);
		buf_u32le(&out, 0x04034b50), buf_bytes(&out, buf_view(&head)), buf_str(&out, name), buf_bytes(&out, content);
	}
	uint32_t at = (uint32_t)out.n;
	buf_bytes(&out, buf_view(&directory));
	buf_u32le(&out, 0x06054b50), buf_u32le(&out, 0), buf_u16le(&out, (uint16_t)count), buf_u16le(&out, (uint16_t)count);
	buf_u32le(&out, (uint32_t)directory.n), buf_u32le(&out, at), buf_u16le(&out, 0);
	return buf_view(&out);
}

/* However many archives lie in one, few of them wait for what is inside of them: each is ended before the next is begun. */
TEST(archives_beside_each_other_do_not_all_wait_at_once)
{
	struct limits l = limits_usual();
	ARENA(arena) = arena_new(0);

	l.most[LIMIT_WAITING] = 4; /* the whole, and one for each slot and the next */
	open_broker(2, &l);
	hand_in(archive_of(arena, ARCHIVE, 40), "a.zip");
	run();
	assert_int_equal(refused[REFUSAL_TOO_MANY_PARTS], 0);
	assert_int_equal(delivered, 1);
	close_broker();
}

TEST(the_limit_of_jobs_that_wait_ends_a_tree)
{
	struct limits l = limits_usual();
	ARENA(arena) = arena_new(0);

	l.most[LIMIT_WAITING] = 2;
	open_broker(2, &l);
	hand_in(archive_of(arena, archive_of(arena, ARCHIVE, 1), 1), "a.zip");
	run();
	assert_int_equal(refused[REFUSAL_TOO_MANY_PARTS], 1);
	hand_in(archive_of(arena, ARCHIVE, 1), "a.zip");
	run();
	assert_int_equal(delivered, 1);
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

/* Policy wants clamd's word, and nobody listens. */
static unsigned unjudged;
static bool noted;

static void judged(void *self, struct broker_result *r)
{
	(void)self;
	unjudged += r->unjudged;
	noted = false;
	for (const struct report_note *n = r->report->notes; n; n = n->next)
		noted |= text_is(n->id, "SCANNER_ABSENT");
	assert_true(!r->unjudged || r->output < 0);
	delivered += r->output >= 0;
	if (--awaited == 0)
		loop_stop(loop);
}

TEST(without_a_second_opinion_that_is_required_nothing_is_judged)
{
	struct broker_options o = { .slots = 1, .folder = programs(), .limits = limits_usual(), .clamd = "/nowhere/clamd" };
	int fd = memfd_of("in", BYTES("text\n"), true, NULL);

	loop = loop_new();
	broker = broker_new(loop, &o);
	for (unsigned scan = SCAN_ASKED; scan <= SCAN_REQUIRED; scan++) {
		const struct broker_request r = { .input = fd, .name = BYTES("a.txt"), .charset = -1, .rules = { .scan = (uint8_t)scan } };
		awaited = 1, delivered = unjudged = 0;
		CHECK_OK(broker_submit(broker, &r, judged, NULL, &err_));
		CHECK_OK(loop_run(loop, &err_));
		assert_int_equal(delivered, scan == SCAN_ASKED);
		assert_int_equal(unjudged, scan == SCAN_REQUIRED);
		assert_int_equal(noted, scan == SCAN_ASKED);
	}
	close(fd);
	close_broker();
}

/* A page of 200 by 100 points with a bar across it, and a script that no renderer runs. */
#define PAGE_PDF \
	BYTES("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
	      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>endobj\n4 0 obj<</Length 22>>stream\n1 0 0 rg 0 40 200 20 re f\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

static void picture_of(struct bytes content, const char *format)
{
	int fd = memfd_of("in", content, true, NULL);
	const struct broker_request r = { .input = fd, .name = BYTES(""), .charset = -1, .pictured = format_by_name(format) };

	awaited++;
	CHECK_OK(broker_submit(broker, &r, done, NULL, &err_));
	close(fd);
}

TEST(a_first_page_becomes_a_picture_of_named_size_and_nothing_else)
{
	struct limits limits = limits_usual();

	if (access(RENDERER_PROGRAM, X_OK) != 0)
		skip();
	limits.most[LIMIT_PICTURE_SIDE] = 300;
	open_broker(1, &limits);
	picture_of(PAGE_PDF, "pdf");
	run();
	assert_int_equal(delivered, 1);
	assert_memory_equal(last_output, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x2c\0\0\0\x96", 24); /* 300 by 150 */
	assert_int_equal(last_jails, 3); /* drawn, made a PNG, verified */
	picture_of(BYTES("no document at all"), "pdf");
	run();
	assert_int_equal(delivered, 1);
	assert_int_equal(refused[REFUSAL_NOT_CONVERTED], 1);
	close_broker();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_second_opinion_that_is_required_nothing_is_judged),
		cmocka_unit_test(a_text_is_rebuilt_verified_and_sealed),
		cmocka_unit_test(a_wrong_guess_costs_a_jail_and_nothing_else),
		cmocka_unit_test(many_trees_share_few_slots),
		cmocka_unit_test(zygotes_killed_between_jobs_cost_no_file),
		cmocka_unit_test(a_dead_zygote_takes_only_its_own_jobs_along),
		cmocka_unit_test(killed_zygotes_refuse_their_jobs_and_are_started_anew),
		cmocka_unit_test(the_limit_of_size_refuses),
		cmocka_unit_test(the_limit_of_time_ends_a_tree),
		cmocka_unit_test(the_limit_of_jobs_ends_a_tree),
		cmocka_unit_test(archives_beside_each_other_do_not_all_wait_at_once),
		cmocka_unit_test(the_limit_of_jobs_that_wait_ends_a_tree),
		cmocka_unit_test(missing_programs_refuse),
		cmocka_unit_test(a_killed_broker_leaves_no_process_behind),
		cmocka_unit_test(all_walls_that_the_kernel_has_stand),
		cmocka_unit_test(a_first_page_becomes_a_picture_of_named_size_and_nothing_else),
	};
	return RUN_TESTS(tests);
}
