/* 通信の模型 — contract in model.h. */
#include "zones/model.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58 };

static int name_order(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int d = memcmp(x->p, y->p, MIN(x->n, y->n));

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

void zones_interfaces(struct arena *arena, const struct policy *policy, struct text **names, size_t *count)
{
	size_t n = 1, kept = 0;

	for (size_t i = 0; i < policy->zone_count; i++)
		n += policy->zones[i].interface_count;
	struct text *all = arena_new_array(arena, struct text, n);
	all[0] = TEXT("lo"), n = 1;
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].interface_count; k++)
			all[n++] = policy->zones[i].interfaces[k].name;
	qsort(all, n, sizeof *all, name_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !text_equal(all[kept - 1], all[i]))
			all[kept++] = all[i];
	*names = all, *count = kept;
}

/* ---- pieces of sets ---- */

static struct packet_set any_of(struct packet_space *space, enum packet_field field, const unsigned *values, size_t count)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < count; i++)
		out = packet_set_or(space, out, packet_set_is(space, field, values[i]));
	return out;
}

struct packet_set zones_set_interfaces(struct packet_space *space, const struct policy_zone *zone, enum packet_field field)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < zone->interface_count; i++) {
		unsigned index = packet_space_index(space, zone->interfaces[i].name);
		must(index != 0);
		out = packet_set_or(space, out, packet_set_is(space, field, index));
	}
	return out;
}

struct packet_set zones_set_addresses(struct packet_space *space, const struct zones_ranges ranges[2], enum packet_field field4)
{
	ARENA(scratch) = arena_new(0);
	size_t n = 0;

	must(field4 == PACKET_FROM4 || field4 == PACKET_TO4);
	struct packet_set *sets = arena_new_array(scratch, struct packet_set, ranges[0].count + ranges[1].count + 1);
	for (int v6 = 0; v6 < 2; v6++) {
		enum packet_field field = !v6 ? field4 : field4 == PACKET_FROM4 ? PACKET_FROM6 : PACKET_TO6;
		for (size_t i = 0; i < ranges[v6].count; i++)
			sets[n++] = packet_set_range(space, field, ranges[v6].list[i].low, ranges[v6].list[i].high);
	}
	return packet_set_union(space, sets, n);
}

struct packet_set zones_set_service(struct packet_space *space, const struct policy_service *service, bool answers)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < service->ports_count; i++) {
		const struct policy_ports *ports = &service->ports[i];
		struct packet_set there = packet_set_range(space, answers ? PACKET_FROM_PORT : PACKET_TO_PORT, ports->low, ports->high);
		out = packet_set_or(space, out, packet_set_and(space, there, packet_set_is(space, PACKET_PROTOCOL, ports->transport == POLICY_TCP ? TCP : UDP)));
	}
	for (size_t i = 0; i < service->icmp_count; i++) {
		const struct policy_icmp *icmp = &service->icmps[i];
		struct packet_set one = packet_set_and(space, packet_set_is(space, PACKET_PROTOCOL, icmp->v6 ? ICMPV6 : ICMP),
						       packet_set_is(space, PACKET_ICMP_TYPE, answers ? icmp->reply : icmp->type));
		out = packet_set_or(space, out, packet_set_and(space, one, packet_set_is(space, PACKET_FAMILY, icmp->v6)));
	}
	return out;
}

struct packet_set zones_set_errors(struct packet_space *space)
{
	static const unsigned four[] = { 3, 11, 12 }, six[] = { 1, 2, 3, 4 };
	struct packet_set v4 = packet_set_and(space, packet_set_is(space, PACKET_PROTOCOL, ICMP), any_of(space, PACKET_ICMP_TYPE, four, COUNT(four)));
	struct packet_set v6 = packet_set_and(space, packet_set_is(space, PACKET_PROTOCOL, ICMPV6), any_of(space, PACKET_ICMP_TYPE, six, COUNT(six)));

	v4 = packet_set_and(space, v4, packet_set_is(space, PACKET_FAMILY, 0)), v6 = packet_set_and(space, v6, packet_set_is(space, PACKET_FAMILY, 1));
	return packet_set_and(space, packet_set_or(space, v4, v6), packet_set_is(space, PACKET_STATE, PACKET_RELATED));
}

/* ---- where ---- */

/* From one zone (NULL: the gate) to the other: hook and interfaces. */
static struct packet_set between(struct packet_space *space, const struct policy_zone *from, const struct policy_zone *to)
{
	struct packet_set out = packet_set_is(space, PACKET_HOOK, !to ? PACKET_INPUT : !from ? PACKET_OUTPUT : PACKET_FORWARD);

