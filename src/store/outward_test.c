/* 持ち出しと隔離の試験 — what leaves LGWAN is asked for on the office side, always approved by the chief, fetched on the Internet side by who asked;
 * an original leaves quarantine on an administrator's word alone. */
#include "base/check.h"
#include "store/test_ground.h"

enum { DAY = 86400 };

static int open_outward(struct ground *g, const char *sender, const char *addressee, unsigned face, uint64_t *ticket)
{
	struct store_ticket_open in = { .token = ground_token(g, sender, face), .request = ground_request(g), .addressee = text_at(addressee),
		.purpose = TEXT("県へ送る調査票"), .name = TEXT("調査票.xlsx"), .bytes = 99, .input = ground_hash(g, "input"), .provenance = BYTES("{}"),
		.keep_days = 7, .direction = DIRECTION_OUT };
	struct store_ticket_open_reply got = { 0 };
	int result = ask_ticket_open(g, "transferd", &in, &got);

	*ticket = got.ticket;
	return result;
}

static struct bytes judged(struct ground *g, uint64_t ticket, unsigned verdict)
{
	struct store_ticket_verdict in = { .ticket = ticket, .verdict = (uint8_t)verdict, .report = BYTES("{\"removed\":[]}") };
	struct store_ticket_verdict_reply got;

	if (verdict != VERDICT_REFUSED)
		in.output_name = TEXT("調査票.xlsx"), in.output_bytes = 90, in.output = ground_hash(g, "output");
	must(ask_ticket_verdict(g, "transferd", &in, &got) == 0);
	return got.object;
}

static int fetch(struct ground *g, const char *person, unsigned face, uint64_t ticket, const char *content)
{
	return ask_ticket_fetched(g, "transferd", &(struct store_ticket_fetched){ ground_token(g, person, face), ground_request(g), ticket,
				  ground_hash(g, content) }, NULL);
}

TEST(what_goes_out_is_asked_for_on_the_office_side_by_who_fetches_it)
{
	struct ground *g = ground_new();
	uint64_t ticket;

	assert_int_equal(open_outward(g, "1001", "1001", FACE_INTERNET, &ticket), -1);
	assert_int_equal(g->err.code, ERR_NOT_SIGNED_IN);
	assert_int_equal(open_outward(g, "1001", "1002", FACE_OFFICE, &ticket), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(open_outward(g, "1001", "1001", FACE_OFFICE, &ticket), 0);
	ground_free(g);
}

TEST(nothing_goes_out_before_the_chief_has_approved)
{
	struct ground *g = ground_new();
	struct store_tickets list;
	struct store_reader *reader;
	uint64_t ticket;

	assert_int_equal(open_outward(g, "1001", "1001", FACE_OFFICE, &ticket), 0);
	struct bytes object = judged(g, ticket, VERDICT_CLEAN);
	assert_int_equal(ground_state(g, ticket), TICKET_WAITING);
	assert_int_equal(fetch(g, "1001", FACE_INTERNET, ticket, "output"), -1);
	assert_int_equal(ground_decide(g, "1001", "chief of soumu", STATEMENT_APPROVE, object), -1);
	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object), 0);
	ground_seal(g);
	assert_int_equal(fetch(g, "1001", FACE_OFFICE, ticket, "output"), -1); /* it is on that side already */
	assert_int_equal(fetch(g, "1002", FACE_INTERNET, ticket, "output"), -1);
	assert_int_equal(fetch(g, "1001", FACE_INTERNET, ticket, "output"), 0);
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_outward(reader, g->arena, TEXT("1001"), 0, 10, &list, &err_));
	assert_int_equal(list.count, 1);
	assert_true(list.rows[0].outward && list.rows[0].leak_unchecked);
	CHECK_OK(store_read_inbox(reader, g->arena, TEXT("1001"), 0, 10, &list, &err_));
	assert_int_equal(list.count, 0);
	CHECK_OK(store_read_sent(reader, g->arena, TEXT("1001"), 0, 10, &list, &err_));
	assert_int_equal(list.count, 0);
	store_read_close(reader);
	ground_free(g);
}

TEST(the_statement_about_an_outward_file_is_about_no_other)
{
	uint8_t in[SHA256_BYTES], out[SHA256_BYTES];
	struct statement_ticket t = { .ticket = 7, .site = TEXT("tsuru"), .sender = TEXT("1001"), .addressee = TEXT("1001"), .purpose = TEXT("p"),
				      .name = TEXT("n") };

	statement_object_hash(&t, in);
	t.outward = true;
	statement_object_hash(&t, out);
	assert_memory_not_equal(in, out, sizeof in);
}

