/* 規則のまわりの証明 — contract in surroundings.h. The rules judge every packet that comes to them, with the interface it came by and the one it leaves by. So what
 * must hold besides is: no packet goes from zone to zone without coming to them, each interface is of one zone, and what the text lets through is sent there.
 * What the kernel says itself (redirects, errors, neighbour discovery) goes through the rules of output like everything else, and is proven there. */
#include "base/sort.h"
#include "base/text.h"
#include "zones/limits.h"
#include "zones/surroundings.h"
#include "zones/ways.h"
#include <linux/rtnetlink.h>

struct judging {
	struct arena *arena;
	const struct policy *policy;
	const struct surroundings *around;
	struct zones_ways ways;
	bool speaks[2], forwards[2]; /* the text, IPv4 and IPv6 */
	struct doubts *doubts;
};

static void say(struct judging *j, const char *where, const char *ja, const char *en)
{
	doubt_add(j->arena, j->doubts, where, ja, en);
}

static const char *label(const struct judging *j, const struct policy_zone *zone)
{
	return zone->label.n ? arena_printf(j->arena, "「%s」", zone->label.p) : zone->name.p;
}

static bool is_of(const struct policy_zone *zone, struct text name)
{
	for (size_t i = 0; i < zone->interface_count; i++)
		if (text_equal(zone->interfaces[i].name, name))
			return true;
	return false;
}

/* NULL: the text does not name it. */
static const struct policy_zone *zone_of(const struct judging *j, struct text name)
{
	for (size_t i = 0; i < j->policy->zone_count; i++)
		if (is_of(&j->policy->zones[i], name))
			return &j->policy->zones[i];
	return NULL;
}

/* ---- links ---- */

static void judge_named(struct judging *j, const struct policy_zone *zone, struct text name)
{
	static const char *const shared[] = { "macvlan", "macvtap", "ipvlan", "ipvtap" };
	const struct surroundings_link *link = surroundings_link_named(j->around, name);

	if (!link) {
		say(j, name.p, arena_printf(j->arena, "%sの接続口としてポリシー文にありますが、この機器にありません。つなぐか、ポリシー文の on を直してください。", label(j, zone)),
		    "the text names this interface, the machine has none: connect it or correct the text");
		return;
	}
	if (!link->up)
		say(j, name.p, arena_printf(j->arena, "%sの接続口が止まっています。動かしてください: ip link set %s up", label(j, zone), name.p), "this interface of a zone is down: ip link set … up");
	const struct surroundings_link *master = surroundings_link_of(j->around, link->master);
	if (master && !text_is(master->kind, "bridge"))
		say(j, name.p, arena_printf(j->arena, "系の接続口が %s（%s）の一部になっていて、通信が文にない口から来ます。外してください: ip link set %s nomaster", master->name.p, master->kind.p, name.p),
		    arena_printf(j->arena, "the interface is part of %s (%s), so packets come by one that the text does not name", master->name.p, master->kind.p));
	for (size_t i = 0; i < COUNT(shared); i++)
		if (text_is(link->kind, shared[i]))
			say(j, name.p, arena_printf(j->arena, "ほかの口と機器を分け合う接続口（%s）です。分け合う口どうしの通信は規則を通りません。専用の口にしてください。", link->kind.p),
			    "the interface shares its device with others, and what goes between them does not come to the rules");
}

/* Ports of a bridge talk to each other without the rules of forwarding. The bridge itself may be a zone's interface, its ports then carry that zone alone. */
static void judge_bridge(struct judging *j, const struct surroundings_link *bridge)
{
	const struct policy_zone *zone = zone_of(j, bridge->name);
	const char *first = bridge->name.p;

	for (size_t i = 0; i < j->around->link_count; i++) {
		const struct surroundings_link *port = &j->around->links[i];
		const struct policy_zone *other = port->master == bridge->index ? zone_of(j, port->name) : NULL;
		if (!other)
			continue;
		if (zone && zone != other)
			say(j, bridge->name.p,
			    arena_printf(j->arena, "この橋が%s（%s）と%s（%s）をつないでいます。橋の中の通信は規則を通りません。外してください: ip link set %s nomaster", label(j, zone), first, label(j, other),
					 port->name.p, port->name.p),
			    arena_printf(j->arena, "this bridge joins zones %s (%s) and %s (%s): what goes over it does not come to the rules; ip link set %s nomaster", zone->name.p, first, other->name.p,
					 port->name.p, port->name.p));
		else
			say(j, port->name.p,
			    arena_printf(j->arena, "系の接続口が橋 %s の一部になっていて、通信が文にない口から来ます。外すか、ポリシー文に %s を書いてください: ip link set %s nomaster", bridge->name.p, bridge->name.p,
					 port->name.p),
			    arena_printf(j->arena, "the interface is a port of the bridge %s: take it out, or name the bridge in the text", bridge->name.p));
		zone = zone ? zone : other, first = zone == other && first == bridge->name.p ? port->name.p : first;
	}
}

