/* 鍵の年齢 — which keys the house has and since when they are in use: for `sekisho keys list` and doctor. Reads as the operator; no secret half leaves
 * its file. */
#ifndef CLI_KEY_AGES_H
#define CLI_KEY_AGES_H
#include "base/arena.h"
#include "base/err.h"

struct key_age {
	const char *name; /* as `sekisho keys` calls it */
	const char *what_ja, *what_en;
	int64_t since; /* 0: there is none, or it cannot be looked at */
	bool can_rotate;
};
enum { KEY_SPOOL, KEY_APPROVAL, KEY_SIGNING, KEY_BACKUP, KEYS };
struct key_ages {
	struct key_age rows[KEYS];
	size_t handovers;		/* of the signing key so far */
	uint32_t signing, signing_before; /* ids, after a hand-over */
	int64_t both_until;		/* the one before signs too until then */
	const char *recovery;		/* name of the recovery key of backups; NULL: none yet */
	size_t bad;			/* which hand-over does not do, where that is the failure; else 0 */
};
/* ERR_NOT_FOUND: no data folder. *out is filled as far as it was read even on failure. */
int key_ages_read(struct arena *arena, const char *home, struct key_ages *out, struct err *err) CHECK_RESULT;

#endif
