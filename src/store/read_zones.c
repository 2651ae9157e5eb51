/* 遮った通信の閲覧 — contract in read.h. */
#include "store/reader.h"

int store_read_blocked_pairs(struct store_reader *r, struct arena *arena, int64_t since, int64_t until, struct store_blocked_pairs *out, struct err *err)
{
	struct sql_zone_blocked_pairs_row *rows;
	size_t count;

	if (sql_zone_blocked_pairs(r->sql, arena, r->site, since, until, STORE_READ_MOST, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_blocked_pairs){ arena_new_array(arena, struct store_blocked_pair, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_blocked_pair){ rows[i].source, rows[i].target, (uint64_t)rows[i].packets, rows[i].latest };
	return 0;
}

int store_read_blocked_hours(struct store_reader *r, struct arena *arena, int64_t since, int64_t until, struct text from, struct text to, struct store_blocked_hours *out,
			     struct err *err)
{
	struct sql_zone_blocked_hours_row *rows;
	size_t count;

	if (sql_zone_blocked_hours(r->sql, arena, r->site, since, until, from, to, STORE_BLOCKED_HOURS, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_blocked_hours){ arena_new_array(arena, struct store_blocked_hour, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_blocked_hour){ rows[i].hour, (uint64_t)rows[i].packets, (uint64_t)rows[i].no };
	return 0;
}
