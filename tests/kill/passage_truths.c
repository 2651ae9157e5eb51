/* 受け渡しの係を殺す試験: 真実 — what must be true when the killing is over, held against what each caller was told. */
#include "kill/passage.h"
#include "evidence/tlog_read.h"
#include "evidence/trust.h"
#include "people/factor_store.h"
#include "transfer/spool.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STANDSTILL_MILLISECONDS = 90000 };
unsigned long faults;

void wrong(const char *what, uint64_t at)
{
	fprintf(stderr, "WRONG: %s (%llu)\n", what, (unsigned long long)at);
	faults++;
}

void fault(const char *what, const struct err *err)
{
	fprintf(stderr, "%s: %s (%s)\nthe ground is kept: %s\n", what, err->say, err_name(err->code), g.home);
	kill(getppid(), SIGTERM);
	exit(1);
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

/* real: it may give up on a file after a named number of answers that did not come; then it is refused with that reason. */
static void check_ticket(struct spool *spool, const struct store_ticket *t, bool real)
{
	bool given_up = t->verdict == VERDICT_REFUSED && memmem(t->report.p, t->report.n, "WORKER_DIED", 11);

	if (t->verdict != VERDICT_CLEAN && !(real && given_up))
		wrong("a ticket has no clean verdict", t->number);
	if (!same_in_spool(spool, SPOOL_IN, t->number, t->bytes, t->input))
		wrong("the original is not in quarantine as recorded", t->number);
	if (t->verdict == VERDICT_CLEAN && !same_in_spool(spool, SPOOL_OUT, t->number, t->output_bytes, t->output))
		wrong("the output is not in the spool as recorded", t->number);
	uint8_t told = t->number < TICKETS_MOST ? shared->decision[t->number] : 0;
	if (told && (t->state == TICKET_RETURNED) != (told == 2))
		wrong("a decision that was answered is not on record", t->number);
	if (told && t->state != TICKET_RETURNED && t->state != TICKET_APPROVED)
		wrong("an approval that was answered is not on record", t->number);
	if (told && !t->sealed)
		wrong("an approval was answered before its seal", t->number);
}

/* A file accepted over HTTP is known by its name: "w" and the number in the book. */
static size_t place_of_web(const struct store_ticket *t, uint64_t *key)
{
	unsigned long long k;
	char end;

	*key = sscanf(t->name.p, "w%llu.tx%c", &k, &end) == 2 ? k : 0;
	return (size_t)(*key >> 32) - 1;
}

static uint64_t *web_sizes[WEB_SENDERS];
static size_t web_counts[WEB_SENDERS];

static void each_line(int book, void (*row)(uint64_t a, uint64_t b, void *self), void *self)
{
	ARENA(a) = arena_new(0);
	struct bytes lines;
	unsigned long long first, second;

	must(lseek(book, 0, SEEK_SET) == 0 && file_read_fd(a, book, 1 << 26, &lines, NULL) == 0);
	for (const char *p = (const char *)lines.p; p && sscanf(p, "%llu %llu", &first, &second) == 2; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		row(first, second, self);
}

static void look_up_ticket(uint64_t number, uint64_t bytes, void *reader)
{
	ARENA(a) = arena_new(0);
	struct store_ticket t;

	if (store_read_ticket(reader, a, number, &t, NULL) != 0 || t.bytes != bytes)
		wrong("an accepted file has no ticket of its size", number);
}

static void look_up_web(uint64_t key, uint64_t bytes, void *self)
{
	size_t worker = (size_t)(key >> 32) - 1, k = (size_t)(key & 0xffffffff);

	(void)self;
	if (worker >= WEB_SENDERS || k >= web_counts[worker] || web_sizes[worker][k] != bytes + 1)
		wrong("a file that the browser was told is accepted has no ticket of its size", k);
}

void check_records(bool real_sanitiser)
{
	struct store_reader *reader;
	struct spool *spool;

	must(store_read_open(g.home, &reader, NULL) == 0 && spool_open(g.home_fd, &spool, NULL) == 0);
	uint64_t count = tickets_on_record();
	for (size_t i = 0; i < WEB_SENDERS; i++)
		web_counts[i] = count + shared->web_dropped + 1, web_sizes[i] = calloc(web_counts[i], sizeof **web_sizes);
	for (uint64_t n = 1; n <= count; n++) {
		ARENA(a) = arena_new(0);
		struct store_ticket t;
		uint64_t key;
		must(store_read_ticket(reader, a, n, &t, NULL) == 0);
		check_ticket(spool, &t, real_sanitiser);
		size_t worker = place_of_web(&t, &key), k = (size_t)(key & 0xffffffff);
		if (worker < WEB_SENDERS && k < web_counts[worker])
			web_sizes[worker][k] = t.bytes + 1;
	}
	for (size_t i = 0; i < SENDERS; i++)
		each_line(books[i], look_up_ticket, reader);
	for (size_t i = 0; i < WEB_SENDERS; i++)
		each_line(web_books[i], look_up_web, NULL), free(web_sizes[i]);
	ARENA(a) = arena_new(0);
	struct store_ticket t;
	must(store_read_ticket(reader, a, approved, &t, NULL) == 0);
	if (t.fetches < shared->fetched + shared->web_fetched)
		wrong("a file was handed out without its row in the record", shared->fetched + shared->web_fetched - t.fetches);
	store_read_close(reader);
	spool_close(spool);
}

uint64_t tickets_on_record(void)
{
	struct store_reader *reader;
	uint64_t n = 0;

	must(store_read_open(g.home, &reader, NULL) == 0);
	for (;; n++) {
		ARENA(a) = arena_new(0);
		struct store_ticket t;
		struct err err = { 0 };
		if (store_read_ticket(reader, a, n + 1, &t, &err) == 0)
			continue;
		if (err.code != ERR_NOT_FOUND)
			fault("reading the store", &err);
		store_read_close(reader);
		return n;
	}
}

/* Every file has its ticket; those without one are gone a minute later (which is made to have passed). */
void check_leftovers(uint64_t tickets)
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
		} while (count > tickets && clock_milliseconds() < until);
		if (count > tickets)
			wrong("files without a ticket are left in the spool", count);
		daemon_kill(&g, "transferd", SIGTERM);
		spool_close(spool);
	}
}

