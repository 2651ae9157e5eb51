/* 不在と代理 — GET and POST /absences, POST /absences/#/withdraw: a chief says from when to when they are away and who acts; an administrator may do it
 * for a chief who cannot. Who is away is shown to everybody, the reason only to whom it concerns. recordd judges. article: s6.1 */
#include "transfer/pages/absence.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "store/client.h"
#include "web/pages.h"
#include "web/request.h"

/* The unit whose chief the person is now; "" none. */
static int unit_of_chief(struct store_reader *reader, struct arena *arena, struct text number, struct text *unit, struct text *unit_name, struct err *err)
{
	struct store_posts posts;
	int64_t now = clock_now();

	*unit = *unit_name = TEXT("");
	if (store_read_posts(reader, arena, number, &posts, err) != 0)
		return -1;
	for (size_t i = 0; i < posts.count && unit->n == 0; i++)
		if (text_is(posts.rows[i].post, "chief") && posts.rows[i].from <= now && (posts.rows[i].to == 0 || posts.rows[i].to > now))
			*unit = posts.rows[i].unit, *unit_name = posts.rows[i].unit_name;
	return 0;
}

static int fill_chiefs(struct store_reader *reader, struct request *r, struct absences_view *v, struct err *err)
{
	struct store_posts posts;
	int64_t now = clock_now();

	if (store_read_posts(reader, r->arena, TEXT(""), &posts, err) != 0)
		return -1;
	v->chiefs = arena_new_array(r->arena, struct store_person, posts.count);
	for (size_t i = 0; i < posts.count; i++) {
		const struct store_post *p = &posts.rows[i];
		if (text_is(p->post, "chief") && p->from <= now && (p->to == 0 || p->to > now))
			v->chiefs[v->chief_count++] = (struct store_person){ .number = p->number, .name = p->person_name, .unit_name = p->unit_name };
	}
	return 0;
}

static int fill(struct store_reader *reader, struct request *r, struct text about, struct absences_view *v, struct err *err)
{
	struct store_person person;
	struct text unit;

	v->links = export_links_of(r, "before");
	v->me = r->user.number;
	v->is_administrator = r->user.is_administrator;
	if (store_read_absences(reader, r->arena, TEXT(""), TEXT(""), &v->all, err) != 0 ||
	    (v->is_administrator && fill_chiefs(reader, r, v, err) != 0))
		return -1;
	for (size_t i = 0; i < v->all.count; i++)
		if (!v->is_administrator && !text_equal(v->all.rows[i].number, v->me) && !text_equal(v->all.rows[i].acting, v->me))
			v->all.rows[i].reason = TEXT("");
	if (about.n == 0 || !(v->is_administrator || text_equal(about, v->me)))
		about = v->me;
	if (unit_of_chief(reader, r->arena, about, &unit, &v->unit_name, err) != 0)
		return -1;
	if (unit.n == 0)
		return 0;
	if (store_read_person(reader, r->arena, about, &person, err) != 0 ||
	    store_read_may_act(reader, r->arena, unit, about, &v->acting, err) != 0)
		return -1;
	v->number = person.number, v->name = person.name;
	return 0;
}

static int show(struct request *r, struct html *o, struct text about, struct absences_view *v, struct err *err)
{
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill(reader, r, about, v, err);
	store_read_give(reader);
	if (status == 0)
		page_absences(o, v);
	return status;
}

