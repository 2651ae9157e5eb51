/* 通信の図の試験 — the picture and the rows say what the text says: who may begin with whom, who may not, what rests; and the picture stays bounded and well formed. */
#include "base/check.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "zones/pages/map.h"

const struct html_translation html_translations[] = { { "", "" } }; /* pages are none here */
const size_t html_translations_count = 0;

static const char text[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\n"
			   "zone internet \"外 <&>\" { net 10.3.0.0/16 on eth3 world }\nzone lgwan \"内\" { net 10.2.0.0/16 on eth2 }\nzone mynumber \"番号\" { net 10.1.0.0/16 on eth1 }\n"
			   "gate \"関所\" { address 10.1.0.1 address 10.2.0.1 address 10.3.0.1 }\nhost server \"台帳\" in mynumber { address 10.1.0.10 }\nhost desk \"窓口\" in lgwan { address 10.2.0.10 }\n"
			   "service web \"Web\" { tcp 443 }\n"
			   "allow look from desk to server service web { specific communication party \"p\" basis \"b\" owner \"市民課長\" reason \"r\" expires 2027-03-31 }\n"
			   "allow face from lgwan to gate service web between 08:30 and 17:15 on weekdays { owner \"o\" reason \"r\" expires 2026-12-20 }\n"
			   "allow past from internet to gate service web { owner \"o\" reason \"r\" expires 2026-11-01 }\n"
			   "never out from mynumber to internet { owner \"長\" reason \"住民情報を出さない\" }\n";

static const struct policy *policy_in(struct arena *arena, const char *words)
{
	const struct policy *policy = NULL;

	CHECK_OK(policy_of_text(arena, "test", bytes_of(words, strlen(words)), &policy, NULL, &err_));
	return policy;
}

static struct map map_in(struct arena *arena, const char *words, const char *when)
{
	struct map map;
	int64_t now;

	assert_int_equal(clock_from_utc(when, &now), 0);
	map_make(arena, policy_in(arena, words), now, &map);
	return map;
}

static const struct policy_allow *allow_named(const struct map *map, const char *id)
{
	for (size_t i = 0; i < map->policy->allow_count; i++)
		if (text_is(map->policy->allows[i].id, id))
			return &map->policy->allows[i];
	fail_msg("no allow %s", id);
	return NULL;
}

TEST(zones_stand_in_the_order_of_trust_with_the_gate_in_the_middle)
{
	ARENA(arena) = arena_new(0);
	struct map map = map_in(arena, text, "2026-12-01T03:00:00Z");
	static const char *const wanted[] = { "mynumber", "lgwan", "gate", "internet" };
	const size_t *order = map_order(arena, &map);

	assert_int_equal(map.places, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(text_is(map_place_name(&map, order[i]), wanted[i]));
}

TEST(a_pair_without_a_way_is_told_and_who_may_not_begin)
{
	ARENA(arena) = arena_new(0);
	struct map map = map_in(arena, text, "2026-12-01T03:00:00Z");
	struct map_no_ways ways;
	bool outward = false, back = false, expired = false;

	map_no_ways(arena, &map, &ways);
	for (size_t i = 0; i < ways.count; i++) {
		const struct map_no_way *n = &ways.list[i];
		struct text from = map_place_name(&map, n->from), to = map_place_name(&map, n->to);
		assert_true(i == 0 || ways.list[i - 1].both || !n->both);
		assert_false(text_is(from, "lgwan") && text_is(to, "mynumber"));
		outward |= n->both && text_is(from, "mynumber") && text_is(to, "internet") && n->never && text_is(n->never->reason, "住民情報を出さない");
		back |= !n->both && text_is(from, "mynumber") && text_is(to, "lgwan");
		expired |= n->both && text_is(from, "gate") && text_is(to, "internet"); /* its only allow is over */
	}
	assert_true(outward && back && expired);
}

TEST(an_allow_is_open_rests_ends_soon_or_is_over)
{
	ARENA(arena) = arena_new(0);
	struct map day = map_in(arena, text, "2026-11-10T03:00:00Z"), night = map_in(arena, text, "2026-11-10T12:00:00Z"), soon = map_in(arena, text, "2026-12-01T03:00:00Z");

	assert_int_equal(map_state(&day, allow_named(&day, "face")), MAP_OPEN);
	assert_int_equal(map_state(&night, allow_named(&night, "face")), MAP_RESTING);
	assert_int_equal(map_state(&soon, allow_named(&soon, "face")), MAP_SOON);
	assert_int_equal(map_state(&day, allow_named(&day, "past")), MAP_EXPIRED);
	assert_string_equal(map_hours(arena, allow_named(&day, "face"), HTML_JAPANESE), "平日 08:30–17:15");
}

static const char *svg_of(struct arena *arena, const struct map *map, enum html_language language)
{
	struct bytes svg = map_svg(arena, map, language);

	return arena_copy(arena, svg.p, svg.n);
}

static size_t times(const char *in, const char *what)
{
	size_t n = 0;

	for (; (in = strstr(in, what)); in += strlen(what))
		n++;
	return n;
}

TEST(the_picture_says_what_the_text_says)
{
	ARENA(arena) = arena_new(0);
	struct map map = map_in(arena, text, "2026-12-01T03:00:00Z");
	const char *svg = svg_of(arena, &map, HTML_JAPANESE), *english = svg_of(arena, &map, HTML_ENGLISH);
	static const char *const said[] = { "<title id=\"t\">紺碧市 通信の図", "窓口 → 台帳", "［特定通信］", "市民課長", "2027-03-31まで", "もうすぐ期限", "通信なし", "住民情報を出さない", "10.1.0.0/16", "口 eth1",
		"外 &lt;&amp;&gt;" };

	for (size_t i = 0; i < COUNT(said); i++)
		if (!strstr(svg, said[i]))
			fail_msg("the picture does not say %s", said[i]);
	assert_null(strstr(svg, "<&>"));
	assert_null(strstr(svg, "past"));
	assert_int_equal(times(svg, "<text"), times(svg, "</text>"));
	assert_true(strstr(english, "ends soon") && strstr(english, "no way: neither may begin"));
}

TEST(a_picture_of_very_many_rules_stays_small)
{
	ARENA(arena) = arena_new(0);
	struct buf words = buf_in(arena, 0);

	buf_str(&words, text);
	for (unsigned i = 0; i < 3000; i++)
		buf_printf(&words, "allow m%u from desk to gate service web { owner \"o\" reason \"r\" expires 2027-03-31 }\n", i);
	struct map map = map_in(arena, buf_string(&words), "2026-12-01T03:00:00Z");
	const char *svg = svg_of(arena, &map, HTML_JAPANESE);
	assert_true(strlen(svg) < 200000);
	assert_true(times(svg, " → ") <= MAP_ROWS_MOST + 10);
	assert_non_null(strstr(svg, "件（表にあります）"));
	assert_non_null(strstr(svg, "窓口 → 台帳")); /* none of the pairs is left out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_stand_in_the_order_of_trust_with_the_gate_in_the_middle),
		cmocka_unit_test(a_pair_without_a_way_is_told_and_who_may_not_begin),
		cmocka_unit_test(an_allow_is_open_rests_ends_soon_or_is_over),
		cmocka_unit_test(the_picture_says_what_the_text_says),
		cmocka_unit_test(a_picture_of_very_many_rules_stays_small),
	};
	return RUN_TESTS(tests);
}
