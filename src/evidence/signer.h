/* 署名する者 — holds the log's private key and signs checkpoints, each consistent with the one before. It keeps (size, root) of its last signature
 * in its own file, durable before the signature leaves it, and refuses a smaller size or the same size with another root.
 * A new key: signer_prepare lays it aside with its hand-over, signer_switch takes it into use (one rename: it is so or it is not), from then on both
 * sign until signer_retire. */
#ifndef EVIDENCE_SIGNER_H
#define EVIDENCE_SIGNER_H
#include "evidence/checkpoint.h"
#include "evidence/handover.h"

struct signer {
	int dir; /* the private folder; stays the caller's */
	struct note_key key;
	uint8_t secret[ED25519_SECRET];
	bool retiring;			      /* the key before signs too, until … */
	int64_t until;
	bool before_is_silent;		      /* it is about to be given up */
	struct note_key before;
	uint8_t secret_before[ED25519_SECRET];
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

/* Which keys of ours a checkpoint may bear: one or two. */
size_t signer_keys(const struct signer *signer, struct note_key keys[2]);

/* In a life of its own beside the one that signs: a new key and its hand-over from the key in use, laid aside durably; the note is *note. Again within
 * a day, as long as it is not in use: the same one. ERR_CONFLICT: two keys sign already; ERR_BUSY: for a moment still. */
int signer_prepare(struct arena *arena, int dir, int64_t now, int64_t until, struct bytes *note, struct err *err) CHECK_RESULT;
/* What was laid aside for the key in use; ERR_NOT_FOUND if there is nothing. */
int signer_prepared(struct arena *arena, const struct signer *signer, struct handover *out, struct err *err) CHECK_RESULT;
/* What was laid aside comes into use. After -1 the signer is as before. */
int signer_switch(struct arena *arena, struct signer *signer, struct err *err) CHECK_RESULT;
/* The key before signs no more (signer_new_only), and is gone after signer_retire: only when a checkpoint without it is published. */
void signer_new_only(struct signer *signer);
int signer_retire(struct arena *arena, struct signer *signer, struct err *err) CHECK_RESULT;

#endif
