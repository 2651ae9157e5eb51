/* 並べ替え — sorted is sorted, whatever came in. */
#include "base/check.h"
#include "base/sort.h"

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

TEST(any_order_becomes_the_one_order)
{
	uint32_t items[1000], seed = 1;

	for (size_t n = 0; n < COUNT(items); n += n < 20 ? 1 : 97)
		for (unsigned kind = 0; kind < 4; kind++) {
			uint64_t sum = 0, after = 0;
			for (size_t i = 0; i < n; i++) {
				seed = seed * 1664525 + 1013904223;
				items[i] = kind == 0 ? seed : kind == 1 ? (uint32_t)i : kind == 2 ? (uint32_t)(n - i) : seed >> 30;
				sum += items[i];
			}
			sort_items(items, n, sizeof *items, by_value);
			for (size_t i = 0; i < n; i++) {
				after += items[i];
				assert_true(i == 0 || items[i - 1] <= items[i]);
			}
			assert_true(sum == after);
		}
}

TEST(a_number_finds_its_place_among_sorted_ones)
{
	static const int64_t some[] = { -5, 0, 0, 7, INT64_MAX };

	assert_int_equal(sorted_below(some, 0, 3), 0);
	assert_int_equal(sorted_below(some, COUNT(some), INT64_MIN), 0);
	assert_int_equal(sorted_below(some, COUNT(some), -5), 0);
	assert_int_equal(sorted_below(some, COUNT(some), 0), 1);
	assert_int_equal(sorted_below(some, COUNT(some), 1), 3);
	assert_int_equal(sorted_below(some, COUNT(some), 8), 4);
	assert_int_equal(sorted_below(some, COUNT(some) - 1, INT64_MAX), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(any_order_becomes_the_one_order), cmocka_unit_test(a_number_finds_its_place_among_sorted_ones) };
	return RUN_TESTS(tests);
}
