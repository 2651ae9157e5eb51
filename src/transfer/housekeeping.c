/* 定期の片づけ — at the start and every half minute: files find their tickets, tickets find their place in the queue, what has come to its term
 * is erased. Each step can be cut off and done again. article: s6.4a */
#include "base/code.h"
#include "base/json.h"
#include "base/log.h"
#include "transfer/pictures.h"
#include "transfer/transferd.h"

enum { EVERY_MILLISECONDS = 30 * 1000, SWEEP_AGAIN_MILLISECONDS = 3000, SOON_MILLISECONDS = 500, REQUEST_HEX = 32, UNJUDGED_MOST = 1000000 };

/* A file under the name of its request: the ticket was being opened when transferd, recordd or the answer was lost. */
static bool is_request(const char *name)
{
	uint8_t id[REQUEST_HEX / 2];

	return strlen(name) == REQUEST_HEX && hex_decode(bytes_of(name, REQUEST_HEX), id, sizeof id, NULL) == 0;
}

/* "12", or of a picture "12.before". */
static uint64_t ticket_of(const char *name)
{
	uint64_t number = 0;

	return decimal_decode(bytes_of(name, strcspn(name, ".")), INT64_MAX, &number, NULL) == 0 ? number : 0;
}

static bool asked_by(struct arena *arena, const struct store_ticket *t, const char *request)
{
	struct json j;

	return json_read(arena, t->provenance, &j, NULL) == 0 && text_is(json_text(&j, "request"), request);
}

static int give_name(struct transferd *t, struct store_reader *reader, uint64_t number, const char *name, const struct spool_entry *files,
		     size_t count, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct store_ticket ticket;

	if (store_read_ticket(reader, arena, number, &ticket, err) != 0)
		return -1;
	for (size_t f = 0; f < count; f++)
		if (is_request(files[f].name) && asked_by(arena, &ticket, files[f].name))
			return spool_rename(t->spool, SPOOL_UPLOADS, files[f].name, SPOOL_IN, name, err);
	return 0;
}

/* Tickets without verdict go into the queue; one whose file still bears its request's name is given it. *all: none was left out. */
static int adopt(struct transferd *t, struct arena *arena, struct store_reader *reader, const struct spool_entry *files, size_t count, bool *all,
		 struct err *err)
{
	struct store_numbers numbers;
	char name[SPOOL_NAME_MOST];

	if (store_read_unjudged(reader, arena, UNJUDGED_MOST, &numbers, err) != 0)
		return -1;
	*all = numbers.count < UNJUDGED_MOST;
	for (size_t i = 0; i < numbers.count; i++) {
		if (!spool_holds(t->spool, SPOOL_IN, ticket_name(numbers.rows[i], name)) &&
		    give_name(t, reader, numbers.rows[i], name, files, count, err) != 0)
			return -1;
		if (i < TRANSFER_QUEUE_MOST)
			sanitise_queue_add(t->queue, numbers.rows[i]);
	}
	return 0;
}

