/* 項目の束のファズ — first byte: the width; what reads is written back. */
#include "evidence/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	struct bytes entries[TILE_WIDTH];
	struct buf again = buf_in(arena, 0);
	size_t used;

	if (size == 0)
		return 0;
	unsigned width = data[0] + 1u;
	struct bytes in = bytes_of(data + 1, size - 1);
	size_t whole = bundle_whole(in, entries, &used);
	must(whole <= TILE_WIDTH && used <= in.n);
	if (bundle_read(in, width, entries, NULL) != 0)
		return 0;
	must(whole == width && used == in.n);
	for (unsigned i = 0; i < width; i++)
		bundle_put(&again, entries[i]);
	must(bytes_equal(buf_view(&again), in));
	return 0;
}
