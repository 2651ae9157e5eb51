/* 職員の登録 — person_add: a person of a unit. The same again is no failure. article: s6.6b */
#include "store/command.h"
#include "store/fold.h"

int command_person_add(struct act *act, const struct store_person_add *in, struct store_person_add_reply *out, struct err *err)
{
	struct act_session who;
	struct sql_person_by_number_row old;
	struct sql_unit_by_code_row unit;
	int64_t position;
	bool found;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0)
		return -1;
	if (in->mail.n > 0 && (!memchr(in->mail.p, '@', in->mail.n) || memchr(in->mail.p, ' ', in->mail.n)))
		return fail(err, ERR_INVALID, 0, "mail is no address");
	if (sql_person_by_number(act->sql, act->arena, act->site, in->number, act->now, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		return text_equal(old.name, in->name) && text_equal(old.kana, in->kana) && text_equal(old.unit, in->unit) &&
				       text_equal(old.mail, in->mail) && old.valid_to == 0 ?
			       0 : fail(err, ERR_CONFLICT, 0, "the number %s is given already", in->number.p);
	}
	if (act_unit(act, in->unit, &unit, err) != 0)
		return -1;
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "kana", in->kana);
	json_set_text(act->arena, what, "mail", in->mail);
	json_set_text(act->arena, what, "name", in->name);
	json_set_text(act->arena, what, "number", in->number);
	json_set_text(act->arena, what, "unit", in->unit);
	if (act_journal(act, "person.added", who.number, TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, &position, err) != 0)
		return -1;
	const char *search = arena_printf(act->arena, "%s\n%s\n%s", in->number.p, in->name.p, in->kana.p);
	return sql_person_insert(act->sql, act->site, in->number, in->name, in->kana,
				 text_fold(act->arena, (struct text){ search, strlen(search) }), in->unit, in->mail, act->now, position, err);
}
