/* トラストファイル — which logs and witnesses an auditor believes, and how many must agree. C2SP tlog-policy. Foreign bytes; pure.
 * Ours end in a line "# sha256 HEX" over everything before it: a comment to others, to us the proof that no byte was changed on its way. */
#ifndef EVIDENCE_TRUST_H
#define EVIDENCE_TRUST_H
#include "evidence/note.h"

enum { TRUST_BYTES_MOST = 256 * 1024, TRUST_LOGS_MOST = 32, TRUST_WITNESSES_MOST = 64, TRUST_GROUPS_MOST = 64 };

struct trust_node { /* a witness or a group; one name space */
	struct bytes name;
	bool is_group, is_member; /* is_member: already counted by a group */
	size_t key;		  /* witness: index in keys */
	size_t *members, count;	  /* group: indices of nodes before it */
	size_t wanted;
};
struct trust {
	struct note_key *keys; /* logs first, then witnesses: what note_verify takes */
	size_t logs, key_count;
	struct trust_node *nodes;
	size_t count;
	bool any_quorum;       /* "quorum none" */
	size_t quorum;	       /* else index of a node */
	bool sealed;	       /* the checksum line is there (and holds) */
};

/* err->at = line, from 1. A checksum line that does not hold, or that was one until a byte of it was changed, is ERR_MISMATCH. */
int trust_read(struct arena *arena, struct bytes in, struct trust *out, struct err *err) CHECK_RESULT;
/* good as note_verify filled it. */
bool trust_is_quorum(const struct trust *trust, const bool *good);
/* The file for one log and no witnesses, with its checksum line. vkey: one line without newline. */
struct bytes trust_text(struct arena *arena, struct text vkey);

#endif
