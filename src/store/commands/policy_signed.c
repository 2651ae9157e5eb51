/* 署名のあるポリシー — policy_signed: the text in force and the two statements that put it there, for zonesd, which verifies them itself. article: s6.3.2a */
#include "store/command.h"

int command_policy_signed(struct act *act, const struct store_policy_signed *in, struct store_policy_signed_reply *out, struct err *err)
{
	struct sql_policy_in_force_row now;
	struct sql_proposal_signed_row signed_by;
	bool found;

	act->permitted = PERMIT_PROCESS;
	if (sql_policy_in_force(act->sql, act->arena, act->site, &now, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "no policy is in force");
	if (in->hash.n && !bytes_equal(in->hash, now.hash))
		return fail(err, ERR_CONFLICT, 0, "another text is in force by now");
	*out = (struct store_policy_signed_reply){ .content = now.content, .replaces = BYTES(""), .proposed = BYTES(""), .proposed_signature = BYTES(""),
						   .approved = BYTES(""), .approved_signature = BYTES("") };
	if (now.proposal == 0)
		return 0;
	if (sql_proposal_signed(act->sql, act->arena, act->site, now.proposal, &signed_by, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_MISMATCH, (uint64_t)now.proposal, "the signatures of proposal %lld are not there", (long long)now.proposal);
	out->replaces = signed_by.replaces;
	out->proposed = signed_by.proposed, out->proposed_signature = signed_by.proposed_signature;
	out->approved = signed_by.approved, out->approved_signature = signed_by.approved_signature;
	return 0;
}
