/* 庁内側の画面のための閲覧 — contract in read.h: what waits for a person today, who is away, who may decide. */
#include "base/clock.h"
#include "store/approvers.h"
#include "store/client.h"
#include "store/reader.h"

enum { RECENT_SECONDS = 7 * 86400, SOON_SECONDS = 2 * 86400, RELEASED_SHOWN = 30 * 86400 };

/* ---- today ---- */

static int when_opened(struct store_reader *r, struct arena *arena, uint64_t number, int64_t *at, struct err *err)
{
	struct sql_ticket_listed_row row;
	bool found;

	*at = 0;
	if (number == 0)
		return 0;
	if (sql_ticket_listed(r->sql, arena, r->site, (int64_t)number, &row, &found, err) != 0)
		return -1;
	*at = found ? row.judged : 0;
	return 0;
}

int store_read_today(struct store_reader *r, struct arena *arena, struct text person, struct store_today *out, struct err *err)
{
	struct sql_inbox_counted_row inbox;
	struct sql_sent_counted_row sent;
	struct store_numbers waiting;
	int64_t now = clock_now(), since;
	uint64_t oldest;
	bool found;

	if (store_waiting_for(r, arena, person, &waiting, err) != 0 ||
	    sql_inbox_counted(r->sql, arena, r->site, person, now, now + SOON_SECONDS, &inbox, &found, err) != 0 ||
	    sql_sent_counted(r->sql, arena, r->site, person, now - RECENT_SECONDS, &sent, &found, err) != 0)
		return -1;
	oldest = waiting.count ? waiting.rows[0] : 0;
	if (when_opened(r, arena, oldest, &since, err) != 0)
		return -1;
	*out = (struct store_today){
		.waiting = (uint32_t)waiting.count, .waiting_oldest = oldest, .waiting_since = since, .inbox = (uint32_t)inbox.count,
		.inbox_oldest = (uint64_t)inbox.oldest, .inbox_since = inbox.since, .expiring = (uint32_t)inbox.soon_count,
		.returned = (uint32_t)sent.back, .returned_newest = (uint64_t)sent.back_newest, .under_way = (uint32_t)sent.under_way,
		.under_way_oldest = (uint64_t)sent.under_way_oldest,
	};
	return 0;
}

int store_read_back(struct store_reader *r, struct arena *arena, struct text sender, unsigned most, struct store_tickets *out, struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_back(r->sql, arena, r->site, sender, clock_now() - RECENT_SECONDS, most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_expiring(struct store_reader *r, struct arena *arena, struct text addressee, int64_t seconds, unsigned most, struct store_tickets *out,
			struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;
	int64_t now = clock_now();

	most = read_most(most);
	if (sql_tickets_expiring(r->sql, arena, r->site, addressee, now, now + seconds, most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_outward(struct store_reader *r, struct arena *arena, struct text sender, uint64_t before, unsigned most, struct store_tickets *out,
		       struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_sent(r->sql, arena, r->site, sender, DIRECTION_OUT, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_quarantined(struct store_reader *r, struct arena *arena, uint64_t before, unsigned most, struct store_tickets *out, struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_quarantined(r->sql, arena, r->site, clock_now(), read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_released(struct store_reader *r, struct arena *arena, struct text unit, unsigned most, struct store_tickets *out, struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_released(r->sql, arena, r->site, unit, clock_now() - RELEASED_SHOWN, most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

/* ---- absences ---- */

static void absences_of(struct arena *arena, const struct sql_absence_by_journal_row *rows, size_t count, struct store_absences *out)
{
	*out = (struct store_absences){ arena_new_array(arena, struct store_absence, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_absence){ (uint64_t)rows[i].id, rows[i].number, rows[i].name, rows[i].unit, rows[i].unit_name, rows[i].acting,
						       rows[i].acting_name, rows[i].reason, rows[i].created_by_name, rows[i].since, rows[i].until };
}

int store_read_absences(struct store_reader *r, struct arena *arena, struct text number, struct text acting, struct store_absences *out,
			struct err *err)
{
	struct sql_absence_by_journal_row *rows;
	size_t count;

	if (sql_absences_present(r->sql, arena, r->site, number, acting, clock_now(), STORE_READ_MOST, &rows, &count, err) != 0)
		return -1;
	absences_of(arena, rows, count, out);
	return 0;
}

int store_read_absences_of_unit(struct store_reader *r, struct arena *arena, struct text unit, struct store_absences *out, struct err *err)
{
	struct sql_absence_by_journal_row *rows;
	size_t count;

	if (sql_absences_of_unit(r->sql, arena, r->site, unit, clock_now(), &rows, &count, err) != 0)
		return -1;
	absences_of(arena, rows, count, out);
	return 0;
}

int store_read_may_act(struct store_reader *r, struct arena *arena, struct text unit, struct text but, struct store_people *out, struct err *err)
{
	struct sql_person_by_number_row *rows;
	size_t count, kept = 0;

	if (sql_people_of_unit(r->sql, arena, r->site, unit, clock_now(), STORE_READ_MOST, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_people){ arena_new_array(arena, struct store_person, count), 0, count == STORE_READ_MOST };
	for (size_t i = 0; i < count; i++)
		if (!text_equal(rows[i].number, but))
			out->rows[kept++] = (struct store_person){ .number = rows[i].number, .name = rows[i].name, .kana = rows[i].kana, .unit = rows[i].unit,
								   .unit_name = rows[i].unit_name };
	out->count = kept;
	return 0;
}

/* ---- who may decide ---- */

int store_read_deciders(struct store_reader *r, struct arena *arena, const struct store_ticket *ticket, struct store_deciders *out, struct err *err)
{
	struct sql_approvers_of_unit_row *rows;
	struct sql_person_by_number_row person;
	int64_t now = clock_now();
	struct text unit;
	size_t count;
	bool found;

	if (approver_rows(r->sql, arena, r->site, ticket->sender_unit, ticket->sender, now, &rows, &count, &unit, err) != 0)
		return -1;
	*out = (struct store_deciders){ arena_new_array(arena, struct store_decider, count), 0, unit };
	for (size_t i = 0; i < count; i++) {
		if (sql_person_by_number(r->sql, arena, r->site, rows[i].number, now, &person, &found, err) != 0)
			return -1;
		if (found)
			out->rows[out->count++] = (struct store_decider){ rows[i].number, person.name, rows[i].post };
	}
	return 0;
}
