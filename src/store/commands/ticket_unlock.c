/* パスワードの入力 — ticket_unlock: the sender has given a password, which only transferd holds; the file is sanitised again. article: s6.3.2b */
#include "store/command.h"
#include "store/transitions.h"

int command_ticket_unlock(struct act *act, const struct store_ticket_unlock *in, struct store_ticket_unlock_reply *out, struct err *err)
{
	struct sql_ticket_by_number_row t;
	struct act_session who;
	enum ticket_state next;
	bool found;

	(void)out;
	if (act_session(act, in->token, 0, &who, err) != 0 ||
	    sql_ticket_by_number(act->sql, act->arena, act->site, (int64_t)MIN(in->ticket, (uint64_t)INT64_MAX), &t, &found, err) != 0)
		return -1;
	unsigned face = found && t.direction == DIRECTION_OUT ? FACE_OFFICE : FACE_INTERNET;
	if (!found || !text_equal(t.sender, who.number) || who.face != face) /* another's ticket looks like none */
		return fail(err, ERR_NOT_FOUND, in->ticket, "there is no ticket %llu of this person", (unsigned long long)in->ticket);
	if (t.expires <= act->now || t.erased != 0)
		return fail(err, ERR_EXPIRED, in->ticket, "ticket %lld has expired", (long long)t.number);
	if (!ticket_may(t.state, ACT_UNLOCK, &next))
		return fail(err, ERR_CONFLICT, (uint64_t)t.state, "ticket %lld does not wait for a password", (long long)t.number);
	if (act_journal(act, "ticket.password_given", who.number, TEXT(""), arena_printf(act->arena, "ticket:%lld", (long long)t.number),
			json_object(act->arena), NULL, err) != 0 ||
	    sql_ticket_move(act->sql, act->site, t.number, t.state, next, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
