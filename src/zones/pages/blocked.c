/* 遮った通信 — GET /zones/blocked, /zones/blocked/chart.svg: how many packets the rules refused between the zones, by hour or by day, of all pairs or one; each hour with the
 * row of the journal that holds it. article: s6.3.2a s6.7a */
#include "base/calendar.h"
#include "store/read.h"
#include "web/chart.h"
#include "web/pages.h"
#include "web/request.h"
#include "zones/pages/zones.h"

enum { HOUR = 3600 };

struct counts {
	struct blocked_time *times; /* each hour or day of the time, the latest last */
	size_t count;
	uint64_t all;
};

static const char *hour_label(struct arena *arena, int64_t hour)
{
	char day[CALENDAR_TEXT];
	int64_t of_day = (hour - calendar_day_of(hour)) / HOUR;

	return arena_printf(arena, "%s %02lld:00", calendar_day_iso(hour, day) + 5, (long long)of_day);
}

static const char *day_label(struct arena *arena, int64_t day)
{
	char text[CALENDAR_TEXT];

	return arena_printf(arena, "%s", calendar_day_iso(day, text));
}

/* What zonesd has not written down yet, of the pair that is wanted. */
static uint64_t running(const struct zones_facts *f, struct text from, struct text to)
{
	const struct json *now = f->told ? json_get(&f->status, "blocked") : NULL;
	uint64_t sum = 0;

	for (size_t i = 0; now && i < now->count; i++)
		if ((text_is(from, "*") || text_equal(from, json_text(&now->items[i], "from"))) && (text_is(to, "*") || text_equal(to, json_text(&now->items[i], "to"))))
			sum += (uint64_t)json_number(&now->items[i], "packets", 0);
	return sum;
}

static int64_t begin_of(const struct zones_facts *f, bool hourly)
{
	return hourly ? (f->now / HOUR - (BLOCKED_HOURS - 1)) * HOUR : calendar_day_of(f->now) - (BLOCKED_DAYS - 1) * (int64_t)DAY_SECONDS;
}

static int count_times(struct store_reader *reader, struct arena *arena, const struct zones_facts *f, struct text from, struct text to, bool hourly, struct counts *out, struct err *err)
{
	int64_t since = begin_of(f, hourly), step = hourly ? HOUR : DAY_SECONDS;
	struct counts c = { arena_new_array(arena, struct blocked_time, MAX(BLOCKED_HOURS, BLOCKED_DAYS)), hourly ? BLOCKED_HOURS : BLOCKED_DAYS, 0 };
	struct store_blocked_hours hours;

	if (store_read_blocked_hours(reader, arena, since, f->now, from, to, &hours, err) != 0)
		return -1;
	for (size_t i = 0; i < c.count; i++)
		c.times[i].label = hourly ? hour_label(arena, since + (int64_t)i * step) : day_label(arena, since + (int64_t)i * step);
	for (size_t i = 0; i < hours.count; i++) {
		size_t at = (size_t)((hours.rows[i].hour - since) / step);
		if (at >= c.count)
			continue;
		c.times[at].packets += hours.rows[i].packets;
		c.times[at].no = MAX(c.times[at].no, hours.rows[i].no);
	}
	c.times[c.count - 1].packets += running(f, from, to);
	for (size_t i = 0; i < c.count; i++)
		c.all += c.times[i].packets;
	*out = c;
	return 0;
}

/* "" in a form: all. From and to of what is of no pair cannot be chosen; they count among all. */
static struct text wanted(const struct request *r, const char *name)
{
	struct text t = fields_first(&r->query, name);

	return t.n ? t : TEXT("*");
}

static bool is_hourly(const struct request *r) { return text_is(fields_first(&r->query, "by"), "hour"); }

static int fill_pairs(struct store_reader *reader, struct request *r, const struct zones_facts *f, struct blocked_view *v, struct err *err)
{
	const struct json *now = f->told ? json_get(&f->status, "blocked") : NULL;
	struct store_blocked_pairs pairs;

	if (store_read_blocked_pairs(reader, r->arena, begin_of(f, v->hourly), f->now, &pairs, err) != 0)
		return -1;
	v->pairs = arena_new_array(r->arena, struct blocked_row, pairs.count + (now ? now->count : 0));
	for (size_t i = 0; i < pairs.count; i++)
		zones_blocked_row(r->arena, f, v->pairs, &v->pair_count, pairs.rows[i].from, pairs.rows[i].to, r->language)->month += pairs.rows[i].packets;
	for (size_t i = 0; now && i < now->count; i++)
		zones_blocked_row(r->arena, f, v->pairs, &v->pair_count, json_text(&now->items[i], "from"), json_text(&now->items[i], "to"), r->language)->month += (uint64_t)json_number(&now->items[i], "packets", 0);
	return 0;
}

static int read_all(struct request *r, struct zones_facts *f, struct counts *c, struct blocked_view *v, struct err *err)
{
	struct store_reader *reader;

	if (zones_facts_read(r, f, err) != 0 || store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = count_times(reader, r->arena, f, wanted(r, "from"), wanted(r, "to"), is_hourly(r), c, err) != 0 || (v && fill_pairs(reader, r, f, v, err) != 0) ? -1 : 0;
	store_read_give(reader);
	return status;
}

static int export_times(struct request *r, enum export_kind kind, const struct counts *c, struct err *err)
{
	static const struct export_column columns[] = { { { "いつ", "Time" }, 16 }, { { "遮ったパケット", "Packets blocked" }, 16 }, { { "日誌の記録", "Row of the journal" }, 12 } };
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < c->count; i++) {
		const struct blocked_time *t = &c->times[i];
		const struct export_cell cells[COUNT(columns)] = { cell_text((struct text){ t->label, strlen(t->label) }), cell_number((int64_t)t->packets),
								   t->no ? cell_number((int64_t)t->no) : cell_text(TEXT("")) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

int zones_blocked(struct request *r, struct html *o, struct err *err)
{
	struct blocked_view v = { .hourly = is_hourly(r), .from = fields_first(&r->query, "from"), .to = fields_first(&r->query, "to"), .by = fields_first(&r->query, "by"),
				  .links = export_links_of(r, "page") };
	struct zones_facts f;
	struct counts c;
	enum export_kind kind;

	if (read_all(r, &f, &c, &v, err) != 0)
		return -1;
	if (export_wanted(r, &kind))
		return export_times(r, kind, &c, err);
	v.places = zones_places_of(r->arena, &f, r->language);
	v.all = c.all, v.times = arena_new_array(r->arena, struct blocked_time, c.count);
	for (size_t i = c.count; i > 0; i--) /* the latest first, and only where there was something */
		if (c.times[i - 1].packets)
			v.times[v.time_count++] = c.times[i - 1];
	page_zones_blocked(o, &v);
	return 0;
}

int zones_blocked_chart(struct request *r, struct html *o, struct err *err)
{
	struct zones_facts f;
	struct counts c;

	(void)o;
	if (read_all(r, &f, &c, NULL, err) != 0)
		return -1;
	struct chart_bar *bars = arena_new_array(r->arena, struct chart_bar, c.count);
	for (size_t i = 0; i < c.count; i++)
		bars[i] = (struct chart_bar){ { c.times[i].label, strlen(c.times[i].label) }, c.times[i].packets };
	return answer_bytes(r, "image/svg+xml", chart_svg(r->arena, bars, c.count));
}
