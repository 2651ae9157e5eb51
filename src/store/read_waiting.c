/* 承認を待つものの閲覧 — contract in read.h: who may decide what waits. */
#include "store/reader.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/sort.h"
#include "store/approvers.h"

enum { WAITING_MOST = 1000 };

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of what waits from one unit, what the person may decide. Senders of one unit mostly share the answer, so it is asked once per sender. */
static int waiting_of_unit(struct store_reader *r, struct arena *arena, struct text person, struct text unit, int64_t now, struct buf *numbers, struct err *err)
{
	struct sql_tickets_waiting_row *rows;
	size_t count, known_count = 0;

	if (sql_tickets_waiting(r->sql, arena, r->site, unit, now, &rows, &count, err) != 0)
		return -1;
	struct {
		struct text sender;
		bool may;
	} *known = arena_alloc(arena, (count + 1) * sizeof *known);
	for (size_t i = 0; i < count; i++) {
		struct approver_posts posts;
		uint64_t number = (uint64_t)rows[i].number;
		size_t k = 0;
		while (k < known_count && !text_equal(known[k].sender, rows[i].sender))
			k++;
		if (k == known_count) {
			if (approver_posts(r->sql, arena, r->site, unit, rows[i].sender, person, now, &posts, err) != 0)
				return -1;
			known[k].sender = rows[i].sender, known[k].may = posts.count > 0;
			known_count++;
		}
		if (known[k].may)
			buf_put(numbers, &number, sizeof number);
	}
	return 0;
}

int store_waiting_for(struct store_reader *r, struct arena *arena, struct text person, struct store_numbers *out, struct err *err)
{
	struct sql_approver_reach_row *units;
	struct buf numbers = buf_in(arena, 0);
	int64_t now = clock_now();
	size_t count;

	*out = (struct store_numbers){ NULL, 0 };
	if (sql_approver_reach(r->sql, arena, r->site, person, now, &units, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (waiting_of_unit(r, arena, person, units[i].unit, now, &numbers, err) != 0)
			return -1;
	out->rows = arena_copy(arena, numbers.p, numbers.n), out->count = numbers.n / sizeof *out->rows;
	sort_items(out->rows, out->count, sizeof *out->rows, by_number);
	return 0;
}

int store_read_waiting(struct store_reader *r, struct arena *arena, struct text person, unsigned most, struct store_tickets *out, struct err *err)
{
	struct store_numbers numbers;
	struct sql_ticket_listed_row row;
	bool found;

	most = MIN(most, (unsigned)WAITING_MOST);
	if (store_waiting_for(r, arena, person, &numbers, err) != 0)
		return -1;
	*out = (struct store_tickets){ arena_new_array(arena, struct store_ticket, numbers.count), 0, numbers.count > most };
	for (size_t i = 0; i < numbers.count && out->count < most; i++) {
		if (sql_ticket_listed(r->sql, arena, r->site, (int64_t)numbers.rows[i], &row, &found, err) != 0)
			return -1;
		if (found && row.state == TICKET_WAITING)
			out->rows[out->count++] = store_ticket_of_line(&row);
	}
	return 0;
}

int store_read_may_decide(struct store_reader *r, struct arena *arena, struct text person, uint64_t number, bool *may, struct err *err)
{
	struct sql_ticket_by_number_row t;
	struct approver_posts posts;
	int64_t now = clock_now();
	bool found;

	if (sql_ticket_by_number(r->sql, arena, r->site, (int64_t)MIN(number, (uint64_t)INT64_MAX), &t, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	if (approver_posts(r->sql, arena, r->site, t.sender_unit, t.sender, person, now, &posts, err) != 0)
		return -1;
	*may = posts.count > 0 && t.state == TICKET_WAITING && t.expires > now;
	return 0;
}
