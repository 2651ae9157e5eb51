/* 規則の証明 — small rulesets as nft lists them: which packets come through, what is not known, and what differs from a text. */
#include "base/check.h"
#include "zones/match.h"
#include "zones/prove.h"

static const struct text names[] = { { "eth1", 4 }, { "eth2", 4 }, { "eth*", 4 }, { "*", 1 } };

struct ground {
	struct arena *arena;
	struct packet_space *space;
	struct dump dump;
	struct prove_sets sets;
};

#define CHAIN(name) "{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"" name "\",\"handle\":1}},"
#define BASE(family, name, hook, priority, policy) \
	"{\"chain\":{\"family\":\"" family "\",\"table\":\"t\",\"name\":\"" name "\",\"handle\":1,\"type\":\"filter\",\"hook\":\"" hook "\",\"prio\":" priority ",\"policy\":\"" policy "\"}},"
#define RULE(chain, handle, does) "{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"" chain "\",\"handle\":" handle ",\"expr\":[" does "]}},"
#define PAYLOAD(protocol, field) "{\"payload\":{\"protocol\":\"" protocol "\",\"field\":\"" field "\"}}"
#define META(key) "{\"meta\":{\"key\":\"" key "\"}}"
#define CT(key) "{\"ct\":{\"key\":\"" key "\"}}"
#define MATCH(op, left, right) "{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" right "}}"
#define ACCEPT "{\"accept\":null}"
#define DROP "{\"drop\":null}"
#define FORWARD BASE("inet", "f", "forward", "0", "drop")

static struct bytes listing(struct arena *arena, const char *objects)
{
	const char *all = arena_printf(arena, "{\"nftables\":[%s{\"metainfo\":{\"version\":\"1\"}}]}", objects);

	return bytes_of(all, strlen(all));
}

static struct ground ground_of(struct arena *arena, const char *objects)
{
	struct ground g = { .arena = arena };

	CHECK_OK(packet_space_new(arena, names, COUNT(names), 1 << 20, &g.space, &err_));
	CHECK_OK(dump_read(arena, listing(arena, objects), &g.dump, &err_));
	CHECK_OK(prove_rules(arena, g.space, &g.dump, NULL, packet_set_all(g.space), &g.sets, &err_));
	return g;
}

static struct packet web(void)
{
	return (struct packet){ .hook = PACKET_FORWARD, .in = 1, .out = 2, .protocol = 6, .from_port = 50000, .to_port = 443, .from = { 10, 1, 0, 1 }, .to = { 10, 2, 0, 1 } };
}

static bool passes(const struct ground *g, struct packet p)
{
	bool pass = packet_set_has(g->space, g->sets.may_pass, &p);

	if (packet_set_is_empty(g->space, packet_set_and(g->space, g->sets.may_pass, g->sets.may_stop))) /* nothing is a matter of luck */
		assert_int_equal(packet_set_has(g->space, g->sets.may_stop, &p), !pass);
	return pass;
}

TEST(without_rules_everything_passes)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, "");

	assert_true(packet_sets_equal(g.space, g.sets.may_pass, packet_set_all(g.space)));
	assert_true(packet_set_is_empty(g.space, g.sets.may_stop));
}

TEST(conditions_mean_what_the_kernel_means)
{
	static const struct {
		const char *condition;
		bool web, web6, ping; /* does it match */
	} rows[] = {
		{ MATCH("==", PAYLOAD("tcp", "dport"), "443"), true, true, false },
		{ MATCH("!=", PAYLOAD("tcp", "dport"), "443"), false, false, false }, /* ICMP has no TCP header: no match either */
		{ MATCH("!=", PAYLOAD("tcp", "dport"), "80"), true, true, false },
		{ MATCH("==", PAYLOAD("tcp", "dport"), "{\"range\":[400,443]}"), true, true, false },
		{ MATCH("==", PAYLOAD("tcp", "dport"), "{\"set\":[80,{\"range\":[440,442]}]}"), false, false, false },
		{ MATCH("<", PAYLOAD("tcp", "dport"), "443"), false, false, false },
		{ MATCH("<=", PAYLOAD("tcp", "dport"), "443"), true, true, false },
		{ MATCH(">", PAYLOAD("tcp", "sport"), "1023"), true, true, false },
		{ MATCH("==", PAYLOAD("udp", "dport"), "443"), false, false, false },
		{ MATCH("==", PAYLOAD("ip", "saddr"), "\"10.1.0.1\""), true, false, true },
		{ MATCH("!=", PAYLOAD("ip", "saddr"), "\"10.1.0.1\""), false, false, false },
		{ MATCH("==", PAYLOAD("ip", "daddr"), "{\"prefix\":{\"addr\":\"10.2.0.0\",\"len\":16}}"), true, false, true },
		{ MATCH("==", "{\"&\":[" PAYLOAD("ip", "daddr") ",\"255.0.0.255\"]}", "\"10.0.0.1\""), true, false, true },
		{ MATCH("==", PAYLOAD("ip6", "saddr"), "{\"prefix\":{\"addr\":\"2001:db8::\",\"len\":32}}"), false, true, false },
		{ MATCH("==", PAYLOAD("ip", "protocol"), "6"), true, false, false },
		{ MATCH("==", META("l4proto"), "{\"set\":[1,6]}"), true, true, true },
		{ MATCH("==", META("nfproto"), "10"), false, true, false },
		{ MATCH("==", META("protocol"), "8"), true, false, true },
		{ MATCH("==", PAYLOAD("icmp", "type"), "8"), false, false, true },
		{ MATCH("==", META("iifname"), "\"eth1\""), true, true, true },
		{ MATCH("==", META("iifname"), "\"eth*\""), true, true, true },
		{ MATCH("==", META("oifname"), "\"eth1\""), false, false, false },
		{ MATCH("!=", META("oifname"), "\"lo\""), true, true, true },
		{ MATCH("in", CT("state"), "[2,8]"), true, true, true },
		{ MATCH("in", CT("state"), "1"), false, false, false },
		{ MATCH("==", CT("direction"), "0"), true, true, true },
		{ MATCH("==", "{\"concat\":[" META("iifname") "," PAYLOAD("ip", "saddr") "," PAYLOAD("tcp", "dport") "]}",
			"{\"set\":[{\"concat\":[\"eth1\",{\"prefix\":{\"addr\":\"10.1.0.0\",\"len\":16}},{\"range\":[443,444]}]}]}"), true, false, false },
		{ MATCH("==", "{\"concat\":[" META("l4proto") "," PAYLOAD("th", "dport") "]}", "{\"set\":[{\"concat\":[17,53]},{\"concat\":[6,443]}]}"), true, true, false },
		{ MATCH("!=", "{\"concat\":[" PAYLOAD("ip", "saddr") "," PAYLOAD("tcp", "dport") "]}", "{\"set\":[{\"concat\":[\"10.1.0.1\",444]}]}"), true, false, false },
		{ MATCH("==", PAYLOAD("tcp", "dport"), "{\"set\":[]}"), false, false, false },
		{ "{\"counter\":{\"packets\":1,\"bytes\":9007199254740993}},{\"log\":{\"prefix\":\"x\",\"group\":2}}", true, true, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, arena_printf(arena, "%s{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"f\",\"handle\":2,\"expr\":[%s," ACCEPT "]}},", FORWARD, rows[i].condition));
		struct packet p = web(), six = web(), ping = web();
		six.v6 = true;
		memcpy(six.from, (uint8_t[]){ 0x20, 1, 0x0d, 0xb8 }, 4);
		ping.protocol = 1, ping.icmp_type = 8, ping.to_port = ping.from_port = 0;
		if (g.sets.doubts.count > 0 || passes(&g, p) != rows[i].web || passes(&g, six) != rows[i].web6 || passes(&g, ping) != rows[i].ping)
			fail_msg("%s: %s", rows[i].condition, g.sets.doubts.count ? g.sets.doubts.list[0].en : "matches other packets");
	}
}

