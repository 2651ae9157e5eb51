/* ポリシーの採択 — policy_adopt: this text is in force from now on, by the operator's word: the way of the first installation. Once a text that two persons
 * signed is in force (policy_decide), only another such text replaces it. The text in force adopted again is no failure. article: s9 */
#include "base/code.h"
#include "store/command.h"

int command_policy_adopt(struct act *act, const struct store_policy_adopt *in, struct store_policy_adopt_reply *out, struct err *err)
{
	struct sql_policy_in_force_row now;
	int64_t position;
	bool found;

	(void)out;
	act->permitted = PERMIT_PROCESS;
	if (act_policy_text(in->content, in->hash, err) != 0 || sql_policy_in_force(act->sql, act->arena, act->site, &now, &found, err) != 0)
		return -1;
	if (found && bytes_equal(now.hash, in->hash)) {
		act->repeated = true;
		return 0;
	}
	if (found && now.proposal != 0)
		return fail(err, ERR_DENIED, (uint64_t)now.proposal, "two persons have signed the text in force: propose the new one in the office face");
	struct json *what = json_object(act->arena);
	json_set_number(act->arena, what, "bytes", (int64_t)in->content.n);
	act_set_hex(act, what, "hash", in->hash);
	if (act_journal(act, "policy.adopted", TEXT(""), TEXT(""), arena_printf(act->arena, "policy:%.16s", hex_of(act->arena, in->hash)), what,
			&position, err) != 0)
		return -1;
	const char *by = arena_printf(act->arena, "process:%s", act->caller);
	if (sql_policy_insert(act->sql, act->site, position, in->hash, in->content, act->now, (struct text){ by, strlen(by) }, 0, err) != 0)
		return -1;
	return sql_proposals_overtake(act->sql, act->site, act->now, err);
}
