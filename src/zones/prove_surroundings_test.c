/* 規則のまわりの証明 — what of links, routes and settings the text explains and what it does not. What a real kernel tells is tried by tests/zones_surroundings.py. */
#include "base/check.h"
#include "policy/policy.h"
#include "zones/surroundings.h"
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static const char text[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\n"
			   "zone mynumber \"マイナンバー利用事務系\" { net 10.1.0.0/16 on eth1 }\nzone lgwan \"LGWAN接続系\" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 }\n"
			   "zone internet \"インターネット接続系\" { net 10.3.0.0/16 on eth3 world }\nzone partner \"専用線\" { net 10.4.0.0/16 net 2001:db8:4::/48 on eth4 }\n"
			   "gate \"関所\" { address 10.1.0.1 address 10.2.0.1 address 10.3.0.1 address 2001:db8:2::1 }\nservice web \"Web\" { tcp 443 }\n"
			   "allow a from lgwan to partner service web { owner \"課長\" reason \"事務\" expires 2027-03-31 }\n";

struct place {
	struct arena *arena;
	const struct policy *policy;
	struct surroundings around;
	struct doubts doubts;
};

static struct surroundings_link *link_add(struct place *p, unsigned index, const char *name, const char *kind)
{
	struct surroundings_link *l = &p->around.links[p->around.link_count++];

	*l = (struct surroundings_link){ .index = index, .name = { name, strlen(name) }, .kind = { kind, strlen(kind) }, .up = true, .loopback = index == 1 };
	return l;
}

static struct surroundings_route *route_add(struct place *p, enum surroundings_leads leads, const char *to, unsigned length, unsigned out)
{
	struct surroundings_route *r = &p->around.routes[p->around.route_count++];

	*r = (struct surroundings_route){ .leads = leads, .length = length, .out = out, .table = leads == LEADS_HERE ? RT_TABLE_LOCAL : RT_TABLE_MAIN, .v6 = strchr(to, ':') != NULL };
	must(inet_pton(r->v6 ? AF_INET6 : AF_INET, to, r->to) == 1);
	return r;
}

static void rule_add(struct place *p, bool v6, unsigned priority, unsigned table)
{
	p->around.rules[p->around.rule_count++] = (struct surroundings_rule){ v6, priority, table };
}

static void setting_add(struct place *p, const char *name, const char *value)
{
	for (size_t i = 0; i < p->around.setting_count; i++)
		if (text_is(p->around.settings[i].name, name)) {
			p->around.settings[i].value = (struct text){ value, strlen(value) };
			return;
		}
	p->around.settings[p->around.setting_count++] = (struct surroundings_setting){ { name, strlen(name) }, { value, strlen(value) } };
}

/* A router as the text has it. */
static struct place place(void)
{
	struct place p = { .arena = arena_new(0) };

	CHECK_OK(policy_of_text(p.arena, "test", bytes_of(text, strlen(text)), &p.policy, NULL, &err_));
	p.around.links = arena_new_array(p.arena, struct surroundings_link, 32);
	p.around.routes = arena_new_array(p.arena, struct surroundings_route, 64);
	p.around.rules = arena_new_array(p.arena, struct surroundings_rule, 16);
	p.around.settings = arena_new_array(p.arena, struct surroundings_setting, 32);
	link_add(&p, 1, "lo", "");
	for (unsigned i = 1; i <= 4; i++) {
		link_add(&p, i + 1, arena_printf(p.arena, "eth%u", i), "veth");
		route_add(&p, LEADS_OUT, arena_printf(p.arena, "10.%u.0.0", i), 16, i + 1);
		if (i < 4)
			route_add(&p, LEADS_HERE, arena_printf(p.arena, "10.%u.0.1", i), 32, i + 1);
	}
	route_add(&p, LEADS_OUT, "0.0.0.0", 0, 4);
	route_add(&p, LEADS_HERE, "127.0.0.0", 8, 1);
	route_add(&p, LEADS_HERE, "2001:db8:2::1", 128, 3);
	route_add(&p, LEADS_HERE, "fe80::1", 128, 3);
	route_add(&p, LEADS_HERE, "::1", 128, 1);
	route_add(&p, LEADS_OUT, "2001:db8:2::", 48, 3);
	route_add(&p, LEADS_OUT, "2001:db8:4::", 48, 5);
	route_add(&p, LEADS_NOWHERE, "::", 0, 1);
	for (unsigned v6 = 0; v6 < 2; v6++)
		rule_add(&p, v6, 0, RT_TABLE_LOCAL), rule_add(&p, v6, 32766, RT_TABLE_MAIN);
	rule_add(&p, false, 32767, RT_TABLE_DEFAULT);
	setting_add(&p, "net/ipv4/ip_forward", "1");
	setting_add(&p, "net/ipv6/conf/all/forwarding", "1");
	setting_add(&p, "net/ipv6/conf/eth2/forwarding", "1");
	setting_add(&p, "ip_tables", "-");
	setting_add(&p, "ip6_tables", "-");
	return p;
}

/* The only doubt is of `where`, and speaks of `about` in English; NULL: there is none. */
static void holds(struct place *p, const char *where, const char *about)
{
	prove_surroundings(p->arena, p->policy, 1796083200, &p->around, &p->doubts);
	for (size_t i = 0; i < p->doubts.count && (!where || p->doubts.count != 1); i++)
		print_error("%s: %s\n", p->doubts.list[i].where, p->doubts.list[i].en);
	assert_int_equal(p->doubts.count, where ? 1 : 0);
	if (where) {
		assert_string_equal(p->doubts.list[0].where, where);
		assert_non_null(strstr(p->doubts.list[0].en, about));
		assert_true(strlen(p->doubts.list[0].ja) > 20);
	}
	arena_free(p->arena);
}
/* One change each, and what is told of it. */
#define CASES(CASE) \
	CASE(a_router_as_the_text_has_it_is_proven, (void)0, NULL, NULL) \
	CASE(an_interface_of_no_zone_is_told, link_add(&p, 9, "wormhole", "veth"), "wormhole", "no zone") \
	CASE(an_interface_that_is_down_carries_nothing, link_add(&p, 9, "spare", "")->up = false, NULL, NULL) \
	CASE(a_stopped_interface_is_told, p.around.links[2].up = false, "eth2", "is down") \
	CASE(the_ports_of_a_zones_bridge_are_its_own, p.around.links[1].kind = TEXT("bridge"); link_add(&p, 9, "port1", "")->master = 2, NULL, NULL) \
	CASE(the_device_of_a_vlan_is_below_it, p.around.links[1].kind = TEXT("vlan"); p.around.links[1].lower = 9; link_add(&p, 9, "trunk", ""), NULL, NULL) \
	CASE(shared_devices_are_told, p.around.links[1].kind = TEXT("macvlan"), "eth1", "shares its device") \
	CASE(a_bond_of_a_zones_interface_is_told, link_add(&p, 9, "bond0", "bond")->up = false; p.around.links[1].master = 9, "eth1", "part of bond0") \
	CASE(xdp_is_told, p.around.links[1].has_xdp = true, "eth1", "XDP") \
	CASE(filters_are_told, p.around.links[1].filters = 2, "eth1", "traffic control") \
	CASE(programs_beside_the_rules_are_told, setting_add(&p, "tcx/eth1", "1"), "eth1", "BPF") \
	CASE(what_cannot_be_seen_is_told, setting_add(&p, "tcx/eth1", "?"), "eth1", "cannot be seen") \
	CASE(a_routing_rule_is_told, rule_add(&p, false, 100, 77), "ip -4 rule 100", "rule del pref 100") \
	CASE(a_routing_rule_for_some_packets_is_told, rule_add(&p, true, 32766, 0), "ip -6 rule 32766", "another way") \
	CASE(a_missing_routing_rule_is_told, p.around.rules[1].v6 = true, "ip -4 rule 32766", "missing") \
	CASE(a_route_out_of_another_zone_is_told, route_add(&p, LEADS_OUT, "10.2.7.0", 24, 2), "10.2.7.0/24", "sent out of eth1") \
	CASE(also_of_ipv6, route_add(&p, LEADS_OUT, "2001:db8:2:7::", 64, 5), "2001:db8:2:7::/64", "sent out of eth4") \
	CASE(a_route_that_another_hides_is_nothing, route_add(&p, LEADS_OUT, "10.0.0.0", 8, 2), NULL, NULL) \
	CASE(a_route_to_nobody_of_the_text_is_nothing, route_add(&p, LEADS_OUT, "10.77.0.0", 16, 2), NULL, NULL) \
	CASE(a_second_way_to_a_zone_is_told, route_add(&p, LEADS_OUT, "10.2.0.0", 16, 5), "10.2.0.0", "sent out of eth4") \
	CASE(a_part_of_the_world_by_another_zone_is_told, route_add(&p, LEADS_OUT, "8.8.8.0", 24, 3), "8.8.8.0/24", "zone internet are sent out of eth2") \
	CASE(a_route_in_a_table_that_is_not_looked_at_is_nothing, route_add(&p, LEADS_OUT, "10.2.7.0", 24, 2)->table = 77, NULL, NULL) \
	CASE(a_network_without_a_route_is_told, p.around.routes[p.around.route_count - 2].length = 64, "2001:db8:4:1::-2001:db8:4:ffff:ffff:ffff:ffff:ffff", "no route") \
	CASE(a_stopped_network_is_told, route_add(&p, LEADS_NOWHERE, "10.4.9.0", 24, 0), "10.4.9.0/24", "no route") \
	CASE(a_wrapped_route_is_told, route_add(&p, LEADS_OUT, "10.2.7.0", 24, 3)->odd = true, "10.2.7.0/24", "wraps") \
	CASE(an_address_of_nobody_is_told, route_add(&p, LEADS_HERE, "192.0.2.9", 32, 1), "192.0.2.9", "not give to the gate") \
	CASE(whole_networks_taken_as_own_are_told, route_add(&p, LEADS_HERE, "10.2.8.0", 24, 1), "10.2.8.0/24", "not give to the gate") \
	CASE(a_missing_address_of_the_gate_is_told, p.around.routes[1].leads = LEADS_TO_ALL; p.around.routes[1].table = RT_TABLE_LOCAL, "10.1.0.1", "does not have it") \
	CASE(an_address_on_another_zones_interface_is_told, p.around.routes[1].out = 3, "10.1.0.1", "interface of another") \
	CASE(forwarding_that_is_off_is_told, setting_add(&p, "net/ipv4/ip_forward", "0"), "net/ipv4/ip_forward", "not sent") \
	CASE(redirects_of_one_interface_alone_do_nothing, setting_add(&p, "net/ipv4/conf/eth1/accept_redirects", "1"), NULL, NULL) \
	CASE(redirects_of_all_are_told, setting_add(&p, "net/ipv4/conf/eth1/accept_redirects", "1"); setting_add(&p, "net/ipv4/conf/all/accept_redirects", "1"), "net/ipv4/conf/all/accept_redirects", "change routes") \
	CASE(answers_for_others_are_told, setting_add(&p, "net/ipv4/conf/eth1/proxy_arp", "1"), "net/ipv4/conf/eth1/proxy_arp", "blurs") \
	CASE(the_loopback_from_outside_is_told, setting_add(&p, "net/ipv4/conf/all/route_localnet", "1"), "net/ipv4/conf/all/route_localnet", "blurs") \
	CASE(advertisements_are_told, setting_add(&p, "net/ipv6/conf/eth2/accept_ra", "2"), "net/ipv6/conf/eth2/accept_ra", "change routes") \
	CASE(advertisements_that_a_router_does_not_hear_are_nothing, setting_add(&p, "net/ipv6/conf/eth2/accept_ra", "1"), NULL, NULL) \
	CASE(strict_reverse_paths_do_nothing_with_one_interface, setting_add(&p, "net/ipv4/conf/eth1/rp_filter", "1"), NULL, NULL) \
	CASE(labels_are_told, setting_add(&p, "net/mpls/platform_labels", "1000"), "net/mpls/platform_labels", "MPLS") \
	CASE(tables_of_iptables_are_told, setting_add(&p, "ip6_tables", "filter,nat"), "ip6_tables", "filter,nat") \
	CASE(tables_that_cannot_be_seen_are_told, setting_add(&p, "ip_tables", "?"), "ip_tables", "cannot be seen")

#define CASE(name, change, where, about) \
	TEST(name) \
	{ \
		struct place p = place(); \
		change; \
		holds(&p, where, about); \
	}
CASES(CASE)
#undef CASE

TEST(a_missing_interface_is_told)
{
	struct place p = place();

	p.around.links[4].name = TEXT("eth9");
	prove_surroundings(p.arena, p.policy, 1796083200, &p.around, &p.doubts);
	assert_string_equal(p.doubts.list[0].where, "eth4");
	assert_non_null(strstr(p.doubts.list[0].en, "the machine has none"));
	assert_string_equal(p.doubts.list[1].where, "eth9"); /* and its routes lead there */
	arena_free(p.arena);
}

TEST(a_bridge_between_two_zones_is_told)
{
	struct place p = place();

	link_add(&p, 9, "lan0", "bridge")->up = false;
	p.around.links[1].master = p.around.links[2].master = 9;
	prove_surroundings(p.arena, p.policy, 1796083200, &p.around, &p.doubts);
	assert_int_equal(p.doubts.count, 2); /* the first port is not the zone's interface any more, the second joins them */
	assert_non_null(strstr(p.doubts.list[1].en, "joins zones mynumber (eth1) and lgwan (eth2)"));
	assert_non_null(strstr(p.doubts.list[1].ja, "「マイナンバー利用事務系」（eth1）と「LGWAN接続系」（eth2）"));
	arena_free(p.arena);
}

TEST(a_bridge_that_is_a_zones_own_takes_no_port_of_another)
{
	struct place p = place();

	p.around.links[1].kind = TEXT("bridge");
	p.around.links[2].master = 2;
	holds(&p, "eth1", "joins zones mynumber (eth1) and lgwan (eth2)");
}

TEST(what_is_cut_short_is_refused)
{
	ARENA(arena) = arena_new(0);
	static const uint8_t head[] = { 20, 0, 0, 0, RTM_NEWLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct surroundings around;
	struct err err;

	for (size_t n = 1; n <= sizeof head; n++) {
		const struct surroundings_taken taken = { bytes_of(head, n), BYTES("") };
		assert_int_equal(surroundings_read(arena, &taken, &around, &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
	}
	const struct surroundings_taken bare = { BYTES(""), BYTES("net/ipv4/ip_forward\n") };
	assert_int_equal(surroundings_read(arena, &bare, &around, &err), -1);
}

int main(void)
{
#define CASE(name, change, where, about) cmocka_unit_test(name),
	const struct CMUnitTest tests[] = { CASES(CASE) cmocka_unit_test(a_missing_interface_is_told), cmocka_unit_test(a_bridge_between_two_zones_is_told),
		cmocka_unit_test(a_bridge_that_is_a_zones_own_takes_no_port_of_another), cmocka_unit_test(what_is_cut_short_is_refused) };
	return RUN_TESTS(tests);
}