/* Below an interface of the text: a port of its bridge or bond, the device of its VLAN. It carries what the text knows under the other name. */
static bool is_below_named(const struct judging *j, const struct surroundings_link *link)
{
	const struct surroundings_link *master = surroundings_link_of(j->around, link->master);

	if (master && zone_of(j, master->name))
		return true;
	for (size_t i = 0; i < j->around->link_count; i++)
		if (j->around->links[i].lower == link->index && text_is(j->around->links[i].kind, "vlan") && zone_of(j, j->around->links[i].name))
			return true;
	return false;
}

static void judge_beside(struct judging *j, const struct surroundings_link *link)
{
	if (link->has_xdp)
		say(j, link->name.p, arena_printf(j->arena, "規則より先に通信を扱うプログラム（XDP）が付いています。外してください: ip link set dev %s xdp off", link->name.p),
		    "a program (XDP) handles packets before the rules do: ip link set dev … xdp off");
	if (link->filters)
		say(j, link->name.p, arena_printf(j->arena, "規則の外で通信を扱うフィルター（tc）が %u 件付いています。見るには: tc filter show dev %s。外してください: tc qdisc del dev %s clsact", link->filters, link->name.p, link->name.p),
		    "filters of traffic control handle packets beside the rules: tc filter show dev …");
}

static void judge_links(struct judging *j)
{
	for (size_t i = 0; i < j->policy->zone_count; i++)
		for (size_t k = 0; k < j->policy->zones[i].interface_count; k++)
			judge_named(j, &j->policy->zones[i], j->policy->zones[i].interfaces[k].name);
	for (size_t i = 0; i < j->around->link_count; i++) {
		const struct surroundings_link *link = &j->around->links[i];
		judge_beside(j, link);
		if (text_is(link->kind, "bridge"))
			judge_bridge(j, link);
		if (link->up && !link->loopback && !zone_of(j, link->name) && !is_below_named(j, link))
			say(j, link->name.p,
			    arena_printf(j->arena, "どの系のものでもない接続口が動いています。使わないなら止め、使うならポリシー文の系に書いてください: ip link set %s down", link->name.p),
			    arena_printf(j->arena, "an interface that the text gives to no zone is up: name it in the text, or ip link set %s down", link->name.p));
	}
}

/* ---- routing rules ---- */

struct usual {
	unsigned priority, table;
};
static const struct usual usual[] = { { 0, RT_TABLE_LOCAL }, { 32766, RT_TABLE_MAIN }, { 32767, RT_TABLE_DEFAULT } };

static bool is_usual(const struct surroundings_rule *rule)
{
	for (size_t i = 0; i < COUNT(usual); i++)
		if (rule->priority == usual[i].priority && rule->table == usual[i].table)
			return true;
	return false;
}

static void judge_rules(struct judging *j, bool v6)
{
	bool found[COUNT(usual)] = { false };

	for (size_t i = 0; i < j->around->rule_count; i++) {
		const struct surroundings_rule *rule = &j->around->rules[i];
		if (rule->v6 != v6)
			continue;
		for (size_t k = 0; k < COUNT(usual); k++)
			found[k] |= rule->priority == usual[k].priority && rule->table == usual[k].table;
		if (!is_usual(rule))
			say(j, arena_printf(j->arena, "ip -%c rule %u", v6 ? '6' : '4', rule->priority),
			    arena_printf(j->arena, "行き先を別に決める経路の規則があります。消してください: ip -%c rule del pref %u", v6 ? '6' : '4', rule->priority),
			    arena_printf(j->arena, "a routing rule sends packets another way: ip -%c rule del pref %u", v6 ? '6' : '4', rule->priority));
	}
	for (size_t k = 0; k < COUNT(usual) - 1; k++)
		if (!found[k])
			say(j, arena_printf(j->arena, "ip -%c rule %u", v6 ? '6' : '4', usual[k].priority),
			    arena_printf(j->arena, "ふつうの経路の規則がありません。戻してください: ip -%c rule add pref %u lookup %u", v6 ? '6' : '4', usual[k].priority, usual[k].table),
			    arena_printf(j->arena, "the usual routing rule is missing: ip -%c rule add pref %u lookup %u", v6 ? '6' : '4', usual[k].priority, usual[k].table));
}

