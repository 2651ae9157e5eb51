/* 不在と代理の登録 — absence_set: a chief is away for some days and somebody of the same unit, or of the one above, acts meanwhile. Set by the chief or by
 * an administrator, who cannot name themself. article: s6.1 s6.3.2b */
#include "store/command.h"

static int unit_of_chief(struct act *act, const struct store_absence_set *in, struct text *unit, struct err *err)
{
	struct sql_posts_of_row *posts;
	size_t count;

	if (sql_posts_of(act->sql, act->arena, act->site, in->number, &posts, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (text_is(posts[i].post, "chief") && posts[i].valid_from < in->to && (posts[i].valid_to == 0 || posts[i].valid_to > in->from)) {
			*unit = posts[i].unit;
			return 0;
		}
	return fail(err, ERR_INVALID, 0, "%s holds no post of a chief in that time", in->number.p);
}

static int check_acting(struct act *act, const struct store_absence_set *in, struct text unit, struct err *err)
{
	struct sql_person_by_number_row acting;
	struct sql_unit_by_code_row own;
	struct sql_absences_overlapping_row away;
	bool found;

	if (text_equal(in->acting, in->number))
		return fail(err, ERR_INVALID, 0, "nobody acts for themself");
	if (act_person(act, in->acting, &acting, err) != 0 || sql_unit_by_code(act->sql, act->arena, act->site, unit, &own, &found, err) != 0)
		return -1;
	if (!text_equal(acting.unit, unit) && !(found && own.parent.n > 0 && text_equal(acting.unit, own.parent)))
		return fail(err, ERR_INVALID, 0, "%s is neither of the unit %s nor of the one above it", in->acting.p, unit.p);
	if (sql_absences_overlapping(act->sql, act->arena, act->site, in->acting, in->from, in->to, &away, &found, err) != 0)
		return -1;
	return found && away.count > 0 ? fail(err, ERR_CONFLICT, 0, "%s is away in that time too", in->acting.p) : 0;
}

static int check_time(struct act *act, const struct store_absence_set *in, struct err *err)
{
	struct sql_absences_overlapping_row same;
	bool found;

	if (in->from == 0 || in->to <= in->from || in->to <= act->now || in->to - in->from > (int64_t)STORE_ABSENCE_DAYS_MOST * 86400)
		return fail(err, ERR_INVALID, 0, "an absence lasts from a time to a later one, at most %d days, and is not over", STORE_ABSENCE_DAYS_MOST);
	if (sql_absences_overlapping(act->sql, act->arena, act->site, in->number, in->from, in->to, &same, &found, err) != 0)
		return -1;
	return found && same.count > 0 ? fail(err, ERR_CONFLICT, 0, "an absence in that time is on record already") : 0;
}

int command_absence_set(struct act *act, const struct store_absence_set *in, struct store_absence_set_reply *out, struct err *err)
{
	struct sql_person_by_number_row person;
	struct act_session who;
	struct text unit = TEXT("");
	int64_t position;

	if (act_for_person(act, in->token, in->number, &who, err) != 0)
		return -1;
	if (text_equal(who.number, in->acting))
		return fail(err, ERR_DENIED, 0, "nobody names themself to act for another");
	if (act_person(act, in->number, &person, err) != 0 || unit_of_chief(act, in, &unit, err) != 0 || check_time(act, in, err) != 0 ||
	    check_acting(act, in, unit, err) != 0)
		return -1;
	struct json *what = json_object(act->arena);
	json_set_text(act->arena, what, "acting", in->acting);
	json_set_number(act->arena, what, "from", in->from);
	json_set_text(act->arena, what, "number", in->number);
	json_set_text(act->arena, what, "reason", in->reason);
	json_set_number(act->arena, what, "to", in->to);
	if (act_journal(act, "absence.set", who.number, TEXT(""), arena_printf(act->arena, "person:%s", in->number.p), what, &position, err) != 0 ||
	    sql_absence_insert(act->sql, act->site, position, in->number, in->acting, in->from, in->to, in->reason, act->now, who.number, err) != 0)
		return -1;
	out->absence = (uint64_t)position;
	return 0;
}
