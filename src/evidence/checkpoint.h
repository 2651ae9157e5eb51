/* チェックポイント — three lines: origin, size, root. C2SP tlog-checkpoint; extension lines are refused. Foreign bytes; pure. */
#ifndef EVIDENCE_CHECKPOINT_H
#define EVIDENCE_CHECKPOINT_H
#include "evidence/merkle.h"
#include "evidence/note.h"

struct checkpoint {
	struct text origin;
	uint64_t size;
	struct merkle_hash root;
};

/* The text of a note, before its signatures. Size 0 must have the empty root. */
int checkpoint_read(struct arena *arena, struct text in, struct checkpoint *out, struct err *err) CHECK_RESULT;
struct text checkpoint_text(struct arena *arena, const struct checkpoint *checkpoint);

#endif
