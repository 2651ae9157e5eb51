/* 要素 — tests: on small random cases, whatever overlaps, a packet is in an element that still lasts exactly when a way that still lasts lets it through; and no two
 * elements of one map meet. */
#include "base/check.h"
#include "zones/elements.h"

enum { SIDE = 24, PORTS = 12, WAYS = 6 };

static uint32_t chance_state;
static unsigned chance(unsigned below)
{
	chance_state = chance_state * 1664525 + 1013904223;
	return (chance_state >> 8) % below;
}

static struct zones_ranges any_ranges(struct arena *a, packet_number base)
{
	struct zones_ranges r = { arena_new_array(a, struct packet_range, 3), 1 + chance(3) };

	for (size_t i = 0; i < r.count; i++) {
		packet_number low = chance(SIDE), size = chance(2) ? 0 : chance(SIDE);
		r.list[i] = (struct packet_range){ base + low, base + MIN(low + size, (packet_number)SIDE - 1) };
	}
	zones_ranges_join(&r);
	return r;
}

static struct policy *any_policy(struct arena *a)
{
	struct policy *p = arena_alloc(a, sizeof *p);

	p->service_count = 3, p->services = arena_new_array(a, struct policy_service, 3);
	for (unsigned i = 0; i < 3; i++) {
		struct policy_service *s = &p->services[i];
		*s = (struct policy_service){ .name = { arena_printf(a, "s%u", i), 2 }, .ports = arena_new_array(a, struct policy_ports, 1), .ports_count = 1 };
		unsigned low = chance(PORTS);
		s->ports[0] = (struct policy_ports){ .transport = chance(2), .low = (uint16_t)low, .high = (uint16_t)MIN(low + chance(6), PORTS - 1u) };
	}
	p->allow_count = WAYS, p->allows = arena_new_array(a, struct policy_allow, WAYS);
	for (unsigned i = 0; i < WAYS; i++) {
		p->allows[i] = (struct policy_allow){ .services = arena_new_array(a, struct policy_name, 2), .service_count = 1 + chance(2) };
		for (unsigned k = 0; k < p->allows[i].service_count; k++)
			p->allows[i].services[k].name = p->services[(i + k) % 3].name;
	}
	return p;
}

static bool holds(struct packet_range r, packet_number n)
{
	return r.low <= n && n <= r.high;
}

static bool among(const struct zones_ranges *r, packet_number n)
{
	for (size_t i = 0; i < r->count; i++)
		if (holds(r->list[i], n))
			return true;
	return false;
}

/* The latest end of all ways that let it through; 0: none does. */
static int64_t lasts(const struct policy *policy, const struct zones_way *ways, bool v6, packet_number from, packet_number to, unsigned protocol, unsigned port)
{
	int64_t most = 0;

	for (size_t i = 0; i < WAYS; i++)
		for (size_t k = 0; k < ways[i].allow->service_count; k++) {
			const struct policy_ports *ports = policy_service_named(policy, ways[i].allow->services[k].name)->ports;
			if ((ports->transport == POLICY_TCP ? 6u : 17u) == protocol && ports->low <= port && port <= ports->high && among(&ways[i].from_ranges[v6], from) &&
			    among(&ways[i].to_ranges[v6], to))
				most = MAX(most, ways[i].until);
		}
	return most;
}

static int64_t found(const struct zones_elements *elements, packet_number from, packet_number to, unsigned protocol, unsigned port)
{
	int64_t until = 0;

	for (size_t i = 0; i < elements->count; i++) {
		const struct zones_element *e = &elements->list[i];
		if (e->protocol != protocol || !holds(e->from, from) || !holds(e->to, to) || !holds(e->ports, port))
			continue;
		assert_int_equal(until, 0); /* no two meet */
		until = e->until;
		assert_true(until > 0);
	}
	return until;
}

