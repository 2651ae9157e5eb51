/* 職員の離任 — person_leave: a person leaves the city; posts end with it, sessions at once when the day has come. article: s6.6b */
#include "store/command.h"

int command_person_leave(struct act *act, const struct store_person_leave *in, struct store_person_leave_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_person_by_number_row person;
	int64_t at = in->at ? in->at : act->now;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0)
		return -1;
	if (text_equal(who.number, in->number))
		return fail(err, ERR_DENIED, 0, "nobody writes themself out");
	if (act_person(act, in->number, &person, err) != 0)
		return -1;
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "at", at);
	json_set_text(act->arena, what, "number", in->number);
	if (act_journal(act, "person.left", who.number, TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, NULL, err) != 0)
		return -1;
	if (sql_person_end(act->sql, act->site, in->number, at, err) != 0 || sql_posts_end(act->sql, act->site, in->number, at, err) != 0)
		return -1;
	return at <= act->now ? sql_sessions_end(act->sql, act->site, in->number, bytes_of("", 0), act->now, err) : 0;
}
