/* 証跡ログを読む — tiles and bundles of a log folder, as far as a checkpoint of `size` covers them. For making proofs and for the start of
 * evidenced; it believes what it reads: whoever must not believe it uses verify.h. */
#ifndef EVIDENCE_TLOG_READ_H
#define EVIDENCE_TLOG_READ_H
#include "evidence/checkpoint.h"
#include "evidence/tile.h"

struct tlog_reader {
	int dir; /* the folder with checkpoint and tile/; stays the caller's */
	uint64_t size;
	struct tlog_tile {
		unsigned width; /* 0 = nothing held */
		uint64_t index;
		struct merkle_hash hashes[TILE_WIDTH];
	} held[TILE_LEVELS]; /* the tile of each level used last */
};
/* In the arena: it holds 64 KiB. */
struct tlog_reader *tlog_reader_new(struct arena *arena, int dir, uint64_t size);
struct merkle_source tlog_reader_source(struct tlog_reader *reader);
/* One tile at the width it has under `size`; where the partial file is gone, the start of the full one. ERR_MISMATCH if it has another length. */
int tlog_read_tile(int dir, uint64_t size, unsigned level, uint64_t index, struct merkle_hash hashes[TILE_WIDTH], unsigned *width,
		  struct err *err) CHECK_RESULT;
/* Likewise a bundle; entries are views into the arena. */
int tlog_read_bundle(struct arena *arena, int dir, uint64_t size, uint64_t index, struct bytes entries[TILE_WIDTH], unsigned *width,
		    struct err *err) CHECK_RESULT;
int tlog_read_entry(struct arena *arena, int dir, uint64_t size, uint64_t index, struct bytes *out, struct err *err) CHECK_RESULT;
/* The file `checkpoint`: the note (unverified) and its three lines. raw may be NULL. */
int tlog_read_checkpoint(struct arena *arena, int dir, struct bytes *raw, struct note *note, struct checkpoint *out, struct err *err) CHECK_RESULT;
/* Index of the entry of row `no` in the epoch (NULL: the epoch of the last entry). ERR_NOT_FOUND if it is not sealed. Reads bundles from the end
 * on: numbers rise with the index inside an epoch. */
int tlog_find_row(struct arena *arena, int dir, uint64_t size, const uint8_t *epoch, uint64_t no, uint64_t *index, struct bytes *entry,
		 struct err *err) CHECK_RESULT;

#endif
