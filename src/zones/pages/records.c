/* 通信の分割の記録 — GET /zones/records, /zones/records/#: what zonesd wrote into the journal, and one row of it with what is needed to check it against the evidence log.
 * Only rows about the zones: the rest of the journal is not shown here. article: s2.6 s3.2d */
#include "base/clock.h"
#include "base/code.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/events.h"
#include "web/pages.h"
#include "web/request.h"
#include "zones/pages/zones.h"

enum { READ_AT_ONCE = 200, READINGS_MOST = 50, EXPORTED_MOST = 5000, WORDS_MOST = 160 };

static bool is_of_zones(struct text event)
{
	return event.n > 6 && memcmp(event.p, "zones.", 6) == 0;
}

/* What the row itself says, in a line: who did it, what changed, why, how many packets. */
static const char *words_of(struct arena *arena, const struct store_event *e, enum html_language language)
{
	static const char *const keys[] = { "by", "what", "why", "author", "approver" };
	const struct json *what;
	struct buf out = buf_in(arena, 0);
	struct json record;
	int64_t all = 0;

	if (e->record.n == 0)
		return language == HTML_JAPANESE ? "（消去済み）" : "(erased)";
	if (json_read(arena, e->record, &record, NULL) != 0 || !(what = json_get(&record, "what")))
		return "";
	for (size_t i = 0; i < COUNT(keys); i++)
		if (json_text(what, keys[i]).n)
			buf_printf(&out, "%s%.*s", out.n ? " / " : "", WORDS_MOST, json_text(what, keys[i]).p);
	const struct json *pairs = json_get(what, "pairs");
	for (size_t i = 0; pairs && i < pairs->count; i++)
		all += json_number(&pairs->items[i], "packets", 0);
	if (pairs)
		buf_printf(&out, language == HTML_JAPANESE ? "%lld パケット" : "%lld packets", (long long)all);
	return text_is(e->event, "zones.in_force") && json_is_true(what, "confirmed") ? (language == HTML_JAPANESE ? "確かめました" : "confirmed") : buf_string(&out);
}

static struct record_row row_of(struct arena *arena, const struct store_event *e, enum html_language language)
{
	return (struct record_row){ .no = e->no, .at = e->at, .event = e->event, .label = { e->label_ja.p, e->label_en.p }, .words = words_of(arena, e, language), .sealed = e->sealed,
				    .grave = text_is(e->event, "zones.changed_by_others") };
}

int zones_records_read(struct store_reader *reader, struct arena *arena, uint64_t before, size_t most, enum html_language language, struct record_row **rows, size_t *count,
		       uint64_t *next, struct err *err)
{
	struct store_events events = { .more = true };

	*rows = arena_new_array(arena, struct record_row, most), *count = 0, *next = 0;
	for (size_t i = 0; events.more && *next == 0; i++) {
		if (store_read_history(reader, arena, TEXT("process:zonesd"), TEXT(""), before, READ_AT_ONCE, &events, err) != 0)
			return -1;
		for (size_t k = 0; k < events.count && *next == 0; k++) {
			before = events.rows[k].no;
			if (!is_of_zones(events.rows[k].event))
				continue;
			(*rows)[(*count)++] = row_of(arena, &events.rows[k], language);
			if (*count == most && (events.more || k + 1 < events.count))
				*next = before;
		}
		if (events.more && *next == 0 && i + 1 == READINGS_MOST)
			*next = before; /* so many rows of other kinds: the next page goes on from here */
	}
	return 0;
}