	if (from)
		out = packet_set_and(space, out, zones_set_interfaces(space, from, PACKET_IN));
	if (to)
		out = packet_set_and(space, out, zones_set_interfaces(space, to, PACKET_OUT));
	return out;
}

static struct packet_set in_direction(struct packet_space *space)
{
	struct packet_set states = packet_set_or(space, packet_set_is(space, PACKET_STATE, PACKET_NEW), packet_set_is(space, PACKET_STATE, PACKET_ESTABLISHED));

	return packet_set_and(space, states, packet_set_is(space, PACKET_REPLY, 0));
}

static struct packet_set answering(struct packet_space *space)
{
	return packet_set_and(space, packet_set_is(space, PACKET_STATE, PACKET_ESTABLISHED), packet_set_is(space, PACKET_REPLY, 1));
}

/* Addresses and service of a way alone. */
static struct packet_set content(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way, bool answers)
{
	struct packet_set services = packet_set_none();

	for (size_t i = 0; i < way->allow->service_count; i++) {
		const struct policy_service *service = policy_service_named(ways->policy, way->allow->services[i].name);
		services = packet_set_or(space, services, zones_set_service(space, service, answers));
	}
	struct packet_set from = zones_set_addresses(space, way->from_ranges, answers ? PACKET_TO4 : PACKET_FROM4);
	struct packet_set to = zones_set_addresses(space, way->to_ranges, answers ? PACKET_FROM4 : PACKET_TO4);
	return packet_set_and(space, packet_set_and(space, from, to), services);
}

struct packet_set zones_way_opens(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way)
{
	struct packet_set where = packet_set_and(space, between(space, way->from, way->to), in_direction(space));

	return packet_set_and(space, where, content(space, ways, way, false));
}

struct packet_set zones_way_answers(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way)
{
	struct packet_set where = packet_set_and(space, between(space, way->to, way->from), answering(space));

	return packet_set_and(space, where, content(space, ways, way, true));
}

/* Addresses of a zone, or the gate's within it. */
static const struct zones_ranges *ranges_in(const struct zones_ways *ways, const struct policy_zone *zone, bool of_gate, struct zones_ranges out[2])
{
	for (int v6 = 0; v6 < 2; v6++)
		out[v6] = (of_gate ? ways->gate : ways->zones)[v6][zones_zone_index(ways->policy, zone)];
	return out;
}

/* From the zone (or the gate: NULL, to whoever is in `zone`) to these addresses. */
static struct packet_set errors_to(struct packet_space *space, const struct zones_ways *ways, const struct policy_zone *from, const struct policy_zone *to,
				   const struct zones_ranges addresses[2])
{
	struct zones_ranges senders[2];

	ranges_in(ways, from ? from : to, !from, senders);
	struct packet_set out = packet_set_and(space, zones_set_addresses(space, senders, PACKET_FROM4), zones_set_addresses(space, addresses, PACKET_TO4));
	return packet_set_and(space, out, packet_set_and(space, between(space, from, to), zones_set_errors(space)));
}

struct packet_set zones_way_errors(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way)
{
	struct packet_set out = errors_to(space, ways, way->to, way->from, way->from_ranges);

	out = packet_set_or(space, out, errors_to(space, ways, way->from, way->to, way->to_ranges));
	if (way->hook != PACKET_FORWARD)
		return out;
	/* The gate itself says that a packet was too large or that its time was over. */
	out = packet_set_or(space, out, errors_to(space, ways, NULL, way->from, way->from_ranges));
	return packet_set_or(space, out, errors_to(space, ways, NULL, way->to, way->to_ranges));
}

/* ---- the whole ---- */

static struct packet_set on_lo(struct packet_space *space)
{
	unsigned lo = packet_space_index(space, TEXT("lo"));
	struct packet_set in = packet_set_and(space, packet_set_is(space, PACKET_HOOK, PACKET_INPUT), packet_set_is(space, PACKET_IN, lo));
	struct packet_set out = packet_set_and(space, packet_set_is(space, PACKET_HOOK, PACKET_OUTPUT), packet_set_is(space, PACKET_OUT, lo));

	return packet_set_or(space, in, out);
}

static struct packet_set neighbours(struct packet_space *space, const struct policy *policy)
{
	static const unsigned heard[] = { 130, 135, 136 }, said[] = { 135, 136, 143 };
	struct packet_set in = packet_set_none(), out = packet_set_none();

