/* 受信箱 — GET /inbox, /sent, /approvals/decided, /tickets/# and POST /inbox/#/fetch: the office side. The file comes from transferd, which journals the fetch first;
 * it is always a download, never shown. article: s6.3.2b */
#include "base/calendar.h"
#include "base/clock.h"
#include "base/code.h"
#include "store/client.h"
#include "transfer/client.h"
#include "transfer/pages/office.h"
#include "web/pages.h"
#include "web/request.h"

static int of_inbox(struct store_reader *reader, struct arena *arena, const void *person, uint64_t before, unsigned most, struct store_tickets *out,
		    struct err *err)
{
	return store_read_inbox(reader, arena, *(const struct text *)person, before, most, out, err);
}

static int of_sent(struct store_reader *reader, struct arena *arena, const void *person, uint64_t before, unsigned most, struct store_tickets *out,
		   struct err *err)
{
	return store_read_sent(reader, arena, *(const struct text *)person, before, most, out, err);
}

static int of_decided(struct store_reader *reader, struct arena *arena, const void *person, uint64_t before, unsigned most,
		      struct store_tickets *out, struct err *err)
{
	return store_read_decided(reader, arena, *(const struct text *)person, before, most, out, err);
}

static int read_list(struct store_reader *reader, struct request *r, list_reader *list, struct list_view *v, struct err *err)
{
	struct store_tickets found = { 0 };
	uint64_t before = 0;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &before, NULL) != 0)
		before = 0;
	int status = list(reader, r->arena, &r->user.number, before, LIST_PAGE, &found, err);
	*v = (struct list_view){ found.rows, found.count, found.more && found.count ? found.rows[found.count - 1].number : 0, clock_now(),
				 export_links_of(r, "before") };
	return status;
}

static int inbox_rows(struct store_reader *reader, struct request *r, const struct list_view *list, struct inbox_view *v, struct err *err)
{
	v->rows = arena_new_array(r->arena, struct inbox_row, list->count);
	v->count = list->count, v->next = list->next;
	for (size_t i = 0; i < list->count; i++) {
		struct inbox_row *row = &v->rows[i];
		row->ticket = list->rows[i];
		if (store_read_details(reader, r->arena, &row->ticket, err) != 0)
			return -1;
		const struct store_ticket *t = &row->ticket;
		report_view_of(r->arena, t->report, &row->report);
		hex_put(row->input, t->input);
		hex_put(row->output, t->output);
		row->days_left = calendar_days_left(list->now, t->expires);
		row->is_gone = t->erased > 0 || t->state == TICKET_EXPIRED || row->days_left == 0;
		row->may_fetch = !row->is_gone && t->sealed;
		v->soon += t->state == TICKET_APPROVED && !row->is_gone && row->days_left <= SOON_DAYS;
	}
	return 0;
}

int inbox(struct request *r, struct html *o, struct err *err)
{
	struct store_reader *reader;
	struct inbox_view v = { 0 };
	struct list_view list;
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, of_inbox, &r->user.number, err);
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = read_list(reader, r, of_inbox, &list, err) != 0 || inbox_rows(reader, r, &list, &v, err) != 0 ? -1 : 0;
	store_read_give(reader);
	if (status != 0)
		return -1;
	v.links = list.links;
	page_inbox(o, &v);
	return 0;
}

static int show_list(struct request *r, struct html *o, list_reader *list, void (*page)(struct html *, const struct list_view *), struct err *err)
{
	struct store_reader *reader;
	struct list_view v;
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, list, &r->user.number, err);
	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = read_list(reader, r, list, &v, err);
	store_read_give(reader);
	if (status == 0)
		page(o, &v);
	return status;
}

int decided(struct request *r, struct html *o, struct err *err) { return show_list(r, o, of_decided, page_decided, err); }
int sent(struct request *r, struct html *o, struct err *err) { return show_list(r, o, of_sent, page_sent, err); }

/* Sender, addressee, who decided it, who may decide it, and administrators, who see nothing of the file itself. Everybody else: there is no such ticket. */
static int read_ticket(struct store_reader *reader, struct request *r, struct ticket_view *v, struct err *err)
{
	struct text me = r->user.number;

	if (store_read_ticket(reader, r->arena, r->number, &v->ticket, err) != 0 ||
	    store_read_may_decide(reader, r->arena, me, r->number, &v->may_decide, err) != 0 ||
	    store_read_fetches(reader, r->arena, r->number, &v->fetches, err) != 0)
		return -1;
	v->is_sender = text_equal(v->ticket.sender, me);
	bool is_addressee = text_equal(v->ticket.addressee, me) &&
			    (v->ticket.state == TICKET_APPROVED || v->ticket.state == TICKET_FETCHED || v->ticket.state == TICKET_EXPIRED || v->ticket.state == TICKET_RELEASED);
	if (!v->is_sender && !is_addressee && !v->may_decide && !text_equal(v->ticket.decided_by, me) &&
	    !r->user.is_administrator)
		return fail(err, ERR_NOT_FOUND, r->number, "ticket %llu is not for %s", (unsigned long long)r->number, me.p);
	v->may_fetch = text_equal(v->ticket.addressee, me) && v->ticket.sealed && v->ticket.erased == 0 &&
		       (v->ticket.state == TICKET_APPROVED || v->ticket.state == TICKET_FETCHED || v->ticket.state == TICKET_RELEASED) &&
		       !v->ticket.outward;
	v->days_left = calendar_days_left(clock_now(), v->ticket.expires);
	if (v->ticket.state == TICKET_LOCKED) {
		struct store_password password;
		if (store_read_password(reader, r->arena, r->number, &password, err) != 0)
			return -1;
		v->password = password_view_of(r->number, password.wrong, r->say);
		v->may_unlock = v->is_sender && v->ticket.outward; /* what comes in is unlocked where it came in */
	}
	if (v->ticket.state != TICKET_WAITING)
		return 0;
	if (store_read_deciders(reader, r->arena, &v->ticket, &v->deciders, err) != 0)
		return -1;
	return v->deciders.count ? store_read_absences_of_unit(reader, r->arena, v->deciders.unit, &v->away, err) : 0;
}

int ticket(struct request *r, struct html *o, struct err *err)
{
	struct ticket_view v = { 0 };
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = read_ticket(reader, r, &v, err);
	store_read_give(reader);
	if (status != 0)
		return -1;
	report_view_of(r->arena, v.ticket.report, &v.report);
	v.pictures = pictures_view_of(r->arena, v.ticket.number, v.ticket.report, pictures_may_see(&v.ticket, r->user.number, FACE_OFFICE, v.may_decide, clock_now()));
	provenance_view_of(r->arena, v.ticket.provenance, &v.provenance);
	hex_put(v.object, v.ticket.object);
	hex_put(v.input, v.ticket.input);
	hex_put(v.output, v.ticket.output);
	page_ticket(o, &v);
	return 0;
}

int fetch_post(struct request *r, struct html *o, struct err *err)
{
	struct transfer_file file;

	(void)o;
	if (request_transferd(r, err) < 0 || transfer_fetch(r->transferd, r->token, r->number, r->arena, &file, err) != 0)
		return -1;
	return answer_attachment(r, file.name, file.media_type.n ? file.media_type.p : "application/octet-stream", file.fd, file.bytes);
}
