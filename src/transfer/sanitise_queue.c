/* 無害化の順番 — tickets without a verdict, a few at a time: decrypt into a sealed memfd → ask sanitized → encrypt what it gives back → verdict at
 * recordd. Every step may be cut off and done again: the ticket stays without verdict until the last one. An answer that does not come is
 * asked for again, a named number of times; then the file is refused, never lost in silence, never delivered. A protected file is no longer in the
 * queue: it waits for its password (ticket_lock). article: s2.12b s6.6c */
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "sanitize/client.h"
#include "transfer/lost_report.h"
#include "transfer/terms.h"
#include "transfer/transferd.h"
#include <unistd.h>

enum {
	STEP_BYTES = 2 << 20,	  /* between two looks at the loop */
	PAUSE_MILLISECONDS = 250, /* the first; each one after it is twice as long */
};

struct item {
	struct sanitise_queue *queue;
	struct item *next;
	uint64_t number;
	unsigned attempts; /* answers that did not come */
	unsigned pauses;   /* in a row, for the backoff */
	bool running;
	int64_t not_before;
	uint8_t given[TRANSFER_PASSWORD_MOST]; /* by its sender, for this try */
	size_t given_bytes;

	/* While it runs; all of it dies with the arena. */
	struct arena *arena;
	struct store_ticket ticket;
	struct text charset;
	struct bytes password;
	struct rules rules; /* of the policy in force when it is sanitised */
	struct spool_reader *reader;
	struct spool_writer *writer;
	int input, sanitized; /* -1 none */
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct sanitize_reply reply; /* .output -1 none */
	uint64_t copied;
	struct store_ticket_verdict verdict;
	struct store_ticket_lock lock;
};
struct sanitise_queue {
	struct transferd *transferd;
	struct item *items, **end;
	struct loop_timer *wake;
	unsigned running;
};

static void look(void *self);
static void judge(void *self);

static int64_t now(void)
{
	return clock_milliseconds();
}

struct sanitise_queue *sanitise_queue_new(struct transferd *t)
{
	struct sanitise_queue *q = calloc(1, sizeof *q);

	must(q);
	q->transferd = t;
	q->end = &q->items;
	return q;
}

static void wake_after(struct sanitise_queue *q, int64_t milliseconds)
{
	if (q->wake)
		loop_cancel(q->wake);
	q->wake = loop_after(q->transferd->loop, milliseconds, look, q);
}

static struct item *item_of(struct sanitise_queue *q, uint64_t number)
{
	for (struct item *i = q->items; i; i = i->next)
		if (i->number == number)
			return i;
	struct item *i = calloc(1, sizeof *i);
	must(i);
	*i = (struct item){ .queue = q, .number = number, .input = -1, .sanitized = -1, .reply.output = -1 };
	*q->end = i;
	q->end = &i->next;
	wake_after(q, 0);
	return i;
}

void sanitise_queue_add(struct sanitise_queue *q, uint64_t number) { item_of(q, number); }

void sanitise_queue_try(struct sanitise_queue *q, uint64_t number, struct text password)
{
	struct item *i = item_of(q, number);

	must(password.n <= sizeof i->given);
	memcpy(i->given, password.p, password.n);
	i->given_bytes = password.n;
}

/* ---- one item: its end ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Everything of this attempt is let go; the item itself stays. */
static void release(struct item *i)
{
	loop_remove(i->watch);
	loop_cancel(i->timer);
	i->watch = NULL, i->timer = NULL;
	spool_read_end(i->reader);
	spool_write_drop(i->writer);
	i->reader = NULL, i->writer = NULL;
	close_fd(&i->input), close_fd(&i->sanitized), close_fd(&i->reply.output);
	if (i->password.n)
		secret_wipe((void *)(uintptr_t)i->password.p, i->password.n);
	i->password = (struct bytes){ NULL, 0 };
	arena_free(i->arena);
	i->arena = NULL;
	i->copied = 0;
	if (i->running)
		i->queue->running--;
	i->running = false;
}

