/* 管理者の試験 — what an administrator's session may do to people and posts, and that it is nothing for themself; and the counts of a time. */
#include "base/check.h"
#include "store/test_ground.h"

static struct ground *city(void)
{
	struct ground *g = ground_new();

	ground_person(g, "9001", "管理 太郎", "カンリ", "bu");
	ground_post(g, "9001", "bu", "administrator");
	return g;
}

static struct store_post_assign post(struct ground *g, const char *by, const char *number)
{
	return (struct store_post_assign){ .number = text_at(number), .unit = TEXT("zeimu"), .post = TEXT("deputy"), .from = NOW,
					   .token = ground_token(g, by, FACE_OFFICE) };
}

TEST(an_administrator_keeps_people_and_posts)
{
	struct ground *g = city();
	struct bytes token = ground_token(g, "9001", FACE_OFFICE);
	struct sql_person_by_number_row row;
	bool found;

	struct store_person_add add = { TEXT("5001"), TEXT("新人 花"), TEXT("シンジン"), TEXT("zeimu"), TEXT(""), token };
	assert_int_equal(ask_person_add(g, "webd-office", &add, NULL), 0);
	struct store_post_assign assign = post(g, "9001", "5001");
	assert_int_equal(ask_post_assign(g, "webd-office", &assign, NULL), 0);
	struct store_person_move move = { TEXT("5001"), TEXT("soumu"), token };
	assert_int_equal(ask_person_move(g, "webd-office", &move, NULL), 0);
	CHECK_OK(sql_person_by_number(g->sql, g->arena, g->site, TEXT("5001"), NOW, &row, &found, &err_));
	assert_string_equal(row.unit.p, "soumu");
	assert_true(row.is_chief);
	move.unit = TEXT("nowhere");
	assert_int_equal(ask_person_move(g, "webd-office", &move, NULL), -1);
	assert_int_equal(g->err.code, ERR_NOT_FOUND);
	ground_free(g);
}

TEST(units_are_renamed_moved_and_closed)
{
	struct ground *g = city();
	struct bytes token = ground_token(g, "9001", FACE_OFFICE);
	struct sql_unit_by_code_row unit;
	bool found;

	struct store_unit_add add = { TEXT("koho"), TEXT("広報課"), TEXT("bu"), token };
	DONE(g, ask_unit_add(g, "webd-office", &add, NULL));
	struct store_unit_change change = { TEXT("koho"), TEXT("広報戦略課"), TEXT("soumu"), token };
	DONE(g, ask_unit_change(g, "webd-office", &change, NULL));
	uint64_t last = ground_last(g);
	DONE(g, ask_unit_change(g, "webd-office", &change, NULL)); /* again: nothing is written */
	assert_int_equal(ground_last(g), last);
	CHECK_OK(sql_unit_by_code(g->sql, g->arena, g->site, TEXT("koho"), &unit, &found, &err_));
	assert_string_equal(unit.name.p, "広報戦略課");
	assert_string_equal(unit.parent.p, "soumu");
	/* nothing stands under itself, under what is not there, or is what is not there */
	REFUSED(g, MISMATCH, ask_unit_change(g, "webd-office", &(struct store_unit_change){ TEXT("koho"), TEXT("広報課"), TEXT("koho"), token }, NULL));
	REFUSED(g, MISMATCH, ask_unit_change(g, "webd-office", &(struct store_unit_change){ TEXT("soumu"), TEXT("総務課"), TEXT("koho"), token }, NULL));
	REFUSED(g, NOT_FOUND, ask_unit_change(g, "webd-office", &(struct store_unit_change){ TEXT("koho"), TEXT("広報課"), TEXT("none"), token }, NULL));
	REFUSED(g, NOT_FOUND, ask_unit_change(g, "webd-office", &(struct store_unit_change){ TEXT("none"), TEXT("広報課"), TEXT("bu"), token }, NULL));
	/* who is no administrator, or sits at the other face */
	change.name = TEXT("別の名前");
	change.token = ground_token(g, "2001", FACE_OFFICE);
	REFUSED(g, DENIED, ask_unit_change(g, "webd-office", &change, NULL));
	REFUSED(g, DENIED, ask_unit_close(g, "webd-office", &(struct store_unit_close){ TEXT("koho"), ground_token(g, "2001", FACE_OFFICE) }, NULL));
	change.token = ground_token(g, "9001", FACE_INTERNET);
	REFUSED(g, NOT_SIGNED_IN, ask_unit_close(g, "webd-office", &(struct store_unit_close){ TEXT("koho"), change.token }, NULL));
	/* people, posts, units below and files that wait are in the way */
	struct store_unit_close close = { TEXT("soumu"), token };
	REFUSED(g, CONFLICT, ask_unit_close(g, "webd-office", &close, NULL));
	close.code = TEXT("koho");
	struct store_person_add person = { TEXT("5001"), TEXT("新人 花"), TEXT("シンジン"), TEXT("koho"), TEXT(""), token };
	DONE(g, ask_person_add(g, "webd-office", &person, NULL));
	REFUSED(g, CONFLICT, ask_unit_close(g, "webd-office", &close, NULL));
	ground_token(g, "5001", FACE_INTERNET);
	uint64_t ticket = ground_ticket(g, "5001", "1003");
	DONE(g, ask_person_move(g, "webd-office", &(struct store_person_move){ TEXT("5001"), TEXT("soumu"), token }, NULL));
	REFUSED(g, CONFLICT, ask_unit_close(g, "webd-office", &close, NULL));
	DONE(g, ask_ticket_verdict(g, "transferd", &(struct store_ticket_verdict){ .ticket = ticket, .verdict = VERDICT_REFUSED, .report = BYTES("{}") }, NULL));
	DONE(g, ask_unit_close(g, "webd-office", &close, NULL));
	last = ground_last(g);
	DONE(g, ask_unit_close(g, "webd-office", &close, NULL));
	assert_int_equal(ground_last(g), last);
	/* closed: nobody comes in any more, nothing stands under it, its code is not used again */
	REFUSED(g, EXPIRED, ask_person_move(g, "webd-office", &(struct store_person_move){ TEXT("5001"), TEXT("koho"), token }, NULL));
	person.number = TEXT("5002");
	REFUSED(g, EXPIRED, ask_person_add(g, "webd-office", &person, NULL));
	REFUSED(g, EXPIRED, ask_post_assign(g, "webd-office", &(struct store_post_assign){ .number = TEXT("1001"), .unit = TEXT("koho"), .post = TEXT("chief"),
		.from = NOW, .token = token }, NULL));
	REFUSED(g, EXPIRED, ask_unit_change(g, "webd-office", &(struct store_unit_change){ TEXT("soumu"), TEXT("総務課"), TEXT("koho"), token }, NULL));
	REFUSED(g, EXPIRED, ask_unit_add(g, "webd-office", &(struct store_unit_add){ TEXT("kakari"), TEXT("係"), TEXT("koho"), token }, NULL));
	REFUSED(g, CONFLICT, ask_unit_add(g, "webd-office", &add, NULL));
	ground_free(g);
}

