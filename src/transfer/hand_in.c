/* ファイルの受付 — a file streams from a pipe into the encrypted spool with little memory; when it is durable a ticket is opened, and only then
 * the sender is told. What is cut off leaves nothing; what was accepted is never lost. article: s2.12a s6.3.2b */
#include "base/code.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/field.h"
#include "transfer/terms.h"
#include "transfer/transferd.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { REQUEST_ID = 16, TYPE_MOST = 200, READS_IN_A_ROW = 16 };

struct upload {
	struct transferd *transferd;
	struct transfer_connection *connection;
	struct arena *arena;
	struct text addressee, purpose, name;
	struct bytes provenance;
	uint8_t token[TRANSFER_TOKEN], request[REQUEST_ID];
	uint64_t bytes_most;
	uint32_t keep_days;
	struct spool_writer *writer;
	int pipe;
	struct loop_watch *watch;
	struct loop_timer *idle;
	int64_t last; /* milliseconds: content came */
	struct err failure; /* code ERR_NONE: none so far */
	bool complete;      /* the pipe has ended */
	struct exchange *finish; /* waits for the end of the pipe */
	uint8_t piece[SPOOL_PIECE];
};

static void stop_reading(struct upload *u)
{
	loop_remove(u->watch);
	u->watch = NULL;
	if (u->pipe >= 0)
		close(u->pipe); /* the sender's next write fails: it goes on to FINISH, which says why */
	u->pipe = -1;
}

static void upload_free(struct upload *u)
{
	stop_reading(u);
	loop_cancel(u->idle);
	spool_write_drop(u->writer);
	if (u->connection)
		u->connection->upload = NULL;
	u->transferd->uploads--;
	secret_wipe(u->piece, sizeof u->piece);
	arena_free(u->arena); /* u lies in it */
}

void upload_drop(struct upload *u)
{
	if (!u)
		return;
	log_line(LOG_INFO, "transferd-010", "an upload was broken off; nothing was kept");
	if (u->finish)
		exchange_drop(u->finish);
	upload_free(u);
}

/* ---- the end: durable, then a ticket ---- */

static int open_ticket(struct upload *u, struct arena *arena, const char *name, uint64_t bytes, const uint8_t sha256[SHA256_BYTES], uint64_t *ticket,
		       struct err *err)
{
	struct store_ticket_open open = { .token = bytes_of(u->token, sizeof u->token), .request = bytes_of(u->request, sizeof u->request),
		.addressee = u->addressee, .purpose = u->purpose, .name = u->name, .bytes = bytes, .input = bytes_of(sha256, SHA256_BYTES),
		.provenance = u->provenance, .keep_days = u->keep_days };
	struct store_ticket_open_reply opened;
	struct err no = { 0 };
	int result;

	STORE_ASK(result, &u->transferd->recordd, arena, ticket_open, &open, &opened, err);
	if (result == 0) {
		*ticket = opened.ticket;
		return 0;
	}
	/* Not answered: the ticket may exist all the same. The file stays under its request's name: housekeeping adopts it if the ticket
	 * shows, and erases it if not. In every other case there is no ticket. */
	if (err->code != ERR_PEER && err->code != ERR_BUSY && spool_erase(u->transferd->spool, SPOOL_IN, name, &no) != 0)
		log_err(LOG_ERROR, "transferd-011", "a refused file could not be erased at once", &no);
	return -1;
}

static int accept_file(struct upload *u, struct arena *arena, uint64_t announced, uint64_t *ticket, struct err *err)
{
	char name[SPOOL_NAME_MOST], final[SPOOL_NAME_MOST];
	uint8_t sha256[SHA256_BYTES];
	uint64_t bytes;
	struct err no = { 0 };

	if (spool_written(u->writer) != announced)
		return fail(err, ERR_CUT_SHORT, spool_written(u->writer), "%llu bytes were announced, %llu came", (unsigned long long)announced,
			    (unsigned long long)spool_written(u->writer));
	hex_put(name, bytes_of(u->request, sizeof u->request));
	if (spool_keep(u->writer, name, &bytes, sha256, err) != 0)
		return -1;
	u->writer = NULL;
	if (open_ticket(u, arena, name, bytes, sha256, ticket, err) != 0)
		return -1;
	/* From here on it is accepted, whatever happens: should the name not be changed now, housekeeping does it. */
	if (spool_rename(u->transferd->spool, SPOOL_IN, name, ticket_name(*ticket, final), &no) != 0)
		log_err(LOG_ERROR, "transferd-012", "an accepted file keeps its temporary name for now", &no);
	return 0;
}

