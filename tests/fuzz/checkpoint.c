/* チェックポイントのファズ — what reads is written back byte for byte. */
#include "base/text.h"
#include "evidence/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct checkpoint p;
	struct text text;

	if (text_from_utf8(arena, bytes_of(data, size), &text, NULL) != 0 || checkpoint_read(arena, text, &p, NULL) != 0)
		return 0;
	must(p.size <= MERKLE_SIZE_MOST);
	must(text_equal(checkpoint_text(arena, &p), text));
	return 0;
}
