/* 不在と代理の試験 — who may decide while a chief is away, and that nobody reaches their own request through somebody they named. */
#include "base/check.h"
#include "store/test_ground.h"

enum { DAY = 86400 };

static int set(struct ground *g, const char *by, const char *number, const char *acting, int64_t from, int64_t to, uint64_t *id)
{
	struct store_absence_set in = { .token = by ? ground_token(g, by, FACE_OFFICE) : (struct bytes){ NULL, 0 }, .number = text_at(number),
					.acting = text_at(acting), .from = from, .to = to, .reason = TEXT("出張") };
	struct store_absence_set_reply got = { 0 };
	int result = ask_absence_set(g, by ? "webd-office" : "operator", &in, &got);

	if (id)
		*id = got.absence;
	return result;
}

static int withdraw(struct ground *g, const char *by, uint64_t id)
{
	struct store_absence_withdraw in = { .token = ground_token(g, by, FACE_OFFICE), .absence = id };

	return ask_absence_withdraw(g, "webd-office", &in, NULL);
}

static bool may_decide(struct ground *g, const char *person, uint64_t ticket)
{
	struct store_reader *reader;
	bool may = false;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_may_decide(reader, g->arena, text_at(person), ticket, &may, &err_));
	store_read_close(reader);
	return may;
}

