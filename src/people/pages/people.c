/* 職員と職 — GET and POST /people, GET /people/one, POST /people/post, /move, /leave, /reset: the administrator keeps who is where, who holds which post,
 * and gives new initial passwords with a code of their own. recordd and authd judge again, and refuse what concerns the administrator themself.
 * article: s6.1 s6.6b */
#include "people/pages/people.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "people/auth_client.h"
#include "store/client.h"
#include "store/limits.h"
#include "web/limits.h"
#include "web/pages.h"
#include "web/request.h"

enum { LIST_MOST = 200 };

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_CONFLICT: return (struct phrase){ "この職員番号は、すでに使われています。", "This staff number is given already." };
	case ERR_INVALID:
	case ERR_LIMIT: return (struct phrase){ "入力に誤りがあります。番号・氏名・課・日付を確かめてください。", "The input is not valid: look at number, name, unit and days." };
	case ERR_EXPIRED: return (struct phrase){ "その課は廃止されています。別の課を選んでください。", "That unit is closed. Choose another." };
	case ERR_NOT_FOUND: return (struct phrase){ "その職員か課は見つかりません。", "There is no such person or unit." };
	case ERR_DENIED: return (struct phrase){ "自分自身については変えられません。ほかの管理者に頼んでください。", "Not for oneself: ask another administrator." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

/* What the page itself cannot mend goes to the route. */
static bool is_fatal(const struct err *err)
{
	return err->code == ERR_NOT_SIGNED_IN || err->code == ERR_PEER || err->code == ERR_BUSY || err->code == ERR_IO || err->code == ERR_BUG;
}

/* ---- the list ---- */

static int export_people(struct request *r, enum export_kind kind, const struct people_view *v, struct err *err)
{
	static const struct export_column columns[] = { { { "職員番号", "Number" }, 12 }, { { "氏名", "Name" }, 20 }, { { "ふりがな", "Kana" }, 20 },
							{ { "課", "Unit" }, 20 }, { { "課のコード", "Unit code" }, 12 }, { { "メールアドレス", "Mail" }, 30 },
							{ { "承認する職", "Approves" }, 10 }, { { "管理者", "Administrator" }, 10 } };
	struct export *e;

	if (export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < v->people.count; i++) {
		const struct store_person *p = &v->people.rows[i];
		const struct export_cell cells[COUNT(columns)] = { cell_text(p->number), cell_text(p->name), cell_text(p->kana), cell_text(p->unit_name),
			cell_text(p->unit), cell_text(p->mail), cell_number(p->is_chief), cell_number(p->is_administrator) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

static int fill_list(struct request *r, unsigned most, struct people_view *v, struct err *err)
{
	struct store_reader *reader;
	int status;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	status = store_read_people(reader, r->arena, v->words, most, &v->people, err) != 0 || store_read_units(reader, r->arena, &v->units, err) != 0 ? -1 : 0;
	store_read_give(reader);
	v->links = export_links_of(r, "before");
	return status;
}

int people(struct request *r, struct html *o, struct err *err)
{
	struct people_view v = { .words = fields_first(&r->query, "words") };
	enum export_kind kind;
	bool file = export_wanted(r, &kind);

	if (fill_list(r, file ? WEB_EXPORT_ROWS : LIST_MOST, &v, err) != 0)
		return -1;
	if (file)
		return export_people(r, kind, &v, err);
	page_people(o, &v);
	return 0;
}

static int go_to(struct request *r, struct text number)
{
	struct html to = html_begin(r->arena, r->language, "");

	html_part_text(&to, number);
	return see_other(r, arena_printf(r->arena, "/people/one?number=%s&done=1", buf_string(&to.out)));
}

int people_post(struct request *r, struct html *o, struct err *err)
{
	struct people_view v = { .words = TEXT(""), .number = form_value(r, "number"), .name = form_value(r, "name"), .kana = form_value(r, "kana"),
				 .unit = form_value(r, "unit"), .mail = form_value(r, "mail") };
	struct store_person_add in = { v.number, v.name, v.kana, v.unit, v.mail, bytes_of(r->token, TOKEN_BYTES) };
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	if (store_call_person_add(r->recordd, r->arena, &in, NULL, &why) == 0)
		return go_to(r, v.number);
	if (is_fatal(&why)) {
		*err = why;
		return -1;
	}
	v.say = sentence(&why);
	r->status = 400;
	if (fill_list(r, LIST_MOST, &v, err) != 0)
		return -1;
	page_people(o, &v);
	return 0;
}

/* ---- one person ---- */

static int find_person(struct request *r, struct text number, struct person_view *v, struct err *err)
{
	struct store_reader *reader;
	int status;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	status = store_read_person(reader, r->arena, number, &v->person, err) != 0 || store_read_posts(reader, r->arena, number, &v->posts, err) != 0 ||
		 store_read_units(reader, r->arena, &v->units, err) != 0 ? -1 : 0;
	store_read_give(reader);
	v->now = clock_now();
	v->self = status == 0 && text_equal(v->person.number, r->user.number);
	v->gone = status == 0 && v->person.to > 0 && v->person.to <= v->now;
	if (v->unit.n == 0 && status == 0)
		v->unit = v->person.unit;
	return status;
}

static int show(struct request *r, struct html *o, struct person_view *v, struct text number, struct err *err)
{
	if (find_person(r, number, v, err) != 0)
		return -1;
	page_person(o, v);
	return 0;
}

int person(struct request *r, struct html *o, struct err *err)
{
	struct person_view v = { .done = fields_has(&r->query, "done") };

	if (fields_first(&r->query, "number").n == 0)
		return see_other(r, "/people");

	return show(r, o, &v, fields_first(&r->query, "number"), err);
}

/* A command was answered: on to the page of the person, or this page again with what was typed. */
static int after(struct request *r, struct html *o, struct person_view *v, int result, const struct err *why, struct err *err)
{
	struct text number = form_value(r, "number");

	if (result == 0)
		return go_to(r, number);
	if (is_fatal(why)) {
		*err = *why;
		return -1;
	}
	v->say = sentence(why);
	r->status = 400;
	return show(r, o, v, number, err);
}

static int day(struct text written, int64_t otherwise, int64_t more, int64_t *out, struct err *err)
{
	*out = otherwise;
	if (written.n == 0)
		return 0;
	if (calendar_read_day(written, out, err) != 0)
		return -1;
	*out += more;
	return 0;
}

int person_post_post(struct request *r, struct html *o, struct err *err)
{
	struct person_view v = { .post = form_value(r, "post"), .unit = form_value(r, "unit"), .from = form_value(r, "from"), .to = form_value(r, "to") };
	struct store_post_assign in = { .number = form_value(r, "number"), .unit = v.unit, .post = v.post, .token = bytes_of(r->token, TOKEN_BYTES) };
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	int result = day(v.from, clock_now(), 0, &in.from, &why) != 0 || day(v.to, 0, DAY_SECONDS, &in.to, &why) != 0 ||
		     store_call_post_assign(r->recordd, r->arena, &in, NULL, &why) != 0 ? -1 : 0;
	return after(r, o, &v, result, &why, err);
}

int person_move_post(struct request *r, struct html *o, struct err *err)
{
	struct person_view v = { .say = { NULL, NULL } };
	struct store_person_move in = { form_value(r, "number"), form_value(r, "unit"), bytes_of(r->token, TOKEN_BYTES) };
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	return after(r, o, &v, store_call_person_move(r->recordd, r->arena, &in, NULL, &why), &why, err);
}

int person_leave_post(struct request *r, struct html *o, struct err *err)
{
	struct person_view v = { .at = form_value(r, "at") };
	struct store_person_leave in = { .number = form_value(r, "number"), .token = bytes_of(r->token, TOKEN_BYTES) };
	struct err why = { 0 };

	if (request_recordd(r, err) < 0)
		return -1;
	int result = calendar_read_day(v.at, &in.at, &why) != 0 || store_call_person_leave(r->recordd, r->arena, &in, NULL, &why) != 0 ? -1 : 0;
	return after(r, o, &v, result, &why, err);
}

int person_reset_post(struct request *r, struct html *o, struct err *err)
{
	struct text number = form_value(r, "number");
	struct person_view v = { .say = { NULL, NULL } };
	struct reset_view done = { .cleared = form_value(r, "clear").n > 0 };
	enum auth_status status;
	struct err why = { 0 };
	uint32_t wait;

	if (find_person(r, number, &v, err) != 0 || request_authd(r, err) < 0)
		return -1;
	if (auth_reset_account(r->authd, r->token, form_value(r, "code"), number, done.cleared, r->arena, &status, &wait, &done.password, &why) != 0)
		return after(r, o, &v, -1, &why, err);
	if (status != AUTH_IN) {
		r->status = status == AUTH_WAIT ? 429 : 403;
		v.say = (struct phrase){ auth_status_japanese(status), auth_status_english(status) };
		v.wait = status == AUTH_WAIT ? MAX(wait, 1u) : 0;
		page_person(o, &v);
		return 0;
	}
	done.person = v.person;
	page_reset(o, &done);
	return 0;
}
