/* TrueTypeの書体 — what stays of a font and what goes, what becomes an empty glyph, which instructions are whole, and that the grammar reads this form only. */
#include "base/buf.h"
#include "base/check.h"
#include "sanitize/grammars/font.h"
#include "support/truetype_sums.h"

static struct arena *a;

/* Stand for CFF, which is tested elsewhere. */
int font_cff(struct arena *arena, struct bytes in, struct font *out, struct err *err)
{
	if (in.n < 4)
		return fail(err, ERR_MALFORMED, in.n, "no CFF");
	*out = (struct font){ .program = arena_bytes(arena, in), .glyphs = 1u + in.p[0] };
	return 0;
}

const char *font_cff_fault(struct bytes program)
{
	return program.n < 4 ? "CFF" : NULL;
}

/* ---- a maker of fonts, right and wrong ones ---- */

enum { TABLES_MOST = 24, GLYPHS = 4 };
struct maker {
	uint32_t version;
	unsigned n;
	struct { const char *tag; struct bytes data; } tables[TABLES_MOST];
};

static struct bytes words(size_t n, const int *values)
{
	struct buf b = buf_in(a, 0);

	for (size_t i = 0; i < n; i++)
		buf_u16be(&b, (uint16_t)values[i]);
	return buf_view(&b);
}
#define WORDS(...) words(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), (int[]){ __VA_ARGS__ })
#define OCTETS(...) bytes_of(arena_copy(a, (uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })), sizeof((uint8_t[]){ __VA_ARGS__ }))

static struct bytes joined(struct bytes first, struct bytes second)
{
	struct buf b = buf_in(a, 0);

	buf_bytes(&b, first), buf_bytes(&b, second);
	return buf_view(&b);
}

static void set(struct maker *m, const char *tag, struct bytes data)
{
	unsigned i = 0;

	while (i < m->n && strcmp(m->tables[i].tag, tag) != 0)
		i++;
	if (i == m->n)
		m->n++;
	m->tables[i].tag = tag, m->tables[i].data = data;
}

static void drop(struct maker *m, const char *tag)
{
	for (unsigned i = 0; i < m->n; i++)
		if (strcmp(m->tables[i].tag, tag) == 0)
			m->tables[i] = m->tables[--m->n];
}

static struct bytes made(const struct maker *m)
{
	struct buf b = buf_in(a, 0);
	size_t at = 12 + 16 * m->n;

	buf_u32be(&b, m->version), buf_u16be(&b, (uint16_t)m->n), buf_put(&b, "\0\0\0\0\0", 6);
	for (unsigned i = 0; i < m->n; i++) {
		buf_put(&b, m->tables[i].tag, 4), buf_u32be(&b, 0), buf_u32be(&b, (uint32_t)at), buf_u32be(&b, (uint32_t)m->tables[i].data.n);
		at += m->tables[i].data.n;
	}
	for (unsigned i = 0; i < m->n; i++)
		buf_bytes(&b, m->tables[i].data);
	return buf_view(&b);
}

/* Three points: one byte each way, two bytes each way, one byte and none. */
static struct bytes triangle(struct bytes code)
{
	struct bytes head = joined(WORDS(1, 0, 0, 600, 600, 2, (int)code.n), code);

	return joined(head, OCTETS(0x37, 0x01, 0x33, 10, 1, 244, 20, 10, 1, 244));
}

static void set_glyphs(struct maker *m, size_t n, const struct bytes *glyphs)
{
	struct buf glyf = buf_in(a, 0), loca = buf_in(a, 0);

	buf_u16be(&loca, 0);
	for (size_t i = 0; i < n; i++) {
		buf_bytes(&glyf, glyphs[i]);
		if (glyf.n & 1)
			buf_byte(&glyf, 0);
		buf_u16be(&loca, (uint16_t)(glyf.n / 2));
	}
	set(m, "glyf", buf_view(&glyf)), set(m, "loca", buf_view(&loca));
	set(m, "maxp", WORDS(1, 0, (int)n, 0, 0, 0, 0, 2, 4, 8, 8, 2, 64, 0, 0, 0));
	set(m, "hhea", WORDS(1, 0, 800, -200, 90, 600, 0, 0, 600, 1, 0, 0, 0, 0, 0, 0, 0, 1));
	set(m, "hmtx", WORDS(600, 0, 1, 2, 3));
}

static struct maker maker(void)
{
	struct maker m = { .version = 0x00010000 };

