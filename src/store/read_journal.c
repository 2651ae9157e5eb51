/* 日誌の閲覧 — contract in read.h. */
#include "store/reader.h"
#include "store/events.h"

int store_read_site(struct store_reader *r, struct arena *arena, struct store_site *out, struct err *err)
{
	struct sql_counter_now_row row;
	bool found;

	if (sql_counter_now(r->sql, arena, r->site, &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_BUSY, 0, "recordd has not opened its first epoch yet");
	*out = (struct store_site){ arena_text(arena, r->site), row.epoch, (uint64_t)row.last, (uint64_t)row.sealed, row.sealed_at };
	return 0;
}

int store_read_whole_at(struct store_reader *r, struct arena *arena, int64_t *out, struct err *err)
{
	struct sql_upkeep_now_row now;
	bool found;

	if (sql_upkeep_now(r->sql, arena, r->site, &now, &found, err) != 0)
		return -1;
	*out = found ? now.whole_at : 0;
	return 0;
}

static struct store_event event_of(const struct sql_event_by_number_row *e)
{
	const struct event_kind *kind = event_kind_of(e->event);
	const char *ja = kind ? kind->ja : e->event.p, *en = kind ? kind->en : e->event.p;

	return (struct store_event){ .epoch = e->epoch, .no = (uint64_t)e->no, .at = e->at, .event = e->event, .label_ja = { ja, strlen(ja) },
				     .label_en = { en, strlen(en) }, .actor = e->actor, .actor_name = e->actor_name, .post = e->post,
				     .object = e->object, .record = e->record, .salt = e->salt, .entry = e->entry, .sealed = e->sealed };
}

static void events_of(struct arena *arena, const struct sql_event_by_number_row *rows, size_t count, unsigned most, struct store_events *out)
{
	*out = (struct store_events){ arena_new_array(arena, struct store_event, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = event_of(&rows[i]);
}

int store_read_journal(struct store_reader *r, struct arena *arena, uint64_t after, unsigned most, struct store_events *out, struct err *err)
{
	struct sql_event_by_number_row *rows;
	struct store_site site;
	size_t count;

	most = read_most(most);
	if (store_read_site(r, arena, &site, err) != 0 ||
	    sql_events_after(r->sql, arena, r->site, site.epoch, (int64_t)MIN(after, (uint64_t)INT64_MAX), most + 1, &rows, &count, err) != 0)
		return -1;
	events_of(arena, rows, count, most, out);
	return 0;
}

int store_read_history(struct store_reader *r, struct arena *arena, struct text object, struct text person, uint64_t before, unsigned most,
		       struct store_events *out, struct err *err)
{
	struct sql_event_by_number_row *rows;
	struct store_site site;
	int64_t top = read_before(before);
	size_t count;
	int got;

	most = read_most(most);
	if (store_read_site(r, arena, &site, err) != 0)
		return -1;
	if (object.n && person.n)
		got = sql_events_of_both(r->sql, arena, r->site, site.epoch, object, person, top, most + 1, &rows, &count, err);
	else if (object.n)
		got = sql_events_of_object(r->sql, arena, r->site, site.epoch, object, top, most + 1, &rows, &count, err);
	else if (person.n)
		got = sql_events_of_person(r->sql, arena, r->site, site.epoch, person, top, most + 1, &rows, &count, err);
	else
		got = sql_events_before(r->sql, arena, r->site, site.epoch, top, most + 1, &rows, &count, err);
	if (got != 0)
		return -1;
	events_of(arena, rows, count, most, out);
	return 0;
}

int store_read_event(struct store_reader *r, struct arena *arena, struct bytes epoch, uint64_t no, struct store_event *out, struct err *err)
{
	struct sql_event_by_number_row row;
	bool found;

	if (sql_event_by_number(r->sql, arena, r->site, epoch, (int64_t)MIN(no, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, no, "the journal has no row %llu", (unsigned long long)no);
	*out = event_of(&row);
	return 0;
}

enum { STRANGER_ROWS = 10000 };

int store_read_verdicts(struct store_reader *r, struct arena *arena, uint64_t *out, size_t size, struct err *err)
{
	struct sql_ticket_verdicts_row *rows;
	size_t count;

	if (sql_ticket_verdicts(r->sql, arena, r->site, &rows, &count, err) != 0)
		return -1;
	memset(out, 0, size * sizeof *out);
	for (size_t i = 0; i < count; i++)
		if (rows[i].verdict >= 0 && (size_t)rows[i].verdict < size)
			out[rows[i].verdict] = (uint64_t)rows[i].count;
	return 0;
}

int store_read_strangers(struct store_reader *r, struct arena *arena, int64_t since, uint64_t *out, struct err *err)
{
	struct sql_strangers_since_row row;
	bool found;

	if (sql_strangers_since(r->sql, arena, r->site, STRANGER_ROWS, since, &row, &found, err) != 0)
		return -1;
	*out = (uint64_t)row.count;
	return 0;
}
