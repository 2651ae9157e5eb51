/* 証跡への受渡し — what evidenced asks recordd: rows to seal, and the report that they are sealed. Both sides use this one file;
 * it stands here because store/ may know evidence/ but not the other way round.
 *
 * JOURNAL_READ  epoch (16 bytes, or empty = the store's own), after u64, most u32, wait u32 milliseconds
 *   → the store's epoch now (16 bytes), count u32, then per row: no u64, at i64, event text, entry bytes.
 *   Rows of the *asked* epoch with no > after in order; fewer than `most` when the message is full. None are there: recordd may hold the reply
 *   until one is committed, at most `wait`. A stranger's epoch is answered at once with the store's epoch and no rows.
 * SEAL_REPORT   epoch (16 bytes), number u64 → empty. Everything of that epoch up to number is durable under a signed checkpoint. */
#ifndef EVIDENCE_JOURNAL_WIRE_H
#define EVIDENCE_JOURNAL_WIRE_H
#include "base/ipc.h"
#include "evidence/entry.h"

enum {
	JOURNAL_READ = 0x0101,
	SEAL_REPORT = 0x0102,
	JOURNAL_ROWS_MOST = 256,
	JOURNAL_WAIT_MOST = 1000, /* milliseconds; recordd treats more as this */
};

struct journal_row {
	uint64_t no;
	int64_t at;
	struct text event;
	struct bytes entry; /* as entry_make wrote it */
};

/* recordd's side. */
struct journal_ask {
	bool any_epoch;
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t after;
	uint32_t most; /* already within JOURNAL_ROWS_MOST, ≥ 1 */
	uint32_t wait; /* already within JOURNAL_WAIT_MOST */
};
int journal_take_ask(struct ipc_message *request, struct journal_ask *out, struct err *err) CHECK_RESULT;
/* Begins the reply, adds rows, closes it. put_row is false when the row no longer fits: close then, the rest comes with the next ask. */
struct journal_reply {
	struct ipc_message message;
	uint32_t count;
	size_t count_at;
};
void journal_reply_start(struct journal_reply *r, struct arena *arena, uint32_t sequence, const uint8_t epoch[ENTRY_EPOCH]);
bool journal_reply_put(struct journal_reply *r, const struct journal_row *row);
struct ipc_message *journal_reply_close(struct journal_reply *r); /* ready for ipc_send */
int journal_take_report(struct ipc_message *request, uint8_t epoch[ENTRY_EPOCH], uint64_t *number, struct err *err) CHECK_RESULT;

/* evidenced's side (and the operator's tools). epoch NULL = the store's own. Rows live in the arena. The reply is believed only as far as
 * its form goes: numbers rise one by one. */
struct journal_rows {
	uint8_t epoch[ENTRY_EPOCH]; /* the store's epoch now */
	struct journal_row *rows;
	size_t count;
};
int journal_read(int recordd, struct arena *arena, const uint8_t *epoch, uint64_t after, uint32_t most, uint32_t wait,
		 struct journal_rows *out, struct err *err) CHECK_RESULT;
int seal_report(int recordd, const uint8_t epoch[ENTRY_EPOCH], uint64_t number, struct err *err) CHECK_RESULT;

#endif
