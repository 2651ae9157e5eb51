/* 通り道 — contract in ways.h. */
#include "zones/ways.h"
#include "base/calendar.h"

packet_number zones_number(bool v6, const uint8_t *address)
{
	packet_number n = 0;

	for (int i = 0; i < (v6 ? 16 : 4); i++)
		n = n << 8 | address[i];
	return n;
}

static struct packet_range range_of(const struct policy_net *net)
{
	unsigned bits = (net->v6 ? 128 : 32) - net->prefix;
	packet_number low = zones_number(net->v6, net->address), size = bits == 128 ? 0 : (packet_number)1 << bits;

	return (struct packet_range){ low, low + size - 1 };
}

static int range_order(const void *a, const void *b)
{
	const struct packet_range *x = a, *y = b;

	return x->low != y->low ? (x->low > y->low ? 1 : -1) : (x->high > y->high) - (x->high < y->high);
}

void zones_ranges_join(struct zones_ranges *ranges)
{
	size_t n = 0;

	if (ranges->count)
		qsort(ranges->list, ranges->count, sizeof *ranges->list, range_order);
	for (size_t i = 0; i < ranges->count; i++) {
		struct packet_range r = ranges->list[i];
		struct packet_range *last = n ? &ranges->list[n - 1] : NULL;
		if (last && (r.low <= last->high || r.low - 1 == last->high))
			last->high = MAX(last->high, r.high);
		else
			ranges->list[n++] = r;
	}
	ranges->count = n;
}

struct zones_ranges zones_ranges_minus(struct arena *arena, const struct zones_ranges *a, const struct zones_ranges *b)
{
	struct zones_ranges out = { arena_new_array(arena, struct packet_range, a->count + b->count), 0 };
	size_t k = 0;

	for (size_t i = 0; i < a->count; i++) {
		packet_number low = a->list[i].low, high = a->list[i].high;
		bool rest = true;
		while (k < b->count && b->list[k].high < low)
			k++;
		for (size_t m = k; rest && m < b->count && b->list[m].low <= high; m++) {
			if (b->list[m].low > low)
				out.list[out.count++] = (struct packet_range){ low, b->list[m].low - 1 };
			rest = b->list[m].high < high;
			low = rest ? b->list[m].high + 1 : low;
		}
		if (rest)
			out.list[out.count++] = (struct packet_range){ low, high };
	}
	return out;
}

bool zones_ranges_meet(const struct zones_ranges *a, const struct zones_ranges *b)
{
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		if (a->list[i].high < b->list[k].low)
			i++;
		else if (b->list[k].high < a->list[i].low)
			k++;
		else
			return true;
	}
	return false;
}

static struct zones_ranges of_nets(struct arena *arena, const struct policy_net *nets, size_t count, bool v6)
{
	struct zones_ranges out = { arena_new_array(arena, struct packet_range, count), 0 };

	for (size_t i = 0; i < count; i++)
		if (nets[i].v6 == v6)
			out.list[out.count++] = range_of(&nets[i]);
	zones_ranges_join(&out);
	return out;
}

/* Public addresses in no zone's networks. */
static struct zones_ranges world(struct arena *arena, const struct policy *policy, bool v6)
{
	struct packet_range everything = { 0, v6 ? ~(packet_number)0 : UINT32_MAX };
	struct zones_ranges all = { &everything, 1 }, inside = of_nets(arena, policy_not_world, policy_not_world_count, v6);

	struct zones_ranges rest = zones_ranges_minus(arena, &all, &inside);
	for (size_t i = 0; i < policy->zone_count; i++) {
		inside = of_nets(arena, policy->zones[i].nets, policy->zones[i].net_count, v6);
		rest = zones_ranges_minus(arena, &rest, &inside);
	}
	return rest;
}

static struct zones_ranges zone_ranges(struct arena *arena, const struct policy *policy, const struct policy_zone *zone, bool v6)
{
	struct zones_ranges nets = of_nets(arena, zone->nets, zone->net_count, v6), gate = of_nets(arena, policy->gate.addresses, policy->gate.address_count, v6);

	struct zones_ranges own = zones_ranges_minus(arena, &nets, &gate);
	if (!zone->world)
		return own;
	struct zones_ranges beyond = world(arena, policy, v6);
	struct zones_ranges both = { arena_new_array(arena, struct packet_range, own.count + beyond.count), own.count + beyond.count };
	for (size_t i = 0; i < both.count; i++)
		both.list[i] = i < own.count ? own.list[i] : beyond.list[i - own.count];
	zones_ranges_join(&both);
	return both;
}

static struct zones_ranges gate_ranges(struct arena *arena, const struct policy *policy, const struct policy_zone *zone, bool v6)
{
	struct policy_net *own = arena_new_array(arena, struct policy_net, policy->gate.address_count);
	size_t n = 0;

	for (size_t i = 0; i < policy->gate.address_count; i++)
		if (policy_zone_around(policy, &policy->gate.addresses[i]) == zone)
			own[n++] = policy->gate.addresses[i];
	return of_nets(arena, own, n, v6);
}

size_t zones_zone_index(const struct policy *policy, const struct policy_zone *zone)
{
	return zone ? (size_t)(zone - policy->zones) : policy->zone_count;
}

static struct zones_ranges group_ranges(struct arena *arena, const struct zones_ways *ways, const struct policy_group *group, bool v6)
{
	const struct policy *policy = ways->policy;
	size_t count = group->net_count;

