/* 受渡の期限切れ — ticket_expire: the files of a ticket are erased at its term, those of a refused or returned one at any time. transferd destroys
 * its keys after the answer. Again: the same answer. article: s6.3.2b */
#include "store/command.h"
#include "store/transitions.h"

int command_ticket_expire(struct act *act, const struct store_ticket_expire *in, struct store_ticket_expire_reply *out, struct err *err)
{
	struct sql_ticket_by_number_row t;
	enum ticket_state next;
	bool found;

	act->permitted = PERMIT_PROCESS;
	if (sql_ticket_by_number(act->sql, act->arena, act->site, (int64_t)in->ticket, &t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->ticket, "there is no ticket %llu", (unsigned long long)in->ticket);
	if (t.erased != 0) {
		act->repeated = true;
		out->state = (uint8_t)t.state;
		return 0;
	}
	if (t.expires > act->now && t.state != TICKET_REFUSED && t.state != TICKET_RETURNED)
		return fail(err, ERR_CONFLICT, in->ticket, "ticket %lld has not come to its term", (long long)t.number);
	if (!ticket_may(t.state, ACT_ERASE, &next))
		return fail(err, ERR_CONFLICT, (uint64_t)t.state, "ticket %lld cannot expire", (long long)t.number);
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "state", next);
	json_set_number(act->arena, what, "was", t.state);
	if (act_journal(act, "ticket.expired", TEXT(""), TEXT(""), arena_printf(act->arena, "ticket:%lld", (long long)t.number), what, NULL, err) != 0 ||
	    sql_ticket_erase(act->sql, act->site, t.number, t.state, next, act->now, err) != 0)
		return -1;
	out->state = (uint8_t)next;
	return act_changed_one(act, err);
}
