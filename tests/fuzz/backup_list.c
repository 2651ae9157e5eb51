/* 控えの目録のファズ — the readable list, and the sealed one as it is once opened: what they name stays within what is there. */
#include "backup/manifest.h"
#include "base/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct manifest m = { 0 };

	if (manifest_read(arena, bytes_of(data, size), &m, NULL) == 0)
		for (size_t i = 0; i < m.piece_count; i++)
			must(m.pieces[i].bytes >= PIECE_SEAL && m.pieces[i].bytes <= PIECE_BYTES + PIECE_SEAL);
	m = (struct manifest){ .piece_count = 3 };
	if (manifest_read_listing(arena, bytes_of(data, size), &m, NULL) != 0)
		return 0;
	for (size_t i = 0; i < m.file_count; i++) {
		must(copy_name_is_good(m.files[i].name) && m.files[i].mode <= 0777);
		for (size_t k = 0; k < m.files[i].count; k++)
			must(m.files[i].pieces[k] < 3);
	}
	return 0;
}
