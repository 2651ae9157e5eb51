/* 受け渡しの依頼の読取り — tests. */
#include "base/check.h"
#include "store/limits.h"
#include "transfer/request.h"

static void becomes(const char *name, const char *want)
{
	ARENA(a) = arena_new(0);
	assert_string_equal(transfer_safe_name(a, (struct text){ name, strlen(name) }).p, want);
}

TEST(a_name_is_the_last_part_of_a_path)
{
	becomes("夏まつりのご案内.docx", "夏まつりのご案内.docx");
	becomes("C:\\fakepath\\案内 一.txt", "案内 一.txt");
	becomes("../../etc/passwd", "passwd");
	becomes("a/", "無題");
	becomes("..", "無題");
	becomes("", "無題");
	becomes("   ", "無題");
}

TEST(what_misleads_is_left_out)
{
	becomes("案内\xe2\x80\xae" "fdp.exe", "案内fdp.exe"); /* U+202E turns the direction of writing */
	becomes("a\nb\x1b[2J.txt", "ab[2J.txt");
}

TEST(a_long_name_keeps_its_extension)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 0);
	for (int i = 0; i < 200; i++)
		buf_str(&b, "長");
	buf_str(&b, ".docx");
	struct text name = { buf_string(&b), b.n }, safe = transfer_safe_name(a, name);
	assert_true(safe.n <= STORE_FILE_NAME_MOST && safe.n > STORE_FILE_NAME_MOST - 3);
	assert_string_equal(safe.p + safe.n - 5, ".docx");
	assert_memory_equal(safe.p, "長長", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_last_part_of_a_path),
		cmocka_unit_test(what_misleads_is_left_out),
		cmocka_unit_test(a_long_name_keeps_its_extension),
	};
	return RUN_TESTS(tests);
}
