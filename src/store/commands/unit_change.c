/* 組織の改称 — unit_change: a unit has another name or stands under another one from now on; what was handed in before shows the name of today. The same
 * again is no failure. article: s6.1 */
#include "store/command.h"
#include "store/fold.h"

enum { DEPTH_MOST = 16 };

/* From `above` upwards there must be open units, and not the unit itself. */
static int check_above(struct act *act, struct text code, struct text above, struct err *err)
{
	struct sql_unit_by_code_row unit = { .parent = above };

	for (unsigned depth = 0; unit.parent.n > 0; depth++) {
		struct text wanted = unit.parent;
		if (text_equal(wanted, code) || depth == DEPTH_MOST)
			return fail(err, ERR_MISMATCH, 0, "unit %s cannot stand under itself", code.p);
		if (act_unit(act, wanted, &unit, err) != 0)
			return -1;
	}
	return 0;
}

int command_unit_change(struct act *act, const struct store_unit_change *in, struct store_unit_change_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_unit_by_code_row old;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0 || act_unit(act, in->code, &old, err) != 0 || check_above(act, in->code, in->parent, err) != 0)
		return -1;
	if (text_equal(old.name, in->name) && text_equal(old.parent, in->parent)) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "code", in->code);
	json_set_text(act->arena, what, "name", in->name);
	json_set_text(act->arena, what, "parent", in->parent);
	json_set_text(act->arena, what, "was_name", old.name);
	json_set_text(act->arena, what, "was_parent", old.parent);
	if (act_journal(act, "unit.changed", who.number, TEXT(""), arena_printf(act->arena, "unit:%s", in->code.p), what, NULL, err) != 0 ||
	    sql_unit_change(act->sql, act->site, in->code, in->name, text_fold(act->arena, in->name), in->parent, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
