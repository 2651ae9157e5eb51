/* 正準JSON — tests. Where jansson is installed its sorted compact output is the second opinion. */
#include "base/check.h"
#include "base/json.h"
#ifdef JSON_ORACLE
#include "base/file.h"
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static struct bytes str(const char *s)
{
	return bytes_of(s, strlen(s));
}

static const char *const canonical[] = {
	"{}", "[]", "null", "true", "false", "0", "-1", "9007199254740991", "-9007199254740991", "\"\"", "\"紺碧市 𠮷野\"",
	"{\"a\":1,\"a0\":2,\"a_\":3,\"ab\":4,\"b\":[1,\"二\",null,{\"x\":{}}]}", "\"\\\"\\\\\\n\\r\\t/\x7f\"", "[[[[]]],[true,false]]",
	"{\"at\":\"2026-11-23T09:12:44Z\",\"commit\":\"00\",\"epoch\":\"11\",\"event\":\"exception.approved\",\"no\":48211,\"site\":\"s\",\"v\":1}",
};

TEST(reading_then_writing_canonical_text_changes_nothing)
{
	for (size_t i = 0; i < COUNT(canonical); i++) {
		ARENA(a) = arena_new(0);
		struct json v;
		struct err err;

		CHECK_OK(json_read(a, str(canonical[i]), &v, &err));
		assert_true(bytes_equal(json_bytes(a, &v), str(canonical[i])));
	}
}

