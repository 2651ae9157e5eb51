/* 持ち出し — GET and POST /outward on the office face: a file out of LGWAN is asked for, sanitised like any other and always decided by the chief; GET
 * /outward and POST /outward/#/fetch on the Internet face: there who asked for it fetches it. There is no leak check yet: each step says so.
 * article: s6.3.1d s6.3.2b */
#include "transfer/pages/outward.h"
#include "base/clock.h"
#include "base/code.h"
#include "store/client.h"
#include "web/pages.h"
#include "web/request.h"

static int of_outward(struct store_reader *reader, struct arena *arena, const void *person, uint64_t before, unsigned most, struct store_tickets *out,
		      struct err *err)
{
	return store_read_outward(reader, arena, *(const struct text *)person, before, most, out, err);
}

static uint64_t before_in(const struct request *r)
{
	uint64_t n = 0;

	return decimal_decode(bytes_of_text(fields_first(&r->query, "before")), INT64_MAX, &n, NULL) == 0 ? n : 0;
}

static int read_list(struct request *r, struct list_view *v, struct err *err)
{
	struct store_reader *reader;
	struct store_tickets found;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = store_read_outward(reader, r->arena, r->user.number, before_in(r), LIST_PAGE, &found, err);
	store_read_give(reader);
	if (status != 0)
		return -1;
	*v = (struct list_view){ found.rows, found.count, found.more && found.count ? found.rows[found.count - 1].number : 0, clock_now(),
				 export_links_of(r, "before") };
	return 0;
}

static int show(struct request *r, struct html *o, struct outward_view *v, struct err *err)
{
	struct err why = { 0 };

	v->me = r->user.number;
	if (request_transferd(r, err) < 0)
		return -1;
	v->allowed = transfer_terms(r->transferd, r->token, &v->terms, &why) == 0;
	if (!v->allowed && why.code != ERR_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (read_list(r, &v->list, err) != 0)
		return -1;
	page_outward(o, v);
	return 0;
}

int outward(struct request *r, struct html *o, struct err *err)
{
	struct outward_view v = { .purpose = TEXT(""), .done = fields_has(&r->query, "done") };
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_tickets(r, kind, of_outward, &r->user.number, err);
	return show(r, o, &v, err);
}

int outward_post_begin(struct request *r, struct text name, struct text type, struct err *err) { return hand_in_post_begin(r, name, type, err); }
int outward_post_data(struct request *r, struct bytes piece, struct err *err) { return hand_in_post_data(r, piece, err); }
int outward_post_end(struct request *r, struct err *err) { return hand_in_post_end(r, err); }

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_LIMIT:
		return (struct phrase){ "大きさの上限を超えています。分けてください。", "It is larger than the limit. Do it in parts." };
	case ERR_INVALID: return (struct phrase){ "目的を書いてください（200文字まで）。", "Say what for (at most 200 characters)." };
	case ERR_NOT_FOUND:
		return (struct phrase){ "効力のあるきまりが持ち出しを許していないため、受け付けません。", "The policy in force does not let files out; nothing was accepted." };
	default: return hand_in_sentence(err);
	}
}

int outward_post(struct request *r, struct html *o, struct err *err)
{
	struct outward_view v = { .purpose = form_value(r, "purpose") };
	struct err why = { 0 };
	uint64_t first;
	size_t count;

	if (!r->had_file) {
		r->status = 400;
		v.say = (struct phrase){ "ファイルを選んでください。", "Choose a file." };
		return show(r, o, &v, err);
	}
	if (hand_in_finish(r, &first, &count, &why) == 0)
		return see_other(r, "/outward?done=1");
	if (r->upload)
		hand_in_drop(r);
	if (why.code == ERR_NOT_SIGNED_IN || why.code == ERR_DENIED) {
		*err = why;
		return -1;
	}
	r->status = hand_in_status(why.code);
	v.say = sentence(&why);
	return show(r, o, &v, err);
}

/* ---- the Internet face ---- */

int outward_ready(struct request *r, struct html *o, struct err *err)
{
	struct transfer_tickets found;

	if (request_transferd(r, err) < 0 || transfer_outward(r->transferd, r->token, before_in(r), r->arena, &found, err) != 0)
		return -1;
	page_outward_ready(o, &(struct outward_ready_view){ found.rows, found.count, found.more ? found.next : 0 });
	return 0;
}

int outward_fetch_post(struct request *r, struct html *o, struct err *err) { return fetch_post(r, o, err); }
