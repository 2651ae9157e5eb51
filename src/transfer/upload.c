/* 送信中のファイル — contract in upload.h. A part streams from a pipe into the encrypted spool with little memory; it is acknowledged when it is
 * durable. article: s2.12a s6.3.2b */
#include "transfer/upload.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/field.h"
#include "transfer/terms.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TYPE_MOST = 200, READS_IN_A_ROW = 16, ABOUT_MOST = 16 * 1024, STEP_BYTES = 2 << 20, STILL_SECONDS = 60 };

static const char *about_name(const struct upload *u, char out[SPOOL_NAME_MOST])
{
	snprintf(out, SPOOL_NAME_MOST, "%s.about", u->hex);
	return out;
}

static void stop_reading(struct upload *u)
{
	loop_remove(u->watch);
	loop_cancel(u->idle);
	u->watch = NULL, u->idle = NULL;
	if (u->pipe >= 0)
		close(u->pipe); /* the sender's next write fails: it goes on to PART_END, which says why */
	u->pipe = -1;
}

/* The part is over: nothing of it is under way any more. */
static void part_over(struct upload *u)
{
	stop_reading(u);
	if (u->connection && u->connection->upload == u)
		u->connection->upload = NULL;
	if (u->lasting)
		u->connection = NULL;
	u->ended = false;
	u->failure = (struct err){ 0 };
	u->touched = clock_now();
}

static void let_go(struct upload *u)
{
	loop_cancel(u->step);
	u->step = NULL;
	spool_take_up_drop(u->taking_up);
	u->taking_up = NULL;
	if (u->writer) {
		if (u->lasting)
			spool_park(u->writer);
		else
			spool_write_drop(u->writer);
		u->writer = NULL;
	}
}

void upload_forget(struct upload *u, bool erase)
{
	struct transferd *t = u->transferd;
	struct upload **at = &t->uploads;
	char about[SPOOL_NAME_MOST];
	struct err err = { 0 };

	if (u->finish)
		exchange_drop(u->finish);
	u->finish = NULL;
	part_over(u);
	let_go(u);
	if (erase && (u->lasting || u->complete) && spool_erase(t->spool, SPOOL_UPLOADS, u->hex, &err) != 0)
		log_err(LOG_ERROR, "transferd-011", "what was handed in could not be erased at once", &err);
	if (u->lasting && spool_erase(t->spool, SPOOL_UPLOADS, about_name(u, about), &err) != 0)
		log_err(LOG_ERROR, "transferd-014", "what was known of an upload could not be erased at once", &err);
	while (*at != u)
		at = &(*at)->next;
	*at = u->next;
	t->upload_count--;
	arena_free(u->arena);
}

int upload_find(struct transferd *t, struct bytes id, struct text owner, struct upload **out, struct err *err)
{
	for (struct upload *u = t->uploads; u; u = u->next)
		if (bytes_equal(bytes_of(u->id, sizeof u->id), id) && text_equal(u->owner, owner)) {
			*out = u;
			return 0;
		}
	return fail(err, ERR_NOT_FOUND, 0, "no such upload of this person");
}

/* ---- what is known of a lasting one, in the spool beside it ---- */

static int keep_about(struct upload *u, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *about = json_object(arena);
	struct spool_writer *w;
	char name[SPOOL_NAME_MOST];
	uint8_t sha256[SHA256_BYTES];
	uint64_t bytes;

	json_set_number(arena, about, "begun", u->begun);
	json_set_number(arena, about, "bytes", (int64_t)u->bytes);
	json_set_text(arena, about, "charset", u->charset);
	json_set_text(arena, about, "declared_type", u->declared_type);
	json_set_text(arena, about, "name", u->name);
	json_set_text(arena, about, "owner", u->owner);
	json_set_text(arena, about, "received_name", u->received_name);
	json_set_text(arena, about, "source", u->source);
	if (spool_write_begin(u->transferd->spool, SPOOL_UPLOADS, BYTES("{}"), &w, err) != 0)
		return -1;
	if (spool_write(w, json_bytes(arena, about), err) != 0 || spool_keep(w, about_name(u, name), &bytes, sha256, err) != 0) {
		spool_write_drop(w);
		return -1;
	}
	return 0;
}

static int read_about(struct transferd *t, struct arena *arena, const char *name, struct json *out, struct err *err)
{
	struct spool_reader *reader;
	struct bytes note, content;
	bool end = false;
	FD(to) = memfd_new("about", err);

	if (to < 0 || spool_read_begin(t->spool, SPOOL_UPLOADS, name, arena, &note, &reader, err) != 0)
		return -1;
	int result = spool_read_step(reader, to, ABOUT_MOST, &end, err);
	spool_read_end(reader);
	if (result != 0)
		return -1;
	if (!end || lseek(to, 0, SEEK_SET) != 0)
		return fail(err, ERR_MALFORMED, 0, "what is known of an upload is too long");
	return file_read_fd(arena, to, ABOUT_MOST, &content, err) != 0 ? -1 : json_read(arena, content, out, err);
}

