/* 記録の設置 — making and opening the store as its single writer: recordd and tests. */
#ifndef STORE_SETUP_H
#define STORE_SETUP_H
#include "base/json.h"
#include "store/sql.h"

enum { STORE_READ_GROUP = 7300 }; /* sekisho-read: those who may read records/ */

/* Makes home/records/records.db with the site's row; the same site again is no failure, another is ERR_CONFLICT. As root and unless one_uid,
 * folder and file are given to recordd's uid and the reading group. */
int store_setup(const char *home, struct text site, bool one_uid, struct err *err) CHECK_RESULT;
/* A store put back from a backup, before anything else touches it: migrated, checked whole, every session ended, a new epoch opened whose first row
 * store.restored holds `about` (why, from which backup) and where the epoch before ended. *out: canonical JSON of that row's content, in the arena. */
int store_restored(const char *home, const struct json *about, struct arena *arena, struct bytes *out, struct err *err) CHECK_RESULT;
/* Opens it for writing: migrates, reads it whole unless store_close ended its last life (ERR_MISMATCH: damaged), opens the first epoch if there is none,
 * journals the start. *site lives in the arena. ERR_NOT_FOUND: not set up. */
int store_open(const char *home, struct arena *arena, struct sql **out, struct text *site, struct err *err) CHECK_RESULT;
/* Ends in order: the next start need not read it whole. A failure (a full disk) closes it all the same, and the next start reads. */
int store_close(struct sql *sql, struct text site, struct err *err) CHECK_RESULT;

#endif
