/* 作業ごとの記憶域 — tests. */
#include "base/check.h"
#include "base/arena.h"
#include "base/buf.h"

TEST(everything_is_zeroed_and_aligned)
{
	ARENA(a) = arena_new(0);
	for (size_t n = 0; n < 5000; n += 7) {
		uint8_t *p = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
}

TEST(the_ceiling_holds)
{
	ARENA(a) = arena_new(10000);
	assert_non_null(arena_try(a, 8000));
	assert_null(arena_try(a, 8000));
	assert_non_null(arena_try(a, 1000));
}

TEST(raw_memory_obeys_the_ceiling_and_leaves_the_rest_zeroed)
{
	ARENA(a) = arena_new(10000);
	uint8_t *raw = arena_scratch(a, 1000);
	assert_non_null(raw);
	memset(raw, 0xff, 1000);
	assert_int_equal(*(uint8_t *)arena_alloc(a, 1), 0);
	assert_null(arena_scratch(a, 20000));
	arena_clear(a);
	assert_int_equal(*(uint8_t *)arena_alloc(a, 1000), 0);
}

TEST(a_full_buffer_stays_full)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 10);
	buf_str(&b, "12345678");
	buf_str(&b, "abc");
	assert_false(buf_ok(&b));
	buf_str(&b, "9");
	assert_false(buf_ok(&b));
}

TEST(an_empty_buffer_is_an_empty_string)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 10);
	buf_put(&b, NULL, 0);
	buf_str(&b, "");
	assert_string_equal(buf_string(&b), "");
	assert_int_equal(buf_view(&b).n, 0);
	assert_true(buf_ok(&b));
}

TEST(a_failed_block_is_reported)
{
	ARENA(a) = arena_new(0);
	arena_fail_after(1);
	assert_null(arena_try(a, 100));
	arena_fail_after(0);
	assert_non_null(arena_try(a, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_zeroed_and_aligned),
		cmocka_unit_test(the_ceiling_holds),
		cmocka_unit_test(raw_memory_obeys_the_ceiling_and_leaves_the_rest_zeroed),
		cmocka_unit_test(a_full_buffer_stays_full),
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(a_failed_block_is_reported),
	};
	return RUN_TESTS(tests);
}
