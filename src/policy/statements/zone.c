/* 系の文 — zone lgwan "LGWAN接続系" { net 10.2.0.0/16 on eth2 }: the three zones, their networks and interfaces. No place lies in two.
 * article: s2.8 s2.9 s2.10 s6.3.2a */
#include "policy/parse.h"
#include "base/code.h"
#include <arpa/inet.h>

static void mask(struct policy_net *net)
{
	for (unsigned i = 0; i < 16; i++)
		net->address[i] &= net->prefix >= 8 * (i + 1) ? 0xff : net->prefix <= 8 * i ? 0 : (uint8_t)(0xff << (8 - net->prefix % 8));
}

static const char *net_text(struct arena *arena, const struct policy_net *net)
{
	char address[INET6_ADDRSTRLEN];

	must(inet_ntop(net->v6 ? AF_INET6 : AF_INET, net->address, address, sizeof address));
	return arena_printf(arena, "%s/%u", address, net->prefix);
}

/* ADDRESS/PREFIX, strictly; 1 if the address is good but bits behind the prefix are set. */
static int net_of(struct arena *arena, struct text t, struct policy_net *out)
{
	const char *slash = memchr(t.p, '/', t.n);
	struct policy_net net = { 0 };
	uint64_t prefix;

	if (!slash)
		return -1;
	size_t n = (size_t)(slash - t.p);
	const char *address = arena_copy(arena, t.p, n);
	net.v6 = memchr(t.p, ':', n) != NULL;
	if (inet_pton(net.v6 ? AF_INET6 : AF_INET, address, net.address) != 1)
		return -1;
	if (decimal_decode(bytes_of(slash + 1, t.n - n - 1), net.v6 ? 128 : 32, &prefix, NULL) != 0)
		return -1;
	net.prefix = (unsigned)prefix;
	struct policy_net masked = net;
	mask(&masked);
	*out = masked;
	return memcmp(masked.address, net.address, sizeof net.address) ? 1 : 0;
}

static int net(struct parser *p, void *self, const struct token *word)
{
	struct policy_zone *zone = self;
	struct policy_net n;
	struct token t;

	(void)word;
	if (p->next.kind != TOKEN_BARE && p->next.kind != TOKEN_WORD && p->next.kind != TOKEN_NUMBER)
		return parse_wanted(p, "ネットワーク（例: 10.2.0.0/16）", "a network such as 10.2.0.0/16");
	int result = net_of(p->tell.arena, p->next.text, &n);
	if (result < 0)
		return parse_wanted(p, "ネットワーク（例: 10.2.0.0/16、2001:db8:2::/48）", "a network such as 10.2.0.0/16 or 2001:db8:2::/48");
	if (result > 0) {
		const char *meant = net_text(p->tell.arena, &n);
		tell(&p->tell, p->next.at, "ネットワークの範囲を外れたビットがあります。", "bits are set behind the prefix");
		return tell_expected(&p->tell, meant, meant);
	}
	if (zone->net_count == POLICY_NETS_MOST)
		return tell(&p->tell, p->next.at, "ネットワークが多すぎます（上限 %d）。", "more than %d networks in one zone", POLICY_NETS_MOST);
	n.at = p->next.at;
	zone->nets = policy_grow(p->tell.arena, zone->nets, zone->net_count, sizeof *zone->nets);
	zone->nets[zone->net_count++] = n;
	return parse_take(p, &t);
}

