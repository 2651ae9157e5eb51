/* 受渡しの閲覧 — contract in read.h: what its sender sees of a ticket, without the sanitiser's report: what was taken out is known to the index of facts. */
#include "store/reader.h"

static struct store_passage of_row(const struct sql_passage_row *p)
{
	return (struct store_passage){
		.number = (uint64_t)p->number, .state = (enum ticket_state)p->state, .addressee = p->addressee, .addressee_name = p->addressee_name,
		.purpose = p->purpose, .name = p->name, .bytes = (uint64_t)p->bytes, .opened = p->opened, .expires = p->expires, .erased = p->erased,
		.verdict = (enum ticket_verdict)p->verdict, .output_name = p->output_name, .reason = p->reason,
		.removed = (uint32_t)MIN(p->removed, (int64_t)UINT32_MAX), .files = (uint32_t)p->files,
	};
}

void store_passages_of_rows(struct arena *arena, const struct sql_passage_row *rows, size_t count, unsigned most, struct store_passages *out)
{
	*out = (struct store_passages){ arena_new_array(arena, struct store_passage, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = of_row(&rows[i]);
}

int store_read_passage(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_passage *out, struct err *err)
{
	struct sql_passage_row row;
	bool found;

	if (sql_passage(r->sql, arena, r->site, true, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, ticket, "there is no ticket %llu", (unsigned long long)ticket);
	*out = of_row(&row);
	return 0;
}

int store_read_passages_of_hand_in(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_passages *out, struct err *err)
{
	struct sql_passage_row *rows;
	size_t count;

	if (sql_passages_of_hand_in(r->sql, arena, r->site, true, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	store_passages_of_rows(arena, rows, count, (unsigned)count, out);
	return 0;
}

int store_read_passages_outward(struct store_reader *r, struct arena *arena, struct text sender, uint64_t before, unsigned most, struct store_passages *out,
				struct err *err)
{
	struct sql_passage_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_passages_outward(r->sql, arena, r->site, true, sender, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_passages_of_rows(arena, rows, count, most, out);
	return 0;
}
