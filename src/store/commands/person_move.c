/* 職員の異動 — person_move: a person is of another unit from now on; what they handed in before stays with the unit it came from. The same unit is no
 * failure. article: s6.1 s6.6b */
#include "store/command.h"

int command_person_move(struct act *act, const struct store_person_move *in, struct store_person_move_reply *out, struct err *err)
{
	struct sql_person_by_number_row person;
	struct sql_unit_by_code_row unit;
	struct act_session who;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0 || act_person(act, in->number, &person, err) != 0)
		return -1;
	if (text_equal(who.number, in->number))
		return fail(err, ERR_DENIED, 0, "nobody moves themself");
	if (act_unit(act, in->unit, &unit, err) != 0)
		return -1;
	if (text_equal(person.unit, in->unit)) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "number", in->number);
	json_set_text(act->arena, what, "unit", in->unit);
	json_set_text(act->arena, what, "was", person.unit);
	if (act_journal(act, "person.moved", who.number, TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, NULL, err) != 0 ||
	    sql_person_move(act->sql, act->site, in->number, in->unit, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
