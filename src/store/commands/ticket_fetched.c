/* 受渡の受取 — ticket_fetched: the addressee fetches the rebuilt file (after a release from quarantine: the original); written before the file leaves transferd, each fetch one event.
 * Never before the approval is sealed. The same request again gives the same answer. article: s6.3.2b */
#include "store/command.h"
#include "store/transitions.h"

static int find_ticket(struct act *act, const struct store_ticket_fetched *in, const struct act_session *who, struct sql_ticket_by_number_row *t,
		       enum ticket_state *next, struct err *err)
{
	bool found;

	if (sql_ticket_by_number(act->sql, act->arena, act->site, (int64_t)in->ticket, t, &found, err) != 0)
		return -1;
	/* what goes out is fetched on the Internet side, everything else on the office side */
	unsigned face = found && t->direction == DIRECTION_OUT ? FACE_INTERNET : FACE_OFFICE;
	if (!found || !text_equal(t->addressee, who->number) || who->face != face) /* another's ticket looks like none */
		return fail(err, ERR_NOT_FOUND, in->ticket, "there is no ticket %llu for this person", (unsigned long long)in->ticket);
	act->permitted = PERMIT_ADDRESSEE;
	if (t->expires <= act->now || t->erased != 0)
		return fail(err, ERR_EXPIRED, in->ticket, "ticket %lld has expired", (long long)t->number);
	if (!ticket_may(t->state, ACT_FETCH, next))
		return fail(err, ERR_CONFLICT, (uint64_t)t->state, "ticket %lld is not approved", (long long)t->number);
	if (!t->sealed)
		return fail(err, ERR_BUSY, in->ticket, "the approval of ticket %lld is not sealed yet: try again shortly", (long long)t->number);
	if (!bytes_equal(t->state == TICKET_RELEASED ? t->input : t->output, in->output))
		return fail(err, ERR_MISMATCH, in->ticket, "that is not the file of ticket %lld", (long long)t->number);
	return 0;
}

int command_ticket_fetched(struct act *act, const struct store_ticket_fetched *in, struct store_ticket_fetched_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_fetch_by_request_row old;
	struct sql_ticket_by_number_row t;
	enum ticket_state next = TICKET_FETCHED;
	int64_t position;
	bool found;

	if (act_session(act, in->token, 0, &who, err) != 0 || find_ticket(act, in, &who, &t, &next, err) != 0 ||
	    sql_fetch_by_request(act->sql, act->arena, act->site, in->request, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		out->is_first = (uint8_t)old.is_first;
		return old.ticket == t.number && text_equal(old.number, who.number) ?
			       0 : fail(err, ERR_CONFLICT, 0, "this request was used for another file");
	}
	out->is_first = t.fetches == 0;
	struct json *what = json_object(act->arena);
	json_set_true(act->arena, what, "first", out->is_first);
	act_set_hex(act, what, "output", in->output);
	act_set_hex(act, what, "request", in->request);
	if (act_journal(act, "ticket.fetched", who.number, TEXT(""), arena_printf(act->arena, "ticket:%lld", (long long)t.number), what, &position,
			err) != 0 ||
	    sql_fetch_insert(act->sql, act->site, in->request, t.number, who.number, out->is_first, act->now, position, err) != 0 ||
	    sql_ticket_move(act->sql, act->site, t.number, t.state, next, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
