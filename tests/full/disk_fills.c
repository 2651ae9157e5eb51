/* 満杯のディスク — the disk under each daemon's folder fills and empties at random moments, for real (a small file system of its own, ENOSPC), while
 * people work. Nothing that was acknowledged is lost, what cannot be done is answered with FULL (and webd shows its sentence), and everything goes
 * on by itself when there is room again: no daemon is started anew. Needs root, for its own mount namespace; skipped with a line otherwise.
 *   disk_fills BUILD-FOLDER */
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "evidence/statement.h"
#include "evidence/tlog_read.h"
#include "people/factor_store.h"
#include "store/client.h"
#include "support/http_client.h"
#include "support/passage_people.h"
#include "support/sanitizer_stand_in.h"
#include "transfer/spool.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, ACTS = 60, PHASE_MICROSECONDS = 15000, PATIENCE_MILLISECONDS = 60000, DISK_MOST = 512 << 20 };
static struct ground g;
static const char *programs;
static uint8_t sender[AUTH_TOKEN], addressee[AUTH_TOKEN], chief[AUTH_TOKEN];

/* ---- a disk that fills ---- */

static void mount_small(const char *folder, const char *size)
{
	ARENA(a) = arena_new(0);
	const char *at = arena_printf(a, "%s/%s", g.home, folder);

	must(rename(at, arena_printf(a, "%s.before", at)) == 0 && mkdir(at, 0700) == 0);
	must(mount("tmpfs", at, "tmpfs", 0, arena_printf(a, "size=%s,mode=0700", size)) == 0);
	must(system(arena_printf(a, "cp -a %s.before/. %s/ && rm -r %s.before", at, at, at)) == 0);
}

