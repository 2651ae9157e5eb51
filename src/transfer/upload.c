/* 送信中のファイル — contract in upload.h. Here: those under way, what is durable of them, and taking them up. article: s6.3.2b */
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "transfer/upload_inside.h"
#include <unistd.h>

enum { ABOUT_MOST = 16 * 1024, STEP_BYTES = 2 << 20, STILL_SECONDS = 60 };

static const char *about_name(const struct upload *u, char out[SPOOL_NAME_MOST])
{
	snprintf(out, SPOOL_NAME_MOST, "%s.about", u->hex);
	return out;
}

void upload_stop_reading(struct upload *u)
{
	loop_remove(u->watch);
	loop_cancel(u->idle);
	u->watch = NULL, u->idle = NULL;
	if (u->pipe >= 0)
		close(u->pipe); /* the sender's next write fails: it goes on to PART_END, which says why */
	u->pipe = -1;
}

void upload_part_over(struct upload *u)
{
	upload_stop_reading(u);
	if (u->connection && u->connection->upload == u)
		u->connection->upload = NULL;
	if (u->lasting)
		u->connection = NULL;
	u->ended = false;
	u->failure = (struct err){ 0 };
	u->touched = clock_now();
}

void upload_let_go(struct upload *u)
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
	upload_part_over(u);
	upload_let_go(u);
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

int upload_keep_about(struct upload *u, struct err *err)
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

void upload_add(struct upload *u)
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
	upload_add(u);
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
		upload_part_over(u);
	}
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
