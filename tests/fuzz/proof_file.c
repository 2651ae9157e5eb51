/* 証明ファイルのファズ — what reads is written back; nothing verifies that was not signed. */
#include "evidence/proof_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct proof_file *p = arena_alloc(arena, sizeof *p);
	uint8_t salt[ENTRY_SALT];
	struct bytes entry;

	if (proof_file_read(arena, bytes_of(data, size), p, NULL) != 0)
		return 0;
	must(p->count <= MERKLE_PROOF_MOST);
	must(bytes_equal(proof_file_text(arena, p), bytes_of(data, size)));
	if (p->extra.n && proof_extra_read(arena, p->extra, &entry, salt, NULL) == 0)
		must(bytes_equal(proof_extra(arena, entry, salt), p->extra));
	return 0;
}
