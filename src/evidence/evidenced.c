/* 証跡係 evidenced — takes journal rows from recordd, seals them into the log, reports how far it came. The only process that can read the
 * signing key; it has no network and cannot write the store. A log or store that is not what was sealed stops it: it alarms and never repairs.
 * article: s6.5.1 */
#include "evidence/log_copy.h"
#include "evidence/sealer.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/service.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	ALARM_PAUSE = 30 * 1000,
	EXIT_ALARM = 3,		  /* what was sealed is not what lies there */
	SEAL_EVERY = 200,	  /* milliseconds: one checkpoint, unless a full batch waits */
	WAIT_FOR_ROWS = 500,	  /* how long recordd may hold the reply */
	NOTHING_THERE = 100,	  /* pause after an empty reply that came at once */
	CONNECT_AGAIN = 500,
	SEAL_AGAIN = 1000,	  /* after a write error: a full disk is looked at every second */
	PRUNE_EVERY = 3600 * 1000,
	PREPARE_TRIES = 100, PREPARE_MICROSECONDS = 100 * 1000, /* until the one that seals has given up the key before */
	BATCH_ROUNDS = 64,	  /* full replies taken into one checkpoint while a backlog is worked off */
};

struct evidenced {
	struct service service;
	struct sealer *sealer;
	struct arena *arena; /* of the sealer */
	int stop;	     /* signalfd */
	int recordd;	     /* -1: not connected */
	bool is_ready;	     /* said so to the supervisor */
	bool greeted;	     /* the store was compared since the connection was made */
	bool troubled;	     /* the last seal failed; said once */
	uint8_t epoch[ENTRY_EPOCH]; /* the store's, from its last reply */
	int64_t last_seal, last_prune;
};

/* Sleeps; true if a signal asks for the end. */
static bool is_told_to_stop(const struct evidenced *e, int milliseconds)
{
	struct pollfd p = { .fd = e->stop, .events = POLLIN };
	return poll(&p, 1, milliseconds) > 0;
}

/* Seals nothing more and lets go of the log. It ends only after a while, so that whoever restarts it does not do so all the time; each new life looks
 * again, and goes on by itself once what lies there agrees. */
static _Noreturn void alarm_and_stop(struct evidenced *e, const struct err *err)
{
	log_err(LOG_ERROR, "evidenced-001",
		"ALARM: what was sealed is not what lies there. Nothing is sealed until a person has looked; only an explicit `sekisho restore` goes on.", err);
	sealer_close(e->sealer);
	if (!e->is_ready)
		service_ready(&e->service); /* the others must be able to start and say that acts wait */
	is_told_to_stop(e, ALARM_PAUSE);
	exit(EXIT_ALARM);
}

static bool is_alarm(enum err_code code)
{
	return code == ERR_MISMATCH || code == ERR_SIGNATURE || code == ERR_CONFLICT || code == ERR_MALFORMED;
}

static void lose_recordd(struct evidenced *e, const struct err *why)
{
	log_err(LOG_WARNING, "evidenced-002", "recordd does not answer; rows wait in the store", why);
	fd_close_at(&e->recordd);
	e->recordd = -1;
	e->greeted = false;
}

/* After every connection: is this the store whose rows were sealed? Then what lies unsigned is signed. */
static int greet(struct evidenced *e, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const struct seal_mark *mark = sealer_mark(e->sealer);
	struct journal_rows rows;
	uint64_t after = sealer_compare_from(e->sealer);
	bool seen_last = !mark->any;

	for (;;) {
		if (journal_read(e->recordd, arena, mark->any ? mark->epoch : NULL, after, JOURNAL_ROWS_MOST, 0, &rows, err) != 0)
			return -1;
		if (sealer_compare(e->sealer, rows.rows, rows.count, err) != 0)
			alarm_and_stop(e, err);
		if (rows.count == 0)
			break;
		after = rows.rows[rows.count - 1].no;
		if (after >= mark->no) {
			seen_last = true;
			break;
		}
	}
	memcpy(e->epoch, rows.epoch, sizeof e->epoch);
	/* In an older epoch the rows may be gone with the restore: then the new epoch's first row must say so (sealer_seal checks). */
	if (!seen_last && memcmp(e->epoch, mark->epoch, ENTRY_EPOCH) == 0) {
		fail(err, ERR_MISMATCH, mark->no, "row %llu was sealed and is not in the store", (unsigned long long)mark->no);
		alarm_and_stop(e, err);
	}
	if (sealer_finish(e->sealer, err) != 0) {
		if (is_alarm(err->code))
			alarm_and_stop(e, err);
		return -1;
	}
	if (mark->any && seal_report(e->recordd, mark->epoch, mark->no, err) != 0)
		return -1;
	e->greeted = true;
	return 0;
}

