/* TrueTypeの書体 — any bytes as a font: what is rebuilt has no fault, is rebuilt to the same bytes, and what the grammar accepts of it with one byte changed is what the rebuilder would write. */
#include "sanitize/grammars/font.h"
#include "sanitize/parts/font.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put32(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 24), to[1] = (uint8_t)(v >> 16), to[2] = (uint8_t)(v >> 8), to[3] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		sum += get32(p + i);
	return sum;
}

/* Else no change would come past the checksums. */
static void mend_sums(uint8_t *p, size_t n)
{
	uint8_t *head = NULL;

	for (size_t row = 12; row + 16 <= n && row < 12 + 16 * (size_t)p[5]; row += 16) {
		size_t at = get32(p + row + 8), size = ((size_t)get32(p + row + 12) + 3) & ~(size_t)3;
		if (at > n || size > n - at)
			return;
		if (memcmp(p + row, "head", 4) == 0 && size >= 12)
			head = p + at, put32(head + 8, 0);
		put32(p + row + 4, sum_of(p + at, size));
	}
	if (head)
		put32(head + 8, 0xb1b0afba - sum_of(p, n));
}

/* The last bytes of the input say which byte of the font changes, and how. */
static void change_one(struct arena *arena, struct bytes program, const uint8_t *data, size_t size)
{
	struct font again;

	if (size < 4)
		return;
	uint8_t *copy = arena_copy(arena, program.p, program.n);
	copy[(get32(data + size - 4) >> 8) % program.n] ^= data[size - 1];
	mend_sums(copy, program.n);
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
