/* 規則のまわり — contract in surroundings.h: what the kernel told, read. Foreign bytes. */
#include "base/sort.h"
#include "base/text.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include "zones/surroundings.h"
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

struct reading {
	struct arena *arena;
	struct surroundings out;
	size_t link_room, route_room, rule_room;
};

static int cut(struct err *err)
{
	return fail(err, ERR_MALFORMED, 0, "what the kernel tells of links and routes is cut short");
}

/* Room for one more, all moved when it is used up. */
static void *one_more(struct reading *r, void *list, size_t size, size_t count, size_t *room)
{
	if (count < *room)
		return list;
	*room = *room ? *room * 2 : 64;
	void *wider = arena_array(r->arena, size, *room);
	if (count)
		memcpy(wider, list, count * size);
	return wider;
}

static struct text name_of(struct reading *r, struct bytes value)
{
	const char *name = text_printable(r->arena, netlink_name(value), 64);

	return (struct text){ name, strlen(name) };
}

/* ---- links ---- */

static int read_link(struct reading *r, struct cursor *body, struct err *err)
{
	struct surroundings_link l = { .name = TEXT(""), .kind = TEXT("") };
	struct netlink_attribute a, inside;
	struct ifinfomsg head;
	bool elsewhere = false;
	const uint8_t *p = cursor_take(body, sizeof head);

	if (!p)
		return cut(err);
	memcpy(&head, p, sizeof head);
	l.index = (unsigned)head.ifi_index, l.up = head.ifi_flags & IFF_UP, l.loopback = head.ifi_flags & IFF_LOOPBACK;
	while (netlink_attribute(body, &a)) {
		struct cursor nest = cursor_over(a.value);
		if (a.type == IFLA_IFNAME)
			l.name = name_of(r, a.value);
		else if (a.type == IFLA_MASTER)
			l.master = netlink_u32(a.value);
		else if (a.type == IFLA_LINK)
			l.lower = netlink_u32(a.value);
		else if (a.type == IFLA_LINK_NETNSID)
			elsewhere = true;
		else if (a.type == IFLA_LINKINFO)
			while (netlink_attribute(&nest, &inside))
				l.kind = inside.type == IFLA_INFO_KIND ? name_of(r, inside.value) : l.kind;
		else if (a.type == IFLA_XDP)
			while (netlink_attribute(&nest, &inside))
				l.has_xdp |= inside.type == IFLA_XDP_ATTACHED && inside.value.n == 1 && inside.value.p[0] != XDP_ATTACHED_NONE;
	}
	if (body->failed || l.name.n == 0 || l.index == 0)
		return cut(err);
	if (elsewhere || l.lower == l.index)
		l.lower = 0;
	if (r->out.link_count == ZONES_INTERFACES_MOST)
		return fail(err, ERR_LIMIT, r->out.link_count, "more than %d interfaces", ZONES_INTERFACES_MOST);
	r->out.links = one_more(r, r->out.links, sizeof l, r->out.link_count, &r->link_room);
	r->out.links[r->out.link_count++] = l;
	return 0;
}

/* ---- routes ---- */

static enum surroundings_leads leads_of(unsigned type)
{
	switch (type) {
	case RTN_UNICAST: return LEADS_OUT;
	case RTN_LOCAL: return LEADS_HERE;
	case RTN_BLACKHOLE: case RTN_UNREACHABLE: case RTN_PROHIBIT: return LEADS_NOWHERE;
	case RTN_BROADCAST: case RTN_MULTICAST: case RTN_ANYCAST: return LEADS_TO_ALL;
	default: return LEADS_UNKNOWN;
	}
}

static int add_route(struct reading *r, struct surroundings_route route, struct err *err)
{
	if (r->out.route_count == ZONES_ROUTES_MOST)
		return fail(err, ERR_LIMIT, r->out.route_count, "more than %d routes", ZONES_ROUTES_MOST);
	r->out.routes = one_more(r, r->out.routes, sizeof route, r->out.route_count, &r->route_room);
	r->out.routes[r->out.route_count++] = route;
	return 0;
}

/* Several next hops: each is a way it may go. */
static int add_hops(struct reading *r, struct surroundings_route route, struct bytes hops, struct err *err)
{
	for (struct cursor c = cursor_over(hops); c.left > 0;) {
		struct netlink_attribute a;
		struct rtnexthop hop;
		const uint8_t *p = cursor_take(&c, sizeof hop);
		if (!p)
			return cut(err);
		memcpy(&hop, p, sizeof hop);
		if (hop.rtnh_len < sizeof hop)
			return cut(err);
		struct cursor inside = cursor_over(cursor_bytes(&c, hop.rtnh_len - sizeof hop));
		cursor_take(&c, MIN(c.left, (size_t)RTNH_ALIGN(hop.rtnh_len) - hop.rtnh_len));
		route.out = (unsigned)hop.rtnh_ifindex;
		while (netlink_attribute(&inside, &a))
			route.odd |= a.type == RTA_ENCAP || a.type == RTA_ENCAP_TYPE || a.type == RTA_NEWDST;
		if (c.failed || inside.failed)
			return cut(err);
		if (add_route(r, route, err) != 0)
			return -1;
	}
	return 0;
}

