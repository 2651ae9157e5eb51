/* 外部の人から受け取るリンクの取消 — guest_link_revoke: the issuer closes a link; what came by it before goes its way. article: s6.3.2b */
#include "store/command.h"

int command_guest_link_revoke(struct act *act, const struct store_guest_link_revoke *in, struct store_guest_link_revoke_reply *out, struct err *err)
{
	struct sql_guest_link_by_number_row link;
	struct act_session who;
	bool found;

	(void)out;
	if (act_session(act, in->token, FACE_INTERNET, &who, err) != 0 ||
	    sql_guest_link_by_number(act->sql, act->arena, act->site, (int64_t)MIN(in->number, (uint64_t)INT64_MAX), &link, &found, err) != 0)
		return -1;
	if (!found || !text_equal(link.issuer, who.number))
		return fail(err, ERR_NOT_FOUND, in->number, "no such link of this person");
	if (link.revoked) {
		act->repeated = true;
		return 0;
	}
	if (act_journal(act, "guest.link_revoked", who.number, TEXT(""), arena_printf(act->arena, "guest_link:%lld", (long long)link.number),
			json_object(act->arena), NULL, err) != 0 ||
	    sql_guest_link_revoke(act->sql, act->site, link.number, act->now, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
