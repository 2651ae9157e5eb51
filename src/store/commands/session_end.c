/* 自分のサインインを終える — session_end: a person ends one of the own sessions, or all but the one in which they ask. article: s6.6b */
#include "base/code.h"
#include "base/hash.h"
#include "store/command.h"

int command_session_end(struct act *act, const struct store_session_end *in, struct store_session_end_reply *out, struct err *err)
{
	struct sql_sessions_of_row *rows;
	size_t count;
	struct act_session who;
	uint8_t hash[SHA256_BYTES];

	if (act_session(act, in->token, in->face, &who, err) != 0 ||
	    sql_sessions_of(act->sql, act->arena, act->site, who.number, act->now, act->now - STORE_SESSION_IDLE_MOST, STORE_SESSIONS_SHOWN_MOST, &rows,
			    &count, err) != 0)
		return -1;
	sha256_of(in->token, hash);
	if (in->id.n == 0 && sql_sessions_end(act->sql, act->site, who.number, bytes_of(hash, sizeof hash), act->now, err) != 0)
		return -1;
	out->ended = in->id.n == 0 ? (uint32_t)sql_changes(act->sql) : 0;
	for (size_t i = 0; in->id.n != 0 && i < count; i++) {
		if (!text_is(in->id, arena_printf(act->arena, "%.16s", hex_of(act->arena, rows[i].token_hash))))
			continue;
		if (sql_session_end(act->sql, act->site, rows[i].token_hash, act->now, err) != 0)
			return -1;
		out->ended = 1;
	}
	if (out->ended == 0) {
		act->repeated = true;
		return 0;
	}
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "count", out->ended);
	json_set_text(act->arena, what, "number", who.number);
	json_set_str(act->arena, what, "why", "self");
	return act_journal(act, "sessions.ended", who.number, TEXT(""), arena_printf(act->arena, "person:%s", who.number.p), what, NULL, err);
}
