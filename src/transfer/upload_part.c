/* 送信の一区切り — contract in upload.h. A part streams from a pipe into an encrypted file with little memory; it is acknowledged when it is durable.
 * article: s2.12a s6.3.2b */
#include "base/log.h"
#include "transfer/terms.h"
#include "transfer/upload_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { READS_IN_A_ROW = 16 };

static void part_end(struct upload *u);

static void stream_failed(struct upload *u)
{
	upload_stop_reading(u);
	upload_let_go(u); /* room for others, before the sender comes to ask; a lasting one stays as far as it is durable */
	if (u->finish)
		part_end(u);
}

static void content_came(void *self, int fd, unsigned what)
{
	static uint8_t piece[SPOOL_PIECE];
	struct upload *u = self;

	(void)what;
	for (int i = 0; i < READS_IN_A_ROW; i++) { /* then others are served */
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			fail_errno(&u->failure, ERR_IO, "cannot read what is handed in");
			stream_failed(u);
			return;
		}
		u->last = clock_milliseconds();
		if (n == 0) {
			u->ended = true;
			upload_stop_reading(u);
			if (u->finish)
				part_end(u);
			return;
		}
		if (spool_written(u->writer) + (uint64_t)n > u->most)
			fail(&u->failure, ERR_LIMIT, u->most, "the file has more than %llu bytes", (unsigned long long)u->most);
		else
			(void)!spool_write(u->writer, bytes_of(piece, (size_t)n), &u->failure);
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
		log_line(LOG_INFO, "transferd-013", "an upload stood still for %d seconds and was stopped", TRANSFER_UPLOAD_IDLE_SECONDS_MOST);
		fail(&u->failure, ERR_EXPIRED, 0, "nothing came for %d seconds", TRANSFER_UPLOAD_IDLE_SECONDS_MOST);
		stream_failed(u);
	}
}

/* A new part takes the place of one whose line is broken without anybody having noticed. */
static void displace(struct upload *u)
{
	struct err err;

	if (!u->connection || u->connection->upload != u)
		return;
	if (u->finish) {
		struct exchange *x = u->finish;
		u->finish = NULL;
		fail(&err, ERR_CONFLICT, 0, "another part of the same file has come");
		exchange_failed(x, &err);
	}
	if (u->writer)
		spool_forget_rest(u->writer);
	upload_part_over(u);
}

static int check_part(struct exchange *x, struct upload *u, struct err *err)
{
	struct store_reader *reader;
	struct transfer_terms terms;

	if (x->connection->upload && x->connection->upload != u)
		return fail(err, ERR_INVALID, 0, "another file is coming in on this connection");
	if (u->complete)
		return fail(err, ERR_CONFLICT, u->whole.bytes, "the file is complete");
	if (transferd_reader(x->transferd, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, exchange_direction(x), &terms, err) != 0) {
		transferd_reader_failed(x->transferd, err);
		return -1;
	}
	displace(u);
	spool_forget_rest(u->writer);
	if (x->asked.number != spool_written(u->writer))
		return fail(err, ERR_CONFLICT, spool_written(u->writer), "the next part begins at %llu", (unsigned long long)spool_written(u->writer));
	u->most = u->bytes ? MIN(u->bytes, terms.bytes_most) : terms.bytes_most;
	if (u->limit)
		u->most = MIN(u->most, u->limit);
	return 0;
}

/* The pipe is ours: whoever writes into it has no handle on how we read (a shared one could be made to block us). */
static int make_pipe(int ends[2], struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_BUSY, "cannot make a pipe for what is handed in");
	must(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	return 0;
}

