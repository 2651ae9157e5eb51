/* 届くかどうか — contract in reach.h. */
#include "zones/reach.h"
#include "base/calendar.h"
#include "policy/policy.h"
#include "zones/laws/law.h"

/* One end of the question: a named side, or a single address in the zone that holds it. */
struct end {
	struct text said;
	struct policy_side side;
	bool is_address;
	struct zones_ranges ranges[2]; /* of a gate: all its addresses */
};
struct asking {
	struct arena *arena;
	struct packet_space *space;
	const struct policy *policy;
	struct zones_ways now, ever; /* in force at the moment; and at some time, expired ones too */
	struct zones_model model;    /* at some time from now on */
	int64_t at;
	bool japanese;
	struct buf *out;
};

static void all_of_gate(struct arena *arena, const struct zones_ways *ways, bool v6, struct zones_ranges *out)
{
	size_t n = 0;

	for (size_t i = 0; i < ways->policy->zone_count; i++)
		n += ways->gate[v6][i].count;
	*out = (struct zones_ranges){ arena_new_array(arena, struct packet_range, n), 0 };
	for (size_t i = 0; i < ways->policy->zone_count; i++)
		for (size_t k = 0; k < ways->gate[v6][i].count; k++)
			out->list[out->count++] = ways->gate[v6][i].list[k];
	zones_ranges_join(out);
}

static bool address_end(struct asking *q, struct end *out)
{
	struct policy_net net;

	if (policy_net_read(q->arena, out->said, &net) != 0 || net.prefix != (net.v6 ? 128u : 32u))
		return false;
	packet_number n = zones_number(net.v6, net.address);
	struct packet_range *one = arena_new_array(q->arena, struct packet_range, 1);
	*one = (struct packet_range){ n, n };
	out->is_address = true, out->ranges[net.v6] = (struct zones_ranges){ one, 1 };
	for (size_t i = 0; i < q->policy->zone_count; i++) {
		if (zones_ranges_meet(&out->ranges[net.v6], &q->now.gate[net.v6][i]))
			out->side = (struct policy_side){ .kind = POLICY_SIDE_GATE, .label = q->policy->gate.label };
		else if (zones_ranges_meet(&out->ranges[net.v6], &q->now.zones[net.v6][i]))
			out->side = (struct policy_side){ .kind = POLICY_SIDE_ZONE, .zone = &q->policy->zones[i], .label = q->policy->zones[i].label };
		else
			continue;
		return true;
	}
	return false;
}

static int find_end(struct asking *q, struct text said, struct end *out, struct err *err)
{
	*out = (struct end){ .said = said };
	if (policy_side_named(q->policy, said, &out->side)) {
		for (int v6 = 0; v6 < 2; v6++)
			if (out->side.kind == POLICY_SIDE_GATE)
				all_of_gate(q->arena, &q->now, v6, &out->ranges[v6]);
			else
				out->ranges[v6] = zones_side_ranges(q->arena, &q->now, &out->side, NULL, v6);
		return 0;
	}
	if (address_end(q, out))
		return 0;
	return fail(err, ERR_NOT_FOUND, 0, q->japanese ? "「%s」という系・機器・組はなく、どの系のアドレスでもありません" : "%s is no zone, host or group, and no zone has it as an address", said.p);
}

static const char *shown(const struct asking *q, const struct end *end)
{
	return end->is_address ? arena_printf(q->arena, q->japanese ? "%s（%s）" : "%s (%s)", end->said.p, q->japanese ? end->side.label.p : end->side.zone ? end->side.zone->name.p : "gate")
	       : q->japanese   ? end->side.label.p
			       : end->said.p;
}

static bool meets(const struct zones_ranges a[2], const struct zones_ranges b[2])
{
	return zones_ranges_meet(&a[0], &b[0]) || zones_ranges_meet(&a[1], &b[1]);
}

