/* 通信の集合 — contract in packet_set.h. A bit that has no meaning for a packet (the ports of ICMP, the last 96 bits of an IPv4 address) is never asked for it:
 * every set made of such a field also says which packets have the field. So equal sets stay equal graphs. */
#include "base/sort.h"
#include "zones/limits.h"
#include "zones/packet_fields.h"

enum { TCP = 6, UDP = 17, DCCP = 33, ICMPV6 = 58, SCTP = 132, UDP_LITE = 136, ICMP = 1 };

const struct packet_field_place packet_places[PACKET_FIELDS] = {
	[PACKET_HOOK] = { BIT_HOOK, 2 },	  [PACKET_STATE] = { BIT_STATE, 3 },
	[PACKET_REPLY] = { BIT_REPLY, 1 },	  [PACKET_MARKED] = { BIT_MARKED, 1 },
	[PACKET_IN] = { BIT_IN, 8 },		  [PACKET_OUT] = { BIT_OUT, 8 },
	[PACKET_FAMILY] = { BIT_FAMILY, 1 },	  [PACKET_PROTOCOL] = { BIT_PROTOCOL, 8 },
	[PACKET_TO_PORT] = { BIT_TO_PORT, 16 },	  [PACKET_FROM_PORT] = { BIT_FROM_PORT, 16 },
	[PACKET_ICMP_TYPE] = { BIT_TYPE, 8 },	  [PACKET_ICMP_CODE] = { BIT_CODE, 8 },
	[PACKET_TO4] = { BIT_TO, 32 },		  [PACKET_FROM4] = { BIT_FROM, 32 },
	[PACKET_TO6] = { BIT_TO, 128 },		  [PACKET_FROM6] = { BIT_FROM, 128 },
	[PACKET_MOMENT] = { BIT_MOMENT, BITS - BIT_MOMENT },
};
_Static_assert(ZONES_INTERFACES_MOST < 255, "an interface is eight bits, 0 is none");
_Static_assert(PACKET_MOMENTS == 1 << (BITS - BIT_MOMENT), "a moment is the last bits");

static struct packet_set set_of(uint32_t node)
{
	return (struct packet_set){ node };
}

/* Values `low` and above (or below and `high`) of the bits from `first`, `width` of them. */
static uint32_t at_least(struct graph *g, unsigned first, unsigned width, packet_number low)
{
	uint32_t of = GRAPH_ALL;

	for (unsigned i = 0; i < width; i++)
		of = low >> i & 1 ? graph_choose(g, first + width - 1 - i, GRAPH_NONE, of) : graph_choose(g, first + width - 1 - i, of, GRAPH_ALL);
	return of;
}

static uint32_t at_most(struct graph *g, unsigned first, unsigned width, packet_number high)
{
	uint32_t of = GRAPH_ALL;

	for (unsigned i = 0; i < width; i++)
		of = high >> i & 1 ? graph_choose(g, first + width - 1 - i, GRAPH_ALL, of) : graph_choose(g, first + width - 1 - i, of, GRAPH_NONE);
	return of;
}

static packet_number most_of(unsigned width)
{
	return width == 128 ? ~(packet_number)0 : ((packet_number)1 << width) - 1;
}

packet_number packet_field_most(enum packet_field field)
{
	must(field < PACKET_FIELDS);
	return most_of(packet_places[field].width);
}

struct packet_set packet_set_having(struct packet_space *s, enum packet_field field)
{
	switch (field) {
	case PACKET_TO_PORT:
	case PACKET_FROM_PORT:
		return s->with_ports;
	case PACKET_ICMP_TYPE:
	case PACKET_ICMP_CODE:
		return s->with_types;
	case PACKET_TO4:
	case PACKET_FROM4:
		return s->v4;
	case PACKET_TO6:
	case PACKET_FROM6:
		return s->v6;
	default:
		return set_of(GRAPH_ALL);
	}
}

