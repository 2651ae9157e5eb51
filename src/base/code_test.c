/* 符号化 — tests. */
#include "base/check.h"
#include "base/code.h"

static struct bytes str(const char *s)
{
	return bytes_of(s, strlen(s));
}

TEST(hex_goes_both_ways_and_only_in_its_one_form)
{
	ARENA(a) = arena_new(0);
	uint8_t out[3] = { 9, 9, 9 };
	struct err err;

	assert_string_equal(hex_of(a, BYTES("\x00\xab\xff")), "00abff");
	CHECK_OK(hex_decode(str("00abff"), out, 3, &err));
	assert_memory_equal(out, "\x00\xab\xff", 3);
	const char *bad[] = { "00ABff", "00abf", "00abff0", "00abff00", "0x00ab", "", " 0abff" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(hex_decode(str(bad[i]), out, 3, &err), -1);
	CHECK_OK(hex_decode(str(""), NULL, 0, &err));
}

TEST(base64_of_every_length_comes_back)
{
	uint8_t data[70];
	struct bytes back;
	struct err err;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 151 + 7);
	for (size_t n = 0; n <= sizeof data; n++) {
		ARENA(a) = arena_new(0);
		CHECK_OK(base64_decode(a, str(base64_of(a, bytes_of(data, n))), &back, &err));
		assert_true(bytes_equal(back, bytes_of(data, n)));
		CHECK_OK(base32_decode(a, str(base32_of(a, bytes_of(data, n))), &back, &err));
		assert_true(bytes_equal(back, bytes_of(data, n)));
	}
}

TEST(base64_agrees_with_the_vectors_of_rfc_4648)
{
	ARENA(a) = arena_new(0);
	const char *rows[][3] = { { "", "", "" },	      { "f", "Zg==", "MY" },	     { "fo", "Zm8=", "MZXQ" },	       { "foo", "Zm9v", "MZXW6" },
				  { "foob", "Zm9vYg==", "MZXW6YQ" }, { "fooba", "Zm9vYmE=", "MZXW6YTB" }, { "foobar", "Zm9vYmFy", "MZXW6YTBOI" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(base64_of(a, str(rows[i][0])), rows[i][1]);
		assert_string_equal(base32_of(a, str(rows[i][0])), rows[i][2]);
	}
}

TEST(base64_in_any_other_form_is_refused)
{
	ARENA(a) = arena_new(0);
	struct bytes out;
	struct err err;
	const char *bad[] = { "Zg=", "Zg", "Zg===", "Zh==", "Zm9=", " Zg==", "Zg==\n", "Zg==Zg==", "====", "Z===", "=g==", "Zm_v", "Zm-v", "Z=g=", "Zm9vZg==Zm9v" };

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(base64_decode(a, str(bad[i]), &out, &err), -1);
	assert_int_equal(base64_decode(a, bytes_of("Zm\0v", 4), &out, &err), -1);
	const char *bad32[] = { "M", "MZX", "MZXW6Y", "my", "MZ", "MY======", "M1", "MZXW60" };
	for (size_t i = 0; i < COUNT(bad32); i++)
		assert_int_equal(base32_decode(a, str(bad32[i]), &out, &err), -1);
}

TEST(a_decimal_number_has_one_spelling_and_a_ceiling)
{
	uint64_t v = 77;
	struct err err;

	CHECK_OK(decimal_decode(str("0"), 0, &v, &err));
	assert_int_equal(v, 0);
	CHECK_OK(decimal_decode(str("18446744073709551615"), UINT64_MAX, &v, &err));
	assert_true(v == UINT64_MAX);
	CHECK_OK(decimal_decode(str("255"), 255, &v, &err));
	v = 77;
	const char *bad[] = { "", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "256", "1000", "18446744073709551616", "99999999999999999999", "1a" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(decimal_decode(str(bad[i]), 255, &v, &err), -1);
	assert_int_equal(decimal_decode(str("18446744073709551616"), UINT64_MAX, &v, &err), -1);
	assert_int_equal(decimal_decode(str("9"), 8, &v, &err), -1);
	assert_int_equal(decimal_decode(str("3"), 2, &v, &err), -1);
	assert_int_equal(v, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_goes_both_ways_and_only_in_its_one_form),
		cmocka_unit_test(base64_of_every_length_comes_back),
		cmocka_unit_test(base64_agrees_with_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_in_any_other_form_is_refused),
		cmocka_unit_test(a_decimal_number_has_one_spelling_and_a_ceiling),
	};
	return RUN_TESTS(tests);
}
