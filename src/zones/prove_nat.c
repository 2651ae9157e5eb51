/* アドレス変換 — contract in prove_nat.h. */
#include "zones/prove_nat.h"
#include "zones/limits.h"
#include "zones/match.h"
#include <arpa/inet.h>

struct reading {
	struct arena *arena;
	struct packet_space *space;
	const struct dump *dump;
	struct doubts *doubts;
	struct packet_set to; /* what the chain that is read makes of destinations */
	bool own, changes_to, changes_from; /* own: of the hook output */
	bool *read; /* chains, by index: once for each base chain is enough */
	unsigned depth;
};

static void doubt(struct reading *r, const struct dump_chain *chain, const struct dump_rule *rule, const char *ja, const char *en)
{
	doubt_add(r->arena, r->doubts, dump_place(r->arena, chain, rule), ja, en);
}

static bool is_named(const struct json *o, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (o->kind == JSON_OBJECT && o->count == 1 && text_is(o->keys[0], names[i]))
			return true;
	return false;
}

/* ---- the new destination ---- */

/* What is no single address is any of its family: more than there is, never less. */
static struct packet_set new_address(struct reading *r, const struct dump_chain *chain, const struct json *to)
{
	const struct json *address = json_get(to, "addr");
	bool four = chain->family == DUMP_IP || text_is(json_text(to, "family"), "ip"), six = chain->family == DUMP_IP6 || text_is(json_text(to, "family"), "ip6");
	struct packet_set family = four == six ? packet_set_having(r->space, PACKET_HOOK) : packet_set_is(r->space, PACKET_FAMILY, six);
	char text[64];
	uint8_t raw[16];

	if (!address || address->kind != JSON_STRING || address->string.n >= sizeof text || four == six)
		return family;
	memcpy(text, address->string.p, address->string.n);
	text[address->string.n] = 0;
	if (inet_pton(six ? AF_INET6 : AF_INET, text, raw) != 1)
		return family;
	return packet_set_and(r->space, family, packet_set_prefix(r->space, six ? PACKET_TO6 : PACKET_TO4, raw, six ? 128 : 32));
}

/* asked: what the rule asks of a packet before it is changed; all that stays as it is still holds. */
static struct packet_set new_destination(struct reading *r, const struct dump_chain *chain, const struct json *to, struct packet_set asked)
{
	const struct json *port = to->kind == JSON_OBJECT ? json_get(to, "port") : NULL;
	struct packet_set of = to->kind == JSON_OBJECT ? new_address(r, chain, to) : packet_set_having(r->space, PACKET_HOOK);
	static const enum packet_field changed[] = { PACKET_TO4, PACKET_TO6, PACKET_STATE, PACKET_REPLY, PACKET_HOOK, PACKET_OUT };

	for (size_t i = 0; i < COUNT(changed); i++)
		asked = packet_set_forget(r->space, asked, changed[i]);
	of = packet_set_and(r->space, of, port || text_is(json_text(to, "addr"), "") ? packet_set_forget(r->space, asked, PACKET_TO_PORT) : asked);
	return port && port->kind == JSON_NUMBER && port->number >= 0 ? packet_set_and(r->space, of, packet_set_is(r->space, PACKET_TO_PORT, (packet_number)port->number)) : of;
}

/* ---- chains of type nat ---- */

static void read_chain(struct reading *r, const struct dump_chain *chain);

static void follow(struct reading *r, const struct dump_chain *chain, const struct dump_rule *rule, const struct json *jump)
{
	const struct dump_chain *next = dump_chain_named(r->dump, chain->family, chain->table, json_text(jump, "target"));

	if (next && !next->is_base && r->depth < ZONES_JUMPS_MOST)
		read_chain(r, next);
	else
		doubt(r, chain, rule, "飛び先をたどれません。", "the chain that the rule jumps to cannot be followed");
}

/* A map of verdicts: for whichever key, each chain that it may lead to. */
static void follow_all(struct reading *r, const struct dump_chain *chain, const struct dump_rule *rule, const struct json *vmap)
{
	static const char *const jumps[] = { "jump", "goto" }, *const harmless[] = { "accept", "return", "continue" };
	const struct json *data = vmap->kind == JSON_OBJECT ? json_get(vmap, "data") : NULL, *list = data && data->kind == JSON_OBJECT ? json_get(data, "set") : NULL;
	bool known = list && list->kind == JSON_ARRAY;

	if (data && data->kind == JSON_STRING && data->string.n > 1 && data->string.p[0] == '@') {
		const struct dump_set *set = dump_set_named(r->dump, chain->family, chain->table, (struct text){ data->string.p + 1, data->string.n - 1 });
		known = set && set->has_verdicts && !set->is_dynamic;
		list = known ? set->elements : NULL;
	}
	for (size_t i = 0; known && list && i < list->count; i++) {
		const struct json *pair = &list->items[i], *verdict = pair->kind == JSON_ARRAY && pair->count == 2 ? &pair->items[1] : NULL;
		if (verdict && is_named(verdict, jumps, COUNT(jumps)))
			follow(r, chain, rule, &verdict->items[0]);
		else
			known = verdict && is_named(verdict, harmless, COUNT(harmless));
	}
	if (!known)
		doubt(r, chain, rule, "行き先の表（vmap）をたどれない、アドレスの書き換え（nat）の鎖です。", "a nat chain with a map of verdicts that cannot be followed");
}

