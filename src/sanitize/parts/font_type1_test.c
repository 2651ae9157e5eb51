/* 書体（Type 1）の試験 — what of a font stays, what goes, which glyphs become empty; that the grammar knows what is written and nothing near it; and that a second pass changes nothing. */
#include "base/check.h"
#include "base/buf.h"
#include "sanitize/grammars/font.h"
#include "sanitize/parts/font.h"

enum shape { BINARY, HEXADECIMAL, SEGMENTS };
struct sample {
	const char *clear;	    /* NULL: the usual one */
	const char *hints;	    /* of the private part */
	int lead;		    /* lenIV; 0: the usual 4 and unsaid; 100: none, said as 0 */
	const char *const *subrs;   /* ends with NULL; "" is a gap */
	const char *const *glyphs;  /* name, code, name, code, NULL */
	enum shape shape;
};

static const char usual[] =
	"%!PS-AdobeFont-1.0: Sample 001.001\n%%Title: eexec\n11 dict begin\n/FontInfo 9 dict dup begin\n/Notice (Nobody \\) /FontMatrix [9 9 9 9 9 9] ( eexec )) readonly def\n"
	"/ItalicAngle -12.50 def\n/isFixedPitch false def\n/UnderlinePosition -100 def\nend readonly def\n/FontName /Sample def\n/PaintType 0 def\n/FontType 1 def\n"
	"/FontMatrix [0.001 0 0 1e-3 0 -0.0]readonly def\n/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\ndup 65 /A put\ndup 8#102/B put\ndup 67 /.notdef put\n"
	"readonly def\n/UniqueID 4000000 def\n/FontBBox{-10 -20 1000 900}readonly def\ncurrentdict end\ncurrentfile eexec\n";
static const char *const standard_subrs[] = { "3 0 callothersubr pop pop setcurrentpoint return", "0 1 callothersubr return", "0 2 callothersubr return", "return",
	"1 3 callothersubr pop callsubr return", "10 20 hstem return", NULL };
static const char *const two_glyphs[] = { ".notdef", "0 250 hsbw endchar", "A", "10 500 hsbw 0 700 vstem 5 4 callsubr 100 -200 rmoveto 1000 hlineto 700 vlineto -400 2 div 0 rlineto "
	"closepath endchar", NULL };

static void encrypt(uint8_t *p, size_t n, unsigned key)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t)(p[i] ^ key >> 8);
		key = ((p[i] + key) * 52845 + 22719) & 0xffff;
	}
}
static void decrypt(uint8_t *p, size_t n, unsigned key)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = p[i];
		p[i] = (uint8_t)(c ^ key >> 8);
		key = ((c + key) * 52845 + 22719) & 0xffff;
	}
}

/* ---- a maker of fonts, right and wrong ones ---- */

static void put_number(struct buf *b, long v)
{
	if (v >= -107 && v <= 107)
		buf_byte(b, (uint8_t)(v + 139));
	else if (v >= 108 && v <= 1131)
		buf_byte(b, (uint8_t)(247 + (v - 108) / 256)), buf_byte(b, (uint8_t)((v - 108) % 256));
	else if (v <= -108 && v >= -1131)
		buf_byte(b, (uint8_t)(251 + (-v - 108) / 256)), buf_byte(b, (uint8_t)((-v - 108) % 256));
	else
		buf_byte(b, 255), buf_u32be(b, (uint32_t)v);
}

/* Words and numbers; #15 is the byte 15. */
static struct bytes code_of(struct arena *a, const char *text)
{
	static const struct {
		const char *word;
		uint8_t first, second;
	} words[] = { { "hstem", 1, 0 }, { "vstem", 3, 0 }, { "vmoveto", 4, 0 }, { "rlineto", 5, 0 }, { "hlineto", 6, 0 }, { "vlineto", 7, 0 }, { "rrcurveto", 8, 0 },
		      { "closepath", 9, 0 }, { "callsubr", 10, 0 }, { "return", 11, 0 }, { "hsbw", 13, 0 }, { "endchar", 14, 0 }, { "rmoveto", 21, 0 }, { "hmoveto", 22, 0 },
		      { "vhcurveto", 30, 0 }, { "hvcurveto", 31, 0 }, { "dotsection", 12, 0 }, { "vstem3", 12, 1 }, { "hstem3", 12, 2 }, { "seac", 12, 6 }, { "sbw", 12, 7 },
		      { "div", 12, 12 }, { "callothersubr", 12, 16 }, { "pop", 12, 17 }, { "setcurrentpoint", 12, 33 } };
	struct buf b = buf_in(a, 0);

