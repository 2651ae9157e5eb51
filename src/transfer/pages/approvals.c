/* 承認箱 — GET and POST /approvals: a chief decides several tickets with one code, as one signed list. Each box carries the hash of what was
 * on the screen: if the ticket is another one by now, nothing is signed. recordd judges again who may. article: s6.3.2b s6.6b */
#include "base/clock.h"
#include "base/code.h"
#include "people/auth_client.h"
#include "store/client.h"
#include "transfer/pages/office.h"
#include "web/pages.h"
#include "web/request.h"

enum { WAITING_EXPORTED = 1000 };

static const struct phrase somebody_was_first = {
	"選んだもののなかに、ほかの人が先に決めたもの、または内容が変わったものがあります。何も決めていません。一覧を確かめて、もう一度選んでください。",
	"Somebody else was quicker, or a ticket has changed. Nothing was decided. Look at the list and choose again."
};

struct chosen {
	uint64_t numbers[AUTH_OBJECTS_MOST];
	uint8_t objects[AUTH_OBJECTS_MOST][SHA256_BYTES];
	size_t count;
};

/* "12:hash" of each box that was ticked. */
static int read_chosen(const struct request *r, struct chosen *out, struct err *err)
{
	for (size_t i = 0; i < r->form.count; i++) {
		struct text value = r->form.rows[i].value;
		const char *colon = memchr(value.p, ':', value.n);
		if (!text_is(r->form.rows[i].name, "ticket"))
			continue;
		if (out->count == AUTH_OBJECTS_MOST)
			return fail(err, ERR_LIMIT, AUTH_OBJECTS_MOST, "more than %d tickets at once", AUTH_OBJECTS_MOST);
		if (!colon || decimal_decode(bytes_of(value.p, (size_t)(colon - value.p)), INT64_MAX, &out->numbers[out->count], err) != 0 ||
		    hex_decode(bytes_of(colon + 1, value.n - (size_t)(colon + 1 - value.p)), out->objects[out->count], SHA256_BYTES, err) != 0)
			return fail(err, ERR_INVALID, i, "a box holds no ticket");
		out->count++;
	}
	return 0;
}

static bool is_chosen(const struct chosen *chosen, uint64_t number)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (chosen->numbers[i] == number)
			return true;
	return false;
}

static int fill_rows(struct store_reader *reader, struct request *r, const struct chosen *chosen, struct approvals_view *v, struct err *err)
{
	struct store_tickets waiting;

	if (store_read_waiting(reader, r->arena, r->user.number, APPROVALS_MOST, &waiting, err) != 0)
		return -1;
	v->rows = arena_new_array(r->arena, struct approval_row, waiting.count);
	v->count = waiting.count, v->more = waiting.more;
	for (size_t i = 0; i < waiting.count; i++) {
		struct approval_row *row = &v->rows[i];
		const struct store_ticket *t = &row->ticket;
		row->ticket = waiting.rows[i];
		if (store_read_details(reader, r->arena, &row->ticket, err) != 0)
			return -1;
		row->chosen = is_chosen(chosen, t->number);
		report_view_of(r->arena, t->report, &row->report);
		provenance_view_of(r->arena, t->provenance, &row->provenance);
		hex_put(row->object, t->object);
	}
	v->now = clock_now();
	if (store_read_absences(reader, r->arena, TEXT(""), r->user.number, &v->acts_for, err) != 0)
		return -1;
	return store_read_absences(reader, r->arena, r->user.number, TEXT(""), &v->own, err);
}

static int show(struct request *r, struct html *o, const struct chosen *chosen, struct approvals_view *v, struct err *err)
{
	struct store_reader *reader;
	int status;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	status = fill_rows(reader, r, chosen, v, err);
	store_read_give(reader);
	if (status == 0) {
		v->links = export_links_of(r, "before");
		page_approvals(o, v);
	}
	return status;
}

/* All that waits is one piece: there is nothing before it. */
static int of_waiting(struct store_reader *reader, struct arena *arena, const void *person, uint64_t before, unsigned most, struct store_tickets *out,
		      struct err *err)
{
	*out = (struct store_tickets){ .count = 0 };
	if (before > 0)
		return 0;
	(void)most;
	if (store_read_waiting(reader, arena, *(const struct text *)person, WAITING_EXPORTED, out, err) != 0)
		return -1;
	out->more = false;
	return 0;
}

/* Which ticket was decided, if the address names one and this person decided it. */
static int find_decided(struct request *r, struct approvals_view *v, struct err *err)
{
	struct store_reader *reader;
	struct store_ticket t;
	struct err why = { 0 };
	uint64_t number = 0;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "ticket")), INT64_MAX, &number, NULL) != 0 || number == 0)
		return 0;
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_ticket(reader, r->arena, number, &t, &why);
	store_read_give(reader);
	if (status != 0 && why.code != ERR_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (status == 0 && text_equal(t.decided_by, r->user.number))
		v->one = t;
	return 0;
}

