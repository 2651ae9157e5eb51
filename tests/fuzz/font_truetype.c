/* TrueTypeの書体 — any bytes as a font: what is rebuilt has no fault, is rebuilt to the same bytes, and what the grammar accepts of it with one byte changed is what the rebuilder would write. */
#include "sanitize/grammars/font.h"
#include "support/truetype_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The last bytes of the input say which byte of the font changes, and how. */
static void change_one(struct arena *arena, struct bytes program, const uint8_t *data, size_t size)
{
	struct font again;

	if (size < 4)
		return;
	uint8_t *copy = arena_copy(arena, program.p, program.n);
	copy[(truetype_get32(data + size - 4) >> 8) % program.n] ^= data[size - 1];
	truetype_mend_sums(copy, program.n);
	if (font_truetype_fault(bytes_of(copy, program.n)) || program.p[0] == 'O') /* how many glyphs CFF has, this grammar need not know */
		return;
	must(font_truetype(arena, bytes_of(copy, program.n), &again, NULL) == 0);
	must(bytes_equal(again.program, bytes_of(copy, program.n)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes in = bytes_of(arena_copy(arena, data, size), size);
	struct font font, again;

	(void)font_truetype_fault(in);
	if (font_truetype(arena, in, &font, NULL) < 0)
		return 0;
	must(font.emptied <= font.glyphs);
	must(!font_truetype_fault(font.program));
	must(font_truetype(arena, font.program, &again, NULL) == 0);
	must(again.emptied == 0 && again.glyphs == font.glyphs && bytes_equal(again.program, font.program));
	change_one(arena, font.program, data, size);
	return 0;
}
