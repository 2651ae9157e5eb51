/* 絵を見てよい人 — tests: who sees the first page of whose file, where and when. */
#include "base/check.h"
#include "transfer/pictures.h"

static const struct store_ticket usual = {
	.number = 12, .state = TICKET_WAITING, .verdict = VERDICT_CLEAN, .expires = 2000,
	.sender = { "2001", 4 }, .addressee = { "2002", 4 }, .decided_by = { "", 0 },
};

static bool sees(struct store_ticket t, const char *person, unsigned face, bool may_decide)
{
	return pictures_may_see(&t, (struct text){ person, strlen(person) }, face, may_decide, 1000);
}

TEST(before_the_approval_only_sender_and_approver_see)
{
	assert_true(sees(usual, "2001", FACE_INTERNET, false));
	assert_true(sees(usual, "1001", FACE_OFFICE, true));
	assert_false(sees(usual, "2001", FACE_OFFICE, false)); /* nothing of it is on this side yet but for who decides */
	assert_false(sees(usual, "2002", FACE_OFFICE, false));
	assert_false(sees(usual, "2002", FACE_INTERNET, false));
	assert_false(sees(usual, "9001", FACE_OFFICE, false));
}

TEST(after_the_approval_both_sides_and_who_decided_see)
{
	struct store_ticket t = usual;

	t.state = TICKET_APPROVED, t.decided_by = (struct text){ "1001", 4 };
	assert_true(sees(t, "2001", FACE_OFFICE, false) && sees(t, "2002", FACE_OFFICE, false) && sees(t, "1001", FACE_OFFICE, false));
	assert_false(sees(t, "2002", FACE_INTERNET, false));
	assert_false(sees(t, "9001", FACE_OFFICE, false)); /* an administrator is nobody here */
}

TEST(what_goes_out_is_seen_on_the_office_side_only)
{
	struct store_ticket t = usual;

	t.outward = true, t.addressee = t.sender;
	assert_true(sees(t, "2001", FACE_OFFICE, false));
	assert_true(sees(t, "1001", FACE_OFFICE, true));
	assert_false(sees(t, "2001", FACE_INTERNET, false));
	t.state = TICKET_APPROVED;
	assert_false(sees(t, "2001", FACE_INTERNET, false));
}

TEST(refused_released_erased_and_old_ones_show_nothing)
{
	static const enum ticket_state states[] = { TICKET_RECEIVED, TICKET_REFUSED, TICKET_EXPIRED, TICKET_RELEASED, TICKET_LOCKED };
	struct store_ticket t = usual;

	for (size_t i = 0; i < COUNT(states); i++) {
		t.state = states[i];
		assert_false(sees(t, "2001", FACE_INTERNET, true) || sees(t, "1001", FACE_OFFICE, true));
	}
	t = usual, t.verdict = VERDICT_REFUSED;
	assert_false(sees(t, "2001", FACE_INTERNET, false));
	t = usual, t.erased = 900;
	assert_false(sees(t, "2001", FACE_INTERNET, false));
	t = usual, t.expires = 1000;
	assert_false(sees(t, "2001", FACE_INTERNET, false));
}

TEST(the_report_names_the_formats)
{
	ARENA(a) = arena_new(0);
	char name[PICTURE_NAME];
	struct json report;

	CHECK_OK(json_read_loose(a, BYTES("{\"input\":{\"format\":\"doc\"},\"output\":{\"format\":\"docx\"}}"), &report, &err_));
	assert_string_equal(picture_format(&report, PICTURE_BEFORE).p, "doc");
	assert_string_equal(picture_format(&report, PICTURE_AFTER).p, "docx");
	CHECK_OK(json_read_loose(a, BYTES("{\"output\":7}"), &report, &err_));
	assert_int_equal(picture_format(&report, PICTURE_BEFORE).n + picture_format(&report, PICTURE_AFTER).n, 0);
	assert_string_equal(picture_name(12, PICTURE_BEFORE, name), "12.before");
	assert_string_equal(picture_name(12, PICTURE_AFTER, name), "12.after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_approval_only_sender_and_approver_see),
		cmocka_unit_test(after_the_approval_both_sides_and_who_decided_see),
		cmocka_unit_test(what_goes_out_is_seen_on_the_office_side_only),
		cmocka_unit_test(refused_released_erased_and_old_ones_show_nothing),
		cmocka_unit_test(the_report_names_the_formats),
	};
	return RUN_TESTS(tests);
}
