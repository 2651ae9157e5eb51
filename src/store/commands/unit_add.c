/* 組織の登録 — unit_add: a unit of the city under its parent. The same again is no failure. article: s6.1 */
#include "store/command.h"
#include "store/fold.h"

int command_unit_add(struct act *act, const struct store_unit_add *in, struct store_unit_add_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_unit_by_code_row old;
	int64_t position;
	bool found;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0)
		return -1;
	if (sql_unit_by_code(act->sql, act->arena, act->site, in->code, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		return old.valid_to == 0 && text_equal(old.name, in->name) && text_equal(old.parent, in->parent) ?
			       0 : fail(err, ERR_CONFLICT, 0, "unit %s is registered already, with another name or parent", in->code.p);
	}
	if (in->parent.n > 0) {
		if (act_unit(act, in->parent, &old, err) != 0)
			return -1;
	}
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "code", in->code);
	json_set_text(act->arena, what, "name", in->name);
	json_set_text(act->arena, what, "parent", in->parent);
	if (act_journal(act, "unit.added", who.number, TEXT(""), arena_printf(act->arena, "unit:%s", in->code.p), what, &position, err) != 0)
		return -1;
	return sql_unit_insert(act->sql, act->site, in->code, in->name, text_fold(act->arena, in->name), in->parent, act->now, position, err);
}
