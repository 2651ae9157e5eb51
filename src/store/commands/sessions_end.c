/* サインインの打切り — sessions_end: a person's password or factor is being changed: whoever is signed in with what was, is so no more. The session
 * in which the person does it may stay. authd asks before it changes anything. article: s6.6b */
#include "base/hash.h"
#include "store/command.h"

int command_sessions_end(struct act *act, const struct store_sessions_end *in, struct store_sessions_end_reply *out, struct err *err)
{
	uint8_t hash[SHA256_BYTES];
	bool keeps = in->keep.n != 0;

	act->permitted = PERMIT_PROCESS;
	if (keeps && in->keep.n != 32)
		return fail(err, ERR_INVALID, in->keep.n, "a token has 32 bytes");
	sha256_of(in->keep, hash);
	if (sql_sessions_end(act->sql, act->site, in->number, bytes_of(hash, keeps ? sizeof hash : 0), act->now, err) != 0)
		return -1;
	out->ended = (uint32_t)sql_changes(act->sql);
	if (out->ended == 0) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "count", out->ended);
	json_set_text(act->arena, what, "number", in->number);
	json_set_text(act->arena, what, "why", in->why);
	return act_journal(act, "sessions.ended", TEXT(""), TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, NULL, err);
}
