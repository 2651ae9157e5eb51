/* ファイルを渡す — GET and POST /hand-in, GET /tickets, /tickets/#: the Internet side. It knows no store: transferd answers for this
 * person's own tickets and nothing else. A file goes straight from the browser's bytes into transferd's pipe. article: s6.3.2b */
#include "transfer/pages/hand_in.h"
#include "base/code.h"
#include "store/client.h"
#include "web/pages.h"
#include "web/request.h"
#include <errno.h>
#include <unistd.h>

enum { TICKETS_PAGE = 20 };

struct upload {
	int transferd, pipe; /* a connection of its own */
	uint64_t bytes;
	bool stopped; /* transferd no longer reads: finish says why */
};

static void drop_upload(struct request *r)
{
	struct upload *u = r->upload;

	if (u->pipe >= 0)
		close(u->pipe);
	if (u->transferd >= 0)
		close(u->transferd);
	u->pipe = u->transferd = -1;
}

static int show_form(struct request *r, struct html *o, struct phrase say, const char *more, struct err *err)
{
	bool again = r->is_post;
	struct hand_in_view v = { .say = say, .say_more = { more, strlen(more) }, .addressee = form_value(r, "addressee"),
				  .purpose = form_value(r, "purpose"), .charset = form_value(r, "charset") };
	struct transfer_addressees people;

	v.query = again ? form_value(r, "query") : fields_first(&r->query, "query");
	if (request_transferd(r, err) < 0 || transfer_terms(r->transferd, r->token, &v.terms, err) != 0 ||
	    transfer_addressees(r->transferd, r->token, v.query, r->arena, &people, err) != 0)
		return -1;
	if (v.addressee.n == 0 && v.query.n > 0 && people.count == 1)
		v.addressee = people.rows[0].number; /* found exactly whom they looked for */
	v.people = people.rows, v.people_count = people.count, v.more = people.more;
	page_hand_in(o, &v);
	return 0;
}

int hand_in(struct request *r, struct html *o, struct err *err)
{
	struct err why = { 0 };

	if (show_form(r, o, (struct phrase){ NULL, NULL }, "", &why) == 0)
		return 0;
	if (why.code == ERR_NOT_FOUND)
		r->say = (struct phrase){ "ファイルの持ち込みを許すポリシーがまだ採択されていないため、受け付けていません。情報政策の担当に連絡してください。",
					  "No policy in force lets files pass yet. Tell the administrators." };
	*err = why;
	return -1;
}

/* Content-Length covers the form around the file: a good guess for "too large" before a byte is sent on. */
static uint64_t expected(const struct request *r)
{
	enum { FORM_AROUND = 4096 };

	return r->content_length > FORM_AROUND ? r->content_length - FORM_AROUND : 0;
}

int hand_in_post_begin(struct request *r, struct text name, struct text type, struct err *err)
{
	struct transfer_hand_in what = { .addressee = form_value(r, "addressee"), .purpose = form_value(r, "purpose"), .name = name,
					 .declared_type = type, .charset = form_value(r, "charset"), .password = form_value(r, "password"),
					 .source = r->source, .expected_bytes = expected(r) };
	struct upload *u = arena_alloc(r->arena, sizeof *u);

	u->pipe = -1;
	u->transferd = service_connect(&r->web->service, "transferd", err);
	if (u->transferd < 0)
		return -1;
	r->upload = u;
	r->upload_drop = drop_upload;
	memcpy(what.token, r->token, sizeof what.token);
	return transfer_hand_in_begin(u->transferd, &what, &u->pipe, err);
}

int hand_in_post_data(struct request *r, struct bytes piece, struct err *err)
{
	struct upload *u = r->upload;

	while (piece.n > 0 && !u->stopped) {
		ssize_t n = write(u->pipe, piece.p, piece.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			u->stopped = true;
			break;
		}
		if (n < 0)
			return fail_errno(err, ERR_PEER, "cannot hand the file on");
		piece.p += n, piece.n -= (size_t)n;
		u->bytes += (uint64_t)n;
	}
	return 0;
}