	for (const char *at = text; *at;) {
		size_t n = strcspn(at, " "), found = COUNT(words);
		for (size_t i = 0; i < COUNT(words); i++)
			if (strlen(words[i].word) == n && memcmp(words[i].word, at, n) == 0)
				found = i;
		if (found < COUNT(words)) {
			buf_byte(&b, words[found].first);
			if (words[found].first == 12)
				buf_byte(&b, words[found].second);
		} else if (*at == '#') {
			buf_byte(&b, (uint8_t)strtol(at + 1, NULL, 10));
		} else {
			put_number(&b, strtol(at, NULL, 10));
		}
		at += n + (at[n] == ' ');
	}
	return buf_view(&b);
}

static void put_code(struct arena *a, struct buf *b, const char *text, int lead)
{
	struct bytes code = code_of(a, text);
	size_t before = lead == 0 ? 4 : lead < 0 || lead == 100 ? 0 : (size_t)lead, at;

	buf_decimal(b, before + code.n), buf_str(b, " -| "), at = b->n;
	for (size_t i = 0; i < before; i++)
		buf_byte(b, 'x');
	buf_bytes(b, code);
	if (lead >= 0)
		encrypt(b->p + at, b->n - at, 4330);
}

static struct bytes private_of(struct arena *a, const struct sample *s)
{
	struct buf b = buf_in(a, 0);

	buf_str(&b, "xxxxdup /Private 9 dict dup begin\n/-|{string currentfile exch readstring pop}executeonly def /|-{noaccess def}executeonly def /|{noaccess put}executeonly def\n");
	if (s->lead)
		buf_printf(&b, "/lenIV %d def\n", s->lead == 100 ? 0 : s->lead);
	buf_str(&b, s->hints ? s->hints : "/BlueValues [-20 0 700 720] def /StdHW [30.50] def /ForceBold true def /Secret (x) def /OtherSubrs [{/Subrs} {} {} {}] |-\n");
	if (s->subrs) {
		buf_str(&b, "/Subrs 99 array\n");
		for (unsigned i = 0; s->subrs[i]; i++)
			if (s->subrs[i][0])
				buf_printf(&b, "dup %u ", i), put_code(a, &b, s->subrs[i], s->lead), buf_str(&b, " |\n");
		buf_str(&b, "|-\n");
	}
	buf_str(&b, "2 index /CharStrings 7 dict dup begin\n");
	for (unsigned i = 0; s->glyphs[i]; i += 2)
		buf_byte(&b, '/'), buf_str(&b, s->glyphs[i]), buf_byte(&b, ' '), put_code(a, &b, s->glyphs[i + 1], s->lead), buf_str(&b, " |-\n");
	buf_str(&b, "end end readonly put noaccess put dup/FontName get exch definefont pop mark currentfile closefile\n");
	encrypt(b.p, b.n, 55665);
	return buf_view(&b);
}

static struct bytes font_of(struct arena *a, const struct sample *s)
{
	struct buf b = buf_in(a, 0);
	const char *clear = s->clear ? s->clear : usual;
	struct bytes private = private_of(a, s);

	if (s->shape == SEGMENTS)
		buf_byte(&b, 128), buf_byte(&b, 1), buf_u32le(&b, (uint32_t)strlen(clear));
	buf_str(&b, clear);
	if (s->shape == SEGMENTS) /* two of them, as large ones are written */
		buf_byte(&b, 128), buf_byte(&b, 2), buf_u32le(&b, 10), buf_put(&b, private.p, 10), private.p += 10, private.n -= 10,
			buf_byte(&b, 128), buf_byte(&b, 2), buf_u32le(&b, (uint32_t)private.n);
	for (size_t i = 0; i < private.n && s->shape == HEXADECIMAL; i++)
		buf_printf(&b, "%02x%s", private.p[i], i % 32 == 31 ? "\r\n" : "");
	if (s->shape != HEXADECIMAL)
		buf_bytes(&b, private);
	if (s->shape == SEGMENTS)
		buf_byte(&b, 128), buf_byte(&b, 1), buf_u32le(&b, 532);
	for (unsigned i = 0; i < 8; i++)
		buf_str(&b, "0000000000000000000000000000000000000000000000000000000000000000\n");
	buf_str(&b, "cleartomark\n");
	if (s->shape == SEGMENTS)
		buf_byte(&b, 128), buf_byte(&b, 3);
	return buf_view(&b);
}

/* ---- what comes out ---- */

static struct font rebuilt_bytes(struct arena *a, struct bytes in)
{
	struct font out = { 0 }, again = { 0 };

	CHECK_OK(font_type1(a, bytes_of(arena_copy(a, in.p, in.n), in.n), &out, &err_));
	const char *fault = font_type1_fault(out.program, out.length1, out.length2, out.length3);
	if (fault)
		fail_msg("the grammar: %s", fault);
	CHECK_OK(font_type1(a, out.program, &again, &err_));
	assert_true(bytes_equal(out.program, again.program));
	assert_int_equal(again.emptied, 0);
	assert_int_equal(again.glyphs, out.glyphs);
	return out;
}
static struct font rebuilt(struct arena *a, struct sample s)
{
	return rebuilt_bytes(a, font_of(a, &s));
}

