/* 暦 — days as people write them, 和暦 or 西暦, in Japan's time. Inside a day is the second at which it begins there. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H
#include "base/base.h"
#include "base/err.h"

enum { CALENDAR_TEXT = 64, DAY_SECONDS = 86400 };

/* "2026-12-01" "2026/12/1" "2026.12.1" "2026年12月1日" "令和8年12月1日" "R8.12.1" "平成元年5月1日"; digits and letters of full width too, blanks
 * around it dropped. ERR_INVALID: no such day, or one before its era began. */
int calendar_read_day(struct text text, int64_t *day, struct err *err) CHECK_RESULT;
/* "2026年（令和8年）12月1日" of the day that `at` lies in. */
const char *calendar_day(int64_t at, char out[CALENDAR_TEXT]);
/* "2026-12-01" */
const char *calendar_day_iso(int64_t at, char out[CALENDAR_TEXT]);
int64_t calendar_day_of(int64_t at); /* the beginning of the day that `at` lies in */
/* Days from now until a later time, rounded up: 0 = it is over, 1 = within 24 hours. */
int64_t calendar_days_left(int64_t now, int64_t until);

#endif
