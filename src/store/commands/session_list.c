/* サインインの一覧 — session_list: where this person is signed in, for the person's own eyes. Changes nothing. article: s6.6b */
#include "base/code.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/command.h"

int command_session_list(struct act *act, const struct store_session_list *in, struct store_session_list_reply *out, struct err *err)
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
	struct json *list = json_array(act->arena);
	for (size_t i = 0; i < count; i++) {
		struct json *one = json_object(act->arena);
		json_set_number(act->arena, one, "face", rows[i].face);
		json_set_text(act->arena, one, "factor", rows[i].factor);
		json_set_str(act->arena, one, "id", arena_printf(act->arena, "%.16s", hex_of(act->arena, rows[i].token_hash)));
		json_set_number(act->arena, one, "opened", rows[i].opened_at);
		json_set_true(act->arena, one, "own", bytes_equal(rows[i].token_hash, bytes_of(hash, sizeof hash)));
		json_set_number(act->arena, one, "seen", rows[i].last_seen);
		json_set_text(act->arena, one, "source", rows[i].source);
		json_add(act->arena, list, one);
	}
	out->sessions = json_bytes(act->arena, list);
	return 0;
}
