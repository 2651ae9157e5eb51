/* 承認の署名文のファズ — what is read must be exactly what would be built. */
#include "base/arena.h"
#include "evidence/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct statement s;
	struct bytes again;
	uint8_t key[ED25519_PUBLIC];

	if (statement_read(arena, bytes_of(data, size), &s, NULL) == 0) {
		must(statement_build(arena, &s, &again, NULL) == 0);
		must(bytes_equal(again, bytes_of(data, size)));
		must(statement_names(&s, s.objects[0]));
	}
	(void)!statement_public_key(bytes_of(data, size), key, NULL);
	return 0;
}
