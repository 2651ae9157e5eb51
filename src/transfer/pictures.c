/* 最初のページの絵を描く — what pages ask for (pictures.h): one that was drawn before is handed out; else the file is decrypted, a jail draws its first page, and the
 * picture is kept. One at a time, the others wait; a file that cannot be drawn is remembered by an empty picture, so that it is tried once. Each look at the
 * content of somebody's file is a row in the journal before the picture is handed out. article: s6.3.2b s6.6a */
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "sanitize/client.h"
#include "sanitize/format.h"
#include "transfer/pictures.h"
#include "transfer/transferd.h"
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_BYTES = 2 << 20, PICTURE_BYTES_MOST = 64 << 20 };

struct drawing {
	struct exchange *x;
	struct drawing *next; /* in the order in which they are drawn; the first one is being drawn */
	struct store_ticket ticket;
	struct text person, format;
	enum picture_of which;
	char name[PICTURE_NAME];
	struct spool_reader *reader;
	int input, sanitized, picture; /* -1 none */
	struct loop_watch *watch;
	struct loop_timer *timer;
};

static void begin_first(struct transferd *t);

/* ---- the end ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void release(struct drawing *d)
{
	struct transferd *t = d->x->transferd;

	loop_remove(d->watch);
	loop_cancel(d->timer);
	d->watch = NULL, d->timer = NULL;
	spool_read_end(d->reader);
	d->reader = NULL;
	close_fd(&d->input), close_fd(&d->sanitized), close_fd(&d->picture);
	if (t->drawings == d) {
		t->drawings = d->next;
		t->drawing_count--;
		begin_first(t);
	}
}

static void not_shown(struct drawing *d, const struct err *err)
{
	struct exchange *x = d->x;

	release(d);
	exchange_failed(x, err); /* d lies in its arena */
}

static int record(struct drawing *d, struct err *err)
{
	struct arena *arena = d->x->arena;
	struct json *content = json_object(arena);
	struct store_process_event report = { .event = TEXT("ticket.pictured") };
	int result;

	json_set_str(arena, content, "face", d->x->face == FACE_OFFICE ? "office" : "internet");
	json_set_text(arena, content, "person", d->person);
	json_set_number(arena, content, "ticket", (int64_t)d->ticket.number);
	json_set_str(arena, content, "which", d->which == PICTURE_AFTER ? "after" : "before");
	report.content = json_bytes(arena, content);
	STORE_ASK(result, &d->x->transferd->recordd, arena, process_event, &report, NULL, err);
	return result;
}

