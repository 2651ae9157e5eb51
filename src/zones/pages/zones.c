/* 通信の分割 — GET /zones, /zones/map.svg: the division of the networks as it is in force on this machine, drawn from the text that zonesd has loaded: who may begin what
 * with whom, on whose word and until when; what may not pass; whether the kernel's rules are proven to say the same, and what was noticed since. For chiefs and
 * administrators alike, who decide about the text. article: s2.11 s6.3.1a s6.3.2a s3.2d */
#include "base/calendar.h"
#include "base/code.h"
#include "store/read.h"
#include "web/pages.h"
#include "web/request.h"
#include "zones/client.h"
#include "zones/pages/zones.h"

enum { HOUR = 3600 };

struct phrase way_state_phrase(const struct way_row *row)
{
	switch (row->state) {
	case MAP_OPEN: return (struct phrase){ "有効", "in force" };
	case MAP_SOON: return (struct phrase){ "もうすぐ期限", "ends soon" };
	case MAP_RESTING: return (struct phrase){ "いまは時間外", "outside its hours" };
	case MAP_EXPIRED: return (struct phrase){ "期限切れ", "expired" };
	}
	return (struct phrase){ "", "" };
}

const char *way_state_class(const struct way_row *row)
{
	return row->state == MAP_OPEN ? "good" : row->state == MAP_SOON ? "care" : "wait";
}

const char *way_state_sign(const struct way_row *row)
{
	return row->state == MAP_OPEN ? "✓" : row->state == MAP_SOON ? "!" : "―";
}

/* ---- how it stands ---- */

static const char *age_of(struct arena *arena, int64_t seconds, enum html_language language)
{
	bool japanese = language == HTML_JAPANESE;

	if (seconds < 60)
		return japanese ? "1分以内" : "within the last minute";
	if (seconds < 2 * HOUR)
		return arena_printf(arena, japanese ? "%lld分前" : "%lld minutes ago", (long long)seconds / 60);
	if (seconds < 2 * DAY_SECONDS)
		return arena_printf(arena, japanese ? "%lld時間前" : "%lld hours ago", (long long)seconds / HOUR);
	return arena_printf(arena, japanese ? "%lld日前" : "%lld days ago", (long long)seconds / DAY_SECONDS);
}

static size_t list_count(const struct json *answer, const char *key)
{
	const struct json *list = answer && answer->kind == JSON_OBJECT ? json_get(answer, key) : NULL;

	return list && list->kind == JSON_ARRAY ? list->count : 0;
}

static void fill_doubts(struct arena *arena, const struct json *proof, const struct json *around, struct zones_page_view *v)
{
	const struct json *const of[] = { proof, around, proof };
	static const char *const lists[][3] = { { "doubts", "what", "where" }, { "doubts", "what", "where" }, { "differences", "packet", "by" } };
	size_t most = 0;

	for (size_t k = 0; k < COUNT(of); k++)
		most += list_count(of[k], lists[k][0]);
	v->doubts = arena_new_array(arena, struct zones_told, most + 1);
	for (size_t k = 0; k < COUNT(of); k++)
		for (size_t i = 0; i < list_count(of[k], lists[k][0]); i++) {
			const struct json *o = &json_get(of[k], lists[k][0])->items[i];
			v->doubts[v->doubt_count++] = (struct zones_told){ json_text(o, lists[k][1]), json_text(o, lists[k][2]) };
		}
}

/* What `sekisho zones probe` left, each night or by hand. */
static void fill_probe(struct request *r, struct zones_page_view *v)
{
	struct json told;

	if (!zones_last_probe(r->arena, r->web->service.home, &told))
		return;
	v->probed = true, v->probed_at = json_number(&told, "at", 0);
	v->probe_sent = (uint64_t)json_number(&told, "sent", 0), v->probe_wrong = (uint64_t)json_number(&told, "wrong", 0);
}