static void read_expression(struct reading *r, const struct dump_chain *chain, const struct dump_rule *rule, const struct json *o, struct packet_set asked)
{
	static const char *const harmless[] = { "match", "counter", "log", "last", "accept", "return", "continue", "limit" };
	static const char *const from[] = { "snat", "masquerade" }, *const to[] = { "dnat", "redirect" }, *const jumps[] = { "jump", "goto" }, *const maps[] = { "vmap" };

	if (is_named(o, harmless, COUNT(harmless)))
		return;
	if (is_named(o, from, COUNT(from))) {
		r->changes_from = true;
	} else if (is_named(o, to, COUNT(to))) {
		r->changes_to = true;
		r->to = packet_set_or(r->space, r->to, new_destination(r, chain, &o->items[0], asked));
	} else if (is_named(o, jumps, COUNT(jumps))) {
		follow(r, chain, rule, &o->items[0]);
	} else if (is_named(o, maps, COUNT(maps))) {
		follow_all(r, chain, rule, &o->items[0]);
	} else
		doubt(r, chain, rule, "アドレスの書き換え（nat）の鎖で、書き換えの他のことをする規則です。", "a rule of a nat chain does something else than translating");
}

/* What is not known of a condition is left out: then the rule asks for less than it does. */
struct packet_set nat_asks(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct dump_rule *rule, bool own, bool *whole)
{
	struct matching m = { .arena = arena, .space = space, .dump = dump, .chain = rule->chain, .reach = packet_set_having(space, PACKET_HOOK),
			      .place = { .in_known = true, .out_known = own, .tracked = true, .whole = true } };
	struct packet_set asked = m.reach, condition;

	*whole = true;
	for (size_t i = 0; i < rule->does->count; i++) {
		const struct json *o = &rule->does->items[i];
		static const char *const always[] = { "match", "counter", "log", "return", "accept" };
		if (is_named(o, always, 1) && match_condition(&m, &o->items[0], &condition) == 0)
			asked = packet_set_and(space, asked, condition), *whole &= m.unsure.node == packet_set_none().node;
		else
			*whole &= is_named(o, always + 1, COUNT(always) - 1);
	}
	return asked;
}

static void read_chain(struct reading *r, const struct dump_chain *chain)
{
	if (r->read[chain - r->dump->chains])
		return;
	r->read[chain - r->dump->chains] = true;
	r->depth++;
	for (size_t i = 0; i < chain->count; i++) {
		const struct dump_rule *rule = &chain->rules[i];
		bool whole;
		struct packet_set asked = nat_asks(r->arena, r->space, r->dump, rule, r->own, &whole);
		for (size_t k = 0; k < rule->does->count; k++)
			read_expression(r, chain, rule, &rule->does->items[k], asked);
	}
	r->depth--;
}

static void read_base(struct reading *r, const struct dump_chain *chain, struct nat *out)
{
	bool before = text_is(chain->hook, "prerouting"), own = text_is(chain->hook, "output");

	memset(r->read, 0, r->dump->chain_count * sizeof *r->read);
	r->to = packet_set_none(), r->changes_to = r->changes_from = false, r->own = own, r->depth = 0;
	read_chain(r, chain);
	if (chain->drops)
		doubt(r, chain, NULL, "アドレスの書き換え（nat）の鎖が、既定で止めます。", "the policy of a nat chain is drop");
	if (chain->priority != (before || own ? NAT_PRIORITY_TO : NAT_PRIORITY_FROM))
		doubt(r, chain, NULL, "アドレスの書き換え（nat）の鎖が、ふつうでない順番に立っています。", "a nat chain stands at an unusual priority");
	if (before)
		out->before_routing = packet_set_or(r->space, out->before_routing, r->to);
	if (own)
		out->of_own = packet_set_or(r->space, out->of_own, r->to);
	out->chains += r->changes_to || r->changes_from;
}

/* ---- what a translation leaves open to the others ---- */

static bool is_filter_at(const struct dump_chain *c, const char *hook)
{
	return c->is_base && c->family <= DUMP_INET && text_is(c->hook, hook) && !text_is(c->type, "nat") && (c->count > 0 || c->drops);
}

static void look_behind(struct reading *r, bool from_changes, bool own_changes)
{
	for (size_t i = 0; i < r->dump->chain_count; i++) {
		const struct dump_chain *c = &r->dump->chains[i];
		if (from_changes && (is_filter_at(c, "postrouting") || is_filter_at(c, "input")) && c->priority >= NAT_PRIORITY_FROM)
			doubt(r, c, NULL, "送り手のアドレスが書き換えられた後で見る鎖です。", "the chain stands behind a change of the sender's address");
		if (own_changes && is_filter_at(c, "output") && c->priority >= NAT_PRIORITY_TO)
			doubt(r, c, NULL, "関所自身の通信のあて先が書き換えられた後で見る鎖です。出ていく口を確かめられません。", "the chain sees the router's own packets behind a change of their destination: their way out is not known");
	}
}

void nat_read(struct arena *arena, struct packet_space *space, const struct dump *dump, struct nat *out, struct doubts *doubts)
{
	struct reading r = { .arena = arena, .space = space, .dump = dump, .doubts = doubts, .read = arena_new_array(arena, bool, dump->chain_count + 1) };
	bool from_changes = false;

	*out = (struct nat){ .before_routing = packet_set_none(), .of_own = packet_set_none() };
	for (size_t i = 0; i < dump->chain_count; i++) {
		const struct dump_chain *c = &dump->chains[i];
		if (!c->is_base || c->family > DUMP_INET || !text_is(c->type, "nat") || (c->count == 0 && !c->drops))
			continue;
		read_base(&r, c, out);
		from_changes |= r.changes_from;
	}
	look_behind(&r, from_changes, out->of_own.node != packet_set_none().node);
}
