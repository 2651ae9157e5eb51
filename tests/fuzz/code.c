/* 符号化 — fuzz target: what base64, base32, hex or decimal accept is exactly what we would write. */
#include "base/code.h"

static void same(const char *ours, struct bytes in)
{
	must(bytes_equal(bytes_of(ours, strlen(ours)), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes in = { data, size }, out;
	uint64_t v;

	if (base64_decode(arena, in, &out, NULL) == 0)
		same(base64_of(arena, out), in);
	if (base32_decode(arena, in, &out, NULL) == 0)
		same(base32_of(arena, out), in);
	if (decimal_decode(in, UINT64_MAX, &v, NULL) == 0)
		same(arena_printf(arena, "%llu", (unsigned long long)v), in);
	uint8_t *hex = arena_alloc(arena, size / 2 + 1);
	if (hex_decode(in, hex, size / 2, NULL) == 0)
		same(hex_of(arena, bytes_of(hex, size / 2)), in);
	return 0;
}