	set(&m, "head", WORDS(1, 0, 0, 0, 0, 0, 0x5f0f, 0x3cf5, 3, 1000, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 600, 600, 0, 8, 2, 0, 0));
	set_glyphs(&m, GLYPHS, (struct bytes[GLYPHS]){ triangle(OCTETS(0xb1, 1, 2)), { NULL, 0 }, triangle(BYTES("")), WORDS(-1, 0, 0, 600, 600, 0x22, 0, 0x0101, 2, 2, 0x0101) });
	return m;
}

/* Rebuilt; the grammar has no fault with it, and rebuilding it again changes nothing. */
static struct font rebuilt(const struct maker *m)
{
	struct font font = { 0 }, again;

	CHECK_OK(font_truetype(a, made(m), &font, &err_));
	const char *fault = font_truetype_fault(font.program);
	if (fault)
		print_error("%s\n", fault);
	assert_null(fault);
	CHECK_OK(font_truetype(a, font.program, &again, &err_));
	assert_int_equal(again.emptied, 0);
	assert_true(bytes_equal(font.program, again.program));
	return font;
}

static void refused(const struct maker *m, enum err_code code)
{
	struct font font;
	struct err err = { 0 };

	assert_int_equal(font_truetype(a, made(m), &font, &err), -1);
	assert_int_equal(err.code, code);
}

static struct bytes table(struct bytes font, const char *tag)
{
	for (size_t row = 12; row < 12 + 16 * (size_t)font.p[5]; row += 16)
		if (memcmp(font.p + row, tag, 4) == 0)
			return bytes_of(font.p + truetype_get32(font.p + row + 8), truetype_get32(font.p + row + 12));
	return (struct bytes){ NULL, 0 };
}

static unsigned word_of(struct bytes font, const char *tag, size_t at)
{
	struct bytes t = table(font, tag);

	assert_true(at + 2 <= t.n);
	return (unsigned)t.p[at] << 8 | t.p[at + 1];
}

/* ---- tables ---- */

TEST(what_draws_stays_and_all_else_goes)
{
	a = arena_new(0);
	struct maker m = maker();
	set(&m, "GSUB", BYTES("features")), set(&m, "SVG ", BYTES("<svg onload='x'/>")), set(&m, "name", WORDS(0, 0, 6)), set(&m, "fvar", BYTES("x"));
	set(&m, "cvt ", WORDS(1, 2, 3)), set(&m, "prep", OCTETS(0xb0, 1)), set(&m, "fpgm", OCTETS(0xb0, 0, 0x2c, 0x2d));
	struct bytes p = rebuilt(&m).program;
	static const char tags[][5] = { "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep" };
	assert_int_equal(p.p[5], COUNT(tags));
	for (size_t i = 0; i < COUNT(tags); i++)
		assert_memory_equal(p.p + 12 + 16 * i, tags[i], 4);
	assert_true(bytes_equal(table(p, "hmtx"), WORDS(600, 0, 1, 2, 3)));
	assert_true(bytes_equal(table(p, "cvt "), WORDS(1, 2, 3)));
	assert_true(bytes_equal(bytes_of(table(p, "glyf").p, 30), bytes_of(m.tables[1].data.p, 30)));
	/* the times of its making go */
	for (size_t i = 20; i < 36; i++)
		assert_int_equal(table(p, "head").p[i], 0);
	arena_free(a);
}

TEST(a_font_without_what_it_needs_is_refused)
{
	static const char needed[][5] = { "head", "maxp", "hhea", "hmtx", "loca", "glyf" };
	a = arena_new(0);
	for (size_t i = 0; i < COUNT(needed); i++) {
		struct maker m = maker();
		drop(&m, needed[i]);
		refused(&m, ERR_MALFORMED);
	}
	static const struct { unsigned at, value; } wrong[] = { { 12, 0 }, { 18, 15 }, { 18, 16385 }, { 52, 1 } };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct maker m = maker();
		uint8_t *head = arena_copy(a, m.tables[0].data.p, m.tables[0].data.n);
		truetype_put16(head + wrong[i].at, wrong[i].value);
		set(&m, "head", bytes_of(head, 54));
		refused(&m, ERR_MALFORMED);
	}
	struct maker m = maker();
	set(&m, "maxp", WORDS(1, 0, 0));
	refused(&m, ERR_MALFORMED);
	m = maker(), m.version = 0x74746366;
	refused(&m, ERR_UNSUPPORTED);
	m.version = 0x774f4646;
	refused(&m, ERR_UNSUPPORTED);
	struct bytes cut = bytes_of(made(&m).p, 20);
	struct font font;
	assert_int_equal(font_truetype(a, cut, &font, NULL), -1);
	assert_int_equal(font_truetype(a, bytes_of(cut.p, (size_t)FONT_BYTES_MOST + 1), &font, NULL), -1);
	arena_free(a);
}

