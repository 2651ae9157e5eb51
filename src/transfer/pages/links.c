/* 外部の人から受け取る — GET and POST /links, POST /links/#/revoke: an employee makes and withdraws links for people outside. A link's address is shown once.
 * article: s6.3.2b */
#include "base/clock.h"
#include "base/code.h"
#include "transfer/pages/guest.h"
#include "web/pages.h"
#include "web/request.h"

bool link_is_open(const struct transfer_link *link, int64_t now)
{
	return link->revoked == 0 && link->expires > now && link->used < link->files_most;
}

struct phrase link_state(const struct transfer_link *link, int64_t now)
{
	if (link->revoked)
		return (struct phrase){ "取り消した", "withdrawn" };
	if (link->expires <= now)
		return (struct phrase){ "期限切れ", "expired" };
	if (link->used >= link->files_most)
		return (struct phrase){ "使い終わった", "used up" };
	return (struct phrase){ "使える", "open" };
}

static uint64_t number_of(struct text t)
{
	uint64_t n = 0;

	return decimal_decode(bytes_of_text(t), INT32_MAX, &n, NULL) == 0 ? n : 0;
}

static const struct export_column columns[] = {
	{ { "番号", "Number" }, 8 }, { { "作った日時", "Made" }, 18 }, { { "目的", "Purpose" }, 40 }, { { "受け取る人", "For" }, 18 }, { { "届いた数", "Received" }, 10 },
	{ { "受け取る数", "Files" }, 10 }, { { "大きさ（バイト）", "Bytes a file" }, 14 }, { { "期限", "Until" }, 18 }, { { "状態", "State" }, 14 },
};

static int export_my_links(struct request *r, enum export_kind kind, struct err *err)
{
	struct export *e;
	struct transfer_links found = { .more = true };
	uint64_t before = 0;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	while (found.more) {
		ARENA(arena) = arena_new(0);
		if (transfer_links(r->transferd, r->token, before, arena, &found, err) != 0)
			return -1;
		for (size_t i = 0; i < found.count; i++) {
			const struct transfer_link *l = &found.rows[i];
			const struct export_cell cells[] = { cell_number((int64_t)l->number), cell_moment(l->created), cell_text(l->purpose), cell_text(l->addressee_name),
				cell_number(l->used), cell_number(l->files_most), cell_number((int64_t)l->bytes_most), cell_moment(l->expires),
				cell_phrase(link_state(l, clock_now())) };
			if (export_row(e, cells, err) != 0)
				return -1;
			before = l->number;
		}
	}
	return export_send(r, e, err);
}

static int show(struct request *r, struct html *o, struct links_view *v, struct err *err)
{
	struct text who = v->query.n ? v->query : v->addressee;
	struct transfer_links found;

	if (who.n > 0 && transfer_addressees(r->transferd, r->token, who, r->arena, &v->people, err) != 0)
		return -1;
	if (v->addressee.n == 0 && v->query.n > 0 && v->people.count == 1)
		v->addressee = v->people.rows[0].number; /* found exactly whom they looked for */
	if (transfer_terms(r->transferd, r->token, &v->terms, err) != 0 ||
	    transfer_links(r->transferd, r->token, number_of(fields_first(&r->query, "before")), r->arena, &found, err) != 0)
		return -1;
	v->rows = found.rows, v->count = found.count, v->now = clock_now();
	v->next = found.more && found.count ? found.rows[found.count - 1].number : 0;
	v->export = export_links_of(r, "before");
	page_links(o, v);
	return 0;
}

int links(struct request *r, struct html *o, struct err *err)
{
	struct links_view v = { .issued = TEXT(""), .purpose = TEXT(""), .query = TEXT(""), .addressee = TEXT(""), .days = TEXT("7"), .files = TEXT("1"), .megabytes = TEXT("20"),
				.revoked = text_is(fields_first(&r->query, "revoked"), "1") };
	enum export_kind kind;

	if (request_transferd(r, err) < 0)
		return -1;
	return export_wanted(r, &kind) ? export_my_links(r, kind, err) : show(r, o, &v, err);
}

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_NOT_FOUND: return (struct phrase){ "受け取る人が見つかりません。選び直してください。", "The receiver was not found. Choose again." };
	case ERR_LIMIT: return (struct phrase){ "目的が長すぎるか、大きさが上限を超えています。目的は100文字までです。", "The purpose or the size is beyond the limit (purpose: 100 characters)." };
	case ERR_INVALID:
		return (struct phrase){ "入力に誤りがあります。目的、日数（31まで）、数（20まで）、大きさを確かめてください。", "Check purpose, days (at most 31), files (at most 20) and size." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

int links_post(struct request *r, struct html *o, struct err *err)
{
	struct links_view v = { .issued = TEXT(""), .purpose = form_value(r, "purpose"), .query = form_value(r, "query"), .addressee = form_value(r, "addressee"), .days = form_value(r, "days"),
				.files = form_value(r, "files"), .megabytes = form_value(r, "megabytes") };
	struct transfer_link_terms t = { .addressee = v.addressee.n ? v.addressee : r->user.number, .purpose = v.purpose, .files_most = (uint32_t)number_of(v.files),
					 .bytes_most = number_of(v.megabytes) << 20, .expires = clock_now() + (int64_t)MIN(number_of(v.days), (uint64_t)1000) * 86400 };
	uint8_t link[TRANSFER_TOKEN];
	struct err why = { 0 };

	if (request_transferd(r, err) < 0)
		return -1;
	if (text_is(form_value(r, "act"), "search")) { /* looking for somebody: what was typed stays */
		v.addressee = TEXT("");
		return show(r, o, &v, err);
	}
	if (transfer_link_issue(r->transferd, r->token, &t, link, &why) != 0) {
		if (why.code == ERR_NOT_SIGNED_IN) {
			*err = why;
			return -1;
		}
		v.say = sentence(&why);
		r->status = 400;
		return show(r, o, &v, err);
	}
	const char *address = arena_printf(r->arena, "%s://%s/guest?key=%s", r->web->tls ? "https" : "http", r->host.p, hex_of(r->arena, bytes_of(link, sizeof link)));
	v.issued = (struct text){ address, strlen(address) };
	v.purpose = v.query = v.addressee = TEXT("");
	return show(r, o, &v, err);
}

int link_revoke(struct request *r, struct html *o, struct err *err)
{
	(void)o;
	if (request_transferd(r, err) < 0 || transfer_link_revoke(r->transferd, r->token, r->number, err) != 0)
		return -1;
	return see_other(r, "/links?revoked=1");
}
