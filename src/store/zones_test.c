/* 遮った通信の試験 — what zonesd counted is in the records once, however often it is said, with one row of the journal; nobody else can say it, and nothing odd. */
#include "base/check.h"
#include "store/read.h"
#include "store/test_ground.h"

#define HOUR_NOW (NOW / 3600 * 3600)

static struct bytes plain(const char *s) { return bytes_of(s, strlen(s)); }

static int blocked(struct ground *g, const char *caller, struct bytes request, int64_t hour, const char *content)
{
	return ask_zones_blocked(g, caller, &(struct store_zones_blocked){ request, hour, plain(content) }, NULL);
}

TEST(what_was_blocked_is_counted_once)
{
	static const char one[] = "{\"pairs\":[{\"from\":\"internet\",\"packets\":7,\"to\":\"lgwan\"},{\"from\":\"\",\"packets\":2,\"to\":\"invalid\"}]}";
	static const char two[] = "{\"pairs\":[{\"from\":\"internet\",\"packets\":5,\"to\":\"lgwan\"}]}";
	struct ground *g = ground_new();
	struct bytes request = ground_request(g);
	struct store_blocked_pairs pairs;
	struct store_blocked_hours hours;
	struct store_reader *reader;

	DONE(g, blocked(g, "zonesd", request, HOUR_NOW - 3600, one));
	uint64_t last = ground_last(g);
	DONE(g, blocked(g, "zonesd", request, HOUR_NOW - 3600, one));
	assert_int_equal(ground_last(g), last);
	DONE(g, blocked(g, "zonesd", ground_request(g), HOUR_NOW, two));
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_blocked_pairs(reader, g->arena, HOUR_NOW - 86400, HOUR_NOW + 1, &pairs, &err_));
	assert_int_equal(pairs.count, 2);
	assert_true(text_is(pairs.rows[0].from, "internet") && text_is(pairs.rows[0].to, "lgwan") && pairs.rows[0].packets == 12 && pairs.rows[0].latest == HOUR_NOW);
	assert_true(text_is(pairs.rows[1].from, "") && text_is(pairs.rows[1].to, "invalid") && pairs.rows[1].packets == 2);
	CHECK_OK(store_read_blocked_hours(reader, g->arena, HOUR_NOW - 86400, HOUR_NOW + 1, TEXT("*"), TEXT("*"), &hours, &err_));
	assert_int_equal(hours.count, 2);
	assert_true(hours.rows[0].hour == HOUR_NOW && hours.rows[0].packets == 5 && hours.rows[1].packets == 9);
	assert_int_equal(hours.rows[0].no, last + 1);
	CHECK_OK(store_read_blocked_hours(reader, g->arena, HOUR_NOW - 86400, HOUR_NOW + 1, TEXT("internet"), TEXT("lgwan"), &hours, &err_));
	assert_true(hours.count == 2 && hours.rows[1].packets == 7);
	CHECK_OK(store_read_blocked_hours(reader, g->arena, HOUR_NOW - 86400, HOUR_NOW + 1, TEXT("lgwan"), TEXT("*"), &hours, &err_));
	assert_int_equal(hours.count, 0);
	store_read_close(reader);
	ground_free(g);
}

TEST(old_counts_go)
{
	struct ground *g = ground_new();
	struct store_blocked_pairs pairs;
	struct store_reader *reader;

	DONE(g, blocked(g, "zonesd", ground_request(g), HOUR_NOW - 401 * 86400LL / 3600 * 3600, "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"b\"}]}"));
	DONE(g, blocked(g, "zonesd", ground_request(g), HOUR_NOW, "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"c\"}]}"));
	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_blocked_pairs(reader, g->arena, 0, HOUR_NOW + 1, &pairs, &err_));
	assert_true(pairs.count == 1 && text_is(pairs.rows[0].to, "c"));
	store_read_close(reader);
	ground_free(g);
}

TEST(nothing_else_is_taken)
{
	static const char *const odd[] = { "{}", "{\"pairs\":[]}", "{\"pairs\":[{\"from\":\"a\",\"packets\":0,\"to\":\"b\"}]}", "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"\"}]}",
		"{\"pairs\":[{\"from\":\"A b\",\"packets\":1,\"to\":\"b\"}]}", "{\"pairs\":[{\"from\":\"a\",\"more\":1,\"packets\":1,\"to\":\"b\"}]}",
		"{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"b\"},{\"from\":\"a\",\"packets\":2,\"to\":\"b\"}]}", "{\"pairs\":{\"from\":\"a\"}}" };
	struct ground *g = ground_new();

	for (size_t i = 0; i < COUNT(odd); i++)
		REFUSED(g, INVALID, blocked(g, "zonesd", ground_request(g), HOUR_NOW, odd[i]));
	REFUSED(g, INVALID, blocked(g, "zonesd", ground_request(g), HOUR_NOW + 7, "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"b\"}]}"));
	REFUSED(g, INVALID, blocked(g, "zonesd", ground_request(g), HOUR_NOW + 3600, "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"b\"}]}"));
	REFUSED(g, DENIED, blocked(g, "webd-office", ground_request(g), HOUR_NOW, "{\"pairs\":[{\"from\":\"a\",\"packets\":1,\"to\":\"b\"}]}"));
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_blocked_is_counted_once),
		cmocka_unit_test(old_counts_go),
		cmocka_unit_test(nothing_else_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
