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
	assert_non_null(strstr(refused.next_step.ja, "パスワード欄"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_removal_says_what_it_means_for_the_content),
		cmocka_unit_test(every_refusal_says_who_can_do_what),
		cmocka_unit_test(the_report_speaks_of_the_format),
	};
	return RUN_TESTS(tests);
}