TEST(metrics_are_as_many_as_glyphs)
{
	a = arena_new(0);
	struct maker m = maker();
	set(&m, "hmtx", WORDS(600, 0, 1));
	assert_true(bytes_equal(table(rebuilt(&m).program, "hmtx"), WORDS(600, 0, 1, 0, 0)));
	set(&m, "hhea", WORDS(1, 0, 800, -200, 90, 600, 0, 0, 600, 1, 0, 7, 9, 9, 9, 9, 9, 60000));
	struct bytes p = rebuilt(&m).program;
	assert_int_equal(word_of(p, "hhea", 34), GLYPHS);
	assert_int_equal(word_of(p, "hhea", 22), 7);
	assert_int_equal(word_of(p, "hhea", 24), 0);
	assert_int_equal(table(p, "hmtx").n, 4 * GLYPHS);
	arena_free(a);
}

TEST(maxp_is_counted_not_believed)
{
	static const unsigned right[] = { 3, 1, 6, 2, 2, 4, 8, 8, 2, 64, 3, 2, 1 };
	a = arena_new(0);
	struct maker m = maker();
	struct bytes p = rebuilt(&m).program;
	for (size_t i = 0; i < COUNT(right); i++)
		assert_int_equal(word_of(p, "maxp", 6 + 2 * i), right[i]);
	arena_free(a);
}

/* ---- glyphs ---- */

static unsigned emptied_of(size_t n, const struct bytes *glyphs)
{
	struct maker m = maker();

	set_glyphs(&m, n, glyphs);
	return rebuilt(&m).emptied;
}
#define EMPTIED(...) emptied_of(sizeof((struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes), (struct bytes[]){ __VA_ARGS__ })

TEST(a_malformed_glyph_becomes_an_empty_one)
{
	a = arena_new(0);
	struct bytes good = triangle(BYTES(""));
	assert_int_equal(EMPTIED(good), 0);
	assert_int_equal(EMPTIED(bytes_of(good.p, good.n - 2), good), 1);					    /* its last coordinate lies in the next */
	assert_int_equal(EMPTIED(bytes_of(good.p, 9)), 1);
	assert_int_equal(EMPTIED(joined(WORDS(2, 0, 0, 9, 9, 2, 2, 0), OCTETS(0x3f, 8, 0, 0, 0, 0, 0, 0))), 1);	    /* ends that do not rise */
	assert_int_equal(EMPTIED(joined(WORDS(1, 0, 0, 9, 9, 65535, 0), OCTETS(0x39, 255))), 1);
	assert_int_equal(EMPTIED(joined(WORDS(1, 0, 0, 9, 9, 0, 900), OCTETS(0x3f, 0, 0, 0))), 1);		    /* instructions beyond the end */
	assert_int_equal(EMPTIED(joined(WORDS(0, 0, 0, 9, 9), BYTES("hidden"))), 0);				    /* nothing is drawn */
	assert_int_equal(EMPTIED(joined(good, BYTES("hidden"))), 0);
	arena_free(a);
}

TEST(a_repeat_ends_with_the_points)
{
	a = arena_new(0);
	struct maker m = maker();
	set_glyphs(&m, 1, (struct bytes[]){ joined(WORDS(1, 0, 0, 9, 9, 2, 0), OCTETS(0xb9, 200)) }); /* three points, 201 flags, with the bit that nobody knows */
	struct font font = rebuilt(&m);
	assert_int_equal(font.emptied, 0);
	assert_int_equal(word_of(font.program, "glyf", 14), 0x3902);
	arena_free(a);
}

#define COMPONENT(...) WORDS(-1, 0, 0, 9, 9, __VA_ARGS__)