/* Of ICMP of the other family: what the kernel asks of the family, nft leaves out where a protocol suggests it; the same line stands for rules with and without. */
TEST(the_family_that_a_listing_leaves_out_is_either)
{
	static const struct {
		const char *family, *condition;
		bool v6;
		uint8_t protocol, type;
		bool may_pass, may_stop;
	} rows[] = {
		{ "inet", MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 8, true, true },
		{ "inet", MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 9, false, true },
		{ "inet", MATCH("==", PAYLOAD("icmpv6", "type"), "8"), true, 58, 8, true, false },
		{ "inet", MATCH("!=", PAYLOAD("icmpv6", "type"), "9"), false, 58, 8, true, true },
		{ "inet", MATCH("==", PAYLOAD("icmp", "type"), "8"), true, 1, 8, true, true },
		{ "inet", MATCH("==", PAYLOAD("icmp", "type"), "8"), false, 1, 8, true, false },
		{ "inet", MATCH("==", META("l4proto"), "58"), false, 58, 8, true, true },
		{ "inet", MATCH("==", META("l4proto"), "58"), true, 58, 8, true, false },
		{ "inet", MATCH("==", META("l4proto"), "1"), true, 1, 8, true, true },
		{ "inet", MATCH("==", META("l4proto"), "6"), true, 1, 8, false, true },
		{ "inet", MATCH("!=", META("l4proto"), "6"), true, 1, 8, true, false },
		{ "inet", MATCH("!=", META("l4proto"), "58"), true, 1, 8, true, false },
		{ "inet", MATCH("==", META("l4proto"), "{\"set\":[1,58]}"), false, 58, 8, true, false },
		{ "inet", MATCH("==", PAYLOAD("ip", "saddr"), "\"10.1.0.1\"") "," MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 8, true, true },
		{ "inet", MATCH("==", PAYLOAD("ip6", "saddr"), "\"::1\"") "," MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 8, false, true },
		{ "inet", MATCH("in", CT("state"), "64") "," MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 8, false, true },
		{ "ip", MATCH("==", PAYLOAD("icmpv6", "type"), "8"), false, 58, 8, true, false },
		{ "ip", MATCH("==", META("l4proto"), "58"), false, 58, 8, true, false },
		{ "ip6", MATCH("==", PAYLOAD("icmp", "type"), "8"), true, 1, 8, true, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		const char *base = arena_printf(arena, "{\"chain\":{\"family\":\"%s\",\"table\":\"t\",\"name\":\"f\",\"handle\":1,\"type\":\"filter\",\"hook\":\"forward\",\"prio\":0,\"policy\":\"drop\"}},",
						rows[i].family);
		struct ground g = ground_of(arena, arena_printf(arena, "%s{\"rule\":{\"family\":\"%s\",\"table\":\"t\",\"chain\":\"f\",\"handle\":2,\"expr\":[%s," ACCEPT "]}},", base, rows[i].family, rows[i].condition));
		struct packet p = web();
		p.v6 = rows[i].v6, p.protocol = rows[i].protocol, p.icmp_type = rows[i].type, p.from_port = p.to_port = 0;
		p.state = p.protocol == (p.v6 ? 1 : 58) ? PACKET_INVALID : PACKET_NEW; /* as the kernel has it */
		if (g.sets.doubts.count > 0 || packet_set_has(g.space, g.sets.may_pass, &p) != rows[i].may_pass || packet_set_has(g.space, g.sets.may_stop, &p) != rows[i].may_stop)
			fail_msg("row %zu, %s %s", i, rows[i].family, rows[i].condition);
	}
}

TEST(what_is_not_known_is_a_doubt)
{
	static const char *const rows[] = {
		MATCH("==", META("mark"), "7"),
		MATCH("==", CT("mark"), "7"),
		MATCH("==", CT("status"), "32"),
		MATCH("==", META("pkttype"), "1"),
		MATCH("==", PAYLOAD("ip6", "nexthdr"), "6"),
		MATCH("==", PAYLOAD("th", "dport"), "53"), /* of which protocol? */
		MATCH("==", "{\"payload\":{\"base\":\"nh\",\"offset\":128,\"len\":32}}", "1"),
		MATCH("==", "{\"&\":[" PAYLOAD("tcp", "flags") ",[1,2]]}", "2"),
		MATCH("==", "{\"fib\":{\"result\":\"oif\",\"flags\":[\"saddr\"]}}", "false"),
		MATCH("==", META("iif"), "7"),
		MATCH("==", PAYLOAD("tcp", "dport"), "\"https\""),
		MATCH("==", PAYLOAD("tcp", "dport"), "\"@absent\""),
		MATCH("==", CT("state"), "[2,4]"),
		MATCH("~", PAYLOAD("tcp", "dport"), "1"),
		"{\"xt\":{\"type\":\"match\",\"name\":\"comment\"}}",
		"{\"notrack\":null}",
		"{\"tproxy\":{\"port\":1}}",
		"{\"queue\":{\"num\":3}}",
		"{\"flow\":{\"op\":\"add\",\"flowtable\":\"@f\"}}",
		"{\"mangle\":{\"key\":" PAYLOAD("ip", "ttl") ",\"value\":3}}",
		"{\"masquerade\":null}",
		"{\"jump\":{\"target\":\"absent\"}}",
		"{\"something new\":{}}",
		"7",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, arena_printf(arena, "%s{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"f\",\"handle\":2,\"comment\":\"規則\",\"expr\":[%s]}},", FORWARD, rows[i]));
		struct proof proof;
		if (g.sets.doubts.count == 0)
			fail_msg("%s is believed", rows[i]);
		assert_string_equal(g.sets.doubts.list[0].where, "inet t f #2 (規則)");
		CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .lasting = g.sets.may_pass, .rated = packet_set_none() }, &proof, &err_));
		assert_false(proof.is_proven);
	}
}

