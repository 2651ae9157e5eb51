/* 埋め込みの書体（CFF） — any bytes as a CFF font: what is rebuilt is in the verifier's language, and its own rebuilding. */
#include "sanitize/grammars/font.h"
#include "sanitize/parts/font.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct font font, again;

	(void)font_cff_fault(bytes_of(data, size));
	if (font_cff(arena, bytes_of(data, size), &font, NULL) != 0)
		return 0;
	const char *fault = font_cff_fault(font.program);
	if (fault)
		fprintf(stderr, "%s\n", fault);
	must(!fault);
	must(font_cff(arena, font.program, &again, NULL) == 0);
	must(bytes_equal(font.program, again.program) && again.emptied == 0);
	return 0;
}
