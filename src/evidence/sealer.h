/* 封印する者 — turns journal rows into sealed entries: log, signer and high-water mark in the order that makes a crash harmless (evidence log §7).
 * Knows no sockets: evidenced brings the rows, tests and the bench bring theirs. */
#ifndef EVIDENCE_SEALER_H
#define EVIDENCE_SEALER_H
#include "evidence/journal_wire.h"
#include "evidence/tlog_write.h"
#include "evidence/signer.h"

/* Where the log ends: the row of its last entry. */
struct seal_mark {
	bool any; /* false: nothing was ever sealed */
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t no;
	uint8_t commit[SHA256_BYTES];
};

struct sealer;

/* A new key and an empty log under evidence/ of the data folder; *vkey (in the arena) is the verifier key line. Again: the same one, as long as the log
 * is empty and the origin is the same; a beginning that was broken off before there was a log is thrown away. ERR_CONFLICT: there is another log. */
int sealer_create(struct arena *arena, int home, struct text origin, char **vkey, struct err *err) CHECK_RESULT;
/* Opens log, signer and mark and holds them against each other. ERR_MISMATCH, ERR_SIGNATURE, ERR_CONFLICT: what was signed is not what lies there —
 * stop and alarm. What an earlier life wrote but did not sign is taken in by sealer_finish. One sealer per data folder (a lock holds the others off:
 * ERR_BUSY). */
int sealer_open(struct arena *arena, int home, struct sealer **out, struct err *err) CHECK_RESULT;
void sealer_close(struct sealer *s); /* wipes the key; NULL is fine */
const struct note_key *sealer_key(const struct sealer *s);
/* A row ENTRY_HANDOVER_EVENT among what is sealed takes the key that lies aside (signer_prepare) into use: the hand-over is published before the first
 * checkpoint that covers the row is signed, and that one and all that follow bear both signatures. Later: the key before is given up if its time is
 * over and everything is sealed; *done says whether it was. */
int sealer_retire(struct sealer *s, int64_t now, bool *done, struct err *err) CHECK_RESULT;

/* The last entry of the log, unsigned tail included: the next row to ask for is the one behind it. */
const struct seal_mark *sealer_mark(const struct sealer *s);
uint64_t sealer_size(const struct sealer *s);
/* Before anything else is sealed: the store's rows behind `after` of the mark's epoch, as many as there are up to the mark. Each must be the entry
 * that the log holds. first_missing: the store has none of them. Where the store went back in time this fails with ERR_MISMATCH, whatever the numbers
 * say. sealer_compare_from says which `after` to ask with. */
uint64_t sealer_compare_from(const struct sealer *s);
int sealer_compare(const struct sealer *s, const struct journal_row *rows, size_t count, struct err *err) CHECK_RESULT;

/* Signs and publishes what is appended but not signed; advances the mark. Nothing to do is fine. */
int sealer_finish(struct sealer *s, struct err *err) CHECK_RESULT;
/* Rows behind the mark, in order, of one epoch, at most TLOG_BATCH_MOST. A new epoch must begin with ENTRY_NEW_EPOCH_EVENT, the first one with row 1.
 * After 0 everything up to the last row is durable under a signed checkpoint. After -1 nothing was skipped: call sealer_finish before going on; rows
 * up to sealer_mark are in. */
int sealer_seal(struct sealer *s, const uint8_t epoch[ENTRY_EPOCH], const struct journal_row *rows, size_t count, struct err *err) CHECK_RESULT;
int sealer_prune(struct sealer *s, size_t *removed, struct err *err) CHECK_RESULT; /* partial tiles older than a day */

void sealer_without_sync(struct sealer *s); /* bench only */

#endif