/* What the kernel takes as a name: 15 bytes, no slash. */
static int on(struct parser *p, void *self, const struct token *word)
{
	struct policy_zone *zone = self;
	struct token t;

	(void)word;
	if ((p->next.kind != TOKEN_BARE && p->next.kind != TOKEN_WORD) || p->next.text.n > 15 || memchr(p->next.text.p, '/', p->next.text.n) ||
	    memchr(p->next.text.p, ':', p->next.text.n) || text_is(p->next.text, ".") || text_is(p->next.text, ".."))
		return parse_wanted(p, "接続口の名前（例: eth2）", "the name of an interface such as eth2");
	if (zone->interface_count == POLICY_INTERFACES_MOST)
		return tell(&p->tell, p->next.at, "接続口が多すぎます（上限 %d）。", "more than %d interfaces in one zone", POLICY_INTERFACES_MOST);
	zone->interfaces = policy_grow(p->tell.arena, zone->interfaces, zone->interface_count, sizeof *zone->interfaces);
	zone->interfaces[zone->interface_count++] = (struct policy_interface){ p->next.text, p->next.at };
	return parse_take(p, &t);
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "net", net, false, true, "ネットワーク", "network" },
		{ "on", on, false, true, "接続口", "interface" },
	};
	struct policy *policy = p->policy;
	struct policy_zone zone = { 0 };
	struct token name, label;

	if (parse_zone_name(p, &name) != 0)
		return -1;
	if (policy_zone_named(policy, name.text))
		return tell(&p->tell, name.at, "系「%.*s」はすでに書かれています。", "the zone %.*s stands already", (int)name.text.n, name.text.p);
	if (policy->zone_count == POLICY_ZONES_MOST)
		return tell(&p->tell, head->at, "系が多すぎます（上限 %d）。", "more than %d zones", POLICY_ZONES_MOST);
	if (parse_string(p, &label, "系の日本語名", "the zone's Japanese name") != 0)
		return -1;
	zone.name = name.text, zone.label = label.text, zone.at = name.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &zone) != 0)
		return -1;
	policy->zones = policy_grow(p->tell.arena, policy->zones, policy->zone_count, sizeof *policy->zones);
	policy->zones[policy->zone_count++] = zone;
	return 0;
}

static bool overlap(const struct policy_net *a, const struct policy_net *b)
{
	struct policy_net x = *a, y = *b;

	if (a->v6 != b->v6)
		return false;
	x.prefix = y.prefix = MIN(a->prefix, b->prefix);
	mask(&x), mask(&y);
	return memcmp(x.address, y.address, sizeof x.address) == 0;
}

/* Of two places that contradict each other the one that a reader meets last. */
static bool later(const struct policy_place *a, const struct policy_place *b)
{
	return a->file == b->file && a->offset > b->offset;
}

static int nets_clash(const struct teller *t, const struct policy_zone *a, const struct policy_net *x, const struct policy_zone *b, const struct policy_net *y)
{
	if (later(&x->at, &y->at))
		return nets_clash(t, b, y, a, x);
	return tell(t, y->at, "ネットワークが、系「%s」の %s と重なっています。", "the network overlaps that of zone %s, %s", a->name.p, net_text(t->arena, x));
}

static int interfaces_clash(const struct teller *t, const struct policy_zone *a, const struct policy_interface *x, const struct policy_zone *b,
			    const struct policy_interface *y)
{
	if (later(&x->at, &y->at))
		return interfaces_clash(t, b, y, a, x);
	return tell(t, y->at, "接続口「%s」は、系「%s」にすでにあります。", "the interface %s belongs to zone %s already", x->name.p, a->name.p);
}

static int disjoint(const struct teller *t, const struct policy_zone *a, const struct policy_zone *b)
{
	for (size_t i = 0; i < a->net_count; i++)
		for (size_t k = a == b ? i + 1 : 0; k < b->net_count; k++)
			if (overlap(&a->nets[i], &b->nets[k]))
				return nets_clash(t, a, &a->nets[i], b, &b->nets[k]);
	for (size_t i = 0; i < a->interface_count; i++)
		for (size_t k = a == b ? i + 1 : 0; k < b->interface_count; k++)
			if (text_equal(a->interfaces[i].name, b->interfaces[k].name))
				return interfaces_clash(t, a, &a->interfaces[i], b, &b->interfaces[k]);
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = i; k < policy->zone_count; k++)
			if (disjoint(t, &policy->zones[i], &policy->zones[k]) != 0)
				return -1;
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	ARENA(arena) = arena_new(0);

	for (size_t i = 0; i < policy->zone_count; i++) {
		const struct policy_zone *zone = &policy->zones[i];
		buf_printf(out, "\nzone %.*s ", (int)zone->name.n, zone->name.p);
		policy_write_string(out, zone->label);
		bool block = zone->net_count || zone->interface_count;
		buf_str(out, block ? " {\n" : "\n");
		for (size_t k = 0; k < zone->net_count; k++)
			buf_printf(out, "    net %s\n", net_text(arena, &zone->nets[k]));
		for (size_t k = 0; k < zone->interface_count; k++)
			buf_printf(out, "    on %.*s\n", (int)zone->interfaces[k].name.n, zone->interfaces[k].name.p);
		buf_str(out, block ? "}\n" : "");
	}
}

const struct statement statement_zone = { .word = "zone", .read = read, .check = check, .write = write };