static void finish(struct upload *u)
{
	struct exchange *x = u->finish;
	struct transferd *t = u->transferd;
	struct err err = u->failure;
	char name[SPOOL_NAME_MOST];
	uint64_t ticket = 0;
	int result = err.code ? -1 : accept_file(u, x->arena, x->asked.number, &ticket, &err);

	u->finish = NULL;
	upload_free(u);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u64(&m, ticket);
	exchange_reply(x, &m);
	if (spool_holds(t->spool, SPOOL_IN, ticket_name(ticket, name)))
		sanitise_queue_add(t->queue, ticket); /* else housekeeping adds it once the file has its name */
}

void hand_in_finish(struct exchange *x)
{
	struct upload *u = x->connection->upload;
	struct err err;

	if (!u || u->finish) {
		fail(&err, ERR_INVALID, 0, "nothing is being handed in on this connection");
		exchange_failed(x, &err);
		return;
	}
	u->finish = x;
	if (u->complete || u->failure.code)
		finish(u);
}

/* ---- the stream ---- */

static void stream_failed(struct upload *u)
{
	stop_reading(u);
	spool_write_drop(u->writer); /* room for others, before the sender comes to ask */
	u->writer = NULL;
	if (u->finish)
		finish(u);
}

static void content_came(void *self, int fd, unsigned what)
{
	struct upload *u = self;

	(void)what;
	for (int i = 0; i < READS_IN_A_ROW; i++) { /* then others are served */
		ssize_t n = read(fd, u->piece, sizeof u->piece);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			fail_errno(&u->failure, ERR_IO, "cannot read what is handed in");
			stream_failed(u);
			return;
		}
		u->last = clock_milliseconds();
		if (n == 0) {
			u->complete = true;
			stop_reading(u);
			if (u->finish)
				finish(u);
			return;
		}
		if (spool_written(u->writer) + (uint64_t)n > u->bytes_most)
			fail(&u->failure, ERR_LIMIT, u->bytes_most, "the file has more than %llu bytes", (unsigned long long)u->bytes_most);
		else
			(void)!spool_write(u->writer, bytes_of(u->piece, (size_t)n), &u->failure);
		if (u->failure.code) {
			stream_failed(u);
			return;
		}
	}
}

static void look_whether_it_moves(void *self)
{
	struct upload *u = self;
	int64_t still = clock_milliseconds() - u->last, most = TRANSFER_UPLOAD_IDLE_SECONDS_MOST * 1000;

	u->idle = NULL;
	if (still < most) {
		u->idle = loop_after(u->transferd->loop, most - still + 1, look_whether_it_moves, u);
	} else if (!u->finish) {
		log_line(LOG_INFO, "transferd-013", "an upload stood still for %d seconds and was dropped", TRANSFER_UPLOAD_IDLE_SECONDS_MOST);
		fail(&u->failure, ERR_EXPIRED, 0, "nothing came for %d seconds", TRANSFER_UPLOAD_IDLE_SECONDS_MOST);
		stream_failed(u);
	}
}

/* ---- the beginning ---- */

static int check_fields(struct exchange *x, struct err *err)
{
	const struct transfer_asked *a = &x->asked;
	enum charset charset;

	if (field_check(FIELD_WORDS, a->purpose, STORE_PURPOSE_MOST, "purpose", err) != 0 ||
	    field_check(FIELD_ID, a->addressee, STORE_ID_MOST, "addressee", err) != 0)
		return -1;
	if (a->charset.n && charset_by_name(a->charset.p, &charset) != 0)
		return fail(err, ERR_INVALID, 0, "the charset is none of those known");
	if (a->password.n > TRANSFER_PASSWORD_MOST)
		return fail(err, ERR_LIMIT, a->password.n, "the password has more than %d bytes", TRANSFER_PASSWORD_MOST);
	return 0;
}

static int check_against_store(struct exchange *x, struct transfer_terms *t, struct err *err)
{
	struct store_reader *reader;
	struct store_person addressee;

	if (transferd_reader(x->transferd, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, t, err) != 0 || store_read_person(reader, x->arena, x->asked.addressee, &addressee, err) != 0) {
		transferd_reader_failed(x->transferd, err);
		return -1;
	}
	if (addressee.to && addressee.to <= clock_now())
		return fail(err, ERR_NOT_FOUND, 0, "the addressee has left");
	if (x->asked.number > t->bytes_most)
		return fail(err, ERR_LIMIT, t->bytes_most, "the file has more than %llu bytes", (unsigned long long)t->bytes_most);
	return spool_has_room(x->transferd->spool, 2 * x->asked.number, err); /* what comes in and what is rebuilt */
}

