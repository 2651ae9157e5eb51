/* 記録係を殺す — kill -9 of recordd at random moments while people, tickets and approvals are recorded and an evidenced reads the journal.
 * Proved at the end, over all rounds: every answered command is in the store; nothing stands twice, though each caller repeats what was not
 * answered; the journal has no gap; no row that was ever handed to evidenced changed or vanished; every answered approval was sealed before; a mere reader
 * never saw the store go back.
 *   recordd_loses_nothing RECORDD ROUNDS [SEED] */
#include "support/recordd.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "store/test_ground.h"
#include <sys/mman.h>

enum { UNIT_WORKERS = 2, TICKET_WORKERS = 2, SEALER = UNIT_WORKERS + TICKET_WORKERS, READER, WORKERS, LIFE_MOST_MILLISECONDS = 60 };

static struct live_recordd live;
static volatile bool *stop;
static uint8_t secret_key[ED25519_SECRET];

/* One line per answered command, in a file of the worker. */
struct book {
	int fd;
	unsigned long count;
};
static struct book book_open(int worker)
{
	char path[128];

	snprintf(path, sizeof path, "%s/answered.%d", live.home, worker);
	return (struct book){ .fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) };
}
static void book_put(struct book *b, const char *line)
{
	must(write(b->fd, line, strlen(line)) == (ssize_t)strlen(line));
	b->count++;
}

/* A connection that is made again after each death. */
static int reach(const char *name)
{
	int fd = -1;

	while (!*stop && (fd = live_connect(&live, name)) < 0)
		usleep(1000);
	return fd;
}

static void look_into(int *fd, const struct err *err, const char *call)
{
	if (err->code == ERR_PEER) {
		close(*fd);
		*fd = -1;
	} else if (err->code != ERR_BUSY) {
		fprintf(stderr, "%s: %s (%s)\n", call, err->say, err_name(err->code));
		_exit(1);
	}
}

