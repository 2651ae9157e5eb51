/* 私の受渡し — GET /tickets, /tickets/#, /hand-ins/#: what a person has handed in, as list, one file, one act. article: s6.3.2b */
#include "base/clock.h"
#include "base/code.h"
#include "store/client.h"
#include "transfer/pages/hand_in.h"
#include "web/pages.h"
#include "web/request.h"

enum { TICKETS_PAGE = 20, DAY = 86400 };

static uint64_t number_in(const struct request *r, const char *name)
{
	uint64_t n = 0;

	return decimal_decode(bytes_of_text(fields_first(&r->query, name)), INT64_MAX, &n, NULL) == 0 ? n : 0;
}

/* A day as a browser's field sends it, "2026-11-26", at its beginning in JST; 0 = none. *bad: something else stood there. */
static int64_t day_in(const struct request *r, const char *name, bool *bad)
{
	struct text t = fields_first(&r->query, name);
	char utc[CLOCK_TEXT];
	int64_t at = 0;

	if (t.n == 0)
		return 0;
	snprintf(utc, sizeof utc, "%.10sT00:00:00Z", t.p);
	if (t.n != 10 || clock_from_utc(utc, &at) != 0) {
		*bad = true;
		return 0;
	}
	return at - 9 * 3600;
}

static struct transfer_wanted wanted_of(const struct request *r, struct my_tickets_view *v)
{
	struct transfer_wanted w = { .before = number_in(r, "before"), .most = TICKETS_PAGE, .state = (unsigned)MIN(number_in(r, "state"), (uint64_t)255),
				     .words = fields_first(&r->query, "words") };
	bool bad = false;

	w.since = day_in(r, "since", &bad);
	w.until = day_in(r, "until", &bad);
	if (w.until)
		w.until += DAY; /* that day is meant too */
	if (bad)
		v->say = (struct phrase){ "日付を読み取れませんでした。「2026-11-26」のように入れてください。", "A date could not be read. Write it like 2026-11-26." };
	if (w.words.n > TRANSFER_WORDS_MOST) {
		v->say = (struct phrase){ "探す言葉が長すぎます。100文字までにしてください。", "The search is too long: at most 100 characters." };
		w.words = TEXT("");
	}
	v->state = w.state, v->words = fields_first(&r->query, "words");
	v->since = fields_first(&r->query, "since"), v->until = fields_first(&r->query, "until");
	v->filtered = w.state || w.since || w.until || w.words.n;
	return w;
}

static const struct export_column columns[] = {
	{ { "番号", "Number" }, 8 }, { { "渡した日時", "Handed in" }, 18 }, { { "ファイル", "File" }, 36 }, { { "大きさ（バイト）", "Size (bytes)" }, 14 },
	{ { "宛先", "To" }, 16 }, { { "目的", "Purpose" }, 40 }, { { "状態", "State" }, 14 }, { { "お渡しする名前", "Delivered as" }, 36 },
	{ { "取り除いた数", "Removed" }, 12 }, { { "理由", "Reason" }, 30 }, { { "期限", "Until" }, 18 },
};

static int export_my_tickets(struct request *r, enum export_kind kind, struct transfer_wanted w, struct err *err)
{
	struct export *e;
	struct transfer_tickets found = { .more = true };

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	w.most = TRANSFER_ROWS_MOST, w.before = 0, w.full = true;
	while (found.more) {
		ARENA(arena) = arena_new(0); /* a page of rows at a time */
		if (transfer_my_tickets(r->transferd, r->token, &w, arena, &found, err) != 0)
			return -1;
		for (size_t i = 0; i < found.count; i++) {
			const struct transfer_ticket *t = &found.rows[i];
			const struct export_cell cells[] = { cell_number((int64_t)t->number), cell_moment(t->at), cell_text(t->name), cell_number((int64_t)t->bytes),
				cell_text(t->addressee_name), cell_text(t->purpose), cell_phrase(state_phrase(t->state)), cell_text(t->output_name),
				cell_number(t->removed), cell_text(t->reason), cell_moment(t->keep_until) };
			if (export_row(e, cells, err) != 0)
				return -1;
		}
		w.before = found.next;
	}
	return export_send(r, e, err);
}