static void one(uint32_t seed)
{
	ARENA(a) = arena_new(0);
	struct zones_elements elements[2];
	struct zones_way ways[WAYS];
	struct err err;

	chance_state = seed;
	struct policy *policy = any_policy(a);
	bool v6 = chance(2);
	packet_number base = v6 ? ~(packet_number)0 - SIDE + 1 : 0; /* the last addresses there are, and the first */
	for (unsigned i = 0; i < WAYS; i++)
		ways[i] = (struct zones_way){ .allow = &policy->allows[i], .until = 1 + chance(4) };
	for (unsigned i = 0; i < WAYS; i++)
		ways[i].from_ranges[v6] = any_ranges(a, base), ways[i].to_ranges[v6] = any_ranges(a, base);
	for (int single = 0; single < 2; single++)
		CHECK_OK(zones_elements_make(a, policy, ways, WAYS, &(struct zones_choice){ .handling = ZONES_PLAIN, .v6 = v6, .single = single }, &elements[single], &err));
	for (unsigned i = 0; i < SIDE * SIDE * PORTS * 2; i++) {
		packet_number from = base + i % SIDE, to = base + i / SIDE % SIDE;
		unsigned port = i / SIDE / SIDE % PORTS, protocol = i / SIDE / SIDE / PORTS ? 6 : 17;
		int64_t by_elements = MAX(found(&elements[0], from, to, protocol, port), found(&elements[1], from, to, protocol, port));
		assert_int_equal(by_elements, lasts(policy, ways, v6, from, to, protocol, port));
	}
}

TEST(elements_are_the_ways_and_do_not_meet)
{
	for (uint32_t seed = 1; seed <= 60; seed++)
		one(seed);
}

TEST(ways_that_are_handled_otherwise_are_told_apart)
{
	static const struct {
		unsigned rate;
		bool log;
		enum zones_handling handling;
	} rows[] = { { 0, false, ZONES_PLAIN }, { 0, true, ZONES_LOGGED }, { 5, false, ZONES_RATED }, { 5, true, ZONES_RATED } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct zones_elements elements;
		struct zones_way way;
		struct err err;
		chance_state = 7;
		struct policy *policy = any_policy(a);
		policy->allows[0].rate = rows[i].rate, policy->allows[0].log = rows[i].log;
		way = (struct zones_way){ .allow = &policy->allows[0], .until = 9 };
		way.from_ranges[0] = any_ranges(a, 0), way.to_ranges[0] = any_ranges(a, 0);
		for (enum zones_handling handling = 0; handling < ZONES_HANDLINGS; handling++) {
			size_t count = 0;
			for (int single = 0; single < 2; single++) {
				CHECK_OK(zones_elements_make(a, policy, &way, 1, &(struct zones_choice){ .handling = handling, .single = single }, &elements, &err));
				count += elements.count;
			}
			assert_int_equal(count != 0, handling == rows[i].handling);
		}
	}
}

TEST(spans_last_as_long_as_the_longest)
{
	for (chance_state = 1; chance_state < 200000;) {
		ARENA(a) = arena_new(0);
		uint32_t seed = chance_state;
		size_t count = chance(9), made = count;
		bool at_the_end = chance(2);
		packet_number base = at_the_end ? ~(packet_number)0 - 63 : 0;
		struct zones_span *in = arena_new_array(a, struct zones_span, count), *spans = arena_new_array(a, struct zones_span, count);
		for (size_t i = 0; i < count; i++) {
			unsigned low = chance(64);
			in[i] = spans[i] = (struct zones_span){ { base + low, base + MIN(low + chance(20), 63u) }, 1 + chance(3) };
		}
		zones_spans_settle(a, &spans, &made);
		for (unsigned n = 0; n < 64; n++) {
			int64_t wanted = 0, got = 0;
			for (size_t i = 0; i < count; i++)
				if (holds(in[i].range, base + n))
					wanted = MAX(wanted, in[i].until);
			for (size_t i = 0; i < made; i++)
				if (holds(spans[i].range, base + n)) {
					assert_int_equal(got, 0);
					got = spans[i].until;
				}
			assert_int_equal(got, wanted);
		}
		chance_state = seed + 997;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_the_ways_and_do_not_meet),
		cmocka_unit_test(ways_that_are_handled_otherwise_are_told_apart),
		cmocka_unit_test(spans_last_as_long_as_the_longest),
	};
	return RUN_TESTS(tests);
}