struct packet_set packet_set_range(struct packet_space *s, enum packet_field field, packet_number low, packet_number high)
{
	must(field < PACKET_FIELDS);
	struct packet_field_place place = packet_places[field];
	packet_number most = most_of(place.width);

	if (low > high || low > most)
		return packet_set_none();
	if (low == high)
		return packet_set_is(s, field, low);
	uint32_t from = at_least(s->graph, place.first, place.width, low);
	uint32_t to = high >= most ? GRAPH_ALL : at_most(s->graph, place.first, place.width, high);
	return packet_set_and(s, packet_set_having(s, field), set_of(graph_and(s->graph, from, to)));
}

struct packet_set packet_set_masked(struct packet_space *s, enum packet_field field, packet_number mask, packet_number value)
{
	must(field < PACKET_FIELDS);
	struct packet_field_place place = packet_places[field];
	uint32_t of = GRAPH_ALL;

	if ((value & ~mask) != 0 || (value & mask) > most_of(place.width))
		return packet_set_none();
	for (unsigned i = 0; i < place.width; i++)
		if (mask >> i & 1)
			of = value >> i & 1 ? graph_choose(s->graph, place.first + place.width - 1 - i, GRAPH_NONE, of)
					    : graph_choose(s->graph, place.first + place.width - 1 - i, of, GRAPH_NONE);
	return packet_set_and(s, packet_set_having(s, field), set_of(of));
}

struct packet_set packet_set_is(struct packet_space *s, enum packet_field field, packet_number value)
{
	must(field < PACKET_FIELDS);
	packet_number most = most_of(packet_places[field].width);

	return value > most ? packet_set_none() : packet_set_masked(s, field, most, value);
}

static bool is_address(enum packet_field field)
{
	return field == PACKET_TO4 || field == PACKET_FROM4 || field == PACKET_TO6 || field == PACKET_FROM6;
}

