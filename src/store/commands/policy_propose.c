/* ポリシーの提案 — policy_propose: an administrator signs that this text shall be in force; somebody who decides for them must sign it too
 * (policy_decide). What stands against another text than the one in force is not taken. article: s9 */
#include "base/code.h"
#include "base/hash.h"
#include "store/approvers.h"
#include "store/signed_statement.h"

static int check_text(struct act *act, const struct store_policy_propose *in, struct err *err)
{
	struct sql_policy_in_force_row now;
	bool found;

	if (act_policy_text(in->content, in->hash, err) != 0 || sql_policy_in_force(act->sql, act->arena, act->site, &now, &found, err) != 0)
		return -1;
	if (!bytes_equal(in->replaces, found ? now.hash : BYTES("")))
		return fail(err, ERR_CONFLICT, 0, "another text is in force by now than the one this was written against");
	return found && bytes_equal(now.hash, in->hash) ? fail(err, ERR_INVALID, 0, "this text is in force already") : 0;
}

/* That the statement is a proposal of just this. */
static int check_statement(struct act *act, const struct store_policy_propose *in, const struct statement *s, uint8_t object[SHA256_BYTES], struct err *err)
{
	struct statement_policy what = { .site = act->site, .author = s->person };

	memcpy(what.text, in->hash.p, SHA256_BYTES);
	if (in->replaces.n)
		memcpy(what.replaces, in->replaces.p, SHA256_BYTES);
	statement_policy_hash(&what, object);
	if (!text_is(s->action, STATEMENT_PROPOSE) || s->count != 1 || !statement_names(s, object))
		return fail(err, ERR_MISMATCH, 0, "the statement does not propose this text");
	return 0;
}

/* The post named is one by which they are an administrator. */
static int check_post(struct act *act, const struct statement *s, struct err *err)
{
	struct approver_posts posts;

	if (approver_administrator(act->sql, act->arena, act->site, s->person, act->now, &posts, err) != 0)
		return -1;
	return posts.count && text_equal(posts.posts[0], s->post) ? 0 : fail(err, ERR_DENIED, 0, "as %s one may not propose a policy", s->post.p);
}

/* The same that waits already, or 0; ERR_LIMIT where too many wait. */
static int find_waiting(struct act *act, const uint8_t object[SHA256_BYTES], uint64_t *number, struct err *err)
{
	struct sql_proposals_in_state_row *rows;
	size_t count;

	*number = 0;
	if (sql_proposals_in_state(act->sql, act->arena, act->site, PROPOSAL_WAITING, STORE_PROPOSALS_WAITING_MOST, &rows, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(rows[i].object, bytes_of(object, SHA256_BYTES)))
			*number = (uint64_t)rows[i].number;
	return *number == 0 && count == STORE_PROPOSALS_WAITING_MOST ? fail(err, ERR_LIMIT, count, "%zu proposals wait already", count) : 0;
}

static int write(struct act *act, const struct store_policy_propose *in, const struct act_session *who, const struct statement *s,
		 const uint8_t object[SHA256_BYTES], uint64_t *number, struct err *err)
{
	const struct signed_statement brought = { in->token, in->statement, in->signature };
	struct json *what = json_object(act->arena);
	struct sql_proposal_next_row next;
	uint8_t hash[SHA256_BYTES];
	int64_t position;
	bool found;

	if (sql_proposal_next(act->sql, act->arena, act->site, &next, &found, err) != 0)
		return -1;
	signed_statement_tell(act, &brought, what);
	json_set_number(act->arena, what, "bytes", (int64_t)in->content.n);
	act_set_hex(act, what, "policy", in->hash);
	act_set_hex(act, what, "replaces", in->replaces);
	if (act_journal(act, "policy.proposed", s->person, s->post, arena_printf(act->arena, "proposal:%lld", (long long)next.next), what, &position, err) != 0 ||
	    signed_statement_record(act, &brought, s, &position, err) != 0)
		return -1;
	sha256_of(in->statement, hash);
	*number = (uint64_t)next.next;
	return sql_proposal_insert(act->sql, act->site, next.next, position, in->hash, in->replaces, bytes_of(object, SHA256_BYTES), in->content, s->person,
				   who->unit, s->reason, bytes_of(hash, sizeof hash), act->now, err);
}

int command_policy_propose(struct act *act, const struct store_policy_propose *in, struct store_policy_propose_reply *out, struct err *err)
{
	const struct signed_statement brought = { in->token, in->statement, in->signature };
	uint8_t object[SHA256_BYTES];
	struct act_session who;
	struct statement s;

	if (act_administrator(act, in->token, &who, err) != 0 || signed_statement_read(act, &brought, &s, err) != 0)
		return -1;
	if (who.number.n == 0)
		return fail(err, ERR_DENIED, 0, "a proposal is a person's");
	if (signed_statement_check(act, &s, &who, err) != 0 || check_post(act, &s, err) != 0 || check_statement(act, in, &s, object, err) != 0 || check_text(act, in, err) != 0 ||
	    find_waiting(act, object, &out->proposal, err) != 0)
		return -1;
	act->repeated = out->proposal != 0;
	return act->repeated ? 0 : write(act, in, &who, &s, object, &out->proposal, err);
}
