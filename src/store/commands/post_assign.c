/* 職の任免 — post_assign: a person holds a post of a unit from a day to a day. The same post and beginning again changes its end.
 * article: s6.1 */
#include "store/command.h"

int command_post_assign(struct act *act, const struct store_post_assign *in, struct store_post_assign_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_person_by_number_row person;
	struct sql_unit_by_code_row unit;
	int64_t position;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0)
		return -1;
	if (text_equal(who.number, in->number))
		return fail(err, ERR_DENIED, 0, "nobody gives themself a post");
	if (!text_is(in->post, "chief") && !text_is(in->post, "deputy") && !text_is(in->post, "administrator"))
		return fail(err, ERR_INVALID, 0, "%s is no post: chief, deputy or administrator", in->post.p);
	if (in->from == 0 || (in->to != 0 && in->to < in->from))
		return fail(err, ERR_INVALID, 0, "a post begins at a time and does not end before it");
	if (act_person(act, in->number, &person, err) != 0 || act_unit(act, in->unit, &unit, err) != 0)
		return -1;
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "from", in->from);
	json_set_text(act->arena, what, "number", in->number);
	json_set_text(act->arena, what, "post", in->post);
	json_set_number(act->arena, what, "to", in->to);
	json_set_text(act->arena, what, "unit", in->unit);
	if (act_journal(act, "post.assigned", who.number, TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, &position, err) != 0)
		return -1;
	return sql_post_put(act->sql, act->site, in->number, in->unit, in->post, in->from, in->to, act->now, position, err);
}