static packet_number number_of(const uint8_t *p, size_t n)
{
	packet_number v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

struct packet_set packet_set_prefix(struct packet_space *s, enum packet_field field, const uint8_t *address, unsigned length)
{
	must(is_address(field));
	unsigned width = packet_places[field].width;

	if (length > width)
		return packet_set_none();
	packet_number mask = length == 0 ? 0 : most_of(width) & ~(length == width ? 0 : most_of(width - length));
	return packet_set_masked(s, field, mask, number_of(address, width / 8) & mask);
}

/* ---- many values of a field ---- */

static int leaf_order(const void *a, const void *b)
{
	const struct packet_leaf *x = a, *y = b;

	if (x->low != y->low)
		return x->low > y->low ? 1 : -1;
	return (x->high > y->high) - (x->high < y->high);
}

/* The block of values from `low` on whose `left` last bits are free; leaves disjoint, in order, each with something in the block. */
static uint32_t grow(struct packet_space *s, struct packet_field_place place, const struct packet_leaf *leaves, size_t count, packet_number low, unsigned left)
{
	packet_number high = low + most_of(left);

	if (count == 0)
		return GRAPH_NONE;
	if (count == 1 && leaves->low <= low && leaves->high >= high)
		return leaves->then.node;
	packet_number middle = low + (most_of(left) >> 1); /* the last value of the lower half */
	size_t from = 0, to = count;
	while (from < to) {
		size_t at = from + (to - from) / 2;
		if (leaves[at].high <= middle)
			from = at + 1;
		else
			to = at;
	}
	size_t below = from + (from < count && leaves[from].low <= middle);
	uint32_t zero = grow(s, place, leaves, below, low, left - 1), one = grow(s, place, leaves + from, count - from, middle + 1, left - 1);
	return graph_choose(s->graph, place.first + place.width - left, zero, one);
}

/* Leaves of the same range become one; what lies within another's range goes into a layer of its own, so that each layer is disjoint. */
struct packet_set packet_set_leaves(struct packet_space *s, enum packet_field field, struct packet_leaf *leaves, size_t count)
{
	ARENA(scratch) = arena_new(0);
	struct packet_field_place place = packet_places[field];
	size_t kept = 0, done = 0;
	uint32_t out = GRAPH_NONE;

	sort_items(leaves, count, sizeof *leaves, leaf_order);
	for (size_t i = 0; i < count; i++) {
		must(leaves[i].low <= leaves[i].high && leaves[i].high <= most_of(place.width));
		if (kept && leaf_order(&leaves[kept - 1], &leaves[i]) == 0)
			leaves[kept - 1].then = packet_set_or(s, leaves[kept - 1].then, leaves[i].then);
		else
			leaves[kept++] = leaves[i];
	}
	struct packet_leaf *layer = arena_new_array(scratch, struct packet_leaf, kept);
	bool *put = arena_new_array(scratch, bool, kept);
	while (done < kept) {
		size_t n = 0;
		for (size_t i = 0; i < kept; i++)
			if (!put[i] && (n == 0 || layer[n - 1].high < leaves[i].low))
				layer[n++] = leaves[i], put[i] = true;
		done += n;
		out = graph_or(s->graph, out, grow(s, place, layer, n, 0, place.width));
	}
	return set_of(out);
}

struct packet_set packet_set_anything(void)
{
	return set_of(GRAPH_ALL);
}

struct packet_set packet_set_none(void)
{
	return set_of(GRAPH_NONE);
}

struct packet_set packet_set_all(struct packet_space *s)
{
	return s->all;
}

struct packet_set packet_set_and(struct packet_space *s, struct packet_set a, struct packet_set b)
{
	return set_of(graph_and(s->graph, a.node, b.node));
}

struct packet_set packet_set_or(struct packet_space *s, struct packet_set a, struct packet_set b)
{
	return set_of(graph_or(s->graph, a.node, b.node));
}

struct packet_set packet_set_minus(struct packet_space *s, struct packet_set a, struct packet_set b)
{
	return set_of(graph_minus(s->graph, a.node, b.node));
}

struct packet_set packet_set_union(struct packet_space *s, struct packet_set *sets, size_t count)
{
	if (count == 0)
		return packet_set_none();
	for (; count > 1; count = (count + 1) / 2)
		for (size_t i = 0; i < (count + 1) / 2; i++)
			sets[i] = i * 2 + 1 < count ? packet_set_or(s, sets[i * 2], sets[i * 2 + 1]) : sets[i * 2];
	return sets[0];
}

struct packet_set packet_set_forget(struct packet_space *s, struct packet_set set, enum packet_field field)
{
	must(field < PACKET_FIELDS);
	struct packet_field_place place = packet_places[field];

	return set_of(graph_forget(s->graph, set.node, place.first, place.first + place.width - 1));
}

struct packet_set packet_set_at(struct packet_space *s, struct packet_set set, unsigned moment)
{
	must(moment < PACKET_MOMENTS);
	return set_of(graph_at(s->graph, set.node, BIT_MOMENT, moment));
}

/* Where a bit goes when sender and receiver change places. */
static unsigned turned_bit(unsigned bit)
{
	static const struct {
		unsigned a, b, width;
	} pairs[] = { { BIT_HOOK, BIT_HOOK + 1, 1 }, { BIT_IN, BIT_OUT, 8 }, { BIT_TO_PORT, BIT_FROM_PORT, 16 }, { BIT_TO, BIT_FROM, 128 } };

	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (bit >= pairs[i].a && bit < pairs[i].a + pairs[i].width)
			return bit - pairs[i].a + pairs[i].b;
		if (bit >= pairs[i].b && bit < pairs[i].b + pairs[i].width)
			return bit - pairs[i].b + pairs[i].a;
	}
	return bit;
}

