/* 統計 — GET /statistics, /statistics/chart.svg: what crossed in a time, by day, section, format, what was removed and refused, and how long people
 * waited: usability is asked for beside security. Each chart has its table; the whole goes into a file. article: s6.3 s6.3.2b */
#include "transfer/pages/statistics.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "web/chart.h"
#include "web/pages.h"
#include "web/request.h"
#include <pthread.h>

enum { USUAL_DAYS = 30, DAYS_MOST = 3660, COUNTED_SECONDS = 60 };

struct word {
	const char *code;
	struct phrase say;
};
static const struct word refusals[] = {
#define REFUSAL(code, ja, en) { #code, { ja, en } },
#include "sanitize/refusals.def"
#undef REFUSAL
};
static const struct word removals[] = {
#define REMOVAL(id, ja, en) { #id, { ja, en } },
#include "sanitize/removals.def"
#undef REMOVAL
};

static struct phrase word_of(const struct word *words, size_t count, struct text code)
{
	for (size_t i = 0; i < count; i++)
		if (text_is(code, words[i].code))
			return words[i].say;
	return (struct phrase){ code.p, code.p };
}

/* The days asked for; without any, the last thirty. */
static void read_days(const struct request *r, struct statistics_view *v)
{
	int64_t today = calendar_day_of(clock_now());
	bool good = true;

	v->from = fields_first(&r->query, "from"), v->to = fields_first(&r->query, "to");
	v->since = today - (USUAL_DAYS - 1) * (int64_t)DAY_SECONDS, v->until = today;
	if (v->from.n)
		good = calendar_read_day(v->from, &v->since, NULL) == 0;
	if (v->to.n)
		good = calendar_read_day(v->to, &v->until, NULL) == 0 && good;
	v->until += DAY_SECONDS; /* the last day counts */
	if (good && v->since < v->until && v->until - v->since <= (int64_t)DAYS_MOST * DAY_SECONDS)
		return;
	v->say = (struct phrase){ "日付が読み取れないか、はじめの日が終わりの日より後です。最近の30日を示しています。",
				  "A day cannot be read, or the first is after the last. The last 30 days are shown." };
	v->since = today - (USUAL_DAYS - 1) * (int64_t)DAY_SECONDS, v->until = today + DAY_SECONDS;
}

static void fill_days(struct request *r, const struct store_statistics *s, struct statistics_view *v, struct counted_group *g)
{
	char text[CALENDAR_TEXT];

	v->days = s->days, v->day_count = s->day_count;
	*g = (struct counted_group){ "days", { "日ごと", "By day" }, { "渡された数", "Handed in" }, { "断った数", "Refused" },
				     arena_new_array(r->arena, struct counted_row, s->day_count), s->day_count };
	for (size_t i = 0; i < s->day_count; i++) {
		const struct store_day *d = &s->days[i];
		const char *day = arena_printf(r->arena, "%s", calendar_day_iso(d->at, text));
		g->rows[i] = (struct counted_row){ { day, day }, d->count, d->refused };
		v->all += d->count, v->refused += d->refused, v->back += d->returned, v->fetched += d->fetched;
	}
}

static struct counted_group group_of(struct request *r, const char *kind, struct phrase title, struct phrase second, const struct store_counted *c,
				     const struct word *words, size_t word_count)
{
	struct counted_group g = { kind, title, { "件数", "Transfers" }, second, arena_new_array(r->arena, struct counted_row, c->count), c->count };

	for (size_t i = 0; i < c->count; i++)
		g.rows[i] = (struct counted_row){ word_of(words, word_count, c->rows[i].value), c->rows[i].tickets, c->rows[i].count };
	return g;
}

/* Counting goes through all tickets of the time: done once a minute for the days last asked for, since a page asks with each of its charts. Times of the
 * count are shown. */
static struct {
	pthread_mutex_t lock;
	struct arena *arena;
	int64_t since, until, at;
	struct store_statistics counted;
} last = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int count_anew(struct request *r, int64_t since, int64_t until, struct err *err)
{
	struct arena *arena = arena_new(0);
	struct store_statistics s;
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0) {
		arena_free(arena);
		return -1;
	}
	int status = store_read_statistics(reader, arena, since, until, &s, err);
	store_read_give(reader);
	if (status != 0) {
		arena_free(arena);
		return -1;
	}
	if (last.arena)
		arena_free(last.arena);
	last.arena = arena, last.since = since, last.until = until, last.at = clock_now(), last.counted = s;
	return 0;
}

static struct store_counted copied(struct arena *arena, const struct store_counted *c)
{
	struct store_counted own = { arena_new_array(arena, struct store_count, c->count), c->count };