static void tell_allow(const struct asking *q, const struct policy_allow *a)
{
	char day[CALENDAR_TEXT];
	unsigned line, column;

	policy_place_find(a->at, &line, &column);
	buf_printf(q->out, q->japanese ? "  ・%s:%u行目 allow %s。責任者は%s、理由は%s。%sの終わりまで。\n" : "  - %s:%u allow %s: owner %s, reason %s, until the end of %s\n", a->at.file->name.p, line,
		   a->id.p, a->owner.p, a->reason.p, q->japanese ? calendar_day(a->expires - DAY_SECONDS, day) : calendar_day_iso(a->expires - DAY_SECONDS, day));
	if (a->specific)
		buf_printf(q->out, q->japanese ? "    特定通信。相手方は%s、根拠は%s。\n" : "    a specific communication with %s on the basis of %s\n", a->party.p, a->basis.p);
	buf_str(q->out, q->japanese ? "    通信の種類: " : "    services: ");
	for (size_t i = 0; i < a->service_count; i++)
		buf_printf(q->out, "%s%s", i ? (q->japanese ? "・" : ", ") : "", q->japanese ? policy_service_named(q->policy, a->services[i].name)->label.p : a->services[i].name.p);
	if (a->has_window)
		buf_printf(q->out, q->japanese ? "。%02u:%02u から %02u:%02u まで%s" : ", from %02u:%02u to %02u:%02u%s", a->window_from / 60, a->window_from % 60, a->window_to / 60, a->window_to % 60,
			   a->window_days == POLICY_EVERY_DAY ? "" : a->window_days == POLICY_WEEKDAYS ? (q->japanese ? "（平日）" : " on weekdays") : q->japanese ? "（土日）" : " at weekends");
	buf_str(q->out, "\n");
}

/* A packet of this question that the way opens. false: the way has none (its service is of the other family). */
static bool witness(const struct asking *q, const struct zones_way *way, const struct end *from, const struct end *to, struct packet *out)
{
	struct packet_set set = zones_way_opens(q->space, &q->ever, way);

	if (way->from)
		set = packet_set_and(q->space, set, zones_set_addresses(q->space, from->ranges, PACKET_FROM4));
	if (way->to)
		set = packet_set_and(q->space, set, zones_set_addresses(q->space, to->ranges, PACKET_TO4));
	return packet_set_witness(q->space, packet_set_and(q->space, set, packet_set_is(q->space, PACKET_STATE, PACKET_NEW)), out);
}

static void tell_packet(const struct asking *q, const struct packet *p)
{
	buf_str(q->out, q->japanese ? "    例: " : "    for example: ");
	packet_print(q->out, q->space, p, q->japanese);
	buf_str(q->out, "\n");
}

static bool in_force(const struct asking *q, const struct policy_allow *allow)
{
	for (size_t i = 0; i < q->now.count; i++)
		if (q->now.list[i].allow == allow)
			return true;
	return false;
}

/* The ways of one allow that answer the question: one, or both of those that go by way of the gate. */
static bool answers(const struct asking *q, const struct policy_allow *allow, const struct end *from, const struct end *to, struct packet out[2], size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < q->ever.count; i++) {
		const struct zones_way *way = &q->ever.list[i];
		if (way->allow != allow)
			continue;
		/* By way of the gate, the gate's own end of either half is not asked about. */
		bool here = (!way->from && allow->via_gate) || meets(way->from_ranges, from->ranges);
		bool there = (!way->to && allow->via_gate) || meets(way->to_ranges, to->ranges);
		if (!here || !there || !witness(q, way, from, to, &out[*count]))
			return false;
		++*count;
	}
	return *count != 0;
}