TEST(doubtful_chains_and_objects_are_named)
{
	static const char *const rows[] = {
		"{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"n\",\"handle\":1,\"type\":\"nat\",\"hook\":\"postrouting\",\"prio\":100,\"policy\":\"accept\"}},"
		"{\"rule\":{\"family\":\"ip\",\"table\":\"t\",\"chain\":\"n\",\"handle\":2,\"expr\":[{\"counter\":null}]}},",
		"{\"chain\":{\"family\":\"bridge\",\"table\":\"t\",\"name\":\"n\",\"handle\":1,\"type\":\"filter\",\"hook\":\"forward\",\"prio\":0,\"policy\":\"drop\"}},",
		"{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"n\",\"handle\":1,\"type\":\"filter\",\"hook\":\"ingress\",\"prio\":0,\"policy\":\"accept\"}},",
		"{\"flowtable\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"f\"}},",
		"{\"table\":{\"family\":\"inet\",\"name\":\"t\",\"flags\":[\"dormant\"]}},",
		/* conntrack has not seen a packet before priority -200 of prerouting */
		BASE("inet", "p", "prerouting", "-300", "accept") RULE("p", "3", MATCH("in", CT("state"), "8") "," DROP),
		"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"s\",\"type\":\"ipv4_addr\",\"flags\":[\"dynamic\"]}}," BASE("inet", "f", "forward", "0", "drop")
			RULE("f", "3", MATCH("==", PAYLOAD("ip", "saddr"), "\"@s\"") "," ACCEPT),
		/* a loop of jumps */
		FORWARD CHAIN("c") RULE("f", "2", "{\"jump\":{\"target\":\"c\"}}") RULE("c", "3", "{\"jump\":{\"target\":\"c\"}}"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, rows[i]);
		if (g.sets.doubts.count == 0)
			fail_msg("%s is believed", rows[i]);
	}
	ARENA(arena) = arena_new(0); /* a nat chain without rules changes nothing */
	struct ground g = ground_of(arena, "{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"n\",\"handle\":1,\"type\":\"nat\",\"hook\":\"output\",\"prio\":-100,\"policy\":\"accept\"}},");
	assert_int_equal(g.sets.doubts.count, 0);
}

#define NAT(name, hook, priority) \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"n\",\"name\":\"" name "\",\"handle\":1,\"type\":\"nat\",\"hook\":\"" hook "\",\"prio\":" priority ",\"policy\":\"accept\"}},"
#define NAT_RULE(chain, does) "{\"rule\":{\"family\":\"ip\",\"table\":\"n\",\"chain\":\"" chain "\",\"handle\":2,\"expr\":[" does "]}},"
#define TO_WEB "{\"dnat\":{\"addr\":\"10.2.0.1\",\"port\":443}}"