TEST(glyphs_of_glyphs_end_somewhere)
{
	a = arena_new(0);
	struct bytes good = triangle(BYTES("")), chain[16] = { good };
	assert_int_equal(EMPTIED(good, COMPONENT(2, 0, 0), COMPONENT(0x22, 1, 0, 0, 0, 0)), 0);
	assert_int_equal(EMPTIED(good, COMPONENT(2, 2, 0)), 1);					     /* a glyph that is none */
	assert_int_equal(EMPTIED(COMPONENT(2, 0, 0)), 1);					     /* itself */
	assert_int_equal(EMPTIED(COMPONENT(2, 1, 0), COMPONENT(2, 2, 0), COMPONENT(2, 0, 0)), 3);    /* by others */
	assert_int_equal(EMPTIED(good, COMPONENT(0x22, 0, 0, 0, 0, 0x0202)), 0);		     /* points that meet */
	assert_int_equal(EMPTIED(good, COMPONENT(0x22, 0, 0, 0, 0, 0x0302)), 1);
	assert_int_equal(EMPTIED(good, COMPONENT(0x22, 0, 0, 0, 0, 0x0203)), 1);
	assert_int_equal(EMPTIED(good, COMPONENT(0x23, 0, 0)), 1);				     /* cut short */
	for (int i = 1; i < 16; i++)
		chain[i] = COMPONENT(2, i - 1, 0);
	assert_int_equal(emptied_of(1 + TRUETYPE_DEPTH_MOST, chain), 0);
	assert_true(emptied_of(2 + TRUETYPE_DEPTH_MOST, chain) > 0);
	arena_free(a);
}

TEST(what_a_glyph_comes_to_is_bounded)
{
	a = arena_new(0);
	struct bytes glyphs[TRUETYPE_DEPTH_MOST] = { joined(WORDS(1, 0, 0, 9, 9, 0, 0), OCTETS(0x37, 1, 1)) };
	for (int g = 1; g < TRUETYPE_DEPTH_MOST; g++) { /* each eight of the one before: 8^9 */
		struct bytes b = WORDS(-1, 0, 0, 9, 9);
		for (int i = 0; i < 8; i++)
			b = joined(b, WORDS(i < 7 ? 0x22 : 2, g - 1, 0));
		glyphs[g] = b;
	}
	assert_true(emptied_of(TRUETYPE_DEPTH_MOST, glyphs) > 0);
	arena_free(a);
}

TEST(places_that_are_none_are_empty_glyphs)
{
	a = arena_new(0);
	struct maker m = maker();
	int n = (int)triangle(BYTES("")).n / 2;
	set_glyphs(&m, GLYPHS, (struct bytes[GLYPHS]){ triangle(BYTES("")), triangle(BYTES("")), triangle(BYTES("")), triangle(BYTES("")) });
	set(&m, "loca", WORDS(0, n, 2 * n, 9000, 9000));	/* beyond */
	assert_int_equal(rebuilt(&m).emptied, 0);		/* the third is cut at the end of the table, the fourth is none */
	set(&m, "loca", WORDS(0, n));				/* places of one */
	assert_int_equal(word_of(rebuilt(&m).program, "loca", 8), (unsigned)n);
	set(&m, "loca", WORDS(0, 3 * n, n, 3 * n, n));		/* in no order: as far as they go */
	assert_int_equal(rebuilt(&m).emptied, 0);
	arena_free(a);
}

TEST(places_on_one_another_do_not_multiply)
{
	enum { MANY = 2000, POINTS = 200 };
	struct buf glyf, loca;
	struct font font;
	a = arena_new(0);
	struct maker m = maker();
	glyf = buf_in(a, 0), loca = buf_in(a, 0);
	buf_bytes(&glyf, WORDS(1, 0, 0, 9, 9, POINTS - 1, 0));
	for (int i = 0; i < 5 * POINTS; i++)
		buf_byte(&glyf, 0x01);
	for (unsigned i = 0; i <= MANY; i++)
		buf_u16be(&loca, i % 2 ? (uint16_t)(glyf.n / 2) : 0);
	set(&m, "glyf", buf_view(&glyf)), set(&m, "loca", buf_view(&loca)), set(&m, "maxp", WORDS(1, 0, MANY));
	font = rebuilt(&m);
	assert_true(table(font.program, "glyf").n <= TRUETYPE_OVERLAPS_MOST * glyf.n);
	assert_true(font.emptied > MANY / 4);
	arena_free(a);
}

TEST(many_outlines_have_places_of_32_bits)
{
	enum { MANY = 5000 };
	a = arena_new(0);
	struct maker m = maker();
	struct bytes one = triangle(BYTES(""));
	struct buf glyf = buf_in(a, 0), loca = buf_in(a, 0);
	uint8_t *head = arena_copy(a, m.tables[0].data.p, m.tables[0].data.n);
	for (unsigned i = 0; i <= MANY; i++) {
		buf_u32be(&loca, (uint32_t)glyf.n);
		buf_bytes(&glyf, one);
		buf_put(&glyf, "\0\0\0", 3);
	}
	head[51] = 1;
	set(&m, "head", bytes_of(head, 54)), set(&m, "glyf", buf_view(&glyf)), set(&m, "loca", buf_view(&loca)), set(&m, "maxp", WORDS(1, 0, MANY));
	struct font font = rebuilt(&m);
	assert_int_equal(font.emptied, 0);
	assert_int_equal(word_of(font.program, "head", 50), (one.n + 1) / 2 * 2 * MANY > 131070);
	arena_free(a);
}