static void finished(struct item *i)
{
	struct sanitise_queue *q = i->queue;
	struct item **at = &q->items;

	release(i);
	while (*at != i)
		at = &(*at)->next;
	*at = i->next;
	if (q->end == &i->next)
		q->end = at;
	secret_wipe(i->given, sizeof i->given);
	free(i);
	wake_after(q, 0);
}

static int64_t next_pause(struct item *i)
{
	int64_t pause = (int64_t)PAUSE_MILLISECONDS << MIN(i->pauses, 16u);

	i->pauses++;
	return MIN(pause, (int64_t)TRANSFER_BACKOFF_SECONDS_MOST * 1000);
}

/* Later once more. */
static void later(struct item *i)
{
	struct sanitise_queue *q = i->queue;
	int64_t pause = next_pause(i);

	release(i);
	i->not_before = now() + pause;
	wake_after(q, 0);
}

/* ---- the verdict ---- */

static void erase_output(struct item *i)
{
	char name[SPOOL_NAME_MOST];
	struct err err = { 0 };

	if (spool_erase(i->queue->transferd->spool, SPOOL_OUT, ticket_name(i->number, name), &err) != 0)
		log_err(LOG_ERROR, "transferd-020", "an output that nobody gets could not be erased", &err);
}

/* recordd could not, for now: the same is asked again. */
static bool is_passing(const struct err *err)
{
	return err->code == ERR_PEER || err->code == ERR_BUSY || err->code == ERR_FULL || err->code == ERR_IO;
}

static void judge_soon(struct item *i)
{
	i->timer = loop_after(i->queue->transferd->loop, 0, judge, i);
}

/* The same verdict is given until recordd has answered. */
static void judge(void *self)
{
	struct item *i = self;
	struct transferd *t = i->queue->transferd;
	ARENA(arena) = arena_new(0);
	struct store_ticket_verdict_reply reply;
	struct err err = { 0 };
	int result;

	i->timer = NULL;
	STORE_ASK(result, &t->recordd, arena, ticket_verdict, &i->verdict, &reply, &err);
	if (result == 0) {
		log_line(LOG_INFO, "transferd-021", "ticket %llu: verdict %u", (unsigned long long)i->number, i->verdict.verdict);
		if (i->verdict.verdict == VERDICT_REFUSED)
			erase_output(i); /* of an earlier attempt */
		finished(i);
	} else if (is_passing(&err)) {
		i->timer = loop_after(t->loop, next_pause(i), judge, i);
	} else if (err.code == ERR_CONFLICT || err.code == ERR_NOT_FOUND) {
		log_err(LOG_WARNING, "transferd-022", "a verdict came too late and was dropped", &err);
		housekeeping_sweep_soon(t); /* expired meanwhile: the output just kept goes; judged already: what was recorded stands */
		finished(i);
	} else {
		transferd_fault(t, "a verdict was not taken", i->number, &err);
		later(i);
	}
}

/* The file does not open: it waits for a password, or for another one. After too many wrong ones the refusal is its verdict. */
static void lock_it(void *self)
{
	struct item *i = self;
	struct transferd *t = i->queue->transferd;
	ARENA(arena) = arena_new(0);
	struct store_ticket_lock_reply reply;
	struct err err = { 0 };
	int result;

	i->timer = NULL;
	STORE_ASK(result, &t->recordd, arena, ticket_lock, &i->lock, &reply, &err);
	if (result == 0) {
		log_line(LOG_INFO, "transferd-028", "ticket %llu waits for its password", (unsigned long long)i->number);
		finished(i);
	} else if (is_passing(&err)) {
		i->timer = loop_after(t->loop, next_pause(i), lock_it, i);
	} else if (err.code == ERR_CONFLICT || err.code == ERR_NOT_FOUND) {
		housekeeping_sweep_soon(t);
		finished(i);
	} else { /* ERR_TOO_MANY, or recordd knows no better: what the sanitiser said stands */
		judge(i);
	}
}