static enum err_code refused(struct arena *a, struct bytes in)
{
	struct font out;
	struct err err = { 0 };

	assert_int_equal(font_type1(a, in, &out, &err), -1);
	return err.code;
}

static struct bytes open_private(struct arena *a, const struct font *f)
{
	uint8_t *p = arena_copy(a, f->program.p + f->length1, f->length2);

	decrypt(p, f->length2, 55665);
	return bytes_of(p + 4, f->length2 - 4);
}

static bool holds(struct bytes in, const char *text)
{
	return memmem(in.p, in.n, text, strlen(text));
}
static bool clear_holds(const struct font *f, const char *text)
{
	return holds(bytes_of(f->program.p, f->length1), text);
}

/* Of the glyph or subroutine that begins so. */
static struct bytes code_in(struct arena *a, const struct font *f, const char *start)
{
	struct bytes private = open_private(a, f);
	const uint8_t *at = memmem(private.p, private.n, start, strlen(start));

	assert_non_null(at);
	char *end;
	size_t n = strtoul((const char *)at + strlen(start), &end, 10);
	uint8_t *code = arena_copy(a, end + 4, n);
	decrypt(code, n, 4330);
	return bytes_of(code + 4, n - 4);
}

static void assert_code(struct arena *a, const struct font *f, const char *start, const char *text)
{
	if (!bytes_equal(code_in(a, f, start), code_of(a, text)))
		fail_msg("%s is not %s", start, text);
}

TEST(shapes_widths_encoding_and_hints_stay)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });

	assert_int_equal(f.glyphs, 2);
	assert_int_equal(f.emptied, 0);
	assert_int_equal(f.length1 + f.length2 + f.length3, f.program.n);
	assert_code(a, &f, "/A ", two_glyphs[3]);
	assert_code(a, &f, "/.notdef ", two_glyphs[1]);
	assert_code(a, &f, "dup 5 ", standard_subrs[5]);
	assert_true(clear_holds(&f, "dup 65 /A put\ndup 66 /B put\nreadonly def\n"));
	assert_true(clear_holds(&f, "/FontMatrix [0.001 0 0 0.001 0 0] readonly def\n/FontBBox {-10 -20 1000 900} readonly def\n"));
	assert_true(clear_holds(&f, "/ItalicAngle -12.5 def\n/isFixedPitch false def\n/UnderlinePosition -100 def\nend"));
	assert_true(holds(open_private(a, &f), "/BlueValues [-20 0 700 720] def\n/StdHW [30.5] def\n/ForceBold true def\n"));
}

TEST(what_no_renderer_needs_goes)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });
	struct bytes private = open_private(a, &f);

	assert_false(clear_holds(&f, "Nobody") || clear_holds(&f, "UniqueID") || clear_holds(&f, "Title") || clear_holds(&f, "001.001"));
	assert_false(holds(private, "Secret") || holds(private, "{/Subrs}") || holds(private, "|-"));
}

TEST(segments_and_hexadecimal_digits_read_like_binary)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });

	for (enum shape shape = HEXADECIMAL; shape <= SEGMENTS; shape++) {
		struct font g = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs, .shape = shape });
		assert_true(bytes_equal(f.program, g.program));
	}
}

TEST(every_lead_of_charstrings_is_read)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });
	static const int leads[] = { -1, 100, 1, 4, 16 };

	for (size_t i = 0; i < COUNT(leads); i++) {
		struct font g = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs, .lead = leads[i] });
		assert_true(bytes_equal(f.program, g.program));
	}
	assert_int_equal(refused(a, font_of(a, &(struct sample){ .glyphs = two_glyphs, .lead = 17 })), ERR_UNSUPPORTED);
}

TEST(well_formed_glyphs_stay_as_they_are)
{
	static const char *const codes[] = {
		"0 500 hsbw endchar", "0 0 500 0 sbw endchar", "0 500 hsbw dotsection 1 2 3 4 5 6 hstem3 1 2 3 4 5 6 vstem3 endchar",
		"0 32000 hsbw 1 vmoveto 1 2 3 4 vhcurveto 1 2 3 4 hvcurveto 1 2 3 4 5 6 rrcurveto closepath endchar", "0 64000 2 div hsbw endchar",
		("0 500 hsbw 1 callsubr 1 2 rmoveto 2 callsubr 1 2 rmoveto 2 callsubr 1 hmoveto 2 callsubr 1 vmoveto 2 callsubr 1 2 rmoveto 2 callsubr 1 2 rmoveto 2 callsubr "
		 "1 2 rmoveto 2 callsubr 50 100 200 0 callsubr endchar"),
		"0 500 hsbw 10 0 0 194 65 seac", "0 500 hsbw 5 1 3 callothersubr pop callsubr endchar",
		"0 500 hsbw 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 22 12 callothersubr 1 2 2 13 callothersubr endchar",
	};

	for (size_t i = 0; i < COUNT(codes); i++) {
		ARENA(a) = arena_new(0);
		const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar", "x", codes[i], "A", "0 9 hsbw endchar", "acute", "0 9 hsbw endchar", NULL };
		struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = glyphs });
		assert_code(a, &f, "/x ", codes[i]);
		assert_int_equal(f.emptied, 0);
	}
}