static void show(struct drawing *d)
{
	struct exchange *x = d->x;
	struct stat st;
	struct err err = { 0 };

	if (fstat(d->picture, &st) != 0)
		fail_errno(&err, ERR_IO, "cannot look at a picture");
	else if (st.st_size == 0)
		fail(&err, ERR_UNSUPPORTED, d->ticket.number, "no picture can be made of this file");
	if (err.code || record(d, &err) != 0) {
		not_shown(d, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	int fd = d->picture;
	d->picture = -1;
	ipc_put_u64(&m, (uint64_t)st.st_size);
	ipc_put_fd(&m, fd);
	release(d);
	exchange_reply(x, &m);
	close(fd);
}

/* ---- one that is there ---- */

static int take_kept(struct drawing *d, struct err *err)
{
	struct spool_reader *reader;
	struct bytes note;
	bool end = false;
	int got = 0;

	if (spool_read_begin(d->x->transferd->spool, SPOOL_PICTURES, d->name, d->x->arena, &note, &reader, err) != 0)
		return -1;
	d->picture = memfd_new("picture", err);
	if (d->picture < 0)
		got = -1;
	while (got == 0 && !end)
		got = spool_read_step(reader, d->picture, STEP_BYTES, &end, err);
	spool_read_end(reader);
	if (got == 0 && lseek(d->picture, 0, SEEK_SET) != 0)
		got = fail_errno(err, ERR_IO, "cannot go back to the front of a picture");
	return got == 0 ? memfd_seal(d->picture, err) : -1;
}

static void show_kept(struct drawing *d)
{
	struct err err = { 0 };

	if (take_kept(d, &err) == 0)
		show(d);
	else
		not_shown(d, &err);
}

/* ---- one that is made ---- */

/* fd -1: it cannot be drawn. */
static int keep(struct drawing *d, int fd, struct err *err)
{
	struct spool *spool = d->x->transferd->spool;
	struct spool_writer *writer;
	uint8_t piece[SPOOL_PIECE], sha256[SHA256_BYTES];
	uint64_t at = 0;

	if (spool_write_begin(spool, SPOOL_PICTURES, bytes_of("{}", 2), &writer, err) != 0)
		return -1;
	for (ssize_t n = 1; fd >= 0 && n > 0; at += (uint64_t)n) {
		n = pread(fd, piece, sizeof piece, (off_t)at);
		if (n < 0 || at > PICTURE_BYTES_MOST || spool_write(writer, bytes_of(piece, (size_t)n), err) != 0) {
			spool_write_drop(writer);
			return err->code ? -1 : fail(err, ERR_IO, at, "the picture cannot be read");
		}
	}
	return spool_keep(writer, d->name, &at, sha256, err);
}

/* Its term may have come meanwhile: then nothing of it is left. */
static int still_there(struct drawing *d, struct err *err)
{
	struct transferd *t = d->x->transferd;
	struct store_reader *reader;
	struct store_ticket now;

	if (transferd_reader(t, &reader, err) != 0 || store_read_ticket(reader, d->x->arena, d->ticket.number, &now, err) != 0) {
		transferd_reader_failed(t, err);
		return -1;
	}
	if (!now.erased)
		return 0;
	if (spool_erase(t->spool, SPOOL_PICTURES, d->name, err) != 0)
		return -1;
	return fail(err, ERR_EXPIRED, now.number, "the term of the ticket is over");
}

static void answered(void *self, int fd, unsigned what)
{
	struct drawing *d = self;
	struct err err = { 0 };
	int picture = -1;

	(void)what;
	loop_remove(d->watch);
	d->watch = NULL;
	if (sanitize_answer_picture(fd, d->x->arena, &picture, &err) == 0 && keep(d, picture, &err) == 0 && still_there(d, &err) == 0)
		show_kept(d);
	else
		not_shown(d, &err);
	close_fd(&picture);
}

static void too_late(void *self)
{
	struct drawing *d = self;
	struct err err;

	d->timer = NULL;
	fail(&err, ERR_BUSY, d->ticket.number, "no picture within %d seconds", TRANSFER_PICTURE_SECONDS_MOST);
	not_shown(d, &err);
}

static int ask(struct drawing *d, struct err *err)
{
	struct transferd *t = d->x->transferd;
	uint8_t sha256[SHA256_BYTES];
	uint64_t bytes;

	spool_read_result(d->reader, &bytes, sha256);
	if (!bytes_equal(bytes_of(sha256, sizeof sha256), d->which == PICTURE_AFTER ? d->ticket.output : d->ticket.input))
		return fail(err, ERR_MISMATCH, d->ticket.number, "the file in the spool is not the one recorded");
	if (memfd_seal(d->input, err) != 0)
		return -1;
	d->sanitized = service_connect(&t->service, "sanitized", err);
	if (d->sanitized < 0 || sanitize_ask_picture(d->sanitized, d->format, (struct text){ d->name, strlen(d->name) }, d->input, err) != 0)
		return fail(err, ERR_BUSY, d->ticket.number, "the sanitiser cannot be reached");
	d->watch = loop_add(t->loop, d->sanitized, LOOP_READ, answered, d);
	d->timer = loop_after(t->loop, TRANSFER_PICTURE_SECONDS_MOST * 1000LL, too_late, d);
	return 0;
}

static void decrypt_step(void *self)
{
	struct drawing *d = self;
	struct err err = { 0 };
	bool end;

	d->timer = NULL;
	if (spool_read_step(d->reader, d->input, STEP_BYTES, &end, &err) != 0 || (end && ask(d, &err) != 0))
		not_shown(d, &err);
	else if (!end)
		d->timer = loop_after(d->x->transferd->loop, 0, decrypt_step, d);
}

/* The turn of one has come. Whoever waited before it may have had the same one drawn. */
static void begin_drawing(void *self)
{
	struct drawing *d = self;
	struct transferd *t = d->x->transferd;
	char name[SPOOL_NAME_MOST];
	struct bytes note;
	struct err err = { 0 };

	d->timer = NULL;
	if (!d->x->connection) { /* nobody waits for it any more */
		fail(&err, ERR_BUSY, 0, "the caller has gone");
		not_shown(d, &err);
		return;
	}
	if (spool_holds(t->spool, SPOOL_PICTURES, d->name)) {
		show_kept(d);
		return;
	}
	d->input = memfd_new("input", &err);
	if (d->input < 0 || spool_read_begin(t->spool, d->which == PICTURE_AFTER ? SPOOL_OUT : SPOOL_IN, ticket_name(d->ticket.number, name), d->x->arena, &note, &d->reader, &err) != 0)
		not_shown(d, &err);
	else
		decrypt_step(d);
}

static void begin_first(struct transferd *t)
{
	if (t->drawings)
		t->drawings->timer = loop_after(t->loop, 0, begin_drawing, t->drawings);
}

static int wait_turn(struct drawing *d, struct err *err)
{
	struct transferd *t = d->x->transferd;
	struct drawing **end = &t->drawings;

	if (t->drawing_count >= TRANSFER_PICTURES_WAITING_MOST)
		return fail(err, ERR_TOO_MANY, t->drawing_count, "too many pictures wait to be drawn");
	while (*end)
		end = &(*end)->next;
	*end = d;
	if (t->drawing_count++ == 0)
		begin_first(t);
	return 0;
}

/* ---- what is asked ---- */

static int may_see(struct drawing *d, struct err *err)
{
	struct exchange *x = d->x;
	struct store_session_check_reply person;
	struct store_reader *reader;
	struct json report;
	bool may_decide;

	if (exchange_person(x, &person, err) != 0 || transferd_reader(x->transferd, &reader, err) != 0)
		return -1;
	if (store_read_ticket(reader, x->arena, x->asked.number, &d->ticket, err) != 0 ||
	    store_read_may_decide(reader, x->arena, person.number, x->asked.number, &may_decide, err) != 0) {
		transferd_reader_failed(x->transferd, err);
		return -1;
	}
	if (!pictures_may_see(&d->ticket, person.number, x->face, may_decide, clock_now()))
		return fail(err, ERR_NOT_FOUND, x->asked.number, "no picture for this person");
	d->person = arena_text(x->arena, person.number);
	if (json_read_loose(x->arena, d->ticket.report, &report, err) != 0)
		return -1;
	d->format = picture_format(&report, d->which);
	return format_is_pictured(d->format) ? 0 : fail(err, ERR_UNSUPPORTED, x->asked.number, "no pictures of %s", d->format.p);
}

void picture(struct exchange *x)
{
	struct drawing *d = arena_alloc(x->arena, sizeof *d);
	struct err err = { 0 };

	*d = (struct drawing){ .x = x, .which = x->asked.after ? PICTURE_AFTER : PICTURE_BEFORE, .input = -1, .sanitized = -1, .picture = -1 };
	picture_name(x->asked.number, d->which, d->name);
	if (may_see(d, &err) != 0) {
		not_shown(d, &err);
	} else if (spool_holds(x->transferd->spool, SPOOL_PICTURES, d->name)) {
		show_kept(d);
	} else if (wait_turn(d, &err) != 0) {
		not_shown(d, &err);
	} else {
		exchange_goes_on(x);
	}
}