/* Repeats the same request until it is answered; false when the test stops. Any other failure than a death or a late seal is a fault. */
#define UNTIL_ANSWERED(answered, fd, name, call)                                               \
	do {                                                                                   \
		struct err err = { 0 };                                                        \
		if ((fd) < 0)                                                                  \
			(fd) = reach(name);                                                    \
		(answered) = (fd) >= 0 && (call) == 0;                                         \
		if (!(answered) && (fd) >= 0)                                                  \
			look_into(&(fd), &err, #call);                                         \
	} while (!(answered) && !*stop)

static void work_units(int worker)
{
	struct book book = book_open(worker);
	int fd = -1;

	for (unsigned i = 0; !*stop; i++) {
		ARENA(a) = arena_new(0);
		bool answered;
		const char *code = arena_printf(a, "w%d-%u", worker, i);
		UNTIL_ANSWERED(answered, fd, "operator", store_call_unit_add(fd, a, &(struct store_unit_add){ text_at(code), TEXT("課"), TEXT("") }, NULL, &err));
		if (answered)
			book_put(&book, arena_printf(a, "%s\n", code));
	}
}

static struct bytes token_of(struct arena *a, const char *number, unsigned face)
{
	return bytes_of(arena_copy(a, arena_printf(a, "%s %u%032d", number, face, 0), 32), 32);
}

/* Hand in, verdict, approval: three commands, the last waits for the seal. */
static void work_tickets(int worker)
{
	struct book book = book_open(worker);
	int transferd = -1, office = -1;

	while (!*stop) {
		ARENA(a) = arena_new(0);
		bool answered;
		struct store_ticket_open_reply opened;
		struct store_ticket_verdict_reply judged;
		uint8_t id[16], input[32], output[32], signature[ED25519_SIGNATURE];
		random_bytes(id, sizeof id), random_bytes(input, sizeof input), random_bytes(output, sizeof output);
		struct store_ticket_open in = { token_of(a, "1001", FACE_INTERNET), bytes_of(id, 16), TEXT("1001"), TEXT("用途"), TEXT("a.txt"), 1,
						bytes_of(input, 32), BYTES("{}"), 7 };
		UNTIL_ANSWERED(answered, transferd, "transferd", store_call_ticket_open(transferd, a, &in, &opened, &err));
		if (!answered)
			break;
		book_put(&book, arena_printf(a, "opened %llu %s\n", (unsigned long long)opened.ticket, hex_of(a, bytes_of(id, 16))));
		struct store_ticket_verdict verdict = { opened.ticket, VERDICT_CLEAN, TEXT("a.txt"), 1, bytes_of(output, 32), BYTES("{}") };
		UNTIL_ANSWERED(answered, transferd, "transferd", store_call_ticket_verdict(transferd, a, &verdict, &judged, &err));
		if (!answered)
			break;
		book_put(&book, arena_printf(a, "judged %llu\n", (unsigned long long)opened.ticket));
		struct statement s = { .site = TEXT("tsuru"), .person = TEXT("2001"), .post = TEXT("chief of soumu"), .action = TEXT(STATEMENT_APPROVE),
				       .factor = TEXT("totp"), .at = clock_now(), .count = 1,
				       .objects = (const uint8_t(*)[SHA256_BYTES])judged.object.p };
		struct store_ticket_decide decide = { .token = token_of(a, "2001", FACE_OFFICE) };
		must(statement_build(a, &s, &decide.statement, NULL) == 0);
		ed25519_sign(decide.statement, secret_key, signature);
		decide.signature = bytes_of(signature, sizeof signature);
		UNTIL_ANSWERED(answered, office, "webd-office", store_call_ticket_decide(office, a, &decide, NULL, &err));
		if (!answered)
			break;
		book_put(&book, arena_printf(a, "approved %llu\n", (unsigned long long)opened.ticket));
	}
}

/* Plays evidenced: reads rows, keeps them, reports them sealed. What it was given may never be otherwise. */
static void work_seals(int worker)
{
	struct book book = book_open(worker);
	uint64_t after = 0;
	int fd = -1;

	while (!*stop) {
		ARENA(a) = arena_new(0);
		bool answered;
		struct journal_rows rows;
		UNTIL_ANSWERED(answered, fd, "evidenced", journal_read(fd, a, NULL, after, JOURNAL_ROWS_MOST, 50, &rows, &err));
		if (!answered)
			break;
		for (size_t i = 0; i < rows.count; i++) {
			if (rows.rows[i].no != after + 1) {
				fprintf(stderr, "row %llu was given after %llu\n", (unsigned long long)rows.rows[i].no, (unsigned long long)after);
				_exit(1);
			}
			after++;
			book_put(&book, arena_printf(a, "%.*s\n", (int)rows.rows[i].entry.n, (const char *)rows.rows[i].entry.p));
		}
		if (rows.count)
			UNTIL_ANSWERED(answered, fd, "evidenced", seal_report(fd, rows.epoch, after, &err));
	}
}

/* Reads with mere read permission, across all deaths: what it once saw never goes back, and it never fails otherwise than "try again". */
static void work_reads(int worker)
{
	struct book book = book_open(worker);
	struct store_reader *reader = NULL;
	uint64_t last = 0;

	must(geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0));
	while (!*stop) {
		ARENA(a) = arena_new(0);
		struct store_site site;
		struct err err = { 0 };
		if (!reader && store_read_open(live.home, &reader, &err) != 0)
			reader = NULL;
		if (reader && store_read_site(reader, a, &site, &err) == 0) {
			if (site.last < last) {
				fprintf(stderr, "the reader saw row %llu, then only %llu\n", (unsigned long long)last, (unsigned long long)site.last);
				_exit(1);
			}
			last = site.last;
			book.count++;
		} else if (err.code != ERR_BUSY) {
			fprintf(stderr, "the reader: %s (%s)\n", err.say, err_name(err.code));
			_exit(1);
		}
		usleep(500);
	}
	store_read_close(reader);
	book_put(&book, "read\n");
	if (book.count < 2)
		_exit(1);
}