TEST(malformed_glyphs_become_empty_ones_of_their_width)
{
	static const char *const codes[] = {
		"0 500 hsbw", "0 500 hsbw 1", "0 500 hsbw #15 endchar", "0 500 hsbw #12 #99 endchar", "0 500 hsbw #12", "0 500 hsbw #255 #1", "0 500 hsbw #247",
		"0 500 hsbw 1 rlineto endchar", "0 500 hsbw 1 2 3 rlineto endchar", "0 500 hsbw return", "0 500 hsbw 0 500 hsbw endchar", "0 500 hsbw 1 0 div 1 rlineto endchar",
		"0 500 hsbw 32001 hmoveto endchar", "0 500 hsbw 99 callsubr endchar", "0 500 hsbw -1 callsubr endchar", "0 500 hsbw 1 2 div callsubr endchar",
		"0 500 hsbw callsubr endchar", "0 500 hsbw pop endchar", "0 500 hsbw 6 callsubr endchar", "0 500 hsbw 7 callsubr endchar",
		"0 500 hsbw 0 4 callothersubr endchar", "0 500 hsbw 1 2 1 12 callothersubr endchar", "0 500 hsbw 1 2 13 callothersubr endchar",
		"0 500 hsbw 64000 1 12 callothersubr endchar", "0 500 hsbw 1 2 3 4 5 6 7 7 14 callothersubr pop endchar", "0 500 hsbw 2 1 2 3 callothersubr endchar",
		"0 500 hsbw 0 2 callothersubr endchar", "0 500 hsbw 1 2 3 3 0 callothersubr pop pop setcurrentpoint endchar", "0 500 hsbw 1 2 setcurrentpoint endchar",
		"0 500 hsbw 1 callsubr 1 2 rlineto endchar", "0 500 hsbw 1 callsubr 1 callsubr endchar", "0 500 hsbw 0 0 0 194 66 seac", "0 500 hsbw 0 0 0 194 128 seac",
		"0 500 hsbw 0 0 0 194 300 seac", "0 500 hsbw 0 0 0 194 67 seac", "0 500 hsbw 1000000000 1 div hmoveto endchar",
		"0 500 hsbw 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 endchar",
	};
	const char *const subrs[] = { standard_subrs[0], standard_subrs[1], standard_subrs[2], "return", standard_subrs[4], "", "1 2 #16 return", "1 2", NULL };

	for (size_t i = 0; i < COUNT(codes); i++) {
		ARENA(a) = arena_new(0);
		const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar", "x", codes[i], "A", "0 9 hsbw endchar", "acute", "0 9 hsbw endchar",
					       "C", "0 9 hsbw 0 0 0 194 65 seac", NULL };
		struct font f = rebuilt(a, (struct sample){ .subrs = subrs, .glyphs = glyphs });
		if (f.emptied != 1)
			fail_msg("%s: %u empty", codes[i], f.emptied);
		assert_code(a, &f, "/x ", "0 500 hsbw endchar");
		assert_code(a, &f, "dup 6 ", "return");
	}
}

TEST(a_glyph_without_a_width_becomes_an_empty_one_without)
{
	static const char *const codes[] = { "", "endchar", "1 2 rmoveto endchar", "500 hsbw endchar", "0 32001 hsbw endchar" };

	for (size_t i = 0; i < COUNT(codes); i++) {
		ARENA(a) = arena_new(0);
		const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar", "x", codes[i], NULL };
		struct font f = rebuilt(a, (struct sample){ .glyphs = glyphs });
		assert_int_equal(f.emptied, 1);
		assert_code(a, &f, "/x ", "0 0 hsbw endchar");
	}
}

TEST(an_empty_glyph_has_every_width_that_a_glyph_can_have)
{
	static const char *const widths[] = { "0", "107", "108", "363", "364", "1131", "1132", "32000", "-107", "-108", "-363", "-364", "-1131", "-1132", "-32000" };

	for (size_t i = 0; i < COUNT(widths); i++) {
		ARENA(a) = arena_new(0);
		const char *bad = arena_printf(a, "0 %s hsbw", widths[i]);
		const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar", "x", bad, NULL };
		struct font f = rebuilt(a, (struct sample){ .glyphs = glyphs });
		assert_int_equal(f.emptied, 1);
		assert_code(a, &f, "/x ", arena_printf(a, "0 %s hsbw endchar", widths[i]));
	}
}