static void fill_state(struct request *r, struct zones_page_view *v)
{
	const struct json *s = &v->f.status, *proof, *around;

	v->last_drift_by = v->broken_law = TEXT("");
	if (!v->f.told)
		return;
	v->since = json_number(s, "since", 0), v->proven_at = json_number(s, "proven_at", 0), v->trial_until = json_number(s, "trial_until", 0);
	v->drifts = (uint64_t)json_number(s, "drifts", 0), v->last_drift = json_number(s, "last_drift", 0), v->last_drift_by = json_text(s, "last_drift_by");
	v->blocked_since = json_number(s, "blocked_since", 0);
	v->age = age_of(r->arena, MAX(v->f.now - v->proven_at, (int64_t)0), r->language);
	v->rules_proven = json_is_true(s, "rules_proven"), v->around_at = json_number(s, "surroundings_at", 0);
	proof = json_get(s, "proof"), around = json_get(s, "surroundings");
	v->around_proven = around && around->kind == JSON_OBJECT && json_is_true(around, "proven");
	if (proof && proof->kind == JSON_OBJECT) {
		v->rules = (uint64_t)json_number(proof, "rules", 0);
		v->broken_law = json_text(proof, "law");
	}
	fill_doubts(r->arena, proof, around, v);
	fill_probe(r, v);
}

/* ---- what may pass ---- */

static uint64_t used_by(const struct zones_page_view *v, struct text id)
{
	const struct json *used = v->f.told ? json_get(&v->f.status, "used") : NULL;

	for (size_t i = 0; used && i < used->count; i++)
		if (text_equal(json_text(&used->items[i], "id"), id))
			return (uint64_t)json_number(&used->items[i], "packets", 0);
	return 0;
}

static const char *rate_of(struct arena *arena, const struct policy_allow *a, enum html_language language)
{
	static const struct phrase pers[] = { [POLICY_PER_SECOND] = { "秒", "second" }, [POLICY_PER_MINUTE] = { "分", "minute" }, [POLICY_PER_HOUR] = { "時間", "hour" } };
	bool japanese = language == HTML_JAPANESE;

	if (a->rate == 0)
		return "";
	return arena_printf(arena, japanese ? "1%sに%llu本まで" : "per %s at most %llu", japanese ? pers[a->per].ja : pers[a->per].en, (unsigned long long)a->rate);
}

static const char *side_label(const struct zones_page_view *v, const struct policy_name *name, enum html_language language)
{
	struct policy_side side = policy_side_of(v->f.policy, name);

	return side.kind == POLICY_SIDE_GATE ? map_place_label(&v->f.map, v->f.policy->zone_count, language).p : side.label.p;
}

static struct way_row row_of(struct request *r, const struct zones_page_view *v, const struct policy_allow *a)
{
	size_t from = map_place_of(&v->f.map, &a->from), to = map_place_of(&v->f.map, &a->to);

	return (struct way_row){ .id = a->id, .from = side_label(v, &a->from, r->language), .to = side_label(v, &a->to, r->language),
				 .from_zone = map_place_label(&v->f.map, from, r->language).p, .to_zone = map_place_label(&v->f.map, to, r->language).p,
				 .services = map_services(r->arena, v->f.policy, a->services, a->service_count), .hours = map_hours(r->arena, a, r->language),
				 .rate = rate_of(r->arena, a, r->language), .owner = a->owner, .party = a->party, .basis = a->basis, .reason = a->reason, .specific = a->specific,
				 .via_gate = a->via_gate, .log = a->log, .rests = a->expires > v->f.now && !v->f.map.open[a - v->f.policy->allows], .state = map_state(&v->f.map, a),
				 .expires = a->expires - DAY_SECONDS, .days_left = calendar_days_left(v->f.now, a->expires), .counted = v->f.told && v->f.keeping >= ZONES_KEPT,
				 .packets = used_by(v, a->id) };
}

static int by_end(const void *a, const void *b)
{
	const struct policy_allow *x = *(const struct policy_allow *const *)a, *y = *(const struct policy_allow *const *)b;

	return x->expires != y->expires ? (x->expires > y->expires ? 1 : -1) : (x > y) - (x < y);
}

static bool is_wanted(const struct zones_page_view *v, const struct policy_allow *a)
{
	const struct map *map = &v->f.map;
	enum map_state state = map_state(map, a);

	if (v->from.n && !text_equal(v->from, map_place_name(map, map_place_of(map, &a->from))))
		return false;
	if (v->to.n && !text_equal(v->to, map_place_name(map, map_place_of(map, &a->to))))
		return false;
	return text_is(v->show, "soon") ? state == MAP_SOON || state == MAP_EXPIRED : text_is(v->show, "specific") ? a->specific : true;
}

