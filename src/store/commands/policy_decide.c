/* ポリシーの決裁 — policy_decide: who decides for the author of a proposal, never the author, signs that the text is in force from now on, or sends it
 * back. Two persons have signed the same object then. Answered after the seal; the same statement again gives the same answer. article: s9 */
#include "base/code.h"
#include "base/hash.h"
#include "store/approvers.h"
#include "store/signed_statement.h"

static int check_approver(struct act *act, const struct sql_proposal_by_number_row *p, const struct statement *s, struct err *err)
{
	struct approver_posts posts;
	bool holds = false;

	if (text_equal(p->author, s->person))
		return fail(err, ERR_DENIED, (uint64_t)p->number, "nobody decides on their own proposal");
	if (approver_posts(act->sql, act->arena, act->site, p->author_unit, p->author, s->person, act->now, &posts, err) != 0)
		return -1;
	for (size_t i = 0; i < posts.count; i++)
		holds = holds || text_equal(posts.posts[i], s->post);
	return holds ? 0 : fail(err, ERR_DENIED, (uint64_t)p->number, "as %s one may not decide proposal %lld", s->post.p, (long long)p->number);
}

static int check_proposal(struct act *act, const struct sql_proposal_by_number_row *p, const struct statement *s, struct err *err)
{
	if (p->state != PROPOSAL_WAITING)
		return fail(err, ERR_CONFLICT, (uint64_t)p->number, "proposal %lld does not wait for a decision", (long long)p->number);
	if ((!text_is(s->action, STATEMENT_ADOPT) && !text_is(s->action, STATEMENT_REJECT)) || s->count != 1 || !statement_names(s, p->object.p))
		return fail(err, ERR_MISMATCH, (uint64_t)p->number, "the statement does not decide proposal %lld", (long long)p->number);
	return check_approver(act, p, s, err);
}

/* The text is in force; what else waits was written against another one. */
static int put_into_force(struct act *act, const struct sql_proposal_by_number_row *p, const struct statement *s, int64_t position, struct err *err)
{
	if (sql_policy_insert(act->sql, act->site, position, p->hash, p->content, act->now, s->person, p->number, err) != 0)
		return -1;
	return sql_proposals_overtake(act->sql, act->site, act->now, err);
}

static int settle(struct act *act, const struct sql_proposal_by_number_row *p, const struct statement *s, struct bytes approval, struct err *err)
{
	bool adopts = text_is(s->action, STATEMENT_ADOPT);
	struct json *what = json_object(act->arena);
	int64_t position;

	act_set_hex(act, what, "approval", approval);
	act_set_hex(act, what, "hash", p->hash);
	act_set_hex(act, what, "object", p->object);
	json_set_text(act->arena, what, "author", p->author);
	json_set_text(act->arena, what, "reason", s->reason);
	if (act_journal(act, adopts ? "policy.adopted" : "policy.returned", s->person, s->post, arena_printf(act->arena, "proposal:%lld", (long long)p->number),
			what, &position, err) != 0 ||
	    sql_proposal_settle(act->sql, act->site, p->number, adopts ? PROPOSAL_ADOPTED : PROPOSAL_RETURNED, approval, s->person, s->reason, act->now, err) != 0 ||
	    act_changed_one(act, err) != 0)
		return -1;
	return adopts ? put_into_force(act, p, s, position, err) : 0;
}

int command_policy_decide(struct act *act, const struct store_policy_decide *in, struct store_policy_decide_reply *out, struct err *err)
{
	const struct signed_statement brought = { in->token, in->statement, in->signature };
	struct sql_approval_of_proposal_row old;
	struct sql_proposal_by_number_row p;
	uint8_t hash[SHA256_BYTES];
	struct act_session who;
	struct statement s;
	bool found;

	(void)out;
	if (act_session(act, in->token, FACE_OFFICE, &who, err) != 0 || signed_statement_read(act, &brought, &s, err) != 0)
		return -1;
	sha256_of(in->statement, hash);
	if (sql_approval_of_proposal(act->sql, act->arena, act->site, bytes_of(hash, sizeof hash), &old, &found, err) != 0)
		return -1;
	if (found && text_equal(s.person, who.number)) {
		act->permitted = PERMIT_APPROVER, act->repeated = true, act->awaits = (uint64_t)old.awaits;
		return 0;
	}
	if (in->proposal > INT64_MAX || sql_proposal_by_number(act->sql, act->arena, act->site, (int64_t)in->proposal, &p, &found, err) != 0)
		return in->proposal > INT64_MAX ? fail(err, ERR_NOT_FOUND, 0, "there is no such proposal") : -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, in->proposal, "there is no proposal %llu", (unsigned long long)in->proposal);
	if (signed_statement_check(act, &s, &who, err) != 0 || check_proposal(act, &p, &s, err) != 0)
		return -1;
	act->permitted = PERMIT_APPROVER;
	return signed_statement_record(act, &brought, &s, NULL, err) != 0 ? -1 : settle(act, &p, &s, bytes_of(hash, sizeof hash), err);
}