static void check_busy(struct factor_store *store, const struct busy *who, const char *kind)
{
	struct factor_row row;
	bool found, fits = !kind;

	must(factor_store_get(store, (struct text){ who->number, strlen(who->number) }, &row, &found, NULL) == 0 && found);
	if (row.last_step < who->step_acknowledged)
		wrong("a code that was answered could be used again", (uint64_t)who->step_acknowledged);
	for (unsigned k = who->password; kind && k <= who->tried && !fits; k++) {
		char password[48];
		passage_password(kind, k, password);
		fits = password_fits((struct text){ password, strlen(password) }, row.password);
	}
	if (!fits)
		wrong("a password whose change was answered is not kept", who->password);
}

void check_people(void)
{
	char path[128], number[32], password[48];
	struct factor_store *store;
	struct factor_row row;
	bool found;

	snprintf(path, sizeof path, "%s/auth/auth.db", g.home);
	must(factor_store_open(path, false, &store, NULL) == 0);
	for (unsigned k = 0; k < PASSWORDS_MOST && shared->set; k++) {
		if (!shared->password_set[k])
			continue;
		passage_number(k, number), passage_password("yoru", k, password);
		must(factor_store_get(store, (struct text){ number, strlen(number) }, &row, &found, NULL) == 0);
		if (!found || !password_fits((struct text){ password, strlen(password) }, row.password))
			wrong("an acknowledged password is not kept", k);
	}
	for (size_t i = 0; i < APPROVERS; i++)
		check_busy(store, &shared->approvers[i], NULL);
	for (size_t i = 0; i < CHANGERS; i++)
		check_busy(store, &shared->changers[i], "mori");
	factor_store_close(store);
}

void wait_all_judged(void)
{
	int64_t until = clock_milliseconds() + STANDSTILL_MILLISECONDS;
	struct store_reader *reader;
	struct store_numbers left;
	size_t before = SIZE_MAX;

	must(store_read_open(g.home, &reader, NULL) == 0);
	do {
		ARENA(a) = arena_new(0);
		must(store_read_unjudged(reader, a, 100000, &left, NULL) == 0);
		if (left.count < before)
			before = left.count, until = clock_milliseconds() + STANDSTILL_MILLISECONDS;
		if (left.count == 0)
			break;
		usleep(50000);
	} while (clock_milliseconds() < until);
	store_read_close(reader);
}

/* The log holds every row, every checkpoint that was ever seen is one of its past states, and an auditor's export verifies. */
void check_log(void)
{
	ARENA(a) = arena_new(0);
	struct checkpoint now;
	struct note note;
	struct store_reader *reader;
	struct store_site site;
	int64_t until = clock_milliseconds() + 20000;
	FD(log) = openat(g.home_fd, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(log >= 0 && store_read_open(g.home, &reader, NULL) == 0);
	do {
		usleep(50000);
		must(tlog_read_checkpoint(a, log, NULL, &note, &now, NULL) == 0 && store_read_site(reader, a, &site, NULL) == 0);
	} while (now.size < site.last && clock_milliseconds() < until);
	store_read_close(reader);
	if (now.size != site.last)
		wrong("rows of the store are not in the log", site.last - now.size);
	struct tlog_reader *tiles = tlog_reader_new(a, log, now.size);
	struct merkle_source source = tlog_reader_source(tiles);
	for (unsigned long i = 0; i < shared->marks; i++) {
		struct merkle_hash root;
		const struct mark *m = &shared->mark[i];
		if (m->size > now.size || (m->size > 0 && (merkle_root_of(&source, m->size, &root, NULL) != 0 || memcmp(root.of, m->root, sizeof m->root) != 0)))
			wrong("a checkpoint that was seen is no past state of the log", m->size);
	}
	struct bytes key, trust;
	must(file_read(a, g.home_fd, "run/said", 4096, &key, NULL) == 0 && key.n > 1); /* evidenced --init printed it last */
	trust = trust_text(a, (struct text){ (const char *)key.p, key.n - 1 });
	must(file_replace(g.home_fd, "run/trust", trust, 0600, NULL) == 0);
	if (system(arena_printf(a, "%s/sekisho --home %s evidence export %s/export >/dev/null && %s/sekisho evidence verify --trust %s/run/trust %s/export >/dev/null && "
				   "rm -r %s/export", g.programs, g.home, g.home, g.programs, g.home, g.home, g.home)) != 0)
		wrong("the export of the log does not verify", now.size);
}
