/* 鍵の引継ぎ書 — how a new signing key of the log is introduced: a signed note that names the old and the new key and bears the signatures of both.
 * The old one says whom to believe next, the new one that it is held by whoever is named. Its text can never be read as a checkpoint (its second line
 * is no size), nor the other way round. Who trusts a key trusts the keys that follow it in the chain; never those before it. Foreign bytes; pure,
 * but for handovers_read. article: s2.6 s6.6a */
#ifndef EVIDENCE_HANDOVER_H
#define EVIDENCE_HANDOVER_H
#include "evidence/note.h"

enum {
#define EVIDENCE_LIMIT(name, most, unit, ja, en) EVIDENCE_##name##_MOST = most,
#include "evidence/limits.def"
#undef EVIDENCE_LIMIT
	HANDOVER_PATH = 32,
};
#define HANDOVER_FOLDER "handover" /* in a log folder and in an export */

struct handover {
	struct note_key old_key, new_key; /* both of the log's name */
	int64_t at, until;		  /* both sign until then */
	struct bytes raw;		  /* the note as it lies there */
};

/* The note; secrets as libsodium keeps them. until ≥ at. */
struct bytes handover_make(struct arena *arena, struct text origin, const uint8_t old_secret[ED25519_SECRET],
			   const uint8_t new_secret[ED25519_SECRET], int64_t at, int64_t until);
/* Exactly what handover_make writes, and both signatures verify. ERR_SIGNATURE otherwise, err->at = offset. */
int handover_read(struct arena *arena, struct bytes in, struct handover *out, struct err *err) CHECK_RESULT;

/* All of a log: handover/001, 002 … one after the other. */
struct handovers {
	struct handover *steps;
	size_t count;
};
char *handover_path(char out[HANDOVER_PATH], size_t number); /* from 1; returns out */
/* Each verifies and goes on from the key that the one before named; no key comes twice. A folder that is not there is no hand-over. On failure
 * *bad is the number of the one that does not do. dir: the folder that holds handover/. */
int handovers_read(struct arena *arena, int dir, struct handovers *out, size_t *bad, struct err *err) CHECK_RESULT;

#endif