/* ---- routes ---- */

static struct packet_range route_range(const struct surroundings_route *route)
{
	packet_number low = zones_number(route->v6, route->to), most = route->v6 ? ~(packet_number)0 : UINT32_MAX;
	packet_number behind = route->length == 0 ? most : ((packet_number)1 << ((route->v6 ? 128 : 32) - route->length)) - 1;

	return (struct packet_range){ low & ~behind & most, (low & ~behind & most) + behind };
}

static unsigned table_rank(unsigned table)
{
	return table == RT_TABLE_LOCAL ? 0 : table == RT_TABLE_MAIN ? 1 : table == RT_TABLE_DEFAULT ? 2 : 3;
}

/* As the kernel looks: table after table, the longest prefix first. */
static int route_order(const void *a, const void *b)
{
	const struct surroundings_route *x = a, *y = b;

	if (table_rank(x->table) != table_rank(y->table))
		return table_rank(x->table) < table_rank(y->table) ? -1 : 1;
	if (x->length != y->length)
		return x->length > y->length ? -1 : 1;
	int d = memcmp(x->to, y->to, 16);
	return d ? d : x->leads != y->leads ? (x->leads < y->leads ? -1 : 1) : (x->out > y->out) - (x->out < y->out);
}

static const char *range_told(const struct judging *j, bool v6, struct packet_range range)
{
	struct buf out = buf_in(j->arena, 0);

	packet_range_print(&out, v6 ? PACKET_TO6 : PACKET_TO4, range);
	return buf_string(&out);
}

static bool has_nets(const struct policy_zone *zone, bool v6)
{
	for (size_t i = 0; i < zone->net_count; i++)
		if (zone->nets[i].v6 == v6)
			return true;
	return false;
}

static void no_route(struct judging *j, const struct policy_zone *zone, bool v6, struct packet_range range)
{
	const char *told = range_told(j, v6, range);

	if (!has_nets(zone, v6)) /* the world behind a zone that does not speak IPv6 itself */
		return;
	say(j, told, arena_printf(j->arena, "%sのこのアドレスへの経路がありません。%sの接続口にアドレスを付けるか、経路を書いてください。", label(j, zone), label(j, zone)),
	    arena_printf(j->arena, "there is no route to these addresses of zone %s", zone->name.p));
}

/* What of a zone this route decides. true: it stops there. */
static void judge_piece(struct judging *j, const struct policy_zone *zone, const struct surroundings_route *route, struct packet_range range)
{
	const struct surroundings_link *out = surroundings_link_of(j->around, route->out);
	const char *told = range_told(j, route->v6, range);

	if (route->odd || route->leads == LEADS_UNKNOWN)
		say(j, told, arena_printf(j->arena, "%sへの経路が、宛先のほかにもよるか、包み直して送る特別なものです。ふつうの経路に直してください。", label(j, zone)),
		    arena_printf(j->arena, "the route to zone %s is not by destination alone, or wraps packets", zone->name.p));
	else if (route->leads == LEADS_NOWHERE)
		no_route(j, zone, route->v6, range);
	else if (route->leads == LEADS_OUT && (!out || !is_of(zone, out->name)))
		say(j, told,
		    arena_printf(j->arena, "%sへの通信が、この系のものでない接続口 %s へ送られます。経路を直してください。見るには: ip route get %s", label(j, zone), out ? out->name.p : "?",
				 range_told(j, route->v6, (struct packet_range){ range.low, range.low })),
		    arena_printf(j->arena, "packets to zone %s are sent out of %s, which is not its interface", zone->name.p, out ? out->name.p : "?"));
}

static bool same_target(const struct surroundings_route *a, const struct surroundings_route *b)
{
	return a->table == b->table && a->length == b->length && memcmp(a->to, b->to, 16) == 0;
}

