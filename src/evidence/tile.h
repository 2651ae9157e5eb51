/* タイル — C2SP tlog-tiles: names of tiles and entry bundles, their widths, and the bundle's bytes. Pure; bundles are foreign bytes. */
#ifndef EVIDENCE_TILE_H
#define EVIDENCE_TILE_H
#include "base/buf.h"
#include "evidence/entry.h"
#include "evidence/merkle.h"

enum {
	TILE_WIDTH = 256,
	TILE_HEIGHT = 8,     /* levels of the tree in one tile */
	TILE_LEVELS = 8,     /* 8 × 8 bits reach beyond MERKLE_SIZE_MOST */
	TILE_ENTRIES = 64,   /* in place of a level: the bundles */
	TILE_BYTES = TILE_WIDTH * SHA256_BYTES,
	TILE_PATH = 96,
	BUNDLE_BYTES_MOST = TILE_WIDTH * (2 + ENTRY_FORMAT_MOST),
};

/* "tile/0/x001/234.p/17"; width TILE_WIDTH = the full tile. Returns out. */
char *tile_path(char out[TILE_PATH], unsigned level, uint64_t index, unsigned width);
/* The strict inverse; -1 if the path is not exactly one that tile_path writes. */
int tile_path_read(const char *path, unsigned *level, uint64_t *index, unsigned *width) CHECK_RESULT;
/* ⌊size / 256^level⌋ (TILE_ENTRIES counts as level 0). */
uint64_t tile_hashes(uint64_t size, unsigned level);
/* Width that tile `index` has in a log of this size: 256, less for the last one, 0 where there is none. */
unsigned tile_width(uint64_t size, unsigned level, uint64_t index);
/* Root of 2^height hashes, height ≤ 8. */
void tile_fold(const struct merkle_hash *hashes, unsigned height, struct merkle_hash *out);

/* Entry: u16 big endian length and its bytes. The entry has 1 … ENTRY_FORMAT_MOST bytes. */
void bundle_put(struct buf *bundle, struct bytes entry);
/* Whole entries from the start, at most TILE_WIDTH; *used = bytes they take. Views into `in`. Never fails: a torn end just ends it. */
size_t bundle_whole(struct bytes in, struct bytes entries[TILE_WIDTH], size_t *used);
/* Exactly `width` entries and nothing behind them; err->at = offset. */
int bundle_read(struct bytes in, unsigned width, struct bytes entries[TILE_WIDTH], struct err *err) CHECK_RESULT;

#endif
