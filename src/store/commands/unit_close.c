/* 組織の廃止 — unit_close: a unit is no more from now on. Nobody may be of it, hold a post of it or stand under it any longer: they are moved first. What was
 * handed in from it stays as it was. The same again is no failure. article: s6.1 */
#include "store/command.h"

int command_unit_close(struct act *act, const struct store_unit_close *in, struct store_unit_close_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_unit_by_code_row old;
	struct sql_unit_used_row used;
	bool found;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0 || sql_unit_by_code(act->sql, act->arena, act->site, in->code, &old, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "there is no unit %s", in->code.p);
	if (old.valid_to != 0) {
		act->repeated = true;
		return 0;
	}
	if (sql_unit_used(act->sql, act->arena, act->site, in->code, act->now, &used, &found, err) != 0)
		return -1;
	must(found);
	if (used.people + used.posts + used.units + used.waiting > 0)
		return fail(err, ERR_CONFLICT, (uint64_t)used.people, "unit %s is still used: %lld people, %lld posts, %lld units below, %lld files that wait", in->code.p,
			    (long long)used.people, (long long)used.posts, (long long)used.units, (long long)used.waiting);
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "code", in->code);
	json_set_text(act->arena, what, "name", old.name);
	if (act_journal(act, "unit.closed", who.number, TEXT(""), arena_printf(act->arena, "unit:%s", in->code.p), what, NULL, err) != 0 ||
	    sql_unit_close(act->sql, act->site, in->code, act->now, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
