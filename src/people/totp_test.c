/* 確認コード — tests. */
#include "base/check.h"
#include "people/totp.h"

static const struct bytes rfc = { (const uint8_t *)"12345678901234567890", 20 };

/* RFC 6238 appendix B, SHA-1: the last six of the eight digits printed there. */
TEST(the_vectors_of_the_rfc_hold)
{
	static const struct {
		int64_t at;
		uint32_t code;
	} rows[] = { { 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 }, { 2000000000, 279037 }, { 20000000000, 353130 } };
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(totp_code(rfc, totp_step(rows[i].at)), rows[i].code);
}

/* RFC 4226 appendix D: counters 0 to 9. */
TEST(the_counters_of_hotp_hold)
{
	static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489 };
	for (size_t i = 0; i < COUNT(codes); i++)
		assert_int_equal(totp_code(rfc, (int64_t)i), codes[i]);
}

TEST(a_code_is_right_one_step_early_or_late_and_no_further)
{
	int64_t step = -1, now = 5 * TOTP_SECONDS;
	static const char *const codes[] = { "969429", "338314", "254676", "287922", "162583" }; /* steps 3 to 7 */
	for (int i = 0; i < 5; i++) {
		struct text t = { codes[i], 6 };
		bool near = i >= 1 && i <= 3;
		assert_int_equal(totp_check(rfc, t, now, 0, &step), near ? TOTP_RIGHT : TOTP_WRONG);
		if (near)
			assert_int_equal(step, 3 + i);
	}
}

TEST(a_code_works_once)
{
	int64_t step = -1, now = 5 * TOTP_SECONDS;
	assert_int_equal(totp_check(rfc, TEXT("254676"), now, 4, &step), TOTP_RIGHT);
	assert_int_equal(totp_check(rfc, TEXT("254676"), now, step, &step), TOTP_USED);
	assert_int_equal(totp_check(rfc, TEXT("338314"), now, step, &step), TOTP_USED); /* an older one neither */
	assert_int_equal(totp_check(rfc, TEXT("287922"), now, step, &step), TOTP_RIGHT);
}

TEST(a_code_may_be_typed_as_people_type)
{
	int64_t step;
	assert_int_equal(totp_check(rfc, TEXT("254 676"), 150, 0, &step), TOTP_RIGHT);
	assert_int_equal(totp_check(rfc, TEXT("２５４６７６"), 150, 0, &step), TOTP_RIGHT);
	assert_int_equal(totp_check(rfc, TEXT("254-676"), 150, 0, &step), TOTP_RIGHT);
}

TEST(what_is_no_code_is_wrong)
{
	static const char *const bad[] = { "", "25467", "2546760", "0254676", "25467x", "+54676", "254676\n", "²54676" };
	int64_t step;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(totp_check(rfc, (struct text){ bad[i], strlen(bad[i]) }, 150, 0, &step), TOTP_WRONG);
	/* counter 2 of another secret begins with a zero: 005924 must not be read as 5924 */
	assert_int_equal(totp_check(rfc, TEXT("5924"), 1234567890, 0, &step), TOTP_WRONG);
	assert_int_equal(totp_check(rfc, TEXT("005924"), 1234567890, 0, &step), TOTP_RIGHT);
}

TEST(the_uri_escapes_what_it_names)
{
	ARENA(a) = arena_new(0);
	struct text uri = totp_uri(a, rfc, TEXT("関所 A&B"), TEXT("1001"));
	assert_string_equal(uri.p, "otpauth://totp/%E9%96%A2%E6%89%80%20A%26B:1001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
				   "&issuer=%E9%96%A2%E6%89%80%20A%26B&algorithm=SHA1&digits=6&period=30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc_hold),
		cmocka_unit_test(the_counters_of_hotp_hold),
		cmocka_unit_test(a_code_is_right_one_step_early_or_late_and_no_further),
		cmocka_unit_test(a_code_works_once),
		cmocka_unit_test(a_code_may_be_typed_as_people_type),
		cmocka_unit_test(what_is_no_code_is_wrong),
		cmocka_unit_test(the_uri_escapes_what_it_names),
	};
	return RUN_TESTS(tests);
}