/* ---- instructions ---- */

static bool whole(struct bytes stream, bool of_glyph)
{
	struct truetype_code code = { .kept = true };

	return truetype_code_is_whole(stream, of_glyph, &code);
}

TEST(instructions_pair_and_pushes_end_within)
{
	a = arena_new(0);
	assert_true(whole(BYTES(""), true));
	assert_true(whole(OCTETS(0x40, 2, 0x58, 0x58, 0x41, 1, 0x58, 0x58, 0xb0, 0x58, 0xbf, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), true));
	assert_false(whole(OCTETS(0x40, 2, 1), true));
	assert_false(whole(OCTETS(0x40), true));
	assert_false(whole(OCTETS(0x41, 1, 1), true));
	assert_false(whole(OCTETS(0xb7, 1, 2, 3, 4, 5, 6, 7), true));
	assert_false(whole(OCTETS(0xb8, 1), true));
	assert_true(whole(OCTETS(0x58, 0x58, 0x1b, 0x59, 0x59), true));
	assert_false(whole(OCTETS(0x58), true));
	assert_false(whole(OCTETS(0x59), true));
	assert_false(whole(OCTETS(0x1b), true));
	assert_true(whole(OCTETS(0x2c, 0x58, 0x59, 0x2d), false));
	assert_false(whole(OCTETS(0x2c, 0x2d), true));
	assert_false(whole(OCTETS(0x2c), false));
	assert_false(whole(OCTETS(0x2d), false));
	assert_false(whole(OCTETS(0x2c, 0x2c, 0x2d, 0x2d), false));
	assert_false(whole(OCTETS(0x2c, 0x58, 0x2d, 0x59), false));
	assert_false(whole(OCTETS(0x58, 0x2c, 0x59, 0x2d), false));
	assert_false(whole(OCTETS(0xa0), false));
	assert_true(whole(OCTETS(0xa0, 0x89, 0x2d), false)); /* it may be the one defined */
	uint8_t *longest = arena_alloc(a, TRUETYPE_CODE_MOST + 1);
	assert_true(whole(bytes_of(longest, TRUETYPE_CODE_MOST), false));
	assert_false(whole(bytes_of(longest, TRUETYPE_CODE_MOST + 1), false));
	arena_free(a);
}

TEST(a_glyph_loses_its_instructions_a_font_all_of_them)
{
	a = arena_new(0);
	struct maker m = maker();
	set_glyphs(&m, 3, (struct bytes[]){ triangle(OCTETS(0x58)), triangle(OCTETS(0xb0, 1)), joined(COMPONENT(0x103, 0, 1, 2), WORDS(1, 0x5900)) });
	set(&m, "fpgm", OCTETS(0x2c, 0x2d)), set(&m, "cvt ", WORDS(1));
	struct font font = rebuilt(&m);
	assert_int_equal(font.emptied, 0);
	assert_int_equal(word_of(font.program, "glyf", 12), 0);
	assert_int_equal(word_of(font.program, "maxp", 26), 2);
	set(&m, "prep", OCTETS(0x40));
	font = rebuilt(&m);
	assert_int_equal(word_of(font.program, "maxp", 26), 0);
	assert_null(table(font.program, "fpgm").p);
	assert_null(table(font.program, "prep").p);
	assert_null(table(font.program, "cvt ").p);
	arena_free(a);
}

/* ---- characters and names ---- */

static struct bytes cmap_of(struct bytes subtable)
{
	struct maker m = maker();

	set(&m, "cmap", joined(WORDS(0, 1, 3, 1, 0, 12), subtable));
	struct bytes p = table(rebuilt(&m).program, "cmap");
	return p.n ? bytes_of(p.p + 12, p.n - 12) : p;
}