/* Nothing may pass to 10.2.0.1 as it comes; what is translated may come there, and only there. */
TEST(an_audit_asks_of_packets_behind_the_translation)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD RULE("f", "2", MATCH("==", META("oifname"), "\"eth2\"") "," ACCEPT)
		BASE("inet", "p", "prerouting", "-300", "accept") RULE("p", "3", MATCH("==", META("iifname"), "\"eth1\"") "," DROP));
	struct ground n = ground_of(arena, FORWARD RULE("f", "2", MATCH("==", META("oifname"), "\"eth2\"") "," ACCEPT)
		BASE("inet", "p", "prerouting", "-300", "accept") RULE("p", "3", MATCH("==", META("iifname"), "\"eth1\"") "," DROP)
		NAT("d", "prerouting", "-100") NAT_RULE("d", MATCH("==", "{\"fib\":{\"result\":\"type\",\"flags\":[\"daddr\"]}}", "2") "," TO_WEB)
		NAT("s", "postrouting", "100") NAT_RULE("s", "{\"masquerade\":null}"));
	struct packet p = web();
	struct proof proof;

	assert_false(passes(&g, p)); /* dropped before routing */
	assert_int_equal(n.sets.doubts.count > 0, 1); /* our own plan translates nothing */
	CHECK_OK(prove_audit(arena, n.space, &n.dump, packet_set_none(), &proof, &err_));
	assert_int_equal(proof.doubts.count, 0);
	assert_int_equal(proof.translations, 2);
	assert_true(packet_set_has(n.space, proof.passes, &p));
	p.to[3] = 2;
	assert_false(packet_set_has(n.space, proof.passes, &p));
	p.to[3] = 1, p.to_port = 444;
	assert_false(packet_set_has(n.space, proof.passes, &p));
	p.to_port = 443, p.out = 1;
	assert_false(packet_set_has(n.space, proof.passes, &p)); /* the forward chain still speaks */
}

TEST(translations_that_leave_something_open_are_doubts)
{
	static const char *const rows[] = {
		NAT("d", "prerouting", "-90") NAT_RULE("d", TO_WEB), /* at a priority of its own */
		NAT("d", "prerouting", "-100") NAT_RULE("d", TO_WEB "," DROP),
		NAT("d", "prerouting", "-100") NAT_RULE("d", "{\"queue\":{\"num\":3}}"),
		NAT("s", "postrouting", "100") NAT_RULE("s", "{\"snat\":{\"addr\":\"10.1.0.9\"}}") BASE("inet", "q", "postrouting", "110", "accept") RULE("q", "4", MATCH("==", PAYLOAD("ip", "saddr"), "\"10.1.0.1\"") "," DROP),
		NAT("o", "output", "-100") NAT_RULE("o", TO_WEB) BASE("inet", "q", "output", "0", "accept") RULE("q", "4", MATCH("==", META("oifname"), "\"eth2\"") "," DROP),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, rows[i]);
		struct proof proof;
		CHECK_OK(prove_audit(arena, g.space, &g.dump, packet_set_all(g.space), &proof, &err_));
		if (proof.doubts.count == 0)
			fail_msg("%s is believed", rows[i]);
		assert_false(proof.is_proven);
	}
}

TEST(maps_of_verdicts_are_followed_in_chains_of_nat)
{
#define MAPPED(verdict) "{\"chain\":{\"family\":\"ip\",\"table\":\"n\",\"name\":\"c\",\"handle\":1}}," \
	"{\"map\":{\"family\":\"ip\",\"table\":\"n\",\"name\":\"m\",\"type\":\"ifname\",\"map\":\"verdict\",\"elem\":[[\"eth1\"," verdict "]]}}," \
	NAT("d", "prerouting", "-100") NAT_RULE("d", "{\"vmap\":{\"key\":" META("iifname") ",\"data\":\"@m\"}}") NAT_RULE("c", TO_WEB)
	static const struct {
		const char *rules;
		bool known;
	} rows[] = {
		{ MAPPED("{\"jump\":{\"target\":\"c\"}}"), true },
		{ MAPPED("{\"goto\":{\"target\":\"c\"}}"), true },
		{ MAPPED("{\"jump\":{\"target\":\"absent\"}}"), false },
		{ MAPPED("{\"drop\":null}"), false },
		{ NAT("d", "prerouting", "-100") NAT_RULE("d", "{\"vmap\":{\"key\":" META("iifname") ",\"data\":\"@absent\"}}"), false },
		{ NAT("d", "prerouting", "-100") NAT_RULE("d", "{\"vmap\":{\"key\":" META("iifname") ",\"data\":{\"set\":[[\"eth1\",{\"return\":null}]]}}}"), true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, rows[i].rules);
		struct proof proof;
		CHECK_OK(prove_audit(arena, g.space, &g.dump, packet_set_all(g.space), &proof, &err_));
		if ((proof.doubts.count == 0) != rows[i].known)
			fail_msg("%s is %s", rows[i].rules, rows[i].known ? "not followed" : "believed");
		assert_int_equal(proof.translations, proof.doubts.count == 0 && i < 2);
	}
#undef MAPPED
}

/* Where it may come from, and where to, is not said by one address: then it may be any. */
TEST(a_translation_to_no_single_address_may_be_any)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, "{\"chain\":{\"family\":\"ip\",\"table\":\"n\",\"name\":\"c\",\"handle\":1}}," FORWARD RULE("f", "2", ACCEPT) BASE("inet", "p", "prerouting", "-300", "drop")
		NAT("d", "prerouting", "-100") NAT_RULE("d", "{\"jump\":{\"target\":\"c\"}}") NAT_RULE("c", "{\"jump\":{\"target\":\"c\"}}")
		NAT_RULE("c", "{\"dnat\":{\"addr\":{\"range\":[\"10.2.0.1\",\"10.2.0.9\"]}}}"));
	struct packet p = web(), six = web();
	struct proof proof;

	CHECK_OK(prove_audit(arena, g.space, &g.dump, packet_set_none(), &proof, &err_));
	assert_int_equal(proof.doubts.count, 0);
	assert_true(packet_set_has(g.space, proof.passes, &p));
	six.v6 = true;
	assert_false(packet_set_has(g.space, proof.passes, &six)); /* of its family only */
}

