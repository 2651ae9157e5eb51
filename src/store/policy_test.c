/* きまりの提案の試験 — a text is in force when two persons have signed it: its author, and who decides for the author; nothing else changes it then. */
#include "base/check.h"
#include "store/test_ground.h"

static struct ground *ground_with_administrator(void)
{
	struct ground *g = ground_new();

	ground_post(g, "1001", "soumu", "administrator");
	return g;
}

static struct bytes text_of(const char *s) { return bytes_of(s, strlen(s)); }

static struct bytes hash_of_text(struct ground *g, const char *s) { return ground_hash(g, s); }

static struct bytes object_of(struct ground *g, const char *author, const char *content, struct bytes replaces)
{
	struct statement_policy p = { .site = g->site, .author = text_at(author) };
	uint8_t *object = arena_alloc(g->arena, SHA256_BYTES);

	memcpy(p.text, hash_of_text(g, content).p, SHA256_BYTES);
	if (replaces.n)
		memcpy(p.replaces, replaces.p, SHA256_BYTES);
	statement_policy_hash(&p, object);
	return bytes_of(object, SHA256_BYTES);
}

static struct store_policy_propose proposal_of(struct ground *g, const char *author, const char *post, const char *action, const char *content,
					       struct bytes replaces)
{
	struct statement s = ground_statement(g, author, post, action, object_of(g, author, content, replaces));
	struct store_ticket_decide made = ground_signed(g, &s, ground_token(g, author, FACE_OFFICE));

	return (struct store_policy_propose){ made.token, text_of(content), hash_of_text(g, content), replaces, made.statement, made.signature };
}

static uint64_t proposed(struct ground *g, const char *content, struct bytes replaces)
{
	struct store_policy_propose in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, content, replaces);
	struct store_policy_propose_reply got = { 0 };

	DONE(g, ask_policy_propose(g, "webd-office", &in, &got));
	return got.proposal;
}

static int decide(struct ground *g, const char *person, const char *post, const char *action, uint64_t proposal, struct bytes object)
{
	struct statement s = ground_statement(g, person, post, action, object);
	struct store_ticket_decide made = ground_signed(g, &s, ground_token(g, person, FACE_OFFICE));

	return ask_policy_decide(g, "webd-office", &(struct store_policy_decide){ made.token, proposal, made.statement, made.signature }, NULL);
}

static int adopt(struct ground *g, const char *content)
{
	return ask_policy_adopt(g, "operator", &(struct store_policy_adopt){ text_of(content), hash_of_text(g, content) }, NULL);
}

static void in_force(struct ground *g, const char *content, uint64_t proposal)
{
	struct sql_policy_in_force_row row;
	bool found;

	assert_int_equal(sql_policy_in_force(g->sql, g->arena, g->site, &row, &found, &g->err), 0);
	assert_true(found && bytes_equal(row.content, text_of(content)));
	assert_int_equal(row.proposal, proposal);
}

static void none_in_force(struct ground *g)
{
	struct store_reader *reader;
	struct store_policy policy;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_policy_or_none(reader, g->arena, &policy, &err_));
	assert_true(policy.hash.n == 0 && policy.content.n == 0 && policy.adopted_by.n == 0);
	assert_int_equal(store_read_policy(reader, g->arena, &policy, &g->err), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	store_read_close(reader);
}

static enum proposal_state state_of(struct ground *g, uint64_t number)
{
	struct sql_proposal_by_number_row row;
	bool found;

	assert_int_equal(sql_proposal_by_number(g->sql, g->arena, g->site, (int64_t)number, &row, &found, &g->err), 0);
	assert_true(found);
	return (enum proposal_state)row.state;
}

#define FIRST "default deny # one"
#define SECOND "default deny # two"
#define THIRD "default deny # three"