/* Those wanted, what ends first in front. */
static const struct policy_allow *const *choose(struct request *r, struct zones_page_view *v)
{
	const struct policy_allow **chosen = arena_new_array(r->arena, const struct policy_allow *, v->f.policy->allow_count + 1);

	for (size_t i = 0; i < v->f.policy->allow_count; i++) {
		const struct policy_allow *a = &v->f.policy->allows[i];
		v->soon_count += map_state(&v->f.map, a) == MAP_SOON;
		v->specific_count += a->specific;
		if (is_wanted(v, a))
			chosen[v->way_total++] = a;
	}
	if (v->way_total)
		qsort(chosen, v->way_total, sizeof *chosen, by_end);
	return chosen;
}

static void fill_ways(struct request *r, struct zones_page_view *v)
{
	const struct policy_allow *const *chosen = choose(r, v);
	uint64_t page = 1;

	v->pages = MAX((v->way_total + WAYS_PAGE - 1) / WAYS_PAGE, (size_t)1);
	if (decimal_decode(bytes_of_text(fields_first(&r->query, "page")), v->pages, &page, NULL) != 0 || page == 0)
		page = 1;
	v->page = page;
	size_t first = (v->page - 1) * WAYS_PAGE;
	v->way_count = MIN((size_t)WAYS_PAGE, v->way_total - MIN(first, v->way_total));
	v->ways = arena_new_array(r->arena, struct way_row, v->way_count);
	for (size_t i = 0; i < v->way_count; i++)
		v->ways[i] = row_of(r, v, chosen[first + i]);
}

static void fill_no_ways(struct request *r, struct zones_page_view *v)
{
	struct map_no_ways ways;

	map_no_ways(r->arena, &v->f.map, &ways);
	v->no_way_total = ways.count, v->no_way_count = MIN(ways.count, (size_t)NO_WAYS_SHOWN);
	v->no_ways = arena_new_array(r->arena, struct no_way_row, v->no_way_count);
	for (size_t i = 0; i < v->no_way_count; i++) {
		const struct map_no_way *n = &ways.list[i];
		v->no_ways[i] = (struct no_way_row){ map_place_label(&v->f.map, n->from, r->language).p, map_place_label(&v->f.map, n->to, r->language).p, n->both,
						     n->never ? n->never->owner : TEXT(""), n->never ? n->never->reason : TEXT("") };
	}
}

static void fill_laws(struct request *r, struct zones_page_view *v)
{
	v->laws = arena_new_array(r->arena, struct law_row, LAW_COUNT);
	for (size_t i = 0; i < LAW_COUNT; i++)
		v->laws[v->law_count++] = (struct law_row){ laws[i].clause, { laws[i].ja, laws[i].en } };
}

/* ---- what was blocked, what was noticed ---- */

static struct blocked_row *blocked_of(struct request *r, struct zones_page_view *v, struct text from, struct text to)
{
	return zones_blocked_row(r->arena, &v->f, v->blocked, &v->blocked_count, from, to, r->language);
}

static int fill_blocked(struct store_reader *reader, struct request *r, struct zones_page_view *v, struct err *err)
{
	const struct json *now = v->f.told ? json_get(&v->f.status, "blocked") : NULL;
	struct store_blocked_pairs month, day;

	if (store_read_blocked_pairs(reader, r->arena, v->f.now - BLOCKED_DAYS * (int64_t)DAY_SECONDS, v->f.now, &month, err) != 0 ||
	    store_read_blocked_pairs(reader, r->arena, v->f.now - DAY_SECONDS, v->f.now, &day, err) != 0)
		return -1;
	v->blocked = arena_new_array(r->arena, struct blocked_row, month.count + (now ? now->count : 0) + 1);
	for (size_t i = 0; i < month.count; i++)
		blocked_of(r, v, month.rows[i].from, month.rows[i].to)->month = month.rows[i].packets;
	for (size_t i = 0; i < day.count; i++)
		blocked_of(r, v, day.rows[i].from, day.rows[i].to)->day = day.rows[i].packets;
	for (size_t i = 0; now && i < now->count; i++) {
		struct blocked_row *row = blocked_of(r, v, json_text(&now->items[i], "from"), json_text(&now->items[i], "to"));
		row->now = (uint64_t)json_number(&now->items[i], "packets", 0);
		row->day += row->now, row->month += row->now;
	}
	return 0;
}