TEST(numbers_have_one_spelling)
{
	static const char *const rows[][2] = { { "+12", "12" }, { "-0", "0" }, { "-.0", "0" }, { ".5", "0.5" }, { "5.", "5" }, { "007.50", "7.5" }, { "1e3", "1000" }, { "1.5E+2", "150" },
		{ "25e-1", "2.5" }, { "1e-12", "0.000000000001" }, { "1e-13", "0" }, { "-0.33333333333333333333", "-0.333333333333" }, { "999999.999999999999", "999999.999999999999" },
		{ "0e99", "0" }, { "0.0000000000000000000000000000000000000000001e40", "0.001" } };
	static const char *const none[] = { "1000000", "1e6", "1e99999999999", "99999999999999999999", "1.2.3", "1e", "e5", "-", ".", "+-1", "1-", "16#F", "(1)", "x" };

	for (size_t i = 0; i < COUNT(rows) + COUNT(none); i++) {
		ARENA(a) = arena_new(0);
		const char *in = i < COUNT(rows) ? rows[i][0] : none[i - COUNT(rows)];
		struct font f = rebuilt(a, (struct sample){ .glyphs = two_glyphs, .hints = arena_printf(a, "/BlueScale %s def\n", in) });
		struct bytes private = open_private(a, &f);
		const char *wanted = i < COUNT(rows) ? arena_printf(a, "/BlueScale %s def\n", rows[i][1]) : "/lenIV 4 def\n/MinFeature";
		if (!holds(private, wanted))
			fail_msg("%s does not become %s", in, wanted);
	}
}

TEST(memory_that_is_not_there_refuses_the_font)
{
	ARENA(a) = arena_new(0);
	struct bytes in = font_of(a, &(struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs, .shape = SEGMENTS });
	struct font out, whole = rebuilt_bytes(a, in);
	unsigned refusals = 0;

	for (unsigned n = 1; n < 20; n++) {
		ARENA(mine) = arena_new(0);
		arena_fail_after(n);
		int result = font_type1(mine, in, &out, NULL);
		arena_fail_after(0);
		refusals += result != 0;
		assert_true(result != 0 || bytes_equal(out.program, whole.program));
		arena_fail_after(n);
		(void)font_type1_fault(whole.program, whole.length1, whole.length2, whole.length3);
		arena_fail_after(0);
	}
	assert_true(refusals > 1);
}

TEST(bytes_behind_the_end_of_a_charstring_go)
{
	ARENA(a) = arena_new(0);
	const char *const subrs[] = { "1 hmoveto return #99 #15", "1 hmoveto endchar", NULL };
	const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar 1 2 3", "x", "0 5 hsbw 0 callsubr endchar #15", "y", "0 5 hsbw 1 callsubr #99", NULL };
	struct font f = rebuilt(a, (struct sample){ .subrs = subrs, .glyphs = glyphs });

	assert_int_equal(f.emptied, 0);
	assert_code(a, &f, "/.notdef ", "0 0 hsbw endchar");
	assert_code(a, &f, "/x ", "0 5 hsbw 0 callsubr endchar");
	assert_code(a, &f, "/y ", "0 5 hsbw 1 callsubr");
	assert_code(a, &f, "dup 0 ", "1 hmoveto return");
}

TEST(calls_go_ten_deep_and_no_deeper)
{
	ARENA(a) = arena_new(0);
	const char *const subrs[] = { "return", "0 callsubr return", "1 callsubr return", "2 callsubr return", "3 callsubr return", "4 callsubr return", "5 callsubr return",
				      "6 callsubr return", "7 callsubr return", "8 callsubr return", "9 callsubr return", "11 callsubr return", NULL };
	const char *const glyphs[] = { ".notdef", "0 0 hsbw endchar", "ten", "0 5 hsbw 9 callsubr endchar", "eleven", "0 5 hsbw 10 callsubr endchar",
				       "round", "0 5 hsbw 11 callsubr endchar", NULL };
	struct font f = rebuilt(a, (struct sample){ .subrs = subrs, .glyphs = glyphs });

	assert_int_equal(f.emptied, 2);
	assert_code(a, &f, "/ten ", glyphs[3]);
	assert_code(a, &f, "/eleven ", "0 5 hsbw endchar");
	assert_code(a, &f, "/round ", "0 5 hsbw endchar");
}

TEST(glyphs_that_call_beyond_all_proportion_refuse_the_font)
{
	ARENA(a) = arena_new(0);
	const char *subrs[11] = { "return" };

	for (unsigned i = 1; i < 10; i++) {
		struct buf b = buf_in(a, 0);
		for (unsigned j = 0; j < 10; j++)
			buf_printf(&b, "%u callsubr ", i - 1);
		buf_str(&b, "return");
		subrs[i] = buf_string(&b);
	}
	const char *const glyphs[] = { ".notdef", "0 0 hsbw 9 callsubr endchar", NULL };
	assert_int_equal(refused(a, font_of(a, &(struct sample){ .subrs = subrs, .glyphs = glyphs })), ERR_LIMIT);
}

