/* 暦の試験 */
#include "base/calendar.h"
#include "base/check.h"
#include "base/clock.h"
#include <time.h>

static int64_t day(const char *written)
{
	int64_t at = -1;
	struct err err = { 0 };

	return calendar_read_day((struct text){ written, strlen(written) }, &at, &err) == 0 ? at : -1;
}

TEST(a_day_is_read_however_it_is_written)
{
	static const char *const same[] = { "2026-12-01", "2026/12/1", "2026.12.1", "2026年12月1日", "令和8年12月1日", "R8.12.1", "r8-12-01", "Ｒ８．１２．１",
					    " 令和８年１２月１日　" };
	int64_t wanted;

	assert_int_equal(clock_from_utc("2026-11-30T15:00:00Z", &wanted), 0);
	for (size_t i = 0; i < COUNT(same); i++)
		assert_int_equal(day(same[i]), wanted);
	assert_int_equal(day("令和元年5月1日"), day("2019-05-01"));
	assert_int_equal(day("平成31年4月30日"), day("2019-04-30"));
}

TEST(what_is_no_day_is_refused)
{
	static const char *const none[] = { "", "2026-02-30", "2026-13-01", "2026-12-01x", "12-01", "令和元年4月30日", "明治1年1月1日", "2026-12", "0-1-1",
					    "20261201", "令和8年12月1日から", "99999999999999999999-1-1", "3000-01-01" };

	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(day(none[i]), -1);
}

TEST(a_day_is_shown_in_both_countings)
{
	char out[CALENDAR_TEXT];

	assert_string_equal(calendar_day(day("2026-12-01"), out), "2026年（令和8年）12月1日");
	assert_string_equal(calendar_day(day("2019-05-01"), out), "2019年（令和元年）5月1日");
	assert_string_equal(calendar_day(day("2019-04-30"), out), "2019年（平成31年）4月30日");
	assert_string_equal(calendar_day_iso(day("令和8年12月1日") + 86399, out), "2026-12-01");
}

TEST(a_day_ends_at_midnight_in_japan)
{
	int64_t begins = day("2026-12-01");

	assert_int_equal(calendar_day_of(begins), begins);
	assert_int_equal(calendar_day_of(begins + 86399), begins);
	assert_int_equal(calendar_day_of(begins - 1), begins - DAY_SECONDS);
	assert_int_equal(calendar_days_left(begins, begins), 0);
	assert_int_equal(calendar_days_left(begins, begins + 1), 1);
	assert_int_equal(calendar_days_left(begins, begins + DAY_SECONDS + 1), 2);
}

/* Worked out by ourselves, the same as by the C library. */
TEST(a_moment_is_the_c_librarys)
{
	static const int64_t edges[] = { 0, 951782399, 951782400, 951868800, 1709164799, 1709251199, 4107542400, 253402268399, 253402300799, 253402300800, -1, 32503679999 };
	uint64_t random = 88172645463325252u;

	for (size_t i = 0; i < 20000; i++) {
		char ours[64], theirs[64];
		struct tm tm;
		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		int64_t at = i < COUNT(edges) ? edges[i] : (int64_t)(random % 253402300800u);
		time_t t = (time_t)at, jst = (time_t)at + 9 * 3600;
		gmtime_r(&t, &tm);
		if (strftime(theirs, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
			theirs[0] = 0;
		assert_string_equal(clock_utc(at, ours), theirs);
		gmtime_r(&jst, &tm);
		snprintf(theirs, sizeof theirs, "%d年%d月%d日 %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
		assert_string_equal(clock_jst(at, ours), theirs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_the_c_librarys),
		cmocka_unit_test(a_day_is_read_however_it_is_written),
		cmocka_unit_test(what_is_no_day_is_refused),
		cmocka_unit_test(a_day_is_shown_in_both_countings),
		cmocka_unit_test(a_day_ends_at_midnight_in_japan),
	};
	return RUN_TESTS(tests);
}