static int fill_records(struct store_reader *reader, struct request *r, struct zones_page_view *v, struct err *err)
{
	uint64_t next;

	if (zones_records_read(reader, r->arena, 0, RECORDS_SHOWN, r->language, &v->records, &v->record_count, &next, err) != 0)
		return -1;
	for (size_t i = 0; i < v->record_count && v->drift_record == 0; i++)
		v->drift_record = v->records[i].grave ? v->records[i].no : 0;
	return 0;
}

/* ---- the pages ---- */

static int export_ways(struct request *r, enum export_kind kind, struct zones_page_view *v, struct err *err)
{
	static const struct export_column columns[] = {
		{ { "許可", "Allow" }, 22 }, { { "どこから", "From" }, 26 }, { { "系", "Zone" }, 22 }, { { "どこへ", "To" }, 26 }, { { "系", "Zone" }, 22 }, { { "通信の種類", "Service" }, 24 },
		{ { "状態", "State" }, 14 }, { { "特定通信", "Specific" }, 10 }, { { "時間帯", "Hours" }, 20 }, { { "上限", "Rate" }, 18 }, { { "責任者", "Owner" }, 20 },
		{ { "相手方", "Party" }, 26 }, { { "根拠", "Basis" }, 34 }, { { "理由", "Reason" }, 40 }, { { "期限", "Until" }, 14 }, { { "残り日数", "Days left" }, 10 },
		{ { "通ったパケット", "Packets" }, 14 },
	};
	const struct policy_allow *const *chosen = choose(r, v);
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < v->way_total; i++) {
		struct way_row w = row_of(r, v, chosen[i]);
		char day[CALENDAR_TEXT];
		const char *until = calendar_day_iso(w.expires, day), *words[] = { w.from, w.from_zone, w.to, w.to_zone, w.services };
		struct export_cell cells[COUNT(columns)] = { cell_text(w.id) };
		for (size_t k = 0; k < COUNT(words); k++)
			cells[1 + k] = cell_text((struct text){ words[k], strlen(words[k]) });
		cells[6] = cell_phrase(way_state_phrase(&w));
		cells[7] = w.specific ? cell_phrase((struct phrase){ "特定通信", "specific" }) : cell_text(TEXT(""));
		cells[8] = cell_text((struct text){ w.hours, strlen(w.hours) }), cells[9] = cell_text((struct text){ w.rate, strlen(w.rate) });
		cells[10] = cell_text(w.owner), cells[11] = cell_text(w.party), cells[12] = cell_text(w.basis), cells[13] = cell_text(w.reason);
		cells[14] = cell_text((struct text){ until, strlen(until) }), cells[15] = cell_number(w.days_left);
		cells[16] = w.counted ? cell_number((int64_t)w.packets) : cell_text(TEXT(""));
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

static int fill_from_store(struct request *r, struct zones_page_view *v, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill_blocked(reader, r, v, err) != 0 || fill_records(reader, r, v, err) != 0 ? -1 : 0;
	store_read_give(reader);
	return status;
}

int zones(struct request *r, struct html *o, struct err *err)
{
	struct zones_page_view v = { .from = fields_first(&r->query, "from"), .to = fields_first(&r->query, "to"), .show = fields_first(&r->query, "show"), .links = export_links_of(r, "page") };
	enum export_kind kind;

	if (zones_facts_read(r, &v.f, err) != 0)
		return -1;
	fill_state(r, &v);
	v.places = zones_places_of(r->arena, &v.f, r->language);
	if (v.f.policy && export_wanted(r, &kind))
		return export_ways(r, kind, &v, err);
	if (v.f.policy) {
		fill_ways(r, &v);
		fill_no_ways(r, &v);
		fill_laws(r, &v);
	}
	if (fill_from_store(r, &v, err) != 0)
		return -1;
	page_zones(o, &v);
	return 0;
}

int zones_map(struct request *r, struct html *o, struct err *err)
{
	struct zones_facts f;

	(void)o;
	if (zones_facts_read(r, &f, err) != 0)
		return -1;
	if (!f.policy)
		return fail(err, ERR_NOT_FOUND, 0, "there is no text to draw");
	return answer_bytes(r, "image/svg+xml", map_svg(r->arena, &f.map, r->language));
}
