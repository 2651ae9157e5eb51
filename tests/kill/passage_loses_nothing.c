/* 受け渡し係と認証係を殺す — kill -9 of transferd, authd, recordd and the sanitiser at random moments while files are handed in, an approved one is
 * fetched again and again, and passwords are set. Proved at the end, over all rounds: every accepted file has its ticket, its verdict, and
 * original and output in the spool, bit for bit as recorded; so has every other ticket; what was not accepted leaves nothing; no file was
 * handed out without its row in the record; every password that was acknowledged is kept.
 *   passage_loses_nothing BUILD-FOLDER ROUNDS [SEED] */
#include "base/clock.h"
#include "base/file.h"
#include "people/factor_store.h"
#include "evidence/statement.h"
#include "store/client.h"
#include "support/passage_people.h"
#include "support/sanitizer_stand_in.h"
#include "transfer/spool.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SENDERS = 3, SIZE_MOST = 300000, LIFE_MOST_MILLISECONDS = 150, PASSWORDS_MOST = 4096 };

/* Shared with the workers. */
struct shared {
	volatile bool stop;
	volatile unsigned long accepted, dropped, fetched, not_fetched, set, not_set;
	volatile bool password_set[PASSWORDS_MOST];
};
static struct shared *shared;
static struct ground g;
static uint8_t sender[AUTH_TOKEN], chief[AUTH_TOKEN], addressee[AUTH_TOKEN];
static uint64_t approved;

#define COUNT_UP(counter) __atomic_add_fetch(&(counter), 1, __ATOMIC_RELAXED)

static _Noreturn void fault(const char *what, const struct err *err)
{
	fprintf(stderr, "%s: %s (%s)\nthe ground is kept: %s\n", what, err->say, err_name(err->code), g.home);
	kill(getppid(), SIGTERM);
	exit(1);
}

/* What a caller may be told when somebody has just died. */
static bool is_death(const struct err *err)
{
	return err->code == ERR_PEER || err->code == ERR_BUSY || err->code == ERR_IO;
}

static _Noreturn void hand_in_forever(unsigned seed, int book)
{
	while (!shared->stop) {
		size_t n = (size_t)rand_r(&seed) % SIZE_MOST;
		uint64_t ticket;
		struct err err = { 0 };
		char line[64];
		if (people_hand_in(&g, sender, ADDRESSEE, n, &ticket, &err) == 0) {
			int length = snprintf(line, sizeof line, "%llu %zu\n", (unsigned long long)ticket, n);
			must(write(book, line, (size_t)length) == length);
			COUNT_UP(shared->accepted);
		} else if (is_death(&err)) {
			COUNT_UP(shared->dropped);
			usleep(2000);
		} else {
			fault("handing in", &err);
		}
	}
	exit(0);
}

static _Noreturn void fetch_forever(void)
{
	while (!shared->stop) {
		ARENA(a) = arena_new(0);
		struct err err = { 0 };
		struct transfer_file file;
		int transferd = service_connect(&g.office, "transferd", &err);
		if (transferd >= 0 && transfer_fetch(transferd, addressee, approved, a, &file, &err) == 0) {
			COUNT_UP(shared->fetched);
			close(file.fd);
		} else if (is_death(&err)) {
			COUNT_UP(shared->not_fetched);
		} else {
			fault("fetching", &err);
		}
		if (transferd >= 0)
			close(transferd);
		usleep(5000);
	}
	exit(0);
}

static const char *number_of(unsigned k, char out[32])
{
	snprintf(out, 32, "p%u", k);
	return out;
}

static const char *password_of(unsigned k, char out[32])
{
	snprintf(out, 32, "umi no oto no yoru %u", k);
	return out;
}

static _Noreturn void set_passwords_forever(void)
{
	for (unsigned k = 0; !shared->stop && k < PASSWORDS_MOST; k++) {
		char number[32], password[32];
		struct err err = { 0 };
		int authd = service_connect(&g.operator, "authd", &err);
		if (authd >= 0 && auth_set_password(authd, (struct text){ number_of(k, number), strlen(number) },
						     (struct text){ password_of(k, password), strlen(password) }, false, false, &err) == 0) {
			shared->password_set[k] = true;
			COUNT_UP(shared->set);
		} else if (is_death(&err)) {
			COUNT_UP(shared->not_set);
		} else {
			fault("setting a password", &err);
		}
		if (authd >= 0)
			close(authd);
	}
	exit(0);
}

/* ---- what must be true at the end ---- */

static unsigned faults;
static void wrong(const char *what, uint64_t ticket)
{
	fprintf(stderr, "WRONG: %s (%llu)\n", what, (unsigned long long)ticket);
	faults++;
}

