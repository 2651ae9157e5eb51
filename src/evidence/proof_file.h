/* 証明ファイル — C2SP tlog-proof (.tlog-proof): one entry's inclusion, self-contained, for the auditor. Foreign bytes; pure.
 * Our extra data: the salt of the record and the entry itself, neither believed until the leaf is recomputed. */
#ifndef EVIDENCE_PROOF_FILE_H
#define EVIDENCE_PROOF_FILE_H
#include "evidence/checkpoint.h"
#include "evidence/entry.h"

enum { PROOF_FILE_MOST = NOTE_BYTES_MOST + 192 * 1024 };

struct proof_file {
	struct bytes extra;	/* n = 0: none */
	uint64_t index;
	struct merkle_hash hashes[MERKLE_PROOF_MOST];
	size_t count;
	struct bytes checkpoint; /* the note, verbatim */
};
int proof_file_read(struct arena *arena, struct bytes in, struct proof_file *out, struct err *err) CHECK_RESULT;
struct bytes proof_file_text(struct arena *arena, const struct proof_file *proof);

/* Extra data of ours: canonical JSON {"entry":"…","salt":"hex"}. */
struct bytes proof_extra(struct arena *arena, struct bytes entry, const uint8_t salt[ENTRY_SALT]);
int proof_extra_read(struct arena *arena, struct bytes extra, struct bytes *entry, uint8_t salt[ENTRY_SALT], struct err *err) CHECK_RESULT;

#endif