static size_t tell_allows(const struct asking *q, const struct end *from, const struct end *to, bool open)
{
	size_t told = 0;

	for (size_t i = 0; i < q->policy->allow_count; i++) {
		const struct policy_allow *allow = &q->policy->allows[i];
		struct packet packets[2];
		size_t count;
		if (in_force(q, allow) != open || !answers(q, allow, from, to, packets, &count))
			continue;
		if (told++ == 0 && !open)
			buf_str(q->out, q->japanese ? "  いまは効いていない許可:\n" : "  not in force now:\n");
		tell_allow(q, allow);
		if (!open)
			buf_str(q->out, allow->expires <= q->at ? (q->japanese ? "    期限が過ぎています。\n" : "    it has expired\n") : q->japanese ? "    いまは時間帯の外です。\n" : "    outside its hours now\n");
		if (allow->via_gate)
			buf_str(q->out, q->japanese ? "    関所を経る。関所あてと、関所からの、二つの通信になる。\n" : "    by way of the gate: one connection to it, one from it\n");
		for (size_t k = 0; open && k < count; k++)
			tell_packet(q, &packets[k]);
	}
	return told;
}

/* The gate is meant by its address on the other's side. */
static void at_its_zone(const struct asking *q, const struct end *end, const struct end *other, struct zones_ranges out[2])
{
	bool by_name = end->side.kind == POLICY_SIDE_GATE && !end->is_address && other->side.zone;

	for (int v6 = 0; v6 < 2; v6++)
		out[v6] = by_name ? q->now.gate[v6][zones_zone_index(q->policy, other->side.zone)] : end->ranges[v6];
}

/* What of the question a law would forbid, were it allowed: at the place where a packet would pass. */
static void tell_laws(const struct asking *q, const struct end *from, const struct end *to)
{
	struct law_ground ground = { q->arena, q->space, q->policy, &q->model.ways };
	struct packet_set set = packet_set_is(q->space, PACKET_STATE, PACKET_NEW);
	struct zones_ranges senders[2], receivers[2];

	at_its_zone(q, from, to, senders), at_its_zone(q, to, from, receivers);
	set = packet_set_and(q->space, set, packet_set_and(q->space, zones_set_addresses(q->space, senders, PACKET_FROM4), zones_set_addresses(q->space, receivers, PACKET_TO4)));
	if (from->side.zone)
		set = packet_set_and(q->space, set, zones_set_interfaces(q->space, from->side.zone, PACKET_IN));
	if (to->side.zone)
		set = packet_set_and(q->space, set, zones_set_interfaces(q->space, to->side.zone, PACKET_OUT));
	set = packet_set_and(q->space, set, packet_set_is(q->space, PACKET_HOOK, !to->side.zone ? PACKET_INPUT : !from->side.zone ? PACKET_OUTPUT : PACKET_FORWARD));
	for (size_t i = 0; i < LAW_COUNT; i++) {
		if (i == LAW_every_exception_has_owner_and_expiry) /* says of everything what the sentence above it says */
			continue;
		if (!packet_set_is_empty(q->space, law_forbidden(&ground, laws[i].rule, set)))
			buf_printf(q->out, q->japanese ? "  ・この間には掟がある。反する許可は、書いても断られる: %s（条項 %s）\n" : "  - a law holds here; an allow that breaks it is refused: %s (clause %s)\n",
				   q->japanese ? laws[i].ja : laws[i].en, laws[i].clause);
	}
}

static void tell_one_way(const struct asking *q, const struct end *from, const struct end *to)
{
	struct buf open = buf_in(q->arena, 0);
	struct asking inner = *q;

	inner.out = &open;
	size_t count = tell_allows(&inner, from, to, true);
	buf_printf(q->out, q->japanese ? "%sから%sへは、%s\n" : "%s to %s: %s\n", shown(q, from), shown(q, to),
		   count ? (q->japanese ? "次の許可で通信を開ける。ほかは通らない。" : "may open connections by these allows, and in no other way.") : q->japanese ? "通信を開けない。" : "nothing opens.");
	buf_bytes(q->out, buf_view(&open));
	if (tell_allows(q, from, to, false) + count == 0)
		buf_str(q->out, q->japanese ? "  ・この間の通信を許可する文がない。書かれていない通信は拒否される。\n" : "  - no allow is about this; what is not written is denied\n");
	tell_laws(q, from, to);
}

