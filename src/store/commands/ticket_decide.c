/* 受渡の決裁 — ticket_decide: a chief's signed statement approves or sends back all its tickets, or none; an administrator's releases
 * refused originals from quarantine. recordd believes neither webd nor the
 * session for that: signature, person, post, objects, site and time of the statement are checked here, and again that the object's hash is
 * still that of the ticket. Answered after the seal; the same statement again gives the same answer. article: s6.3.2b s3.1d */
#include "base/hash.h"
#include "evidence/statement.h"
#include "store/approvers.h"
#include "store/command.h"
#include "store/signed_statement.h"
#include "store/transitions.h"

enum { RELEASED_SECONDS = 2 * 86400 }; /* there must be time to fetch what was released */

/* The hash once more from what the store says now. */
static int check_object(struct act *act, const struct sql_ticket_by_number_row *t, struct err *err)
{
	struct statement_ticket o = { .ticket = (uint64_t)t->number, .site = act->site, .sender = t->sender, .addressee = t->addressee,
				      .purpose = t->purpose, .outward = t->direction == DIRECTION_OUT };
	bool refused = t->state == TICKET_REFUSED; /* then it is about the original */
	struct bytes output = refused ? t->input : t->output;
	uint8_t hash[SHA256_BYTES];

	o.name = refused ? t->name : t->output_name;
	if (t->input.n != SHA256_BYTES || output.n != SHA256_BYTES)
		return fail(err, ERR_MISMATCH, (uint64_t)t->number, "ticket %lld has no output", (long long)t->number);
	memcpy(o.input, t->input.p, SHA256_BYTES);
	memcpy(o.output, output.p, SHA256_BYTES);
	statement_object_hash(&o, hash);
	return bytes_equal(bytes_of(hash, sizeof hash), t->object) ?
		       0 : fail(err, ERR_MISMATCH, (uint64_t)t->number, "ticket %lld is not what was signed", (long long)t->number);
}

static enum ticket_act act_of(struct text action)
{
	return text_is(action, STATEMENT_APPROVE) ? ACT_APPROVE : text_is(action, STATEMENT_RELEASE) ? ACT_RELEASE : ACT_RETURN;
}

static int check_ticket(struct act *act, const struct statement *s, const uint8_t *object, struct sql_ticket_by_number_row *t,
			enum ticket_state *next, struct err *err)
{
	struct approver_posts posts;
	bool found, holds = false;

	if (sql_ticket_by_object(act->sql, act->arena, act->site, bytes_of(object, SHA256_BYTES), t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_MISMATCH, 0, "an object of the statement is no ticket's");
	if (text_equal(t->sender, s->person))
		return fail(err, ERR_DENIED, (uint64_t)t->number, "nobody decides on their own request (ticket %lld)", (long long)t->number);
	if (approver_act_posts(act->sql, act->arena, act->site, t, s->action, s->person, act->now, &posts, err) != 0)
		return -1;
	for (size_t i = 0; i < posts.count; i++)
		holds = holds || text_equal(posts.posts[i], s->post);
	if (!holds)
		return fail(err, ERR_DENIED, (uint64_t)t->number, "as %s one may not decide ticket %lld", s->post.p, (long long)t->number);
	if (t->expires <= act->now || t->erased != 0)
		return fail(err, ERR_EXPIRED, (uint64_t)t->number, "ticket %lld has expired", (long long)t->number);
	if (!ticket_may(t->state, act_of(s->action), next))
		return fail(err, ERR_CONFLICT, (uint64_t)t->number, "ticket %lld does not wait for a decision", (long long)t->number);
	return check_object(act, t, err);
}

static int settle(struct act *act, const struct statement *s, const struct sql_ticket_by_number_row *t, enum ticket_state next, struct bytes hash,
		  struct err *err)
{
	struct json *what = json_object(act->arena);
	const char *event = next == TICKET_APPROVED ? "ticket.approved" : next == TICKET_RELEASED ? "quarantine.released" : "ticket.returned";
	int64_t position;

	act_set_hex(act, what, "approval", hash);
	act_set_hex(act, what, "object", t->object);
	json_set_text(act->arena, what, "reason", s->reason);
	json_set_number(act->arena, what, "state", next);
	if (act_journal(act, event, s->person, s->post, arena_printf(act->arena, "ticket:%lld", (long long)t->number), what, &position, err) != 0 ||
	    sql_ticket_settle(act->sql, act->site, t->number, t->state, next, hash, s->person, act->now, position, err) != 0 || act_changed_one(act, err) != 0)
		return -1;
	return next == TICKET_RELEASED ? sql_ticket_release(act->sql, act->site, t->number, act->now + RELEASED_SECONDS, err) : 0;
}

int command_ticket_decide(struct act *act, const struct store_ticket_decide *in, struct store_ticket_decide_reply *out, struct err *err)
{
	struct sql_approval_by_hash_row old;
	const struct signed_statement brought = { in->token, in->statement, in->signature };
	struct act_session who;
	struct statement s;
	uint8_t hash[SHA256_BYTES];
	bool found;

	if (act_session(act, in->token, FACE_OFFICE, &who, err) != 0 || signed_statement_read(act, &brought, &s, err) != 0)
		return -1;
	sha256_of(in->statement, hash);
	if (sql_approval_by_hash(act->sql, act->arena, act->site, bytes_of(hash, sizeof hash), &old, &found, err) != 0)
		return -1;
	out->decided = (uint32_t)s.count;
	if (found && text_equal(s.person, who.number)) {
		act->permitted = PERMIT_APPROVER;
		act->repeated = true;
		act->awaits = (uint64_t)old.awaits;
		return 0;
	}
	if (signed_statement_check(act, &s, &who, err) != 0)
		return -1;
	struct sql_ticket_by_number_row *tickets = arena_new_array(act->arena, struct sql_ticket_by_number_row, s.count);
	enum ticket_state next = TICKET_RETURNED;
	for (size_t i = 0; i < s.count; i++)
		if (check_ticket(act, &s, s.objects[i], &tickets[i], &next, err) != 0)
			return -1;
	act->permitted = PERMIT_APPROVER;
	if (signed_statement_record(act, &brought, &s, NULL, err) != 0)
		return -1;
	for (size_t i = 0; i < s.count; i++)
		if (settle(act, &s, &tickets[i], next, bytes_of(hash, sizeof hash), err) != 0)
			return -1;
	return 0;
}