TEST(jumps_come_back_and_gotos_do_not)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD CHAIN("a") CHAIN("b")
		RULE("f", "2", MATCH("==", PAYLOAD("tcp", "dport"), "{\"set\":[80,443]}") ",{\"jump\":{\"target\":\"a\"}}")
		RULE("f", "3", MATCH("==", PAYLOAD("tcp", "dport"), "{\"set\":[80,443,22,23]}") "," ACCEPT)
		RULE("a", "4", MATCH("==", PAYLOAD("tcp", "dport"), "80") ",{\"goto\":{\"target\":\"b\"}}")
		RULE("a", "5", MATCH("==", PAYLOAD("tcp", "dport"), "443") ",{\"return\":null}")
		RULE("a", "6", DROP)
		RULE("b", "7", MATCH("==", PAYLOAD("ip", "saddr"), "\"10.1.0.1\"") "," DROP));
	struct packet p = web();

	assert_int_equal(g.sets.doubts.count, 0);
	assert_true(passes(&g, p)); /* jump, return, next rule */
	p.to_port = 80;
	assert_false(passes(&g, p)); /* dropped behind the goto */
	assert_string_equal(prove_decider(arena, g.space, &g.dump, NULL, &p), "inet t b #7");
	p.from[3] = 2;
	assert_true(passes(&g, p)); /* the end of b is the end of a: back to f, rule 3 */
	p.to_port = 22;
	assert_true(passes(&g, p));
	p.to_port = 24;
	assert_false(passes(&g, p));
	assert_string_equal(prove_decider(arena, g.space, &g.dump, NULL, &p), "inet t f, policy drop");
}

TEST(maps_send_each_packet_where_its_element_says)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD CHAIN("a")
		"{\"map\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"pairs\",\"type\":[\"ifname\",\"ifname\"],\"map\":\"verdict\",\"elem\":["
		"[{\"concat\":[\"eth1\",\"eth2\"]},{\"jump\":{\"target\":\"a\"}}],[{\"elem\":{\"val\":{\"concat\":[\"eth2\",\"eth1\"]},\"comment\":\"x\"}},{\"drop\":null}]]}},"
		"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"exc\",\"type\":[\"ipv4_addr\",\"inet_service\"],\"flags\":[\"timeout\"],\"elem\":["
		"{\"elem\":{\"val\":{\"concat\":[\"10.1.0.1\",443]},\"timeout\":3600,\"expires\":599}}]}},"
		RULE("f", "2", "{\"vmap\":{\"key\":{\"concat\":[" META("iifname") "," META("oifname") "]},\"data\":\"@pairs\"}}")
		RULE("f", "3", MATCH("==", PAYLOAD("tcp", "dport"), "22") "," ACCEPT)
		RULE("a", "4", MATCH("==", "{\"concat\":[" PAYLOAD("ip", "saddr") "," PAYLOAD("tcp", "dport") "]}", "\"@exc\"") "," ACCEPT));
	struct packet p = web();

	assert_int_equal(g.sets.doubts.count, 0);
	assert_true(passes(&g, p));
	p.from[3] = 2;
	assert_false(passes(&g, p));
	p.to_port = 22;
	assert_true(passes(&g, p)); /* came back from a, rule 3 */
	p.in = 2, p.out = 1;
	assert_false(passes(&g, p)); /* dropped by the map */
	p.in = 1, p.out = 3;
	assert_true(passes(&g, p)); /* no element: the next rule */
}

TEST(every_chain_of_a_hook_must_let_a_packet_through)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, BASE("inet", "f", "forward", "0", "accept") BASE("ip6", "g", "forward", "10", "drop") BASE("inet", "p", "prerouting", "-150", "accept")
		BASE("inet", "q", "postrouting", "0", "accept")
		RULE("p", "2", MATCH("==", PAYLOAD("tcp", "dport"), "80") "," DROP)
		RULE("p", "3", MATCH("==", META("oifname"), "\"eth2\"") "," DROP) /* nobody knows yet where it goes */
		RULE("q", "4", MATCH("==", META("oifname"), "\"eth1\"") "," DROP));
	struct packet p = web();

	assert_true(passes(&g, p));
	p.to_port = 80;
	assert_false(passes(&g, p));
	p = web(), p.v6 = true;
	assert_false(passes(&g, p));
	p = web(), p.out = 1;
	assert_false(passes(&g, p));
	p = web(), p.hook = PACKET_INPUT, p.out = 0, p.to_port = 80;
	assert_false(passes(&g, p)); /* prerouting is on the way to the router itself too */
	p.hook = PACKET_OUTPUT, p.in = 0, p.out = 2;
	assert_true(passes(&g, p));
}

TEST(a_limit_means_that_both_may_happen)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD RULE("f", "2", MATCH("==", PAYLOAD("tcp", "dport"), "443") ",{\"limit\":{\"rate\":5,\"burst\":5,\"per\":\"second\"}}," ACCEPT)
		RULE("f", "3", MATCH("==", PAYLOAD("tcp", "dport"), "{\"set\":[443,444]}") ",{\"limit\":{\"rate\":1,\"per\":\"hour\",\"inv\":true}}," DROP)
		RULE("f", "4", MATCH("==", PAYLOAD("tcp", "dport"), "22") "," ACCEPT));
	struct packet p = web();
	struct proof proof;

	assert_true(packet_set_has(g.space, g.sets.may_pass, &p) && packet_set_has(g.space, g.sets.may_stop, &p));
	p.to_port = 444;
	assert_false(packet_set_has(g.space, g.sets.may_pass, &p));
	p.to_port = 22;
	assert_true(packet_set_has(g.space, g.sets.may_pass, &p) && !packet_set_has(g.space, g.sets.may_stop, &p));
	struct packet_set opens = packet_set_and(g.space, g.sets.may_pass, packet_set_and(g.space, packet_set_is(g.space, PACKET_TO_PORT, 443), packet_set_is(g.space, PACKET_STATE, PACKET_NEW)));
	CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .lasting = g.sets.may_pass, .rated = opens }, &proof, &err_));
	assert_true(proof.count > 0); /* the rules limit packets of running connections too: the text does not say so */
	assert_int_equal(proof.differences[0].kind, PROVE_LIMITS);
}

