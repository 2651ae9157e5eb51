/* 証跡の項目のファズ — what reads is written back byte for byte. */
#include "evidence/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct entry e;
	struct bytes again;

	if (entry_read(arena, bytes_of(data, size), &e, NULL) != 0)
		return 0;
	must(entry_make(arena, &e, &again, NULL) == 0);
	must(bytes_equal(again, bytes_of(data, size)));
	return 0;
}
