/* 統計の閲覧 — contract in read.h. */
#include "store/reader.h"

enum { GROUPS_MOST = 40 };

static int facts(struct store_reader *r, struct arena *arena, const char *kind, int64_t since, int64_t until, struct store_counted *out, struct err *err)
{
	struct sql_statistics_facts_row *rows;
	size_t count;

	if (sql_statistics_facts(r->sql, arena, r->site, (struct text){ kind, strlen(kind) }, since, until, GROUPS_MOST, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_counted){ arena_new_array(arena, struct store_count, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_count){ rows[i].value, (uint64_t)rows[i].tickets, (uint64_t)rows[i].count };
	return 0;
}

/* The nearest-rank percentile: the smallest time that so many of a hundred do not pass. */
static int64_t rank_of(int64_t count, int64_t percent) { return (count * percent + 99) / 100 - 1; }

static int waits(struct store_reader *r, struct arena *arena, int64_t since, int64_t until, struct store_times *out, struct err *err)
{
	struct sql_statistics_waits_row n;
	struct sql_statistics_wait_at_row at;
	bool found;

	if (sql_statistics_waits(r->sql, arena, r->site, since, until, &n, &found, err) != 0)
		return -1;
	*out = (struct store_times){ .count = (uint64_t)n.count };
	if (n.count == 0)
		return 0;
	if (sql_statistics_wait_at(r->sql, arena, r->site, since, until, rank_of(n.count, 50), &at, &found, err) != 0)
		return -1;
	out->p50 = found ? at.seconds : 0;
	if (sql_statistics_wait_at(r->sql, arena, r->site, since, until, rank_of(n.count, 95), &at, &found, err) != 0)
		return -1;
	out->p95 = found ? at.seconds : 0;
	return 0;
}

static int wholes(struct store_reader *r, struct arena *arena, int64_t since, int64_t until, struct store_times *out, struct err *err)
{
	struct sql_statistics_wholes_row n;
	struct sql_statistics_whole_at_row at;
	bool found;

	if (sql_statistics_wholes(r->sql, arena, r->site, since, until, &n, &found, err) != 0)
		return -1;
	*out = (struct store_times){ .count = (uint64_t)n.count };
	if (n.count == 0)
		return 0;
	if (sql_statistics_whole_at(r->sql, arena, r->site, since, until, rank_of(n.count, 50), &at, &found, err) != 0)
		return -1;
	out->p50 = found ? at.seconds : 0;
	if (sql_statistics_whole_at(r->sql, arena, r->site, since, until, rank_of(n.count, 95), &at, &found, err) != 0)
		return -1;
	out->p95 = found ? at.seconds : 0;
	return 0;
}

int store_read_statistics(struct store_reader *r, struct arena *arena, int64_t since, int64_t until, struct store_statistics *out, struct err *err)
{
	struct sql_statistics_days_row *days;
	struct sql_statistics_units_row *units;
	size_t n, k;

	if (sql_statistics_days(r->sql, arena, r->site, since, until, &days, &n, err) != 0 ||
	    sql_statistics_units(r->sql, arena, r->site, since, until, GROUPS_MOST, &units, &k, err) != 0)
		return -1;
	*out = (struct store_statistics){ .days = arena_new_array(arena, struct store_day, n), .day_count = n,
					  .units = { arena_new_array(arena, struct store_count, k), k } };
	for (size_t i = 0; i < n; i++)
		out->days[i] = (struct store_day){ days[i].day * 86400 - 32400, (uint64_t)days[i].count, (uint64_t)days[i].refused, (uint64_t)days[i].back,
						   (uint64_t)days[i].fetched };
	for (size_t i = 0; i < k; i++)
		out->units.rows[i] = (struct store_count){ units[i].value, (uint64_t)units[i].tickets, (uint64_t)units[i].count };
	if (facts(r, arena, "format", since, until, &out->formats, err) != 0 || facts(r, arena, "removed", since, until, &out->removed, err) != 0 ||
	    facts(r, arena, "refusal", since, until, &out->refusals, err) != 0 || waits(r, arena, since, until, &out->wait, err) != 0)
		return -1;
	return wholes(r, arena, since, until, &out->whole, err);
}
