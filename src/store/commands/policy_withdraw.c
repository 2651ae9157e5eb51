/* ポリシーの提案の取下げ — policy_withdraw: an administrator takes back what waits for a decision. article: s9 */
#include "store/command.h"
#include "store/proposal_states.h"

int command_policy_withdraw(struct act *act, const struct store_policy_withdraw *in, struct store_policy_withdraw_reply *out, struct err *err)
{
	struct sql_proposal_by_number_row p;
	struct act_session who;
	bool found = false;

	(void)out;
	if (act_administrator(act, in->token, &who, err) != 0)
		return -1;
	if (in->proposal <= INT64_MAX && sql_proposal_by_number(act->sql, act->arena, act->site, (int64_t)in->proposal, &p, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->proposal, "there is no proposal %llu", (unsigned long long)in->proposal);
	if (p.state == PROPOSAL_WITHDRAWN) {
		act->repeated = true;
		return 0;
	}
	if (p.state != PROPOSAL_WAITING)
		return fail(err, ERR_CONFLICT, in->proposal, "proposal %llu does not wait for a decision", (unsigned long long)in->proposal);
	struct json *what = json_object(act->arena);
	act_set_hex(act, what, "hash", p.hash);
	if (act_journal(act, "policy.withdrawn", who.number, TEXT(""), arena_printf(act->arena, "proposal:%lld", (long long)p.number), what, NULL, err) != 0 ||
	    sql_proposal_settle(act->sql, act->site, p.number, PROPOSAL_WITHDRAWN, BYTES(""), who.number, TEXT(""), act->now, err) != 0)
		return -1;
	return act_changed_one(act, err);
}