static uint32_t turn(struct graph *g, uint32_t a, uint32_t *known)
{
	if (a <= 1 || graph_is_full(g))
		return a <= 1 ? a : GRAPH_BROKEN;
	if (known[a] == GRAPH_BROKEN)
		known[a] = graph_choose(g, turned_bit(graph_variable(g, a)), turn(g, graph_low(g, a), known), turn(g, graph_high(g, a), known));
	return known[a];
}

struct packet_set packet_set_turned(struct packet_space *s, struct packet_set set)
{
	ARENA(scratch) = arena_new(0);

	if (set.node == GRAPH_BROKEN || graph_is_full(s->graph))
		return set_of(GRAPH_BROKEN);
	uint32_t *known = arena_array(scratch, sizeof *known, (size_t)set.node + 1);
	memset(known, 0xFF, ((size_t)set.node + 1) * sizeof *known);
	return set_of(turn(s->graph, set.node, known));
}

static bool is_broken(struct packet_space *s, struct packet_set a)
{
	return a.node == GRAPH_BROKEN || graph_is_full(s->graph);
}

bool packet_set_is_empty(struct packet_space *s, struct packet_set a)
{
	return graph_and(s->graph, a.node, s->all.node) == GRAPH_NONE && !is_broken(s, a);
}

bool packet_sets_equal(struct packet_space *s, struct packet_set a, struct packet_set b)
{
	return !is_broken(s, a) && (a.node == b.node || packet_set_is_empty(s, set_of(graph_differ(s->graph, a.node, b.node))));
}

bool packet_set_is_within(struct packet_space *s, struct packet_set inner, struct packet_set outer)
{
	return packet_set_is_empty(s, packet_set_minus(s, inner, outer));
}

/* Bits that no packet of the kind has are asked of none of them, so all their values were counted: each kind is counted by itself. */
double packet_set_count(struct packet_space *s, struct packet_set set)
{
	double sum = 0;

	for (unsigned kind = 0; kind < 6; kind++) {
		unsigned idle = BITS - BIT_MOMENT + (kind % 2 == 0 ? 192 : 0) + (kind / 2 == 0 ? 16 : kind / 2 == 1 ? 32 : 48);
		struct packet_set of = packet_set_and(s, packet_set_and(s, s->all, kind % 2 == 0 ? s->v4 : s->v6), set);
		if (kind / 2 == 0)
			of = packet_set_and(s, of, s->with_ports);
		else if (kind / 2 == 1)
			of = packet_set_and(s, of, s->with_types);
		else
			of = packet_set_minus(s, packet_set_minus(s, of, s->with_ports), s->with_types);
		if (is_broken(s, of))
			return 0;
		double n = graph_count(s->graph, of.node);
		for (; idle > 0; idle--)
			n /= 2;
		sum += n;
	}
	return sum;
}

size_t packet_space_nodes(const struct packet_space *s)
{
	return graph_size(s->graph);
}

size_t packet_space_interfaces(const struct packet_space *s)
{
	return s->count;
}

struct text packet_space_name(const struct packet_space *s, unsigned interface)
{
	return interface == 0 || interface > s->count ? TEXT("") : s->names[interface - 1];
}

unsigned packet_space_index(const struct packet_space *s, struct text name)
{
	for (size_t i = 0; i < s->count; i++)
		if (text_equal(s->names[i], name))
			return (unsigned)i + 1;
	return 0;
}

int packet_space_check(const struct packet_space *s, struct err *err)
{
	if (graph_is_full(s->graph))
		return fail(err, ERR_LIMIT, graph_size(s->graph), "the decision graph needs more than %u nodes: nothing is proven", (unsigned)graph_size(s->graph));
	return 0;
}

static struct packet_set place(struct packet_space *s, enum packet_hook hook, bool in, bool out)
{
	struct packet_set of = packet_set_is(s, PACKET_HOOK, hook);

