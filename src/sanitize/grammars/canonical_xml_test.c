/* 正準XMLの文法 — each byte at each place where it may stand or not, by the rule as one would say it; and what end tags must be. */
#include "base/buf.h"
#include "base/check.h"
#include "sanitize/grammars/canonical_xml.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

/* Is it canonical to its end? markup: what stands behind the declaration; @ in it is the byte c. */
static bool is_canonical(const char *markup, int c)
{
	ARENA(a) = arena_new(0);
	struct canonical_xml *x = arena_alloc(a, sizeof *x);
	struct buf b = buf_in(a, 0);
	struct err err;
	enum canonical_token t;

	buf_str(&b, DECLARATION);
	for (const char *p = markup; *p; p++)
		buf_byte(&b, p[0] == '@' ? (uint8_t)c : (uint8_t)*p);
	struct bytes in = bytes_of(arena_copy(a, b.p, b.n), b.n); /* with its zero byte */
	if (canonical_start(x, in, &err) != 0)
		return false;
	while ((t = canonical_next(x)) != CANONICAL_END)
		if (t == CANONICAL_BAD)
			return false;
	return true;
}

static bool is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

TEST(every_byte_stands_where_it_may_and_nowhere_else)
{
	for (int c = 1; c < 0x80; c++) {
		bool name = is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
		bool value = c >= 0x20 && c != '<' && c != '>' && c != '&' && c != '"';
		bool text = (c >= 0x20 || c == '\n' || c == '\t') && c != '<' && c != '>' && c != '&';

		assert_int_equal(is_canonical("<a b=\"x@x\"/>", c), value);
		assert_int_equal(is_canonical("<a>x@x</a>", c), text);
		assert_int_equal(is_canonical("<@/>", c), is_letter(c));
		assert_int_equal(is_canonical("<a@b/>", c), name || c == ':'); /* a blank would begin an attribute without value */
		assert_int_equal(is_canonical("<a@b>.</a@b>", c), name || c == ':');
		assert_int_equal(is_canonical("<a:@/>", c), name);
		assert_int_equal(is_canonical("<a x@=\"\"/>", c), name);
	}
}

TEST(bytes_beyond_ascii_are_text_and_value_and_no_name)
{
	assert_true(is_canonical("<a b=\"様式\">第一号</a>", 0));
	assert_false(is_canonical("<様式/>", 0));
	assert_false(is_canonical("<a>\xef\xbf\xbe</a>", 0));
	assert_false(is_canonical("<a>\xe6\xa7</a>", 0));
}

TEST(only_known_references_stand_each_at_its_place)
{
	assert_true(is_canonical("<a b=\"&amp;&lt;&gt;&#13;&quot;&#9;&#10;\">&amp;&lt;&gt;&#13;</a>", 0));
	assert_false(is_canonical("<a>&quot;</a>", 0));
	assert_false(is_canonical("<a>&#9;</a>", 0));
	assert_false(is_canonical("<a>&apos;</a>", 0));
	assert_false(is_canonical("<a b=\"&#x41;\"/>", 0));
}

TEST(an_end_tag_is_its_start_tag_again_and_nothing_more)
{
	assert_true(is_canonical("<a:b><a:c>.</a:c></a:b>", 0));
	assert_false(is_canonical("<ab>.</a>", 0));
	assert_false(is_canonical("<a>.</ab>", 0));
	assert_false(is_canonical("<a>.</a >", 0));
	assert_false(is_canonical("<a>.</a", 0));
	assert_false(is_canonical("<a>.</", 0));
	assert_false(is_canonical("<a>.</b>", 0));
	assert_false(is_canonical("<a></a>", 0));
	assert_false(is_canonical("</a>", 0));
	assert_false(is_canonical("<a/></a>", 0));
	assert_false(is_canonical("<a:b:c/>", 0));
	assert_false(is_canonical("<:b/>", 0));
	assert_false(is_canonical("<a:/>", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_stands_where_it_may_and_nowhere_else),
		cmocka_unit_test(bytes_beyond_ascii_are_text_and_value_and_no_name),
		cmocka_unit_test(only_known_references_stand_each_at_its_place),
		cmocka_unit_test(an_end_tag_is_its_start_tag_again_and_nothing_more),
	};
	return RUN_TESTS(tests);
}
