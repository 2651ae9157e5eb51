/* 文字と文字コード — tests. tests/charsets.py compares every code with a second implementation; here: the way there and back. */
#include "base/check.h"
#include "base/text.h"

static struct text str(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* bytes → text → the same bytes. */
static void there_and_back(enum charset c, struct bytes in, const char *text)
{
	ARENA(a) = arena_new(0);
	struct text t;
	struct bytes back;
	struct err err;

	CHECK_OK(text_from(a, c, in, &t, &err));
	assert_string_equal(t.p, text);
	assert_int_equal(t.n, strlen(text));
	CHECK_OK(text_to(a, c, t, &back, &err));
	assert_true(bytes_equal(back, in));
}

TEST(every_charset_carries_a_name_there_and_back)
{
	there_and_back(CHARSET_UTF8, BYTES("紺碧市𠮷"), "紺碧市𠮷");
	there_and_back(CHARSET_UTF8_BOM, BYTES("\xef\xbb\xbf" "紺碧市"), "紺碧市");
	there_and_back(CHARSET_UTF16LE, BYTES("A\0\x3a\x7d\x42\xd8\xb7\xdf"), "A紺𠮷");
	there_and_back(CHARSET_UTF16BE, BYTES("\0A\x7d\x3a\xd8\x42\xdf\xb7"), "A紺𠮷");
	there_and_back(CHARSET_CP932, BYTES("\x8d\xae\x95\xc9\x8es\xb1\xdd\\~\x81`\x87@\xfb\xfc\xfa\xb1"), "紺碧市ｱﾝ\\~～①髙﨑");
	there_and_back(CHARSET_CP932, BYTES("\xf0@\xf9\xfc"), "\xee\x80\x80\xee\x9d\x97"); /* 外字 U+E000 and U+E757 */
	there_and_back(CHARSET_EUC_JP, BYTES("\xba\xb0\xca\xcb\xbb\xd4\x8e\xb1\x8f\xb0\xa1" "A"), "紺碧市ｱ丂A");
	there_and_back(CHARSET_ISO_2022_JP, BYTES("a\x1b$B:0JK;T\x1b(B\r\n\x1b(I1]\x1b(J\\~\x1b(B"), "a紺碧市\r\nｱﾝ\xc2\xa5\xe2\x80\xbe");
}

TEST(doubled_codes_of_cp932_become_the_one_that_windows_writes)
{
	const struct {
		struct bytes in, out;
	} rows[] = {
		{ BYTES("\xed\x40"), BYTES("\xfa\x5c") }, { BYTES("\xee\xe0"), BYTES("\xfb\xfc") }, { BYTES("\xee\xef"), BYTES("\xfa\x40") },
		{ BYTES("\xfa\x4a"), BYTES("\x87\x54") }, { BYTES("\xfa\x54"), BYTES("\x81\xca") }, { BYTES("\xfa\x58"), BYTES("\x87\x8a") },
		{ BYTES("\x87\x9a"), BYTES("\x81\xe6") }, { BYTES("\xfa\x5b"), BYTES("\x81\xe6") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct text t;
		struct bytes back;
		struct err err;
		CHECK_OK(text_from_cp932(a, rows[i].in, &t, &err));
		CHECK_OK(text_to(a, CHARSET_CP932, t, &back, &err));
		assert_true(bytes_equal(back, rows[i].out));
	}
}

TEST(what_is_no_text_is_refused_where_it_stands)
{
	const struct {
		enum charset charset;
		struct bytes in;
		uint64_t at;
	} rows[] = {
		{ CHARSET_CP932, BYTES("ab\x81"), 2 }, { CHARSET_CP932, BYTES("a\x81\x3f"), 1 }, { CHARSET_CP932, BYTES("\x80"), 0 }, { CHARSET_CP932, BYTES("\xa0"), 0 },
		{ CHARSET_CP932, BYTES("\xfd"), 0 }, { CHARSET_CP932, BYTES("a\0"), 1 }, { CHARSET_CP932, BYTES("\xfc\x4c"), 0 }, { CHARSET_CP932, BYTES("\x81\x7f"), 0 },
		{ CHARSET_EUC_JP, BYTES("\xa1"), 0 }, { CHARSET_EUC_JP, BYTES("\x8e\xe0"), 0 }, { CHARSET_EUC_JP, BYTES("\x8f\xb0"), 0 }, { CHARSET_EUC_JP, BYTES("\xff\xff"), 0 },
		{ CHARSET_EUC_JP, BYTES("\xa9\xa1"), 0 }, { CHARSET_ISO_2022_JP, BYTES("a\x1b(X"), 1 }, { CHARSET_ISO_2022_JP, BYTES("\x1b$B:"), 3 },
		{ CHARSET_ISO_2022_JP, BYTES("\x1b$B\n\n"), 3 }, { CHARSET_ISO_2022_JP, BYTES("\xb1"), 0 }, { CHARSET_ISO_2022_JP, BYTES("\x0e"), 0 },
		{ CHARSET_ISO_2022_JP, BYTES("\x1b(I~"), 3 }, { CHARSET_ISO_2022_JP, BYTES("\x1b"), 0 }, { CHARSET_UTF16LE, BYTES("a\0b"), 2 }, { CHARSET_UTF16LE, BYTES("\0\xdc"), 0 },
		{ CHARSET_UTF16BE, BYTES("\xd8\x42\0A"), 0 }, { CHARSET_UTF16BE, BYTES("\0\0"), 0 }, { CHARSET_UTF8_BOM, BYTES("a"), 0 },
		{ CHARSET_UTF8_BOM, BYTES("\xef\xbb\xbf" "a\xff"), 4 }, { CHARSET_UTF8, BYTES("a\xc0\x80"), 1 }, { CHARSET_UTF8, BYTES("\xed\xa0\x80"), 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct text t = TEXT("untouched");
		struct err err = { 0 };
		assert_int_equal(text_from(a, rows[i].charset, rows[i].in, &t, &err), -1);
		assert_int_equal(err.code, ERR_NOT_TEXT);
		assert_int_equal(err.at, rows[i].at);
		assert_string_equal(t.p, "untouched");
	}
}

/* Eight bytes are looked at together: no place among them may make a difference. */
TEST(utf8_is_known_wherever_a_byte_stands)
{
	uint8_t b[24];

	for (size_t n = 1; n <= sizeof b - 3; n++)
		for (size_t at = 0; at < n; at++) {
			for (unsigned c = 0; c < 256; c++) {
				memset(b, 'x', sizeof b);
				b[at] = (uint8_t)c;
				assert_int_equal(is_utf8(bytes_of(b, n)), c > 0 && c < 0x80);
			}
			memset(b, 'x', sizeof b);
			memcpy(b + at, "市", 3);
			assert_int_equal(is_utf8(bytes_of(b, n)), at + 3 <= n);
		}
}

TEST(a_character_the_charset_lacks_is_never_replaced)
{
	const struct {
		enum charset charset;
		const char *text;
		uint64_t at;
	} rows[] = { { CHARSET_CP932, "市𠮷", 3 }, { CHARSET_CP932, "\xc2\xa5", 0 }, { CHARSET_CP932, "a\xe3\x80\x9c", 1 }, { CHARSET_EUC_JP, "\xee\x80\x80", 0 },
		     { CHARSET_ISO_2022_JP, "丂", 0 }, { CHARSET_ISO_2022_JP, "\x1b", 0 }, { CHARSET_ISO_2022_JP, "한", 0 }, { CHARSET_CP932, "𠀋", 0 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct bytes out;
		struct err err = { 0 };
		assert_int_equal(text_to(a, rows[i].charset, str(rows[i].text), &out, &err), -1);
		assert_int_equal(err.at, rows[i].at);
	}
}

TEST(names_of_charsets_are_found_in_any_case)
{
	enum charset c;

	for (int i = 0; i < CHARSET_COUNT; i++) {
		CHECK_OK(charset_by_name(charset_name((enum charset)i), &c));
		assert_int_equal(c, i);
	}
	CHECK_OK(charset_by_name("Shift_JIS", &c));
	assert_int_equal(c, CHARSET_CP932);
	CHECK_OK(charset_by_name("EUC-JP", &c));
	assert_int_equal(c, CHARSET_EUC_JP);
	assert_int_equal(charset_by_name("latin-1", &c), -1);
}

TEST(names_from_a_mac_are_composed_and_ideographs_left_alone)
{
	ARENA(a) = arena_new(0);

	assert_string_equal(text_nfc(a, str("か\xe3\x82\x99は\xe3\x82\x9aウ\xe3\x82\x99.xlsx")).p, "がぱヴ.xlsx");
	assert_string_equal(text_nfc(a, str("e\xcc\x82\xcc\xa3")).p, "ệ");
	assert_string_equal(text_nfc(a, str("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")).p, "한");
	assert_string_equal(text_nfc(a, str("神\xef\xa8\x99" "か\xe3\x82\x99")).p, "神\xef\xa8\x99が"); /* U+FA19 stays */
	assert_string_equal(text_nfc(a, str("漢\xe3\x82\x99")).p, "漢\xe3\x82\x99");
	assert_string_equal(text_nfc(a, str("")).p, "");
}

TEST(messages_show_treacherous_bytes)
{
	ARENA(a) = arena_new(0);

	assert_string_equal(text_printable(a, BYTES("様式第1号.xlsx"), 100), "様式第1号.xlsx");
	assert_string_equal(text_printable(a, BYTES("a\x1b[1m\n\0\x7f\xff\xc0\x80"), 100), "a\\x1B[1m\\x0A\\x00\\x7F\\xFF\\xC0\\x80");
	assert_string_equal(text_printable(a, BYTES("x\xe2\x80\xae" "fdp.exe"), 100), "x\\xE2\\x80\\xAE" "fdp.exe");
	assert_string_equal(text_printable(a, BYTES("\xc2\x85"), 100), "\\xC2\\x85");
	assert_string_equal(text_printable(a, BYTES("あいう"), 8), "あい");
	assert_string_equal(text_printable(a, BYTES("a\xff"), 4), "a");
	assert_string_equal(text_printable(a, BYTES("\xe3\x81"), 100), "\\xE3\\x81");
	assert_string_equal(text_printable(a, BYTES(""), 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_charset_carries_a_name_there_and_back),
		cmocka_unit_test(doubled_codes_of_cp932_become_the_one_that_windows_writes),
		cmocka_unit_test(what_is_no_text_is_refused_where_it_stands),
		cmocka_unit_test(utf8_is_known_wherever_a_byte_stands),
		cmocka_unit_test(a_character_the_charset_lacks_is_never_replaced),
		cmocka_unit_test(names_of_charsets_are_found_in_any_case),
		cmocka_unit_test(names_from_a_mac_are_composed_and_ideographs_left_alone),
		cmocka_unit_test(messages_show_treacherous_bytes),
	};
	return RUN_TESTS(tests);
}
