/* 単体試験 — the run time of templates: what each place does with hostile values, and how people read times and sizes. */
#include "base/check.h"
#include "web/html.h"

const struct html_translation html_translations[] = { { "{0} 名", "{0} people" }, { "", "" } };
const size_t html_translations_count = 1;

static const char *wrote(struct html *o)
{
	const char *s = buf_string(&o->out);
	o->out.n = 0;
	return s;
}

TEST(hostile_values_are_escaped_by_place)
{
	ARENA(arena) = arena_new(0);
	struct html o = html_begin(arena, HTML_JAPANESE, "");

	html_text(&o, "<script>&\"'\r\x01");
	assert_string_equal(wrote(&o), "&lt;script&gt;&amp;&quot;&#39;&#13;\xef\xbf\xbd");
	html_name(&o, "a b\"c日");
	assert_string_equal(wrote(&o), "a_b_c___");
	html_url_part(&o, "日/?#%");
	assert_string_equal(wrote(&o), "%E6%97%A5%2F%3F%23%25");
	html_url(&o, "data:text/html,x");
	assert_string_equal(wrote(&o), "#");
	html_url(&o, "/a\\b");
	assert_string_equal(wrote(&o), "#");
	html_text(&o, (const char *)NULL);
	assert_string_equal(wrote(&o), "");
}

TEST(numbers_keep_their_width)
{
	ARENA(arena) = arena_new(0);
	struct html o = html_begin(arena, HTML_JAPANESE, "");

	html_text(&o, UINT64_MAX);
	assert_string_equal(wrote(&o), "18446744073709551615");
	html_text(&o, INT64_MIN);
	assert_string_equal(wrote(&o), "-9223372036854775808");
}

TEST(times_and_sizes_are_for_people)
{
	ARENA(arena) = arena_new(0);
	struct html ja = html_begin(arena, HTML_JAPANESE, ""), en = html_begin(arena, HTML_ENGLISH, "");
	struct moment t = { 1795684364 }; /* 2026-11-26T07:52:44Z */

	html_text(&ja, t);
	assert_non_null(strstr(wrote(&ja), "2026年11月26日"));
	html_plain(&en, (struct moment){ 0 });
	assert_string_equal(wrote(&en), "–");
	html_text(&ja, (struct file_size){ 1023 });
	assert_string_equal(wrote(&ja), "1023 バイト");
	html_text(&en, (struct file_size){ 1536 });
	assert_string_equal(wrote(&en), "1.5 KB");
	html_text(&en, (struct file_size){ 209715200 });
	assert_string_equal(wrote(&en), "200 MB");
	html_text(&ja, day_of(1796050800));
	assert_string_equal(wrote(&ja), "<time datetime=\"2026-12-01\">2026年（令和8年）12月1日</time>");
	html_plain(&en, day_of(1796050800));
	assert_string_equal(wrote(&en), "2026-12-01");
	html_text(&en, (struct file_size){ UINT64_MAX });
	assert_string_equal(wrote(&en), "18446744073709551615 bytes");
}

TEST(a_gap_in_the_catalogue_shows_japanese)
{
	ARENA(arena) = arena_new(0);
	struct html o = html_begin(arena, HTML_ENGLISH, "");
	struct html_run run = html_run_begin("{0} 名");

	assert_int_equal(html_run_next(&o, &run), 0);
	html_text(&o, 3);
	assert_int_equal(html_run_next(&o, &run), -1);
	assert_string_equal(wrote(&o), "3 people");
	html_message(&o, "未訳", strlen("未訳"), "未訳");
	assert_string_equal(wrote(&o), "未訳");
}

TEST(a_page_beyond_its_ceiling_is_never_half_a_page)
{
	ARENA(arena) = arena_new(0);
	struct html o = html_begin(arena, HTML_JAPANESE, "");
	char *long_text = arena_alloc(arena, HTML_BYTES_MOST);

	memset(long_text, 'a', HTML_BYTES_MOST - 1);
	html_put_string(&o, long_text);
	assert_true(buf_ok(&o.out));
	html_put_string(&o, long_text);
	assert_false(buf_ok(&o.out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_values_are_escaped_by_place), cmocka_unit_test(numbers_keep_their_width),
		cmocka_unit_test(times_and_sizes_are_for_people), cmocka_unit_test(a_gap_in_the_catalogue_shows_japanese),
		cmocka_unit_test(a_page_beyond_its_ceiling_is_never_half_a_page),
	};
	return RUN_TESTS(tests);
}