/* A refused file, and an administrator of another section. */
static struct ground *quarantine(uint64_t *ticket, struct bytes *object)
{
	struct ground *g = ground_new();

	ground_person(g, "9001", "管理 太郎", "カンリ", "bu");
	ground_post(g, "9001", "bu", "administrator");
	*ticket = ground_ticket(g, "1001", "1003");
	*object = judged(g, *ticket, VERDICT_REFUSED);
	return g;
}

TEST(an_original_leaves_quarantine_on_an_administrators_word_alone)
{
	uint64_t ticket;
	struct bytes object;
	struct ground *g = quarantine(&ticket, &object);

	assert_int_equal(object.n, SHA256_BYTES);
	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_RELEASE, object), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object), -1);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_APPROVE, object), -1);
	assert_int_equal(fetch(g, "1003", FACE_OFFICE, ticket, "input"), -1);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_RELEASE, object), 0);
	assert_int_equal(ground_state(g, ticket), TICKET_RELEASED);
	assert_int_equal(fetch(g, "1003", FACE_OFFICE, ticket, "input"), -1);
	assert_int_equal(g->err.code, ERR_BUSY); /* not before the seal */
	ground_seal(g);
	assert_int_equal(fetch(g, "1003", FACE_OFFICE, ticket, "output"), -1);
	assert_int_equal(fetch(g, "1003", FACE_OFFICE, ticket, "input"), 0);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_RELEASE, object), 0); /* the same again */
	ground_free(g);
}

TEST(a_release_wants_a_reason_and_not_ones_own_file)
{
	uint64_t ticket, own;
	struct bytes object;
	struct ground *g = quarantine(&ticket, &object);
	struct statement s = ground_statement(g, "9001", "administrator of bu", STATEMENT_RELEASE, object);
	struct bytes built;

	s.reason = TEXT("");
	assert_int_equal(statement_build(g->arena, &s, &built, &g->err), -1);
	own = ground_ticket(g, "9001", "1003");
	object = judged(g, own, VERDICT_REFUSED);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_RELEASE, object), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	own = ground_ticket(g, "1001", "9001");
	object = judged(g, own, VERDICT_REFUSED);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_RELEASE, object), -1);
	ground_free(g);
}

TEST(what_is_refused_stays_its_days_and_a_release_leaves_time_to_fetch)
{
	uint64_t ticket;
	struct bytes object;
	struct ground *g = quarantine(&ticket, &object);
	struct store_reader *reader;
	struct store_numbers overdue;
	struct store_tickets list;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_quarantined(reader, g->arena, 0, 10, &list, &err_));
	assert_int_equal(list.count, 1);
	clock_set(NOW + 7 * DAY - 60);
	CHECK_OK(store_read_overdue(reader, g->arena, clock_now(), 10, &overdue, &err_));
	assert_int_equal(overdue.count, 0);
	assert_int_equal(ground_decide(g, "9001", "administrator of bu", STATEMENT_RELEASE, object), 0);
	clock_set(NOW + 8 * DAY);
	CHECK_OK(store_read_overdue(reader, g->arena, clock_now(), 10, &overdue, &err_));
	assert_int_equal(overdue.count, 0);
	CHECK_OK(store_read_released(reader, g->arena, TEXT("soumu"), 10, &list, &err_));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.rows[0].decided_by.p, "9001");
	clock_set(NOW + 10 * DAY);
	CHECK_OK(store_read_overdue(reader, g->arena, clock_now(), 10, &overdue, &err_));
	assert_int_equal(overdue.count, 1);
	store_read_close(reader);
	ground_free(g);
}

TEST(the_schema_refuses_released_without_a_statement)
{
	uint64_t ticket;
	struct bytes object;
	struct ground *g = quarantine(&ticket, &object);

	assert_int_equal(sql_ticket_move(g->sql, g->site, (int64_t)ticket, TICKET_REFUSED, TICKET_RELEASED, &g->err), -1);
	assert_int_equal(ground_state(g, ticket), TICKET_REFUSED);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_out_is_asked_for_on_the_office_side_by_who_fetches_it),
		cmocka_unit_test(nothing_goes_out_before_the_chief_has_approved),
		cmocka_unit_test(the_statement_about_an_outward_file_is_about_no_other),
		cmocka_unit_test(an_original_leaves_quarantine_on_an_administrators_word_alone),
		cmocka_unit_test(a_release_wants_a_reason_and_not_ones_own_file),
		cmocka_unit_test(what_is_refused_stays_its_days_and_a_release_leaves_time_to_fetch),
		cmocka_unit_test(the_schema_refuses_released_without_a_statement),
	};
	return RUN_TESTS(tests);
}