static void add(struct upload *u)
{
	u->next = u->transferd->uploads;
	u->transferd->uploads = u;
	u->transferd->upload_count++;
}

static void load(struct transferd *t, const char *name, int64_t changed)
{
	struct arena *arena = arena_new(0);
	struct upload *u = arena_alloc(arena, sizeof *u);
	struct json about;
	struct err err = { 0 };
	size_t n = strlen(name);

	u->transferd = t, u->arena = arena, u->lasting = true, u->pipe = -1;
	if (n != 2 * sizeof u->id + 6 || strcmp(name + 2 * sizeof u->id, ".about") != 0 ||
	    hex_decode(bytes_of(name, 2 * sizeof u->id), u->id, sizeof u->id, NULL) != 0) {
		arena_free(arena);
		return;
	}
	hex_put(u->hex, bytes_of(u->id, sizeof u->id));
	if (read_about(t, arena, name, &about, &err) != 0) {
		log_err(LOG_WARNING, "transferd-015", "an upload of an earlier life cannot be read and is erased", &err);
		if (spool_erase(t->spool, SPOOL_UPLOADS, u->hex, &err) != 0 || spool_erase(t->spool, SPOOL_UPLOADS, name, &err) != 0)
			log_err(LOG_ERROR, "transferd-016", "it could not be erased", &err);
		arena_free(arena);
		return;
	}
	u->begun = json_number(&about, "begun", 0), u->bytes = (uint64_t)json_number(&about, "bytes", 0);
	u->charset = json_text(&about, "charset"), u->declared_type = json_text(&about, "declared_type");
	u->name = json_text(&about, "name"), u->owner = json_text(&about, "owner");
	u->received_name = json_text(&about, "received_name"), u->source = json_text(&about, "source");
	u->touched = changed;
	add(u);
}