/* Leaves so many bytes free, as far as others let it (UINT64_MAX: all). Never on a disk that is not ours: the real one would be full for everybody. */
static void leave(const char *folder, uint64_t bytes)
{
	ARENA(a) = arena_new(0);
	FD(at) = openat(g.home_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs where;
	if (at < 0 || fstatfs(at, &where) != 0 || where.f_type != TMPFS_MAGIC || (uint64_t)where.f_blocks * (uint64_t)where.f_bsize > DISK_MOST) {
		fprintf(stderr, "%s is no small disk of its own: not filled\n", folder);
		exit(1);
	}
	FD(ballast) = openat(g.home_fd, arena_printf(a, "%s/ballast", folder), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct statvfs disk;

	must(ballast >= 0 && ftruncate(ballast, 0) == 0);
	for (int i = 0; bytes != UINT64_MAX && i < 100; i++) {
		struct stat st;
		must(fstatvfs(ballast, &disk) == 0 && fstat(ballast, &st) == 0);
		uint64_t free = (uint64_t)disk.f_bavail * disk.f_frsize;
		if (free <= bytes || (fallocate(ballast, 0, st.st_size, (off_t)(free - bytes)) != 0 && errno != ENOSPC && errno != EINTR))
			return;
	}
}

static pid_t filler; /* 0 none */

static void fill_and_empty(const char *folder, uint64_t most)
{
	filler = fork();
	must(filler >= 0);
	if (filler > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned seed = 7;;) {
		leave(folder, (uint64_t)rand_r(&seed) % (most >> rand_r(&seed) % 8));
		usleep((unsigned)rand_r(&seed) % PHASE_MICROSECONDS);
		leave(folder, UINT64_MAX);
		usleep(PHASE_MICROSECONDS + (unsigned)rand_r(&seed) % (8 * PHASE_MICROSECONDS)); /* long enough for something to be done */
	}
}

static void end_filler(void)
{
	if (filler <= 0)
		return;
	kill(filler, SIGKILL);
	must(waitpid(filler, NULL, 0) == filler);
	filler = 0;
}

static void end_filling(const char *folder)
{
	end_filler();
	leave(folder, UINT64_MAX);
}

static int test_end(void **state)
{
	static const char *const folders[] = { "records", "auth", "spool", "evidence" };

	(void)state;
	end_filler();
	for (size_t i = 0; i < COUNT(folders); i++)
		leave(folders[i], UINT64_MAX);
	return 0;
}

static void everyone_lives(void)
{
	static const char *const names[] = { "recordd", "authd", "transferd", "evidenced", "webd-office", "webd-internet" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!daemon_runs(&g, names[i])) {
			print_error("%s has died\n", names[i]);
			assert_true(false);
		}
}

struct tally {
	unsigned done, full, other;
};
static void count(struct tally *t, int result, const struct err *err, const char *what)
{
	if (result == 0) {
		t->done++;
	} else if (err->code == ERR_FULL) {
		t->full++;
	} else {
		t->other++;
		print_error("%s: %s (%s)\n", what, err->say, err_name(err->code));
	}
}

static void came_to_both(const struct tally *t, const char *what)
{
	print_message("%s: %u done, %u answered FULL, %u otherwise\n", what, t->done, t->full, t->other);
	assert_int_equal(t->other, 0);
	assert_true(t->done > 0 && t->full > 0);
}

static int64_t asked_of_store(const char *sql)
{
	char path[128];
	sqlite3 *db;
	sqlite3_stmt *q;
	snprintf(path, sizeof path, "%s/records/records.db", g.home);
	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	must(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

/* What webd answers to a hand-in. */
static void web_hand_in(struct arena *a, struct http_answer *out)
{
	char csrf[65];
	struct buf b = buf_in(a, 0);
	const char *const fields[][2] = { { "csrf", csrf }, { "addressee", ADDRESSEE }, { "purpose", "夏まつりの資料" } };

	CHECK_OK(http_csrf(&g, "webd-internet", "/hand-in", sender, csrf, &err_));
	for (size_t i = 0; i < COUNT(fields); i++)
		buf_str(&b, arena_printf(a, "--himo\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", fields[i][0], fields[i][1]));
	buf_str(&b, "--himo\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--himo--\r\n");
	CHECK_OK(http_ask(&g, "webd-internet", "POST", "/hand-in", sender, "multipart/form-data; boundary=himo", buf_view(&b), a, out, &err_));
}

static void web_says_full(const char *where)
{
	ARENA(a) = arena_new(0);
	struct http_answer got;

	web_hand_in(a, &got);
	if (got.status != 507 || !memmem(got.body.p, got.body.n, err_japanese(ERR_FULL), strlen(err_japanese(ERR_FULL)))) {
		print_error("%s full: webd answered %u\n%.*s\n", where, got.status, (int)got.body.n, (const char *)got.body.p);
		assert_true(false);
	}
}

/* By itself, as soon as it has been seen that there is room again. */
static void web_accepts(void)
{
	struct http_answer got = { 0 };

	for (int64_t until = clock_milliseconds() + PATIENCE_MILLISECONDS; got.status != 303 && clock_milliseconds() < until; usleep(200000)) {
		ARENA(a) = arena_new(0);
		web_hand_in(a, &got);
	}
	assert_int_equal(got.status, 303);
}

/* ---- one daemon after the other ---- */

TEST(recordd_on_a_full_disk_loses_nothing)
{
	struct tally tally = { 0 };
	uint8_t done[ACTS] = { 0 };
	FD(recordd) = people_connect(&g.operator, "recordd");
	fill_and_empty("records", 64 * 1024);
	for (unsigned i = 0; i < ACTS || (!tally.full && i < 4 * ACTS); i++) {
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		const char *code = arena_printf(a, "u%u", i);
		int result = store_call_unit_add(recordd, a, &(struct store_unit_add){ { code, strlen(code) }, TEXT("満杯の課"), TEXT("") }, NULL, &err);
		count(&tally, result, &err, "adding a unit");
		if (i < ACTS)
			done[i] = result == 0;
		usleep(1000);
	}
	end_filling("records");
	came_to_both(&tally, "recordd");
	for (unsigned i = 0; i < ACTS; i++) {
		ARENA(a) = arena_new(0);
		if (done[i])
			assert_int_equal(asked_of_store(arena_printf(a, "SELECT count(*) FROM unit WHERE code = 'u%u'", i)), 1);
	}
	assert_int_equal(asked_of_store("SELECT count(*) FROM journal"), asked_of_store("SELECT max(no) FROM journal"));
	assert_int_equal(asked_of_store("SELECT count(*) FROM unit WHERE code LIKE 'u%'"),
			 asked_of_store("SELECT count(*) FROM journal WHERE event = 'unit.added' AND object LIKE 'unit:u%'"));
	leave("records", 0);
	for (unsigned i = 0; i < 5000; i++) { /* what the write-ahead log had room for is used up first */
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		const char *code = arena_printf(a, "f%u", i);
		if (store_call_unit_add(recordd, a, &(struct store_unit_add){ { code, strlen(code) }, TEXT("満杯の課"), TEXT("") }, NULL, &err) != 0)
			break;
	}
	web_says_full("records");
	leave("records", UINT64_MAX);
	web_accepts();
	everyone_lives();
}

TEST(transferd_on_a_full_disk_loses_nothing)
{
	ARENA(a) = arena_new(0);
	struct tally tally = { 0 };
	struct { uint64_t ticket; size_t n; } accepted[ACTS];
	unsigned seed = 3;
	fill_and_empty("spool", 256 * 1024);
	for (unsigned i = 0; i < ACTS || (!tally.full && i < 4 * ACTS); i++) {
		struct err err = { 0 };
		size_t n = 1 + (size_t)rand_r(&seed) % 300000;
		uint64_t ticket;
		int result = people_hand_in(&g, sender, ADDRESSEE, n, &ticket, &err);
		if (result == 0 && tally.done < ACTS)
			accepted[tally.done].ticket = ticket, accepted[tally.done].n = n;
		count(&tally, result, &err, "handing in");
		if (tally.done == ACTS)
			break;
		if (result != 0)
			usleep(PHASE_MICROSECONDS);
	}
	end_filler();
	leave("spool", 0);
	struct err err = { 0 };
	uint64_t ticket;
	int result = people_hand_in(&g, sender, ADDRESSEE, 300000, &ticket, &err); /* fortune may have let all the others through */
	count(&tally, result, &err, "handing in with no room");
	assert_int_equal(result, -1);
	web_says_full("spool");
	end_filling("spool");
	came_to_both(&tally, "transferd");
	web_accepts();
	for (unsigned i = 0; i < tally.done; i++) {
		struct store_ticket t;
		people_wait_judged(&g, accepted[i].ticket, a, &t);
		assert_int_equal(t.bytes, accepted[i].n);
		assert_int_equal(t.verdict, VERDICT_CLEAN); /* an output that found no room is made again, not refused */
	}
	assert_int_equal(asked_of_store("SELECT count(*) FROM ticket WHERE verdict <> 1"), 0);
	everyone_lives();
}

static bool is_under_way(const struct err *err)
{
	return err->code == ERR_BUSY;
}

TEST(evidenced_on_a_full_disk_seals_everything_later)
{
	ARENA(a) = arena_new(0);
	unsigned answered = 0, busy = 0;
	FD(recordd) = people_connect(&g.office, "recordd");
	FD(authd) = people_connect(&g.office, "authd");
	FD(operator) = people_connect(&g.operator, "recordd");
	fill_and_empty("evidence", 32 * 1024);
	for (unsigned i = 0; i < ACTS; i++) {
		const char *code = arena_printf(a, "e%u", i);
		CHECK_OK(store_call_unit_add(operator, a, &(struct store_unit_add){ { code, strlen(code) }, TEXT("証跡の課"), TEXT("") }, NULL, &err_));
		usleep(10000);
	}
	/* With no room at all an approval is not answered until it is sealed: it may be asked again, and is done once. */
	end_filler();
	leave("evidence", 0);
	uint64_t ticket;
	struct store_ticket t;
	struct auth_approval approval;
	CHECK_OK(people_hand_in(&g, sender, ADDRESSEE, 100, &ticket, &err_));
	people_wait_judged(&g, ticket, a, &t);
	CHECK_OK(auth_approve(authd, chief, fresh_code(CHIEF), TEXT(STATEMENT_APPROVE), TEXT("確認した"), (const uint8_t(*)[32])t.object.p, 1, a, &approval, &err_));
	assert_int_equal(approval.status, AUTH_IN);
	struct store_ticket_decide decide = { bytes_of(chief, AUTH_TOKEN), approval.statement, bytes_of(approval.signature, 64) };
	for (int64_t until = clock_milliseconds() + PATIENCE_MILLISECONDS; !answered && clock_milliseconds() < until;) {
		struct err err = { 0 };
		if (store_call_ticket_decide(recordd, a, &decide, NULL, &err) == 0) {
			answered++;
		} else {
			assert_true(is_under_way(&err));
			if (busy++ == 0)
				end_filling("evidence");
		}
	}
	print_message("evidenced: the approval was answered after %u times BUSY\n", busy);
	assert_true(answered == 1 && busy >= 1);
	struct transfer_file file;
	CHECK_OK(people_fetch(&g, addressee, ticket, a, &file, &err_));
	close(file.fd);
	/* every row of the store comes under a checkpoint, by itself */
	FD(log) = openat(g.home_fd, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t rows = 0, until = clock_milliseconds() + PATIENCE_MILLISECONDS;
	struct checkpoint now = { .size = 0 };
	struct note note;
	do {
		usleep(50000);
		rows = asked_of_store("SELECT count(*) FROM journal");
		CHECK_OK(tlog_read_checkpoint(a, log, NULL, &note, &now, &err_));
	} while ((int64_t)now.size < rows && clock_milliseconds() < until);
	assert_int_equal(now.size, rows);
	everyone_lives();
}

TEST(authd_on_a_full_disk_loses_nothing)
{
	struct tally tally = { 0 };
	uint8_t done[ACTS] = { 0 };
	FD(authd) = people_connect(&g.operator, "authd");
	fill_and_empty("auth", 32 * 1024);
	for (unsigned i = 0; (i < 30 || !tally.full || !tally.done) && i < ACTS; i++) {
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		const char *number = arena_printf(a, "n%u", i), *password = arena_printf(a, "ashita no tenki wa %u", 1000 + i);
		int result = auth_set_password(authd, (struct text){ number, strlen(number) }, (struct text){ password, strlen(password) }, false, false, &err);
		count(&tally, result, &err, "setting a password");
		done[i] = result == 0;
	}
	end_filler();
	leave("auth", 0);
	struct auth_outcome out;
	struct err err = { 0 };
	FD(web) = people_connect(&g.internet, "authd");
	int result = auth_sign_in(web, FACE_INTERNET, TEXT(STRANGER), TEXT(PASSWORD), fresh_code(STRANGER), TEXT("192.0.2.9"), &out, &err);
	assert_true(result == -1 && err.code == ERR_FULL); /* its code could not be noted as used: not let in */
	end_filling("auth");
	came_to_both(&tally, "authd");
	uint8_t token[AUTH_TOKEN];
	people_sign_in(&g, FACE_INTERNET, STRANGER, token);
	everyone_lives();
	daemon_kill(&g, "authd", SIGTERM);
	struct factor_store *store;
	char path[128];
	snprintf(path, sizeof path, "%s/auth/auth.db", g.home);
	CHECK_OK(factor_store_open(path, false, &store, &err_));
	for (unsigned i = 0; i < ACTS; i++) {
		ARENA(a) = arena_new(0);
		const char *number = arena_printf(a, "n%u", i), *password = arena_printf(a, "ashita no tenki wa %u", 1000 + i);
		struct factor_row row;
		bool found = false;
		if (!done[i])
			continue;
		CHECK_OK(factor_store_get(store, (struct text){ number, strlen(number) }, &row, &found, &err_));
		assert_true(found && password_fits((struct text){ password, strlen(password) }, row.password));
	}
	factor_store_close(store);
}

static int begin(void **state)
{
	(void)state;
	ground_make(&g, programs);
	mount_small("records", "160m"); /* of which recordd keeps 64 MB free */
	mount_small("auth", "8m");
	mount_small("spool", "480m"); /* of which transferd keeps 256 MB free */
	mount_small("evidence", "8m");
	static const char *const names[] = { "recordd", "evidenced", "authd", "transferd", "webd-internet", "webd-office" };
	for (size_t i = 0; i < COUNT(names); i++)
		daemon_start(&g, names[i]);
	stand_in_start(&g, STAND_IN_CLEAN);
	people_make(&g, 8);
	people_sign_in(&g, FACE_INTERNET, SENDER, sender);
	people_sign_in(&g, FACE_OFFICE, ADDRESSEE, addressee);
	people_sign_in(&g, FACE_OFFICE, CHIEF, chief);
	return 0;
}

static int end(void **state)
{
	static const char *const folders[] = { "records", "auth", "spool", "evidence" };

	(void)state;
	end_filler();
	for (size_t i = 0; i < g.count; i++)
		daemon_kill(&g, g.daemons[i].name, SIGTERM);
	for (size_t i = 0; i < COUNT(folders); i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/%s", g.home, folders[i]);
		umount2(path, MNT_DETACH);
	}
	ground_remove(&g);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(recordd_on_a_full_disk_loses_nothing, test_end),
		cmocka_unit_test_teardown(transferd_on_a_full_disk_loses_nothing, test_end),
		cmocka_unit_test_teardown(evidenced_on_a_full_disk_seals_everything_later, test_end),
		cmocka_unit_test_teardown(authd_on_a_full_disk_loses_nothing, test_end),
	};
	if (argc != 2) {
		fprintf(stderr, "usage: disk_fills BUILD-FOLDER\n");
		return 2;
	}
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		printf("skipped: a small disk of its own needs root and a mount namespace\n");
		return SKIPPED;
	}
	signal(SIGPIPE, SIG_IGN);
	programs = argv[1];
	return cmocka_run_group_tests(tests, begin, end);
}