static int export_absences(struct request *r, enum export_kind kind, struct err *err)
{
	static const struct export_column columns[] = { { { "不在の人", "Away" }, 20 },	 { { "課", "Unit" }, 20 },	{ { "はじめの日", "From" }, 18 },
							{ { "終わり", "Until" }, 18 }, { { "代理", "Acts" }, 20 }, { { "理由", "Reason" }, 40 } };
	struct absences_view v = { .number = TEXT("") };
	struct store_reader *reader;
	struct export *e;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = fill(reader, r, TEXT(""), &v, err);
	store_read_give(reader);
	if (status != 0 || export_open(r, kind, columns, COUNT(columns), &e, err) != 0)
		return -1;
	for (size_t i = 0; i < v.all.count; i++) {
		const struct store_absence *a = &v.all.rows[i];
		const struct export_cell cells[COUNT(columns)] = { cell_text(a->name), cell_text(a->unit_name), cell_moment(a->from), cell_moment(a->to),
								   cell_text(a->acting_name), cell_text(a->reason) };
		if (export_row(e, cells, err) != 0)
			return -1;
	}
	return export_send(r, e, err);
}

int absences(struct request *r, struct html *o, struct err *err)
{
	enum export_kind kind;

	if (export_wanted(r, &kind))
		return export_absences(r, kind, err);
	struct absences_view v = { .done = fields_has(&r->query, "done"), .withdrawn = fields_has(&r->query, "withdrawn") };

	return show(r, o, fields_first(&r->query, "number"), &v, err);
}

static struct phrase sentence(const struct err *err)
{
	switch (err->code) {
	case ERR_CONFLICT:
		return (struct phrase){ "その期間には、すでに不在が登録されています（代理の人が不在の場合も受け付けません）。期間か代理の人を変えてください。",
					"An absence in that time is on record already, or who acts is away too. Change the days or the person." };
	case ERR_INVALID:
		return (struct phrase){ "期間か代理の人が正しくありません。終わりは今日より後、代理は同じ課かその上の部の人にしてください。",
					"The days or the person do not fit. It must end after today; who acts is of the same unit or of the one above." };
	case ERR_DENIED:
		return (struct phrase){ "自分を代理にすることはできません。ほかの人を選んでください。", "You cannot name yourself to act for another." };
	case ERR_NOT_FOUND:
		return (struct phrase){ "代理の人が見つかりません。選び直してください。", "Who shall act was not found. Choose again." };
	default: return (struct phrase){ err_japanese(err->code), err_english(err->code) };
	}
}

int absences_post(struct request *r, struct html *o, struct err *err)
{
	struct absences_view v = { .chosen = form_value(r, "acting"), .from = form_value(r, "from"), .to = form_value(r, "to"),
				   .reason = form_value(r, "reason") };
	struct text number = form_value(r, "number");
	struct store_absence_set in = { .token = bytes_of(r->token, TOKEN_BYTES), .number = number.n ? number : r->user.number, .acting = v.chosen,
					.reason = v.reason };
	struct err why = { 0 };

	r->status = 400;
	if (calendar_read_day(v.from, &in.from, &why) != 0 || calendar_read_day(v.to, &in.to, &why) != 0) {
		v.bad_day = (struct phrase){ "日付が読み取れません。2026-12-01、令和8年12月1日、R8.12.1 のように書いてください。",
					     "That is no day. Write it like 2026-12-01 or R8.12.1." };
		return show(r, o, in.number, &v, err);
	}
	in.to += DAY_SECONDS; /* the last day counts */
	if (request_recordd(r, err) < 0)
		return -1;
	if (store_call_absence_set(r->recordd, r->arena, &in, NULL, &why) == 0)
		return see_other(r, "/absences?done=1");
	if (why.code == ERR_NOT_SIGNED_IN || why.code == ERR_PEER || why.code == ERR_BUSY) {
		*err = why;
		return -1;
	}
	v.say = sentence(&why);
	return show(r, o, in.number, &v, err);
}

int absence_withdraw_post(struct request *r, struct html *o, struct err *err)
{
	struct store_absence_withdraw in = { .token = bytes_of(r->token, TOKEN_BYTES), .absence = r->number };

	(void)o;
	if (request_recordd(r, err) < 0 || store_call_absence_withdraw(r->recordd, r->arena, &in, NULL, err) != 0)
		return -1;
	return see_other(r, "/absences?withdrawn=1");
}