int zones_explain(struct arena *arena, const struct policy *policy, int64_t now, struct text from, struct text to, bool japanese, struct buf *out, struct err *err)
{
	struct asking q = { .arena = arena, .policy = policy, .at = now, .japanese = japanese, .out = out };
	struct text *names;
	struct end a, b;
	size_t count;

	zones_interfaces(arena, policy, &names, &count);
	if (packet_space_new(arena, names, count, 0, &q.space, err) != 0 || zones_model_make(arena, q.space, policy, now, true, &q.model, err) != 0)
		return -1;
	zones_ways_make(arena, policy, now, false, &q.now);
	zones_ways_make(arena, policy, 0, true, &q.ever);
	if (find_end(&q, from, &a, err) != 0 || find_end(&q, to, &b, err) != 0)
		return -1;
	tell_one_way(&q, &a, &b);
	tell_one_way(&q, &b, &a);
	buf_str(out, japanese ? "開いた通信への応答は、そのつど戻る。\n" : "Answers to what is opened come back.\n");
	return packet_space_check(q.space, err);
}

/* ---- two texts ---- */

static int name_order(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int d = memcmp(x->p, y->p, MIN(x->n, y->n));

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

static void names_of_both(struct arena *arena, const struct policy *older, const struct policy *newer, struct text **names, size_t *count)
{
	struct text *first, *second;
	size_t n, m, kept = 0;

	zones_interfaces(arena, older, &first, &n), zones_interfaces(arena, newer, &second, &m);
	struct text *all = arena_new_array(arena, struct text, n + m);
	memcpy(all, first, n * sizeof *all), memcpy(all + n, second, m * sizeof *all);
	qsort(all, n + m, sizeof *all, name_order);
	for (size_t i = 0; i < n + m; i++)
		if (kept == 0 || !text_equal(all[kept - 1], all[i]))
			all[kept++] = all[i];
	*names = all, *count = kept;
}

static void tell_set(struct arena *arena, struct packet_space *space, struct packet_set set, size_t most, bool japanese, struct buf *out)
{
	struct packet_box *boxes;
	size_t count;
	bool whole;

	packet_set_boxes(space, set, arena, most, &boxes, &count, &whole);
	for (size_t i = 0; i < count; i++) {
		buf_str(out, japanese ? "  ・" : "  - ");
		packet_box_print(out, space, &boxes[i], japanese);
		buf_str(out, "\n");
	}
	if (!whole)
		buf_str(out, japanese ? "  ・ほかにもある。\n" : "  - and more\n");
}

static const struct policy_allow *allow_named(const struct policy *policy, struct text id)
{
	for (size_t low = 0, high = policy->allow_count; low < high;) {
		size_t middle = low + (high - low) / 2;
		int d = name_order(&policy->allows[middle].id, &id);
		if (d == 0)
			return &policy->allows[middle];
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *hours_of(struct arena *arena, const struct policy_allow *a, bool japanese)
{
	if (!a->has_window)
		return japanese ? "いつでも" : "at any hour";
	return arena_printf(arena, "%s %02u:%02u-%02u:%02u", a->window_days == POLICY_EVERY_DAY ? (japanese ? "毎日" : "every day") : a->window_days == POLICY_WEEKDAYS ? (japanese ? "平日" : "weekdays") : japanese ? "土日" : "weekends",
			    a->window_from / 60, a->window_from % 60, a->window_to / 60, a->window_to % 60);
}

static const char *rate_of(struct arena *arena, const struct policy_allow *a, bool japanese)
{
	static const char *const per_ja[] = { "毎秒", "毎分", "毎時" }, *const per_en[] = { "second", "minute", "hour" };

	if (!a->rate)
		return japanese ? "上限なし" : "no limit";
	return japanese ? arena_printf(arena, "%s %llu", per_ja[a->per], (unsigned long long)a->rate) : arena_printf(arena, "%llu per %s", (unsigned long long)a->rate, per_en[a->per]);
}

static void tell_change(struct buf *out, const struct policy_allow *allow, bool japanese, const char *what_ja, const char *what_en, const char *older, const char *newer, size_t *told)
{
	if (strcmp(older, newer) == 0)
		return;
	if ((*told)++ == 0)
		buf_str(out, japanese ? "許可の書きぶりが変わるもの:\n" : "what changes of allows that stay:\n");
	buf_printf(out, japanese ? "  ・%s の%s: %s → %s\n" : "  - %s, %s: %s -> %s\n", allow->id.p, japanese ? what_ja : what_en, older, newer);
}

static size_t tell_changes(struct arena *arena, const struct policy *older, const struct policy *newer, bool japanese, struct buf *out)
{
	size_t told = 0;

	for (size_t i = 0; i < newer->allow_count; i++) {
		const struct policy_allow *b = &newer->allows[i], *a = allow_named(older, b->id);
		char day_a[CALENDAR_TEXT], day_b[CALENDAR_TEXT];
		if (!a)
			continue;
		tell_change(out, b, japanese, "時間帯", "hours", hours_of(arena, a, japanese), hours_of(arena, b, japanese), &told);
		tell_change(out, b, japanese, "新しい接続の上限", "rate", rate_of(arena, a, japanese), rate_of(arena, b, japanese), &told);
		tell_change(out, b, japanese, "期限", "expiry", calendar_day_iso(a->expires - DAY_SECONDS, day_a), calendar_day_iso(b->expires - DAY_SECONDS, day_b), &told);
		tell_change(out, b, japanese, "責任者", "owner", a->owner.p, b->owner.p, &told);
		tell_change(out, b, japanese, "記録", "log", a->log ? (japanese ? "する" : "yes") : japanese ? "しない" : "no", b->log ? (japanese ? "する" : "yes") : japanese ? "しない" : "no", &told);
	}
	return told;
}

int zones_compare(struct arena *arena, const struct policy *older, const struct policy *newer, int64_t now, size_t most, bool japanese, struct buf *out, bool *same, struct err *err)
{
	struct packet_space *space;
	struct zones_model a, b;
	struct text *names;
	size_t count;

	names_of_both(arena, older, newer, &names, &count);
	if (packet_space_new(arena, names, count, 0, &space, err) != 0 || zones_model_make(arena, space, older, now, true, &a, err) != 0 ||
	    zones_model_make(arena, space, newer, now, true, &b, err) != 0)
		return -1;
	struct packet_set opening = packet_set_is(space, PACKET_STATE, PACKET_NEW);
	struct packet_set before = packet_set_and(space, a.accepted, opening), after = packet_set_and(space, b.accepted, opening);
	struct packet_set comes = packet_set_minus(space, after, before), goes = packet_set_minus(space, before, after);
	bool none_comes = packet_set_is_empty(space, comes), none_goes = packet_set_is_empty(space, goes);
	if (packet_space_check(space, err) != 0)
		return -1;
	buf_str(out, none_comes ? (japanese ? "新しくできるようになる通信: なし\n" : "what becomes possible: nothing\n") : japanese ? "新しくできるようになる通信:\n" : "what becomes possible:\n");
	if (!none_comes)
		tell_set(arena, space, comes, most, japanese, out);
	buf_str(out, none_goes ? (japanese ? "できなくなる通信: なし\n" : "what stops being possible: nothing\n") : japanese ? "できなくなる通信:\n" : "what stops being possible:\n");
	if (!none_goes)
		tell_set(arena, space, goes, most, japanese, out);
	size_t changes = tell_changes(arena, older, newer, japanese, out);
	*same = none_comes && none_goes && changes == 0;
	return packet_space_check(space, err);
}