static int export_records(struct request *r, struct store_reader *reader, enum export_kind kind, struct err *err)
{
	static const struct export_column columns[] = { { { "記録", "Row" }, 10 }, { { "日時", "Time" }, 20 }, { { "出来事", "Event" }, 34 }, { { "内容", "What" }, 60 }, { { "封印", "Sealed" }, 10 } };
	struct record_row *rows;
	struct export *e;
	uint64_t next;
	size_t count;

	if (zones_records_read(reader, r->arena, 0, EXPORTED_MOST, r->language, &rows, &count, &next, err) != 0 || export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct export_cell cells[COUNT(columns)] = { cell_number((int64_t)rows[i].no), cell_moment(rows[i].at), cell_phrase(rows[i].label),
			cell_text((struct text){ rows[i].words, strlen(rows[i].words) }), cell_phrase(rows[i].sealed ? (struct phrase){ "封印済み", "sealed" } : (struct phrase){ "封印待ち", "not yet" }) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

int zones_records(struct request *r, struct html *o, struct err *err)
{
	struct records_view v = { .links = export_links_of(r, "before") };
	struct store_reader *reader;
	enum export_kind kind;
	uint64_t before = 0;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &before, NULL) != 0)
		before = 0;
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	bool as_file = export_wanted(r, &kind);
	int status = as_file ? export_records(r, reader, kind, err) : zones_records_read(reader, r->arena, before, RECORDS_PAGE, r->language, &v.rows, &v.count, &v.next, err);
	store_read_give(reader);
	if (status == 0 && !as_file)
		page_zones_records(o, &v);
	return status;
}

/* ---- one row ---- */

static struct phrase label_of(struct text key)
{
	static const struct {
		const char *key;
		struct phrase label;
	} rows[] = {
		{ "approver", { "承認した人", "Approved by" } }, { "author", { "提案した人", "Proposed by" } }, { "back_to", { "戻した文（SHA-256）", "Back to (SHA-256)" } },
		{ "by", { "変えたもの", "Changed by" } }, { "confirmed", { "確かめた", "Confirmed" } }, { "hour", { "この時刻から1時間", "The hour from" } },
		{ "pairs", { "組ごとのパケットの数", "Packets of each pair" } }, { "policy", { "きまりの文（SHA-256）", "Policy text (SHA-256)" } },
		{ "proven", { "証明した", "Proven" } }, { "trial", { "試す秒数（0は試さない）", "Seconds of trial (0: none)" } }, { "what", { "変わったもの", "What changed" } },
		{ "why", { "わけ", "Why" } },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(key, rows[i].key))
			return rows[i].label;
	return (struct phrase){ key.p, key.p };
}

static const char *value_of(struct arena *arena, struct text key, const struct json *value, enum html_language language)
{
	char words[64];

	if (value->kind == JSON_STRING)
		return value->string.p;
	if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
		return value->kind == JSON_TRUE ? (language == HTML_JAPANESE ? "はい" : "yes") : language == HTML_JAPANESE ? "いいえ" : "no";
	if (text_is(key, "hour") && value->kind == JSON_NUMBER)
		return arena_printf(arena, "%s", language == HTML_JAPANESE ? clock_jst(value->number, words) : clock_utc(value->number, words));
	if (text_is(key, "pairs") && value->kind == JSON_ARRAY) {
		struct buf out = buf_in(arena, 0);
		for (size_t i = 0; i < value->count; i++) {
			struct text from = json_text(&value->items[i], "from");
			buf_printf(&out, "%s%s%s%s: %lld", i ? ", " : "", from.p, from.n ? " → " : "", json_text(&value->items[i], "to").p, (long long)json_number(&value->items[i], "packets", 0));
		}
		return buf_string(&out);
	}
	struct bytes written = json_bytes(arena, value);
	return arena_copy(arena, written.p, written.n);
}

static void fill_facts(struct arena *arena, const struct store_event *e, enum html_language language, struct record_view *v)
{
	struct json record;
	const struct json *what;

	if (e->record.n == 0 || json_read(arena, e->record, &record, NULL) != 0 || !(what = json_get(&record, "what")) || what->kind != JSON_OBJECT)
		return;
	v->facts = arena_new_array(arena, struct record_fact, what->count);
	for (size_t i = 0; i < what->count; i++)
		v->facts[v->fact_count++] = (struct record_fact){ label_of(what->keys[i]), value_of(arena, what->keys[i], &what->items[i], language) };
}

static int fill_record(struct store_reader *reader, struct request *r, struct record_view *v, struct err *err)
{
	struct store_site site;
	struct store_event e;
	uint8_t hash[SHA256_BYTES];

	if (store_read_site(reader, r->arena, &site, err) != 0 || store_read_event(reader, r->arena, site.epoch, r->number, &e, err) != 0)
		return -1;
	if (!is_of_zones(e.event))
		return fail(err, ERR_NOT_FOUND, r->number, "row %llu is not about the zones", (unsigned long long)r->number);
	const struct event_kind *kind = event_kind_of(e.event);
	sha256_of(e.entry, hash);
	v->row = row_of(r->arena, &e, r->language);
	v->clause = kind ? kind->clause : "";
	v->epoch = hex_of(r->arena, e.epoch), v->entry_hash = hex_of(r->arena, bytes_of(hash, sizeof hash));
	v->entry = arena_copy(r->arena, e.entry.p, e.entry.n), v->record = arena_copy(r->arena, e.record.p, e.record.n);
	v->sealed_at = site.sealed_at, v->sealed_to = site.sealed;
	fill_facts(r->arena, &e, r->language, v);
	return 0;
}

int zones_record(struct request *r, struct html *o, struct err *err)
{
	struct record_view v = { 0 };
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill_record(reader, r, &v, err);
	store_read_give(reader);
	if (status == 0)
		page_zones_record(o, &v);
	return status;
}
