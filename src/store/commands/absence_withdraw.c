/* 不在と代理の取消 — absence_withdraw: the chief is back earlier, or somebody else shall act. What was signed meanwhile stays. article: s6.1 */
#include "store/command.h"

int command_absence_withdraw(struct act *act, const struct store_absence_withdraw *in, struct store_absence_withdraw_reply *out, struct err *err)
{
	struct sql_absence_by_journal_row old;
	struct act_session who;
	bool found = false;

	(void)out;
	if (in->absence <= INT64_MAX && sql_absence_by_journal(act->sql, act->arena, act->site, (int64_t)in->absence, &old, &found, err) != 0)
		return -1;
	/* Whether there is one is told only to whom it concerns. */
	if (act_for_person(act, in->token, found ? old.number : TEXT(""), &who, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->absence, "there is no absence %llu", (unsigned long long)in->absence);
	if (old.withdrawn != 0) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "absence", (int64_t)in->absence);
	json_set_text(act->arena, what, "number", old.number);
	if (act_journal(act, "absence.withdrawn", who.number, TEXT(""), arena_printf(act->arena, "person:%s", old.number.p), what, NULL, err) != 0 ||
	    sql_absence_withdraw(act->sql, act->site, (int64_t)in->absence, act->now, who.number, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
