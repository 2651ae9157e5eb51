/* サインイン — session_open: authd has seen password and second factor; the session begins. The same token again is the same session.
 * article: s6.6b */
#include "base/code.h"
#include "store/command.h"

int command_session_open(struct act *act, const struct store_session_open *in, struct store_session_open_reply *out, struct err *err)
{
	struct sql_person_by_number_row person;
	struct sql_session_by_token_row old;
	int64_t position;
	bool found;

	act->permitted = PERMIT_PROCESS;
	if (in->face != FACE_OFFICE && in->face != FACE_INTERNET)
		return fail(err, ERR_INVALID, in->face, "there is no face %u", in->face);
	if (!text_is(in->factor, "totp"))
		return fail(err, ERR_INVALID, 0, "%s is no second factor", in->factor.p);
	if (act_person(act, in->number, &person, err) != 0 ||
	    sql_session_by_token(act->sql, act->arena, act->site, in->token_hash, &old, &found, err) != 0)
		return -1;
	if (found) {
		act->repeated = true;
		out->expires = old.expires_at;
		return text_equal(old.number, in->number) && old.face == in->face && old.closed_at == 0 ?
			       0 : fail(err, ERR_CONFLICT, 0, "this token is used already");
	}
	out->expires = act->now + STORE_SESSION_WHOLE_MOST;
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "expires", out->expires);
	json_set_number(act->arena, what, "face", in->face);
	json_set_text(act->arena, what, "factor", in->factor);
	act_set_hex(act, what, "token_hash", in->token_hash);
	const char *object = arena_printf(act->arena, "session:%.16s", hex_of(act->arena, in->token_hash));
	if (act_journal(act, "session.opened", in->number, TEXT(""), object, what, &position, err) != 0)
		return -1;
	return sql_session_insert(act->sql, act->site, in->token_hash, in->number, in->face, in->factor, in->source, act->now, out->expires,
				  position, err);
}