TEST(nobody_else_does_and_nobody_for_themself)
{
	struct ground *g = city();
	struct store_post_assign assign = post(g, "2001", "1001");

	assert_int_equal(ask_post_assign(g, "webd-office", &assign, NULL), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	assign = post(g, "9001", "9001");
	assert_int_equal(ask_post_assign(g, "webd-office", &assign, NULL), -1);
	assert_int_equal(g->err.code, ERR_DENIED);
	struct store_person_move move = { TEXT("9001"), TEXT("soumu"), ground_token(g, "9001", FACE_OFFICE) };
	assert_int_equal(ask_person_move(g, "webd-office", &move, NULL), -1);
	struct store_person_leave leave = { .number = TEXT("9001"), .at = NOW, .token = ground_token(g, "9001", FACE_OFFICE) };
	assert_int_equal(ask_person_leave(g, "webd-office", &leave, NULL), -1);
	assign = post(g, "9001", "1001");
	assign.token = ground_token(g, "9001", FACE_INTERNET); /* the other face */
	assert_int_equal(ask_post_assign(g, "webd-office", &assign, NULL), -1);
	assert_int_equal(g->err.code, ERR_NOT_SIGNED_IN);
	ground_free(g);
}

TEST(a_time_is_counted_by_day_unit_and_fact)
{
	struct ground *g = city();
	struct store_reader *reader;
	struct store_statistics s;
	uint64_t ticket, refused;

	for (int i = 1; i <= 20; i++) { /* decided i minutes after the verdict */
		struct bytes object = ground_waiting(g, "1001", "1003", &ticket);
		clock_set(clock_now() + i * 60);
		assert_int_equal(ground_decide(g, "2001", "chief of soumu", STATEMENT_APPROVE, object), 0);
	}
	ground_seal(g);
	assert_int_equal(ground_fetch(g, "1003", ticket), 0);
	refused = ground_ticket(g, "1003", "1001");
	assert_int_equal(ask_ticket_verdict(g, "transferd", &(struct store_ticket_verdict){ .ticket = refused, .verdict = VERDICT_REFUSED,
		.report = BYTES("{\"input\":{\"format\":\"pdf\"},\"reason\":{\"code\":\"ENCRYPTED\"},\"summary\":[{\"count\":3,\"threat\":\"B3\"}],\"verdict\":\"refused\"}") },
		NULL), 0);
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_statistics(reader, g->arena, NOW - 86400, NOW + 86400, &s, &err_));
	assert_int_equal(s.day_count, 1);
	assert_int_equal(s.days[0].count, 21);
	assert_int_equal(s.days[0].refused, 1);
	assert_int_equal(s.days[0].fetched, 1);
	assert_int_equal(s.units.count, 2);
	assert_string_equal(s.units.rows[0].value.p, "総務課");
	assert_int_equal(s.units.rows[0].tickets, 20);
	assert_int_equal(s.refusals.count, 1);
	assert_string_equal(s.refusals.rows[0].value.p, "ENCRYPTED");
	assert_int_equal(s.removed.rows[0].count, 3);
	assert_string_equal(s.formats.rows[0].value.p, "pdf");
	assert_int_equal(s.wait.count, 20);
	assert_int_equal(s.wait.p50, 600);  /* the tenth of twenty */
	assert_int_equal(s.wait.p95, 1140); /* the nineteenth */
	assert_int_equal(s.whole.count, 1);
	CHECK_OK(store_read_statistics(reader, g->arena, NOW - 2 * 86400, NOW - 86400, &s, &err_));
	assert_int_equal(s.day_count + s.units.count + s.wait.count + s.whole.count, 0);
	store_read_close(reader);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_administrator_keeps_people_and_posts),
		cmocka_unit_test(units_are_renamed_moved_and_closed), cmocka_unit_test(nobody_else_does_and_nobody_for_themself),
		cmocka_unit_test(a_time_is_counted_by_day_unit_and_fact),
	};
	return RUN_TESTS(tests);
}
