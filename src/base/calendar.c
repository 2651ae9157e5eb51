/* 暦 — contract in calendar.h. */
#include "base/calendar.h"
#include "base/text.h"
#include <time.h>

enum { JAPAN = 9 * 3600, WORD_MOST = 40 };

static const struct era {
	const char *name, *letter;
	int year, month, day;
} eras[] = { { "令和", "R", 2019, 5, 1 }, { "平成", "H", 1989, 1, 8 }, { "昭和", "S", 1926, 12, 25 } };

static struct tm in_japan(int64_t at)
{
	time_t t = (time_t)at + JAPAN;
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm;
}

/* ASCII where there is an ASCII form, "元" as 1, signs between numbers as "-"; everything else stays. */
static bool plain(struct text text, char out[WORD_MOST])
{
	size_t n = 0;
	uint32_t c;

	for (size_t at = 0; (c = text_next(text, &at)) != 0;) {
		uint8_t bytes[4];
		if (c >= 0xff01 && c <= 0xff5e)
			c -= 0xfee0;
		if (c == 0x5143)
			c = '1';
		if (c == '/' || c == '.' || c == 0x5e74 || c == 0x6708) /* 年 月 */
			c = '-';
		if (c == 0x65e5 || c == ' ' || c == '\t' || c == 0x3000) /* 日 */
			continue;
		size_t size = utf8_put(bytes, c);
		if (n + size >= WORD_MOST)
			return false;
		memcpy(out + n, bytes, size);
		n += size;
	}
	out[n] = 0;
	return true;
}

static const struct era *era_of(const char **word)
{
	for (size_t i = 0; i < COUNT(eras); i++) {
		size_t name = strlen(eras[i].name);
		bool named = strncmp(*word, eras[i].name, name) == 0;
		if (named || ((*word)[0] | 32) == (eras[i].letter[0] | 32)) {
			*word += named ? name : 1;
			return &eras[i];
		}
	}
	return NULL;
}

static bool number(const char **word, int most, char end, int *out)
{
	int v = 0, digits = 0;

	for (; **word >= '0' && **word <= '9' && digits < 5; (*word)++, digits++)
		v = v * 10 + (**word - '0');
	if (digits == 0 || v < 1 || v > most || **word != end)
		return false;
	*word += end != 0;
	*out = v;
	return true;
}

int calendar_read_day(struct text text, int64_t *day, struct err *err)
{
	char plainly[WORD_MOST];
	const char *word = plainly;
	int year, month, date;

	if (!plain(text, plainly))
		return fail(err, ERR_INVALID, 0, "this is no day");
	const struct era *era = era_of(&word);
	if (!number(&word, 9999, '-', &year) || !number(&word, 12, '-', &month) || !number(&word, 31, 0, &date))
		return fail(err, ERR_INVALID, 0, "this is no day");
	if (era)
		year += era->year - 1;
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = date };
	int64_t at = (int64_t)timegm(&tm);
	if (tm.tm_mday != date || tm.tm_mon != month - 1 || year < 1900 || year > 2999)
		return fail(err, ERR_INVALID, 0, "there is no such day");
	if (era && year * 10000 + month * 100 + date < era->year * 10000 + era->month * 100 + era->day)
		return fail(err, ERR_INVALID, 0, "the era had not begun on that day");
	*day = at - JAPAN;
	return 0;
}

const char *calendar_day(int64_t at, char out[CALENDAR_TEXT])
{
	struct tm tm = in_japan(at);
	int year = tm.tm_year + 1900, date = year * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;

	for (size_t i = 0; i < COUNT(eras); i++) {
		char count[12] = "元";
		if (date < eras[i].year * 10000 + eras[i].month * 100 + eras[i].day)
			continue;
		if (year > eras[i].year)
			snprintf(count, sizeof count, "%d", year - eras[i].year + 1);
		snprintf(out, CALENDAR_TEXT, "%d年（%s%s年）%d月%d日", year, eras[i].name, count, tm.tm_mon + 1, tm.tm_mday);
		return out;
	}
	snprintf(out, CALENDAR_TEXT, "%d年%d月%d日", year, tm.tm_mon + 1, tm.tm_mday);
	return out;
}

const char *calendar_day_iso(int64_t at, char out[CALENDAR_TEXT])
{
	struct tm tm = in_japan(at);

	snprintf(out, CALENDAR_TEXT, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return out;
}

int64_t calendar_day_of(int64_t at)
{
	int64_t there = at + JAPAN, into = there % DAY_SECONDS;

	return at - (into < 0 ? into + DAY_SECONDS : into);
}

int64_t calendar_days_left(int64_t now, int64_t until)
{
	return until <= now ? 0 : (until - now + DAY_SECONDS - 1) / DAY_SECONDS;
}
