/* 証跡ログを書く — the growing log: entries become bundles and tiles, durable before anything is signed over them.
 * Order and crash rules: evidence log §7. Files are written once under their final names; what a signed checkpoint covers is never opened for
 * writing again. One writer per folder. */
#ifndef EVIDENCE_TLOG_WRITE_H
#define EVIDENCE_TLOG_WRITE_H
#include "evidence/tlog_read.h"

enum { TLOG_BATCH_MOST = 65536 }; /* entries of one append */

struct tlog_writer;

/* An empty log: the folder tile/ and the given checkpoint of size 0. ERR_CONFLICT if there is one. */
int tlog_create(int dir, struct bytes checkpoint, struct err *err) CHECK_RESULT;
/* Reads the checkpoint (signed by one of the keys, all of one name; none of their lines fails), rebuilds the right edge from the tiles and recomputes the last level-0 tile from its
 * bundle. ERR_MISMATCH or ERR_SIGNATURE: the log was changed — stop, never repair. dir stays the caller's. The writer lives in the arena. */
int tlog_open(struct arena *arena, int dir, const struct note_key *keys, size_t count, struct tlog_writer **out, struct err *err) CHECK_RESULT;
uint64_t tlog_size(const struct tlog_writer *w);		/* appended, signed or not */
uint64_t tlog_published(const struct tlog_writer *w);	/* size of the checkpoint */
void tlog_root(const struct tlog_writer *w, struct merkle_hash *out);
struct merkle_source tlog_source(struct tlog_writer *w);	/* over what was appended; reads the files */

/* Whole entries that an earlier life wrote behind the checkpoint; a torn end is left out and will be overwritten. Views into the arena. */
int tlog_tail(struct arena *arena, const struct tlog_writer *w, struct bytes **entries, size_t *count, struct err *err) CHECK_RESULT;
/* Writes and syncs bundles and tiles. On failure the log is as before, the half-written names will be overwritten by the next append. */
int tlog_append(struct tlog_writer *w, const struct bytes *entries, size_t count, struct err *err) CHECK_RESULT;
/* The signed checkpoint of tlog_size(w): temporary name, sync, rename, sync of the folder. */
int tlog_publish(struct tlog_writer *w, struct bytes checkpoint, struct err *err) CHECK_RESULT;

/* Removes partial tiles and bundles whose full one is older than `seconds` (a day). Never touches anything else. */
int tlog_prune(const struct tlog_writer *w, int64_t seconds, size_t *removed, struct err *err) CHECK_RESULT;

/* For the bench: leaves out fdatasync and fsync, to see what the hashing and writing alone cost. Never in evidenced. */
void tlog_without_sync(struct tlog_writer *w);

#endif