TEST(every_name_stands_once_and_holds_name_characters_only)
{
	ARENA(a) = arena_new(0);
	char long_name[130] = { 0 };
	memset(long_name, 'n', 128);
	const char *const glyphs[] = { "A", "0 1 hsbw endchar", "A", "0 2 hsbw endchar", "B\x80", "0 3 hsbw endchar", "", "0 4 hsbw endchar", long_name, "0 5 hsbw endchar",
				       long_name + 1, "0 6 hsbw endchar", NULL };
	struct font f = rebuilt(a, (struct sample){ .glyphs = glyphs });
	struct bytes private = open_private(a, &f);

	assert_int_equal(f.glyphs, 3); /* and .notdef, which was missing */
	assert_int_equal(f.emptied, 3);
	assert_code(a, &f, "/A ", "0 1 hsbw endchar");
	assert_code(a, &f, "/.notdef ", "0 0 hsbw endchar");
	assert_true(holds(private, long_name + 1) && !holds(private, long_name) && !holds(private, "\x80 "));
}

TEST(a_font_needs_a_matrix_glyphs_and_eexec)
{
	ARENA(a) = arena_new(0);
	static const char *const none[] = { NULL };
	static const char *const clears[] = { "%!PS-AdobeFont-1.0: x\n/FontName /x def currentfile eexec\n", "/FontMatrix [1 0 0 1 0] def currentfile eexec\n",
					      "/FontMatrix [1 0 0 0 0 0] def currentfile eexec\n", "/FontMatrix [1 0 0 1000000 0 0] def currentfile eexec\n",
					      "/FontMatrix [1 0 0 x 0 0] def currentfile eexec\n", "/FontMatrix [1 0 0 1 0 0] def {currentfile eexec}\n",
					      "/FontMatrix [1 0 0 1 0 0] def (currentfile eexec\n" };

	for (size_t i = 0; i < COUNT(clears); i++)
		assert_int_equal(refused(a, font_of(a, &(struct sample){ .clear = clears[i], .glyphs = two_glyphs })), ERR_MALFORMED);
	assert_int_equal(refused(a, font_of(a, &(struct sample){ .glyphs = none })), ERR_MALFORMED);
	assert_int_equal(refused(a, BYTES("")), ERR_MALFORMED);
	assert_int_equal(refused(a, BYTES("\x80\x01\xff\xff\xff\xff")), ERR_MALFORMED);
	assert_int_equal(refused(a, bytes_of("", (size_t)FONT_BYTES_MOST + 1)), ERR_LIMIT);
	struct bytes whole = font_of(a, &(struct sample){ .glyphs = two_glyphs });
	for (size_t n = 0; n < whole.n; n++) { /* cut anywhere: refused or rebuilt, with what was whole */
		struct font out;
		struct bytes cut = bytes_of(arena_copy(a, whole.p, n), n);
		if (font_type1(a, cut, &out, NULL) == 0)
			(void)rebuilt_bytes(a, cut);
	}
}

TEST(what_a_font_does_not_say_is_written_as_it_is_understood)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .clear = "/FontName (x) def /FontMatrix {1 0 0 1 0 0} def /PaintType 7 def currentfile eexec\r\n", .hints = "/BlueValues [1 2 3] def\n",
						    .glyphs = two_glyphs });

	assert_true(clear_holds(&f, "%!PS-AdobeFont-1.0: Unnamed\n"));
	assert_true(clear_holds(&f, "/Encoding StandardEncoding def\n/PaintType 0 def\n/FontType 1 def\n/FontMatrix [1 0 0 1 0 0] readonly def\n/FontBBox {0 0 0 0} readonly def\n"));
	assert_true(holds(open_private(a, &f), "/BlueValues [1 2] def\n"));
}

TEST(encodings_are_read_in_every_form)
{
	static const char *const rows[][2] = {
		{ "StandardEncoding def", "StandardEncoding def\n" }, { "ISOLatin1Encoding readonly def", "ISOLatin1Encoding def\n" }, { "ExpertEncoding def", "ExpertEncoding def\n" },
		{ "MyEncoding def", "StandardEncoding def\n" },
		{ "[/.notdef /A/B(x)/ /C] def", "256 array\n0 1 255 {1 index exch /.notdef put} for\ndup 1 /A put\ndup 2 /B put\ndup 5 /C put\nreadonly def\n" },
		{ "2 array dup 16#41/A put dup 256/B put dup 66 (x) put dup 67/a\x80 put dup 65/D put def", "256 array\n0 1 255 {1 index exch /.notdef put} for\ndup 65 /D put\nreadonly def\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct font f = rebuilt(a, (struct sample){ .glyphs = two_glyphs,
							    .clear = arena_printf(a, "/FontMatrix [1 0 0 1 0 0] def /Encoding %s\ncurrentfile eexec\n", rows[i][0]) });
		if (!clear_holds(&f, arena_printf(a, "/Encoding %s/PaintType", rows[i][1])))
			fail_msg("%s", rows[i][0]);
	}
}