/* Is it refused for want of a password? *wrong: there was one. */
static bool wants_password(const struct json *report, bool *wrong)
{
	struct text code = sanitize_refusal(report);

	*wrong = text_is(code, "WRONG_PASSWORD");
	return *wrong || text_is(code, "ENCRYPTED");
}

static void refuse_it(struct item *i, const char *detail)
{
	i->verdict = (struct store_ticket_verdict){ .ticket = i->number, .verdict = VERDICT_REFUSED,
		.report = lost_report(i->arena, i->ticket.name, i->ticket.bytes, i->ticket.input, detail) };
	judge_soon(i);
}

/* The sanitiser gave no answer that can be believed. */
static void no_answer(struct item *i, const struct err *err)
{
	i->attempts++;
	log_err(LOG_WARNING, "transferd-023", "sanitising brought no answer", err);
	if (i->attempts < TRANSFER_SANITISE_ATTEMPTS_MOST) {
		later(i);
		return;
	}
	transferd_fault(i->queue->transferd, "sanitising was given up", i->number, err);
	loop_remove(i->watch);
	i->watch = NULL;
	refuse_it(i, err->say);
}

/* ---- what came back ---- */

static int read_report(struct item *i, struct json *report, enum ticket_verdict *verdict, struct err *err)
{
	if (i->reply.report.n > STORE_REPORT_MOST)
		return fail(err, ERR_LIMIT, i->reply.report.n, "the report is too long");
	if (json_read(i->arena, i->reply.report, report, err) != 0)
		return -1;
	struct text word = json_text(report, "verdict");
	*verdict = text_is(word, "clean") ? VERDICT_CLEAN : text_is(word, "converted") ? VERDICT_CONVERTED
		 : text_is(word, "refused") ? VERDICT_REFUSED : VERDICT_PENDING;
	if (*verdict == VERDICT_PENDING || (*verdict != VERDICT_REFUSED) != i->reply.delivered || i->reply.delivered != (i->reply.output >= 0))
		return fail(err, ERR_MALFORMED, 0, "report and reply contradict each other");
	return 0;
}

/* The output is under its name: is it what the report tells of? */
static int compare(struct item *i, uint64_t bytes, const uint8_t sha256[SHA256_BYTES], struct err *err)
{
	struct json report;
	enum ticket_verdict verdict;
	uint8_t told[SHA256_BYTES];

	if (read_report(i, &report, &verdict, err) != 0)
		return -1;
	const struct json *output = json_get(&report, "output");
	if (!output || output->kind != JSON_OBJECT ||
	    hex_decode(bytes_of_text(json_text(output, "sha256")), told, sizeof told, err) != 0)
		return fail(err, ERR_MALFORMED, 0, "the report does not tell the output's hash");
	if (memcmp(told, sha256, sizeof told) != 0 || json_number(output, "bytes", -1) != (int64_t)bytes)
		return fail(err, ERR_MISMATCH, 0, "the output is not the one the report tells of");
	i->verdict = (struct store_ticket_verdict){ .ticket = i->number, .verdict = (uint8_t)verdict, .output_name = json_text(output, "name"),
		.output_bytes = bytes, .output = bytes_of(arena_copy(i->arena, sha256, SHA256_BYTES), SHA256_BYTES), .report = i->reply.report };
	return 0;
}

static void keep_step(void *self)
{
	struct item *i = self;
	struct err err = { 0 };
	uint8_t piece[SPOOL_PIECE], sha256[SHA256_BYTES];
	char name[SPOOL_NAME_MOST];
	uint64_t bytes;

	i->timer = NULL;
	for (size_t done = 0; done < STEP_BYTES;) {
		ssize_t n = pread(i->reply.output, piece, sizeof piece, (off_t)i->copied);
		if (n < 0 || (n > 0 && spool_write(i->writer, bytes_of(piece, (size_t)n), &err) != 0)) {
			if (!err.code)
				fail_errno(&err, ERR_IO, "cannot read the output");
			log_err(LOG_ERROR, "transferd-024", "an output could not be kept; it will be made again", &err);
			later(i); /* the disk's fault, not the file's */
			return;
		}
		if (n == 0) {
			if (spool_keep(i->writer, ticket_name(i->number, name), &bytes, sha256, &err) != 0) {
				log_err(LOG_ERROR, "transferd-025", "an output could not be kept; it will be made again", &err);
				later(i);
				return;
			}
			i->writer = NULL;
			if (compare(i, bytes, sha256, &err) != 0) {
				erase_output(i);
				no_answer(i, &err);
				return;
			}
			i->pauses = 0;
			judge(i);
			return;
		}
		i->copied += (uint64_t)n, done += (size_t)n;
	}
	i->timer = loop_after(i->queue->transferd->loop, 0, keep_step, i);
}