	for (size_t i = 0; i < policy->zone_count; i++) {
		bool v6 = false;
		for (size_t k = 0; k < policy->zones[i].net_count; k++)
			v6 |= policy->zones[i].nets[k].v6;
		if (!v6)
			continue;
		in = packet_set_or(space, in, between(space, &policy->zones[i], NULL));
		out = packet_set_or(space, out, between(space, NULL, &policy->zones[i]));
	}
	in = packet_set_and(space, in, any_of(space, PACKET_ICMP_TYPE, heard, COUNT(heard)));
	out = packet_set_and(space, out, any_of(space, PACKET_ICMP_TYPE, said, COUNT(said)));
	struct packet_set both = packet_set_and(space, packet_set_or(space, in, out), packet_set_is(space, PACKET_STATE, PACKET_UNTRACKED));
	both = packet_set_and(space, both, packet_set_is(space, PACKET_FAMILY, 1));
	return packet_set_and(space, both, packet_set_is(space, PACKET_PROTOCOL, ICMPV6));
}

/* All ways between the same two zones at once: what they have in common is said once. */
static struct packet_set pair_accepts(struct arena *scratch, struct packet_space *space, const struct zones_ways *ways, size_t first, size_t count)
{
	const struct zones_way *list = &ways->list[first];
	struct packet_set *opens = arena_new_array(scratch, struct packet_set, count), *answers = arena_new_array(scratch, struct packet_set, count);
	struct zones_ranges ends[2][2];

	for (size_t i = 0; i < count; i++) {
		opens[i] = content(space, ways, &list[i], false);
		answers[i] = content(space, ways, &list[i], true);
	}
	for (int side = 0; side < 2; side++)
		for (int v6 = 0; v6 < 2; v6++) {
			struct zones_ranges *all = &ends[side][v6];
			size_t n = 0;
			for (size_t i = 0; i < count; i++)
				n += (side ? list[i].to_ranges : list[i].from_ranges)[v6].count;
			*all = (struct zones_ranges){ arena_new_array(scratch, struct packet_range, n), 0 };
			for (size_t i = 0; i < count; i++) {
				const struct zones_ranges *one = &(side ? list[i].to_ranges : list[i].from_ranges)[v6];
				for (size_t k = 0; k < one->count; k++)
					all->list[all->count++] = one->list[k];
			}
			zones_ranges_join(all);
		}
	struct zones_way together = list[0];
	memcpy(together.from_ranges, ends[0], sizeof ends[0]), memcpy(together.to_ranges, ends[1], sizeof ends[1]);
	struct packet_set there = packet_set_and(space, packet_set_and(space, between(space, list->from, list->to), in_direction(space)), packet_set_union(space, opens, count));
	struct packet_set back = packet_set_and(space, packet_set_and(space, between(space, list->to, list->from), answering(space)), packet_set_union(space, answers, count));
	return packet_set_or(space, packet_set_or(space, there, back), zones_way_errors(space, ways, &together));
}

int zones_model_make(struct arena *arena, struct packet_space *space, const struct policy *policy, int64_t now, bool always, struct zones_model *out, struct err *err)
{
	ARENA(scratch) = arena_new(0);
	struct zones_model model = { .space = space };
	size_t last;

	zones_ways_make(arena, policy, now, always, &model.ways);
	struct packet_set accepted = packet_set_or(space, on_lo(space), neighbours(space, policy));
	for (size_t first = 0; first < model.ways.count; first = last) {
		const struct zones_way *list = model.ways.list;
		for (last = first + 1; last < model.ways.count && list[last].from == list[first].from && list[last].to == list[first].to; last++)
			;
		accepted = packet_set_or(space, accepted, pair_accepts(scratch, space, &model.ways, first, last - first));
	}
	model.accepted = packet_set_and(space, accepted, packet_set_all(space));
	if (packet_space_check(space, err) != 0)
		return -1;
	*out = model;
	return 0;
}

const struct zones_way *zones_way_of(struct packet_space *space, const struct zones_ways *ways, const struct packet *packet)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct zones_way *way = &ways->list[i];
		if (packet_set_has(space, zones_way_opens(space, ways, way), packet) || packet_set_has(space, zones_way_answers(space, ways, way), packet) ||
		    packet_set_has(space, zones_way_errors(space, ways, way), packet))
			return way;
	}
	return NULL;
}