int uploads_load(struct transferd *t, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct spool_entry *files;
	size_t count;

	if (spool_list(t->spool, SPOOL_UPLOADS, arena, &files, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		load(t, files[i].name, files[i].changed);
	return 0;
}

void uploads_look_through(struct transferd *t)
{
	int64_t now = clock_now();

	for (struct upload *u = t->uploads, *next; u; u = next) {
		next = u->next;
		bool still = !u->watch && !u->finish && !u->taking_up && !u->held;
		if (u->lasting && still && u->touched + TRANSFER_UPLOAD_KEEP_SECONDS_MOST < now) {
			log_line(LOG_INFO, "transferd-017", "an upload that nobody went on with was erased");
			upload_forget(u, true);
		} else if (u->lasting && still && u->writer && u->touched + STILL_SECONDS < now) {
			spool_park(u->writer);
			u->writer = NULL;
		}
	}
}

bool uploads_know(struct transferd *t, const char *hex)
{
	for (struct upload *u = t->uploads; u; u = u->next)
		if (strcmp(u->hex, hex) == 0)
			return true;
	return false;
}

void uploads_drop_of(struct transfer_connection *c)
{
	for (struct upload *u = c->transferd->uploads, *next; u; u = next) {
		next = u->next;
		if (u->connection != c)
			continue;
		if (!u->lasting) {
			log_line(LOG_INFO, "transferd-010", "an upload was broken off; nothing was kept");
			upload_forget(u, true);
			continue;
		}
		if (u->finish)
			exchange_drop(u->finish);
		u->finish = NULL;
		if (u->writer)
			spool_forget_rest(u->writer);
		part_over(u);
	}
}

/* ---- beginning ---- */

struct text upload_guest(struct arena *arena, uint64_t link)
{
	const char *owner = arena_printf(arena, "guest:%llu", (unsigned long long)link);

	return (struct text){ owner, strlen(owner) };
}


static const char *plain(struct arena *arena, struct text t, size_t most)
{
	return text_printable(arena, bytes_of_text(t), most);
}

static struct text plain_text(struct arena *arena, struct text t, size_t most)
{
	const char *s = plain(arena, t, most);

	return (struct text){ s, strlen(s) };
}

static int check_begin(struct exchange *x, struct text owner, struct err *err)
{
	const struct transfer_asked *a = &x->asked;
	struct transferd *t = x->transferd;
	struct store_reader *reader;
	struct transfer_terms terms;
	enum charset charset;
	unsigned own = 0;

	if (a->charset.n && charset_by_name(a->charset.p, &charset) != 0)
		return fail(err, ERR_INVALID, 0, "the charset is none of those known");
	if (a->password.n > TRANSFER_PASSWORD_MOST)
		return fail(err, ERR_LIMIT, a->password.n, "the password has more than %d bytes", TRANSFER_PASSWORD_MOST);
	for (struct upload *u = t->uploads; u; u = u->next)
		own += text_equal(u->owner, owner);
	if (t->upload_count >= TRANSFER_UPLOADS_MOST)
		return fail(err, ERR_BUSY, TRANSFER_UPLOADS_MOST, "%d files are being handed in already", TRANSFER_UPLOADS_MOST);
	if (own >= TRANSFER_UPLOADS_PERSON_MOST)
		return fail(err, ERR_TOO_MANY, own, "this person is handing in %u files already", own);
	if (transferd_reader(t, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, exchange_direction(x), &terms, err) != 0) {
		transferd_reader_failed(t, err);
		return -1;
	}
	if (a->number > terms.bytes_most)
		return fail(err, ERR_LIMIT, terms.bytes_most, "the file has more than %llu bytes", (unsigned long long)terms.bytes_most);
	if (transferd_room(t, err) != 0)
		return -1;
	return spool_has_room(t->spool, 2 * a->number, err); /* what comes in and what is rebuilt */
}

static int begin_files(struct upload *u, const struct transfer_asked *a, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *note = json_object(arena);
	struct spool *spool = u->transferd->spool;

	/* What the sanitiser will want besides the content lies with it, encrypted alike. */
	json_set_text(arena, note, "charset", a->charset);
	json_set_str(arena, note, "password", hex_of(arena, bytes_of_text(a->password)));
	if (!u->lasting)
		return spool_write_begin(spool, SPOOL_UPLOADS, json_bytes(arena, note), &u->writer, err);
	if (keep_about(u, err) != 0)
		return -1;
	return spool_lasting_begin(spool, u->hex, json_bytes(arena, note), &u->writer, err);
}

static int begin(struct exchange *x, struct text owner, struct upload **out, struct err *err)
{
	const struct transfer_asked *a = &x->asked;

	if (check_begin(x, owner, err) != 0)
		return -1;
	struct arena *arena = arena_new(0);
	struct upload *u = arena_alloc(arena, sizeof *u);
	*u = (struct upload){ .transferd = x->transferd, .arena = arena, .lasting = a->lasting, .pipe = -1, .bytes = a->number,
			      .owner = arena_text(arena, owner), .name = transfer_safe_name(arena, a->name),
			      .received_name = plain_text(arena, a->name, STORE_FILE_NAME_MOST), .declared_type = plain_text(arena, a->declared_type, TYPE_MOST),
			      .charset = plain_text(arena, a->charset, 32), .source = plain_text(arena, a->source, STORE_SOURCE_MOST),
			      .begun = clock_now(), .touched = clock_now(), .connection = a->lasting ? NULL : x->connection };
	random_bytes(u->id, sizeof u->id);
	hex_put(u->hex, bytes_of(u->id, sizeof u->id));
	add(u);
	if (begin_files(u, a, err) != 0) {
		upload_forget(u, true);
		return -1;
	}
	*out = u;
	return 0;
}

void upload_begin(struct exchange *x)
{
	struct store_session_check_reply person;
	struct err err = { 0 };
	struct upload *u;

	if (exchange_person(x, &person, &err) != 0 || begin(x, person.number, &u, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_bytes(&m, bytes_of(u->id, sizeof u->id));
	exchange_reply(x, &m);
}

/* ---- taking up what an earlier life, or a long silence, left ---- */

static void woken(struct upload *u, const struct err *err)
{
	void (*tell)(struct upload *, void *, const struct err *) = u->taken_up;

	u->taken_up = NULL;
	tell(u, u->self, err);
}

static void take_up_step(void *self)
{
	struct upload *u = self;
	struct err err = { 0 };
	bool end;

	u->step = NULL;
	if (spool_take_up_step(u->taking_up, STEP_BYTES, &end, &err) != 0) {
		spool_take_up_drop(u->taking_up);
		u->taking_up = NULL;
		woken(u, &err);
		return;
	}
	if (!end) {
		u->step = loop_after(u->transferd->loop, 0, take_up_step, u);
		return;
	}
	int result = spool_take_up_end(u->taking_up, &u->writer, &u->whole, &err);
	u->taking_up = NULL;
	u->complete = result == 0 && !u->writer;
	woken(u, result == 0 ? NULL : &err);
}

void upload_wake(struct upload *u, void (*taken_up)(struct upload *u, void *self, const struct err *err), void *self)
{
	struct err err = { 0 };

	if (u->taking_up) {
		fail(&err, ERR_BUSY, 0, "the upload is being looked at");
		taken_up(u, self, &err);
		return;
	}
	u->taken_up = taken_up, u->self = self;
	if (u->writer || u->complete) {
		woken(u, NULL);
	} else if (spool_take_up(u->transferd->spool, u->hex, &u->taking_up, &err) != 0) {
		woken(u, &err);
	} else {
		take_up_step(u);
	}
}

/* ---- a part ---- */

static void part_end(struct upload *u);

static void stream_failed(struct upload *u)
{
	stop_reading(u);
	let_go(u); /* room for others, before the sender comes to ask; a lasting one stays as far as it is durable */
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
			stop_reading(u);
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
	part_over(u);
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
	if (err.code || begin(x, upload_guest(x->arena, link.number), &u, &err) != 0) {
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
	part_over(u);
	if (result != 0) {
		if (!u->lasting)
			upload_forget(u, true);
		else if (err.code != ERR_CUT_SHORT)
			let_go(u); /* a write that failed half way: read again from the front what is durable */
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
		let_go(u);
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