static int read_route(struct reading *r, struct cursor *body, struct err *err)
{
	struct surroundings_route route = { .leads = LEADS_UNKNOWN };
	struct bytes hops = BYTES("");
	struct netlink_attribute a;
	struct rtmsg head;
	const uint8_t *p = cursor_take(body, sizeof head);

	if (!p)
		return cut(err);
	memcpy(&head, p, sizeof head);
	if ((head.rtm_family != AF_INET && head.rtm_family != AF_INET6) || head.rtm_flags & RTM_F_CLONED)
		return 0; /* others cannot carry what the text speaks of; a clone is of a route that is told too */
	route.v6 = head.rtm_family == AF_INET6, route.leads = leads_of(head.rtm_type), route.table = head.rtm_table, route.length = head.rtm_dst_len;
	route.odd = head.rtm_src_len > 0 || head.rtm_tos != 0;
	while (netlink_attribute(body, &a)) {
		if (a.type == RTA_DST && a.value.n == (route.v6 ? 16 : 4))
			memcpy(route.to, a.value.p, a.value.n);
		else if (a.type == RTA_OIF)
			route.out = netlink_u32(a.value);
		else if (a.type == RTA_TABLE)
			route.table = netlink_u32(a.value);
		else if (a.type == RTA_MULTIPATH)
			hops = a.value;
		else
			route.odd |= a.type == RTA_ENCAP || a.type == RTA_ENCAP_TYPE || a.type == RTA_NEWDST;
	}
	if (body->failed || route.length > (route.v6 ? 128 : 32))
		return cut(err);
	return hops.n ? add_hops(r, route, hops, err) : add_route(r, route, err);
}

/* ---- routing rules ---- */

static int read_rule(struct reading *r, struct cursor *body, struct err *err)
{
	struct surroundings_rule rule = { .priority = 0 };
	struct netlink_attribute a;
	struct fib_rule_hdr head;
	bool plain;
	const uint8_t *p = cursor_take(body, sizeof head);

	if (!p)
		return cut(err);
	memcpy(&head, p, sizeof head);
	if (head.family != AF_INET && head.family != AF_INET6)
		return 0;
	rule.v6 = head.family == AF_INET6, rule.table = head.table;
	plain = head.action == FR_ACT_TO_TBL && head.src_len == 0 && head.dst_len == 0 && head.tos == 0 && (head.flags & FIB_RULE_INVERT) == 0;
	while (netlink_attribute(body, &a)) {
		if (a.type == FRA_PRIORITY)
			rule.priority = netlink_u32(a.value);
		else if (a.type == FRA_TABLE)
			rule.table = netlink_u32(a.value);
		else if (a.type == FRA_SUPPRESS_PREFIXLEN || a.type == FRA_SUPPRESS_IFGROUP)
			plain &= netlink_u32(a.value) == UINT32_MAX;
		else
			plain &= a.type == FRA_PROTOCOL || a.type == FRA_PAD;
	}
	if (body->failed)
		return cut(err);
	rule.table = plain ? rule.table : 0;
	r->out.rules = one_more(r, r->out.rules, sizeof rule, r->out.rule_count, &r->rule_room);
	r->out.rules[r->out.rule_count++] = rule;
	return 0;
}

/* ---- the whole ---- */

static int read_filter(struct reading *r, struct cursor *body, struct err *err)
{
	struct tcmsg head;
	const uint8_t *p = cursor_take(body, sizeof head);

	if (!p)
		return cut(err);
	memcpy(&head, p, sizeof head);
	for (size_t i = 0; i < r->out.link_count; i++)
		r->out.links[i].filters += r->out.links[i].index == (unsigned)head.tcm_ifindex;
	return 0;
}

static int read_messages(struct reading *r, struct bytes messages, struct err *err)
{
	struct cursor c = cursor_over(messages), body;
	struct nlmsghdr head;
	int result = 0;

	while (result == 0 && netlink_message(&c, &head, &body)) {
		switch (head.nlmsg_type) {
		case RTM_NEWLINK: result = read_link(r, &body, err); break;
		case RTM_NEWROUTE: result = read_route(r, &body, err); break;
		case RTM_NEWRULE: result = read_rule(r, &body, err); break;
		case RTM_NEWTFILTER: result = read_filter(r, &body, err); break;
		default: break;
		}
	}
	return result != 0 || !c.failed ? result : cut(err);
}

static int setting_order(const void *a, const void *b)
{
	const struct surroundings_setting *x = a, *y = b;

	return strcmp(x->name.p, y->name.p);
}

static int read_settings(struct reading *r, struct bytes lines, struct err *err)
{
	struct bytes line;
	size_t count = 0;

	for (struct cursor c = cursor_over(lines); cursor_next_line(&c, &line);)
		count++;
	r->out.settings = arena_new_array(r->arena, struct surroundings_setting, count);
	for (struct cursor c = cursor_over(lines); cursor_next_line(&c, &line);) {
		const uint8_t *blank = line.n ? memchr(line.p, ' ', line.n) : NULL;
		if (!blank)
			return fail(err, ERR_MALFORMED, 0, "a setting of the kernel has no value");
		size_t n = (size_t)(blank - line.p);
		r->out.settings[r->out.setting_count++] = (struct surroundings_setting){ name_of(r, bytes_of(line.p, n)), name_of(r, bytes_of(blank + 1, line.n - n - 1)) };
	}
	sort_items(r->out.settings, r->out.setting_count, sizeof *r->out.settings, setting_order);
	return 0;
}

int surroundings_read(struct arena *arena, const struct surroundings_taken *taken, struct surroundings *out, struct err *err)
{
	struct reading r = { .arena = arena };

	if (read_messages(&r, taken->messages, err) != 0 || read_settings(&r, taken->settings, err) != 0)
		return -1;
	*out = r.out;
	return 0;
}

const struct surroundings_link *surroundings_link_named(const struct surroundings *around, struct text name)
{
	for (size_t i = 0; i < around->link_count; i++)
		if (text_equal(around->links[i].name, name))
			return &around->links[i];
	return NULL;
}

const struct surroundings_link *surroundings_link_of(const struct surroundings *around, unsigned index)
{
	for (size_t i = 0; index && i < around->link_count; i++)
		if (around->links[i].index == index)
			return &around->links[i];
	return NULL;
}