TEST(two_persons_put_a_text_into_force)
{
	struct ground *g = ground_with_administrator();
	struct bytes first = hash_of_text(g, FIRST);

	DONE(g, adopt(g, FIRST));
	uint64_t n = proposed(g, SECOND, first), other = proposed(g, THIRD, first);
	assert_int_equal(proposed(g, SECOND, first), n); /* waits already */
	assert_int_not_equal(n, other);
	in_force(g, FIRST, 0);
	struct bytes object = object_of(g, "1001", SECOND, first);
	REFUSED(g, DENIED, decide(g, "1001", "administrator of soumu", STATEMENT_ADOPT, n, object)); /* one's own */
	REFUSED(g, DENIED, decide(g, "3001", "chief of zeimu", STATEMENT_ADOPT, n, object));	       /* another unit's chief */
	REFUSED(g, DENIED, decide(g, "1002", "chief of soumu", STATEMENT_ADOPT, n, object));	       /* holds no such post */
	REFUSED(g, MISMATCH, decide(g, "2001", "chief of soumu", STATEMENT_ADOPT, other, object));
	REFUSED(g, MISMATCH, decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, n, object));
	REFUSED(g, NOT_FOUND, decide(g, "2001", "chief of soumu", STATEMENT_ADOPT, 77, object));
	DONE(g, decide(g, "2001", "chief of soumu", STATEMENT_ADOPT, n, object));
	in_force(g, SECOND, n);
	assert_int_equal(state_of(g, n), PROPOSAL_ADOPTED);
	assert_int_equal(state_of(g, other), PROPOSAL_OVERTAKEN); /* it was written against the first */
	clock_set(NOW + 1); /* another statement, not the same again */
	REFUSED(g, CONFLICT, decide(g, "2001", "chief of soumu", STATEMENT_ADOPT, n, object));
	clock_set(NOW);
	ground_free(g);
}

TEST(what_two_signed_the_operator_alone_does_not_change)
{
	struct ground *g = ground_with_administrator();

	DONE(g, adopt(g, FIRST));
	DONE(g, adopt(g, THIRD));
	uint64_t n = proposed(g, SECOND, hash_of_text(g, THIRD));
	DONE(g, decide(g, "2002", "deputy of soumu", STATEMENT_ADOPT, n, object_of(g, "1001", SECOND, hash_of_text(g, THIRD))));
	REFUSED(g, DENIED, adopt(g, FIRST));
	DONE(g, adopt(g, SECOND)); /* is in force: no failure, nothing written */
	in_force(g, SECOND, n);
	ground_free(g);
}

TEST(a_proposal_is_an_administrators_and_about_the_text_in_force)
{
	struct ground *g = ground_with_administrator();
	struct bytes none = BYTES(""), first = hash_of_text(g, FIRST);
	struct store_policy_propose in;

	none_in_force(g);
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, SECOND, first);
	REFUSED(g, CONFLICT, ask_policy_propose(g, "webd-office", &in, NULL)); /* nothing is in force yet */
	DONE(g, adopt(g, FIRST));
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, SECOND, none);
	REFUSED(g, CONFLICT, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, FIRST, first);
	REFUSED(g, INVALID, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1002", "administrator of soumu", STATEMENT_PROPOSE, SECOND, first);
	REFUSED(g, DENIED, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1001", "chief of soumu", STATEMENT_PROPOSE, SECOND, first);
	REFUSED(g, DENIED, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_ADOPT, SECOND, first);
	REFUSED(g, MISMATCH, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, SECOND, first);
	in.content = text_of(THIRD);
	REFUSED(g, MISMATCH, ask_policy_propose(g, "webd-office", &in, NULL));
	in.hash = hash_of_text(g, THIRD); /* the statement is about another text */
	REFUSED(g, MISMATCH, ask_policy_propose(g, "webd-office", &in, NULL));
	in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, SECOND, first);
	REFUSED(g, DENIED, ask_policy_propose(g, "transferd", &in, NULL));
	in.token = ground_token(g, "2001", FACE_OFFICE);
	REFUSED(g, DENIED, ask_policy_propose(g, "webd-office", &in, NULL));
	ground_free(g);
}

