/* 受渡の受付 — ticket_open: a person has handed in a file on the Internet side, or on the office side to take it out, or several in one act: a ticket each, all or none. The same request
 * again gives the same tickets. article: s6.3.2b */
#include "base/code.h"
#include "store/command.h"
#include "store/field.h"
#include "store/tickets_open.h"
#include "store/ticket_index.h"

enum { REQUEST_ID = 16, HASH = 32, REFUSED_DAYS = 7 };

static bool is_outward(const struct store_ticket_open *in) { return in->direction == DIRECTION_OUT; }

struct piece {
	struct bytes request, input, provenance;
	struct text name;
	uint64_t bytes;
};

static int check_piece(const struct piece *f, struct err *err)
{
	if (f->bytes > STORE_FILE_BYTES_MOST)
		return fail(err, ERR_LIMIT, f->bytes, "the file has more than %d bytes", STORE_FILE_BYTES_MOST);
	return field_check(FIELD_FILE_NAME, f->name, STORE_FILE_NAME_MOST, "name", err);
}

static int take_hex(struct act *act, const struct json *row, const char *key, size_t n, struct bytes *out, struct err *err)
{
	uint8_t *to = arena_alloc(act->arena, n);

	if (hex_decode(bytes_of_text(json_text(row, key)), to, n, NULL) != 0)
		return fail(err, ERR_INVALID, 0, "%s of a further file is no %zu bytes in hex", key, n);
	*out = bytes_of(to, n);
	return 0;
}

static int take_piece(struct act *act, const struct json *row, struct piece *f, struct err *err)
{
	const struct json *provenance = row->kind == JSON_OBJECT ? json_get(row, "provenance") : NULL;
	int64_t bytes = row->kind == JSON_OBJECT ? json_number(row, "bytes", -1) : -1;

	if (!provenance || provenance->kind != JSON_OBJECT || bytes < 0 || row->count != 5)
		return fail(err, ERR_INVALID, 0, "a further file is not described as it should be");
	*f = (struct piece){ .name = json_text(row, "name"), .bytes = (uint64_t)bytes, .provenance = json_bytes(act->arena, provenance) };
	if (f->provenance.n > STORE_PROVENANCE_MOST)
		return fail(err, ERR_LIMIT, f->provenance.n, "provenance of more than %d bytes", STORE_PROVENANCE_MOST);
	if (take_hex(act, row, "request", REQUEST_ID, &f->request, err) != 0 || take_hex(act, row, "input", HASH, &f->input, err) != 0)
		return -1;
	return check_piece(f, err);
}

/* The first file of the fields and the others of `more`. */
static int take_pieces(struct act *act, const struct store_ticket_open *in, struct piece **out, size_t *count, struct err *err)
{
	struct json more = { .kind = JSON_ARRAY };
	struct piece *rows;

	if (in->more.n > 0 && json_read(act->arena, in->more, &more, err) != 0)
		return -1;
	if (more.kind != JSON_ARRAY)
		return fail(err, ERR_INVALID, 0, "the further files are no list");
	if (more.count >= STORE_HAND_IN_FILES_MOST)
		return fail(err, ERR_LIMIT, more.count, "more than %d files in one act", STORE_HAND_IN_FILES_MOST);
	rows = arena_new_array(act->arena, struct piece, more.count + 1);
	rows[0] = (struct piece){ in->request, in->input, { NULL, 0 }, in->name, in->bytes };
	if (act_json(act, in->provenance, "provenance", &rows[0].provenance, err) != 0 || check_piece(&rows[0], err) != 0)
		return -1;
	for (size_t i = 0; i < more.count; i++)
		if (take_piece(act, &more.items[i], &rows[i + 1], err) != 0)
			return -1;
	*out = rows, *count = more.count + 1;
	return 0;
}

static int write_ticket(struct act *act, const struct store_ticket_open *in, const struct act_session *who, const struct guest_terms *guest,
			const struct piece *f, int64_t expires, uint64_t *ticket, struct err *err)
{
	struct sql_ticket_number_row next;
	struct json *what = json_object(act->arena), parsed;
	int64_t position;
	bool found;

	if (sql_ticket_number(act->sql, act->arena, act->site, &next, &found, err) != 0 || json_read(act->arena, f->provenance, &parsed, err) != 0)
		return -1;
	must(found);
	*ticket = (uint64_t)next.number;
	json_set_text(act->arena, what, "addressee", in->addressee);
	json_set_number(act->arena, what, "bytes", (int64_t)f->bytes);
	if (is_outward(in)) {
		json_set_str(act->arena, what, "direction", "outward");
		json_set_str(act->arena, what, "leak", "unchecked");
	}
	json_set_number(act->arena, what, "expires", expires);
	if (guest) { /* not the sender's own act */
		json_set_number(act->arena, what, "guest_link", (int64_t)guest->number);
		json_set_text(act->arena, what, "sender", who->number);
	}
	act_set_hex(act, what, "hand_in", in->request);
	act_set_hex(act, what, "input", f->input);
	json_set_text(act->arena, what, "name", f->name);
	json_set(act->arena, what, "provenance", &parsed);
	json_set_text(act->arena, what, "purpose", in->purpose);
	act_set_hex(act, what, "request", f->request);
	json_set_text(act->arena, what, "unit", who->unit);
	const char *object = arena_printf(act->arena, "ticket:%lld", (long long)next.number);
	if (act_journal(act, "ticket.opened", guest ? TEXT("") : who->number, TEXT(""), object, what, &position, err) != 0)
		return -1;
	if (sql_ticket_insert(act->sql, act->site, next.number, f->request, TICKET_RECEIVED, who->number, who->unit, in->addressee, in->purpose,
				 f->name, (int64_t)f->bytes, f->input, f->provenance, act->now, expires, position, in->request,
				 guest ? (int64_t)guest->number : 0, is_outward(in) ? DIRECTION_OUT : DIRECTION_IN, is_outward(in),
				 in->refused_days ? in->refused_days : REFUSED_DAYS, err) != 0)
		return -1;
	return ticket_index(act->sql, act->site, next.number, err);
}