/* What got no ticket after all: nobody was told that it was accepted. */
static int erase_orphans(struct transferd *t, struct arena *arena, struct err *err)
{
	struct spool_entry *files;
	size_t count;

	if (spool_list(t->spool, SPOOL_UPLOADS, arena, &files, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (is_request(files[i].name) && !uploads_know(t, files[i].name) && files[i].changed + TRANSFER_ORPHAN_SECONDS_MOST < clock_now() &&
		    spool_erase(t->spool, SPOOL_UPLOADS, files[i].name, err) != 0)
			return -1;
	return 0;
}

static int erase_all(struct transferd *t, uint64_t ticket, struct err *err)
{
	char name[SPOOL_NAME_MOST], picture[PICTURE_NAME];

	for (int which = 0; which < PICTURES; which++)
		if (spool_erase(t->spool, SPOOL_PICTURES, picture_name(ticket, (enum picture_of)which, picture), err) != 0)
			return -1;
	ticket_name(ticket, name);
	if (spool_erase(t->spool, SPOOL_IN, name, err) != 0)
		return -1;
	return spool_erase(t->spool, SPOOL_OUT, name, err);
}

/* First the record, then the keys: a file whose erasure is on record but failed or was cut off is found by the sweep. */
static int expire(struct transferd *t, struct arena *arena, struct store_reader *reader, struct err *err)
{
	struct store_numbers overdue;
	int result;

	if (store_read_overdue(reader, arena, clock_now(), TRANSFER_QUEUE_MOST, &overdue, err) != 0)
		return -1;
	for (size_t i = 0; i < overdue.count; i++) {
		struct store_ticket_expire end = { .ticket = overdue.rows[i] };
		STORE_ASK(result, &t->recordd, arena, ticket_expire, &end, NULL, err);
		if (result != 0 && err->code != ERR_CONFLICT)
			return -1;
		if (result != 0) {
			log_err(LOG_WARNING, "transferd-033", "a ticket past its term could not be ended; others are", err);
			continue;
		}
		struct err later = { 0 };
		if (erase_all(t, overdue.rows[i], &later) != 0) {
			log_err(LOG_ERROR, "transferd-034", "a file past its term could not be erased; tried again", &later);
			t->sweep_due = true;
			continue;
		}
		log_line(LOG_INFO, "transferd-030", "ticket %llu has come to its term and was erased", (unsigned long long)overdue.rows[i]);
	}
	return 0;
}

/* One that cannot be erased now does not keep the others from being erased: false, and it is tried again. */
static int erase_expired(struct transferd *t, struct arena *arena, struct store_reader *reader, enum spool_folder folder, struct err *err)
{
	struct spool_entry *files;
	struct store_ticket ticket;
	struct err ours, late = { 0 };
	size_t count;

	if (spool_list(t->spool, folder, arena, &files, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		uint64_t number = ticket_of(files[i].name);
		if (number == 0)
			continue;
		if (store_read_ticket(reader, arena, number, &ticket, &ours) != 0) {
			if (ours.code != ERR_NOT_FOUND) {
				*err = ours;
				return -1;
			}
			/* The records are older than the spool (put back from a backup?): not ours to destroy. */
			log_line(LOG_WARNING, "transferd-031", "the spool holds a file of ticket %llu, which is not on record", (unsigned long long)number);
		} else if (ticket.erased && erase_all(t, number, &ours) != 0) {
			late = ours;
		}
	}
	return late.code ? fail(err, late.code, late.at, "%s", late.say) : 0;
}

int erase_beyond(struct transferd *t, uint64_t last, unsigned *erased, struct err *err)
{
	static const enum spool_folder folders[] = { SPOOL_IN, SPOOL_OUT, SPOOL_PICTURES };
	ARENA(arena) = arena_new(0);
	struct spool_entry *files;
	size_t count;

	for (size_t k = 0; k < COUNT(folders); k++) {
		if (spool_list(t->spool, folders[k], arena, &files, &count, err) != 0)
			return -1;
		for (size_t i = 0; i < count; i++) {
			if (ticket_of(files[i].name) <= last)
				continue;
			if (spool_erase(t->spool, folders[k], files[i].name, err) != 0)
				return -1;
			++*erased;
		}
	}
	return 0;
}

static int keep_house(struct transferd *t, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct store_reader *reader;
	struct spool_entry *files;
	size_t count;
	bool all;

	uploads_look_through(t);
	if (transferd_reader(t, &reader, err) != 0 || spool_list(t->spool, SPOOL_UPLOADS, arena, &files, &count, err) != 0 ||
	    adopt(t, arena, reader, files, count, &all, err) != 0 || (all && erase_orphans(t, arena, err) != 0) ||
	    expire(t, arena, reader, err) != 0)
		return -1;
	if (!t->sweep_due)
		return 0;
	if (erase_expired(t, arena, reader, SPOOL_IN, err) != 0 || erase_expired(t, arena, reader, SPOOL_OUT, err) != 0 ||
	    erase_expired(t, arena, reader, SPOOL_PICTURES, err) != 0)
		return -1;
	t->sweep_due = false;
	return 0;
}

static void due(void *self)
{
	struct transferd *t = self;
	static bool done_once;
	struct err err = { 0 };
	int64_t pause = EVERY_MILLISECONDS;

	unsigned dropped;

	t->house = NULL;
	if (done_once && spool_forget_keys(t->spool, &dropped, &err) != 0)
		log_err(LOG_WARNING, "transferd-041", "old wrapping keys could not be looked through", &err);
	else if (done_once && dropped)
		log_line(LOG_INFO, "transferd-042", "%u old wrapping keys were removed: no file needs them any more", dropped);
	err = (struct err){ 0 };
	if (done_once && transferd_room(t, &err) != 0)
		err = (struct err){ 0 }; /* known and told: what is there is looked after all the same */
	if (keep_house(t, &err) == 0) {
		done_once = true;
	} else {
		transferd_reader_failed(t, &err);
		if (err.code != ERR_BUSY && err.code != ERR_NOT_FOUND && err.code != ERR_PEER)
			log_err(LOG_ERROR, "transferd-032", "the spool could not be looked through", &err);
		if (!done_once)
			pause = SOON_MILLISECONDS; /* recordd is not ready yet */
	}
	if (done_once && t->sweep_due)
		pause = SWEEP_AGAIN_MILLISECONDS;
	t->house = loop_after(t->loop, pause, due, t);
}

void housekeeping_begin(struct transferd *t)
{
	t->sweep_due = true; /* what an earlier life left */
	t->house = loop_after(t->loop, 0, due, t);
}

void housekeeping_sweep_soon(struct transferd *t)
{
	if (t->sweep_due)
		return; /* and a round is under way to it */
	t->sweep_due = true;
	loop_cancel(t->house);
	t->house = loop_after(t->loop, 0, due, t);
}
