/* 時計 — contract in clock.h. */
#include "base/clock.h"
#include <time.h>

enum { JST = 9 * 3600 };
static int64_t set_to = -1;

int64_t clock_now(void)
{
	return set_to >= 0 ? set_to : (int64_t)time(NULL);
}

int64_t clock_milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_set(int64_t seconds)
{
	set_to = seconds;
}

const char *clock_utc(int64_t seconds, char out[CLOCK_TEXT])
{
	struct tm tm;
	time_t t = (time_t)seconds;

	gmtime_r(&t, &tm);
	strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

int clock_from_utc(const char *s, int64_t *seconds)
{
	struct tm tm = { 0 };
	char again[CLOCK_TEXT];
	const char *end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end)
		return -1;
	int64_t t = (int64_t)timegm(&tm);
	if (strcmp(clock_utc(t, again), s) != 0)
		return -1; /* 2026-02-31, one-digit fields */
	*seconds = t;
	return 0;
}

static struct tm in_japan(int64_t seconds)
{
	struct tm tm;
	time_t t = (time_t)seconds + JST;

	gmtime_r(&t, &tm);
	return tm;
}

const char *clock_jst(int64_t seconds, char out[64])
{
	struct tm tm = in_japan(seconds);

	snprintf(out, 64, "%d年%d月%d日 %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
	return out;
}

const char *clock_wareki(int64_t seconds, char out[64])
{
	static const struct {
		const char *name;
		int year, month, day;
	} eras[] = { { "令和", 2019, 5, 1 }, { "平成", 1989, 1, 8 }, { "昭和", 1926, 12, 25 } };
	struct tm tm = in_japan(seconds);
	int year = tm.tm_year + 1900, date = year * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;

	for (size_t i = 0; i < COUNT(eras); i++) {
		if (date < eras[i].year * 10000 + eras[i].month * 100 + eras[i].day)
			continue;
		char number[12] = "元";
		if (year > eras[i].year)
			snprintf(number, sizeof number, "%d", year - eras[i].year + 1);
		snprintf(out, 64, "%s%s年%d月%d日 %02d:%02d", eras[i].name, number, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
		return out;
	}
	return clock_jst(seconds, out);
}