TEST(a_proposal_is_sent_back_or_withdrawn)
{
	struct ground *g = ground_with_administrator();
	struct bytes none = BYTES("");
	uint64_t n = proposed(g, FIRST, none);

	struct bytes object = object_of(g, "1001", FIRST, none);
	DONE(g, decide(g, "2001", "chief of soumu", STATEMENT_REJECT, n, object));
	assert_int_equal(state_of(g, n), PROPOSAL_RETURNED);
	DONE(g, decide(g, "2001", "chief of soumu", STATEMENT_REJECT, n, object)); /* the same statement again */
	clock_set(NOW + 10);
	uint64_t again = proposed(g, FIRST, none);
	assert_int_equal(again, n + 1);
	struct store_policy_withdraw w = { ground_token(g, "2001", FACE_OFFICE), again };
	REFUSED(g, DENIED, ask_policy_withdraw(g, "webd-office", &w, NULL));
	w.token = ground_token(g, "1001", FACE_OFFICE);
	DONE(g, ask_policy_withdraw(g, "webd-office", &w, NULL));
	DONE(g, ask_policy_withdraw(g, "webd-office", &w, NULL)); /* once more is no failure */
	assert_int_equal(state_of(g, again), PROPOSAL_WITHDRAWN);
	w.proposal = n;
	REFUSED(g, CONFLICT, ask_policy_withdraw(g, "webd-office", &w, NULL));
	w.proposal = 99;
	REFUSED(g, NOT_FOUND, ask_policy_withdraw(g, "webd-office", &w, NULL));
	clock_set(NOW);
	ground_free(g);
}

TEST(only_so_many_wait)
{
	struct ground *g = ground_with_administrator();

	for (unsigned i = 0; i < STORE_PROPOSALS_WAITING_MOST; i++)
		proposed(g, arena_printf(g->arena, "text %u", i), BYTES(""));
	struct store_policy_propose in = proposal_of(g, "1001", "administrator of soumu", STATEMENT_PROPOSE, "one more", BYTES(""));
	REFUSED(g, LIMIT, ask_policy_propose(g, "webd-office", &in, NULL));
	ground_free(g);
}

/* authd asks before it signs. */
TEST(authd_is_told_by_which_post)
{
	struct ground *g = ground_with_administrator();
	struct store_approval_post_reply post;

	proposed(g, FIRST, BYTES(""));
	struct bytes object = object_of(g, "1001", FIRST, BYTES(""));
	struct store_approval_post in = { ground_token(g, "2001", FACE_OFFICE), TEXT(STATEMENT_ADOPT), object };
	DONE(g, ask_approval_post(g, "authd", &in, &post));
	assert_true(text_is(post.post, "chief of soumu"));
	in.action = TEXT(STATEMENT_PROPOSE);
	REFUSED(g, DENIED, ask_approval_post(g, "authd", &in, NULL));
	in.token = ground_token(g, "1001", FACE_OFFICE);
	DONE(g, ask_approval_post(g, "authd", &in, &post));
	assert_true(text_is(post.post, "administrator of soumu"));
	in.action = TEXT(STATEMENT_ADOPT);
	REFUSED(g, DENIED, ask_approval_post(g, "authd", &in, NULL));
	in = (struct store_approval_post){ ground_token(g, "2001", FACE_OFFICE), TEXT(STATEMENT_ADOPT), ground_hash(g, "another") };
	REFUSED(g, CONFLICT, ask_approval_post(g, "authd", &in, NULL));
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_persons_put_a_text_into_force),
		cmocka_unit_test(what_two_signed_the_operator_alone_does_not_change),
		cmocka_unit_test(a_proposal_is_an_administrators_and_about_the_text_in_force),
		cmocka_unit_test(a_proposal_is_sent_back_or_withdrawn),
		cmocka_unit_test(only_so_many_wait),
		cmocka_unit_test(authd_is_told_by_which_post),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