/* A store that was put back from a backup may hold rows of the epoch before that the log of the same backup lacks: they come first. */
static int gather_before(struct evidenced *e, struct arena *arena, struct journal_row **rows, size_t *count, struct err *err)
{
	const struct seal_mark *mark = sealer_mark(e->sealer);
	struct journal_rows got;

	*count = 0;
	if (journal_read(e->recordd, arena, mark->epoch, mark->no, JOURNAL_ROWS_MOST, 0, &got, err) != 0)
		return -1;
	*rows = got.rows, *count = got.count;
	return 0;
}

/* Rows of the store's epoch behind the mark, more than one reply while a backlog is there. */
static int gather(struct evidenced *e, struct arena *arena, uint8_t epoch[ENTRY_EPOCH], struct journal_row **rows, size_t *count, struct err *err)
{
	const struct seal_mark *mark = sealer_mark(e->sealer);
	bool same = mark->any && memcmp(mark->epoch, e->epoch, ENTRY_EPOCH) == 0;
	uint64_t after = same ? mark->no : 0;
	struct journal_row *all = NULL;
	size_t n = 0;

	if (mark->any && !same) {
		memcpy(epoch, mark->epoch, ENTRY_EPOCH);
		if (gather_before(e, arena, rows, count, err) != 0 || *count > 0)
			return *count > 0 ? 0 : -1;
	}
	memcpy(epoch, e->epoch, ENTRY_EPOCH);

	for (int round = 0; round < BATCH_ROUNDS; round++) {
		struct journal_rows got;
		if (journal_read(e->recordd, arena, e->epoch, after, JOURNAL_ROWS_MOST, round == 0 ? WAIT_FOR_ROWS : 0, &got, err) != 0)
			return -1;
		if (memcmp(got.epoch, e->epoch, ENTRY_EPOCH) != 0) {
			/* A restore while we were connected: seal what was read, then look again from the start. */
			memcpy(e->epoch, got.epoch, ENTRY_EPOCH);
			e->greeted = false;
			if (got.count == 0)
				break;
		}
		if (got.count == 0)
			break;
		struct journal_row *joined = arena_new_array(arena, struct journal_row, n + got.count);
		if (n)
			memcpy(joined, all, n * sizeof *all);
		memcpy(joined + n, got.rows, got.count * sizeof *all);
		all = joined, n += got.count;
		after = all[n - 1].no;
		if (got.count < JOURNAL_ROWS_MOST / 2)
			break;
	}
	*rows = all;
	*count = n;
	return 0;
}

static void prune_now_and_then(struct evidenced *e)
{
	struct err err = { 0 };
	size_t removed;

	if (e->last_prune && clock_milliseconds() - e->last_prune < PRUNE_EVERY)
		return;
	e->last_prune = clock_milliseconds();
	if (sealer_prune(e->sealer, &removed, &err) != 0)
		log_err(LOG_WARNING, "evidenced-003", "partial tiles could not be removed", &err);
}

/* The key before the present one, once its time is over. */
static int retire_key(struct evidenced *e, struct err *err)
{
	bool done;

	if (sealer_retire(e->sealer, clock_now(), &done, err) != 0) {
		if (is_alarm(err->code))
			alarm_and_stop(e, err);
		return -1;
	}
	if (done)
		log_line(LOG_INFO, "evidenced-012", "the overlap is over: only the new signing key signs from now on");
	return 0;
}

