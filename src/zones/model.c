/* 通信の模型 — contract in model.h. */
#include "zones/model.h"
#include "base/sort.h"

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

static enum packet_field of_family(enum packet_field field4, bool v6)
{
	must(field4 == PACKET_FROM4 || field4 == PACKET_TO4);
	return !v6 ? field4 : field4 == PACKET_FROM4 ? PACKET_FROM6 : PACKET_TO6;
}

/* Those of one family. */
static struct packet_set in_ranges(struct packet_space *space, const struct zones_ranges *ranges, enum packet_field field)
{
	ARENA(scratch) = arena_new(0);
	struct packet_leaf *leaves = arena_new_array(scratch, struct packet_leaf, ranges->count);

	for (size_t i = 0; i < ranges->count; i++)
		leaves[i] = (struct packet_leaf){ ranges->list[i].low, ranges->list[i].high, packet_set_anything() };
	return packet_set_leaves(space, field, leaves, ranges->count);
}

struct packet_set zones_set_addresses(struct packet_space *space, const struct zones_ranges ranges[2], enum packet_field field4)
{
	struct packet_set out = packet_set_none();

	for (int v6 = 0; v6 < 2; v6++) {
		enum packet_field field = of_family(field4, v6);
		out = packet_set_or(space, out, packet_set_and(space, packet_set_having(space, field), in_ranges(space, &ranges[v6], field)));
	}
	return out;
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

static struct packet_set services_of(struct packet_space *space, const struct zones_ways *ways, const struct policy_allow *allow, bool answers)
{
	struct packet_set services = packet_set_none();

	for (size_t i = 0; i < allow->service_count; i++)
		services = packet_set_or(space, services, zones_set_service(space, policy_service_named(ways->policy, allow->services[i].name), answers));
	return services;
}

/* Addresses and service of a way alone. */
static struct packet_set content(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way, bool answers)
{
	struct packet_set from = zones_set_addresses(space, way->from_ranges, answers ? PACKET_TO4 : PACKET_FROM4);
	struct packet_set to = zones_set_addresses(space, way->to_ranges, answers ? PACKET_FROM4 : PACKET_TO4);

	return packet_set_and(space, packet_set_and(space, from, to), services_of(space, ways, way->allow, answers));
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

/* From the zone (or the gate: NULL, to whoever is in `to`) to these receivers. */
static struct packet_set errors_to(struct packet_space *space, const struct zones_ways *ways, const struct policy_zone *from, const struct policy_zone *to, struct packet_set receivers)
{
	struct zones_ranges senders[2];

	ranges_in(ways, from ? from : to, !from, senders);
	struct packet_set out = packet_set_and(space, zones_set_addresses(space, senders, PACKET_FROM4), receivers);
	return packet_set_and(space, out, packet_set_and(space, between(space, from, to), zones_set_errors(space)));
}

/* Of ways between these two places that join those senders and those receivers, as addresses that errors go to. */
static struct packet_set errors_about(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way, struct packet_set senders, struct packet_set receivers)
{
	struct packet_set out = errors_to(space, ways, way->to, way->from, senders);

	out = packet_set_or(space, out, errors_to(space, ways, way->from, way->to, receivers));
	if (way->hook != PACKET_FORWARD)
		return out;
	/* The gate itself says that a packet was too large or that its time was over. */
	out = packet_set_or(space, out, errors_to(space, ways, NULL, way->from, senders));
	return packet_set_or(space, out, errors_to(space, ways, NULL, way->to, receivers));
}

struct packet_set zones_way_errors(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way)
{
	return errors_about(space, ways, way, zones_set_addresses(space, way->from_ranges, PACKET_TO4), zones_set_addresses(space, way->to_ranges, PACKET_TO4));
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

/* The moments that are asked about, and for each the set of those up to it. */
struct zones_lasting {
	const struct packet_space *space;
	const int64_t *ends;
	struct packet_set *up_to;
	size_t count;
};
/* Ways between the same two zones, to be said at once. */
struct run {
	const struct zones_way **list;
	size_t count;
	const struct zones_lasting *lasting; /* NULL: only now is asked about */
};

/* The moments at which the way is open: up to the one at which it ends. */
static struct packet_set while_open(const struct run *run, const struct zones_way *way)
{
	const struct zones_lasting *lasting = run->lasting;