static void answered(void *self, int fd, unsigned what)
{
	struct item *i = self;
	struct err err = { 0 };
	struct json report;
	enum ticket_verdict verdict;

	(void)what;
	loop_remove(i->watch);
	loop_cancel(i->timer);
	i->watch = NULL, i->timer = NULL;
	i->reply = (struct sanitize_reply){ .output = -1 };
	if (sanitize_answer(fd, i->arena, &i->reply, &err) != 0 || read_report(i, &report, &verdict, &err) != 0) {
		if (err.code == ERR_BUSY) {
			log_err(LOG_WARNING, "transferd-035", "a file is not judged yet; it waits", &err);
			later(i); /* not the file's fault, nor the sanitiser's: it waits as long as need be */
		} else {
			no_answer(i, &err);
		}
		return;
	}
	close_fd(&i->sanitized), close_fd(&i->input);
	i->pauses = 0;
	if (verdict == VERDICT_REFUSED) {
		bool wrong;
		i->verdict = (struct store_ticket_verdict){ .ticket = i->number, .verdict = VERDICT_REFUSED, .report = i->reply.report };
		if (!wants_password(&report, &wrong)) {
			judge(i);
			return;
		}
		i->lock = (struct store_ticket_lock){ i->number, wrong };
		lock_it(i);
		return;
	}
	if (spool_write_begin(i->queue->transferd->spool, SPOOL_OUT, bytes_of("{}", 2), &i->writer, &err) != 0) {
		log_err(LOG_ERROR, "transferd-026", "an output could not be kept; it will be made again", &err);
		later(i);
		return;
	}
	keep_step(i);
}

static void too_late(void *self)
{
	struct item *i = self;
	struct err err;

	i->timer = NULL;
	fail(&err, ERR_EXPIRED, i->number, "no answer within %d seconds", TRANSFER_SANITISE_SECONDS_MOST);
	no_answer(i, &err);
}

/* ---- what is asked ---- */

static void ask(struct item *i)
{
	struct transferd *t = i->queue->transferd;
	char name[SPOOL_NAME_MOST];
	struct err err = { 0 };
	struct sanitize_request request = { .name = i->ticket.name, .charset = i->charset, .password = i->password, .rules = i->rules, .input = i->input };

	ticket_name(i->number, name);
	request.ticket = (struct text){ name, strlen(name) };
	i->sanitized = service_connect(&t->service, "sanitized", &err);
	if (i->sanitized < 0 || sanitize_ask(i->sanitized, &request, &err) != 0) {
		log_err(LOG_WARNING, "transferd-027", "the sanitiser cannot be reached; files wait", &err);
		later(i); /* not the file's fault: it waits as long as need be */
		return;
	}
	i->watch = loop_add(t->loop, i->sanitized, LOOP_READ, answered, i);
	i->timer = loop_after(t->loop, TRANSFER_SANITISE_SECONDS_MOST * 1000LL, too_late, i);
}

static void damaged(struct item *i, const struct err *err)
{
	transferd_fault(i->queue->transferd, "a file in quarantine cannot be read", i->number, err);
	refuse_it(i, err->say);
}