/* ---- the grammar ---- */

static void refuses(const struct font *f, struct bytes clear, struct bytes private, const char *what)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 0);

	buf_bytes(&b, clear);
	buf_put(&b, "\0\0\0\0", 4), buf_bytes(&b, private);
	encrypt(b.p + clear.n, 4 + private.n, 55665);
	buf_put(&b, f->program.p + f->length1 + f->length2, f->length3);
	if (!font_type1_fault(buf_view(&b), clear.n, 4 + private.n, f->length3))
		fail_msg("accepted: %s", what);
}

static struct bytes exchanged(struct arena *a, struct bytes in, const char *from, const char *to)
{
	struct buf b = buf_in(a, 0);
	const uint8_t *at = memmem(in.p, in.n, from, strlen(from));

	assert_non_null(at);
	buf_put(&b, in.p, (size_t)(at - in.p)), buf_str(&b, to);
	buf_put(&b, at + strlen(from), in.n - (size_t)(at - in.p) - strlen(from));
	return buf_view(&b);
}

TEST(the_grammar_refuses_another_spelling)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });
	struct bytes clear = bytes_of(f.program.p, f.length1), private = open_private(a, &f);
	static const char *const clears[][2] = {
		{ "%!PS", "%!ps" }, { ": Sample", ": sample" }, { "/Sample def", "/Sample  def" }, { "-12.5", "-12.50" }, { "-12.5", "-0" }, { "-12.5", "+12" }, { "-12.5", "012" },
		{ "-12.5", "1000000" }, { "-12.5", ".5" }, { "-12.5", "1." }, { "-12.5", "1.0000000000001" }, { "-12.5", "1e3" }, { "-12.5", "16#F" }, { "-12.5", "(x)" },
		{ "false", "x" }, { "dup 65", "dup 67" }, { "dup 65", "dup 065" }, { "dup 66", "dup 256" }, { "/B put", "/.notdef put" }, { "/B put", "/ put" }, { "/B put", "B put" },
		{ "PaintType 0", "PaintType 1" }, { "FontType 1", "FontType 3" }, { "[0.001 0 0 0.001 0 0]", "[0.001 0 0 0.001 0]" }, { "[0.001 0 0 0.001 0 0]", "[0.001 0 0 0 0 0]" },
		{ "[0.001 0 0 0.001 0 0]", "[0.001 0 0 0.001 0 (x)]" }, { "{-10", "{systemdict -10" }, { "currentdict end", "currentdict end (x) run" }, { "eexec\n", "eexec\n\n" },
		{ "eexec\n", "eexec " }, { "12 dict", "13 dict" }, { "isFixedPitch", "isFixedpitch" }, { "readonly def\n/Paint", "def\n/Paint" },
	};
	static const char *const privates[][2] = {
		{ "dup /Private", "dup  /Private" }, { "readstring pop", "readstring run" }, { "/lenIV 4", "/lenIV 0" }, { "[-20 0 700 720]", "[-20 0 700]" },
		{ "[-20 0 700 720]", "[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0]" }, { "[-20 0 700 720]", "[-20  0 700 720]" }, { "[30.5]", "[]" }, { "[30.5]", "[1 2]" }, { "true", "yes" },
		{ "/StdHW", "/StdVW [1] def\n/StdHW" }, { "5839", "1" }, { "[{} {}", "[{} {pop}" }, { "{} {}]", "{}]" }, { "/Subrs 6", "/Subrs 7" }, { "/Subrs 6", "/Subrs 5" },
		{ "/Subrs 6", "/Subrs 65537" }, { "dup 1 ", "dup 0 " }, { "dup 1 ", "dup 6 " }, { " NP", " ND" }, { "CharStrings 2", "CharStrings 3" }, { "CharStrings 2", "CharStrings 1" },
		{ "CharStrings 2", "CharStrings 65536" }, { "/A ", "/.notdef " }, { "/.notdef ", "/notdef " }, { " RD ", " -| " }, { "end\nend\n", "end\n(x) run end\n" },
		{ "closefile\n", "closefile" }, { "closefile\n", "closefile\nx" },
	};

	for (size_t i = 0; i < COUNT(clears); i++)
		refuses(&f, exchanged(a, clear, clears[i][0], clears[i][1]), private, clears[i][1]);
	for (size_t i = 0; i < COUNT(privates); i++)
		refuses(&f, clear, exchanged(a, private, privates[i][0], privates[i][1]), privates[i][1]);
}

