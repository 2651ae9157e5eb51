/* 図の試験 */
#include "base/check.h"
#include "web/chart.h"
#include "web/html.h"

const struct html_translation html_translations[] = { { "", "" } }; /* pages are none here */
const size_t html_translations_count = 0;

static const char *drawn(struct arena *arena, const struct chart_bar *bars, size_t count)
{
	struct bytes b = chart_svg(arena, bars, count);
	return arena_copy(arena, b.p, b.n);
}

TEST(a_label_is_only_text)
{
	ARENA(arena) = arena_new(0);
	struct chart_bar bars[] = { { TEXT("<script>\"&"), 3 }, { TEXT("総務課"), 6 } };
	const char *svg = drawn(arena, bars, 2);

	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "&lt;script&gt;"));
	assert_non_null(strstr(svg, "総務課"));
}

TEST(the_longest_bar_fills_its_place_and_the_others_are_in_proportion)
{
	ARENA(arena) = arena_new(0);
	struct chart_bar bars[] = { { TEXT("a"), 100 }, { TEXT("b"), 50 }, { TEXT("c"), 0 } };
	const char *svg = drawn(arena, bars, 3);

	assert_non_null(strstr(svg, "width=\"410\" height=\"18\""));
	assert_non_null(strstr(svg, "width=\"205\" height=\"18\""));
	assert_non_null(strstr(svg, "width=\"0\" height=\"18\""));
	assert_non_null(strstr(svg, ">100</text>"));
}

TEST(nothing_and_too_much_are_pictures_too)
{
	ARENA(arena) = arena_new(0);
	struct chart_bar bars[CHART_BARS_MOST + 10];

	for (size_t i = 0; i < COUNT(bars); i++)
		bars[i] = (struct chart_bar){ TEXT("とても長い名前の課の名前がここに二十四文字より長く入ります"), i };
	assert_non_null(strstr(drawn(arena, bars, COUNT(bars)), "…"));
	assert_non_null(strstr(drawn(arena, bars, 0), "</svg>"));
	const char *svg = drawn(arena, bars, COUNT(bars));
	size_t drawn_bars = 0;
	for (const char *at = svg; (at = strstr(at, "fill=\"#0017c1\"")) != NULL; at++)
		drawn_bars++;
	assert_int_equal(drawn_bars, CHART_BARS_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_only_text), cmocka_unit_test(the_longest_bar_fills_its_place_and_the_others_are_in_proportion),
		cmocka_unit_test(nothing_and_too_much_are_pictures_too),
	};
	return RUN_TESTS(tests);
}