static void part_begins(struct upload *u, void *self, const struct err *why)
{
	struct exchange *x = self;
	struct err err = why ? *why : (struct err){ 0 };
	int ends[2];

	if (!x->connection) { /* gone meanwhile */
		exchange_drop(x);
		return;
	}
	if (why && (why->code == ERR_SIGNATURE || why->code == ERR_NOT_FOUND))
		upload_forget(u, true);
	if (why || check_part(x, u, &err) != 0 || make_pipe(ends, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	u->pipe = ends[0];
	u->connection = x->connection, u->connection->upload = u;
	u->part_at = spool_written(u->writer);
	u->touched = clock_now(), u->last = clock_milliseconds();
	u->watch = loop_add(u->transferd->loop, u->pipe, LOOP_READ, content_came, u);
	u->idle = loop_after(u->transferd->loop, TRANSFER_UPLOAD_IDLE_SECONDS_MOST * 1000, look_whether_it_moves, u);
	struct ipc_message m = exchange_answer(x);
	if (x->asked.type == TRANSFER_GUEST_UPLOAD)
		ipc_put_bytes(&m, bytes_of(u->id, sizeof u->id));
	ipc_put_fd(&m, ends[1]);
	exchange_reply(x, &m);
	close(ends[1]);
}

/* Who asks, and for which upload of theirs. */
static int own_upload(struct exchange *x, struct upload **out, struct err *err)
{
	struct store_session_check_reply person;

	if (exchange_person(x, &person, err) != 0)
		return -1;
	if (upload_find(x->transferd, bytes_of(x->asked.upload, sizeof x->asked.upload), person.number, out, err) != 0)
		return -1;
	return (*out)->held ? fail(err, ERR_BUSY, 0, "the file is being handed in") : 0;
}

void upload_part(struct exchange *x)
{
	struct err err = { 0 };
	struct upload *u;

	if (own_upload(x, &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	exchange_goes_on(x);
	upload_wake(u, part_begins, x);
}

/* Begun and open for writing at once; it does not last. */
void guest_upload(struct exchange *x)
{
	struct store_guest_link_check_reply link;
	struct err err = { 0 };
	struct upload *u;

	if (exchange_guest(x, &link, &err) == 0 && link.files_left == 0)
		fail(&err, ERR_TOO_MANY, 0, "the link is good for no more files");
	if (err.code || upload_new(x, upload_guest(x->arena, link.number), &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	u->limit = link.bytes_most;
	exchange_goes_on(x);
	upload_wake(u, part_begins, x);
}

/* All of the part is here. A lasting upload answers what is durable; one that is complete by this part is durable as a whole. */
static int acknowledge(struct upload *u, uint64_t announced, uint64_t *so_far, struct err *err)
{
	if (u->failure.code) {
		*err = u->failure;
		return -1;
	}
	if (spool_written(u->writer) - u->part_at != announced) {
		fail(err, ERR_CUT_SHORT, spool_written(u->writer), "%llu bytes were announced, %llu came", (unsigned long long)announced,
		     (unsigned long long)(spool_written(u->writer) - u->part_at));
		spool_forget_rest(u->writer);
		return -1;
	}
	*so_far = spool_written(u->writer);
	if (!u->lasting) {
		u->complete = true;
		u->whole.bytes = *so_far;
		return 0;
	}
	if (*so_far == u->bytes)
		return upload_settle_whole(u, err);
	return spool_settle(u->writer, so_far, err);
}

static void part_end(struct upload *u)
{
	struct exchange *x = u->finish;
	struct err err = { 0 };
	uint64_t so_far = 0;
	int result = acknowledge(u, x->asked.number, &so_far, &err);

	u->finish = NULL;
	upload_part_over(u);
	if (result != 0) {
		if (!u->lasting)
			upload_forget(u, true);
		else if (err.code != ERR_CUT_SHORT)
			upload_let_go(u); /* a write that failed half way: read again from the front what is durable */
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u64(&m, so_far);
	exchange_reply(x, &m);
}

void upload_part_end(struct exchange *x)
{
	struct upload *u = x->connection->upload;
	struct err err;

	if (!u || u->finish) {
		fail(&err, ERR_INVALID, 0, "nothing is being handed in on this connection");
		exchange_failed(x, &err);
		return;
	}
	exchange_goes_on(x);
	u->finish = x;
	if (u->ended || u->failure.code)
		part_end(u);
}

int upload_settle_whole(struct upload *u, struct err *err)
{
	if (u->lasting && u->writer) {
		if (spool_complete(u->writer, &u->whole.bytes, u->whole.sha256, err) != 0)
			return -1;
		u->writer = NULL, u->complete = true;
	} else if (u->writer) {
		if (spool_keep(u->writer, u->hex, &u->whole.bytes, u->whole.sha256, err) != 0)
			return -1;
		u->writer = NULL;
	}
	return 0;
}

/* ---- how far, and no more ---- */

static void tell_state(struct upload *u, void *self, const struct err *why)
{
	struct exchange *x = self;
	struct err err = why ? *why : (struct err){ 0 };
	uint64_t so_far = u->whole.bytes;

	if (!why && !u->complete && spool_settle(u->writer, &so_far, &err) != 0) {
		upload_let_go(u);
		why = &err;
	}
	if (why) {
		if (why->code == ERR_SIGNATURE || why->code == ERR_NOT_FOUND) {
			upload_forget(u, true);
			fail(&err, ERR_NOT_FOUND, 0, "nothing of the upload is left");
		}
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_text(&m, u->name);
	ipc_put_u64(&m, u->bytes);
	ipc_put_u64(&m, so_far);
	ipc_put_u8(&m, u->complete);
	exchange_reply(x, &m);
}

void upload_state(struct exchange *x)
{
	struct err err = { 0 };
	struct upload *u;

	if (own_upload(x, &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	displace(u); /* who asks has lost the line of the part before */
	exchange_goes_on(x);
	upload_wake(u, tell_state, x);
}

void upload_drop(struct exchange *x)
{
	struct err err = { 0 };
	struct upload *u;

	if (own_upload(x, &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	if (u->taking_up) {
		fail(&err, ERR_BUSY, 0, "the upload is being looked at");
		exchange_failed(x, &err);
		return;
	}
	displace(u);
	upload_forget(u, true);
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}