TEST(who_acts_decides_while_the_chief_is_away_and_not_after)
{
	struct ground *g = ground_new();
	uint64_t ticket, later;
	struct bytes object = ground_waiting(g, "1001", "1003", &ticket);

	assert_false(may_decide(g, "1002", ticket));
	assert_int_equal(set(g, "2001", "2001", "1002", NOW - 10, NOW + DAY, NULL), 0);
	assert_true(may_decide(g, "1002", ticket));
	assert_int_equal(ground_decide(g, "1002", "chief of soumu", STATEMENT_APPROVE, object), -1);
	assert_int_equal(ground_decide(g, "1002", "acting chief of soumu", STATEMENT_APPROVE, object), 0);
	assert_int_equal(ground_state(g, ticket), TICKET_APPROVED);
	object = ground_waiting(g, "1001", "1003", &later);
	clock_set(NOW + DAY);
	assert_false(may_decide(g, "1002", later));
	assert_int_equal(ground_decide(g, "1002", "acting chief of soumu", STATEMENT_APPROVE, object), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	ground_free(g);
}

TEST(nobody_decides_on_a_request_through_somebody_they_named)
{
	struct ground *g = ground_new();
	uint64_t of_chief, of_acting;

	assert_int_equal(set(g, "2001", "2001", "1002", NOW - 10, NOW + DAY, NULL), 0);
	struct bytes object = ground_waiting(g, "2001", "1003", &of_chief);
	assert_false(may_decide(g, "1002", of_chief)); /* the chief's own: named by the chief */
	assert_true(may_decide(g, "2002", of_chief));  /* the deputy was not */
	assert_int_equal(ground_decide(g, "1002", "acting chief of soumu", STATEMENT_APPROVE, object), -1);
	ground_waiting(g, "1002", "1003", &of_acting);
	assert_false(may_decide(g, "1002", of_acting));
	assert_true(may_decide(g, "2001", of_acting)); /* who is away still may */
	ground_free(g);
}

TEST(only_the_chief_an_administrator_or_the_operator_sets_an_absence)
{
	struct ground *g = ground_new();

	ground_person(g, "9001", "管理 太郎", "カンリ", "bu");
	ground_post(g, "9001", "bu", "administrator");
	assert_int_equal(set(g, "1001", "2001", "1002", NOW, NOW + DAY, NULL), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(set(g, "9001", "2001", "9001", NOW, NOW + DAY, NULL), -1); /* nobody makes themself a chief */
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(set(g, "9001", "2001", "1002", NOW, NOW + DAY, NULL), 0);
	assert_int_equal(set(g, NULL, "3001", "1003", NOW, NOW + DAY, NULL), 0);
	struct store_absence_set in = { .number = TEXT("2001"), .acting = TEXT("1002"), .from = NOW, .to = NOW + DAY };
	assert_int_equal(ask_absence_set(g, "webd-office", &in, NULL), -1); /* without a session */
	assert_int_equal(g->err.code, ERR_NOT_SIGNED_IN);
	ground_free(g);
}

TEST(what_makes_no_sense_is_refused)
{
	struct ground *g = ground_new();

	assert_int_equal(set(g, "2001", "2001", "2001", NOW, NOW + DAY, NULL), -1);	     /* acts for themself */
	assert_int_equal(set(g, NULL, "1001", "1002", NOW, NOW + DAY, NULL), -1);	     /* no chief */
	assert_int_equal(set(g, "2001", "2001", "1003", NOW, NOW + DAY, NULL), -1);	     /* of another unit */
	assert_int_equal(set(g, "2001", "2001", "7777", NOW, NOW + DAY, NULL), -1);	     /* nobody */
	assert_int_equal(set(g, "2001", "2001", "1002", NOW + DAY, NOW, NULL), -1);	     /* ends before it begins */
	assert_int_equal(set(g, "2001", "2001", "1002", NOW - 2 * DAY, NOW - DAY, NULL), -1); /* over */
	assert_int_equal(set(g, "2001", "2001", "1002", NOW, NOW + (int64_t)400 * DAY, NULL), -1);
	assert_int_equal(set(g, "2001", "2001", "4001", NOW, NOW + DAY, NULL), 0); /* of the unit above */
	assert_int_equal(set(g, "2001", "2001", "1002", NOW, NOW + DAY, NULL), -1);
	assert_int_equal(g->err.code, ERR_CONFLICT);
	assert_int_equal(set(g, "4001", "4001", "2001", NOW, NOW + DAY, NULL), -1); /* of neither unit */
	ground_free(g);
}

TEST(an_absence_is_withdrawn_by_whom_it_concerns)
{
	struct ground *g = ground_new();
	struct store_absences found;
	struct store_reader *reader;
	uint64_t id, ticket;

	assert_int_equal(set(g, "2001", "2001", "1002", NOW - 10, NOW + DAY, &id), 0);
	ground_waiting(g, "1001", "1003", &ticket);
	assert_true(may_decide(g, "1002", ticket));
	assert_int_equal(withdraw(g, "1002", id), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assert_int_equal(withdraw(g, "2001", id + 1), -1);
	assert_int_equal(withdraw(g, "2001", id), 0);
	assert_int_equal(withdraw(g, "2001", id), 0);
	assert_false(may_decide(g, "1002", ticket));
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_absences(reader, g->arena, TEXT(""), TEXT(""), &found, &err_));
	assert_int_equal(found.count, 0);
	store_read_close(reader);
	ground_free(g);
}

TEST(the_first_page_tells_how_much_waits_and_since_when)
{
	struct ground *g = ground_new();
	struct store_reader *reader;
	struct store_today today;
	struct store_deciders deciders;
	struct store_ticket whole;
	uint64_t first, second;

	ground_waiting(g, "1001", "1003", &first);
	clock_set(NOW + 60);
	ground_waiting(g, "1001", "1003", &second);
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_today(reader, g->arena, TEXT("2001"), &today, &err_));
	assert_int_equal(today.waiting, 2);
	assert_int_equal(today.waiting_oldest, first);
	assert_int_equal(today.waiting_since, NOW);
	CHECK_OK(store_read_today(reader, g->arena, TEXT("1001"), &today, &err_));
	assert_int_equal(today.waiting, 0);
	assert_int_equal(today.under_way, 2);
	assert_int_equal(today.under_way_oldest, first);
	CHECK_OK(store_read_ticket(reader, g->arena, first, &whole, &err_));
	CHECK_OK(store_read_deciders(reader, g->arena, &whole, &deciders, &err_));
	assert_int_equal(deciders.count, 2);
	assert_string_equal(deciders.unit.p, "soumu");
	store_read_close(reader);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_acts_decides_while_the_chief_is_away_and_not_after),
		cmocka_unit_test(nobody_decides_on_a_request_through_somebody_they_named),
		cmocka_unit_test(only_the_chief_an_administrator_or_the_operator_sets_an_absence),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(an_absence_is_withdrawn_by_whom_it_concerns),
		cmocka_unit_test(the_first_page_tells_how_much_waits_and_since_when),
	};
	return RUN_TESTS(tests);
}