	return lasting ? lasting->up_to[sorted_below(lasting->ends, lasting->count, way->until)] : packet_set_anything();
}

static int names_order(const struct policy_name *a, size_t a_count, const struct policy_name *b, size_t b_count)
{
	for (size_t i = 0; i < MIN(a_count, b_count); i++) {
		int d = name_order(&a[i].name, &b[i].name);
		if (d)
			return d;
	}
	return (a_count > b_count) - (a_count < b_count);
}

static int ranges_order(const struct zones_ranges a[2], const struct zones_ranges b[2])
{
	for (int v6 = 0; v6 < 2; v6++) {
		for (size_t i = 0; i < MIN(a[v6].count, b[v6].count); i++) {
			const struct packet_range *x = &a[v6].list[i], *y = &b[v6].list[i];
			if (x->low != y->low || x->high != y->high)
				return x->low != y->low ? (x->low > y->low ? 1 : -1) : x->high > y->high ? 1 : -1;
		}
		if (a[v6].count != b[v6].count)
			return a[v6].count > b[v6].count ? 1 : -1;
	}
	return 0;
}

/* How ways are put together, outermost first: those of the same services, of these those to the same addresses, then as the addresses stand in the graph. What is
 * said once for many costs once, and neighbours in this order share most of their nodes. */
static int content_order(const struct zones_way *x, const struct zones_way *y, bool answers)
{
	int d = names_order(x->allow->services, x->allow->service_count, y->allow->services, y->allow->service_count);

	d = d ? d : ranges_order(answers ? x->from_ranges : x->to_ranges, answers ? y->from_ranges : y->to_ranges);
	d = d ? d : ranges_order(answers ? x->to_ranges : x->from_ranges, answers ? y->to_ranges : y->from_ranges);
	return d ? d : (x > y) - (x < y);
}

static int opens_order(const void *a, const void *b) { return content_order(*(const struct zones_way *const *)a, *(const struct zones_way *const *)b, false); }
static int answers_order(const void *a, const void *b) { return content_order(*(const struct zones_way *const *)a, *(const struct zones_way *const *)b, true); }

/* All their addresses of one side and family, each while a way of it is open. */
static struct packet_set side_of(struct packet_space *space, const struct run *run, bool of_to, bool v6, enum packet_field field)
{
	ARENA(scratch) = arena_new(0);
	size_t n = 0;

	for (size_t i = 0; i < run->count; i++)
		n += (of_to ? run->list[i]->to_ranges : run->list[i]->from_ranges)[v6].count;
	struct packet_leaf *leaves = arena_new_array(scratch, struct packet_leaf, n);
	n = 0;
	for (size_t i = 0; i < run->count; i++) {
		const struct zones_ranges *one = &(of_to ? run->list[i]->to_ranges : run->list[i]->from_ranges)[v6];
		for (size_t k = 0; k < one->count; k++)
			leaves[n++] = (struct packet_leaf){ one->list[k].low, one->list[k].high, while_open(run, run->list[i]) };
	}
	return packet_set_leaves(space, field, leaves, n);
}

/* Of ways with the same services, sorted: addresses alone. Of each set of receivers the senders are said once. */
static struct packet_set addresses_of(struct packet_space *space, const struct run *run, bool answers, bool v6)
{
	ARENA(scratch) = arena_new(0);
	enum packet_field to = of_family(PACKET_TO4, v6), from = of_family(PACKET_FROM4, v6);
	size_t room = 0, n = 0, next;

	for (size_t i = 0; i < run->count; i++)
		room += (answers ? run->list[i]->from_ranges : run->list[i]->to_ranges)[v6].count;
	struct packet_leaf *leaves = arena_new_array(scratch, struct packet_leaf, room);
	for (size_t first = 0; first < run->count; first = next) {
		const struct zones_ranges *receivers = answers ? run->list[first]->from_ranges : run->list[first]->to_ranges;
		for (next = first; next < run->count && ranges_order(receivers, answers ? run->list[next]->from_ranges : run->list[next]->to_ranges) == 0; next++)
			;
		const struct run same = { run->list + first, next - first, run->lasting };
		struct packet_set then = receivers[v6].count ? side_of(space, &same, answers, v6, from) : packet_set_none();
		for (size_t k = 0; k < receivers[v6].count; k++)
			leaves[n++] = (struct packet_leaf){ receivers[v6].list[k].low, receivers[v6].list[k].high, then };
	}
	return packet_set_and(space, packet_set_having(space, to), packet_set_leaves(space, to, leaves, n));
}

static struct packet_set contents_of(struct packet_space *space, const struct zones_ways *ways, struct run *run, bool answers)
{
	ARENA(scratch) = arena_new(0);
	struct packet_set *sets = arena_new_array(scratch, struct packet_set, run->count);
	size_t n = 0, next;

	sort_items(run->list, run->count, sizeof *run->list, answers ? answers_order : opens_order);
	for (size_t first = 0; first < run->count; first = next) {
		const struct policy_allow *allow = run->list[first]->allow, *other = allow;
		for (next = first + 1; next < run->count; next++) {
			other = run->list[next]->allow;
			if (names_order(allow->services, allow->service_count, other->services, other->service_count) != 0)
				break;
		}
		struct packet_set services = services_of(space, ways, allow, answers);
		const struct run same = { run->list + first, next - first, run->lasting };
		struct packet_set both = packet_set_or(space, addresses_of(space, &same, answers, false), addresses_of(space, &same, answers, true));
		sets[n++] = packet_set_and(space, services, both);
	}
	return packet_set_union(space, sets, n);
}

static struct packet_set run_opens(struct packet_space *space, const struct zones_ways *ways, struct run *run)
{
	struct packet_set where = packet_set_and(space, between(space, run->list[0]->from, run->list[0]->to), in_direction(space));