TEST(characters_find_the_glyphs_that_are_there)
{
	a = arena_new(0);
	/* 0x41 by distance, 0x50 to 0x52 by list; a length that lies and a search that is none */
	assert_true(bytes_equal(cmap_of(WORDS(4, 9, 7, 6, 0, 0, 0, 0x41, 0x52, 0xffff, 0, 0x41, 0x50, 0xffff, -0x40, 1, 0, 0, 4, 0xffff, 1, 0, 2)),
				WORDS(4, 46, 0, 6, 4, 1, 2, 0x41, 0x52, 0xffff, 0, 0x41, 0x50, 0xffff, -0x40, 0, 1, 0, 4, 0, 2, 0, 3)));
	/* glyphs that are none, a segment upside down, one over another, a list beyond the end */
	assert_true(bytes_equal(cmap_of(WORDS(4, 56, 0, 10, 0, 0, 0, 0x42, 0x30, 0x42, 0x60, 0xffff, 0, 0x41, 0x40, 0x41, 0x60, 0xffff, -0x3e, 0, 0, 0, 1, 0, 0, 0, 99, 0)),
				WORDS(4, 34, 0, 4, 4, 1, 0, 0x41, 0xffff, 0, 0x41, 0xffff, 0, 1, 4, 0, 3)));
	assert_true(bytes_equal(cmap_of(WORDS(6, 99, 3, 0x41, 9, 1, 4, 3)), WORDS(6, 16, 0, 0x41, 3, 1, 0, 3)));
	assert_true(bytes_equal(cmap_of(WORDS(12, 0, 0, 99, 0, 7, 0, 3, 0, 0x41, 0, 0x49, 0, 2, 0, 0x45, 0, 0x46, 0, 0, 0x20, 0, 0x20, 0, 0, 1)),
				WORDS(12, 0, 0, 40, 0, 0, 0, 2, 0, 0x41, 0, 0x42, 0, 2, 0, 0x45, 0, 0x46, 0, 0)));
	assert_null(cmap_of(WORDS(14, 0, 10, 0, 0)).p);
	assert_null(cmap_of(WORDS(4, 16, 0, 200, 0, 0, 0, 0)).p);
	arena_free(a);
}

TEST(ways_to_the_same_subtable_share_it)
{
	a = arena_new(0);
	struct maker m = maker();
	struct bytes run = WORDS(6, 12, 0, 0x41, 1, 2);
	set(&m, "cmap", joined(joined(WORDS(0, 4, 3, 1, 0, 36, 0, 3, 0, 36, 3, 1, 0, 40, 9, 9, 0, 36), run), BYTES("hidden")));
	assert_true(bytes_equal(table(rebuilt(&m).program, "cmap"), joined(WORDS(0, 2, 0, 3, 0, 20, 3, 1, 0, 20), run)));
	arena_free(a);
}

TEST(lists_on_one_another_do_not_multiply)
{
	enum { WAYS = 40, SHARED = 20000, SUBTABLE = 24 };
	a = arena_new(0);
	struct maker m = maker();
	struct buf b = buf_in(a, 0);
	buf_u16be(&b, 0), buf_u16be(&b, WAYS);
	for (unsigned i = 0; i < WAYS; i++)
		buf_u32be(&b, i), buf_u32be(&b, 4 + WAYS * 8 + i * SUBTABLE);
	for (unsigned i = 0; i < WAYS; i++) /* one segment each, all of the same list */
		buf_bytes(&b, WORDS(4, 0, 0, 2, 0, 0, 0, SHARED - 1, 0, 0, 0, 2 + SUBTABLE * (int)(WAYS - 1 - i)));
	for (unsigned i = 0; i < SHARED; i++)
		buf_u16be(&b, 1);
	set(&m, "cmap", buf_view(&b));
	assert_true(table(rebuilt(&m).program, "cmap").n < 4 * b.n);
	arena_free(a);
}

TEST(names_that_glyphs_bear_stay)
{
	a = arena_new(0);
	struct maker m = maker();
	struct bytes head = WORDS(2, 0, 0, 0, -100, 50, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), names = BYTES("\3one\6hidden\2<\n\5three\11cut");
	set(&m, "post", joined(joined(head, WORDS(4, 261, 36, 260, 258)), names));
	struct bytes right = joined(WORDS(2, 0, 0, 0, -100, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 258, 36, 0, 259), BYTES("\5three\3one"));
	assert_true(bytes_equal(table(rebuilt(&m).program, "post"), right));
	set(&m, "post", joined(WORDS(4, 0), bytes_of(head.p, 28)));
	assert_int_equal(word_of(rebuilt(&m).program, "post", 0), 3);
	set(&m, "post", bytes_of(head.p, 31));
	assert_null(table(rebuilt(&m).program, "post").p);
	arena_free(a);
}

