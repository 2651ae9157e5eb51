/* 遮った通信の数 — zones_blocked: what the rules of the zones refused in an hour, by pair of zones, as zonesd counted it. Counts older than they are shown go. article: s6.3.2a */
#include "policy/model.h"
#include "store/command.h"
#include "store/limits.h"

enum { HOUR = 3600 };

static bool is_place(struct text name)
{
	bool good = name.n <= POLICY_NAME_BYTES_MOST;

	for (size_t i = 0; good && i < name.n; i++)
		good = (name.p[i] >= 'a' && name.p[i] <= 'z') || (i && ((name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '-'));
	return good;
}

static int check(const struct store_zones_blocked *in, const struct json *content, int64_t now, const struct json **pairs, struct err *err)
{
	const struct json *list = json_get(content, "pairs");

	if (in->hour <= 0 || in->hour % HOUR != 0 || in->hour > now)
		return fail(err, ERR_INVALID, (uint64_t)in->hour, "this is no hour that has begun");
	if (content->count != 1 || !list || list->kind != JSON_ARRAY || list->count == 0 || list->count > STORE_ZONE_PAIRS_MOST)
		return fail(err, ERR_INVALID, 0, "from 1 to %d pairs of zones are wanted", STORE_ZONE_PAIRS_MOST);
	for (size_t i = 0; i < list->count; i++) {
		const struct json *o = &list->items[i];
		struct text from = json_text(o, "from"), to = json_text(o, "to");
		if (o->kind != JSON_OBJECT || o->count != 3 || !is_place(from) || !is_place(to) || to.n == 0 || json_number(o, "packets", 0) <= 0)
			return fail(err, ERR_INVALID, i, "pair %zu is no pair of zones with a number of packets", i);
		for (size_t k = 0; k < i; k++)
			if (text_equal(json_text(&list->items[k], "from"), from) && text_equal(json_text(&list->items[k], "to"), to))
				return fail(err, ERR_INVALID, i, "pair %zu stands twice", i);
	}
	*pairs = list;
	return 0;
}

int command_zones_blocked(struct act *act, const struct store_zones_blocked *in, struct store_zones_blocked_reply *out, struct err *err)
{
	struct sql_zone_blocked_known_row known;
	const struct json *pairs = NULL;
	struct json content;
	struct bytes plain;
	int64_t position;
	bool found;

	(void)out;
	act->permitted = PERMIT_PROCESS;
	if (act_json(act, in->content, "content", &plain, err) != 0 || json_read(act->arena, plain, &content, err) != 0 ||
	    check(in, &content, act->now, &pairs, err) != 0 || sql_zone_blocked_known(act->sql, act->arena, act->site, in->hour, in->request, &known, &found, err) != 0)
		return -1;
	if (found && known.count > 0) {
		act->repeated = true;
		return 0;
	}
	json_set_number(act->arena, &content, "hour", in->hour);
	if (act_journal(act, "zones.blocked", TEXT(""), TEXT(""), arena_printf(act->arena, "process:%s", act->caller), &content, &position, err) != 0)
		return -1;
	for (size_t i = 0; i < pairs->count; i++) {
		const struct json *o = &pairs->items[i];
		if (sql_zone_blocked_insert(act->sql, act->site, in->hour, in->request, json_text(o, "from"), json_text(o, "to"), json_number(o, "packets", 0), act->now,
					    position, err) != 0)
			return -1;
	}
	return sql_zone_blocked_forget(act->sql, act->site, act->now - STORE_ZONE_BLOCKED_DAYS_MOST * 86400LL, err);
}