/* What was answered before, if it was for the same files. */
static int repeat(struct act *act, const struct store_ticket_open *in, const struct act_session *who, const struct piece *files, size_t count,
		  const struct sql_ticket_by_number_row *first, struct store_ticket_open_reply *out, struct err *err)
{
	struct sql_tickets_of_hand_in_row *rows;
	size_t n;

	if (sql_tickets_of_hand_in(act->sql, act->arena, act->site, first->number, &rows, &n, err) != 0)
		return -1;
	bool same = n == count && rows[0].number == first->number && text_equal(first->sender, who->number) && text_equal(first->addressee, in->addressee);
	for (size_t i = 0; same && i < count; i++) {
		struct sql_ticket_by_number_row t;
		if (sql_ticket_by_number(act->sql, act->arena, act->site, rows[i].number, &t, &same, err) != 0)
			return -1;
		same = same && bytes_equal(t.input, files[i].input);
	}
	if (!same)
		return fail(err, ERR_CONFLICT, 0, "this request was used for another file");
	act->repeated = true;
	*out = (struct store_ticket_open_reply){ .ticket = (uint64_t)first->number, .expires = first->expires, .count = (uint32_t)count };
	return 0;
}

static int check_guest(const struct guest_terms *guest, const struct piece *files, size_t count, struct err *err)
{
	if (count > guest->files_left)
		return fail(err, ERR_TOO_MANY, guest->files_left, "the link is good for %u more files", (unsigned)guest->files_left);
	for (size_t i = 0; i < count; i++)
		if (files[i].bytes > guest->bytes_most)
			return fail(err, ERR_LIMIT, files[i].bytes, "the link takes files of %llu bytes", (unsigned long long)guest->bytes_most);
	return 0;
}

int tickets_open(struct act *act, const struct store_ticket_open *in, const struct act_session *sender, const struct guest_terms *guest,
		 struct store_ticket_open_reply *out, struct err *err)
{
	struct sql_person_by_number_row addressee;
	struct sql_ticket_by_number_row old;
	struct piece *files = NULL;
	uint64_t ticket;
	size_t count = 0;
	bool found;

	if (in->refused_days > STORE_KEEP_DAYS_MOST)
		return fail(err, ERR_INVALID, in->refused_days, "a refused file is kept for at most %d days", STORE_KEEP_DAYS_MOST);
	if (in->keep_days < 1 || in->keep_days > STORE_KEEP_DAYS_MOST)
		return fail(err, ERR_INVALID, in->keep_days, "a ticket is kept for 1 to %d days", STORE_KEEP_DAYS_MOST);
	if (take_pieces(act, in, &files, &count, err) != 0 ||
	    sql_ticket_by_request(act->sql, act->arena, act->site, in->request, &old, &found, err) != 0)
		return -1;
	if (found)
		return repeat(act, in, sender, files, count, &old, out, err);
	if ((guest && check_guest(guest, files, count, err) != 0) || act_person(act, in->addressee, &addressee, err) != 0)
		return -1;
	out->expires = act->now + (int64_t)in->keep_days * 86400;
	out->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		if (write_ticket(act, in, sender, guest, &files[i], out->expires, &ticket, err) != 0)
			return -1;
		if (i == 0)
			out->ticket = ticket;
		must(ticket == out->ticket + i);
	}
	return 0;
}

int command_ticket_open(struct act *act, const struct store_ticket_open *in, struct store_ticket_open_reply *out, struct err *err)
{
	struct act_session who;

	if (in->direction > DIRECTION_OUT)
		return fail(err, ERR_INVALID, in->direction, "there is no direction %u", in->direction);
	if (act_session(act, in->token, is_outward(in) ? FACE_OFFICE : FACE_INTERNET, &who, err) != 0)
		return -1;
	if (is_outward(in) && !text_equal(in->addressee, who.number))
		return fail(err, ERR_DENIED, 0, "what goes out is fetched by who asked for it");
	return tickets_open(act, in, &who, NULL, out, err);
}
