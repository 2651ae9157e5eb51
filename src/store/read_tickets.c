/* 受け渡しの閲覧 — contract in read.h. */
#include "store/reader.h"
#include "store/client.h"

struct store_ticket store_ticket_of_line(const struct sql_ticket_listed_row *t)
{
	return (struct store_ticket){
		.number = (uint64_t)t->number, .state = (enum ticket_state)t->state, .sender = t->sender, .sender_name = t->sender_name,
		.sender_unit = t->sender_unit, .sender_unit_name = t->sender_unit_name, .addressee = t->addressee,
		.addressee_name = t->addressee_name, .addressee_unit_name = t->addressee_unit_name, .purpose = t->purpose, .name = t->name,
		.bytes = (uint64_t)t->bytes, .input = t->input, .opened = t->opened, .expires = t->expires, .erased = t->erased,
		.verdict = (enum ticket_verdict)t->verdict, .judged = t->judged, .output_name = t->output_name,
		.output_bytes = (uint64_t)t->output_bytes, .output = t->output, .object = t->object, .decided = t->decided,
		.decided_by = t->decided_by, .decided_by_name = t->decided_by_name, .decided_post = t->decided_post, .reason = t->reason,
		.sealed = t->sealed, .fetched = t->fetched, .original_until = t->original_until, .outward = t->direction == DIRECTION_OUT,
		.leak_unchecked = t->leak == 1,
	};
}

static void put_details(struct store_ticket *t, const struct sql_ticket_details_row *d)
{
	t->provenance = d->provenance, t->report = d->report;
	t->statement = d->statement, t->signature = d->signature;
}

int store_read_ticket(struct store_reader *r, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err)
{
	struct sql_ticket_listed_row row;
	struct sql_ticket_details_row details;
	struct sql_ticket_traces_row traces;
	bool found = false;

	if (number <= INT64_MAX && (sql_ticket_listed(r->sql, arena, r->site, (int64_t)number, &row, &found, err) != 0 ||
				    sql_ticket_details(r->sql, arena, r->site, (int64_t)number, &details, &found, err) != 0 ||
				    sql_ticket_traces(r->sql, arena, r->site, (int64_t)number, &traces, &found, err) != 0))
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	*out = store_ticket_of_line(&row);
	put_details(out, &details);
	out->fetches = (uint32_t)traces.fetches;
	out->journal_opened = (uint64_t)traces.journal_opened, out->journal_judged = (uint64_t)traces.journal_judged;
	out->journal_decided = (uint64_t)traces.journal_decided;
	return 0;
}