	of = packet_set_and(s, of, in ? packet_set_range(s, PACKET_IN, 1, s->count) : packet_set_is(s, PACKET_IN, 0));
	return packet_set_and(s, of, out ? packet_set_range(s, PACKET_OUT, 1, s->count) : packet_set_is(s, PACKET_OUT, 0));
}

/* Which packets can exist (packet_set.h). The kernel tracks no ICMPv6 of types 130 … 136 and 143, and finds ICMP of the other family invalid. */
static struct packet_set every_packet(struct packet_space *s)
{
	struct packet_set places = packet_set_or(s, packet_set_or(s, place(s, PACKET_INPUT, true, false), place(s, PACKET_OUTPUT, false, true)), place(s, PACKET_FORWARD, true, true));
	struct packet_set original = packet_set_is(s, PACKET_REPLY, 0), unmarked = packet_set_is(s, PACKET_MARKED, 0);
	struct packet_set tracked = packet_set_or(s, packet_set_and(s, packet_set_is(s, PACKET_STATE, PACKET_NEW), original), packet_set_range(s, PACKET_STATE, PACKET_ESTABLISHED, PACKET_RELATED));
	struct packet_set strange = packet_set_and(s, packet_set_and(s, packet_set_is(s, PACKET_STATE, PACKET_INVALID), original), unmarked);
	struct packet_set untracked = packet_set_and(s, packet_set_and(s, packet_set_is(s, PACKET_STATE, PACKET_UNTRACKED), original), unmarked);
	struct packet_set talk = packet_set_or(s, packet_set_range(s, PACKET_ICMP_TYPE, 130, 136), packet_set_is(s, PACKET_ICMP_TYPE, 143));

	struct packet_set crossed = packet_set_or(s, packet_set_and(s, s->v4, packet_set_is(s, PACKET_PROTOCOL, ICMPV6)), packet_set_and(s, s->v6, packet_set_is(s, PACKET_PROTOCOL, ICMP)));

	s->sane = packet_set_or(s, tracked, packet_set_or(s, strange, untracked));
	talk = packet_set_and(s, packet_set_and(s, talk, s->v6), packet_set_is(s, PACKET_PROTOCOL, ICMPV6));
	return packet_set_and(s, places, packet_set_or(s, packet_set_and(s, untracked, talk), packet_set_minus(s, packet_set_or(s, packet_set_minus(s, tracked, crossed), strange), talk)));
}

int packet_space_new(struct arena *arena, const struct text *names, size_t count, uint32_t nodes_most, struct packet_space **out, struct err *err)
{
	static const uint8_t with_ports[] = { TCP, UDP, DCCP, SCTP, UDP_LITE };

	if (count == 0 || count > ZONES_INTERFACES_MOST)
		return fail(err, ERR_LIMIT, count, "%zu interfaces: from 1 to %d can be told apart", count, ZONES_INTERFACES_MOST);
	struct packet_space *s = arena_alloc(arena, sizeof *s);
	*s = (struct packet_space){ .graph = graph_new(arena, BITS, nodes_most ? nodes_most : ZONES_NODES_MOST), .names = names, .count = count };
	if (!s->graph)
		return fail(err, ERR_LIMIT, 0, "no memory for %u nodes of a decision graph", nodes_most ? nodes_most : ZONES_NODES_MOST);
	s->v4 = packet_set_is(s, PACKET_FAMILY, 0);
	s->v6 = packet_set_is(s, PACKET_FAMILY, 1);
	s->with_types = packet_set_or(s, packet_set_is(s, PACKET_PROTOCOL, ICMP), packet_set_is(s, PACKET_PROTOCOL, ICMPV6));
	s->with_ports = packet_set_none();
	for (size_t i = 0; i < COUNT(with_ports); i++)
		s->with_ports = packet_set_or(s, s->with_ports, packet_set_is(s, PACKET_PROTOCOL, with_ports[i]));
	s->all = every_packet(s);
	if (packet_space_check(s, err) != 0)
		return -1;
	*out = s;
	return 0;
}
