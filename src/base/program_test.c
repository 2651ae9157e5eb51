/* よその命令の試験 — what a program reads, writes and complains of; its time and the size of its output end. */
#include "base/check.h"
#include "base/program.h"

static int run(struct arena *a, const char *script, const char *input, size_t most, unsigned seconds, struct bytes *out, struct err *err)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct program p = { .argv = argv, .input = bytes_of(input, strlen(input)), .most = most, .seconds = seconds };

	return program_run(a, &p, out, err);
}

TEST(what_it_writes_comes_back_whole)
{
	ARENA(a) = arena_new(0);
	struct bytes out;

	CHECK_OK(run(a, "cat; echo end", "begin\n", 100, 10, &out, &err_));
	assert_true(bytes_equal(out, BYTES("begin\nend\n")));
}

TEST(why_it_failed_is_said)
{
	ARENA(a) = arena_new(0);
	struct err err = { 0 };
	struct bytes out;

	assert_int_equal(run(a, "echo first >&2; echo second >&2; exit 3", "", 100, 10, &out, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.say, "first"));
	assert_null(strstr(err.say, "second"));
	const char *const nothing[] = { "no-such-program-here", NULL };
	assert_int_equal(program_run(a, &(struct program){ .argv = nothing, .most = 1 }, &out, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

TEST(its_output_and_its_time_end)
{
	ARENA(a) = arena_new(0);
	struct err err = { 0 };
	struct bytes out;

	CHECK_OK(run(a, "printf 12345", "", 5, 10, &out, &err_));
	assert_int_equal(run(a, "printf 123456", "", 5, 10, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(run(a, "exec head -c 100000 /dev/zero", "", 5, 10, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(run(a, "exec sleep 60", "", 5, 1, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_writes_comes_back_whole),
		cmocka_unit_test(why_it_failed_is_said),
		cmocka_unit_test(its_output_and_its_time_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
