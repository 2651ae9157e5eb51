/* 鍵の引継ぎ書のファズ — what is accepted is written again byte for byte, goes from one key to another, and every changed byte of it is refused. */
#include "evidence/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct handover h, again;

	if (handover_read(arena, bytes_of(data, size), &h, NULL) != 0)
		return 0;
	must(h.until >= h.at && text_equal(h.old_key.name, h.new_key.name) && !bytes_equal(h.old_key.public_key, h.new_key.public_key));
	must(bytes_equal(h.raw, bytes_of(data, size)));
	for (size_t i = 0; i < size; i += 1 + size / 64) {
		uint8_t *bad = arena_copy(arena, data, size);
		bad[i] ^= 1;
		must(handover_read(arena, bytes_of(bad, size), &again, NULL) != 0);
	}
	return 0;
}
