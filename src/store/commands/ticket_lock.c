/* パスワード待ち — ticket_lock: the file is protected; it stays in quarantine, unjudged, until its sender gives the password or its term is over.
 * article: s6.3.2b */
#include "store/command.h"
#include "store/limits.h"
#include "store/transitions.h"

int command_ticket_lock(struct act *act, const struct store_ticket_lock *in, struct store_ticket_lock_reply *out, struct err *err)
{
	struct sql_ticket_password_row t;
	enum ticket_state next;
	bool found;

	act->permitted = PERMIT_PROCESS;
	if (in->wrong > 1)
		return fail(err, ERR_INVALID, in->wrong, "a password is wrong or not");
	if (sql_ticket_password(act->sql, act->arena, act->site, (int64_t)MIN(in->ticket, (uint64_t)INT64_MAX), &t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->ticket, "there is no ticket %llu", (unsigned long long)in->ticket);
	if (t.state == TICKET_LOCKED) {
		act->repeated = true;
		out->tries = (uint32_t)t.tries;
		return 0;
	}
	if (!ticket_may(t.state, ACT_LOCK, &next))
		return fail(err, ERR_CONFLICT, (uint64_t)t.state, "ticket %lld is not being sanitised", (long long)t.number);
	if (t.tries + in->wrong >= STORE_PASSWORD_TRIES_MOST)
		return fail(err, ERR_TOO_MANY, (uint64_t)t.tries, "%d passwords were wrong", STORE_PASSWORD_TRIES_MOST);
	out->tries = (uint32_t)t.tries + in->wrong;
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "wrong", out->tries);
	if (act_journal(act, "ticket.password_wanted", TEXT(""), TEXT(""), arena_printf(act->arena, "ticket:%lld", (long long)t.number), what, NULL, err) != 0 ||
	    sql_ticket_lock(act->sql, act->site, t.number, t.state, next, out->tries, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
