/* ファイルの受付 — what has come in becomes tickets: every file durable first, then all tickets of the act in one command, and only then the sender
 * is told. What was accepted is never lost; of what was not, nothing is kept. article: s2.12a s6.3.2b */
#include "base/code.h"
#include "base/json.h"
#include "base/log.h"
#include "store/field.h"
#include "transfer/terms.h"
#include "transfer/upload.h"

static int check_fields(const struct transfer_asked *a, struct err *err)
{
	if (field_check(FIELD_WORDS, a->purpose, STORE_PURPOSE_MOST, "purpose", err) != 0)
		return -1;
	return field_check(FIELD_ID, a->addressee, STORE_ID_MOST, "addressee", err);
}

static int check_against_store(struct exchange *x, struct transfer_terms *t, struct err *err)
{
	struct store_reader *reader;
	struct store_person addressee;

	if (transferd_reader(x->transferd, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, exchange_direction(x), t, err) != 0 || store_read_person(reader, x->arena, x->asked.addressee, &addressee, err) != 0) {
		transferd_reader_failed(x->transferd, err);
		return -1;
	}
	if (addressee.to && addressee.to <= clock_now())
		return fail(err, ERR_NOT_FOUND, 0, "the addressee has left");
	return 0;
}

static int check(struct exchange *x, struct store_session_check_reply *person, struct transfer_terms *t, struct err *err)
{
	return exchange_person(x, person, err) != 0 || check_fields(&x->asked, err) != 0 ? -1 : check_against_store(x, t, err);
}

