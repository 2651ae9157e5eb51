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

struct packet_set law_way(const struct law_ground *ground, const struct zones_way *way)
{
	struct packet_set both = packet_set_or(ground->space, zones_way_opens(ground->space, ground->ways, way), zones_way_answers(ground->space, ground->ways, way));

	return packet_set_or(ground->space, both, zones_way_errors(ground->space, ground->ways, way));
}

/* Whoever is reached by the first may be who opens the second. */
static bool leads_on(const struct zones_way *first, const struct zones_way *second)
{
	return first->to && first->to == second->from &&
	       (zones_ranges_meet(&first->to_ranges[0], &second->from_ranges[0]) || zones_ranges_meet(&first->to_ranges[1], &second->from_ranges[1]));
}

bool law_relayed(const struct law_ground *ground, const struct policy_zone *from, const struct policy_zone *to, struct law_path *out)
{
	const struct zones_ways *ways = ground->ways;
	size_t *before = arena_new_array(ground->arena, size_t, ways->count + 1), *depth = arena_new_array(ground->arena, size_t, ways->count + 1);
	size_t *queue = arena_new_array(ground->arena, size_t, ways->count + 1), head = 0, tail = 0;

	if (!from || !to)
		return false;
	for (size_t i = 0; i < ways->count; i++)
		if (ways->list[i].hook == PACKET_FORWARD && ways->list[i].from == from && ways->list[i].to != from)
			depth[i] = 1, queue[tail++] = i;
	while (head < tail) {
		size_t at = queue[head++];
		if (ways->list[at].to == to && depth[at] > 1) {
			out->count = depth[at];
			for (size_t k = depth[at]; k > 0; k--, at = before[at])
				out->hops[k - 1] = &ways->list[at];
			return true;
		}
		for (size_t i = 0; i < ways->count && depth[at] < LAW_HOPS_MOST; i++)
			if (depth[i] == 0 && ways->list[i].hook == PACKET_FORWARD && ways->list[at].to != to && leads_on(&ways->list[at], &ways->list[i]))
				depth[i] = depth[at] + 1, before[i] = at, queue[tail++] = i;
	}
	return false;
}
