/* 埋め込みの書体（CFF） — what draws stays, what nothing reaches goes, what is malformed becomes empty; the verifier takes each rebuilt font and no other. The samples are the seeds of the fuzzing. */
#include "base/check.h"
#include "base/file.h"
#include "sanitize/grammars/font.h"
#include "sanitize/parts/font.h"
#include "sanitize/parts/font_charstring.h"
#include <fcntl.h>

static struct arena *a;

static struct bytes sample(const char *name)
{
	struct bytes out;
	CHECK_OK(file_read(a, AT_FDCWD, arena_printf(a, "../tests/fuzz/corpus/font_cff/%s", name), 1 << 20, &out, &err_)); /* tests run in the build folder */
	return out;
}

static struct font rebuilt(const char *name)
{
	struct font font, again;
	CHECK_OK(font_cff(a, sample(name), &font, &err_));
	assert_null(font_cff_fault(font.program));
	CHECK_OK(font_cff(a, font.program, &again, &err_));
	assert_true(bytes_equal(font.program, again.program));
	return font;
}

static bool holds(struct bytes b, const char *what)
{
	return memmem(b.p, b.n, what, strlen(what)) != NULL;
}

TEST(every_form_of_a_font_becomes_one_form)
{
	static const char *const same[][3] = { { "charset_1", "charset_2", "charset_1" }, { "cids_0", "cids_2", "cids_2" } };
	a = arena_new(0);
	for (size_t i = 0; i < COUNT(same); i++)
		assert_true(bytes_equal(rebuilt(same[i][0]).program, rebuilt(same[i][1]).program));
	assert_int_equal(rebuilt("charset_0").emptied, 0);
	assert_int_equal(rebuilt("cids_1").glyphs, 7);
	arena_free(a);
}

TEST(names_stay_where_something_names_them)
{
	a = arena_new(0);
	struct font font = rebuilt("charset_0");
	assert_true(holds(font.program, "Mihon-Regular") && holds(font.program, "boxeveryring"));
	assert_false(holds(rebuilt("charset_1").program, "every")); /* its glyphs have standard names */
	font = rebuilt("bad_names");
	assert_false(holds(font.program, "a b") || holds(font.program, "xxxxxxxx"));
	assert_true(holds(font.program, "g1g2g3"));
	arena_free(a);
}

TEST(what_nobody_calls_goes)
{
	a = arena_new(0);
	struct bytes in = sample("charset_0");
	assert_true(holds(in, "junk"));
	assert_false(holds(rebuilt("charset_0").program, "junk"));
	arena_free(a);
}

TEST(malformed_glyphs_become_empty)
{
	a = arena_new(0);
	struct font font = rebuilt("bad_glyphs");
	assert_int_equal(font.glyphs, 7);
	assert_int_equal(font.emptied, 6);
	assert_int_equal(rebuilt("calls_itself").emptied, 1);
	arena_free(a);
}

TEST(what_is_no_font_is_not_kept)
{
	struct font font;
	struct err err;
	a = arena_new(0);
	struct bytes in = sample("charset_0");
	for (size_t n = 0; n < in.n; n++) /* cut anywhere: not kept, or in the language */
		if (font_cff(a, bytes_of(in.p, n), &font, &err) == 0)
			assert_null(font_cff_fault(font.program));
	assert_int_equal(font_cff(a, bytes_of("\2\0\5\1", 4), &font, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	assert_int_equal(font_cff(a, BYTES(""), &font, &err), -1);
	arena_free(a);
}

TEST(the_verifier_takes_no_byte_more_or_other)
{
	a = arena_new(0);
	struct bytes good = rebuilt("encoding_besides").program;
	uint8_t *copy = arena_alloc(a, good.n + 1);
	memcpy(copy, good.p, good.n);
	assert_non_null(font_cff_fault(bytes_of(copy, good.n + 1)));
	for (size_t n = 0; n < good.n; n++)
		assert_non_null(font_cff_fault(bytes_of(copy, n)));
	unsigned taken = 0;
	for (size_t i = 0; i < good.n; i++) { /* another number in a place of numbers is a font as well: never anything that the rebuilder writes otherwise */
		struct font font;
		copy[i] ^= 0x55;
		if (!font_cff_fault(bytes_of(copy, good.n))) {
			taken++;
			CHECK_OK(font_cff(a, bytes_of(copy, good.n), &font, &err_));
			assert_true(bytes_equal(font.program, bytes_of(copy, good.n)));
		}
		copy[i] ^= 0x55;
	}
	assert_true(taken < good.n * 3 / 4);
	arena_free(a);
}

static size_t walked(const char *code, size_t n, uint64_t work)
{
	struct font_walk w = { .work = work };
	return font_charstring(&w, bytes_of(code, n));
}
#define WALKED(text) walked(text, sizeof text - 1, 1000)

TEST(charstrings_are_walked)
{
	assert_int_equal(WALKED("\x8b\x16\x8c\x06\x0e"), 5);	     /* 0 hmoveto 1 hlineto endchar */
	assert_int_equal(WALKED("\x8b\x16\x8c\x06\x0e\x0e\x0e"), 5); /* what stands behind is not executed */
	assert_int_equal(WALKED("\x8c\x06\x0e"), 0);		     /* a line from nowhere */
	assert_int_equal(WALKED("\x8b\x16\x8c\x06"), 0);	     /* no end */
	assert_int_equal(WALKED("\x8b\x8b\x8b\x8b\x16\x0e"), 0);     /* too many numbers */
	assert_int_equal(WALKED("\x0b"), 0);			     /* back to nobody */
	assert_int_equal(WALKED("\x8b\x0a\x0e"), 0);		     /* no such subroutine */
	assert_int_equal(walked("\x8b\x16\x0e", 3, 2), 0);	     /* no more steps */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_font_becomes_one_form), cmocka_unit_test(names_stay_where_something_names_them), cmocka_unit_test(what_nobody_calls_goes),
		cmocka_unit_test(malformed_glyphs_become_empty),	  cmocka_unit_test(what_is_no_font_is_not_kept),		cmocka_unit_test(the_verifier_takes_no_byte_more_or_other),
		cmocka_unit_test(charstrings_are_walked),
	};
	return RUN_TESTS(tests);
}
