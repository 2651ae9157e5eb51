/* 記録の検証 — journal rows against the entries that commit to them: part of verify.c, not for others. */
#ifndef EVIDENCE_VERIFY_ROWS_H
#define EVIDENCE_VERIFY_ROWS_H
#include "evidence/verify.h"

int verify_found(struct verify_report *r, enum finding what, const char *file, uint64_t offset, const char *detail, struct err *err);
int verify_found_at(struct verify_report *r, enum finding what, const char *file, uint64_t offset, uint64_t index, const char *detail, struct err *err);

struct verify_rows;
/* handovers: those that lie there, of which the first in_force are; these must be told of by a sealed row each, and each such row have its own. */
struct verify_rows *verify_rows_new(struct arena *arena, int dir, struct verify_report *report, const struct handovers *handovers, size_t in_force);
/* The entries of one bundle, which are known to be the sealed ones; reads the journal file beside it. work: dies after the bundle. */
int verify_rows_bundle(struct verify_rows *v, struct arena *work, uint64_t index, const struct bytes *entries, unsigned width, struct err *err);
/* Every erased row must be named by an erasure, every missing one explained by a restore from a backup that was older. since: size of an older
 * checkpoint that this log does not contain, 0 = none: then a restore before it explains that. ROWS_LOST is what is left if all is explained. */
int verify_rows_end(struct verify_rows *v, uint64_t since, struct err *err);

#endif