/* The same list from `before` on. */
static struct text next_page(struct request *r, uint64_t before)
{
	struct html to = html_begin(r->arena, r->language, "");
	static const char *const kept[] = { "state", "since", "until", "words" };

	buf_printf(&to.out, "/tickets?before=%llu", (unsigned long long)before);
	for (size_t i = 0; i < COUNT(kept); i++) {
		struct text value = fields_first(&r->query, kept[i]);
		if (value.n == 0)
			continue;
		buf_printf(&to.out, "&%s=", kept[i]);
		html_part_text(&to, value);
	}
	const char *s = buf_string(&to.out);
	return (struct text){ s, strlen(s) };
}

int my_tickets(struct request *r, struct html *o, struct err *err)
{
	struct my_tickets_view v = { .next = TEXT("") };
	struct transfer_wanted w = wanted_of(r, &v);
	struct transfer_tickets found;
	enum export_kind kind;

	if (request_transferd(r, err) < 0)
		return -1;
	if (export_wanted(r, &kind))
		return export_my_tickets(r, kind, w, err);
	if (transfer_my_tickets(r->transferd, r->token, &w, r->arena, &found, err) != 0)
		return -1;
	v.rows = found.rows, v.count = found.count;
	if (found.more)
		v.next = next_page(r, found.next);
	v.export = export_links_of(r, "before");
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
	v.pictures = pictures_view_of(r->arena, v.ticket.number, report,
				      v.ticket.keep_until > 0 && pictures_in_state(v.ticket.state)); /* one's own: as transferd will judge it */
	v.password = password_view_of(v.ticket.number, v.ticket.wrong_passwords, r->say);
	page_my_ticket(o, &v);
	return 0;
}

static int say_state(struct request *r, bool busy)
{
	return answer_bytes(r, "text/plain; charset=utf-8", busy ? BYTES("busy\n") : BYTES("done\n"));
}

/* For the page that waits: "busy" until there is a verdict, then "done". */
int my_ticket_state(struct request *r, struct html *o, struct err *err)
{
	struct transfer_ticket ticket;
	struct bytes report;

	(void)o;
	if (request_transferd(r, err) < 0 || transfer_my_ticket(r->transferd, r->token, true, r->number, r->arena, &ticket, &report, err) != 0)
		return -1;
	return say_state(r, ticket.state == TICKET_RECEIVED);
}

static bool is_under_way(const struct transfer_tickets *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->rows[i].state == TICKET_RECEIVED)
			return true;
	return false;
}

int my_hand_in(struct request *r, struct html *o, struct err *err)
{
	struct my_hand_in_view v = { 0 };
	struct transfer_tickets found;

	if (request_transferd(r, err) < 0 || transfer_my_hand_in(r->transferd, r->token, false, r->number, r->arena, &found, err) != 0)
		return -1;
	v.rows = arena_new_array(r->arena, struct my_hand_in_file, found.count);
	v.count = found.count, v.under_way = is_under_way(&found);
	for (size_t i = 0; i < found.count; i++) {
		struct bytes report;
		if (transfer_my_ticket(r->transferd, r->token, false, found.rows[i].number, r->arena, &v.rows[i].ticket, &report, err) != 0)
			return -1;
		report_view_of(r->arena, report, &v.rows[i].report);
		if (found.rows[i].state == TICKET_REFUSED || found.rows[i].state == TICKET_RETURNED)
			v.again = found.rows[i].number;
	}
	page_my_hand_in(o, &v);
	return 0;
}

int my_hand_in_state(struct request *r, struct html *o, struct err *err)
{
	struct transfer_tickets found;

	(void)o;
	if (request_transferd(r, err) < 0 || transfer_my_hand_in(r->transferd, r->token, true, r->number, r->arena, &found, err) != 0)
		return -1;
	return say_state(r, is_under_way(&found));
}