/* Routes of one family in order. Every address of the zone goes where its route says. Of several routes to the same target any may come to be used. */
static void judge_zone(struct judging *j, const struct policy_zone *zone, bool v6, const struct surroundings_route *routes, size_t count)
{
	struct zones_ranges left = j->ways.zones[v6][zones_zone_index(j->policy, zone)];

	for (size_t i = 0, end; i < count && left.count; i = end) {
		struct packet_range range = route_range(&routes[i]);
		struct zones_ranges target = { &range, 1 }, rest = zones_ranges_minus(j->arena, &left, &target);
		for (end = i + 1; end < count && same_target(&routes[i], &routes[end]);)
			end++;
		struct zones_ranges decided = zones_ranges_minus(j->arena, &left, &rest);
		if (decided.count == 0 || routes[i].leads == LEADS_TO_ALL)
			continue;
		for (size_t k = i; k < end; k++)
			judge_piece(j, zone, &routes[k], decided.list[0]);
		left = rest;
	}
	if (left.count)
		no_route(j, zone, v6, left.list[0]);
}

/* ---- the machine's own addresses ---- */

static bool is_plain_own(bool v6, struct packet_range range)
{
	const packet_number link_local = (packet_number)0xfe80 << 112;

	return v6 ? (range.low == 1 && range.high == 1) || (range.low >= link_local && range.high < link_local + ((packet_number)1 << 118)) : range.low >> 24 == 127 && range.high >> 24 == 127;
}

static void judge_own(struct judging *j, bool v6, const struct surroundings_route *routes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct packet_range range = route_range(&routes[i]);
		const struct surroundings_link *link = surroundings_link_of(j->around, routes[i].out);
		bool known = is_plain_own(v6, range);
		for (size_t k = 0; k < j->policy->gate.address_count; k++)
			known |= j->policy->gate.addresses[k].v6 == v6 && range.low == range.high && range.low == zones_number(v6, j->policy->gate.addresses[k].address);
		if (routes[i].leads == LEADS_HERE && !known)
			say(j, range_told(j, v6, range),
			    arena_printf(j->arena, "ポリシー文の「関所」にないアドレスを、この機器が持っています。消すか、ポリシー文に書いてください: ip address del %s dev %s", range_told(j, v6, range), link ? link->name.p : "?"),
			    "the machine has an address that the text does not give to the gate");
	}
	for (size_t k = 0; k < j->policy->gate.address_count; k++) {
		const struct policy_net *address = &j->policy->gate.addresses[k];
		const struct policy_zone *zone = policy_zone_around(j->policy, address);
		const struct surroundings_link *link = NULL;
		bool found = false;
		for (size_t i = 0; address->v6 == v6 && i < count; i++) {
			struct packet_range range = route_range(&routes[i]);
			if (routes[i].leads == LEADS_HERE && range.low == range.high && range.low == zones_number(v6, address->address))
				found = true, link = surroundings_link_of(j->around, routes[i].out);
		}
		if (address->v6 == v6 && !found)
			say(j, policy_address_text(j->arena, address), "ポリシー文が「関所」に与えたアドレスを、この機器が持っていません。接続口に付けるか、ポリシー文を直してください。",
			    "the text gives this address to the gate, the machine does not have it");
		else if (found && link && zone && zone_of(j, link->name) && zone_of(j, link->name) != zone)
			say(j, policy_address_text(j->arena, address), arena_printf(j->arena, "%sの中の関所のアドレスが、ほかの系の接続口 %s に付いています。付け替えてください。", label(j, zone), link->name.p),
			    arena_printf(j->arena, "an address of the gate in zone %s is on %s, an interface of another", zone->name.p, link->name.p));
	}
}

static void judge_routes(struct judging *j, bool v6)
{
	struct surroundings_route *routes = arena_new_array(j->arena, struct surroundings_route, j->around->route_count);
	size_t count = 0, own = 0;

	for (size_t i = 0; i < j->around->route_count; i++)
		if (j->around->routes[i].v6 == v6 && table_rank(j->around->routes[i].table) < 3) /* the usual rules look nowhere else */
			routes[count++] = j->around->routes[i];
	sort_items(routes, count, sizeof *routes, route_order);
	while (own < count && routes[own].table == RT_TABLE_LOCAL)
		own++;
	judge_own(j, v6, routes, count);
	for (size_t i = 0; i < j->policy->zone_count; i++)
		judge_zone(j, &j->policy->zones[i], v6, routes + own, count - own);
}

/* ---- settings ---- */