static void prepare(struct ground *g)
{
	struct { const char *number; unsigned face; } sessions[] = { { "1001", FACE_INTERNET }, { "2001", FACE_OFFICE } };

	must(store_open(g->home, g->arena, &g->sql, &g->site, &g->err) == 0);
	ground_people(g);
	for (size_t i = 0; i < COUNT(sessions); i++) {
		uint8_t hash[SHA256_BYTES];
		sha256_of(token_of(g->arena, sessions[i].number, sessions[i].face), hash);
		must(ask_session_open(g, "authd", &(struct store_session_open){ text_at(sessions[i].number), (uint8_t)sessions[i].face,
							   bytes_of(hash, sizeof hash), TEXT("totp") }, NULL) == 0);
	}
	sql_close(g->sql);
	must(chmod(g->home, 0755) == 0 && chmod(arena_printf(g->arena, "%s/records", g->home), 0755) == 0);
	must(chmod(arena_printf(g->arena, "%s/records/records.db", g->home), 0644) == 0);
	const char *line = arena_printf(g->arena, "%s\n", hex_of(g->arena, bytes_of(g->public_key, sizeof g->public_key)));
	must(folder_make(AT_FDCWD, arena_printf(g->arena, "%s/trust", g->home), 0755, &g->err) == 0);
	must(file_replace(AT_FDCWD, arena_printf(g->arena, "%s/trust/approval.pub", g->home), bytes_of(line, strlen(line)), 0644, &g->err) == 0);
}

static unsigned long faults;
#define PROVE(cond, ...) ((cond) ? (void)0 : (faults++, fprintf(stderr, "LOST: " __VA_ARGS__), (void)fputc('\n', stderr)))

/* Every line of a worker's book against the store. Returns how many. */
static unsigned long audit(struct ground *g, int worker)
{
	struct bytes book;
	unsigned long lines = 0;
	char path[128];

	snprintf(path, sizeof path, "%s/answered.%d", g->home, worker);
	must(file_read(g->arena, AT_FDCWD, path, 1u << 30, &book, &g->err) == 0);
	struct cursor c = cursor_over(book);
	struct sql_counter_now_row now;
	bool found;
	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &g->err) == 0 && found);
	while (c.left > 0) {
		ARENA(a) = arena_new(0);
		struct bytes raw = cursor_line(&c);
		const char *line = arena_copy(a, raw.p, raw.n);
		unsigned long long n;
		lines++;
		if (worker < UNIT_WORKERS) {
			struct sql_unit_by_code_row unit;
			must(sql_unit_by_code(g->sql, a, g->site, text_at(line), &unit, &found, &g->err) == 0);
			PROVE(found, "unit %s", line);
		} else if (worker < SEALER) {
			struct sql_ticket_by_number_row t;
			const char *number = strchr(line, ' ') + 1;
			n = strtoull(number, NULL, 10);
			must(sql_ticket_by_number(g->sql, a, g->site, (int64_t)n, &t, &found, &g->err) == 0);
			PROVE(found, "ticket: %s", line);
			if (line[0] == 'o') {
				uint8_t id[16];
				must(hex_decode(bytes_of(strchr(number, ' ') + 1, 32), id, 16, &g->err) == 0);
				must(sql_ticket_by_request(g->sql, a, g->site, bytes_of(id, 16), &t, &found, &g->err) == 0);
				PROVE(found && (unsigned long long)t.number == n, "ticket of a request: %s", line);
			}
			PROVE(line[0] != 'j' || t.verdict == VERDICT_CLEAN, "%s", line);
			PROVE(line[0] != 'a' || (t.state == TICKET_APPROVED && t.sealed), "%s", line);
		} else {
			struct sql_event_by_number_row e;
			must(sql_event_by_number(g->sql, a, g->site, now.epoch, (int64_t)lines, &e, &found, &g->err) == 0);
			PROVE(found && bytes_equal(e.entry, raw), "journal row %lu given to evidenced", lines);
		}
	}
	return lines;
}

