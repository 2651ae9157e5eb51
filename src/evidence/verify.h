/* 証跡の検証 — an exported folder, checked from the ground: every leaf from its entry, every tile from the leaves, the root against the signature,
 * every journal row against its entry. Believes nothing in the folder; keys come from the trust file alone. Reads only; needs hash, Merkle and note
 * code and nothing else of ours. Stops at the first thing that is wrong and says where it is. */
#ifndef EVIDENCE_VERIFY_H
#define EVIDENCE_VERIFY_H
#include "evidence/checkpoint.h"
#include "evidence/handover.h"
#include "evidence/journal_file.h"
#include "evidence/trust.h"

enum finding {
#define FINDING(name, ja, en) FINDING_##name,
#include "evidence/findings.def"
#undef FINDING
	FINDING_COUNT
};
const char *finding_name(enum finding f); /* "TILE_CHANGED" */
const char *finding_japanese(enum finding f);
const char *finding_english(enum finding f);

struct verify_report {
	/* The first thing that is wrong. */
	enum finding finding;
	char file[TILE_PATH];
	uint64_t offset;	 /* in the file */
	bool has_index;
	uint64_t index;		 /* of the entry */
	uint64_t no;		 /* number of its row, 0 = not known */
	char detail[240];
	/* What was found right until then. */
	struct text origin;
	uint64_t size;
	struct merkle_hash root;
	bool trusted;		 /* a trusted key signed and the quorum holds */
	unsigned cosignatures;
	uint64_t entries, rows, erased;
	bool has_since;
	uint64_t since;
	unsigned restores;	 /* epochs that were opened by a restore */
	size_t handovers;	 /* of the signing key, that are in force */
	/* ROWS_LOST: how many, and what is known of them: rows first … last of the epoch, or (only the older checkpoint knows of them) entries. */
	uint64_t lost, lost_first, lost_last;
	bool lost_are_entries;
};

/* trust NULL: self-consistency only. since NULL: no older checkpoint; else the bytes of its note, which must satisfy the same trust.
 * 0: everything holds. -1 with err: could not be done (no folder, out of limits); the report's finding is FINE then. -1 without a fault of the
 * world: report->finding says what is wrong, err is ERR_MISMATCH. */
int verify_folder(struct arena *arena, int dir, const struct trust *trust, const struct bytes *since, struct verify_report *report,
		  struct err *err) CHECK_RESULT;

/* One note against a trust file (NULL: form only) and the hand-overs of the log's key (NULL: none): a key that a trusted key handed over to is
 * trusted like it. -1 with the finding in the report. */
int verify_checkpoint(struct arena *arena, struct bytes raw, const char *file, const struct trust *trust, const struct handovers *handovers,
		      struct checkpoint *out, struct verify_report *report, struct err *err) CHECK_RESULT;
/* The hand-overs that lie in a log folder or an export. -1 with the finding in the report. */
int verify_handovers(struct arena *arena, int dir, struct handovers *out, struct verify_report *report, struct err *err) CHECK_RESULT;

/* One proof file and the record (canonical JSON, one newline behind it is forgiven). Needs a trust file; no store, no network. */
struct proof_check {
	struct checkpoint checkpoint;
	struct entry entry;
	uint64_t index;
};
int verify_proof(struct arena *arena, struct bytes proof, struct bytes record, const struct trust *trust, const struct handovers *handovers,
		 struct proof_check *out, struct verify_report *report, struct err *err) CHECK_RESULT;

#endif
