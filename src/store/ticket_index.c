/* 受渡の索引 — contract in ticket_index.h. */
#include "store/ticket_index.h"
#include "base/code.h"
#include "base/json.h"
#include "store/fold.h"
#include "store/grams.h"
#include "store/limits.h"
#include "store/sql.gen.h"

enum { SLICE = 200 };

static int add_person(struct sql *sql, struct arena *arena, struct text site, struct text number, struct buf *out, struct err *err)
{
	struct sql_person_by_number_row p;
	bool found;

	if (sql_person_by_number(sql, arena, site, number, 0, &p, &found, err) != 0)
		return -1;
	if (found)
		buf_printf(out, "%s\n%s\n%s\n", p.number.p, p.name.p, p.kana.p);
	return 0;
}

static int content_of(struct sql *sql, struct arena *arena, struct text site, const struct sql_ticket_by_number_row *t, struct text *out,
		      struct err *err)
{
	struct buf b = buf_in(arena, 0);

	buf_printf(&b, "第%lld号\n%s\n%s\n%s\n%s\n", (long long)t->number, t->name.p, t->output_name.p, t->purpose.p, t->sender_unit_name.p);
	if (add_person(sql, arena, site, t->sender, &b, err) != 0 || add_person(sql, arena, site, t->addressee, &b, err) != 0)
		return -1;
	buf_printf(&b, "%s\n%s\n", hex_of(arena, t->input), hex_of(arena, t->output));
	const char *all = buf_string(&b);
	*out = text_fold(arena, (struct text){ all, b.n });
	return 0;
}

static int put_fact(struct sql *sql, struct text site, int64_t ticket, const char *kind, struct text value, int64_t count, struct err *err)
{
	if (value.n == 0 || value.n > STORE_WORD_MOST)
		return 0;
	return sql_ticket_fact_put(sql, site, ticket, (struct text){ kind, strlen(kind) }, value, count, err);
}

/* The report is the sanitiser's JSON: what it does not hold is not counted. */
static int put_facts(struct sql *sql, struct arena *arena, struct text site, int64_t ticket, struct bytes report, struct err *err)
{
	const struct json *input, *summary, *reason;
	struct json j;

	if (report.n == 0 || json_read_loose(arena, report, &j, NULL) != 0 || j.kind != JSON_OBJECT)
		return 0;
	input = json_get(&j, "input"), summary = json_get(&j, "summary"), reason = json_get(&j, "reason");
	if (input && input->kind == JSON_OBJECT && put_fact(sql, site, ticket, "format", json_text(input, "format"), 1, err) != 0)
		return -1;
	if (reason && reason->kind == JSON_OBJECT && put_fact(sql, site, ticket, "refusal", json_text(reason, "code"), 1, err) != 0)
		return -1;
	for (size_t i = 0; summary && summary->kind == JSON_ARRAY && i < summary->count; i++) {
		const struct json *row = &summary->items[i];
		if (row->kind == JSON_OBJECT &&
		    put_fact(sql, site, ticket, "removed", json_text(row, "threat"), MAX(json_number(row, "count", 1), (int64_t)1), err) != 0)
			return -1;
	}
	return 0;
}

int ticket_index(struct sql *sql, struct text site, int64_t ticket, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct sql_ticket_by_number_row t;
	struct sql_ticket_details_row details;
	struct grams grams;
	struct text content;
	bool found, more;

	if (sql_ticket_by_number(sql, arena, site, ticket, &t, &found, err) != 0 || sql_ticket_details(sql, arena, site, ticket, &details, &more, err) != 0)
		return -1;
	must(found && more);
	if (content_of(sql, arena, site, &t, &content, err) != 0 || sql_ticket_text_put(sql, site, ticket, content, err) != 0)
		return -1;
	grams_of(arena, content, &grams);
	for (size_t i = 0; i < grams.count; i++)
		if (sql_ticket_gram_put(sql, site, grams.rows[i], ticket, err) != 0)
			return -1;
	return put_facts(sql, arena, site, ticket, details.report, err);
}

int ticket_index_fill(struct sql *sql, struct text site, uint64_t *done, struct err *err)
{
	uint64_t filled = 0;

	for (;;) {
		ARENA(arena) = arena_new(0);
		struct sql_tickets_unindexed_row *rows;
		size_t count;
		if (sql_tickets_unindexed(sql, arena, site, SLICE, &rows, &count, err) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			if (ticket_index(sql, site, rows[i].number, err) != 0)
				return -1;
		filled += count;
		if (count < SLICE)
			break;
	}
	if (done)
		*done = filled;
	return 0;
}
