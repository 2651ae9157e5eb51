/* 隔離されたファイル — GET /quarantine, POST /quarantine/#/release: originals of refused files, and the one way out of quarantine: an administrator by name,
 * with a reason and a code of their own, as a signed statement. Never automatic; the chief is shown it. recordd and transferd judge again.
 * article: s2.12b s6.3.2b */
#include "base/clock.h"
#include "base/code.h"
#include "evidence/statement.h"
#include "people/auth_client.h"
#include "store/client.h"
#include "transfer/pages/office.h"
#include "web/pages.h"
#include "web/request.h"

static int of_quarantine(struct store_reader *reader, struct arena *arena, const void *nothing, uint64_t before, unsigned most,
			 struct store_tickets *out, struct err *err)
{
	(void)nothing;
	return store_read_quarantined(reader, arena, before, most, out, err);
}

static int fill(struct store_reader *reader, struct request *r, struct quarantine_view *v, struct err *err)
{
	struct store_tickets found;
	uint64_t before = 0;

	if (decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &before, NULL) != 0)
		before = 0;
	if (store_read_quarantined(reader, r->arena, before, LIST_PAGE, &found, err) != 0)
		return -1;
	v->rows = arena_new_array(r->arena, struct quarantine_row, found.count);
	v->count = found.count, v->next = found.more ? found.rows[found.count - 1].number : 0;
	v->links = export_links_of(r, "before");
	for (size_t i = 0; i < found.count; i++) {
		struct quarantine_row *row = &v->rows[i];
		row->ticket = found.rows[i];
		if (store_read_details(reader, r->arena, &row->ticket, err) != 0)
			return -1;
		report_view_of(r->arena, row->ticket.report, &row->report);
		hex_put(row->input, row->ticket.input);
		hex_put(row->object, row->ticket.object);
		row->own = text_equal(row->ticket.sender, r->user.number) || text_equal(row->ticket.addressee, r->user.number);
		row->reason = v->chosen == row->ticket.number ? v->reason : TEXT("");
		row->may = row->ticket.state == TICKET_REFUSED && row->ticket.object.n == SHA256_BYTES && !row->own;
	}
	return 0;
}

static int show(struct request *r, struct html *o, struct quarantine_view *v, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill(reader, r, v, err);
	store_read_give(reader);
	if (status == 0)
		page_quarantine(o, v);
	return status;
}

int quarantine(struct request *r, struct html *o, struct err *err)
{
	struct quarantine_view v = { .reason = TEXT(""), .done = fields_has(&r->query, "done") };
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, of_quarantine, NULL, err);
	return show(r, o, &v, err);
}

static int again(struct request *r, struct html *o, struct phrase say, unsigned status, uint32_t wait, struct err *err)
{
	struct quarantine_view v = { .say = say, .wait = wait, .reason = form_value(r, "reason"), .chosen = r->number };

	r->status = status;
	return show(r, o, &v, err);
}

int quarantine_release_post(struct request *r, struct html *o, struct err *err)
{
	struct text reason = form_value(r, "reason");
	uint8_t object[1][SHA256_BYTES];
	struct auth_approval approval;

	if (reason.n == 0)
		return again(r, o, (struct phrase){ "理由を書いてください。", "Give a reason." }, 400, 0, err);
	if (!fields_has(&r->form, "sure"))
		return again(r, o, (struct phrase){ "無害化していない原本を渡すことを確かめて、印を付けてください。", "Tick the box: the original goes out as it is." }, 400, 0, err);
	if (hex_decode(bytes_of_text(form_value(r, "object")), object[0], SHA256_BYTES, err) != 0)
		return fail(err, ERR_INVALID, 0, "the form holds no object");
	if (request_authd(r, err) < 0)
		return -1;
	if (auth_approve(r->authd, r->token, form_value(r, "code"), TEXT(STATEMENT_RELEASE), reason, (const uint8_t(*)[SHA256_BYTES])object, 1, r->arena,
			 &approval, err) != 0)
		return err->code == ERR_CONFLICT ? again(r, o, (struct phrase){ "ほかの人が先に決めたか、期限が切れました。一覧を確かめてください。",
								"Somebody else was quicker, or its term is over. Look at the list." }, 409, 0, err) : -1;
	if (approval.status != AUTH_IN)
		return again(r, o, (struct phrase){ auth_status_japanese(approval.status), auth_status_english(approval.status) },
			     approval.status == AUTH_WAIT ? 429 : 403, approval.wait, err);
	if (decision_record(r, &approval, err) != 0)
		return err->code == ERR_CONFLICT || err->code == ERR_EXPIRED ?
			       again(r, o, (struct phrase){ "ほかの人が先に決めたか、期限が切れました。一覧を確かめてください。",
							    "Somebody else was quicker, or its term is over. Look at the list." }, 409, 0, err) : -1;
	return see_other(r, "/quarantine?done=1");
}
