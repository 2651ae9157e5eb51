/* 無害化できなかったときの報告 — the report of a file that the sanitiser never gave an answer for: refused, in the same form as its own. */
#ifndef TRANSFER_LOST_REPORT_H
#define TRANSFER_LOST_REPORT_H
#include "base/arena.h"

/* detail: an expert's sentence. Canonical JSON (sanitize/report.h), reason WORKER_DIED. */
struct bytes lost_report(struct arena *arena, struct text name, uint64_t bytes, struct bytes sha256, const char *detail);

#endif
