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

/* A page of a list tells a hundred times: they are worked out here, since the C library asks for its lock and the zone's file each time. */
struct moment_parts {
	unsigned year, month, day, hour, minute, second;
};
enum { DAY_SECONDS = 86400, DAYS_OF_400_YEARS = 146097, DAYS_BEFORE_1970 = 719468 /* since 0000-03-01 */ };
static const int64_t YEAR_10000 = 253402300800;

static bool take_apart(int64_t seconds, struct moment_parts *out)
{
	if (seconds < 0 || seconds >= YEAR_10000)
		return false;
	/* Years begin in March here, so that the leap day is a year's last. */
	unsigned days = (unsigned)(seconds / DAY_SECONDS) + DAYS_BEFORE_1970, rest = (unsigned)(seconds % DAY_SECONDS), within = days % DAYS_OF_400_YEARS;
	unsigned year = (within - within / 1460 + within / 36524 - within / (DAYS_OF_400_YEARS - 1)) / 365;
	unsigned of_year = within - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	*out = (struct moment_parts){ .month = month < 10 ? month + 3 : month - 9, .day = of_year - (153 * month + 2) / 5 + 1, .hour = rest / 3600,
				      .minute = rest / 60 % 60, .second = rest % 60 };
	out->year = year + 400 * (days / DAYS_OF_400_YEARS) + (out->month <= 2);
	return true;
}

static char *put_two(char *to, unsigned v)
{
	to[0] = (char)('0' + v / 10 % 10), to[1] = (char)('0' + v % 10);
	return to + 2;
}

static char *put_short(char *to, unsigned v) /* below 100 */
{
	if (v >= 10)
		return put_two(to, v);
	*to = (char)('0' + v);
	return to + 1;
}

static char *put_year(char *to, unsigned v) { return put_two(put_two(to, v / 100), v); }

static char *put_word(char *to, const char *word)
{
	size_t n = strlen(word);

	memcpy(to, word, n);
	return to + n;
}

const char *clock_utc(int64_t seconds, char out[CLOCK_TEXT])
{
	struct moment_parts m;
	struct tm tm;
	time_t t = (time_t)seconds;
	char *to = out;

	if (take_apart(seconds, &m)) {
		to = put_year(to, m.year), *to++ = '-', to = put_two(to, m.month), *to++ = '-', to = put_two(to, m.day), *to++ = 'T';
		to = put_two(to, m.hour), *to++ = ':', to = put_two(to, m.minute), *to++ = ':', to = put_two(to, m.second);
		*to++ = 'Z', *to = 0;
		return out;
	}
	gmtime_r(&t, &tm);
	if (strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = 0;
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
	struct moment_parts m;
	char *to = out;

	if (take_apart(seconds + JST, &m)) {
		to = put_word(put_year(to, m.year), "年"), to = put_word(put_short(to, m.month), "月"), to = put_word(put_short(to, m.day), "日 ");
		to = put_two(to, m.hour), *to++ = ':', to = put_two(to, m.minute), *to = 0;
		return out;
	}
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