/* FORWARD with a limit before a drop, and what lets the rest through. */
static struct ground limited(struct arena *arena, const char *limit)
{
	return ground_of(arena, arena_printf(arena, FORWARD RULE("f", "2", MATCH("in", CT("state"), "8") "," MATCH("==", PAYLOAD("tcp", "dport"), "443") ",{\"limit\":{%s}}," DROP)
		RULE("f", "3", MATCH("==", PAYLOAD("tcp", "dport"), "443") "," ACCEPT), limit));
}

TEST(a_rate_is_the_number_of_the_text)
{
	static const struct {
		const char *limit;
		bool same;
	} rows[] = {
		{ "\"rate\":30,\"burst\":30,\"per\":\"minute\",\"inv\":true", true },
		{ "\"rate\":31,\"burst\":30,\"per\":\"minute\",\"inv\":true", false },
		{ "\"rate\":30,\"burst\":31,\"per\":\"minute\",\"inv\":true", false },
		{ "\"rate\":30,\"per\":\"minute\",\"inv\":true", false }, /* a burst of 5 */
		{ "\"rate\":30,\"burst\":30,\"per\":\"second\",\"inv\":true", false },
		{ "\"rate\":30,\"burst\":30,\"per\":\"minute\"", false },
		{ "\"rate\":1,\"per\":\"hour\",\"inv\":true}},{\"limit\":{\"rate\":30,\"burst\":30,\"per\":\"minute\",\"inv\":true", false }, /* over both only */
		{ "\"rate\":30,\"burst\":30,\"rate_unit\":\"mbytes\",\"per\":\"minute\",\"inv\":true", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = limited(arena, rows[i].limit);
		struct packet_set opens = packet_set_and(g.space, packet_set_and(g.space, g.sets.may_pass, packet_set_is(g.space, PACKET_HOOK, PACKET_FORWARD)), packet_set_is(g.space, PACKET_STATE, PACKET_NEW));
		const struct prove_limit rate = { .rate = 30, .burst = 30, .seconds = 60, .set = opens };
		struct proof proof;
		CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .lasting = g.sets.may_pass, .rated = opens, .rates = &rate, .rate_count = 1 }, &proof, &err_));
		if (proof.is_proven != rows[i].same)
			fail_msg("%s", rows[i].limit);
		if (!rows[i].same)
			assert_int_equal(proof.differences[0].kind, PROVE_OTHER_RATE);
	}
}

TEST(what_ends_in_the_text_ends_in_the_kernel)
{
	static const struct {
		const char *left;
		bool ends;
	} rows[] = { { ",\"timeout\":3600,\"expires\":599", true }, { ",\"timeout\":3600,\"expires\":600", true }, { ",\"timeout\":3600,\"expires\":601", false }, { "", false }, { ",\"timeout\":3600", false } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, arena_printf(arena, FORWARD
			"{\"map\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"m\",\"type\":[\"ipv4_addr\",\"inet_service\"],\"map\":\"verdict\",\"elem\":["
			"[{\"elem\":{\"val\":{\"concat\":[\"10.1.0.1\",443]}%s}},{\"accept\":null}],[{\"elem\":{\"val\":{\"concat\":[\"10.1.0.2\",443]},\"timeout\":9000,\"expires\":5000}},{\"accept\":null}]]}},"
			RULE("f", "2", MATCH("==", META("l4proto"), "6") ",{\"vmap\":{\"key\":{\"concat\":[" PAYLOAD("ip", "saddr") "," PAYLOAD("th", "dport") "]},\"data\":\"@m\"}}"), rows[i].left));
		struct packet_set first = packet_set_and(g.space, packet_set_is(g.space, PACKET_HOOK, PACKET_FORWARD), packet_set_is(g.space, PACKET_FROM4, 0x0a010001));
		const int64_t after = 600;
		struct packet_set lasting = packet_set_minus(g.space, g.sets.may_pass, packet_set_and(g.space, first, packet_set_is(g.space, PACKET_MOMENT, 1)));
		struct proof proof;
		CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .rated = packet_set_none(), .ends = { &after, 1 }, .lasting = lasting }, &proof, &err_));
		if (proof.is_proven != rows[i].ends)
			fail_msg("%s", rows[i].left);
		if (!rows[i].ends)
			assert_int_equal(proof.differences[0].kind, PROVE_OUTLASTS);
	}
}

#define ENDS(value, seconds) "{\"elem\":{\"val\":" value ",\"timeout\":9000,\"expires\":" seconds "}}"

