/* セッションの確認 — session_check: whose session this is, today; touches its idle time unless asked quietly. article: s6.6b */
#include "store/approvers.h"
#include "store/command.h"

int command_session_check(struct act *act, const struct store_session_check *in, struct store_session_check_reply *out, struct err *err)
{
	struct act_session who;

	if (in->face != FACE_OFFICE && in->face != FACE_INTERNET)
		return fail(err, ERR_INVALID, in->face, "there is no face %u", in->face);
	act->quiet = in->quiet != 0;
	if (act_session(act, in->token, in->face, &who, err) != 0 ||
	    approver_highest(act->sql, act->arena, act->site, who.number, who.unit, act->now, &out->post, err) != 0)
		return -1;
	out->number = who.number, out->name = who.name, out->unit = who.unit, out->unit_name = who.unit_name;
	out->is_chief = who.is_chief, out->is_administrator = who.is_administrator;
	out->expires = who.expires;
	out->site = act->site;
	return 0;
}