int approvals(struct request *r, struct html *o, struct err *err)
{
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, of_waiting, &r->user.number, err);
	struct approvals_view v = { .reason = TEXT("") };
	struct text done = fields_first(&r->query, "done"), returned = fields_first(&r->query, "returned");
	uint64_t n = 0;

	if (decimal_decode(bytes_of_text(done.n ? done : returned), AUTH_OBJECTS_MOST, &n, NULL) == 0)
		v.done = n, v.done_returned = done.n == 0;
	if (v.done == 1 && find_decided(r, &v, err) != 0)
		return -1;
	return show(r, o, &(struct chosen){ 0 }, &v, err);
}

/* Is each chosen ticket still what was on the screen, and this person's to decide? */
static int still_same(struct request *r, const struct chosen *chosen, bool *same, struct err *err)
{
	struct store_reader *reader;
	struct store_ticket ticket;
	int status = 0;

	*same = true;
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	for (size_t i = 0; i < chosen->count && *same && status == 0; i++) {
		bool may = false;
		status = store_read_ticket(reader, r->arena, chosen->numbers[i], &ticket, err);
		if (status == 0)
			status = store_read_may_decide(reader, r->arena, r->user.number, chosen->numbers[i], &may, err);
		if (status == 0 && text_equal(ticket.sender, r->user.number))
			status = fail(err, ERR_DENIED, ticket.number, "one's own ticket");
		else if (status == 0)
			*same = may && bytes_equal(ticket.object, bytes_of(chosen->objects[i], SHA256_BYTES));
	}
	store_read_give(reader);
	return status;
}

int decision_record(struct request *r, const struct auth_approval *approval, struct err *err)
{
	const struct store_ticket_decide what = { .token = bytes_of(r->token, TOKEN_BYTES), .statement = approval->statement,
						  .signature = bytes_of(approval->signature, sizeof approval->signature) };
	int result;

	REQUEST_SEALED(result, r, ticket_decide, &what, NULL, err);
	return result;
}

static int show_again(struct request *r, struct html *o, const struct chosen *chosen, struct phrase say, unsigned status, uint32_t wait,
		      struct err *err)
{
	struct approvals_view v = { .say = say, .reason = form_value(r, "reason"), .wait = wait };

	r->status = status;
	return show(r, o, chosen, &v, err);
}

int approvals_post(struct request *r, struct html *o, struct err *err)
{
	struct chosen *chosen = arena_alloc(r->arena, sizeof *chosen);
	bool back = text_is(form_value(r, "act"), "return"), same;
	struct auth_approval approval;

	if (read_chosen(r, chosen, err) != 0)
		return -1;
	if (chosen->count == 0)
		return show_again(r, o, chosen, (struct phrase){ "一つ以上選んでください。", "Choose at least one." }, 400, 0, err);
	if (back && form_value(r, "reason").n == 0)
		return show_again(r, o, chosen, (struct phrase){ "差し戻すときは、理由を書いてください。", "Give a reason when sending back." }, 400, 0, err);
	if (!back && !text_is(form_value(r, "act"), "approve"))
		return fail(err, ERR_INVALID, 0, "neither approve nor return");
	if (still_same(r, chosen, &same, err) != 0)
		return -1;
	if (!same)
		return show_again(r, o, chosen, somebody_was_first, 409, 0, err);
	if (request_authd(r, err) < 0 ||
	    auth_approve(r->authd, r->token, form_value(r, "code"), back ? TEXT("ticket.return") : TEXT("ticket.approve"), form_value(r, "reason"),
			 (const uint8_t(*)[SHA256_BYTES])chosen->objects, chosen->count, r->arena, &approval, err) != 0)
		return -1;
	if (approval.status != AUTH_IN)
		return show_again(r, o, chosen, (struct phrase){ auth_status_japanese(approval.status), auth_status_english(approval.status) },
				  approval.status == AUTH_WAIT ? 429 : 403, approval.wait, err);
	if (decision_record(r, &approval, err) != 0)
		return err->code == ERR_CONFLICT || err->code == ERR_EXPIRED ? show_again(r, o, chosen, somebody_was_first, 409, 0, err) : -1;
	const char *which = chosen->count == 1 ? arena_printf(r->arena, "&ticket=%llu", (unsigned long long)chosen->numbers[0]) : "";
	return see_other(r, arena_printf(r->arena, "/approvals?%s=%zu%s", back ? "returned" : "done", chosen->count, which));
}
