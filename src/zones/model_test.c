/* 通信の模型 — tests: single packets against what a text says, by whom it is let through, and when. */
#include "base/check.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "zones/model.h"
#include <arpa/inet.h>

static const char text[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\n"
			   "zone a \"A\" { net 10.1.0.0/16 net 2001:db8:1::/48 on eth1 }\nzone b \"B\" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 on eth5 }\n"
			   "zone c \"C\" { net 10.3.0.0/16 on eth3 world }\ngate \"関所\" { address 10.1.0.1 address 10.2.0.1 address 2001:db8:2::1 address 10.3.0.1 }\n"
			   "host server \"S\" in b { address 10.2.0.10 address 2001:db8:2::10 }\nhost cloud \"W\" in c { address 203.0.113.7 }\n"
			   "group clerks \"G\" in a { net 10.1.4.0/24 net 2001:db8:1:4::/64 }\n"
			   "service web \"Web\" { tcp 443 tcp 8000-8010 }\nservice ping \"P\" { icmp echo-request icmpv6 echo-request }\nservice names \"N\" { udp 53 }\n"
			   "allow read from clerks to server service web service ping { owner \"o\" reason \"r\" expires 2026-12-31 }\n"
			   "allow out from server to cloud service web { owner \"o\" reason \"r\" expires 2027-03-31 }\n"
			   "allow asks from a to gate service names between 08:30 and 17:15 on weekdays { owner \"o\" reason \"r\" expires 2027-03-31 }\n"
			   "allow proxy from b to c service names via gate { owner \"o\" reason \"r\" expires 2027-03-31 }\n";

struct ground {
	struct arena *arena;
	struct zones_model model;
};

static int64_t at(const char *when)
{
	int64_t now;

	assert_int_equal(clock_from_utc(when, &now), 0);
	return now;
}

static struct ground make_of(struct arena *arena, const char *words, const char *when)
{
	const struct policy *policy;
	struct packet_space *space;
	struct ground g = { .arena = arena };
	struct text *names;
	struct err err;
	size_t count;

	CHECK_OK(policy_of_text(arena, "test", bytes_of(words, strlen(words)), &policy, NULL, &err));
	zones_interfaces(arena, policy, &names, &count);
	CHECK_OK(packet_space_new(arena, names, count, 0, &space, &err));
	CHECK_OK(zones_model_make(arena, space, policy, at(when), false, &g.model, &err));
	return g;
}

static struct ground make(struct arena *arena, const char *when) { return make_of(arena, text, when); }

static unsigned interface(const struct ground *g, const char *name)
{
	return packet_space_index(g->model.space, (struct text){ name, strlen(name) });
}

/* "eth1 10.1.4.5 eth2 10.2.0.10 tcp 40000 443"; "-" for the gate's own side. */
static struct packet packet(const struct ground *g, const char *line)
{
	char in[16], from[64], out[16], to[64], protocol[8];
	unsigned from_port, to_port;
	struct packet p = { 0 };

	assert_int_equal(sscanf(line, "%15s %63s %15s %63s %7s %u %u", in, from, out, to, protocol, &from_port, &to_port), 7);
	p.in = in[0] == '-' ? 0 : interface(g, in), p.out = out[0] == '-' ? 0 : interface(g, out);
	p.hook = in[0] == '-' ? PACKET_OUTPUT : out[0] == '-' ? PACKET_INPUT : PACKET_FORWARD;
	p.v6 = strchr(from, ':') != NULL;
	assert_int_equal(inet_pton(p.v6 ? AF_INET6 : AF_INET, from, p.from), 1);
	assert_int_equal(inet_pton(p.v6 ? AF_INET6 : AF_INET, to, p.to), 1);
	p.protocol = strcmp(protocol, "tcp") == 0 ? 6 : strcmp(protocol, "udp") == 0 ? 17 : p.v6 ? 58 : 1;
	if (strcmp(protocol, "icmp") == 0)
		p.icmp_type = (uint8_t)from_port, p.icmp_code = (uint8_t)to_port;
	else
		p.from_port = (uint16_t)from_port, p.to_port = (uint16_t)to_port;
	return p;
}

static bool passes(const struct ground *g, const char *line, enum packet_state state, bool reply)
{
	struct packet p = packet(g, line);

	p.state = state, p.reply = reply;
	bool yes = packet_set_has(g->model.space, g->model.accepted, &p);
	const struct zones_way *way = zones_way_of(g->model.space, &g->model.ways, &p);
	if (p.in != interface(g, "lo") && p.out != interface(g, "lo") && state != PACKET_UNTRACKED)
		assert_int_equal(way != NULL, yes); /* whatever passes has one who answers for it */
	return yes;
}

#define NEW(line) passes(&g, line, PACKET_NEW, false)
#define ANSWER(line) passes(&g, line, PACKET_ESTABLISHED, true)

TEST(what_is_allowed_passes_and_nothing_beside_it)
{
	ARENA(a) = arena_new(0);
	struct ground g = make(a, "2026-12-01T03:00:00Z");

	assert_true(NEW("eth1 10.1.4.0 eth2 10.2.0.10 tcp 40000 443"));
	assert_true(NEW("eth1 10.1.4.255 eth5 10.2.0.10 tcp 1 8010"));
	assert_true(NEW("eth1 2001:db8:1:4::5 eth2 2001:db8:2::10 tcp 40000 8000"));
	assert_true(NEW("eth1 10.1.4.9 eth2 10.2.0.10 icmp 8 0"));
	assert_true(NEW("eth1 2001:db8:1:4::5 eth2 2001:db8:2::10 icmp 128 0"));
	static const char *const not[] = { "eth1 10.1.3.255 eth2 10.2.0.10 tcp 40000 443", "eth1 10.1.5.0 eth2 10.2.0.10 tcp 40000 443", "eth1 10.1.4.9 eth2 10.2.0.11 tcp 40000 443",
					   "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 442", "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 444", "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 8011",
					   "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 7999", "eth1 10.1.4.9 eth2 10.2.0.10 udp 40000 443", "eth3 10.1.4.9 eth2 10.2.0.10 tcp 40000 443",
					   "eth1 10.1.4.9 eth3 10.2.0.10 tcp 40000 443", "eth2 10.2.0.10 eth1 10.1.4.9 tcp 443 40000", "eth1 10.1.4.9 eth2 10.2.0.10 icmp 0 0",
					   "eth1 2001:db8:1:5::5 eth2 2001:db8:2::10 tcp 40000 443", "eth1 10.1.4.9 eth2 10.2.0.10 icmp 13 0" };
	for (size_t i = 0; i < COUNT(not); i++)
		assert_false(NEW(not[i]));
}

TEST(answers_and_errors_come_back_and_nothing_else)
{
	ARENA(a) = arena_new(0);
	struct ground g = make(a, "2026-12-01T03:00:00Z");

	assert_true(ANSWER("eth2 10.2.0.10 eth1 10.1.4.9 tcp 443 40000"));
	assert_true(ANSWER("eth2 10.2.0.10 eth1 10.1.4.9 icmp 0 0"));
	assert_true(ANSWER("eth5 2001:db8:2::10 eth1 2001:db8:1:4::5 icmp 129 0"));
	assert_false(ANSWER("eth2 10.2.0.10 eth1 10.1.4.9 tcp 444 40000"));
	assert_false(ANSWER("eth2 10.2.0.10 eth1 10.1.4.9 icmp 8 0"));
	assert_false(ANSWER("eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 443"));
	assert_true(passes(&g, "eth2 10.2.0.99 eth1 10.1.4.9 icmp 3 4", PACKET_RELATED, false));
	assert_true(passes(&g, "eth1 10.1.9.9 eth2 10.2.0.10 icmp 3 4", PACKET_RELATED, true));
	assert_true(passes(&g, "- 10.1.0.1 eth1 10.1.4.9 icmp 11 0", PACKET_RELATED, true));
	assert_true(passes(&g, "- 2001:db8:2::1 eth2 2001:db8:2::10 icmp 2 0", PACKET_RELATED, true));
	assert_false(passes(&g, "eth2 10.3.0.99 eth1 10.1.4.9 icmp 3 4", PACKET_RELATED, false)); /* not of the zone it comes from */
	assert_false(passes(&g, "eth2 10.2.0.99 eth1 10.1.4.9 icmp 5 0", PACKET_RELATED, false)); /* redirects are no errors */
	assert_false(passes(&g, "eth2 10.2.0.99 eth1 10.1.5.9 icmp 3 4", PACKET_RELATED, false));
	assert_false(passes(&g, "eth2 10.2.0.10 eth1 10.1.4.9 tcp 443 40000", PACKET_RELATED, true));
	assert_false(passes(&g, "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 443", PACKET_INVALID, false));
	assert_true(passes(&g, "eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 443", PACKET_ESTABLISHED, false));
}

TEST(the_world_is_what_no_zone_has)
{
	ARENA(a) = arena_new(0);
	struct ground g = make(a, "2026-12-01T03:00:00Z");

	assert_true(NEW("eth2 10.2.0.10 eth3 203.0.113.7 tcp 40000 443"));
	assert_false(NEW("eth2 10.2.0.10 eth3 203.0.113.8 tcp 40000 443"));
	/* By way of the gate: to the gate, and from the gate into the world, never forwarded. */
	assert_true(NEW("eth2 10.2.7.7 - 10.2.0.1 udp 40000 53"));
	assert_true(NEW("- 10.3.0.1 eth3 8.8.8.8 udp 40000 53"));
	assert_true(NEW("- 10.3.0.1 eth3 10.3.9.9 udp 40000 53"));
	static const char *const not[] = { "eth2 10.2.7.7 eth3 8.8.8.8 udp 40000 53", "- 10.3.0.1 eth3 10.2.0.9 udp 40000 53", "- 10.3.0.1 eth3 192.168.0.9 udp 40000 53",
					   "- 10.3.0.1 eth3 127.0.0.1 udp 40000 53", "- 10.2.0.1 eth3 8.8.8.8 udp 40000 53", "eth2 10.2.7.7 - 10.3.0.1 udp 40000 53",
					   "eth2 10.2.0.1 - 10.2.0.1 udp 40000 53", "- 10.3.0.1 eth3 224.0.0.1 udp 40000 53" };
	for (size_t i = 0; i < COUNT(not); i++)
		assert_false(NEW(not[i]));
}

TEST(what_expired_or_is_outside_its_hours_is_not_there)
{
	static const struct { const char *when; bool reads, asks; const char *next; } rows[] = {
		{ "2026-12-31T08:00:00Z", true, true, "2026-12-31T08:15:00Z" },   /* Thursday, 17:00 in Japan */
		{ "2026-12-31T08:14:59Z", true, true, "2026-12-31T08:15:00Z" },
		{ "2026-12-31T08:15:00Z", true, false, "2026-12-31T15:00:00Z" },  /* 17:15: the hours are over; next, the last day of "read" ends */
		{ "2026-12-31T14:59:59Z", true, false, "2026-12-31T15:00:00Z" },
		{ "2026-12-31T15:00:00Z", false, false, "2026-12-31T23:30:00Z" }, /* Friday begins in Japan; hours begin at 08:30 */
		{ "2026-12-31T23:30:00Z", false, true, "2027-01-01T08:15:00Z" },
		{ "2027-01-02T00:00:00Z", false, false, "2027-01-03T23:30:00Z" }, /* Saturday: next is Monday */
		{ "2027-03-31T15:00:00Z", false, false, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(a) = arena_new(0);
		struct ground g = make(a, rows[i].when);
		assert_int_equal(NEW("eth1 10.1.4.9 eth2 10.2.0.10 tcp 40000 443"), rows[i].reads);
		assert_int_equal(NEW("eth1 10.1.200.9 - 10.1.0.1 udp 40000 53"), rows[i].asks);
		assert_true(g.model.ways.next_change == (rows[i].next ? at(rows[i].next) : INT64_MAX));
	}
}

TEST(lo_and_neighbours_are_heard)
{
	ARENA(a) = arena_new(0);
	struct ground g = make(a, "2027-06-01T00:00:00Z"); /* everything has expired */

	assert_true(NEW("lo 127.0.0.1 - 127.0.0.1 tcp 40000 7"));
	assert_true(NEW("- ::1 lo ::1 tcp 40000 7"));
	assert_true(passes(&g, "eth1 fe80::1 - ff02::1:ff00:1 icmp 135 0", PACKET_UNTRACKED, false));
	assert_true(passes(&g, "- fe80::1 eth2 fe80::2 icmp 136 0", PACKET_UNTRACKED, false));
	assert_false(passes(&g, "eth1 fe80::1 - ff02::1 icmp 134 0", PACKET_UNTRACKED, false));	     /* nobody tells the router its routes */
	assert_false(passes(&g, "eth3 fe80::1 - ff02::1:ff00:1 icmp 135 0", PACKET_UNTRACKED, false)); /* a zone without IPv6 */
	assert_false(passes(&g, "eth1 fe80::1 eth2 ff02::1 icmp 135 0", PACKET_UNTRACKED, false));
	/* Nothing else at all. */
	struct packet_set rest = packet_set_minus(g.model.space, g.model.accepted, packet_set_is(g.model.space, PACKET_STATE, PACKET_UNTRACKED));
	rest = packet_set_minus(g.model.space, rest, packet_set_is(g.model.space, PACKET_IN, interface(&g, "lo")));
	rest = packet_set_minus(g.model.space, rest, packet_set_is(g.model.space, PACKET_OUT, interface(&g, "lo")));
	assert_true(packet_set_is_empty(g.model.space, rest));
}

TEST(ranges_are_cut_and_joined)
{
	ARENA(a) = arena_new(0);
	struct packet_range list[] = { { 8, 9 }, { 1, 3 }, { 4, 5 }, { 9, 12 } }, cut[] = { { 2, 2 }, { 5, 8 }, { 12, 99 } };
	struct zones_ranges r = { list, COUNT(list) }, c = { cut, COUNT(cut) };

	zones_ranges_join(&r);
	assert_int_equal(r.count, 2);
	assert_true(list[0].low == 1 && list[0].high == 5 && list[1].low == 8 && list[1].high == 12);
	struct zones_ranges left = zones_ranges_minus(a, &r, &c);
	assert_int_equal(left.count, 3);
	assert_true(left.list[0].low == 1 && left.list[0].high == 1 && left.list[1].low == 3 && left.list[1].high == 4 && left.list[2].low == 9 && left.list[2].high == 11);
	assert_false(zones_ranges_meet(&left, &c));
	assert_true(zones_ranges_meet(&r, &c));
	packet_number most = ~(packet_number)0;
	struct packet_range whole = { 0, most }, ends[] = { { 0, 0 }, { most, most } };
	struct zones_ranges w = { &whole, 1 }, e = { ends, 2 };
	left = zones_ranges_minus(a, &w, &e);
	assert_true(left.count == 1 && left.list[0].low == 1 && left.list[0].high == most - 1);
}

static bool is_odd(const void *self, const struct zones_way *way)
{
	const struct zones_ways *ways = self;

	return (way - ways->list) % 2 == 1;
}

/* Machines, networks around them and groups, of both families, often the same receivers and services again. */
static const char *many_ways(struct arena *arena)
{
	struct buf b = buf_in(arena, 0);

	buf_str(&b, text);
	for (unsigned i = 0; i < 9; i++)
		buf_printf(&b, "host h%u \"H\" in a { address 10.1.4.%u%s }\nhost v%u \"V\" in b { address 10.2.%u.7 }\n", i, 3 * i + 1, i % 3 ? "" : arena_printf(arena, " address 2001:db8:1:4::%u", i + 9), i, i + 1);
	buf_str(&b, "group near \"N\" in a { net 10.1.4.0/28 host h8 }\ngroup pool \"P\" in b { host v1 host v3 host server }\n");
	for (unsigned i = 0; i < 48; i++)
		buf_printf(&b, "allow m%u from %s to %s service %s%s { owner \"o\" reason \"r\" expires 20%u-03-31 }\n", i,
			   i % 5 == 0 ? "near" : i % 7 == 0 ? "clerks" : arena_printf(arena, "h%u", i % 9), i % 4 == 0 ? "pool" : arena_printf(arena, "v%u", i % 3),
			   i % 2 ? "web" : "names", i % 6 == 1 ? " service ping" : "", 27 + i * i % 11);
	return buf_string(&b);
}

TEST(many_ways_at_once_are_one_after_the_other)
{
	ARENA(arena) = arena_new(0);
	struct ground g = make_of(arena, many_ways(arena), "2026-12-01T03:00:00Z");
	const struct zones_ways *ways = &g.model.ways;
	struct packet_space *space = g.model.space;

	assert_true(ways->count >= 50);
	for (unsigned parts = 0; parts <= ZONES_ALL_PARTS; parts++)
		for (int odd = 0; odd < 2; odd++) {
			struct packet_set whole = packet_set_none();
			for (size_t i = 0; i < ways->count; i++) {
				if (odd && i % 2 == 0)
					continue;
				if (parts & ZONES_OPENS)
					whole = packet_set_or(space, whole, zones_way_opens(space, ways, &ways->list[i]));
				if (parts & ZONES_ANSWERS)
					whole = packet_set_or(space, whole, zones_way_answers(space, ways, &ways->list[i]));
				if (parts & ZONES_ERRORS)
					whole = packet_set_or(space, whole, zones_way_errors(space, ways, &ways->list[i]));
			}
			assert_int_equal(zones_ways_pass(space, ways, parts, odd ? is_odd : NULL, ways).node, whole.node);
		}
}

static bool is_open_after(const void *self, const struct zones_way *way) { return way->until > *(const int64_t *)self; }

TEST(ways_are_open_until_they_end)
{
	ARENA(arena) = arena_new(0);
	struct ground g = make_of(arena, many_ways(arena), "2026-12-01T03:00:00Z");
	const struct zones_ways *ways = &g.model.ways;
	int64_t ends[64];
	size_t n = 0;

	for (int64_t after = 0;; n++) { /* the ends, each once, in order */
		int64_t next = INT64_MAX;
		for (size_t i = 0; i < ways->count; i++)
			if (ways->list[i].until > after && ways->list[i].until < next)
				next = ways->list[i].until;
		if (next == INT64_MAX)
			break;
		after = ends[n] = next;
	}
	assert_true(n >= 5);
	struct zones_ways asked = *ways;
	asked.pieces = NULL;
	zones_ways_last(arena, g.model.space, &asked, ends, n);
	zones_ways_keep(arena, g.model.space, &asked);
	struct packet_set lasting = zones_ways_pass(g.model.space, &asked, ZONES_ALL_PARTS, NULL, NULL);
	assert_int_equal(zones_ways_pass(g.model.space, &asked, ZONES_ALL_PARTS, NULL, NULL).node, lasting.node);
	assert_int_equal(packet_set_at(g.model.space, lasting, 0).node, zones_ways_pass(g.model.space, ways, ZONES_ALL_PARTS, NULL, NULL).node);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(packet_set_at(g.model.space, lasting, (unsigned)i + 1).node, zones_ways_pass(g.model.space, ways, ZONES_ALL_PARTS, is_open_after, &ends[i]).node);
	assert_int_equal(packet_set_at(g.model.space, lasting, (unsigned)n).node, packet_set_none().node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_allowed_passes_and_nothing_beside_it),
		cmocka_unit_test(answers_and_errors_come_back_and_nothing_else),
		cmocka_unit_test(the_world_is_what_no_zone_has),
		cmocka_unit_test(what_expired_or_is_outside_its_hours_is_not_there),
		cmocka_unit_test(lo_and_neighbours_are_heard),
		cmocka_unit_test(ranges_are_cut_and_joined),
		cmocka_unit_test(many_ways_at_once_are_one_after_the_other),
		cmocka_unit_test(ways_are_open_until_they_end),
	};
	return RUN_TESTS(tests);
}