static int finish(struct request *r, uint64_t *ticket, struct err *err)
{
	struct upload *u = r->upload;

	if (r->refused.code != ERR_NONE) {
		*err = r->refused;
		return -1;
	}
	close(u->pipe);
	u->pipe = -1;
	return transfer_hand_in_finish(u->transferd, u->bytes, ticket, err);
}

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_LIMIT:
		return (struct phrase){ "大きさの上限を超えています。分けて送ってもらってください。", "It is larger than the limit. Ask for it in parts." };
	case ERR_INVALID:
		return (struct phrase){ "入力に誤りがあります。宛先と目的を確かめてください（目的は200文字まで）。", "Check addressee and purpose (at most 200 characters)." };
	case ERR_NOT_FOUND:
		return (struct phrase){ "宛先が見つかりません。選び直してください。", "The addressee was not found. Choose again." };
	case ERR_CUT_SHORT:
		return (struct phrase){ "送信が途中で切れました。受け付けられていません。もう一度送ってください。", "The upload was cut; nothing was accepted. Send it again." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

int hand_in_post(struct request *r, struct html *o, struct err *err)
{
	struct phrase none = { "ファイルを選んでください。", "Choose a file." };
	struct err why = { 0 };
	uint64_t ticket;

	if (!r->had_file) {
		r->status = 400;
		return show_form(r, o, none, "", err);
	}
	if (finish(r, &ticket, &why) == 0)
		return see_other(r, arena_printf(r->arena, "/tickets/%llu", (unsigned long long)ticket));
	drop_upload(r);
	if (why.code == ERR_NOT_SIGNED_IN || why.code == ERR_DENIED) {
		*err = why;
		return -1;
	}
	r->status = why.code == ERR_LIMIT ? 413 : why.code == ERR_FULL ? 507 : why.code == ERR_PEER || why.code == ERR_BUSY ? 503 : 400;
	return show_form(r, o, sentence(&why), why.say, err);
}

static uint64_t number_in(const struct request *r, const char *name)
{
	uint64_t n = 0;

	return decimal_decode(bytes_of_text(fields_first(&r->query, name)), INT64_MAX, &n, NULL) == 0 ? n : 0;
}

int my_tickets(struct request *r, struct html *o, struct err *err)
{
	struct transfer_tickets found;
	struct my_tickets_view v;

	if (request_transferd(r, err) < 0 ||
	    transfer_my_tickets(r->transferd, r->token, number_in(r, "before"), TICKETS_PAGE, r->arena, &found, err) != 0)
		return -1;
	v = (struct my_tickets_view){ found.rows, found.count, found.more && found.count ? found.rows[found.count - 1].number : 0 };
	page_my_tickets(o, &v);
	return 0;
}

int my_ticket(struct request *r, struct html *o, struct err *err)
{
	struct my_ticket_view v = { 0 };
	struct bytes report;

	if (request_transferd(r, err) < 0 || transfer_my_ticket(r->transferd, r->token, false, r->number, r->arena, &v.ticket, &report, err) != 0)
		return -1;
	report_view_of(r->arena, report, &v.report);
	v.under_way = v.ticket.state == TICKET_RECEIVED;
	page_my_ticket(o, &v);
	return 0;
}

/* For the page that waits: "busy" until there is a verdict, then "done". */
int my_ticket_state(struct request *r, struct html *o, struct err *err)
{
	struct transfer_ticket ticket;
	struct bytes report;

	(void)o;
	if (request_transferd(r, err) < 0 || transfer_my_ticket(r->transferd, r->token, true, r->number, r->arena, &ticket, &report, err) != 0)
		return -1;
	return answer_bytes(r, "text/plain; charset=utf-8", ticket.state == TICKET_RECEIVED ? BYTES("busy\n") : BYTES("done\n"));
}