TEST(os2_is_of_a_version_that_fits)
{
	a = arena_new(0);
	struct maker m = maker();
	uint8_t *os2 = arena_alloc(a, 120);
	os2[1] = 9, memcpy(os2 + 58, "A\0B\xff", 4);
	static const struct { size_t n, kept, version; } sizes[] = { { 77, 0, 0 }, { 78, 78, 0 }, { 90, 86, 1 }, { 96, 96, 4 }, { 120, 100, 5 } };
	for (size_t i = 0; i < COUNT(sizes); i++) {
		set(&m, "OS/2", bytes_of(os2, sizes[i].n));
		struct bytes p = rebuilt(&m).program;
		assert_int_equal(table(p, "OS/2").n, sizes[i].kept);
		if (sizes[i].kept) {
			assert_int_equal(word_of(p, "OS/2", 0), sizes[i].version);
			assert_memory_equal(table(p, "OS/2").p + 58, "A B ", 4);
		}
	}
	arena_free(a);
}

/* ---- CFF ---- */

TEST(cff_outlines_come_whole_or_bare)
{
	a = arena_new(0);
	struct maker m = maker();
	m.version = 0x4f54544f;
	drop(&m, "glyf"), drop(&m, "loca");
	refused(&m, ERR_MALFORMED);
	set(&m, "CFF ", OCTETS(3, 0, 4, 1)), set(&m, "VORG", WORDS(1, 0, 880, 3, 1, 900, 1, 1, 9, 1)), set(&m, "cvt ", WORDS(1));
	struct bytes p = rebuilt(&m).program;
	assert_int_equal(table(p, "maxp").n, 6);
	assert_true(bytes_equal(table(p, "VORG"), WORDS(1, 0, 880, 1, 1, 900)));
	assert_null(table(p, "cvt ").p);
	drop(&m, "head");
	p = rebuilt(&m).program;
	assert_int_equal(p.p[5], 1);
	arena_free(a);
}

/* ---- the grammar ---- */

static struct maker full(void)
{
	struct maker m = maker();

	set(&m, "cmap", joined(WORDS(0, 1, 3, 1, 0, 12), WORDS(4, 46, 0, 6, 4, 1, 2, 0x41, 0x52, 0xffff, 0, 0x41, 0x50, 0xffff, -0x40, 0, 1, 0, 4, 0, 2, 0, 3)));
	set(&m, "post", joined(WORDS(2, 0, 0, 0, -100, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 258, 36, 0, 259), BYTES("\5three\3one")));
	set(&m, "vhea", WORDS(1, 0x1000, 800, -200, 90, 600, 0, 0, 600, 1, 0, 0, 0, 0, 0, 0, 0, 4)), set(&m, "vmtx", WORDS(1000, 1, 1000, 2, 1000, 3, 1000, 4));
	set(&m, "fpgm", OCTETS(0x2c, 0x2d)), set(&m, "prep", OCTETS(0xb0, 1)), set(&m, "cvt ", WORDS(1, 2)), set(&m, "OS/2", bytes_of(arena_alloc(a, 96), 96));
	return m;
}

TEST(no_byte_changes_unseen)
{
	a = arena_new(0);
	struct maker m = full();
	struct bytes p = rebuilt(&m).program;
	uint8_t *copy = arena_copy(a, p.p, p.n);
	for (size_t i = 0; i < p.n; i++) {
		copy[i] ^= 1;
		assert_non_null(font_truetype_fault(bytes_of(copy, p.n)));
		copy[i] ^= 1;
	}
	for (size_t n = 0; n < p.n; n++)
		assert_non_null(font_truetype_fault(bytes_of(arena_copy(a, p.p, n), n)));
	assert_non_null(font_truetype_fault(joined(p, WORDS(0, 0))));
	arena_free(a);
}

