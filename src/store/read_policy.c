/* きまりと提案の閲覧 — contract in read.h. */
#include "base/clock.h"
#include "store/approvers.h"
#include "store/client.h"
#include "store/reader.h"

int store_read_policy_or_none(struct store_reader *r, struct arena *arena, struct store_policy *out, struct err *err)
{
	struct sql_policy_in_force_row row;
	bool found;

	if (sql_policy_in_force(r->sql, arena, r->site, &row, &found, err) != 0)
		return -1;
	*out = found ? (struct store_policy){ row.hash, row.content, row.adopted_at, row.adopted_by, row.adopted_by_name, (uint64_t)row.proposal }
		     : (struct store_policy){ .hash = BYTES(""), .content = BYTES(""), .adopted_by = TEXT(""), .adopted_by_name = TEXT("") };
	return 0;
}

int store_read_policy(struct store_reader *r, struct arena *arena, struct store_policy *out, struct err *err)
{
	if (store_read_policy_or_none(r, arena, out, err) != 0)
		return -1;
	return out->hash.n ? 0 : fail(err, ERR_NOT_FOUND, 0, "no policy has been adopted yet");
}

int store_read_policy_text(struct store_reader *r, struct arena *arena, struct bytes hash, struct bytes *out, struct err *err)
{
	struct sql_policy_by_hash_row row;
	bool found;

	if (sql_policy_by_hash(r->sql, arena, r->site, hash, &row, &found, err) != 0)
		return -1;
	*out = found ? row.content : BYTES("");
	return 0;
}

int store_read_proposals(struct store_reader *r, struct arena *arena, uint64_t before, unsigned most, struct store_proposals *out, struct err *err)
{
	struct sql_proposals_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_proposals_listed(r->sql, arena, r->site, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_proposals){ arena_new_array(arena, struct store_proposal, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (struct store_proposal){ .number = (uint64_t)rows[i].number, .hash = rows[i].hash, .author = rows[i].author,
			.author_name = rows[i].author_name, .reason = rows[i].reason, .proposed = rows[i].created_at,
			.state = (enum proposal_state)rows[i].state, .decided_by_name = rows[i].decided_by_name, .decided = rows[i].decided_at };
	return 0;
}

static int may_decide(struct store_reader *r, struct arena *arena, struct text unit, struct text author, struct text person, bool *out, struct err *err)
{
	struct approver_posts posts;

	if (approver_posts(r->sql, arena, r->site, unit, author, person, clock_now(), &posts, err) != 0)
		return -1;
	*out = posts.count > 0;
	return 0;
}

int store_read_proposal(struct store_reader *r, struct arena *arena, uint64_t number, struct text person, struct store_proposal *out, struct err *err)
{
	struct sql_proposal_by_number_row p;
	bool found = false, may = false;

	if (number <= INT64_MAX && sql_proposal_by_number(r->sql, arena, r->site, (int64_t)number, &p, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no proposal %llu", (unsigned long long)number);
	if (p.state == PROPOSAL_WAITING && may_decide(r, arena, p.author_unit, p.author, person, &may, err) != 0)
		return -1;
	*out = (struct store_proposal){ (uint64_t)p.number, p.hash, p.replaces, p.object, p.content, p.author, p.author_name, p.author_unit_name, p.reason,
					p.created_at, (enum proposal_state)p.state, p.decided_by_name, p.decided_reason, p.decided_at, may };
	return 0;
}

int store_read_proposals_waiting(struct store_reader *r, struct arena *arena, struct text person, uint32_t *out, struct err *err)
{
	struct sql_proposals_in_state_row *rows;
	size_t count;

	*out = 0;
	if (sql_proposals_in_state(r->sql, arena, r->site, PROPOSAL_WAITING, STORE_PROPOSALS_WAITING_MOST, &rows, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool may;
		if (may_decide(r, arena, rows[i].author_unit, rows[i].author, person, &may, err) != 0)
			return -1;
		*out += may;
	}
	return 0;
}
