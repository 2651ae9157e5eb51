/* 通信の掟 — tests: each law names a packet that it forbids, whoever lets it through; a good text keeps all of them. What texts break: tests/cases/zones/. */
#include "base/check.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "zones/laws/law.h"

static const char text[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\nmodel alpha-dash\n"
			   "zone mynumber \"M\" { net 10.1.0.0/16 on eth1 }\nzone lgwan \"L\" { net 10.2.0.0/16 on eth2 }\nzone internet \"I\" { net 10.3.0.0/16 on eth3 world }\n"
			   "zone partner \"P\" { net 10.4.0.0/16 on eth4 }\ngate \"関所\" { address 10.2.0.1 address 10.3.0.1 address 10.4.0.1 }\n"
			   "host juki \"J\" in mynumber { address 10.1.0.10 }\nhost relay \"R\" in partner { address 10.4.0.10 }\nhost cloud \"C\" in internet { address 203.0.113.10 }\n"
			   "service web \"Web\" { tcp 443 }\nnever n from partner to lgwan\n"
			   "allow a from juki to relay service web { specific communication party \"p\" basis \"b\" owner \"o\" reason \"r\" expires 2027-03-31 }\n"
			   "allow b from lgwan to cloud service web { specific communication party \"p\" basis \"b\" owner \"o\" reason \"r\" expires 2027-03-31 }\n"
			   "allow c from lgwan to gate service web { owner \"o\" reason \"r\" expires 2027-03-31 }\n";

static struct zones_model model;
static struct law_ground ground;

static void begin(struct arena *a)
{
	const struct policy *policy;
	struct packet_space *space;
	struct text *names;
	struct err err;
	size_t count;
	int64_t now;

	assert_int_equal(clock_from_utc("2026-12-01T00:00:00Z", &now), 0);
	CHECK_OK(policy_of_text(a, "test", bytes_of(text, strlen(text)), &policy, NULL, &err));
	zones_interfaces(a, policy, &names, &count);
	CHECK_OK(packet_space_new(a, names, count, 0, &space, &err));
	CHECK_OK(zones_model_make(a, space, policy, now, true, &model, &err));
	ground = (struct law_ground){ a, space, policy, &model.ways };
}

TEST(a_good_text_keeps_every_law)
{
	ARENA(a) = arena_new(0);
	struct law_breach breach;
	struct err err;
	bool broken;

	begin(a);
	CHECK_OK(laws_ask(&ground, model.accepted, &breach, &broken, &err));
	assert_false(broken);
}

#define ADDRESS(a, b, c, d) { a, b, c, d }

TEST(each_law_forbids_what_a_foreign_rule_lets_through)
{
	static const struct { unsigned law; struct packet packet; const char *in, *out; } rows[] = {
		{ LAW_my_number_zone_talks_to_nobody, { .hook = PACKET_FORWARD, .from = ADDRESS(10, 1, 0, 10), .to = ADDRESS(10, 4, 0, 11), .protocol = 6, .to_port = 443 }, "eth1", "eth4" },
		{ LAW_my_number_zone_talks_to_nobody, { .hook = PACKET_FORWARD, .from = ADDRESS(10, 1, 0, 10), .to = ADDRESS(10, 4, 0, 10), .protocol = 6, .to_port = 444 }, "eth1", "eth4" },
		{ LAW_my_number_zone_talks_to_nobody, { .hook = PACKET_INPUT, .from = ADDRESS(10, 1, 0, 10), .to = ADDRESS(10, 2, 0, 1), .protocol = 17, .to_port = 53 }, "eth1", "" },
		{ LAW_my_number_zone_talks_to_nobody, { .hook = PACKET_FORWARD, .state = PACKET_INVALID, .from = ADDRESS(10, 4, 0, 10), .to = ADDRESS(10, 1, 0, 10), .protocol = 132 }, "eth4", "eth1" },
		{ LAW_lgwan_never_reaches_internet, { .hook = PACKET_FORWARD, .from = ADDRESS(10, 2, 0, 10), .to = ADDRESS(203, 0, 113, 11), .protocol = 6, .to_port = 443 }, "eth2", "eth3" },
		{ LAW_internet_enters_only_by_the_gate, { .hook = PACKET_FORWARD, .from = ADDRESS(203, 0, 113, 10), .to = ADDRESS(10, 4, 0, 10), .protocol = 6, .to_port = 443 }, "eth3", "eth4" },
		{ LAW_no_host_in_two_zones, { .hook = PACKET_INPUT, .from = ADDRESS(10, 3, 0, 10), .to = ADDRESS(10, 2, 0, 1), .protocol = 6, .to_port = 443 }, "eth2", "" },
		{ LAW_every_exception_has_owner_and_expiry, { .hook = PACKET_INPUT, .from = ADDRESS(10, 2, 0, 10), .to = ADDRESS(10, 2, 0, 1), .protocol = 6, .to_port = 22 }, "eth2", "" },
		{ LAW_every_exception_has_owner_and_expiry, { .hook = PACKET_OUTPUT, .from = ADDRESS(10, 3, 0, 1), .to = ADDRESS(8, 8, 8, 8), .protocol = 17, .to_port = 53 }, "", "eth3" },
		{ LAW_gate_is_no_router, { .hook = PACKET_FORWARD, .from = ADDRESS(10, 4, 0, 10), .to = ADDRESS(10, 2, 0, 1), .protocol = 6, .to_port = 443 }, "eth4", "eth2" },
		{ LAW_gate_is_no_router, { .hook = PACKET_INPUT, .from = ADDRESS(10, 2, 0, 10), .to = ADDRESS(10, 3, 0, 1), .protocol = 6, .to_port = 443 }, "eth2", "" },
		{ LAW_gate_is_no_router, { .hook = PACKET_OUTPUT, .from = ADDRESS(10, 2, 0, 1), .to = ADDRESS(10, 4, 0, 10), .protocol = 6, .to_port = 443 }, "", "eth4" },
		{ LAW_never_is_never, { .hook = PACKET_FORWARD, .from = ADDRESS(10, 4, 0, 10), .to = ADDRESS(10, 2, 0, 10), .protocol = 6, .to_port = 443 }, "eth4", "eth2" },
	};
	ARENA(a) = arena_new(0);
	bool met[LAW_COUNT] = { false };

	begin(a);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct packet p = rows[i].packet;
		struct buf told = buf_in(a, 0);
		struct law_breach breach;
		struct err err;
		bool broken;
		p.in = packet_space_index(ground.space, (struct text){ rows[i].in, strlen(rows[i].in) });
		p.out = packet_space_index(ground.space, (struct text){ rows[i].out, strlen(rows[i].out) });
		struct packet_set one = packet_set_of(ground.space, &p);
		assert_false(packet_set_is_empty(ground.space, one));
		met[rows[i].law] = true;
		assert_int_equal(law_forbidden(&ground, laws[rows[i].law].rule, one).node, one.node);
		CHECK_OK(laws_ask(&ground, packet_set_or(ground.space, model.accepted, one), &breach, &broken, &err));
		assert_true(broken && breach.has_packet && !breach.way);
		assert_true(packet_set_has(ground.space, one, &breach.packet));
		law_breach_tell(&told, &ground, &breach, true);
		assert_non_null(strstr(buf_string(&told), breach.law->ja));
	}
	for (size_t i = 0; i < LAW_COUNT; i++)
		assert_true(met[i]);
}

TEST(a_full_space_decides_nothing)
{
	ARENA(a) = arena_new(0);
	unsigned full = 0;
	bool done = false;

	begin(a);
	for (uint32_t nodes = 300; !done; nodes += 100) {
		struct zones_model small;
		struct packet_space *space;
		struct law_breach breach;
		struct text *names;
		struct err err = { 0 };
		size_t count;
		bool broken = false;
		zones_interfaces(a, ground.policy, &names, &count);
		bool made = packet_space_new(a, names, count, nodes, &space, &err) == 0 && zones_model_make(a, space, ground.policy, ground.ways->now, true, &small, &err) == 0;
		struct law_ground on = { a, space, ground.policy, &small.ways };
		done = made && laws_ask(&on, small.accepted, &breach, &broken, &err) == 0;
		full += !done;
		assert_true(done || err.code == ERR_LIMIT);
		assert_false(broken);
	}
	assert_true(full > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_text_keeps_every_law),
		cmocka_unit_test(each_law_forbids_what_a_foreign_rule_lets_through),
		cmocka_unit_test(a_full_space_decides_nothing),
	};
	return RUN_TESTS(tests);
}