/* Maps and sets, what is told at once and what is told one by one, conditions that hold while an element is not there: each moment is as if the listing were of then. */
TEST(every_moment_is_as_if_the_listing_were_of_then)
{
	ARENA(arena) = arena_new(0);
	static const int64_t after[] = { 99, 100, 200, 250, 300, 400, 5000 };
	struct ground g = ground_of(arena, FORWARD CHAIN("counted")
		"{\"map\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"m\",\"type\":\"ipv4_addr\",\"map\":\"verdict\",\"elem\":["
		"[" ENDS("\"10.1.0.1\"", "100") "," ACCEPT "],[" ENDS("\"10.1.0.2\"", "250") ",{\"goto\":{\"target\":\"counted\"}}],[" ENDS("\"10.1.0.3\"", "300") "," DROP "],"
		"[{\"elem\":{\"val\":\"10.1.0.4\"}}," ACCEPT "],[" ENDS("\"*\"", "400") ",{\"jump\":{\"target\":\"counted\"}}]]}},"
		"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"s\",\"type\":[\"ipv4_addr\",\"ipv4_addr\"],\"elem\":["
		ENDS("{\"concat\":[\"10.1.0.1\",{\"prefix\":{\"addr\":\"10.2.0.0\",\"len\":16}}]}", "200") "," ENDS("{\"concat\":[\"10.1.0.7\",{\"range\":[\"10.2.0.1\",\"10.2.0.9\"]}]}", "101") "]}},"
		"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"w\",\"type\":\"ifname\",\"elem\":[" ENDS("\"eth1\"", "350") "]}},"
		RULE("f", "1", MATCH("==", META("iifname"), "\"@w\"") "," ACCEPT)
		RULE("f", "2", MATCH("!=", "{\"concat\":[" PAYLOAD("ip", "saddr") "," PAYLOAD("ip", "daddr") "]}", "\"@s\"") "," MATCH("==", PAYLOAD("tcp", "dport"), "80") "," DROP)
		RULE("f", "3", "{\"vmap\":{\"key\":" PAYLOAD("ip", "saddr") ",\"data\":\"@m\"}}") RULE("counted", "4", "{\"counter\":null}") RULE("counted", "5", ACCEPT));
	struct prove_sets lasting;

	CHECK_OK(prove_rules_lasting(arena, g.space, &g.dump, (struct prove_moments){ after, COUNT(after) }, packet_set_all(g.space), &lasting, &err_));
	assert_int_equal(lasting.doubts.count, 0);
	assert_true(packet_sets_equal(g.space, packet_set_at(g.space, lasting.may_pass, 0), g.sets.may_pass));
	for (size_t i = 0; i < COUNT(after); i++) {
		struct dump later = dump_later(arena, &g.dump, after[i]);
		struct prove_sets then;
		CHECK_OK(prove_rules(arena, g.space, &later, NULL, packet_set_all(g.space), &then, &err_));
		if (!packet_sets_equal(g.space, packet_set_at(g.space, lasting.may_pass, (unsigned)i + 1), then.may_pass) ||
		    !packet_sets_equal(g.space, packet_set_at(g.space, lasting.may_stop, (unsigned)i + 1), then.may_stop))
			fail_msg("%lld seconds later", (long long)after[i]);
	}
}

/* What stops a packet may end too. */
TEST(what_opens_by_itself_later_is_found)
{
	static const char *const left[] = { "599", "601" };

	for (size_t i = 0; i < COUNT(left); i++) {
		ARENA(arena) = arena_new(0);
		struct ground g = ground_of(arena, arena_printf(arena, FORWARD
			"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"s\",\"type\":\"ipv4_addr\",\"elem\":[" ENDS("\"10.1.0.1\"", "%s") "]}},"
			RULE("f", "1", MATCH("==", PAYLOAD("ip", "saddr"), "\"@s\"") "," DROP) RULE("f", "2", MATCH("==", PAYLOAD("tcp", "dport"), "80") "," ACCEPT), left[i]));
		const int64_t after = 600;
		struct proof proof;
		CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .rated = packet_set_none(), .ends = { &after, 1 }, .lasting = g.sets.may_pass }, &proof, &err_));
		assert_int_equal(proof.is_proven, i == 1);
		if (i == 0)
			assert_true(proof.count == 1 && proof.differences[0].kind == PROVE_OUTLASTS && proof.differences[0].witness.from[3] == 1 && strstr(proof.differences[0].by, "#2"));
	}
}

#define COUNTED(value, more) "{\"elem\":{\"val\":" value ",\"timeout\":9000,\"expires\":5000" more "}}"
#define PAIR(from, to) "{\"concat\":[\"" from "\",\"" to "\"]}"

static struct ground sets(struct arena *arena, const char *more)
{
	return ground_of(arena, arena_printf(arena, FORWARD
		"{\"set\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"s\",\"type\":[\"ipv4_addr\",\"ipv4_addr\"],\"elem\":["
		COUNTED(PAIR("10.1.0.1", "10.2.0.1"), ",\"comment\":\"first\",\"counter\":{\"packets\":7,\"bytes\":9}") ","
		COUNTED("{\"concat\":[\"10.1.0.1\",{\"range\":[\"10.2.0.2\",\"10.2.0.9\"]}]}", "%s") "],\"stmt\":[{\"counter\":null}]}},"
		RULE("f", "4", MATCH("==", "{\"concat\":[" PAYLOAD("ip", "saddr") "," PAYLOAD("ip", "daddr") "]}", "\"@s\"") "," ACCEPT), more));
}

TEST(an_element_that_decides_by_itself_is_a_doubt)
{
	static const struct {
		const char *more;
		bool known;
	} rows[] = { { "", true }, { ",\"counter\":null", true }, { ",\"comment\":\"c\"", true }, { ",\"limit\":{\"rate\":1,\"per\":\"second\"}", false }, { ",\"quota\":{\"val\":5}", false }, { ",\"ct count\":{\"val\":2}", false } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		if ((sets(arena, rows[i].more).sets.doubts.count == 0) != rows[i].known)
			fail_msg("%s", rows[i].more);
	}
}

TEST(who_decides_is_told_with_the_element)
{
	ARENA(arena) = arena_new(0);
	struct ground g = sets(arena, ",\"comment\":\"second\"");
	struct packet p = web();

	assert_string_equal(prove_decider(arena, g.space, &g.dump, NULL, &p), "inet t f #4 [first]");
	p.to[3] = 9;
	assert_string_equal(prove_decider(arena, g.space, &g.dump, NULL, &p), "inet t f #4 [second]");
	p.to[3] = 10;
	assert_string_equal(prove_decider(arena, g.space, &g.dump, NULL, &p), "inet t f, policy drop");
}

