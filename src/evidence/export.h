/* 証跡の書出し — writes what an auditor needs into a folder: checkpoint, tiles, bundles, hand-overs of the
 * key, journal rows with their salts, the verifier key for people's
 * eyes. The trust file is not among it: a key found beside a log proves nothing. */
#ifndef EVIDENCE_EXPORT_H
#define EVIDENCE_EXPORT_H
#include "evidence/journal_file.h"
#include "evidence/tlog_read.h"

/* Where the rows come from (the store; tests bring their own). *found false: the row is gone without a trace, it is left out and verification will
 * say so. Texts live in the arena given, which dies after some rows. */
struct export_source {
	int (*row)(void *self, struct arena *arena, const struct entry *entry, struct export_row *out, bool *found, struct err *err);
	void *self;
};
struct export_report {
	uint64_t size, rows, erased, missing;
};
/* to: an empty folder (ERR_CONFLICT otherwise). Files are synced; the checkpoint is written last. */
int export_folder(int log, int to, const struct export_source *source, struct export_report *report, struct err *err) CHECK_RESULT;

#endif