TEST(a_wrong_field_is_a_fault)
{
	static const struct { const char *tag; size_t at; unsigned value; } wrong[] = {
		{ "head", 0, 2 }, { "head", 4, 7 }, { "head", 12, 0 }, { "head", 16, 0x8000 }, { "head", 18, 15 }, { "head", 18, 16385 }, { "head", 22, 1 }, { "head", 44, 0x80 },
		{ "head", 48, 0 }, { "head", 50, 1 }, { "head", 52, 1 }, { "maxp", 0, 2 }, { "maxp", 4, 0 }, { "maxp", 4, 5 }, { "maxp", 6, 4 }, { "maxp", 8, 2 }, { "maxp", 10, 7 },
		{ "maxp", 12, 3 }, { "maxp", 14, 0 }, { "maxp", 14, 3 }, { "maxp", 26, 4 }, { "maxp", 28, 1 }, { "maxp", 30, 2 }, { "hhea", 0, 2 }, { "hhea", 24, 1 }, { "hhea", 32, 1 },
		{ "hhea", 34, 0 }, { "hhea", 34, 2 }, { "hhea", 34, 5 }, { "vhea", 2, 1 }, { "vhea", 34, 3 }, { "loca", 0, 1 }, { "loca", 2, 1 }, { "loca", 4, 9000 }, { "loca", 8, 1 },
		{ "glyf", 0, 0 }, { "glyf", 0, 2 }, { "glyf", 10, 1 }, { "glyf", 10, 3 }, { "glyf", 12, 2 }, { "glyf", 14, 0xb201 }, { "glyf", 14, 0x4002 }, { "glyf", 16, 0x02b7 },
		{ "cmap", 0, 1 }, { "cmap", 2, 2 }, { "cmap", 4, 5 }, { "cmap", 6, 256 }, { "cmap", 10, 13 }, { "cmap", 12, 2 }, { "cmap", 14, 44 }, { "cmap", 16, 1 }, { "cmap", 18, 7 },
		{ "cmap", 20, 2 }, { "cmap", 22, 2 }, { "cmap", 24, 0 }, { "cmap", 26, 0x50 }, { "cmap", 28, 0x53 }, { "cmap", 32, 1 }, { "cmap", 34, 0x42 }, { "cmap", 40, 4 },
		{ "cmap", 42, 1 }, { "cmap", 44, 2 }, { "cmap", 48, 2 }, { "cmap", 52, 0 }, { "cmap", 52, 4 }, { "cmap", 56, 0 }, { "post", 0, 4 }, { "post", 12, 1 }, { "post", 16, 1 },
		{ "post", 32, 3 }, { "post", 34, 259 }, { "post", 40, 260 }, { "post", 40, 258 }, { "post", 42, 0x0074 }, { "post", 42, 0x050a }, { "post", 42, 0x0774 }, { "fpgm", 0, 0x2c2c },
		{ "fpgm", 0, 0x2d2c }, { "fpgm", 0, 0x40b0 }, { "fpgm", 0, 0x2ca0 }, { "prep", 0, 0x5800 }, { "prep", 0, 0xb100 }, { "prep", 0, 0x00a0 }, { "OS/2", 0, 6 }, { "OS/2", 0, 1 },
		{ "OS/2", 58, 0x2000 },
	};
	a = arena_new(0);
	struct maker m = full();
	struct bytes p = rebuilt(&m).program;
	uint8_t *same = arena_copy(a, p.p, p.n);
	truetype_mend_sums(same, p.n);
	assert_memory_equal(same, p.p, p.n);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		uint8_t *copy = arena_copy(a, p.p, p.n);
		struct bytes t = table(p, wrong[i].tag);
		assert_true(wrong[i].at + 2 <= t.n);
		truetype_put16(copy + (t.p - p.p) + wrong[i].at, wrong[i].value);
		truetype_mend_sums(copy, p.n);
		if (!font_truetype_fault(bytes_of(copy, p.n)))
			fail_msg("%s at %zu: %u is no fault", wrong[i].tag, wrong[i].at, wrong[i].value);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_draws_stays_and_all_else_goes),
		cmocka_unit_test(a_font_without_what_it_needs_is_refused),
		cmocka_unit_test(metrics_are_as_many_as_glyphs),
		cmocka_unit_test(maxp_is_counted_not_believed),
		cmocka_unit_test(a_malformed_glyph_becomes_an_empty_one),
		cmocka_unit_test(a_repeat_ends_with_the_points),
		cmocka_unit_test(glyphs_of_glyphs_end_somewhere),
		cmocka_unit_test(what_a_glyph_comes_to_is_bounded),
		cmocka_unit_test(places_that_are_none_are_empty_glyphs),
		cmocka_unit_test(places_on_one_another_do_not_multiply),
		cmocka_unit_test(many_outlines_have_places_of_32_bits),
		cmocka_unit_test(instructions_pair_and_pushes_end_within),
		cmocka_unit_test(a_glyph_loses_its_instructions_a_font_all_of_them),
		cmocka_unit_test(characters_find_the_glyphs_that_are_there),
		cmocka_unit_test(ways_to_the_same_subtable_share_it),
		cmocka_unit_test(lists_on_one_another_do_not_multiply),
		cmocka_unit_test(names_that_glyphs_bear_stay),
		cmocka_unit_test(os2_is_of_a_version_that_fits),
		cmocka_unit_test(cff_outlines_come_whole_or_bare),
		cmocka_unit_test(no_byte_changes_unseen),
		cmocka_unit_test(a_wrong_field_is_a_fault),
	};
	return RUN_TESTS(tests);
}
