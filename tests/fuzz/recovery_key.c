/* 復元の鍵のファズ — a key that was read writes the same key again. */
#include "backup/recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct recovery_key k, again;

	if (recovery_read(arena, bytes_of(data, size), &k, NULL) != 0)
		return 0;
	must(recovery_read(arena, recovery_text(arena, &k), &again, NULL) == 0);
	must(memcmp(k.secret, again.secret, sizeof k.secret) == 0 && memcmp(k.verify, again.verify, sizeof k.verify) == 0);
	return 0;
}
