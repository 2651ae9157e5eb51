/* サインアウト — session_close: whoever has the token may end its session; one that has ended already is no failure. article: s6.6b */
#include "base/code.h"
#include "base/hash.h"
#include "store/command.h"

int command_session_close(struct act *act, const struct store_session_close *in, struct store_session_close_reply *out, struct err *err)
{
	struct sql_session_by_token_row old;
	uint8_t hash[SHA256_BYTES];
	bool found;

	(void)out;
	act->permitted = PERMIT_SESSION;
	sha256_of(in->token, hash);
	struct bytes token_hash = bytes_of(hash, sizeof hash);
	if (sql_session_by_token(act->sql, act->arena, act->site, token_hash, &old, &found, err) != 0)
		return -1;
	if (!found || old.closed_at != 0) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	act_set_hex(act, what, "token_hash", token_hash);
	const char *object = arena_printf(act->arena, "session:%.16s", hex_of(act->arena, token_hash));
	if (act_journal(act, "session.closed", old.number, TEXT(""), object, what, NULL, err) != 0 ||
	    sql_session_end(act->sql, act->site, token_hash, act->now, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
