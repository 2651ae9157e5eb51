/* 正準JSON — fuzz target: what is read loosely can be written, and is read back strictly as the same bytes. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct json v, again;
	struct err err;

	if (json_read_loose(arena, bytes_of(data, size), &v, &err) != 0)
		return 0;
	struct bytes written = json_bytes(arena, &v);
	must(json_read(arena, written, &again, &err) == 0);
	must(bytes_equal(json_bytes(arena, &again), written));
	if (json_read(arena, bytes_of(data, size), &v, &err) == 0)
		must(bytes_equal(written, bytes_of(data, size)));
	return 0;
}
