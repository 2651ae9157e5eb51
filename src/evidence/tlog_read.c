/* 証跡ログを読む — contract in tlog_read.h. */
#include "evidence/tlog_read.h"
#include "base/file.h"

struct tlog_reader *tlog_reader_new(struct arena *arena, int dir, uint64_t size)
{
	struct tlog_reader *r = arena_alloc(arena, sizeof *r);

	r->dir = dir;
	r->size = size;
	return r;
}

/* The file at its width under size, else the full one, cut by the caller. */
static int read_covered(struct arena *arena, int dir, unsigned level, uint64_t index, unsigned width, size_t most, struct bytes *out, bool *full,
			struct err *err)
{
	char path[TILE_PATH];
	struct err first = { 0 };

	*full = width == TILE_WIDTH;
	if (file_read(arena, dir, tile_path(path, level, index, width), most, out, &first) == 0)
		return 0;
	if (!*full && first.code == ERR_NOT_FOUND && file_read(arena, dir, tile_path(path, level, index, TILE_WIDTH), most, out, NULL) == 0) {
		*full = true;
		return 0;
	}
	if (err)
		*err = first;
	return -1;
}

int tlog_read_tile(int dir, uint64_t size, unsigned level, uint64_t index, struct merkle_hash hashes[TILE_WIDTH], unsigned *width,
		  struct err *err)
{
	ARENA(arena) = arena_new(0);
	unsigned w = tile_width(size, level, index);
	struct bytes b;
	bool full;

	if (w == 0)
		return fail(err, ERR_NOT_FOUND, index, "tile %llu of level %u is not covered by size %llu", (unsigned long long)index, level,
			    (unsigned long long)size);
	if (read_covered(arena, dir, level, index, w, TILE_BYTES, &b, &full, err) != 0)
		return -1;
	if (b.n != (full ? TILE_WIDTH : w) * (size_t)SHA256_BYTES) {
		char path[TILE_PATH];
		return fail(err, ERR_MISMATCH, b.n, "%s has %zu bytes", tile_path(path, level, index, w), b.n);
	}
	memcpy(hashes, b.p, w * sizeof *hashes);
	*width = w;
	return 0;
}

int tlog_read_bundle(struct arena *arena, int dir, uint64_t size, uint64_t index, struct bytes entries[TILE_WIDTH], unsigned *width,
		    struct err *err)
{
	unsigned w = tile_width(size, TILE_ENTRIES, index);
	struct bytes b, found[TILE_WIDTH];
	bool full;

	if (w == 0)
		return fail(err, ERR_NOT_FOUND, index, "bundle %llu is not covered by size %llu", (unsigned long long)index, (unsigned long long)size);
	if (read_covered(arena, dir, TILE_ENTRIES, index, w, BUNDLE_BYTES_MOST, &b, &full, err) != 0 ||
	    bundle_read(b, full ? TILE_WIDTH : w, found, err) != 0)
		return -1;
	memcpy(entries, found, w * sizeof *entries);
	*width = w;
	return 0;
}

int tlog_read_entry(struct arena *arena, int dir, uint64_t size, uint64_t index, struct bytes *out, struct err *err)
{
	struct bytes entries[TILE_WIDTH];
	unsigned width;

	if (index >= size)
		return fail(err, ERR_NOT_FOUND, index, "entry %llu is not in a log of %llu", (unsigned long long)index, (unsigned long long)size);
	if (tlog_read_bundle(arena, dir, size, index / TILE_WIDTH, entries, &width, err) != 0)
		return -1;
	*out = entries[index % TILE_WIDTH];
	return 0;
}

static int node(void *self, unsigned level, uint64_t index, struct merkle_hash *out, struct err *err)
{
	struct tlog_reader *r = self;
	unsigned tile_level = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
	uint64_t first = index << height, tile = first / TILE_WIDTH;
	size_t at = first % TILE_WIDTH;
	struct tlog_tile *held = &r->held[tile_level];

	if (held->width == 0 || held->index != tile) {
		held->width = 0;
		if (tlog_read_tile(r->dir, r->size, tile_level, tile, held->hashes, &held->width, err) != 0)
			return -1;
		held->index = tile;
	}
	if (at + ((size_t)1 << height) > held->width)
		return fail(err, ERR_INVALID, index, "no such subtree in a log of %llu", (unsigned long long)r->size);
	tile_fold(held->hashes + at, height, out);
	return 0;
}

struct merkle_source tlog_reader_source(struct tlog_reader *reader)
{
	return (struct merkle_source){ .node = node, .self = reader };
}

int tlog_read_checkpoint(struct arena *arena, int dir, struct bytes *raw, struct note *note, struct checkpoint *out, struct err *err)
{
	struct bytes b;

	if (file_read(arena, dir, "checkpoint", NOTE_BYTES_MOST, &b, err) != 0 || note_read(arena, b, note, err) != 0 ||
	    checkpoint_read(arena, note->text, out, err) != 0)
		return -1;
	if (raw)
		*raw = b;
	return 0;
}

int tlog_find_row(struct arena *arena, int dir, uint64_t size, const uint8_t *epoch, uint64_t no, uint64_t *index, struct bytes *entry,
		 struct err *err)
{
	uint8_t wanted[ENTRY_EPOCH];
	bool known = epoch != NULL;

	if (known)
		memcpy(wanted, epoch, sizeof wanted);
	for (uint64_t bundle = (size + TILE_WIDTH - 1) / TILE_WIDTH; bundle-- > 0;) {
		ARENA(work) = arena_new(0);
		struct bytes entries[TILE_WIDTH];
		unsigned width;
		if (tlog_read_bundle(work, dir, size, bundle, entries, &width, err) != 0)
			return -1;
		for (unsigned i = width; i-- > 0;) {
			struct entry e;
			if (entry_read(work, entries[i], &e, err) != 0)
				return -1;
			if (!known)
				memcpy(wanted, e.epoch, sizeof wanted), known = true;
			if (e.no == no && memcmp(e.epoch, wanted, sizeof wanted) == 0) {
				*index = bundle * TILE_WIDTH + i;
				*entry = arena_bytes(arena, entries[i]);
				return 0;
			}
		}
	}
	return fail(err, ERR_NOT_FOUND, no, "row %llu is not sealed", (unsigned long long)no);
}