	for (size_t i = 0; i < group->host_count; i++)
		count += policy_host_named(policy, group->hosts[i].name)->address_count;
	struct policy_net *nets = arena_new_array(arena, struct policy_net, count);
	count = 0;
	for (size_t i = 0; i < group->net_count; i++)
		nets[count++] = group->nets[i];
	for (size_t i = 0; i < group->host_count; i++) {
		const struct policy_host *host = policy_host_named(policy, group->hosts[i].name);
		for (size_t k = 0; k < host->address_count; k++)
			nets[count++] = host->addresses[k];
	}
	struct zones_ranges all = of_nets(arena, nets, count, v6), gate = of_nets(arena, policy->gate.addresses, policy->gate.address_count, v6);
	return zones_ranges_minus(arena, &all, &gate);
}

struct zones_ranges zones_side_ranges(struct arena *arena, const struct zones_ways *ways, const struct policy_side *side, const struct policy_zone *gate_in, bool v6)
{
	switch (side->kind) {
	case POLICY_SIDE_GATE:
		return gate_in ? ways->gate[v6][zones_zone_index(ways->policy, gate_in)] : (struct zones_ranges){ NULL, 0 };
	case POLICY_SIDE_HOST:
		return of_nets(arena, side->host->addresses, side->host->address_count, v6);
	case POLICY_SIDE_GROUP:
		return group_ranges(arena, ways, side->group, v6);
	case POLICY_SIDE_ZONE:
		break;
	}
	return ways->zones[v6][zones_zone_index(ways->policy, side->zone)];
}

/* The hours of an allow: whether they run, and the next moment at which they begin or end. Days and minutes are Japan's. */
static bool within_hours(const struct policy_allow *allow, int64_t now, int64_t *next)
{
	int64_t day = calendar_day_of(now);

	*next = INT64_MAX;
	if (!allow->has_window)
		return true;
	for (int i = 0; i < 8; i++, day += DAY_SECONDS) {
		/* Day 0 of the calendar, 1970-01-01, was a Thursday; a day of Japan begins nine hours before that of UTC. */
		unsigned weekday = (unsigned)(((day + 9 * 3600) / DAY_SECONDS + 4) % 7);
		int64_t begin = day + allow->window_from * 60, end = day + allow->window_to * 60;
		if (!(allow->window_days >> weekday & 1) || end <= now)
			continue;
		*next = begin > now ? begin : end;
		return begin <= now;
	}
	return false;
}

static void add(struct arena *arena, struct zones_ways *ways, const struct policy_allow *allow, const struct policy_side *from, const struct policy_side *to, int64_t until)
{
	struct zones_way way = { .allow = allow, .from = from->zone, .to = to->zone, .until = until };

	way.hook = !way.to ? PACKET_INPUT : !way.from ? PACKET_OUTPUT : PACKET_FORWARD;
	for (int v6 = 0; v6 < 2; v6++) {
		way.from_ranges[v6] = zones_side_ranges(arena, ways, from, to->zone, v6);
		way.to_ranges[v6] = zones_side_ranges(arena, ways, to, from->zone, v6);
	}
	ways->list[ways->count++] = way;
}

static int way_order(const void *a, const void *b)
{
	const struct zones_way *x = a, *y = b;

	/* Zones stand in an array in the order of their names; the gate, which is none, comes last. */
	if (x->from != y->from)
		return !x->from || (y->from && x->from > y->from) ? 1 : -1;
	if (x->to != y->to)
		return !x->to || (y->to && x->to > y->to) ? 1 : -1;
	return (x->allow > y->allow) - (x->allow < y->allow);
}

void zones_ways_make(struct arena *arena, const struct policy *policy, int64_t now, bool always, struct zones_ways *out)
{
	const struct policy_side gate = { .kind = POLICY_SIDE_GATE };
	struct zones_ways ways = { .policy = policy, .now = now, .next_change = INT64_MAX };

	for (int v6 = 0; v6 < 2; v6++) {
		ways.zones[v6] = arena_new_array(arena, struct zones_ranges, policy->zone_count);
		ways.gate[v6] = arena_new_array(arena, struct zones_ranges, policy->zone_count);
		for (size_t i = 0; i < policy->zone_count; i++) {
			ways.zones[v6][i] = zone_ranges(arena, policy, &policy->zones[i], v6);
			ways.gate[v6][i] = gate_ranges(arena, policy, &policy->zones[i], v6);
		}
	}
	ways.list = arena_new_array(arena, struct zones_way, 2 * policy->allow_count);
	for (size_t i = 0; i < policy->allow_count; i++) {
		const struct policy_allow *allow = &policy->allows[i];
		struct policy_side from = policy_side_of(policy, &allow->from), to = policy_side_of(policy, &allow->to);
		int64_t next;
		if (allow->expires <= now)
			continue;
		bool open = within_hours(allow, now, &next) || always;
		if (always)
			next = INT64_MAX;
		ways.next_change = MIN(ways.next_change, MIN(next, allow->expires));
		if (!open)
			continue;
		int64_t until = MIN(next, allow->expires);
		if (allow->via_gate)
			add(arena, &ways, allow, &from, &gate, until), add(arena, &ways, allow, &gate, &to, until);
		else
			add(arena, &ways, allow, &from, &to, until);
	}
	if (ways.count)
		qsort(ways.list, ways.count, sizeof *ways.list, way_order);
	*out = ways;
}
