/* 時計 — the one source of time; tests set it. Inside: whole seconds UTC. On screens: JST and 和暦 (base/calendar.h). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include "base/base.h"

int64_t clock_now(void);	      /* seconds since 1970, UTC */
int64_t clock_milliseconds(void);     /* monotonic, for durations and time-outs only */
void clock_set(int64_t seconds);      /* tests: from now on clock_now gives this; -1 = the machine's clock again */

enum { CLOCK_TEXT = 21 };
/* "2026-11-26T09:12:44Z" */
const char *clock_utc(int64_t seconds, char out[CLOCK_TEXT]);
int clock_from_utc(const char *s, int64_t *seconds) CHECK_RESULT;
/* "2026年11月26日 18:12" in JST; "令和8年11月26日 18:12" with the era. */
const char *clock_jst(int64_t seconds, char out[64]);
const char *clock_wareki(int64_t seconds, char out[64]);

#endif