/* One turn: milliseconds to wait before the next. */
static int turn(struct evidenced *e)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct journal_row *rows;
	size_t count;

	if (e->recordd < 0 && (e->recordd = service_connect(&e->service, "recordd", &err)) < 0)
		return CONNECT_AGAIN;
	if (!e->greeted && greet(e, &err) != 0) {
		lose_recordd(e, &err);
		return CONNECT_AGAIN;
	}
	uint8_t epoch[ENTRY_EPOCH];
	int64_t asked = clock_milliseconds();
	if (gather(e, arena, epoch, &rows, &count, &err) != 0) {
		lose_recordd(e, &err);
		return CONNECT_AGAIN;
	}
	if (count == 0) {
		prune_now_and_then(e);
		if (retire_key(e, &err) != 0)
			log_err(LOG_WARNING, "evidenced-013", "the signing key whose time is over cannot be given up", &err);
		return clock_milliseconds() - asked < NOTHING_THERE ? NOTHING_THERE : 0;
	}
	if (sealer_seal(e->sealer, epoch, rows, count, &err) != 0) {
		if (is_alarm(err.code))
			alarm_and_stop(e, &err);
		if (!e->troubled)
			log_err(LOG_ERROR, "evidenced-004", "rows cannot be sealed; acts that wait for the seal are not answered", &err);
		e->troubled = true;
		e->greeted = false; /* finishes what was appended, then goes on */
		return SEAL_AGAIN;
	}
	if (e->troubled)
		log_line(LOG_INFO, "evidenced-005", "sealing goes on");
	e->troubled = false;
	e->last_seal = clock_milliseconds();
	if (seal_report(e->recordd, epoch, rows[count - 1].no, &err) != 0) {
		lose_recordd(e, &err);
		return CONNECT_AGAIN;
	}
	log_line(LOG_DEBUG, "evidenced-006", "rows up to %llu are sealed, the log has %llu entries", (unsigned long long)rows[count - 1].no,
		 (unsigned long long)sealer_size(e->sealer));
	return count >= JOURNAL_ROWS_MOST ? 0 : SEAL_EVERY;
}

static int init(const struct service *s, const char *origin)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	char *vkey;

	FD(home) = open(s->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sealer_create(arena, home, (struct text){ origin, strlen(origin) }, &vkey, &err) != 0) {
		log_err(LOG_ERROR, "evidenced-007", "the log cannot be made", &err);
		return 1;
	}
	printf("%s\n", vkey);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* Beside the evidenced that seals: a new key and its hand-over, printed. It comes into use with the row that tells of it (sealer_retire). */
static int prepare_key(const struct service *s, const char *days_text)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct bytes note;
	uint64_t days;
	int64_t now = clock_now();

	if (decimal_decode(bytes_of(days_text, strlen(days_text)), EVIDENCE_OVERLAP_DAYS_MOST, &days, &err) != 0) {
		log_err(LOG_ERROR, "evidenced-014", "the days of overlap are not a number within the limit", &err);
		return 1;
	}
	FD(private) = openat(s->home_fd, "evidence/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (private < 0)
		fail_errno(&err, ERR_IO, "cannot open evidence/private");
	int result = -1;
	for (int tries = 0; private >= 0 && tries < PREPARE_TRIES; tries++) {
		result = signer_prepare(arena, private, now, now + (int64_t)days * 86400, &note, &err);
		if (result == 0 || err.code != ERR_BUSY)
			break;
		usleep(PREPARE_MICROSECONDS);
	}
	if (result != 0) {
		log_err(LOG_ERROR, "evidenced-015", "no new signing key was made", &err);
		return 1;
	}
	return file_write_all(1, note, &err) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct evidenced e = { .recordd = -1 };
	struct err err = { 0 };
	sigset_t stop;

	service_begin(&e.service, "evidenced", argc, argv);
	if (e.service.argc == 3 && strcmp(e.service.argv[1], "--init") == 0)
		return init(&e.service, e.service.argv[2]);
	if (e.service.argc == 2 && strcmp(e.service.argv[1], "--copy") == 0)
		return service_copied(&e.service, log_copy(1, e.service.home_fd, &err), &err);
	if (e.service.argc == 3 && strcmp(e.service.argv[1], "--rotate") == 0)
		return prepare_key(&e.service, e.service.argv[2]);
	if (e.service.argc != 1) {
		fprintf(stderr, "usage: evidenced [--home FOLDER] [--one-uid] [--log-debug]\n       evidenced [--home FOLDER] --init ORIGIN | --copy | --rotate DAYS\n");
		return 2;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	e.stop = signalfd(-1, &stop, SFD_CLOEXEC);
	must(e.stop >= 0);
	e.arena = arena_new(0);
	if (sealer_open(e.arena, e.service.home_fd, &e.sealer, &err) != 0) {
		if (is_alarm(err.code))
			alarm_and_stop(&e, &err);
		log_err(LOG_ERROR, "evidenced-008", "the log cannot be opened", &err);
		return 1;
	}
	static const struct sandbox_folder own[] = { { "evidence", SANDBOX_WRITE }, { NULL, 0 } };
	if (service_walls(&e.service, own, &err) != 0) {
		log_err(LOG_ERROR, "evidenced-011", "the walls do not stand", &err);
		return 1;
	}
	service_ready(&e.service);
	e.is_ready = true;
	for (int wait = 0; !is_told_to_stop(&e, wait);)
		wait = turn(&e);
	sealer_close(e.sealer);
	arena_free(e.arena);
	return 0;
}
