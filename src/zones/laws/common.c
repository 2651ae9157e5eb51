/* 掟の部品 — contract in law.h. */
#include "zones/laws/law.h"

const struct policy_zone *law_zone(const struct law_ground *ground, const char *name)
{
	return policy_zone_named(ground->policy, (struct text){ name, strlen(name) });
}

static struct packet_set forwarded(const struct law_ground *ground, const struct policy_zone *zone, enum packet_field field)
{
	if (!zone)
		return packet_set_none();
	return packet_set_and(ground->space, packet_set_is(ground->space, PACKET_HOOK, PACKET_FORWARD), zones_set_interfaces(ground->space, zone, field));
}

struct packet_set law_from(const struct law_ground *ground, const struct policy_zone *zone)
{
	return forwarded(ground, zone, PACKET_IN);
}

struct packet_set law_to(const struct law_ground *ground, const struct policy_zone *zone)
{
	return forwarded(ground, zone, PACKET_OUT);
}

struct packet_set law_gate(const struct law_ground *ground, const struct policy_zone *zone)
{
	struct packet_space *space = ground->space;

	if (!zone)
		return packet_set_none();
	struct packet_set in = packet_set_and(space, packet_set_is(space, PACKET_HOOK, PACKET_INPUT), zones_set_interfaces(space, zone, PACKET_IN));
	struct packet_set out = packet_set_and(space, packet_set_is(space, PACKET_HOOK, PACKET_OUTPUT), zones_set_interfaces(space, zone, PACKET_OUT));
	return packet_set_minus(space, packet_set_or(space, in, out), packet_set_is(space, PACKET_STATE, PACKET_UNTRACKED));
}

/* ---- from allow to allow ---- */

/* Whoever is reached by the first may be who opens the second. */
static bool leads_on(const struct zones_way *first, const struct zones_way *second)
{
	return first->to && first->to == second->from &&
	       (zones_ranges_meet(&first->to_ranges[0], &second->from_ranges[0]) || zones_ranges_meet(&first->to_ranges[1], &second->from_ranges[1]));
}

/* One of these lies in the joined others: looked up, for there may be very many. */
static bool meets(const struct zones_ranges *few, const struct zones_ranges *joined)
{
	for (size_t i = 0; i < few->count; i++) {
		size_t low = 0, high = joined->count;
		while (low < high) {
			size_t middle = low + (high - low) / 2;
			if (joined->list[middle].high < few->list[i].low)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < joined->count && joined->list[low].low <= few->list[i].high)
			return true;
	}
	return false;
}

struct relay {
	const struct law_ground *ground;
	struct arena *arena;
	size_t *depth; /* of each way: how many allows lead there and by it; 0 not reached */
	struct zones_ranges *reached[2]; /* of each zone, what the ways of one depth lead to */
};

/* All addresses that the ways of this depth lead to, zone by zone; false: there is no such way. */
static bool gather(struct relay *r, size_t depth)
{
	const struct zones_ways *ways = r->ground->ways;
	const struct policy *policy = r->ground->policy;
	bool any = false;

	for (int v6 = 0; v6 < 2; v6++) {
		struct zones_ranges *reached = r->reached[v6] = arena_new_array(r->arena, struct zones_ranges, policy->zone_count);
		size_t *room = arena_new_array(r->arena, size_t, policy->zone_count);
		for (size_t i = 0; i < ways->count; i++)
			if (r->depth[i] == depth)
				room[zones_zone_index(policy, ways->list[i].to)] += ways->list[i].to_ranges[v6].count;
		for (size_t z = 0; z < policy->zone_count; z++)
			reached[z].list = arena_new_array(r->arena, struct packet_range, room[z]);
		for (size_t i = 0; i < ways->count; i++) {
			if (r->depth[i] != depth)
				continue;
			const struct zones_ranges *to = &ways->list[i].to_ranges[v6];
			struct zones_ranges *into = &reached[zones_zone_index(policy, ways->list[i].to)];
			for (size_t k = 0; k < to->count; k++)
				into->list[into->count++] = to->list[k];
			any = true;
		}
		for (size_t z = 0; z < policy->zone_count; z++)
			zones_ranges_join(&reached[z]);
	}
	return any;
}

/* Backwards from the last way, by the first of each depth that leads on. */
static void tell_hops(const struct relay *r, size_t last, struct law_path *out)
{
	const struct zones_way *list = r->ground->ways->list;

	out->count = r->depth[last];
	for (size_t k = out->count; k > 0; k--) {
		out->hops[k - 1] = &list[last];
		for (size_t i = 0; k > 1 && i < r->ground->ways->count; i++)
			if (r->depth[i] == k - 1 && leads_on(&list[i], &list[last])) {
				last = i;
				break;
			}
	}
}

bool law_relayed(const struct law_ground *ground, const struct policy_zone *from, const struct policy_zone *to, struct law_path *out)
{
	ARENA(scratch) = arena_new(0);
	const struct zones_ways *ways = ground->ways;
	struct relay r = { .ground = ground, .arena = scratch, .depth = arena_new_array(scratch, size_t, ways->count + 1) };

	if (!from || !to)
		return false;
	for (size_t i = 0; i < ways->count; i++)
		r.depth[i] = ways->list[i].hook == PACKET_FORWARD && ways->list[i].from == from && ways->list[i].to != from;
	for (size_t depth = 1; depth < LAW_HOPS_MOST && gather(&r, depth); depth++) {
		size_t found = ways->count;
		for (size_t i = 0; i < ways->count; i++) {
			const struct zones_way *way = &ways->list[i];
			if (r.depth[i] != 0 || way->hook != PACKET_FORWARD || way->from == to)
				continue;
			size_t zone = zones_zone_index(ground->policy, way->from);
			if (!meets(&way->from_ranges[0], &r.reached[0][zone]) && !meets(&way->from_ranges[1], &r.reached[1][zone]))
				continue;
			r.depth[i] = depth + 1;
			found = way->to == to ? MIN(found, i) : found;
		}
		if (found < ways->count) {
			tell_hops(&r, found, out);
			return true;
		}
	}
	return false;
}