static struct text setting(const struct judging *j, const char *name)
{
	for (size_t i = 0; i < j->around->setting_count; i++)
		if (text_is(j->around->settings[i].name, name))
			return j->around->settings[i].value;
	return TEXT("");
}

static bool says(const struct judging *j, const char *name, const char *value)
{
	return text_is(setting(j, name), value);
}

static bool is_on(const struct judging *j, const char *name)
{
	struct text value = setting(j, name);

	return value.n > 0 && !text_is(value, "0") && value.p[0] != '-';
}

static const char *of_link(const struct judging *j, bool v6, const char *link, const char *name)
{
	return arena_printf(j->arena, "net/ipv%c/conf/%s/%s", v6 ? '6' : '4', link, name);
}

static void set_it(struct judging *j, const char *name, const char *ja, const char *en, const char *value)
{
	say(j, name, arena_printf(j->arena, "%s直してください: sysctl -w %s=%s", ja, name, value), arena_printf(j->arena, "%s: sysctl -w %s=%s", en, name, value));
}

/* Each in force if it is set for the interface or for all. */
static const char *const either4[] = { "proxy_arp", "proxy_arp_pvlan", "route_localnet" };

/* Of one interface of the text. How a setting of all and one of the interface go together is the kernel's: some hold where either says so, some where both do. */
static void judge_link_settings(struct judging *j, const struct policy_zone *zone, const char *link)
{
	static const char *const both4[] = { "accept_redirects", "accept_source_route" };

	for (unsigned v6 = 0; v6 < 2; v6++)
		if (j->forwards[v6] && says(j, of_link(j, v6, link, "forwarding"), "0"))
			set_it(j, of_link(j, v6, link, "forwarding"), "文が許す通信も、この接続口から先へ送られません。", "what the text allows is not sent on from this interface", "1");
	for (size_t i = 0; i < COUNT(either4); i++)
		if (is_on(j, of_link(j, false, link, either4[i])))
			set_it(j, of_link(j, false, link, either4[i]), "系の区別をあいまいにする設定です。", "a setting that blurs the zones", "0");
	for (size_t i = 0; i < COUNT(both4); i++)
		if (is_on(j, of_link(j, false, link, both4[i])) && is_on(j, of_link(j, false, "all", both4[i])))
			set_it(j, of_link(j, false, "all", both4[i]), "通り道を外から変えられる設定です。", "a setting that lets others change routes", "0");
	if (zone->interface_count > 1 && (says(j, of_link(j, false, link, "rp_filter"), "1") || says(j, of_link(j, false, "all", "rp_filter"), "1")) &&
	    !says(j, of_link(j, false, link, "rp_filter"), "2") && !says(j, of_link(j, false, "all", "rp_filter"), "2"))
		set_it(j, of_link(j, false, link, "rp_filter"), "系の接続口が二つ以上あるとき、文が許す通信まで止めることがあります。", "with several interfaces of a zone it may stop what the text allows", "2");
	if (!j->speaks[1])
		return;
	bool router = says(j, of_link(j, true, link, "forwarding"), "1");
	struct text ra = setting(j, of_link(j, true, link, "accept_ra"));
	if (text_is(ra, "2") || (text_is(ra, "1") && !router))
		set_it(j, of_link(j, true, link, "accept_ra"), "通り道を外から変えられる設定です。", "a setting that lets others change routes", "0");
	if (is_on(j, of_link(j, true, link, "accept_redirects")) && !router)
		set_it(j, of_link(j, true, link, "accept_redirects"), "通り道を外から変えられる設定です。", "a setting that lets others change routes", "0");
	if (is_on(j, of_link(j, true, link, "accept_source_route")) && is_on(j, of_link(j, true, "all", "accept_source_route")))
		set_it(j, of_link(j, true, "all", "accept_source_route"), "通り道を送り手が選べる設定です。", "a setting that lets senders choose routes", "0");
	if (is_on(j, of_link(j, true, link, "seg6_enabled")) && is_on(j, of_link(j, true, "all", "seg6_enabled")))
		set_it(j, of_link(j, true, "all", "seg6_enabled"), "通り道を送り手が選べる設定です。", "a setting that lets senders choose routes", "0");
	if (is_on(j, of_link(j, true, link, "proxy_ndp")))
		set_it(j, of_link(j, true, link, "proxy_ndp"), "系の区別をあいまいにする設定です。", "a setting that blurs the zones", "0");
}

