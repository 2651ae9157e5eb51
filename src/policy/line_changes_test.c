/* 文の違いの試験 */
#include "base/check.h"
#include "policy/line_changes.h"

static const char *shown(struct arena *arena, const char *before, const char *after, size_t around)
{
	struct line_changes c = line_changes_of(arena, bytes_of(before, strlen(before)), bytes_of(after, strlen(after)), around);
	char *out = arena_alloc(arena, 1000), *p = out;

	for (size_t i = 0; i < c.count; i++)
		p += c.rows[i].sign == '~' ? snprintf(p, 100, "~%zu|", c.rows[i].left_out) : snprintf(p, 100, "%c%.*s|", c.rows[i].sign, (int)c.rows[i].line.n, c.rows[i].line.p);
	return out;
}

TEST(what_goes_and_comes_is_shown_with_its_surroundings)
{
	ARENA(a) = arena_new(0);
	assert_string_equal(shown(a, "", "", 2), "");
	assert_string_equal(shown(a, "", "a\nb\n", 2), "+a|+b|");
	assert_string_equal(shown(a, "a\nb\n", "", 2), "-a|-b|");
	assert_string_equal(shown(a, "a\nb\nc\n", "a\nb\nc\n", 2), "~3|");
	assert_string_equal(shown(a, "1\n2\n3\n4\n5\n6\n", "1\n2\n3\nX\n5\n6\n", 1), "~2| 3|-4|+X| 5|~1|");
	assert_string_equal(shown(a, "a\nb\nc\nd", "b\nc\nx\nd", 9), "-a| b| c|+x| d|");
	assert_string_equal(shown(a, "x\nx\n", "x\n", 9), " x|-x|");
}

/* Taking the lines that stay and come gives the new text, those that stay and go the old one. */
TEST(both_texts_can_be_made_from_it)
{
	ARENA(a) = arena_new(0);
	uint32_t seed = 7;
	for (unsigned round = 0; round < 300; round++) {
		char *t[2];
		for (unsigned k = 0; k < 2; k++) {
			char *p = t[k] = arena_alloc(a, 100);
			for (unsigned n = (seed = seed * 1664525 + 1013904223) >> 28; n > 0; n--)
				*p++ = (char)('a' + ((seed = seed * 1664525 + 1013904223) >> 30)), *p++ = '\n';
			*p = 0;
		}
		struct line_changes c = line_changes_of(a, bytes_of(t[0], strlen(t[0])), bytes_of(t[1], strlen(t[1])), 100);
		for (unsigned k = 0; k < 2; k++) {
			char made[100] = "", *p = made;
			for (size_t i = 0; i < c.count; i++)
				if (c.rows[i].sign == ' ' || c.rows[i].sign == (k ? '+' : '-'))
					*p++ = c.rows[i].line.p[0], *p++ = '\n';
				else
					assert_true(c.rows[i].sign == (k ? '-' : '+') || (c.rows[i].sign == '~' && strcmp(t[0], t[1]) == 0));
			if (c.come || c.go)
				assert_string_equal(made, t[k]);
			else
				assert_string_equal(t[0], t[1]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_and_comes_is_shown_with_its_surroundings),
		cmocka_unit_test(both_texts_can_be_made_from_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