TEST(what_is_readable_but_not_canonical_is_refused_strictly_and_read_loosely)
{
	const char *rows[][2] = { { " {}", "{}" }, { "{}\n", "{}" }, { "{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}" }, { "[1, 2]", "[1,2]" }, { "\"\\/\"", "\"/\"" },
				  { "\"\\u3042\"", "\"あ\"" }, { "\"\\ud842\\udfb7\"", "\"𠮷\"" }, { "\"\\u000a\"", "\"\\n\"" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct json v;
		struct err err;

		assert_int_equal(json_read(a, str(rows[i][0]), &v, &err), -1);
		CHECK_OK(json_read_loose(a, str(rows[i][0]), &v, &err));
		assert_true(bytes_equal(json_bytes(a, &v), str(rows[i][1])));
	}
}

TEST(everything_else_is_refused)
{
	const char *bad[] = { "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{,}", "{\"a\":1,\"a\":1}", "{\"\":1}", "{\"A\":1}",
			      "{\"é\":1}", "{a:1}", "1.0", "1e3", "-0", "01", "-", "+1", "9007199254740992", "-9007199254740992", "99999999999999999999", "tru", "nul", "True",
			      "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud842\"", "\"\\ud842\\u0041\"", "\"\\udfb7\"", "\"\\u0000\"", "\"\\u0007\"", "\"\\b\"", "\"\x01\"",
			      "\"\xff\"", "\"\xc0\x80\"", "{} {}", "[1]]", "//", "NaN", "'a'", "\"\n\"" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		ARENA(a) = arena_new(0);
		struct json v = { .kind = JSON_TRUE };
		struct err err = { 0 };

		if (json_read_loose(a, str(bad[i]), &v, &err) == 0)
			print_error("accepted: %s\n", bad[i]);
		assert_int_equal(v.kind, JSON_TRUE); /* untouched */
		assert_true(err.say[0]);
	}
}

TEST(what_other_programs_write_is_only_read)
{
	ARENA(a) = arena_new(0);
	struct json v = { .kind = JSON_TRUE };
	struct err err;

	CHECK_OK(json_read_foreign(a, str("{\"tcp option\": {\"gc-interval\": 9223372036854775807}}"), &v, &err));
	assert_true(json_get(json_get(&v, "tcp option"), "gc-interval")->number == INT64_MAX);
	assert_int_equal(json_read_foreign(a, str("9223372036854775808"), &v, &err), -1);
	assert_int_equal(json_read_loose(a, str("{\"tcp option\": 1}"), &v, &err), -1);
	assert_int_equal(json_read_loose(a, str("9007199254740992"), &v, &err), -1);
	CHECK_OK(json_read_loose(a, str("9007199254740991"), &v, &err));
}

TEST(nesting_ends_at_its_limit)
{
	ARENA(a) = arena_new(0);
	struct json v;
	struct err err;
	char deep[200];

	for (int n = JSON_DEPTH_MOST; n <= JSON_DEPTH_MOST + 1; n++) {
		memset(deep, '[', (size_t)n);
		memset(deep + n, ']', (size_t)n);
		deep[2 * n] = 0;
		assert_int_equal(json_read(a, str(deep), &v, &err), n == JSON_DEPTH_MOST ? 0 : -1);
	}
	assert_int_equal(err.code, ERR_LIMIT);
}

static struct json *sample(struct arena *a)
{
	struct json *o = json_object(a), *rows = json_array(a);

	for (int i = 0; i < 20; i++) {
		struct json *row = json_object(a);
		json_set_number(a, row, "n", i - 10);
		json_set_true(a, row, "even", i % 2 == 0);
		json_add(a, rows, row);
	}
	for (int i = 19; i >= 0; i--)
		json_set_number(a, o, arena_printf(a, "k%d", (i * 7) % 20), i);
	json_set(a, o, "rows", rows);
	json_set_text(a, o, "name", TEXT("第1号\t\"様式\"\\n\r\n"));
	json_set_str(a, o, "a", "");
	return o;
}

TEST(what_is_built_is_found_and_is_canonical)
{
	ARENA(a) = arena_new(0);
	struct json *o = sample(a), v;
	struct err err;

	CHECK_OK(json_read(a, json_bytes(a, o), &v, &err));
	assert_int_equal(json_number(&v, "k3", -1), json_number(o, "k3", -2));
	assert_int_equal(json_number(&v, "absent", 42), 42);
	assert_int_equal(json_number(&v, "name", 42), 42);
	assert_true(text_equal(json_text(&v, "name"), json_text(o, "name")));
	assert_int_equal(json_text(&v, "rows").n, 0);
	assert_true(json_is_true(&json_get(&v, "rows")->items[2], "even"));
	assert_false(json_is_true(&json_get(&v, "rows")->items[3], "even"));
	assert_null(json_get(NULL, "a"));
}

#ifdef JSON_ORACLE
static void jansson_agrees(struct bytes ours)
{
	ARENA(a) = arena_new(0);
	char *argv[] = { (char[]){ "jansson" }, NULL };
	posix_spawn_file_actions_t actions;
	struct bytes theirs;
	struct err err;
	pid_t pid;
	int status;
	FD(in) = memfd_of("in", ours, false, &err);
	FD(out) = memfd_new("out", &err);

	assert_true(in >= 0 && out >= 0);
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	assert_int_equal(posix_spawn(&pid, JSON_ORACLE, &actions, NULL, argv, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	CHECK_OK(file_read_fd(a, out, 1 << 20, &theirs, &err));
	assert_true(bytes_equal(theirs, ours));
}

TEST(jansson_writes_the_same_bytes)
{
	ARENA(a) = arena_new(0);

	for (size_t i = 0; i < COUNT(canonical); i++)
		jansson_agrees(str(canonical[i]));
	jansson_agrees(json_bytes(a, sample(a)));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_then_writing_canonical_text_changes_nothing),
		cmocka_unit_test(what_is_readable_but_not_canonical_is_refused_strictly_and_read_loosely),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(what_other_programs_write_is_only_read),
		cmocka_unit_test(nesting_ends_at_its_limit),
		cmocka_unit_test(what_is_built_is_found_and_is_canonical),
#ifdef JSON_ORACLE
		cmocka_unit_test(jansson_writes_the_same_bytes),
#endif
	};
	return RUN_TESTS(tests);
}
