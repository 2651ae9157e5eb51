/* ファイル名の無害化 — tests (A4). */
#include "base/check.h"
#include "sanitize/name.h"

static const char *safe(struct arena *a, const char *raw)
{
	bool changed;
	return name_safe(a, bytes_of(raw, strlen(raw)), &changed).p;
}

TEST(ordinary_names_stay)
{
	static const char *const names[] = { "様式第1号.xlsx", "report.pdf", "v1.2.3.docx", "議事録（案）.txt", "a b c.csv", "令和8年度 予算.xlsx", "README" };
	ARENA(a) = arena_new(0);
	for (size_t i = 0; i < COUNT(names); i++) {
		bool changed;
		assert_string_equal(name_safe(a, bytes_of(names[i], strlen(names[i])), &changed).p, names[i]);
		assert_false(changed);
	}
}

TEST(dangerous_names_are_mended)
{
	static const char *const pairs[][2] = {
		{ "x\xe2\x80\xae" "fdp.exe", "xfdp.exe" },	  { "invoice.exe.pdf", "invoice_exe.pdf" },
		{ "報告書.PDF.docx", "報告書_PDF.docx" },	  { "a.pdf          .exe", "a_pdf  .exe" },
		{ "../../etc/passwd", "_.._.._etc_passwd" },	  { "CON", "_CON" },
		{ "con.txt", "_con.txt" },			  { "LPT1.pdf", "_LPT1.pdf" },
		{ "COM\xc2\xb9.txt", "_COM\xc2\xb9.txt" },	  { ".bashrc", "_.bashrc" },
		{ "a.txt. . ", "a.txt" },			  { "a\x01\x1b[1m.txt", "a__[1m.txt" },
		{ "...", "file" },				  { "", "file" },
		{ "a:b*c?.txt", "a_b_c_.txt" },			  { "　名前　.txt　", "名前　.txt" },
		{ "か\xe3\x82\x99.txt", "が.txt" },		  { "zero\xe2\x80\x8bwidth.txt", "zerowidth.txt" },
	};
	ARENA(a) = arena_new(0);
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_string_equal(safe(a, pairs[i][0]), pairs[i][1]);
}

TEST(cp932_names_are_read)
{
	ARENA(a) = arena_new(0);
	assert_string_equal(safe(a, "\x97\x6c\x8e\xae.xlsx"), "様式.xlsx");
	assert_string_equal(safe(a, "caf\xe9.txt"), "caf_.txt");
}

TEST(long_names_are_cut_at_a_character_and_keep_their_extension)
{
	char raw[1000] = "";
	bool changed;
	ARENA(a) = arena_new(0);
	for (int i = 0; i < 100; i++)
		memcpy(raw + i * 3, "あ", 3);
	memcpy(raw + 300, ".docx", 6);
	struct text t = name_safe(a, bytes_of(raw, 305), &changed);
	assert_true(changed && t.n <= 255 && t.n > 250 && is_utf8(bytes_of_text(t)));
	assert_string_equal(t.p + t.n - 5, ".docx");
}

TEST(extensions_follow_the_output)
{
	ARENA(a) = arena_new(0);
	assert_string_equal(name_with_extension(a, TEXT("a.docm"), "docx", true).p, "a.docx");
	assert_string_equal(name_with_extension(a, TEXT("a.jpeg"), "jpg", false).p, "a.jpeg");
	assert_string_equal(name_with_extension(a, TEXT("a"), "txt", false).p, "a.txt");
	assert_string_equal(name_with_extension(a, TEXT("a.tar.gz"), "zip", true).p, "a.zip");
	assert_string_equal(name_with_extension(a, TEXT("a.csv.zst"), "zip", true).p, "a.zip");
	assert_string_equal(name_with_extension(a, TEXT("a.gz"), "zip", true).p, "a.zip");
	assert_string_equal(name_with_extension(a, TEXT("a.tar.zip"), "zip", true).p, "a.tar.zip");
}

TEST(names_of_streams_say_what_is_inside)
{
	ARENA(a) = arena_new(0);
	bool changed;
	assert_string_equal(name_safe(a, BYTES("a.csv.gz"), &changed).p, "a.csv.gz");
	assert_false(changed);
	assert_string_equal(name_safe(a, BYTES("a.exe.csv.gz"), &changed).p, "a_exe.csv.gz");
	assert_string_equal(name_safe(a, BYTES("a.exe.pdf"), &changed).p, "a_exe.pdf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_names_stay),
		cmocka_unit_test(names_of_streams_say_what_is_inside),
		cmocka_unit_test(dangerous_names_are_mended),
		cmocka_unit_test(cp932_names_are_read),
		cmocka_unit_test(long_names_are_cut_at_a_character_and_keep_their_extension),
		cmocka_unit_test(extensions_follow_the_output),
	};
	return RUN_TESTS(tests);
}
