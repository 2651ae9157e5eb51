/* ハッシュ木 — the Merkle tree of RFC 9162 §2.1: leaves, nodes, growing, and the two proofs, checked and made.
 * Pure: no input or output, no allocation; contexts belong to the caller. A verifier answers yes or no and never fails otherwise. */
#ifndef EVIDENCE_MERKLE_H
#define EVIDENCE_MERKLE_H
#include "base/err.h"
#include "base/hash.h"

enum { MERKLE_PROOF_MOST = 63, MERKLE_LEVELS = 63 };
#define MERKLE_SIZE_MOST ((uint64_t)INT64_MAX)

struct merkle_hash {
	uint8_t of[SHA256_BYTES];
};
static inline bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->of, b->of, sizeof a->of) == 0;
}

void merkle_empty(struct merkle_hash *out);				   /* SHA-256 of nothing */
void merkle_leaf(struct bytes entry, struct merkle_hash *out);		   /* SHA-256(00 ‖ entry) */
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out); /* out may be either */

/* The right edge of a growing tree: one hash per set bit of the size. All zero = the empty tree. */
struct merkle_frontier {
	uint64_t size;
	struct merkle_hash peaks[MERKLE_LEVELS]; /* peaks[k]: complete subtree of 2^k leaves, where bit k of size is set */
};
/* One leaf more: on average one node hash. made (NULL or MERKLE_LEVELS long): made[k] receives the root of the complete subtree of 2^k leaves
 * that this leaf finished; returns the highest such k. The size must be below MERKLE_SIZE_MOST. */
unsigned merkle_append(struct merkle_frontier *f, const struct merkle_hash *leaf, struct merkle_hash *made);
void merkle_root(const struct merkle_frontier *f, struct merkle_hash *out);

/* Sizes above MERKLE_SIZE_MOST and proofs above MERKLE_PROOF_MOST are refused. old size 0 is refused: the witness protocol treats it first. */
bool merkle_is_included(uint64_t index, uint64_t size, const struct merkle_hash *leaf, const struct merkle_hash *proof, size_t count,
			const struct merkle_hash *root);
bool merkle_is_consistent(uint64_t old_size, uint64_t new_size, const struct merkle_hash *proof, size_t count,
			  const struct merkle_hash *old_root, const struct merkle_hash *new_root);

/* Where the makers of proofs find hashes: the root of the complete subtree over leaves [index·2^level, (index+1)·2^level). */
struct merkle_source {
	int (*node)(void *self, unsigned level, uint64_t index, struct merkle_hash *out, struct err *err);
	void *self;
};
int merkle_root_of(const struct merkle_source *source, uint64_t size, struct merkle_hash *out, struct err *err) CHECK_RESULT;
int merkle_prove_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size, struct merkle_hash proof[MERKLE_PROOF_MOST],
			   size_t *count, struct err *err) CHECK_RESULT;
int merkle_prove_consistency(const struct merkle_source *source, uint64_t old_size, uint64_t new_size,
			     struct merkle_hash proof[MERKLE_PROOF_MOST], size_t *count, struct err *err) CHECK_RESULT;

#endif
