/* ファズ: 命令の実行 — a run of commands as recordd would carry them out, on a store in a folder of its own: each is caller u8, type u16, length u16,
 * fields. Whatever comes, the journal keeps no gap, nothing is approved without a statement, and the store stays whole. */
#include "store/test_ground.h"

static struct ground *g;

static void end(void)
{
	ground_free(g);
}

static void check(void)
{
	struct sql_event_by_number_row *rows;
	struct sql_counter_now_row now;
	struct sql_tickets_counted_row *states;
	size_t count;
	bool found;

	must(sql_counter_now(g->sql, g->arena, g->site, &now, &found, &g->err) == 0 && found);
	must(sql_events_before(g->sql, g->arena, g->site, now.epoch, INT64_MAX, 8, &rows, &count, &g->err) == 0);
	for (size_t i = 0; i < count; i++)
		must(rows[i].no == now.last - (int64_t)i);
	must(sql_tickets_counted(g->sql, g->arena, g->site, &states, &count, &g->err) == 0);
	for (size_t i = 0; i < count; i++)
		must(states[i].state != TICKET_APPROVED && states[i].state != TICKET_FETCHED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const callers[] = { "operator", "authd", "transferd", "webd-office", "evidenced", "sanitized" };
	struct cursor c = cursor_over(bytes_of(data, size));
	struct batch_item items[16], *list[16];
	size_t count = 0;

	if (!g) {
		g = ground_new();
		must(atexit(end) == 0);
	}
	while (count < COUNT(items) && c.left > 0) {
		const char *caller = callers[cursor_u8(&c) % COUNT(callers)];
		uint16_t type = cursor_u16be(&c);
		struct bytes body = cursor_bytes(&c, cursor_u16be(&c));
		if (c.failed)
			break;
		items[count] = (struct batch_item){ .caller = caller, .arena = arena_new(0),
			.request = { .type = type, .in = cursor_over(body) } };
		items[count].request.out = buf_in(items[count].arena, 0);
		list[count] = &items[count];
		count++;
	}
	batch_run(g->sql, g->home, g->site, list, count);
	for (size_t i = 0; i < count; i++)
		arena_free(items[i].arena);
	ARENA(kept) = g->arena;
	(void)kept;
	g->arena = arena_new(0);
	struct text site = g->site;
	g->site = arena_text(g->arena, site);
	check();
	return 0;
}
