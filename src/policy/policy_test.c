/* 庁内のきまり — tests of what case folders cannot say: the printer and the parser agree on anything, and nothing leaves the folder. */
#include "base/calendar.h"
#include "base/check.h"
#include "base/file.h"
#include "policy/policy.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fixed sequence, so that a failure comes again. */
static uint32_t chance_state;
static unsigned chance(unsigned below)
{
	chance_state = chance_state * 1664525 + 1013904223;
	return (chance_state >> 8) % below;
}

static struct text any_string(struct arena *a)
{
	static const char *const pieces[] = { "紺碧市", "\\", "\"", " ", "第1号", "#", "{", "}", "a", "ｱ", "𠮷", "net" };
	struct buf b = buf_in(a, 0);

	for (unsigned n = 1 + chance(6); n; n--)
		buf_str(&b, pieces[chance(COUNT(pieces))]);
	return (struct text){ buf_string(&b), b.n };
}

static struct text any_name(struct arena *a, unsigned i)
{
	const char *s = arena_printf(a, "%c%s%u", (char)('a' + chance(26)), chance(2) ? "-x" : "", i);
	return (struct text){ s, strlen(s) };
}

static void any_zone(struct arena *a, struct policy_zone *z, unsigned i)
{
	*z = (struct policy_zone){ .name = any_name(a, i), .label = any_string(a) };
	z->net_count = chance(4), z->interface_count = chance(3);
	z->nets = arena_new_array(a, struct policy_net, z->net_count);
	z->interfaces = arena_new_array(a, struct policy_interface, z->interface_count);
	for (unsigned k = 0; k < z->net_count; k++) {
		struct policy_net *n = &z->nets[k];
		n->v6 = chance(2); /* one /16 or /64 per zone and net: they never overlap */
		n->address[0] = n->v6 ? 0xfd : 10;
		n->address[1] = (uint8_t)(i * 8 + k);
		n->prefix = n->v6 ? 16 + chance(100) : 16;
	}
	for (unsigned k = 0; k < z->interface_count; k++) {
		const char *s = arena_printf(a, "eth%u.%u", i, k);
		z->interfaces[k].name = (struct text){ s, strlen(s) };
	}
}

static struct policy_name name_of(struct text name)
{
	return (struct policy_name){ .name = name };
}