static bool same_in_spool(struct spool *spool, enum spool_folder folder, uint64_t ticket, uint64_t bytes, struct bytes sha256)
{
	ARENA(a) = arena_new(0);
	char name[32];
	struct bytes note;
	struct spool_reader *r;
	FD(to) = memfd_new("x", NULL);
	bool end = false;
	uint64_t n = 0;
	uint8_t is[SHA256_BYTES] = { 0 };

	snprintf(name, sizeof name, "%llu", (unsigned long long)ticket);
	if (spool_read_begin(spool, folder, name, a, &note, &r, NULL) != 0)
		return false;
	while (!end)
		if (spool_read_step(r, to, 1 << 20, &end, NULL) != 0)
			break;
	if (end)
		spool_read_result(r, &n, is);
	spool_read_end(r);
	return end && n == bytes && bytes_equal(bytes_of(is, sizeof is), sha256);
}

static uint64_t check_tickets(struct store_reader *reader, struct spool *spool)
{
	uint64_t n = 0;

	for (;; n++) {
		ARENA(a) = arena_new(0);
		struct store_ticket t;
		struct err err = { 0 };
		if (store_read_ticket(reader, a, n + 1, &t, &err) != 0) {
			if (err.code != ERR_NOT_FOUND)
				fault("reading the store", &err);
			return n;
		}
		if (t.verdict != VERDICT_CLEAN)
			wrong("a ticket has no clean verdict", t.number);
		if (!same_in_spool(spool, SPOOL_IN, t.number, t.bytes, t.input))
			wrong("the original is not in quarantine as recorded", t.number);
		if (!same_in_spool(spool, SPOOL_OUT, t.number, t.output_bytes, t.output))
			wrong("the output is not in the spool as recorded", t.number);
	}
}

static void check_books(struct store_reader *reader, const int *books)
{
	for (int i = 0; i < SENDERS; i++) {
		ARENA(a) = arena_new(0);
		struct bytes lines;
		unsigned long long number, bytes;
		must(lseek(books[i], 0, SEEK_SET) == 0 && file_read_fd(a, books[i], 1 << 24, &lines, NULL) == 0);
		for (const char *p = (const char *)lines.p; sscanf(p, "%llu %llu", &number, &bytes) == 2; p = strchr(p, '\n') + 1) {
			struct store_ticket t;
			if (store_read_ticket(reader, a, number, &t, NULL) != 0 || t.bytes != bytes)
				wrong("an accepted file has no ticket of its size", number);
		}
	}
}

/* Every file has its ticket; those without one are gone a minute later (which is made to have passed). */
static void check_leftovers(uint64_t tickets)
{
	for (enum spool_folder folder = SPOOL_IN; folder <= SPOOL_OUT; folder++) {
		ARENA(a) = arena_new(0);
		struct spool *spool;
		struct spool_entry *files;
		size_t count, numbered = 0;
		char path[256];
		int64_t until = clock_milliseconds() + 10000;
		struct timespec old[2] = { { .tv_sec = clock_now() - 3600 }, { .tv_sec = clock_now() - 3600 } };
		must(spool_open(g.home_fd, &spool, NULL) == 0 && spool_list(spool, folder, a, &files, &count, NULL) == 0);
		for (size_t i = 0; i < count; i++) {
			snprintf(path, sizeof path, "%s/spool/%s/%s", g.home, folder == SPOOL_IN ? "in" : "out", files[i].name);
			numbered += strlen(files[i].name) < 20;
			must(utimensat(AT_FDCWD, path, old, 0) == 0);
		}
		printf("spool/%s: %zu files, %zu without ticket\n", folder == SPOOL_IN ? "in" : "out", count, count - numbered);
		daemon_start(&g, "transferd");
		do {
			usleep(50000);
			must(spool_list(spool, folder, a, &files, &count, NULL) == 0);
		} while (count != tickets && clock_milliseconds() < until);
		if (count != tickets)
			wrong("files without a ticket are left in the spool", count);
		daemon_kill(&g, "transferd", SIGTERM);
		spool_close(spool);
	}
}

static void check_passwords(void)
{
	char path[128], number[32], password[32];
	struct factor_store *store;
	struct factor_row row;
	bool found;

	snprintf(path, sizeof path, "%s/auth/auth.db", g.home);
	must(factor_store_open(path, false, &store, NULL) == 0);
	for (unsigned k = 0; k < PASSWORDS_MOST; k++) {
		struct text who = { number_of(k, number), strlen(number) }, word = { password_of(k, password), strlen(password) };
		must(factor_store_get(store, who, &row, &found, NULL) == 0);
		if (shared->password_set[k] && (!found || !password_fits(word, row.password)))
			wrong("an acknowledged password is not kept", k);
	}
	factor_store_close(store);
}