static void audit_journal(struct ground *g)
{
	struct sql_counter_now_row now;
	struct sql_event_by_number_row *rows;
	int64_t opened = 0, units = 0, no = 0;
	size_t count;
	bool found;

	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &g->err) == 0 && found);
	do {
		ARENA(a) = arena_new(0);
		must(sql_events_after(g->sql, a, g->site, now.epoch, no, 1000, &rows, &count, &g->err) == 0);
		for (size_t i = 0; i < count; i++) {
			PROVE(rows[i].no == no + 1, "a gap in the journal after %lld", (long long)no);
			no = rows[i].no;
			opened += text_is(rows[i].event, "ticket.opened");
			units += text_is(rows[i].event, "unit.added");
		}
	} while (count);
	PROVE(no == now.last, "the counter says %lld, the journal ends at %lld", (long long)now.last, (long long)no);
	struct sql_tickets_counted_row *states;
	int64_t tickets = 0;
	must(sql_tickets_counted(g->sql, g->arena, g->site, &states, &count, &g->err) == 0);
	for (size_t i = 0; i < count; i++)
		tickets += states[i].count;
	PROVE(tickets == opened, "%lld tickets but %lld rows that open one", (long long)tickets, (long long)opened);
	struct sql_unit_by_code_row *all_units;
	must(sql_units(g->sql, g->arena, g->site, &all_units, &count, &g->err) == 0);
	PROVE((int64_t)count == units, "%zu units but %lld rows that add one", count, (long long)units);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, seed = argc > 3 ? strtoul(argv[3], NULL, 10) : (unsigned long)getpid();
	pid_t workers[WORKERS];
	int status;

	if (rounds == 0) {
		fprintf(stderr, "usage: recordd_loses_nothing RECORDD ROUNDS [SEED]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	stop = mmap(NULL, sizeof *stop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(stop != MAP_FAILED);
	live_make(&live, argv[1]);
	struct ground g = { .arena = arena_new(0) };
	memcpy(g.home, live.home, sizeof g.home);
	ed25519_pair(g.public_key, secret_key);
	prepare(&g);
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		must(workers[i] >= 0);
		if (workers[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			(i < UNIT_WORKERS ? work_units : i < SEALER ? work_tickets : i == SEALER ? work_seals : work_reads)(i);
			_exit(0);
		}
	}
	srandom((unsigned)seed);
	int64_t starting = 0;
	for (unsigned long round = 0; round < rounds; round++) {
		int64_t before = clock_milliseconds();
		live_start(&live);
		starting += clock_milliseconds() - before;
		usleep((useconds_t)(random() % (LIFE_MOST_MILLISECONDS * 1000)));
		live_end(&live, SIGKILL);
	}
	live_start(&live); /* a last life in which what is under way is answered */
	usleep(300000);
	*stop = true;
	unsigned long bad = 0;
	for (int i = 0; i < WORKERS; i++) {
		must(waitpid(workers[i], &status, 0) == workers[i]);
		bad += status != 0;
	}
	status = live_end(&live, SIGTERM);
	PROVE(status == 0, "recordd did not end well: %d", status);
	must(store_open(g.home, g.arena, &g.sql, &g.site, &g.err) == 0); /* checks the whole store */
	unsigned long answered = 0, rows = 0;
	for (int i = 0; i <= SEALER; i++)
		*(i < SEALER ? &answered : &rows) += audit(&g, i);
	audit_journal(&g);
	printf("seed %lu: %lu kills, %lu answered commands and %lu rows read for sealing, %lu lost, %lu callers failed; a start took %lld ms\n", seed, rounds, answered,
	       rows, faults, bad, (long long)(starting / (int64_t)rounds));
	sql_close(g.sql);
	ground_empty(g.home);
	rmdir(g.home);
	return faults || bad || answered < rounds ? 1 : 0;
}