/* Machines, groups, services, what is allowed and what never: of zones that have an IPv4 network and an interface. */
static void any_allows(struct arena *a, struct policy *p)
{
	for (unsigned i = 0; i < 2; i++) {
		struct policy_zone *z = &p->zones[i];
		if (z->net_count == 0 || z->interface_count == 0 || z->nets[0].v6)
			return;
	}
	p->has_gate = true, p->gate = (struct policy_gate){ .label = any_string(a), .addresses = arena_new_array(a, struct policy_net, 2), .address_count = 2 };
	p->host_count = p->group_count = 2;
	p->hosts = arena_new_array(a, struct policy_host, 2), p->groups = arena_new_array(a, struct policy_group, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct policy_net *address = arena_new_array(a, struct policy_net, 1);
		p->gate.addresses[i] = *address = p->zones[i].nets[0];
		p->gate.addresses[i].address[3] = 1, address->address[3] = 9;
		p->gate.addresses[i].prefix = address->prefix = 32;
		p->hosts[i] = (struct policy_host){ any_name(a, 20 + i), any_string(a), name_of(p->zones[i].name), address, 1, { NULL } };
		p->groups[i] = (struct policy_group){ .name = any_name(a, 30 + i), .label = any_string(a), .zone = name_of(p->zones[i].name) };
		p->groups[i].hosts = arena_new_array(a, struct policy_name, 1), p->groups[i].host_count = 1;
		p->groups[i].hosts[0] = name_of(p->hosts[i].name);
	}
	p->service_count = 1 + chance(3), p->services = arena_new_array(a, struct policy_service, p->service_count);
	for (unsigned i = 0; i < p->service_count; i++) {
		struct policy_service *s = &p->services[i];
		*s = (struct policy_service){ .name = any_name(a, 40 + i), .label = any_string(a), .ports_count = 1 + chance(3) };
		s->ports = arena_new_array(a, struct policy_ports, s->ports_count);
		for (unsigned k = 0; k < s->ports_count; k++)
			s->ports[k] = (struct policy_ports){ chance(2), (uint16_t)(100 * k + 1 + chance(50)), (uint16_t)(100 * k + 60 + chance(40)), { NULL } };
	}
	p->allow_count = chance(4), p->allows = arena_new_array(a, struct policy_allow, p->allow_count);
	for (unsigned i = 0; i < p->allow_count; i++) {
		struct policy_allow *w = &p->allows[i];
		*w = (struct policy_allow){ .id = any_name(a, 50 + i), .owner = any_string(a), .reason = any_string(a), .basis = chance(2) ? any_string(a) : TEXT(""), .party = TEXT("") };
		w->from = name_of(chance(2) ? p->hosts[0].name : p->groups[0].name), w->to = name_of(chance(2) ? p->hosts[1].name : p->groups[1].name);
		w->via_gate = chance(4) == 0;
		if (!w->via_gate && chance(3) == 0)
			w->to = name_of(TEXT("gate"));
		w->services = arena_new_array(a, struct policy_name, p->service_count), w->service_count = 1 + chance((unsigned)p->service_count);
		for (unsigned k = 0; k < w->service_count; k++)
			w->services[k] = name_of(p->services[k].name);
		w->log = chance(2), w->rate = chance(3) ? 0 : 1 + chance(POLICY_RATE_MOST), w->per = (enum policy_per)chance(3);
		w->has_window = chance(2), w->window_from = chance(700), w->window_to = 701 + chance(740);
		w->window_days = (const unsigned[]){ POLICY_WEEKDAYS, POLICY_WEEKENDS, POLICY_EVERY_DAY }[chance(3)];
		if (chance(2))
			w->specific = true, w->party = any_string(a), w->basis = any_string(a);
		w->expires = 1700000000 / 86400 * 86400 - 9 * 3600 + (int64_t)chance(2000) * 86400;
	}
	p->never_count = chance(3), p->nevers = arena_new_array(a, struct policy_never, p->never_count);
	for (unsigned i = 0; i < p->never_count; i++)
		p->nevers[i] = (struct policy_never){ .id = any_name(a, 60 + i), .from = name_of(p->zones[0].name), .to = name_of(chance(2) ? p->hosts[1].name : TEXT("gate")),
						      .owner = chance(2) ? any_string(a) : TEXT(""), .reason = chance(2) ? any_string(a) : TEXT("") };
}

static struct policy *any_policy(struct arena *a)
{
	struct policy *p = arena_alloc(a, sizeof *p);

	p->has_city = p->default_deny = true;
	p->city = (struct policy_city){ .name = any_string(a), .code = TEXT("990019"), .site = any_name(a, 7), .fiscal_month = 1 + chance(12) };
	p->zone_count = 2 + chance(5);
	p->zones = arena_new_array(a, struct policy_zone, p->zone_count);
	for (unsigned i = 0; i < p->zone_count; i++)
		any_zone(a, &p->zones[i], i);
	p->has_model = chance(2), p->model = p->has_model ? (enum policy_model_kind)chance(4) : POLICY_ALPHA;
	p->zones[chance((unsigned)p->zone_count)].world = chance(2);
	any_allows(a, p);
	p->carry_count = chance(2);
	p->carries = arena_new_array(a, struct policy_carry, 1);
	p->carries[0] = (struct policy_carry){ .from = p->zones[0].name, .to = p->zones[1].name, .sanitize = true, .keep_days = 1 + chance(31),
							 .refused_days = chance(32) };
	p->carries[0].limit_bytes = (uint64_t)(1 + chance(chance(2) ? 8 : 1000)) << (chance(2) ? 10 : 20);
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		unsigned method = chance(METHOD_COUNT * 3);
		if (method < METHOD_COUNT && rules_offers(i, (enum method)method))
			p->carries[0].rules.methods[i] = (uint8_t)method;
	}
	p->carries[0].rules.removes = (uint8_t)chance(1 << FEATURE_COUNT);
	p->carries[0].rules.scan = (uint8_t)chance(SCAN_REQUIRED + 1);
	p->carries[0].owner = chance(2) ? any_string(a) : TEXT("");
	p->carries[0].reason = chance(2) ? any_string(a) : TEXT("");
	return p;
}