static void decrypt_step(void *self)
{
	struct item *i = self;
	struct transferd *t = i->queue->transferd;
	struct err err = { 0 };
	uint8_t sha256[SHA256_BYTES];
	uint64_t bytes;
	bool end;

	i->timer = NULL;
	if (spool_read_step(i->reader, i->input, STEP_BYTES, &end, &err) != 0) {
		if (err.code == ERR_SIGNATURE)
			damaged(i, &err);
		else
			later(i);
		return;
	}
	if (!end) {
		i->timer = loop_after(t->loop, 0, decrypt_step, i);
		return;
	}
	spool_read_result(i->reader, &bytes, sha256);
	if (bytes != i->ticket.bytes || !bytes_equal(bytes_of(sha256, sizeof sha256), i->ticket.input)) {
		fail(&err, ERR_MISMATCH, i->number, "the file in quarantine is not the one recorded");
		damaged(i, &err);
	} else if (memfd_seal(i->input, &err) != 0) {
		later(i);
	} else {
		ask(i);
	}
}

static int read_note(struct item *i, struct bytes note, struct err *err)
{
	struct json j;

	if (json_read(i->arena, note, &j, err) != 0)
		return -1;
	struct text hex = json_text(&j, "password");
	uint8_t *password = arena_alloc(i->arena, hex.n / 2 + 1);
	if (hex.n % 2 || hex_decode(bytes_of_text(hex), password, hex.n / 2, err) != 0)
		return fail(err, ERR_MALFORMED, 0, "the note of the file is none");
	i->charset = json_text(&j, "charset");
	i->password = i->given_bytes ? bytes_of(arena_copy(i->arena, i->given, i->given_bytes), i->given_bytes) : bytes_of(password, hex.n / 2);
	return 0;
}

static void start(struct item *i)
{
	struct transferd *t = i->queue->transferd;
	char name[SPOOL_NAME_MOST];
	struct store_reader *reader;
	struct bytes note;
	struct err err = { 0 };

	i->running = true;
	i->queue->running++;
	i->arena = arena_new(0);
	if (transferd_reader(t, &reader, &err) != 0 || store_read_ticket(reader, i->arena, i->number, &i->ticket, &err) != 0) {
		transferd_reader_failed(t, &err);
		later(i);
		return;
	}
	if (i->ticket.verdict != VERDICT_PENDING || i->ticket.state != TICKET_RECEIVED || i->ticket.erased) {
		if (i->ticket.erased)
			housekeeping_sweep_soon(t); /* an earlier attempt may have kept an output after the file was erased */
		finished(i);
		return;
	}
	if (rules_in_force(reader, i->ticket.outward ? DIRECTION_OUT : DIRECTION_IN, &i->rules, &err) != 0) {
		log_err(LOG_WARNING, "transferd-029", "no policy in force says how this file is made safe; it waits", &err);
		later(i);
		return;
	}
	i->input = memfd_new("input", &err);
	if (i->input < 0) {
		later(i);
		return;
	}
	if (spool_read_begin(t->spool, SPOOL_IN, ticket_name(i->number, name), i->arena, &note, &i->reader, &err) != 0 ||
	    read_note(i, note, &err) != 0) {
		/* Its name may still be that of its request: housekeeping is given the time to see to it. */
		if (err.code == ERR_SIGNATURE || err.code == ERR_MALFORMED || (err.code == ERR_NOT_FOUND && ++i->attempts >= TRANSFER_SANITISE_ATTEMPTS_MOST))
			damaged(i, &err);
		else
			later(i);
		return;
	}
	decrypt_step(i);
}

/* ---- the order ---- */

static void look(void *self)
{
	struct sanitise_queue *q = self;
	int64_t soonest = INT64_MAX, at = now();
	struct item *i = q->items;

	q->wake = NULL;
	while (i && q->running < TRANSFER_SANITISE_PARALLEL_MOST) {
		struct item *next = i->next;
		if (!i->running && i->not_before <= at)
			start(i);
		else if (!i->running)
			soonest = MIN(soonest, i->not_before);
		i = next;
	}
	if (soonest != INT64_MAX && !q->wake)
		wake_after(q, MAX(soonest - at, (int64_t)1));
}