	return packet_set_and(space, where, contents_of(space, ways, run, false));
}

static struct packet_set run_answers(struct packet_space *space, const struct zones_ways *ways, struct run *run)
{
	struct packet_set where = packet_set_and(space, between(space, run->list[0]->to, run->list[0]->from), answering(space));

	return packet_set_and(space, where, contents_of(space, ways, run, true));
}

static struct packet_set run_errors(struct packet_space *space, const struct zones_ways *ways, struct run *run)
{
	struct packet_set sides[2] = { packet_set_none(), packet_set_none() };

	for (int of_to = 0; of_to < 2; of_to++)
		for (int v6 = 0; v6 < 2; v6++) {
			enum packet_field field = of_family(PACKET_TO4, v6);
			sides[of_to] = packet_set_or(space, sides[of_to], packet_set_and(space, packet_set_having(space, field), side_of(space, run, of_to, v6, field)));
		}
	return errors_about(space, ways, run->list[0], sides[0], sides[1]);
}

/* What whole runs let through, made once and asked by every law. A node of a set is never NOT_YET. */
enum { PARTS = 3 };
#define NOT_YET (UINT32_MAX - 1)
struct zones_pieces {
	const struct packet_space *space;
	struct packet_set (*of)[PARTS]; /* of the run that begins with this way */
};

void zones_ways_keep(struct arena *arena, const struct packet_space *space, struct zones_ways *ways)
{
	ways->pieces = arena_alloc(arena, sizeof *ways->pieces);
	*ways->pieces = (struct zones_pieces){ space, arena_array(arena, sizeof *ways->pieces->of, ways->count + 1) };
	for (size_t i = 0; i < ways->count; i++)
		for (int k = 0; k < PARTS; k++)
			ways->pieces->of[i][k].node = NOT_YET;
}

/* whole: no way of the run is left out; first: where it begins. */
static struct packet_set run_passes(struct packet_space *space, const struct zones_ways *ways, struct run *run, unsigned parts, bool whole, size_t first)
{
	static struct packet_set (*const make[PARTS])(struct packet_space *, const struct zones_ways *, struct run *) = { run_opens, run_answers, run_errors };
	struct packet_set out = packet_set_none();

	for (int k = 0; k < PARTS; k++) {
		struct packet_set *kept = whole && ways->pieces && ways->pieces->space == space ? &ways->pieces->of[first][k] : NULL;
		if (!(parts >> k & 1))
			continue;
		struct packet_set part = kept && kept->node != NOT_YET ? *kept : make[k](space, ways, run);
		if (kept)
			*kept = part;
		out = packet_set_or(space, out, part);
	}
	return out;
}

struct packet_set zones_ways_pass(struct packet_space *space, const struct zones_ways *ways, unsigned parts, bool (*wanted)(const void *self, const struct zones_way *way), const void *self)
{
	ARENA(scratch) = arena_new(0);
	const struct zones_way **list = arena_new_array(scratch, const struct zones_way *, ways->count + 1);
	struct packet_set out = packet_set_none();
	size_t next;

	for (size_t first = 0; first < ways->count; first = next) {
		const struct zones_way *of = &ways->list[first];
		struct run run = { .list = list, .lasting = ways->lasting && ways->lasting->space == space ? ways->lasting : NULL };
		for (next = first; next < ways->count && ways->list[next].from == of->from && ways->list[next].to == of->to; next++)
			if (!wanted || wanted(self, &ways->list[next]))
				run.list[run.count++] = &ways->list[next];
		if (run.count)
			out = packet_set_or(space, out, run_passes(space, ways, &run, parts, run.count == next - first, first));
	}
	return out;
}

void zones_ways_last(struct arena *arena, struct packet_space *space, struct zones_ways *ways, const int64_t *ends, size_t count)
{
	struct zones_lasting *lasting = arena_alloc(arena, sizeof *lasting);

	must(count < PACKET_MOMENTS && !ways->pieces);
	*lasting = (struct zones_lasting){ space, ends, arena_new_array(arena, struct packet_set, count + 1), count };
	for (size_t i = 0; i <= count; i++)
		lasting->up_to[i] = packet_set_range(space, PACKET_MOMENT, 0, i);
	ways->lasting = lasting;
}

struct packet_set zones_pass_always(struct packet_space *space, const struct policy *policy)
{
	return packet_set_and(space, packet_set_or(space, on_lo(space), neighbours(space, policy)), packet_set_all(space));
}

int zones_model_make(struct arena *arena, struct packet_space *space, const struct policy *policy, int64_t now, bool always, struct zones_model *out, struct err *err)
{
	struct zones_model model = { .space = space };

	zones_ways_make(arena, policy, now, always, &model.ways);
	zones_ways_keep(arena, space, &model.ways);
	struct packet_set opened = zones_ways_pass(space, &model.ways, ZONES_ALL_PARTS, NULL, NULL);
	model.accepted = packet_set_or(space, zones_pass_always(space, policy), packet_set_and(space, opened, packet_set_all(space)));
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
