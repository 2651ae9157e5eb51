/* 失敗後の待ち時間 — tests. */
#include "base/check.h"
#include "people/throttle.h"

static const struct text here = { "192.0.2.7", 9 }, there = { "192.0.2.8", 9 }, sato = { "1001", 4 }, suzuki = { "1002", 4 };

static struct throttle_attempt last; /* the one begun last */

static uint32_t begin(struct throttle *t, struct text person, struct text source, int64_t now)
{
	return throttle_begin(t, person, source, now, &last);
}

TEST(the_wait_doubles_and_has_a_ceiling)
{
	struct throttle *t = throttle_new();
	int64_t now = 1000;
	for (int i = 0; i < THROTTLE_FREE_PERSON; i++)
		assert_int_equal(begin(t, sato, here, now), 0);
	int64_t want = 1;
	for (int i = 0; i < 15; i++) {
		assert_int_equal(begin(t, sato, here, now), want);
		now += want * 1000 - 1;
		assert_int_equal(begin(t, sato, here, now), 1); /* a millisecond too early */
		now += 1;
		assert_int_equal(begin(t, sato, here, now), 0);
		want = MIN(want * 2, (int64_t)THROTTLE_MOST_PERSON);
	}
	assert_int_equal(want, THROTTLE_MOST_PERSON);
	throttle_free(t);
}

TEST(nobody_can_lock_a_colleague_out_from_elsewhere)
{
	struct throttle *t = throttle_new();
	for (int i = 0; i < 1000; i++)
		(void)begin(t, sato, here, i * 10);
	assert_true(begin(t, sato, here, 10000) > 0);
	assert_int_equal(begin(t, sato, there, 10000), 0);
	throttle_free(t);
}

TEST(one_source_trying_many_people_waits_too)
{
	struct throttle *t = throttle_new();
	char name[16];
	int tried = 0;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "%d", i);
		tried += begin(t, (struct text){ name, strlen(name) }, here, 5000) == 0;
	}
	assert_int_equal(tried, THROTTLE_FREE_SOURCE);
	assert_int_equal(begin(t, suzuki, there, 5000), 0);
	assert_int_equal(begin(t, suzuki, here, 5000 + THROTTLE_MOST_SOURCE * 1000), 0);
	throttle_free(t);
}

TEST(attempts_at_the_same_moment_gain_nothing)
{
	struct throttle *t = throttle_new();
	int begun = 0;
	for (int i = 0; i < 100; i++) /* none has ended yet */
		begun += begin(t, sato, here, 0) == 0;
	assert_int_equal(begun, THROTTLE_FREE_PERSON);
	throttle_free(t);
}

TEST(success_clears_the_person_but_not_the_source)
{
	struct throttle *t = throttle_new();
	int64_t now = 0;
	int others = 0;
	char name[16];
	for (int i = 0; i < 3; i++)
		assert_int_equal(begin(t, sato, here, now), 0);
	now += 1000;
	assert_int_equal(begin(t, sato, here, now), 0);
	throttle_succeeded(t, &last);
	assert_int_equal(begin(t, sato, here, now), 0);
	throttle_undone(t, &last);
	/* guesses at others between own successes still add up */
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "x%d", i);
		others += begin(t, (struct text){ name, strlen(name) }, here, now) == 0;
		if (begin(t, sato, here, now) == 0)
			throttle_succeeded(t, &last);
	}
	assert_true(others < THROTTLE_FREE_SOURCE);
	throttle_free(t);
}

TEST(a_success_takes_back_no_wait_that_others_earned)
{
	struct throttle *t = throttle_new();
	struct throttle_attempt right, wrong;
	char name[16];
	for (int i = 0; i < THROTTLE_FREE_SOURCE - 1; i++) {
		snprintf(name, sizeof name, "x%d", i);
		assert_int_equal(begin(t, (struct text){ name, strlen(name) }, here, 0), 0);
	}
	assert_int_equal(throttle_begin(t, sato, here, 0, &right), 0);
	assert_int_equal(throttle_begin(t, suzuki, here, 1000, &wrong), 0); /* while the first is still being looked at */
	throttle_succeeded(t, &right);
	throttle_succeeded(t, &right); /* counts once */
	assert_int_equal(begin(t, TEXT("y"), here, 1001), 1);
	/* and the other way round: the newest is right, the older one earned the wait */
	assert_int_equal(throttle_begin(t, TEXT("y"), here, 2000, &wrong), 0);
	assert_int_equal(begin(t, TEXT("z"), here, 2001), 2);
	assert_int_equal(throttle_begin(t, sato, here, 4000, &right), 0);
	throttle_succeeded(t, &right);
	assert_int_equal(begin(t, sato, here, 4000), 0); /* nobody waits for what was right */
	throttle_free(t);
}

TEST(time_forgets)
{
	struct throttle *t = throttle_new();
	int64_t now = 0;
	for (int i = 0; i < 10; i++)
		now += begin(t, sato, here, now) ? 1000000 : 0;
	now += (THROTTLE_FORGET + THROTTLE_MOST_PERSON) * 1000LL;
	for (int i = 0; i < THROTTLE_FREE_PERSON; i++)
		assert_int_equal(begin(t, sato, here, now), 0);
	throttle_free(t);
}

TEST(a_flood_of_names_does_not_grow_the_table)
{
	struct throttle *t = throttle_new();
	char name[24], address[24];
	for (int i = 0; i < 5 * THROTTLE_ENTRIES; i++) {
		snprintf(name, sizeof name, "n%d", i), snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		(void)begin(t, (struct text){ name, strlen(name) }, (struct text){ address, strlen(address) }, i);
	}
	assert_int_equal(begin(t, sato, there, 1 << 20), 0);
	throttle_free(t);
}

static void shown(const char *address, const char *attempt, const char *journal)
{
	char out[SOURCE_TEXT];
	struct text t = { address, strlen(address) };
	assert_string_equal(source_of_attempt(t, out).p, attempt);
	assert_string_equal(source_for_journal(t, out).p, journal);
}

TEST(an_address_is_one_source_with_its_neighbours)
{
	shown("192.0.2.7", "192.0.2.7", "192.0.2.0/24");
	shown("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24");
	shown("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48");
	shown("", "unknown", "unknown");
	shown("terminal-7", "terminal-7", "terminal-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wait_doubles_and_has_a_ceiling),
		cmocka_unit_test(nobody_can_lock_a_colleague_out_from_elsewhere),
		cmocka_unit_test(one_source_trying_many_people_waits_too),
		cmocka_unit_test(attempts_at_the_same_moment_gain_nothing),
		cmocka_unit_test(success_clears_the_person_but_not_the_source),
		cmocka_unit_test(a_success_takes_back_no_wait_that_others_earned),
		cmocka_unit_test(time_forgets),
		cmocka_unit_test(a_flood_of_names_does_not_grow_the_table),
		cmocka_unit_test(an_address_is_one_source_with_its_neighbours),
	};
	return RUN_TESTS(tests);
}
