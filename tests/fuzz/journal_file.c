/* 記録の書出しのファズ — what reads is written back byte for byte. */
#include "evidence/journal_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct export_row rows[TILE_WIDTH];
	size_t count;

	if (journal_file_read(arena, bytes_of(data, size), rows, &count, NULL) != 0)
		return 0;
	must(count <= TILE_WIDTH);
	must(bytes_equal(journal_file_text(arena, rows, count), bytes_of(data, size)));
	return 0;
}