/* Settings of all interfaces that hold for each of them whatever it says itself. */
static void judge_common_settings(struct judging *j)
{
	if (j->forwards[0] && says(j, "net/ipv4/ip_forward", "0"))
		set_it(j, "net/ipv4/ip_forward", "文が許す通信も、系から系へ送られません。", "what the text allows is not sent from zone to zone", "1");
	if (j->forwards[1] && says(j, "net/ipv6/conf/all/forwarding", "0"))
		set_it(j, "net/ipv6/conf/all/forwarding", "文が許す通信も、系から系へ送られません。", "what the text allows is not sent from zone to zone", "1");
	for (size_t i = 0; i < COUNT(either4); i++)
		if (is_on(j, of_link(j, false, "all", either4[i])))
			set_it(j, of_link(j, false, "all", either4[i]), "系の区別をあいまいにする設定です。", "a setting that blurs the zones", "0");
	if (j->speaks[1] && is_on(j, "net/ipv6/conf/all/proxy_ndp"))
		set_it(j, "net/ipv6/conf/all/proxy_ndp", "系の区別をあいまいにする設定です。", "a setting that blurs the zones", "0");
	if (is_on(j, "net/mpls/platform_labels"))
		set_it(j, "net/mpls/platform_labels", "規則を通らない転送（MPLS）が使えます。", "packets may be sent on by label (MPLS), past the rules", "0");
}

static void judge_tables(struct judging *j, const char *name, const char *program)
{
	struct text tables = setting(j, name);

	if (text_is(tables, "-"))
		return;
	if (text_is(tables, "?") || tables.n == 0)
		say(j, name, "古い方式（iptables-legacy）の表があるかを確かめられません。root で確かめてください: sekisho zones prove", "whether there are tables of iptables-legacy cannot be seen: ask as root");
	else
		say(j, name,
		    arena_printf(j->arena, "古い方式（iptables-legacy）の表（%s）があり、nftに見えない規則が通信を扱います。消して、機器を起動し直してください: %s -F", tables.p, program),
		    arena_printf(j->arena, "tables of iptables-legacy (%s) handle packets where nft does not see them: %s -F, then start the machine anew", tables.p, program));
}

static void judge_settings(struct judging *j)
{
	judge_common_settings(j);
	judge_tables(j, "ip_tables", "iptables-legacy");
	judge_tables(j, "ip6_tables", "ip6tables-legacy");
	for (size_t i = 0; i < j->policy->zone_count; i++)
		for (size_t k = 0; k < j->policy->zones[i].interface_count; k++)
			judge_link_settings(j, &j->policy->zones[i], j->policy->zones[i].interfaces[k].name.p);
	for (size_t i = 0; i < j->around->setting_count; i++) {
		struct text name = j->around->settings[i].name, value = j->around->settings[i].value;
		if (name.n < 4 || memcmp(name.p, "tcx/", 4) != 0 || text_is(value, "0"))
			continue;
		say(j, name.p + 4,
		    text_is(value, "?") ? "規則の外で通信を扱うプログラム（tcのBPF）があるかを確かめられません。root で確かめてください: sekisho zones prove"
					: "規則の外で通信を扱うプログラム（tcのBPF）が付いています。付けたものを止めるか、機器を起動し直してください。",
		    text_is(value, "?") ? "whether programs of traffic control (BPF) handle packets cannot be seen: ask as root" : "a program of traffic control (BPF) handles packets beside the rules");
	}
}

/* ---- the whole ---- */

void prove_surroundings(struct arena *arena, const struct policy *policy, int64_t now, const struct surroundings *around, struct doubts *out)
{
	struct judging j = { .arena = arena, .policy = policy, .around = around, .doubts = out };

	zones_ways_make(arena, policy, now, true, &j.ways);
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].net_count; k++)
			j.speaks[policy->zones[i].nets[k].v6] = true;
	for (size_t i = 0; i < j.ways.count; i++)
		for (unsigned v6 = 0; v6 < 2; v6++)
			j.forwards[v6] |= j.ways.list[i].hook == PACKET_FORWARD && j.ways.list[i].from_ranges[v6].count && j.ways.list[i].to_ranges[v6].count;
	judge_links(&j);
	for (unsigned v6 = 0; v6 < 2; v6++)
		if (j.speaks[v6]) { /* of a family that the text does not speak, the rules let nothing through */
			judge_rules(&j, v6);
			judge_routes(&j, v6);
		}
	judge_settings(&j);
}
