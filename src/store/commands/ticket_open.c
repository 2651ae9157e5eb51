/* 受渡の受付 — ticket_open: a person on the Internet side has handed a file in. The same request again gives the same ticket.
 * article: s6.3.2b */
#include "store/command.h"

static int write_ticket(struct act *act, const struct store_ticket_open *in, const struct act_session *who, struct bytes provenance,
			struct store_ticket_open_reply *out, struct err *err)
{
	struct sql_ticket_number_row next;
	int64_t position;
	bool found;

	if (sql_ticket_number(act->sql, act->arena, act->site, &next, &found, err) != 0)
		return -1;
	must(found);
	out->ticket = (uint64_t)next.number;
	out->expires = act->now + (int64_t)in->keep_days * 86400;
	struct json *what = json_object(act->arena), parsed;
	if (json_read(act->arena, provenance, &parsed, err) != 0)
		return -1;
	json_set_text(act->arena, what, "addressee", in->addressee);
	json_set_number(act->arena, what, "bytes", (int64_t)in->bytes);
	json_set_number(act->arena, what, "expires", out->expires);
	act_set_hex(act, what, "input", in->input);
	json_set_text(act->arena, what, "name", in->name);
	json_set(act->arena, what, "provenance", &parsed);
	json_set_text(act->arena, what, "purpose", in->purpose);
	act_set_hex(act, what, "request", in->request);
	json_set_text(act->arena, what, "unit", who->unit);
	const char *object = arena_printf(act->arena, "ticket:%lld", (long long)next.number);
	if (act_journal(act, "ticket.opened", who->number, TEXT(""), object, what, &position, err) != 0)
		return -1;
	return sql_ticket_insert(act->sql, act->site, next.number, in->request, TICKET_RECEIVED, who->number, who->unit, in->addressee, in->purpose,
				 in->name, (int64_t)in->bytes, in->input, provenance, act->now, out->expires, position, err);
}

int command_ticket_open(struct act *act, const struct store_ticket_open *in, struct store_ticket_open_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_person_by_number_row addressee;
	struct sql_ticket_by_number_row old;
	struct bytes provenance;
	bool found;

	if (act_session(act, in->token, FACE_INTERNET, &who, err) != 0)
		return -1;
	if (in->bytes > STORE_FILE_BYTES_MOST)
		return fail(err, ERR_LIMIT, in->bytes, "the file has more than %d bytes", STORE_FILE_BYTES_MOST);
	if (in->keep_days < 1 || in->keep_days > STORE_KEEP_DAYS_MOST)
		return fail(err, ERR_INVALID, in->keep_days, "a ticket is kept for 1 to %d days", STORE_KEEP_DAYS_MOST);
	if (act_json(act, in->provenance, "provenance", &provenance, err) != 0 ||
	    sql_ticket_by_request(act->sql, act->arena, act->site, in->request, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		out->ticket = (uint64_t)old.number;
		out->expires = old.expires;
		return text_equal(old.sender, who.number) && bytes_equal(old.input, in->input) && text_equal(old.addressee, in->addressee) ?
			       0 : fail(err, ERR_CONFLICT, 0, "this request was used for another file");
	}
	if (act_person(act, in->addressee, &addressee, err) != 0)
		return -1;
	return write_ticket(act, in, &who, provenance, out, err);
}
