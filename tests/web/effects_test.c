/* 単体試験 — every removal says what it means for the content, every refusal who can do what; and the report shows them. */
#include "base/check.h"
#include "transfer/pages/report_view.h"

const struct html_translation html_translations[] = { { "", "" } };
const size_t html_translations_count = 0;

static struct text text_at(const char *s) { return (struct text){ s, strlen(s) }; }

TEST(every_removal_says_what_it_means_for_the_content)
{
	static const char *const threats[] = {
#define REMOVAL(id, japanese, english) #id,
#include "sanitize/removals.def"
#undef REMOVAL
	};

	for (size_t i = 0; i < COUNT(threats); i++) {
		if (!effect_of(text_at(threats[i]), TEXT("zip")).ja)
			print_error("%s has no row for any format\n", threats[i]);
		assert_non_null(effect_of(text_at(threats[i]), TEXT("zip")).ja);
	}
	assert_null(effect_of(TEXT("Z9"), TEXT("docx")).ja);
}

TEST(every_refusal_says_who_can_do_what)
{
	static const char *const codes[] = {
#define REFUSAL(code, japanese, english) #code,
#include "sanitize/refusals.def"
#undef REFUSAL
	};

	for (size_t i = 0; i < COUNT(codes); i++)
		assert_non_null(next_step_of(text_at(codes[i])).ja);
}

TEST(the_report_speaks_of_the_format)
{
	ARENA(arena) = arena_new(0);
	struct report_view docx, xlsx, refused;

	report_view_of(arena, BYTES("{\"input\":{\"format\":\"docx\"},\"summary\":[{\"count\":1,\"en\":\"x\",\"ja\":\"マクロを取り除きました。\",\"threat\":\"B3\"}],\"verdict\":\"clean\"}"), &docx);
	report_view_of(arena, BYTES("{\"input\":{\"format\":\"xlsx\"},\"summary\":[{\"count\":1,\"en\":\"x\",\"ja\":\"x\",\"threat\":\"B3\"}],\"verdict\":\"clean\"}"), &xlsx);
	report_view_of(arena, BYTES("{\"reason\":{\"code\":\"ENCRYPTED\",\"en\":\"x\",\"ja\":\"x\"},\"verdict\":\"refused\"}"), &refused);
	assert_non_null(strstr(docx.kinds[0].effect.ja, "文章はそのままです"));
	assert_non_null(strstr(xlsx.kinds[0].effect.ja, "値と数式はそのままです"));
	assert_non_null(strstr(refused.next_step.ja, "パスワードを確かめて"));
}

TEST(the_report_says_in_the_readers_language_what_a_file_is)
{
	ARENA(arena) = arena_new(0);
	struct report_view v;

	report_view_of(arena, BYTES("{\"reason\":{\"code\":\"PROGRAM\",\"detail\":\"it is an ELF program\",\"en\":\"x\",\"ja\":\"x\"},\"verdict\":\"refused\"}"), &v);
	assert_string_equal(v.detail.ja, "中身は「Linuxなどのプログラム（ELF）」です。");
	assert_string_equal(v.detail.en, "it is an ELF program");
	assert_non_null(strstr(v.next_step.ja, "開かずに"));
	assert_null(strstr(v.next_step.ja, "自分で開"));
	assert_string_equal(detail_of(arena, TEXT("the content is png, the name says jpg")).ja, "中身は「PNG画像」ですが、名前は jpg です。");
	assert_string_equal(detail_of(arena, TEXT("it is pdf and a Windows program at once")).ja, "中身が「PDF文書」としても「Windowsのプログラム」としても読めます。");
	assert_string_equal(detail_of(arena, TEXT("a length is wrong")).ja, "a length is wrong");
	assert_null(detail_of(arena, TEXT("")).ja);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_removal_says_what_it_means_for_the_content),
		cmocka_unit_test(every_refusal_says_who_can_do_what),
		cmocka_unit_test(the_report_speaks_of_the_format),
		cmocka_unit_test(the_report_says_in_the_readers_language_what_a_file_is),
	};
	return RUN_TESTS(tests);
}