TEST(what_is_printed_says_the_same_when_read)
{
	for (chance_state = 1; chance_state < 2000;) {
		uint32_t seed = chance_state;
		ARENA(a) = arena_new(0);
		const struct policy *first, *second;
		struct err err;

		/* The first reading brings everything into canonical order; then nothing may change any more. */
		struct text text = policy_text_of(a, any_policy(a));
		CHECK_OK(policy_of_text(a, "any", bytes_of_text(text), &first, NULL, &err));
		struct text canonical = policy_text_of(a, first);
		CHECK_OK(policy_of_text(a, "any", bytes_of_text(canonical), &second, NULL, &err));
		assert_true(policy_equal(first, second));
		assert_string_equal(policy_text_of(a, second).p, canonical.p);
		chance_state = seed + 1;
	}
}

TEST(policies_that_differ_in_one_thing_are_not_equal)
{
	ARENA(a) = arena_new(0);
	static const char base[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\nzone a \"A\" { net 10.1.0.0/16 on eth1 }\nzone b \"B\"\n"
				   "zone d \"D\" { net 10.4.0.0/16 on eth4 }\ngate \"関\" { address 10.1.0.1 }\nhost h \"機\" in a { address 10.1.0.9 }\n"
				   "group g \"組\" in a { host h net 10.1.5.0/24 }\nservice s \"種\" { tcp 443 udp 53-54 icmp echo-request }\nservice t \"別\" { tcp 1 }\n"
				   "allow x from g to d service s { owner \"丁\" reason \"戊\" expires 2027-03-31 }\nnever y from d to a { reason \"己\" }\n"
				   "carry file from a to b sanitize approve by manager keep 7 days limit 200 MB { owner \"甲\" reason \"乙\" }\n";
	const char *changes[][2] = { { "紺碧", "紺青" }, { "site konpeki", "site konpeku" }, { "10.1.0.0/16", "10.1.0.0/17" }, { "eth1", "eth2" }, { "\"B\"", "\"C\"" },
				     { "keep 7", "keep 8" }, { "200 MB", "201 MB" }, { "甲", "丙" }, { "乙", "丙" }, { "from a to b", "from b to a" },
				     { "200 MB", "200 MB links remove" }, { "200 MB", "200 MB comments remove" }, { "200 MB", "200 MB tracked changes remove" },
				     { "200 MB", "200 MB metadata remove" }, { "200 MB", "200 MB format docx text" }, { "200 MB", "200 MB format zip refuse" }, { "200 MB", "200 MB scan with clamd" }, { "200 MB", "200 MB scan with clamd required" },
				     { "default deny", "default deny\nmodel alpha" }, { "on eth4", "on eth4 world" }, { "関", "門" }, { "address 10.1.0.1", "address 10.1.0.2" }, { "機", "器" },
				     { "10.1.0.9", "10.1.0.8" }, { "10.1.0.9", "10.1.0.9 address 10.1.0.8" }, { "組", "班" }, { "host h net", "net" }, { "10.1.5.0", "10.1.6.0" },
				     { "種", "類" }, { "tcp 443", "tcp 444" }, { "tcp 443", "udp 443" }, { "53-54", "53-55" }, { "icmp echo", "icmpv6 echo" }, { "icmp echo-request", "" },
				     { "from g to", "from h to" }, { "to d service", "to gate service" }, { "service s {", "service t {" }, { "service s {", "service s service t {" },
				     { "service s {", "service s log {" }, { "service s {", "service s rate 1 per second {" }, { "service s {", "service s between 01:00 and 02:00 on weekdays {" },
				     { "service s {", "service s specific communication party \"庚\" basis \"辛\" {" }, { "service s {", "service s basis \"辛\" {" }, { "丁", "壬" }, { "戊", "壬" },
				     { "2027-03-31", "2027-03-30" }, { "from d to a", "from a to d" }, { "never y", "never z" }, { "己", "壬" }, { "d to a {", "d to a service s {" },
				     { "d to a {", "d to a { owner \"癸\"" },
				     { "site konpeki", "site konpeki fiscal from may" }, { "zone b \"B\"", "zone b \"B\"\nzone c \"C\"" } };
	const struct policy *first, *other;
	struct err err;

	CHECK_OK(policy_of_text(a, "base", bytes_of(base, strlen(base)), &first, NULL, &err));
	for (size_t i = 0; i < COUNT(changes); i++) {
		const char *at = strstr(base, changes[i][0]);
		assert_non_null(at);
		const char *text = arena_printf(a, "%.*s%s%s", (int)(at - base), base, changes[i][1], at + strlen(changes[i][0]));
		CHECK_OK(policy_of_text(a, "other", bytes_of(text, strlen(text)), &other, NULL, &err));
		assert_false(policy_equal(first, other));
		assert_string_not_equal(policy_text_of(a, first).p, policy_text_of(a, other).p);
	}
}

static void put(int dir, const char *path, const char *content)
{
	struct err err;

	CHECK_OK(file_replace(dir, path, bytes_of(content, strlen(content)), 0644, &err));
}

TEST(no_include_leaves_the_folder)
{
	ARENA(a) = arena_new(0);
	char outer[] = "/tmp/sekisho-policy-XXXXXX";
	const struct policy *policy = NULL;
	struct policy_fault fault;
	struct err err;

	assert_non_null(mkdtemp(outer));
	FD(top) = open(outer, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	assert_int_equal(mkdirat(top, "in", 0755), 0);
	FD(dir) = openat(top, "in", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	put(top, "secret.policy", "default deny\n");
	assert_int_equal(mkdirat(dir, "sub", 0755), 0);
	assert_int_equal(symlinkat("../secret.policy", dir, "link.policy"), 0);
	assert_int_equal(symlinkat("..", dir, "up"), 0);
	assert_int_equal(mkfifoat(dir, "pipe.policy", 0644), 0);
	const char *ways[] = { "../secret.policy", "/etc/passwd", "sub/../../secret.policy", "link.policy", "up/secret.policy", "pipe.policy", "sub", "./x", "sub//x", "absent",
			       "sub/" };
	for (size_t i = 0; i < COUNT(ways); i++) {
		put(dir, "city.policy", arena_printf(a, "city \"紺碧市\" code \"990019\" site k\ninclude \"%s\"\n", ways[i]));
		assert_int_equal(policy_load(a, dir, "city.policy", &policy, &fault, &err), -1);
		assert_int_equal(err.at, 2); /* the line */
		assert_null(policy);
		assert_int_equal(policy_load(a, dir, ways[i], &policy, &fault, &err), -1);
	}
	put(dir, "city.policy", "city \"紺碧市\" code \"990019\" site k\ninclude \"sub/default.policy\"\n");
	put(dir, "sub/default.policy", "default deny\n");
	CHECK_OK(policy_load(a, dir, "city.policy", &policy, &fault, &err));
	const char *left[] = { "city.policy", "sub/default.policy", "link.policy", "up", "pipe.policy" };
	for (size_t i = 0; i < COUNT(left); i++)
		assert_int_equal(unlinkat(dir, left[i], 0), 0);
	assert_int_equal(unlinkat(dir, "sub", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(top, "in", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(top, "secret.policy", 0), 0);
	assert_int_equal(rmdir(outer), 0);
}

TEST(a_text_in_force_includes_nothing)
{
	ARENA(a) = arena_new(0);
	const struct policy *policy;
	struct err err;

	assert_int_equal(policy_of_text(a, "force", BYTES("include \"x\"\n"), &policy, NULL, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

TEST(rules_alone_are_read_like_those_of_a_passage)
{
	ARENA(a) = arena_new(0);
	struct policy_fault fault;
	struct rules rules;
	struct err err;

	CHECK_OK(policy_rules_of_text(a, "--rules", BYTES("links remove format docx text\ntracked changes remove"), &rules, &fault, &err));
	assert_int_equal(rules.methods[FORMAT_docx], METHOD_text);
	assert_int_equal(rules.removes, 1 << FEATURE_links | 1 << FEATURE_changes);
	CHECK_OK(policy_rules_of_text(a, "--rules", BYTES(""), &rules, &fault, &err));
	assert_true(rules_equal(&rules, &(struct rules){ 0 }));
	const char *bad[] = { "links", "links remove links keep", "keep 7 days", "default deny", "format", "format docx flatten", "format docx", "{ links remove", "links remove }", "x", "scan", "scan with avast", "scan with clamd required scan with clamd" };
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(policy_rules_of_text(a, "--rules", bytes_of(bad[i], strlen(bad[i])), &rules, &fault, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

TEST(a_misspelt_kind_of_file_is_told_its_nearest)
{
	ARENA(a) = arena_new(0);
	struct policy_fault fault;
	struct rules rules;
	struct err err;

	assert_int_equal(policy_rules_of_text(a, "--rules", BYTES("format dcox text"), &rules, &fault, &err), -1);
	assert_string_equal(fault.nearest, "docx");
	assert_non_null(strstr(fault.expected_en, "txt, csv, "));
}

TEST(rules_cross_the_wire_or_are_refused)
{
	ARENA(a) = arena_new(0);
	struct rules rules = { .removes = 1 << FEATURE_comments }, other;
	struct buf b = buf_in(a, 0);

	rules.methods[FORMAT_rtf] = METHOD_text;
	rules_put(&b, &rules);
	struct cursor in = cursor_over(buf_view(&b));
	rules_take(&in, &other);
	assert_true(!in.failed && in.left == 0 && rules_equal(&rules, &other));
	for (size_t n = 0; n < b.n; n++) {
		in = cursor_over(bytes_of(b.p, n));
		rules_take(&in, &other);
		assert_true(in.failed);
	}
	const struct { size_t at; uint8_t byte; } bad[] = { { 0, FORMAT_COUNT + 1 }, { 1 + FORMAT_png, METHOD_text }, { 1 + FORMAT_docx, METHOD_COUNT }, { b.n - 2, 0x80 }, { b.n - 1, SCAN_REQUIRED + 1 } };
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t *copy = arena_copy(a, b.p, b.n);
		copy[bad[i].at] = bad[i].byte;
		in = cursor_over(bytes_of(copy, b.n));
		rules_take(&in, &other);
		assert_true(in.failed);
	}
}

TEST(limits_hold)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 0);
	const struct policy *policy;
	struct policy_fault fault;
	struct err err;

	buf_str(&b, "city \"紺碧市\" code \"990019\" site k\ndefault deny\n");
	for (unsigned i = 0; i < POLICY_ZONES_MOST; i++)
		buf_printf(&b, "zone z%u \"系\"\n", i);
	CHECK_OK(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err));
	buf_str(&b, "zone more \"系\"\n");
	assert_int_equal(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err), -1);
	b.n = 0;
	buf_str(&b, "zone a \"系\"\n");
	for (unsigned i = 0; i <= POLICY_NETS_MOST; i++)
		buf_printf(&b, "net 10.0.%u.0/24\n", i);
	assert_int_equal(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err), -1);
	assert_int_equal(err.at, POLICY_NETS_MOST + 2);
	b.n = 0;
	for (unsigned i = 0; i <= POLICY_FILE_BYTES_MOST; i++)
		buf_byte(&b, '\n');
	assert_int_equal(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err), -1);
	b.n = POLICY_LINE_BYTES_MOST + 1;
	memset(b.p, ' ', b.n);
	assert_int_equal(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err), -1);
	assert_non_null(strstr(policy_fault_text(a, &fault, false), "longer than 1000"));
}

TEST(permissions_end_on_so_many_days_and_no_more)
{
	ARENA(a) = arena_new(0);
	struct buf b = buf_in(a, 0);
	const struct policy *policy;
	struct policy_fault fault;
	struct err err;
	char day[CALENDAR_TEXT];

	buf_str(&b, "city \"紺碧市\" code \"990019\" site k\ndefault deny\nzone p \"系\" { net 10.1.0.0/16 on eth1 }\nzone q \"別の系\" { net 10.2.0.0/16 on eth2 }\nservice s \"業務\" { tcp 443 }\n");
	for (unsigned i = 0; i <= 2 * POLICY_EXPIRIES_MOST; i++) /* each day twice, and then one more */
		buf_printf(&b, "allow a%u from p to q service s { owner \"課長\" reason \"業務\" expires %s }\n", i, calendar_day_iso(1800000000 + (int64_t)(i / 2) * 86400, day));
	assert_int_equal(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err), -1);
	assert_non_null(strstr(policy_fault_text(a, &fault, true), "期限の日が多すぎます（上限 360 種類）"));
	assert_int_equal(err.at, 5 + 2 * POLICY_EXPIRIES_MOST + 1);
	while (b.p[b.n - 2] != '\n')
		b.n--;
	b.n--;
	CHECK_OK(policy_of_text(a, "x", buf_view(&b), &policy, &fault, &err_));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_says_the_same_when_read),
		cmocka_unit_test(policies_that_differ_in_one_thing_are_not_equal),
		cmocka_unit_test(no_include_leaves_the_folder),
		cmocka_unit_test(a_text_in_force_includes_nothing),
		cmocka_unit_test(rules_alone_are_read_like_those_of_a_passage),
		cmocka_unit_test(a_misspelt_kind_of_file_is_told_its_nearest),
		cmocka_unit_test(rules_cross_the_wire_or_are_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(permissions_end_on_so_many_days_and_no_more),
	};
	return RUN_TESTS(tests);
}