	for (size_t i = 0; i < c->count; i++)
		own.rows[i] = (struct store_count){ arena_text(arena, c->rows[i].value), c->rows[i].tickets, c->rows[i].count };
	return own;
}

static int counts(struct request *r, int64_t since, int64_t until, struct store_statistics *out, int64_t *at, struct err *err)
{
	int status = 0;

	pthread_mutex_lock(&last.lock);
	int64_t age = clock_now() - last.at;
	if (!last.arena || last.since != since || last.until != until || age < 0 || age >= COUNTED_SECONDS)
		status = count_anew(r, since, until, err);
	if (status == 0) {
		const struct store_statistics *s = &last.counted;
		*out = *s, *at = last.at;
		out->days = arena_copy(r->arena, s->days, s->day_count * sizeof *s->days);
		out->units = copied(r->arena, &s->units), out->formats = copied(r->arena, &s->formats);
		out->removed = copied(r->arena, &s->removed), out->refusals = copied(r->arena, &s->refusals);
	}
	pthread_mutex_unlock(&last.lock);
	return status;
}

static int fill(struct request *r, struct statistics_view *v, struct err *err)
{
	struct phrase none = { NULL, NULL };
	struct store_statistics s;

	if (counts(r, v->since, v->until, &s, &v->at, err) != 0)
		return -1;
	fill_days(r, &s, v, &v->groups[0]);
	v->groups[1] = group_of(r, "units", (struct phrase){ "課ごと", "By section" }, (struct phrase){ "断った数", "Refused" }, &s.units, NULL, 0);
	v->groups[2] = group_of(r, "formats", (struct phrase){ "ファイルの種類ごと", "By format" }, none, &s.formats, NULL, 0);
	v->groups[3] = group_of(r, "removed", (struct phrase){ "取り除いたもの", "What was removed" }, (struct phrase){ "取り除いた数", "Removed" }, &s.removed,
				removals, COUNT(removals));
	v->groups[4] = group_of(r, "refusals", (struct phrase){ "断った理由", "Why it was refused" }, none, &s.refusals, refusals, COUNT(refusals));
	v->wait = s.wait, v->whole = s.whole;
	v->links = export_links_of(r, "before");
	return 0;
}

static int export_statistics(struct request *r, enum export_kind kind, const struct statistics_view *v, struct err *err)
{
	static const struct export_column columns[] = { { { "表", "Table" }, 20 }, { { "項目", "Item" }, 50 }, { { "件数", "Transfers" }, 10 },
							{ { "数", "Count" }, 10 } };
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t g = 0; g < STATISTICS_GROUPS; g++)
		for (size_t i = 0; i < v->groups[g].count; i++) {
			const struct counted_row *row = &v->groups[g].rows[i];
			const struct export_cell cells[COUNT(columns)] = { cell_phrase(v->groups[g].title), cell_phrase(row->label),
				cell_number((int64_t)row->tickets), v->groups[g].second.ja ? cell_number((int64_t)row->count) : cell_text(TEXT("")) };
			if (export_row(e, cells, err) != 0)
				return -1;
		}
	return export_send(r, e, err);
}

int statistics(struct request *r, struct html *o, struct err *err)
{
	struct statistics_view v = { .from = TEXT("") };
	enum export_kind kind;

	read_days(r, &v);
	if (fill(r, &v, err) != 0)
		return -1;
	if (export_wanted(r, &kind))
		return export_statistics(r, kind, &v, err);
	page_statistics(o, &v);
	return 0;
}

int statistics_chart(struct request *r, struct html *o, struct err *err)
{
	struct statistics_view v = { .from = TEXT("") };
	struct text kind = fields_first(&r->query, "kind");
	const struct counted_group *g = &v.groups[0];

	(void)o;
	read_days(r, &v);
	if (fill(r, &v, err) != 0)
		return -1;
	for (size_t i = 0; i < STATISTICS_GROUPS; i++)
		if (text_is(kind, v.groups[i].kind))
			g = &v.groups[i];
	/* of many days the latest are drawn; the table holds all */
	size_t count = MIN(g->count, (size_t)CHART_BARS_MOST), first = g->count - count;
	struct chart_bar *bars = arena_new_array(r->arena, struct chart_bar, count);
	for (size_t i = 0; i < count; i++) {
		const char *label = r->language == HTML_JAPANESE ? g->rows[first + i].label.ja : g->rows[first + i].label.en;
		bars[i] = (struct chart_bar){ { label, strlen(label) }, g->rows[first + i].tickets };
	}
	return answer_bytes(r, "image/svg+xml", chart_svg(r->arena, bars, count));
}