TEST(the_grammar_refuses_every_changed_byte_of_the_encrypted_part_and_the_trailer)
{
	ARENA(a) = arena_new(0);
	struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });
	uint8_t *p = arena_copy(a, f.program.p, f.program.n);

	for (size_t i = f.length1; i < f.program.n; i++) {
		p[i] ^= 1;
		if (!font_type1_fault(bytes_of(p, f.program.n), f.length1, f.length2, f.length3))
			fail_msg("byte %zu", i);
		p[i] ^= 1;
	}
	assert_null(font_type1_fault(bytes_of(p, f.program.n), f.length1, f.length2, f.length3));
	assert_non_null(font_type1_fault(bytes_of(p, f.program.n), f.length1 - 1, f.length2 + 1, f.length3));
	assert_non_null(font_type1_fault(bytes_of(p, f.program.n), f.length1, f.length2 + 1, f.length3 - 1));
	assert_non_null(font_type1_fault(bytes_of(p, f.program.n), f.length1, SIZE_MAX - 5, f.length3));
	assert_non_null(font_type1_fault(bytes_of(p, f.program.n - 1), f.length1, f.length2, f.length3 - 1));
}

TEST(the_grammar_follows_every_charstring_itself)
{
	static const char *const codes[] = { "0 500 hsbw", "0 500 hsbw endchar 1", "0 500 hsbw #15 endchar", "endchar", "0 500 hsbw 1 rlineto endchar", "0 500 hsbw 9 callsubr endchar",
		"0 500 hsbw 7 14 callothersubr endchar", "0 500 hsbw 1 2 1 12 callothersubr endchar", "0 500 hsbw 0 0 0 194 65 seac",
		"0 500 hsbw 1 0 div endchar", "0 500 hsbw pop endchar", "0 500 hsbw return",
		"0 500 hsbw 32001 hmoveto endchar", "0 500 hsbw 0 2 callothersubr endchar", "0 500 hsbw #255 #0", "1 2 setcurrentpoint endchar" };

	for (size_t i = 0; i < COUNT(codes); i++) {
		ARENA(a) = arena_new(0);
		struct font f = rebuilt(a, (struct sample){ .subrs = standard_subrs, .glyphs = two_glyphs });
		struct bytes private = open_private(a, &f);
		struct buf b = buf_in(a, 0);
		const uint8_t *from = memmem(private.p, private.n, "/A ", 3), *to = memmem(private.p, private.n, " ND\nend\nend\n", 12);
		struct bytes code = code_of(a, codes[i]);
		uint8_t *hidden = arena_alloc(a, 4 + code.n);
		memcpy(hidden + 4, code.p, code.n);
		encrypt(hidden, 4 + code.n, 4330);
		buf_put(&b, private.p, (size_t)(from - private.p) + 3), buf_decimal(&b, 4 + code.n), buf_str(&b, " RD ");
		buf_put(&b, hidden, 4 + code.n), buf_put(&b, to, private.n - (size_t)(to - private.p));
		refuses(&f, bytes_of(f.program.p, f.length1), buf_view(&b), codes[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_widths_encoding_and_hints_stay),
		cmocka_unit_test(what_no_renderer_needs_goes),
		cmocka_unit_test(segments_and_hexadecimal_digits_read_like_binary),
		cmocka_unit_test(every_lead_of_charstrings_is_read),
		cmocka_unit_test(well_formed_glyphs_stay_as_they_are),
		cmocka_unit_test(malformed_glyphs_become_empty_ones_of_their_width),
		cmocka_unit_test(a_glyph_without_a_width_becomes_an_empty_one_without),
		cmocka_unit_test(an_empty_glyph_has_every_width_that_a_glyph_can_have),
		cmocka_unit_test(numbers_have_one_spelling),
		cmocka_unit_test(memory_that_is_not_there_refuses_the_font),
		cmocka_unit_test(bytes_behind_the_end_of_a_charstring_go),
		cmocka_unit_test(calls_go_ten_deep_and_no_deeper),
		cmocka_unit_test(glyphs_that_call_beyond_all_proportion_refuse_the_font),
		cmocka_unit_test(every_name_stands_once_and_holds_name_characters_only),
		cmocka_unit_test(a_font_needs_a_matrix_glyphs_and_eexec),
		cmocka_unit_test(what_a_font_does_not_say_is_written_as_it_is_understood),
		cmocka_unit_test(encodings_are_read_in_every_form),
		cmocka_unit_test(the_grammar_refuses_another_spelling),
		cmocka_unit_test(the_grammar_refuses_every_changed_byte_of_the_encrypted_part_and_the_trailer),
		cmocka_unit_test(the_grammar_follows_every_charstring_itself),
	};
	return RUN_TESTS(tests);
}
