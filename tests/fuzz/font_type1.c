/* 書体（Type 1） — whatever is rebuilt, the grammar knows, and a second pass gives the same bytes. Encryption hides a font's structure from the fuzzer: the first byte says what the rest is.
 * 'f' a font as it is; 'p' the private part in clear (write /lenIV -1 there); 'c' charstrings in clear: two bytes of length before each, the first few are subroutines, the last are
 * the glyphs A, B, C; 'g' as 'p', but of what comes out one byte is changed in clear before the grammar reads it: two bytes where, one how. */
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/grammars/font.h"
#include "sanitize/parts/font.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char clear[] = "%!PS-AdobeFont-1.0: F\n/FontName /F def /Encoding StandardEncoding def /FontMatrix [0.001 0 0 0.001 0 0] def /FontBBox {0 0 1 1} def currentfile eexec\n";

static void cipher(uint8_t *p, size_t n, bool is_hiding)
{
	unsigned key = 55665;

	for (size_t i = 0; i < n; i++) {
		uint8_t before = p[i];
		p[i] = (uint8_t)(before ^ key >> 8);
		key = (((is_hiding ? p[i] : before) + key) * 52845 + 22719) & 0xffff;
	}
}

static struct bytes program_of(struct arena *arena, struct bytes private)
{
	struct buf b = buf_in(arena, 0);

	buf_str(&b, clear);
	size_t at = b.n;
	buf_str(&b, "0000"), buf_bytes(&b, private);
	cipher(b.p + at, b.n - at, true);
	return bytes_of(arena_copy(arena, b.p, b.n), b.n);
}

static struct bytes private_of(struct arena *arena, struct bytes codes)
{
	static const char *const names[] = { "A", "B", "C" };
	struct cursor in = cursor_over(codes);
	struct buf b = buf_in(arena, 0);
	unsigned count = cursor_u8(&in) % 16;

	buf_printf(&b, "/lenIV -1 def /Subrs %u array\n", count);
	for (unsigned i = 0; i < count + COUNT(names) && in.left > 2; i++) {
		if (i == count)
			buf_str(&b, "ND /CharStrings 3 dict dup begin\n");
		size_t n = MIN((size_t)cursor_u16be(&in), in.left);
		if (i < count)
			buf_printf(&b, "dup %u %zu RD ", i, n);
		else
			buf_printf(&b, "/%s %zu RD ", names[i - count], n);
		buf_bytes(&b, cursor_bytes(&in, n));
		buf_str(&b, i < count ? " NP\n" : " ND\n");
	}
	buf_str(&b, "end closefile ");
	return buf_view(&b);
}

static void must_hold(struct arena *arena, struct bytes in, struct font *out)
{
	struct font again;

	if (font_type1(arena, in, out, NULL) != 0)
		return;
	const char *fault = font_type1_fault(out->program, out->length1, out->length2, out->length3);
	if (fault)
		die(__FILE__, __LINE__, fault);
	must(font_type1(arena, out->program, &again, NULL) == 0);
	must(bytes_equal(out->program, again.program) && again.emptied == 0 && again.glyphs == out->glyphs);
	must(again.length1 == out->length1 && again.length2 == out->length2 && again.length3 == out->length3);
}

static void must_survive(struct arena *arena, const struct font *f, unsigned where, uint8_t how)
{
	if (f->program.n == 0)
		return;
	uint8_t *p = arena_copy(arena, f->program.p, f->program.n);
	cipher(p + f->length1, f->length2, false);
	p[where % f->program.n] ^= how;
	cipher(p + f->length1, f->length2, true);
	if (!font_type1_fault(bytes_of(p, f->program.n), f->length1, f->length2, f->length3)) {
		struct font again;
		must(font_type1(arena, bytes_of(p, f->program.n), &again, NULL) == 0 && bytes_equal(again.program, bytes_of(p, f->program.n)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct cursor in = cursor_over(bytes_of(data, size));
	struct font out = { 0 };
	uint8_t kind = cursor_u8(&in);
	unsigned where = kind == 'g' ? cursor_u16be(&in) : 0;
	uint8_t how = kind == 'g' ? cursor_u8(&in) : 0;
	struct bytes rest = cursor_bytes(&in, in.left);

	if (kind == 'p' || kind == 'g')
		must_hold(arena, program_of(arena, rest), &out);
	else if (kind == 'c')
		must_hold(arena, program_of(arena, private_of(arena, rest)), &out);
	else
		must_hold(arena, bytes_of(arena_copy(arena, rest.p, rest.n), rest.n), &out);
	if (kind == 'g')
		must_survive(arena, &out, where, how);
	else if (size > 2) /* the grammar alone, lengths of anybody's choice */
		(void)font_type1_fault(rest, MIN(rest.n, (size_t)data[1]), MIN(rest.n, (size_t)data[2]), rest.n - MIN(rest.n, (size_t)data[1] + data[2]));
	return 0;
}