static const char *plain(struct arena *arena, struct text t, size_t most)
{
	return text_printable(arena, bytes_of_text(t), most);
}

/* Where it came from, as far as anyone can say (A5). The request's id ties the spool file to its ticket. */
static struct bytes provenance_of(struct upload *u, const struct transfer_asked *a)
{
	struct json *j = json_object(u->arena);

	json_set_str(u->arena, j, "charset", plain(u->arena, a->charset, 32));
	json_set_str(u->arena, j, "declared_type", plain(u->arena, a->declared_type, TYPE_MOST));
	json_set_str(u->arena, j, "name_received", plain(u->arena, a->name, STORE_FILE_NAME_MOST));
	json_set_str(u->arena, j, "request", hex_of(u->arena, bytes_of(u->request, sizeof u->request)));
	json_set_str(u->arena, j, "source", plain(u->arena, a->source, STORE_SOURCE_MOST));
	return json_bytes(u->arena, j);
}

static struct upload *upload_new(struct exchange *x, const struct transfer_terms *t, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct upload *u = arena_alloc(arena, sizeof *u);
	const struct transfer_asked *a = &x->asked;
	/* What the sanitiser will want besides the content lies with it, encrypted alike. */
	struct json *note = json_object(x->arena);

	json_set_text(x->arena, note, "charset", a->charset);
	json_set_str(x->arena, note, "password", hex_of(x->arena, bytes_of_text(a->password)));
	u->arena = arena, u->transferd = x->transferd, u->pipe = -1;
	if (spool_write_begin(x->transferd->spool, SPOOL_IN, json_bytes(x->arena, note), &u->writer, err) != 0) {
		arena_free(arena);
		return NULL;
	}
	u->addressee = arena_text(arena, a->addressee), u->purpose = arena_text(arena, a->purpose);
	u->name = transfer_safe_name(arena, a->name);
	memcpy(u->token, a->token, sizeof u->token);
	random_bytes(u->request, sizeof u->request);
	u->provenance = provenance_of(u, a);
	u->bytes_most = t->bytes_most, u->keep_days = t->keep_days;
	u->last = clock_milliseconds();
	u->transferd->uploads++;
	return u;
}

/* The pipe is ours: whoever writes into it has no handle on how we read (a shared one could be made to block us). */
static int make_pipe(int ends[2], struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_BUSY, "cannot make a pipe for what is handed in");
	must(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	return 0;
}

static int begin_upload(struct exchange *x, int *write_end, struct err *err)
{
	struct store_session_check_reply person;
	struct transfer_terms t;

	if (x->connection->upload)
		return fail(err, ERR_INVALID, 0, "a file is being handed in on this connection already");
	if (x->transferd->uploads >= TRANSFER_UPLOADS_MOST)
		return fail(err, ERR_BUSY, TRANSFER_UPLOADS_MOST, "%d files are being handed in already", TRANSFER_UPLOADS_MOST);
	if (exchange_person(x, &person, err) != 0 || check_fields(x, err) != 0 || check_against_store(x, &t, err) != 0)
		return -1;
	int ends[2];
	if (make_pipe(ends, err) != 0)
		return -1;
	struct upload *u = upload_new(x, &t, err);
	if (!u) {
		close(ends[0]), close(ends[1]);
		return -1;
	}
	u->pipe = ends[0];
	*write_end = ends[1];
	u->connection = x->connection;
	x->connection->upload = u;
	u->watch = loop_add(x->transferd->loop, u->pipe, LOOP_READ, content_came, u);
	u->idle = loop_after(x->transferd->loop, TRANSFER_UPLOAD_IDLE_SECONDS_MOST * 1000, look_whether_it_moves, u);
	return 0;
}

void hand_in(struct exchange *x)
{
	static uint64_t uploads;
	struct err err = { 0 };
	int write_end = -1;

	if (begin_upload(x, &write_end, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u64(&m, ++uploads);
	ipc_put_fd(&m, write_end);
	exchange_reply(x, &m);
	close(write_end);
}
