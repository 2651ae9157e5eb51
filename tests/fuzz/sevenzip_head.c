/* 7zの見出し — any bytes as the head of a 7z archive: what was read of it and written again is read as the same. */
#include "sanitize/parts/sevenzip_head.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_folder(const struct sevenzip_folder *a, const struct sevenzip_folder *b)
{
	bool same = a->coder_count == b->coder_count && a->pair_count == b->pair_count && a->packed_count == b->packed_count && a->first == b->first && a->has_sum == b->has_sum && a->sum == b->sum;

	for (unsigned i = 0; same && i < a->coder_count; i++)
		same = bytes_equal(a->coders[i].id, b->coders[i].id) && bytes_equal(a->coders[i].properties, b->coders[i].properties) && a->coders[i].ins == b->coders[i].ins && a->coders[i].outs == b->coders[i].outs;
	for (unsigned i = 0; same && i < a->pair_count; i++)
		same = a->pairs[i].in == b->pairs[i].in && a->pairs[i].out == b->pairs[i].out;
	for (unsigned i = 0; same && i < a->packed_count; i++)
		same = a->packed[i] == b->packed[i];
	return same && memcmp(a->sizes, b->sizes, a->out_count * sizeof *a->sizes) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new((size_t)1 << 30);
	struct sevenzip_streams first, again;
	enum sevenzip_kind kind = sevenzip_head_read(arena, bytes_of(data, size), &first);
	struct buf out = buf_in(arena, 0);

	if (kind == SEVENZIP_NOTHING)
		return 0;
	sevenzip_head_write(&out, &first);
	must(buf_ok(&out) && sevenzip_head_read(arena, buf_view(&out), &again) == SEVENZIP_HEAD);
	must(first.at == again.at && first.count == again.count && first.folder_count == again.folder_count && bytes_equal(first.rest, again.rest));
	for (size_t i = 0; i < first.count; i++)
		must(first.sizes[i] == again.sizes[i]);
	for (size_t i = 0; i < first.folder_count; i++)
		must(same_folder(&first.folders[i], &again.folders[i]));
	return 0;
}