static void wait_all_judged(void)
{
	int64_t until = clock_milliseconds() + 120000;
	struct store_reader *reader;
	struct store_numbers left;

	must(store_read_open(g.home, &reader, NULL) == 0);
	do {
		ARENA(a) = arena_new(0);
		must(store_read_unjudged(reader, a, 100000, &left, NULL) == 0);
		if (left.count == 0)
			break;
		usleep(50000);
	} while (clock_milliseconds() < until);
	store_read_close(reader);
}

/* ---- the rounds ---- */

static void prepare(void)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	struct err err;

	daemon_start(&g, "recordd");
	daemon_start(&g, "evidenced");
	daemon_start(&g, "authd");
	daemon_start(&g, "transferd");
	stand_in_start(&g, STAND_IN_CLEAN);
	people_make(&g, 8);
	people_sign_in(&g, FACE_INTERNET, SENDER, sender);
	people_sign_in(&g, FACE_OFFICE, CHIEF, chief);
	people_sign_in(&g, FACE_OFFICE, ADDRESSEE, addressee);
	must(people_hand_in(&g, sender, ADDRESSEE, 100000, &approved, &err) == 0);
	people_wait_judged(&g, approved, a, &t);
	if (people_decide(&g, chief, CHIEF, STATEMENT_APPROVE, &approved, 1, &err) != 0)
		fault("approving", &err);
}

static void kill_one(unsigned *seed)
{
	unsigned who = (unsigned)rand_r(seed) % 10;

	if (who < 6) {
		daemon_kill(&g, "transferd", SIGKILL);
		daemon_start(&g, "transferd");
	} else if (who < 8) {
		daemon_kill(&g, "authd", SIGKILL);
		daemon_start(&g, "authd");
	} else if (who < 9) {
		daemon_kill(&g, "recordd", SIGKILL);
		daemon_start(&g, "recordd");
	} else {
		stand_in_start(&g, STAND_IN_CLEAN);
	}
}

int main(int argc, char **argv)
{
	int books[SENDERS];
	pid_t workers[SENDERS + 2];
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned seed = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : (unsigned)clock_now();

	if (argc < 3) {
		fprintf(stderr, "usage: passage_loses_nothing BUILD-FOLDER ROUNDS [SEED]\n");
		return 2;
	}
	printf("%lu rounds, seed %u\n", rounds, seed);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED);
	ground_make(&g, argv[1]);
	prepare();
	for (int i = 0; i < SENDERS + 2; i++) {
		if (i < SENDERS)
			books[i] = memfd_new("book", NULL);
		workers[i] = fork();
		must(workers[i] >= 0);
		if (workers[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (i < SENDERS)
				hand_in_forever(seed + (unsigned)i, books[i]);
			else if (i == SENDERS)
				fetch_forever();
			else
				set_passwords_forever();
		}
	}
	for (unsigned long i = 0; i < rounds; i++) {
		usleep((unsigned)(rand_r(&seed) % (LIFE_MOST_MILLISECONDS * 1000)));
		kill_one(&seed);
	}
	shared->stop = true;
	for (int i = 0, status; i < SENDERS + 2; i++)
		if (waitpid(workers[i], &status, 0) != workers[i] || status != 0)
			wrong("a worker met a fault", (uint64_t)i);
	wait_all_judged();
	daemon_kill(&g, "transferd", SIGTERM);
	daemon_kill(&g, "authd", SIGTERM);

	ARENA(a) = arena_new(0);
	struct store_reader *reader;
	struct spool *spool;
	struct store_ticket t;
	must(store_read_open(g.home, &reader, NULL) == 0 && spool_open(g.home_fd, &spool, NULL) == 0);
	uint64_t tickets = check_tickets(reader, spool);
	check_books(reader, books);
	must(store_read_ticket(reader, a, approved, &t, NULL) == 0);
	if (t.fetches < shared->fetched)
		wrong("a file was handed out without its row in the record", shared->fetched - t.fetches);
	store_read_close(reader);
	spool_close(spool);
	check_leftovers(tickets);
	check_passwords();
	printf("%llu tickets, %lu files accepted, %lu uploads cut off; %lu fetches (%u recorded), %lu without answer; %lu passwords set, %lu without answer\n",
	       (unsigned long long)tickets, shared->accepted, shared->dropped, shared->fetched, t.fetches, shared->not_fetched, shared->set, shared->not_set);
	if (shared->accepted == 0 || shared->fetched == 0 || shared->set == 0)
		wrong("nothing was done: this proves nothing", 0);
	if (faults == 0)
		ground_remove(&g);
	printf("%u faults\n", faults);
	return faults != 0;
}