/* Before a byte is sent: would it be taken? */
void hand_in_check(struct exchange *x)
{
	struct store_session_check_reply person;
	struct transfer_terms t;
	struct err err = { 0 };

	if (check(x, &person, &t, &err) != 0 || transferd_room(x->transferd, &err) != 0 ||
	    spool_has_room(x->transferd->spool, x->asked.number, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}

/* ---- one act ---- */

_Static_assert((int)STORE_HAND_IN_FILES_MOST == (int)TRANSFER_FILES_MOST, "files of one act");

struct act {
	struct exchange *x;
	bool guest;
	struct text owner; /* staff number, or the link */
	struct transfer_terms terms;
	size_t at, count;
	struct upload *uploads[STORE_HAND_IN_FILES_MOST];
};

/* Where it came from, as far as anyone can say (A5). The request's id ties the spool file to its ticket. */
static struct json *provenance_of(struct act *act, const struct upload *u)
{
	struct arena *arena = act->x->arena;
	struct json *j = json_object(arena), *guest = json_object(arena);

	if (act->guest) { /* as they typed it: nobody has looked at their papers */
		json_set_text(arena, guest, "name", act->x->asked.guest);
		json_set_text(arena, guest, "organisation", act->x->asked.organisation);
		json_set(arena, j, "guest", guest);
	}
	json_set_text(arena, j, "charset", u->charset);
	json_set_text(arena, j, "declared_type", u->declared_type);
	json_set_text(arena, j, "name_received", u->received_name);
	json_set_str(arena, j, "request", u->hex);
	json_set_text(arena, j, "source", u->source);
	return j;
}

static struct bytes further_files(struct act *act)
{
	struct arena *arena = act->x->arena;
	struct json *list = json_array(arena);

	if (act->count == 1)
		return (struct bytes){ NULL, 0 };
	for (size_t i = 1; i < act->count; i++) {
		const struct upload *u = act->uploads[i];
		struct json *row = json_object(arena);
		json_set_number(arena, row, "bytes", (int64_t)u->whole.bytes);
		json_set_str(arena, row, "input", hex_of(arena, bytes_of(u->whole.sha256, SHA256_BYTES)));
		json_set_text(arena, row, "name", u->name);
		json_set(arena, row, "provenance", provenance_of(act, u));
		json_set_str(arena, row, "request", u->hex);
		json_add(arena, list, row);
	}
	return json_bytes(arena, list);
}

static int open_for_person(struct act *act, uint64_t *first, struct err *err)
{
	struct exchange *x = act->x;
	const struct upload *u = act->uploads[0];
	struct store_ticket_open open = { .token = bytes_of(x->asked.token, sizeof x->asked.token), .request = bytes_of(u->id, sizeof u->id),
		.addressee = x->asked.addressee, .purpose = x->asked.purpose, .name = u->name, .bytes = u->whole.bytes,
		.input = bytes_of(u->whole.sha256, SHA256_BYTES), .provenance = json_bytes(x->arena, provenance_of(act, u)),
		.keep_days = act->terms.keep_days, .refused_days = act->terms.refused_days,
		.direction = (uint8_t)exchange_direction(x), .more = further_files(act) };
	struct store_ticket_open_reply opened;
	int result;

	STORE_ASK(result, &x->transferd->recordd, x->arena, ticket_open, &open, &opened, err);
	if (result == 0)
		*first = opened.ticket;
	return result;
}

static int open_for_guest(struct act *act, uint64_t *first, struct err *err)
{
	struct exchange *x = act->x;
	const struct upload *u = act->uploads[0];
	struct store_guest_ticket_open open = { .link = bytes_of(x->asked.token, sizeof x->asked.token), .request = bytes_of(u->id, sizeof u->id),
		.guest = x->asked.guest, .organisation = x->asked.organisation, .name = u->name, .bytes = u->whole.bytes,
		.input = bytes_of(u->whole.sha256, SHA256_BYTES), .provenance = json_bytes(x->arena, provenance_of(act, u)),
		.keep_days = act->terms.keep_days, .refused_days = act->terms.refused_days, .more = further_files(act) };
	struct store_guest_ticket_open_reply opened;
	int result;

	STORE_ASK(result, &x->transferd->recordd, x->arena, guest_ticket_open, &open, &opened, err);
	if (result == 0)
		*first = opened.ticket;
	return result;
}

/* From here on they are accepted, whatever happens: should a name not be changed now, housekeeping does it. */
static void accepted(struct act *act, uint64_t first)
{
	struct transferd *t = act->x->transferd;
	char name[SPOOL_NAME_MOST];
	struct err no = { 0 };

	for (size_t i = 0; i < act->count; i++) {
		if (spool_rename(t->spool, SPOOL_UPLOADS, act->uploads[i]->hex, SPOOL_IN, ticket_name(first + i, name), &no) != 0)
			log_err(LOG_ERROR, "transferd-012", "an accepted file keeps its temporary name for now", &no);
		else
			sanitise_queue_add(t->queue, first + i);
		upload_forget(act->uploads[i], false);
	}
}

/* No tickets. Not answered: they may exist all the same. Then the files stay under their requests' names: housekeeping adopts them if the tickets
 * show, and erases them if not. Lasting ones are left for another try of the sender. */
static void not_accepted(struct act *act, const struct err *err)
{
	bool unknown = err->code == ERR_PEER || err->code == ERR_BUSY;

	for (size_t i = 0; i < act->count; i++)
		if (!act->uploads[i]->lasting)
			upload_forget(act->uploads[i], !unknown);
}

static void refuse(struct act *act, const struct err *err)
{
	for (size_t i = 0; i < act->count; i++)
		act->uploads[i]->held = false;
	not_accepted(act, err);
	exchange_failed(act->x, err);
}

static void answer(struct exchange *x, uint64_t first, size_t count)
{
	struct ipc_message m = exchange_answer(x);

	ipc_put_u64(&m, first);
	ipc_put_u16(&m, (uint16_t)count);
	exchange_reply(x, &m);
}

static void close_act(struct act *act)
{
	struct exchange *x = act->x;
	uint64_t first = 0;
	struct err err = { 0 };

	for (size_t i = 0; i < act->count; i++) {
		struct upload *u = act->uploads[i];
		if (!u->complete)
			fail(&err, ERR_CUT_SHORT, i, "file %zu of the act has not come as a whole", i + 1);
		else if (u->whole.bytes > act->terms.bytes_most)
			fail(&err, ERR_LIMIT, act->terms.bytes_most, "file %zu of the act has more than %llu bytes", i + 1,
			     (unsigned long long)act->terms.bytes_most);
		if (err.code || upload_settle_whole(u, &err) != 0)
			break;
	}
	if (err.code || (act->guest ? open_for_guest(act, &first, &err) : open_for_person(act, &first, &err)) != 0) {
		refuse(act, &err);
		return;
	}
	accepted(act, first);
	answer(x, first, act->count);
}

static void next_file(struct upload *u, void *self, const struct err *why)
{
	struct act *act = self;

	(void)u;
	if (why) {
		struct err err = *why;
		if (why->code == ERR_SIGNATURE || why->code == ERR_NOT_FOUND)
			fail(&err, ERR_CUT_SHORT, act->at, "nothing of file %zu is left", act->at + 1);
		refuse(act, &err);
		return;
	}
	if (++act->at < act->count)
		upload_wake(act->uploads[act->at], next_file, act);
	else
		close_act(act);
}

/* The same act again, its answer having been lost: the tickets are there, *first > 0. What is still known of the uploads is forgotten; a file that
 * was not renamed yet is housekeeping's. */
static int done_before(struct act *act, uint64_t *first, struct err *err)
{
	const struct transfer_asked *a = &act->x->asked;
	struct store_reader *reader;
	struct store_numbers tickets;
	struct text sender;
	struct upload *u;

	if (transferd_reader(act->x->transferd, &reader, err) != 0)
		return -1;
	if (store_read_request(reader, act->x->arena, bytes_of(a->uploads, TRANSFER_UPLOAD_ID), first, &sender, err) != 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (store_read_hand_in(reader, act->x->arena, *first, &tickets, err) != 0)
		return -1;
	if (!text_equal(sender, act->owner) || tickets.count != a->upload_count)
		return fail(err, ERR_NOT_FOUND, 0, "no such upload of this person");
	for (size_t i = 0; i < a->upload_count; i++)
		if (upload_find(act->x->transferd, bytes_of(a->uploads + i * TRANSFER_UPLOAD_ID, TRANSFER_UPLOAD_ID), sender, &u, err) == 0 && !u->held)
			upload_forget(u, false);
	return 0;
}

static int find_files(struct act *act, struct err *err)
{
	const struct transfer_asked *a = &act->x->asked;

	for (size_t i = 0; i < a->upload_count; i++) {
		struct bytes id = bytes_of(a->uploads + i * TRANSFER_UPLOAD_ID, TRANSFER_UPLOAD_ID);
		for (size_t k = 0; k < i; k++)
			if (bytes_equal(id, bytes_of(a->uploads + k * TRANSFER_UPLOAD_ID, TRANSFER_UPLOAD_ID)))
				return fail(err, ERR_INVALID, i, "a file stands twice in the act");
		if (upload_find(act->x->transferd, id, act->owner, &act->uploads[i], err) != 0)
			return fail(err, ERR_CUT_SHORT, i, "file %zu of the act is not here any more", i + 1);
		if (act->uploads[i]->held || act->uploads[i]->taking_up || act->uploads[i]->watch || act->uploads[i]->finish)
			return fail(err, ERR_BUSY, i, "file %zu of the act is still coming in", i + 1);
	}
	act->count = a->upload_count;
	return 0;
}

static int begin_for_guest(struct act *act, struct err *err)
{
	const struct transfer_asked *a = &act->x->asked;
	struct store_guest_link_check_reply link;
	struct store_reader *reader;

	if (field_check(FIELD_LINE, a->guest, STORE_GUEST_NAME_MOST, "name", err) != 0 ||
	    field_check(FIELD_LINE, a->organisation, STORE_GUEST_NAME_MOST, "organisation", err) != 0 || exchange_guest(act->x, &link, err) != 0 ||
	    transferd_reader(act->x->transferd, &reader, err) != 0)
		return -1;
	if (terms_in_force(reader, DIRECTION_IN, &act->terms, err) != 0) {
		transferd_reader_failed(act->x->transferd, err);
		return -1;
	}
	act->owner = upload_guest(act->x->arena, link.number);
	return find_files(act, err);
}

static int begin_for_person(struct act *act, uint64_t *first, struct err *err)
{
	struct store_session_check_reply person;

	if (check(act->x, &person, &act->terms, err) != 0)
		return -1;
	act->owner = person.number;
	if (done_before(act, first, err) != 0)
		return -1;
	return *first == 0 ? find_files(act, err) : 0;
}

void hand_in(struct exchange *x)
{
	struct act *act = arena_alloc(x->arena, sizeof *act);
	struct err err = { 0 };
	uint64_t first = 0;

	act->x = x, act->guest = x->asked.type == TRANSFER_GUEST_HAND_IN;
	if ((act->guest ? begin_for_guest(act, &err) : begin_for_person(act, &first, &err)) != 0) {
		exchange_failed(x, &err);
		return;
	}
	if (first > 0) {
		answer(x, first, x->asked.upload_count);
		return;
	}
	for (size_t i = 0; i < act->count; i++)
		act->uploads[i]->held = true;
	exchange_goes_on(x);
	upload_wake(act->uploads[0], next_file, act);
}

/* The password of a file that waits for it. It is held here only; recordd hears that there is one. */
void unlock(struct exchange *x)
{
	struct store_ticket_unlock in = { bytes_of(x->asked.token, sizeof x->asked.token), x->asked.number };
	struct err err = { 0 };
	int result;

	if (x->asked.password.n == 0 || x->asked.password.n > TRANSFER_PASSWORD_MOST) {
		fail(&err, ERR_LIMIT, x->asked.password.n, "a password has 1 to %d bytes", TRANSFER_PASSWORD_MOST);
		exchange_failed(x, &err);
		return;
	}
	STORE_ASK(result, &x->transferd->recordd, x->arena, ticket_unlock, &in, NULL, &err);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	sanitise_queue_try(x->transferd->queue, x->asked.number, x->asked.password);
	struct ipc_message m = exchange_answer(x);
	exchange_reply(x, &m);
}
