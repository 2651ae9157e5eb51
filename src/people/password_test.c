/* パスワード — tests. */
#include "base/check.h"
#include "people/password.h"

static enum password_refusal judge(const char *s)
{
	return password_judge((struct text){ s, strlen(s) }, TEXT("A1001"));
}

TEST(length_counts_characters_not_bytes)
{
	assert_int_equal(judge("短い合言葉"), PASSWORD_SHORT);
	assert_int_equal(judge("elevenchars"), PASSWORD_SHORT);
	assert_int_equal(judge("春は曙やうやう白くなりゆく"), PASSWORD_GOOD);
	assert_int_equal(judge("twelve chars"), PASSWORD_GOOD);
	char many[PASSWORD_BYTES_MOST + 2] = { 0 };
	for (size_t i = 0; i <= PASSWORD_BYTES_MOST; i++)
		many[i] = (char)('a' + i * i % 23);
	assert_int_equal(judge(many), PASSWORD_LONG);
	many[PASSWORD_BYTES_MOST] = 0;
	assert_int_equal(judge(many), PASSWORD_GOOD);
}

TEST(no_rule_of_composition_stands_in_the_way)
{
	assert_int_equal(judge("correct horse battery staple"), PASSWORD_GOOD);
	assert_int_equal(judge("yama kawa tani"), PASSWORD_GOOD);
}

TEST(the_commonest_are_refused_however_decorated)
{
	assert_int_equal(judge("Password2026!"), PASSWORD_COMMON);
	assert_int_equal(judge("!!P@ssw0rd2026"), PASSWORD_COMMON);
	assert_int_equal(judge("shiyakusho2026"), PASSWORD_COMMON);
	assert_int_equal(judge("パスワード1234567"), PASSWORD_COMMON);
	assert_int_equal(judge("q1w2e3r4t5y6"), PASSWORD_COMMON);
	assert_int_equal(judge("qaz2wsx3edc4rfv"), PASSWORD_COMMON);
	assert_int_equal(judge("the password of my garden"), PASSWORD_GOOD);
}

TEST(repetition_and_order_are_refused)
{
	assert_int_equal(judge("aaaaaaaaaaaa"), PASSWORD_REPEATED);
	assert_int_equal(judge("abcabcabcabc"), PASSWORD_REPEATED);
	assert_int_equal(judge("123456789012"), PASSWORD_REPEATED);
	assert_int_equal(judge("zyxwvutsrqpo"), PASSWORD_REPEATED);
	assert_int_equal(judge("ああああああああああああ"), PASSWORD_REPEATED);
}

TEST(the_own_number_is_refused)
{
	assert_int_equal(judge("kawa-a1001-tani"), PASSWORD_OWN_NUMBER);
}

TEST(a_hash_fits_its_password_only)
{
	char hash[PASSWORD_HASH], again[PASSWORD_HASH];
	password_cheapen();
	password_hash(TEXT("yama kawa tani"), hash);
	password_hash(TEXT("yama kawa tani"), again);
	assert_true(strncmp(hash, "$argon2id$v=19$", 15) == 0);
	assert_string_not_equal(hash, again); /* salted */
	assert_true(password_fits(TEXT("yama kawa tani"), hash));
	assert_false(password_fits(TEXT("yama kawa tanj"), hash));
	assert_false(password_fits(TEXT(""), hash));
	memset(hash, 0, sizeof hash), memcpy(hash, "no hash at all", 14);
	assert_false(password_fits(TEXT("yama kawa tani"), hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_counts_characters_not_bytes),
		cmocka_unit_test(no_rule_of_composition_stands_in_the_way),
		cmocka_unit_test(the_commonest_are_refused_however_decorated),
		cmocka_unit_test(repetition_and_order_are_refused),
		cmocka_unit_test(the_own_number_is_refused),
		cmocka_unit_test(a_hash_fits_its_password_only),
	};
	return RUN_TESTS(tests);
}
