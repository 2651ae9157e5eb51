/* 証跡の項目 — what one leaf of the evidence log says: a commitment to one journal row, never its content.
 * recordd makes it in the transaction that writes the row; evidenced seals the bytes as they are. article: s6.5.1 */
#ifndef EVIDENCE_ENTRY_H
#define EVIDENCE_ENTRY_H
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum {
	ENTRY_BYTES_MOST = 1024,   /* ours; the log format allows ENTRY_FORMAT_MOST */
	ENTRY_FORMAT_MOST = 65535,
	ENTRY_EPOCH = 16,
	ENTRY_SALT = 32,
	ENTRY_WORD_MOST = 64,	   /* event and site */
};
#define ENTRY_NUMBER_MOST (((uint64_t)1 << 53) - 1)
#define ENTRY_NEW_EPOCH_EVENT "store.restored" /* the only event that may be the first row of a later epoch */
#define ENTRY_HANDOVER_EVENT "evidence.key_handed_over" /* its record holds {…,"what":{"statement":the hand-over's note}} */
#define ENTRY_ERASED_EVENT "journal.erased"    /* its record names the erased rows: {…,"what":{"rows":[numbers…]}} */

struct entry {
	uint64_t no;		       /* 1 … 2^53 − 1, no gaps within an epoch */
	int64_t at;		       /* seconds UTC */
	uint8_t epoch[ENTRY_EPOCH];
	uint8_t commit[SHA256_BYTES];
	struct text event;	       /* id of events.def: [a-z0-9_.]+ */
	struct text site;	       /* [0-9A-Za-z._-]+ */
};

/* commit = SHA-256(salt ‖ canonical JSON of the record). */
void entry_commit(const uint8_t salt[ENTRY_SALT], struct bytes record, uint8_t out[SHA256_BYTES]);
/* Canonical JSON, at most ENTRY_BYTES_MOST. ERR_INVALID if a field is out of its range. */
int entry_make(struct arena *arena, const struct entry *entry, struct bytes *out, struct err *err) CHECK_RESULT;
/* Strict: exactly what entry_make writes. Texts live in the arena. */
int entry_read(struct arena *arena, struct bytes in, struct entry *out, struct err *err) CHECK_RESULT;

/* The same without an arena: views into `in`, no NUL behind the words. -1 if it is not exactly the form we write. Every row passes here on its way
 * into the log. */
struct entry_frame {
	uint64_t no;
	int64_t at;
	uint8_t epoch[ENTRY_EPOCH];
	uint8_t commit[SHA256_BYTES];
	struct bytes event, site;
	uint64_t bad; /* on failure: about where */
};
int entry_scan(struct bytes in, struct entry_frame *out) CHECK_RESULT;

#endif