int store_read_line(struct store_reader *r, struct arena *arena, uint64_t number, struct store_ticket *out, struct err *err)
{
	struct sql_ticket_listed_row row;
	bool found;

	if (sql_ticket_listed(r->sql, arena, r->site, (int64_t)MIN(number, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, number, "there is no ticket %llu", (unsigned long long)number);
	*out = store_ticket_of_line(&row);
	return 0;
}

int store_read_details(struct store_reader *r, struct arena *arena, struct store_ticket *ticket, struct err *err)
{
	struct sql_ticket_details_row details;
	bool found;

	if (sql_ticket_details(r->sql, arena, r->site, (int64_t)ticket->number, &details, &found, err) != 0)
		return -1;
	must(found); /* tickets are never taken away */
	put_details(ticket, &details);
	return 0;
}

int store_read_request(struct store_reader *r, struct arena *arena, struct bytes request, uint64_t *number, struct text *sender, struct err *err)
{
	struct sql_ticket_by_number_row row;
	bool found;

	if (sql_ticket_by_request(r->sql, arena, r->site, request, &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "no ticket was opened by this request");
	*number = (uint64_t)row.number, *sender = row.sender;
	return 0;
}

int store_read_password(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_password *out, struct err *err)
{
	struct sql_ticket_password_row row;
	bool found;

	if (sql_ticket_password(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &row, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, ticket, "there is no ticket %llu", (unsigned long long)ticket);
	*out = (struct store_password){ row.state == TICKET_LOCKED, (uint32_t)row.tries };
	return 0;
}

int store_read_hand_in(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_of_hand_in_row *rows;
	size_t count;

	if (sql_tickets_of_hand_in(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_guest_links(struct store_reader *r, struct arena *arena, struct text issuer, uint64_t before, unsigned most,
			   struct store_guest_links *out, struct err *err)
{
	struct sql_guest_link_by_number_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_guest_links_of(r->sql, arena, r->site, issuer, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_guest_links){ arena_new_array(arena, struct store_guest_link, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = (struct store_guest_link){ (uint64_t)rows[i].number, (uint64_t)rows[i].bytes_most, rows[i].issuer, rows[i].issuer_name,
			rows[i].addressee, rows[i].addressee_name, rows[i].purpose, (uint32_t)rows[i].files_most, (uint32_t)rows[i].used, rows[i].created,
			rows[i].expires, rows[i].revoked };
	return 0;
}

int store_read_guest_tickets(struct store_reader *r, struct arena *arena, uint64_t link, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_of_guest_link_row *rows;
	size_t count;

	if (sql_tickets_of_guest_link(r->sql, arena, r->site, (int64_t)MIN(link, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_purposes(struct store_reader *r, struct arena *arena, struct text sender, unsigned most, struct store_texts *out, struct err *err)
{
	struct sql_purposes_of_row *rows;
	size_t count;

	if (sql_purposes_of(r->sql, arena, r->site, sender, most, &rows, &count, err) != 0)
		return -1;
	*out = (struct store_texts){ arena_new_array(arena, struct text, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = rows[i].purpose;
	return 0;
}

void store_tickets_of_lines(struct arena *arena, const struct sql_ticket_listed_row *rows, size_t count, unsigned most, struct store_tickets *out)
{
	*out = (struct store_tickets){ arena_new_array(arena, struct store_ticket, count), MIN(count, (size_t)most), count > most };
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = store_ticket_of_line(&rows[i]);
}

int store_read_sent(struct store_reader *r, struct arena *arena, struct text sender, uint64_t before, unsigned most, struct store_tickets *out,
		    struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_sent(r->sql, arena, r->site, sender, DIRECTION_IN, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_inbox(struct store_reader *r, struct arena *arena, struct text addressee, uint64_t before, unsigned most, struct store_tickets *out,
		     struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_inbox(r->sql, arena, r->site, addressee, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_decided(struct store_reader *r, struct arena *arena, struct text person, uint64_t before, unsigned most, struct store_tickets *out,
		       struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_decided(r->sql, arena, r->site, person, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_tickets(struct store_reader *r, struct arena *arena, unsigned state, uint64_t before, unsigned most, struct store_tickets *out,
		       struct err *err)
{
	struct sql_ticket_listed_row *rows;
	size_t count;

	most = read_most(most);
	if (sql_tickets_by_state(r->sql, arena, r->site, state, read_before(before), most + 1, &rows, &count, err) != 0)
		return -1;
	store_tickets_of_lines(arena, rows, count, most, out);
	return 0;
}

int store_read_unjudged(struct store_reader *r, struct arena *arena, unsigned most, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_unjudged_row *rows;
	size_t count;

	if (sql_tickets_unjudged(r->sql, arena, r->site, read_most(most), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_overdue(struct store_reader *r, struct arena *arena, int64_t now, unsigned most, struct store_numbers *out, struct err *err)
{
	struct sql_tickets_overdue_row *rows;
	size_t count;

	if (sql_tickets_overdue(r->sql, arena, r->site, now, read_most(most), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_numbers){ arena_new_array(arena, uint64_t, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (uint64_t)rows[i].number;
	return 0;
}

int store_read_fetches(struct store_reader *r, struct arena *arena, uint64_t ticket, struct store_fetches *out, struct err *err)
{
	struct sql_fetches_of_row *rows;
	size_t count;

	if (sql_fetches_of(r->sql, arena, r->site, (int64_t)MIN(ticket, (uint64_t)INT64_MAX), &rows, &count, err) != 0)
		return -1;
	*out = (struct store_fetches){ arena_new_array(arena, struct store_fetch, count), count };
	for (size_t i = 0; i < count; i++)
		out->rows[i] = (struct store_fetch){ (uint64_t)rows[i].ticket, rows[i].number, rows[i].person_name, rows[i].at };
	return 0;
}

int store_read_counts(struct store_reader *r, struct arena *arena, uint64_t out[STORE_STATES], struct err *err)
{
	struct sql_tickets_counted_row *rows;
	size_t count;

	if (sql_tickets_counted(r->sql, arena, r->site, &rows, &count, err) != 0)
		return -1;
	memset(out, 0, STORE_STATES * sizeof *out);
	for (size_t i = 0; i < count; i++)
		if (rows[i].state >= 0 && rows[i].state < STORE_STATES)
			out[rows[i].state] = (uint64_t)rows[i].count;
	return 0;
}