TEST(differences_are_told_both_ways)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD RULE("f", "9", MATCH("==", PAYLOAD("tcp", "dport"), "{\"range\":[443,444]}") "," ACCEPT));
	struct packet_set on = packet_set_and(g.space, packet_set_all(g.space), packet_set_and(g.space, packet_set_is(g.space, PACKET_HOOK, PACKET_FORWARD), packet_set_is(g.space, PACKET_PROTOCOL, 6)));
	struct packet_set allowed = packet_set_and(g.space, on, packet_set_range(g.space, PACKET_TO_PORT, 442, 443));
	struct packet_set others = packet_set_and(g.space, packet_set_all(g.space), packet_set_range(g.space, PACKET_HOOK, PACKET_INPUT, PACKET_OUTPUT));
	struct proof proof;

	allowed = packet_set_or(g.space, allowed, others);
	CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .lasting = allowed, .rated = packet_set_none() }, &proof, &err_));
	assert_false(proof.is_proven);
	assert_int_equal(proof.count, 2);
	assert_int_equal(proof.differences[0].kind, PROVE_PASSES);
	assert_int_equal(proof.differences[0].witness.to_port, 444);
	assert_string_equal(proof.differences[0].by, "inet t f #9");
	assert_int_equal(proof.differences[1].kind, PROVE_STOPS);
	assert_int_equal(proof.differences[1].witness.to_port, 442);
	assert_string_equal(proof.differences[1].by, "inet t f, policy drop");
	allowed = packet_set_or(g.space, others, packet_set_and(g.space, on, packet_set_range(g.space, PACKET_TO_PORT, 443, 444)));
	CHECK_OK(prove_equal(arena, g.space, &g.dump, &(struct prove_text){ .lasting = allowed, .rated = packet_set_none() }, &proof, &err_));
	assert_true(proof.is_proven);
}

TEST(a_listing_that_is_no_listing_is_refused)
{
	static const char *const rows[] = {
		"{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"absent\",\"handle\":2,\"expr\":[]}},",
		"{\"chain\":{\"family\":\"ipx\",\"table\":\"t\",\"name\":\"f\"}},",
		"{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"f\",\"hook\":\"forward\"}},",
		CHAIN("a") CHAIN("a"),
		"{\"chain\":{},\"rule\":{}},",
		"7,",
		"{\"set\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"f\",\"type\":[]}},",
		BASE("inet", "f", "forward", "0", "perhaps"),
	};
	struct err err = { 0 };
	struct dump dump;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ARENA(arena) = arena_new(0);
		if (dump_read(arena, listing(arena, rows[i]), &dump, &err) == 0)
			fail_msg("%s is believed", rows[i]);
		assert_true(err.say[0]);
	}
	ARENA(arena) = arena_new(0);
	struct bytes whole = listing(arena, FORWARD);
	CHECK_OK(dump_read(arena, whole, &dump, &err_));
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(dump_read(arena, bytes_of(whole.p, n), &dump, &err), -1); /* cut short anywhere: refused */
}

TEST(interfaces_of_the_rules_are_known_by_name)
{
	ARENA(arena) = arena_new(0);
	struct ground g = ground_of(arena, FORWARD
		"{\"map\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"m\",\"type\":[\"ifname\",\"ipv4_addr\"],\"map\":\"verdict\",\"elem\":[[{\"concat\":[\"wan0\",\"1.2.3.4\"]},{\"drop\":null}]]}},"
		RULE("f", "2", "{\"vmap\":{\"key\":{\"concat\":[" META("iifname") "," PAYLOAD("ip", "saddr") "]},\"data\":\"@m\"}}")
		RULE("f", "3", MATCH("==", META("oifname"), "{\"set\":[\"lan*\",\"wan0\"]}") "," ACCEPT)
		RULE("f", "4", MATCH("==", PAYLOAD("ip", "saddr"), "\"9.9.9.9\"") "," ACCEPT));
	struct text *list;
	size_t count;

	match_interfaces(arena, &g.dump, &list, &count);
	assert_int_equal(count, 2);
	assert_true(text_is(list[0], "lan*") && text_is(list[1], "wan0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_everything_passes),
		cmocka_unit_test(conditions_mean_what_the_kernel_means),
		cmocka_unit_test(the_family_that_a_listing_leaves_out_is_either),
		cmocka_unit_test(what_is_not_known_is_a_doubt),
		cmocka_unit_test(doubtful_chains_and_objects_are_named),
		cmocka_unit_test(an_audit_asks_of_packets_behind_the_translation),
		cmocka_unit_test(translations_that_leave_something_open_are_doubts),
		cmocka_unit_test(maps_of_verdicts_are_followed_in_chains_of_nat),
		cmocka_unit_test(a_translation_to_no_single_address_may_be_any),
		cmocka_unit_test(jumps_come_back_and_gotos_do_not),
		cmocka_unit_test(maps_send_each_packet_where_its_element_says),
		cmocka_unit_test(every_chain_of_a_hook_must_let_a_packet_through),
		cmocka_unit_test(a_limit_means_that_both_may_happen),
		cmocka_unit_test(a_rate_is_the_number_of_the_text),
		cmocka_unit_test(what_ends_in_the_text_ends_in_the_kernel),
		cmocka_unit_test(every_moment_is_as_if_the_listing_were_of_then),
		cmocka_unit_test(what_opens_by_itself_later_is_found),
		cmocka_unit_test(an_element_that_decides_by_itself_is_a_doubt),
		cmocka_unit_test(who_decides_is_told_with_the_element),
		cmocka_unit_test(differences_are_told_both_ways),
		cmocka_unit_test(a_listing_that_is_no_listing_is_refused),
		cmocka_unit_test(interfaces_of_the_rules_are_known_by_name),
	};
	return RUN_TESTS(tests);
}
