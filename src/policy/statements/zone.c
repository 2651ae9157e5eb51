/* 系の文 — zone lgwan "LGWAN接続系" { net 10.2.0.0/16 on eth2 }: the three zones, their networks and interfaces. No place lies in two.
 * article: s2.8 s2.9 s2.10 s6.3.2a */
#include "policy/parse.h"

static int net(struct parser *p, void *self, const struct token *word)
{
	struct policy_zone *zone = self;
	struct policy_place at = p->next.at;
	struct policy_net n;

	(void)word;
	if (parse_net(p, false, &n) != 0)
		return -1;
	if (zone->net_count == POLICY_NETS_MOST)
		return tell(&p->tell, at, "ネットワークが多すぎます（上限 %d）。", "more than %d networks in one zone", POLICY_NETS_MOST);
	zone->nets = policy_grow(p->tell.arena, zone->nets, zone->net_count, sizeof *zone->nets);
	zone->nets[zone->net_count++] = n;
	return 0;
}

static int world(struct parser *p, void *self, const struct token *word)
{
	struct policy_zone *zone = self;

	(void)p, (void)word;
	zone->world = true;
	return 0;
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
		{ "world", world, false, false, "どの系のネットワークでもない公開アドレスの側", "public addresses of no zone's networks lie there" },
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

static int nets_clash(const struct teller *t, const struct policy_zone *a, const struct policy_net *x, const struct policy_zone *b, const struct policy_net *y)
{
	if (policy_place_later(&x->at, &y->at))
		return nets_clash(t, b, y, a, x);
	return tell(t, y->at, "ネットワークが、系「%s」の %s と重なっています。", "the network overlaps that of zone %s, %s", a->name.p, policy_net_text(t->arena, x));
}

static int interfaces_clash(const struct teller *t, const struct policy_zone *a, const struct policy_interface *x, const struct policy_zone *b,
			    const struct policy_interface *y)
{
	if (policy_place_later(&x->at, &y->at))
		return interfaces_clash(t, b, y, a, x);
	return tell(t, y->at, "接続口「%s」は、系「%s」にすでにあります。", "the interface %s belongs to zone %s already", x->name.p, a->name.p);
}

static int disjoint(const struct teller *t, const struct policy_zone *a, const struct policy_zone *b)
{
	for (size_t i = 0; i < a->net_count; i++)
		for (size_t k = a == b ? i + 1 : 0; k < b->net_count; k++)
			if (policy_net_overlap(&a->nets[i], &b->nets[k]))
				return nets_clash(t, a, &a->nets[i], b, &b->nets[k]);
	for (size_t i = 0; i < a->interface_count; i++)
		for (size_t k = a == b ? i + 1 : 0; k < b->interface_count; k++)
			if (text_equal(a->interfaces[i].name, b->interfaces[k].name))
				return interfaces_clash(t, a, &a->interfaces[i], b, &b->interfaces[k]);
	return 0;
}

static int one_world(const struct teller *t, const struct policy *policy)
{
	const struct policy_zone *first = NULL;

	for (size_t i = 0; i < policy->zone_count; i++) {
		const struct policy_zone *zone = &policy->zones[i];
		if (zone->world && first)
			return tell(t, policy_place_later(&first->at, &zone->at) ? first->at : zone->at, "world は一つの系だけに書けます。「%s」と「%s」にあります。",
				    "only one zone can hold the world: %s and %s do", first->name.p, zone->name.p);
		first = zone->world ? zone : first;
	}
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	if (one_world(t, policy) != 0)
		return -1;
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
		bool block = zone->net_count || zone->interface_count || zone->world;
		buf_str(out, block ? " {\n" : "\n");
		for (size_t k = 0; k < zone->net_count; k++)
			buf_printf(out, "    net %s\n", policy_net_text(arena, &zone->nets[k]));
		for (size_t k = 0; k < zone->interface_count; k++)
			buf_printf(out, "    on %.*s\n", (int)zone->interfaces[k].name.n, zone->interfaces[k].name.p);
		buf_str(out, zone->world ? "    world\n" : "");
		buf_str(out, block ? "}\n" : "");
	}
}

const struct statement statement_zone = { .word = "zone", .read = read, .check = check, .write = write };
