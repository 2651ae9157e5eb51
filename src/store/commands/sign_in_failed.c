/* サインインの失敗 — sign_in_failed: counted by kind, source and minute; the journal row follows when the minute is over. Beyond the ceiling of
 * one minute the source is "*", so that strangers cannot fill the journal. article: s6.6d */
#include "store/command.h"

int command_sign_in_failed(struct act *act, const struct store_sign_in_failed *in, struct store_sign_in_failed_reply *out, struct err *err)
{
	struct sql_strangers_of_minute_row kinds;
	struct sql_stranger_known_row known;
	struct text source = in->source;
	int64_t minute = act->now / 60;
	bool found;

	(void)out;
	act->permitted = PERMIT_PROCESS;
	if (in->face != FACE_OFFICE && in->face != FACE_INTERNET)
		return fail(err, ERR_INVALID, in->face, "there is no face %u", in->face);
	const char *p = arena_printf(act->arena, "sign_in.%s.%s", in->face == FACE_OFFICE ? "office" : "internet",
				     in->known ? "known_number" : "unknown_number");
	struct text kind = { p, strlen(p) };
	if (sql_stranger_known(act->sql, act->arena, act->site, minute, kind, source, &known, &found, err) != 0 ||
	    sql_strangers_of_minute(act->sql, act->arena, act->site, minute, &kinds, &(bool){ false }, err) != 0)
		return -1;
	if (!found && kinds.count >= STORE_STRANGERS_PER_MINUTE_MOST)
		source = TEXT("*");
	return sql_stranger_count(act->sql, act->site, minute, kind, source, err);
}
