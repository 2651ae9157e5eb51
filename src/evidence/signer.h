/* 署名する者 — holds the log's private key and signs checkpoints, each consistent with the one before. It keeps (size, root) of its last signature
 * in its own file, durable before the signature leaves it, and refuses a smaller size or the same size with another root. */
#ifndef EVIDENCE_SIGNER_H
#define EVIDENCE_SIGNER_H
#include "evidence/checkpoint.h"

struct signer {
	int dir; /* the private folder; stays the caller's */
	struct note_key key;
	uint8_t secret[ED25519_SECRET];
	struct checkpoint last; /* what was signed last */
	bool without_sync;	/* for the bench only */
};

/* Throws away what a signer_create left that was broken off: only where no log was ever published. */
void signer_discard(int dir);
/* A new key and the signature of the empty log. ERR_CONFLICT if there is a key. first: the signed checkpoint of size 0. */
int signer_create(struct arena *arena, int dir, struct text origin, struct signer *out, struct bytes *first, struct err *err) CHECK_RESULT;
/* Texts live in the arena. Missing or damaged files of the folder are a failure: a signer without memory must not sign. */
int signer_open(struct arena *arena, int dir, struct signer *out, struct err *err) CHECK_RESULT;
void signer_close(struct signer *signer); /* wipes the key */
/* source: over the new size, must reproduce both the last signed root and the new one. The note lives in the arena.
 * ERR_CONFLICT: smaller, or another root; ERR_MISMATCH: the source's tree does not contain what was signed last. */
int signer_sign(struct arena *arena, struct signer *signer, uint64_t size, const struct merkle_hash *root, const struct merkle_source *source,
		struct bytes *note, struct err *err) CHECK_RESULT;

#endif
