/* 決裁の職 — approval_post: by which of a person's posts these objects may be decided; asked by authd before it signs, so that no signature
 * exists for what its holder may not do. article: s6.3.2b */
#include "base/hash.h"
#include "evidence/statement.h"
#include "store/approvers.h"
#include "store/command.h"
#include "store/proposal_states.h"

/* A proposal's author must be an administrator; who decides it, somebody who decides for the author. */
static int posts_for_policy(struct act *act, const uint8_t *object, struct text action, struct text person, struct approver_posts *out, struct err *err)
{
	struct sql_proposals_in_state_row *rows;
	size_t count;

	if (text_is(action, STATEMENT_PROPOSE)) {
		if (approver_administrator(act->sql, act->arena, act->site, person, act->now, out, err) != 0)
			return -1;
		return out->count ? 0 : fail(err, ERR_DENIED, 0, "%s is no administrator", person.p);
	}
	if (sql_proposals_in_state(act->sql, act->arena, act->site, PROPOSAL_WAITING, STORE_PROPOSALS_WAITING_MOST, &rows, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(rows[i].object, bytes_of(object, SHA256_BYTES))) {
			if (approver_posts(act->sql, act->arena, act->site, rows[i].author_unit, rows[i].author, person, act->now, out, err) != 0)
				return -1;
			return out->count ? 0 : fail(err, ERR_DENIED, (uint64_t)rows[i].number, "proposal %lld is for somebody else to decide", (long long)rows[i].number);
		}
	return fail(err, ERR_CONFLICT, 0, "the proposal does not wait for a decision");
}

static bool is_about_policy(struct text action)
{
	return text_is(action, STATEMENT_PROPOSE) || text_is(action, STATEMENT_ADOPT) || text_is(action, STATEMENT_REJECT);
}

static int posts_for(struct act *act, const uint8_t *object, struct text action, struct text person, struct approver_posts *out, struct err *err)
{
	struct sql_ticket_by_number_row t;
	bool found;

	if (is_about_policy(action))
		return posts_for_policy(act, object, action, person, out, err);
	if (sql_ticket_by_object(act->sql, act->arena, act->site, bytes_of(object, SHA256_BYTES), &t, &found, err) != 0)
		return -1;
	if (!found || t.state != (text_is(action, STATEMENT_RELEASE) ? TICKET_REFUSED : TICKET_WAITING))
		return fail(err, ERR_CONFLICT, 0, "an object does not wait for a decision");
	if (approver_act_posts(act->sql, act->arena, act->site, &t, action, person, act->now, out, err) != 0)
		return -1;
	return out->count ? 0 : fail(err, ERR_DENIED, (uint64_t)t.number, "ticket %lld is for somebody else to decide", (long long)t.number);
}

static bool holds(const struct approver_posts *posts, struct text post)
{
	for (size_t i = 0; i < posts->count; i++)
		if (text_equal(posts->posts[i], post))
			return true;
	return false;
}

int command_approval_post(struct act *act, const struct store_approval_post *in, struct store_approval_post_reply *out, struct err *err)
{
	struct approver_posts common, posts;
	struct act_session who;

	if (act_session(act, in->token, FACE_OFFICE, &who, err) != 0 || posts_for(act, in->objects.p, in->action, who.number, &common, err) != 0)
		return -1;
	for (size_t at = SHA256_BYTES; at < in->objects.n; at += SHA256_BYTES) {
		size_t kept = 0;
		if (posts_for(act, in->objects.p + at, in->action, who.number, &posts, err) != 0)
			return -1;
		for (size_t i = 0; i < common.count; i++)
			if (holds(&posts, common.posts[i]))
				common.posts[kept++] = common.posts[i];
		common.count = kept;
	}
	if (common.count == 0)
		return fail(err, ERR_DENIED, 0, "no one post covers all of these: decide them unit by unit");
	act->permitted = PERMIT_APPROVER;
	out->post = common.posts[0];
	return 0;
}
