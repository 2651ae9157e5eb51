/* 今日やること — GET /: on the office side what waits for this person, on the Internet side the way to hand a file in. */
#include "web/pages/home.h"
#include "base/clock.h"
#include "web/pages.h"
#include "web/request.h"

static int find_all(struct store_reader *reader, struct request *r, struct home_view *v, struct err *err)
{
	struct text me = r->user.number, nobody = TEXT("");
	struct store_tickets expiring;

	if (store_read_today(reader, r->arena, me, &v->today, err) != 0 || 
	    store_read_expiring(reader, r->arena, me, HOME_EXPIRING_DAYS * 86400, HOME_EXPIRING_MOST, &expiring, err) != 0 ||
	    store_read_back(reader, r->arena, me, HOME_BACK_MOST, &v->back, err) != 0 ||
	    store_read_proposals_waiting(reader, r->arena, me, &v->proposals, err) != 0 ||
	    store_read_absences(reader, r->arena, nobody, me, &v->acts_for, err) != 0 ||
	    store_read_absences(reader, r->arena, me, nobody, &v->own, err) != 0)
		return -1;
	v->expiring = expiring.rows, v->expiring_count = expiring.count;
	if (v->is_chief && store_read_released(reader, r->arena, r->user.unit, HOME_BACK_MOST, &v->released, err) != 0)
		return -1;
	return store_read_absences_of_unit(reader, r->arena, r->user.unit, &v->of_unit, err);
}

int home(struct request *r, struct html *o, struct err *err)
{
	struct home_view v = { .is_chief = r->user.is_chief, .now = clock_now() };
	struct store_reader *reader;

	if (store_read_take(r->web->service.home, &reader, err) != 0)
		return -1;
	int status = find_all(reader, r, &v, err);
	store_read_give(reader);
	if (status == 0)
		page_home(o, &v);
	return status;
}

int front(struct request *r, struct html *o, struct err *err)
{
	struct transfer_tickets latest;
	struct front_view v = { 0 };
	struct err why = { 0 };

	if (request_transferd(r, err) < 0 || transfer_my_tickets(r->transferd, r->token, &(struct transfer_wanted){ .most = 5, .words = TEXT("") }, r->arena, &latest, err) != 0)
		return -1;
	v.carries = transfer_terms(r->transferd, r->token, &v.terms, &why) == 0;
	if (!v.carries && why.code != ERR_NOT_FOUND) {
		*err = why;
		return -1;
	}
	v.rows = latest.rows, v.count = latest.count;
	page_front(o, &v);
	return 0;
}
