/* 通り道の段 — contract in probing_stages.h. */
#include "zones/probing_stages.h"
#include "base/sort.h"
#include "zones/limits.h"
#include "zones/match.h"
#include <net/if.h>

/* ---- interfaces ---- */

static int name_order(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int d = memcmp(x->p, y->p, MIN(x->n, y->n));

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

static bool can_be_made(struct text name)
{
	if (name.n == 0 || name.n >= IF_NAMESIZE || text_is(name, ".") || text_is(name, ".."))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == '/' || name.p[i] == ':' || name.p[i] == 0x7f)
			return false;
	return true;
}

/* Of a pattern, a name that fits it. */
static struct text one_of(struct arena *arena, struct text pattern)
{
	if (pattern.n == 0 || pattern.p[pattern.n - 1] != '*')
		return (struct text){ arena_printf(arena, "%.*s", (int)pattern.n, pattern.p), pattern.n };
	const char *name = arena_printf(arena, "%.*s9", (int)pattern.n - 1, pattern.p);
	return (struct text){ name, strlen(name) };
}

void probing_stages_interfaces(struct arena *arena, const struct dump *const *dumps, size_t dump_count, struct text **names, size_t *count, size_t *unmade)
{
	size_t n = 0, room = 2, kept = 0;
	struct text *found[2], *all;
	size_t counts[2];

	must(dump_count <= COUNT(found));
	for (size_t i = 0; i < dump_count; i++) {
		match_interfaces(arena, dumps[i], &found[i], &counts[i]);
		room += counts[i];
	}
	all = arena_new_array(arena, struct text, room);
	all[n++] = TEXT("lo"), all[n++] = TEXT("elsewhere");
	*unmade = 0;
	for (size_t i = 0; i < dump_count; i++)
		for (size_t k = 0; k < counts[i]; k++) {
			struct text name = one_of(arena, found[i][k]);
			if (can_be_made(name))
				all[n++] = name;
			else
				++*unmade;
		}
	sort_items(all, n, sizeof *all, name_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !text_equal(all[kept - 1], all[i]))
			all[kept++] = all[i];
	*names = all, *count = kept;
}

/* ---- stages ---- */

static bool is_judging(const struct dump_chain *c)
{
	return c->is_base && c->family <= DUMP_INET && !text_is(c->type, "nat");
}

static bool stands_at(const struct dump_chain *c, enum probing_stage stage)
{
	bool early = text_is(c->hook, "prerouting") || text_is(c->hook, "output");

	switch (stage) {
	case STAGE_EARLY: return early && c->priority <= STAGE_TRACKED_AT;
	case STAGE_TRACKED: return early && c->priority > STAGE_TRACKED_AT && c->priority <= STAGE_BEHIND_AT;
	case STAGE_BEHIND: return early && c->priority > STAGE_BEHIND_AT;
	case STAGE_HERE: return text_is(c->hook, "input") || text_is(c->hook, "forward");
	case STAGE_LEAVES: return text_is(c->hook, "postrouting");
	default: return false;
	}
}

/* The listing with the base chains of one stage only. */
static struct dump dump_of(struct arena *arena, const struct dump *dump, enum probing_stage stage)
{
	struct dump some = *dump;

	some.chains = arena_new_array(arena, struct dump_chain, dump->chain_count + 1);
	for (size_t i = 0; i < dump->chain_count; i++) {
		some.chains[i] = dump->chains[i];
		if (some.chains[i].is_base && (!is_judging(&some.chains[i]) || !stands_at(&some.chains[i], stage)))
			some.chains[i] = (struct dump_chain){ .family = dump->chains[i].family, .table = dump->chains[i].table, .name = dump->chains[i].name };
	}
	return some;
}

struct watching {
	struct probing_stages *stages;
	enum probing_stage stage;
};

static void met(void *self, const struct dump_rule *rule, struct packet_set set)
{
	struct watching *watching = self;
	struct probing_stages *s = watching->stages;

	if (s->met_count == s->met_room) {
		struct stage_met *wider = arena_new_array(s->arena, struct stage_met, s->met_room = s->met_room ? s->met_room * 2 : 256);
		if (s->met_count)
			memcpy(wider, s->met, s->met_count * sizeof *wider);
		s->met = wider;
	}
	s->met[s->met_count++] = (struct stage_met){ s->first[rule->chain - s->dump->chains] + (size_t)(rule - rule->chain->rules), watching->stage, set };
}

static int in_doubt(const struct doubts *doubts, struct err *err)
{
	return fail(err, ERR_UNSUPPORTED, doubts->count, "%s: %s", doubts->list[0].where, doubts->list[0].en);
}

static int make_sets(struct probing_stages *s, struct packet_space *space, struct err *err)
{
	const struct nat none = { .before_routing = packet_set_none(), .of_own = packet_set_none() };
	struct doubts open = { 0 };

	nat_read(s->arena, space, s->dump, &s->nat, &open);
	if (prove_rules(s->arena, space, s->dump, &s->nat, packet_set_all(space), &s->whole, err) != 0)
		return -1;
	if (s->whole.doubts.count || open.count)
		return in_doubt(s->whole.doubts.count ? &s->whole.doubts : &open, err);
	for (enum probing_stage stage = STAGE_EARLY; stage <= STAGE_LEAVES; stage++) {
		struct watching watching = { s, stage };
		const struct prove_watch watch = { met, &watching };
		struct dump some = dump_of(s->arena, s->dump, stage);
		if (prove_rules_watched(s->arena, space, &some, &none, packet_set_all(space), &watch, &s->sets[stage], err) != 0)
			return -1;
		if (s->sets[stage].doubts.count)
			return in_doubt(&s->sets[stage].doubts, err);
	}
	return 0;
}

/* ---- chains of type nat ---- */

static bool is_named(const struct json *o, const char *one, const char *other)
{
	return o->kind == JSON_OBJECT && o->count == 1 && (text_is(o->keys[0], one) || text_is(o->keys[0], other));
}

/* left: what comes to the chain, as far as that is known. */
static void mark_translating(struct probing_stages *s, struct packet_space *space, const struct dump_chain *chain, bool own, struct packet_set left, unsigned depth)
{
	for (size_t i = 0; i < chain->count && depth < ZONES_JUMPS_MOST; i++) {
		size_t rule = s->first[chain - s->dump->chains] + i;
		const struct json *does = chain->rules[i].does;
		bool whole, ends = false;
		struct packet_set asked = packet_set_and(space, left, nat_asks(s->arena, space, s->dump, &chain->rules[i], own, &whole));
		s->translating[rule] = true;
		for (size_t k = 0; k < does->count; k++) {
			const struct json *o = &does->items[k];
			ends |= is_named(o, "return", "accept");
			if (is_named(o, "dnat", "redirect"))
				s->asked[rule] = packet_set_or(space, s->asked[rule], asked);
			const struct dump_chain *next = is_named(o, "jump", "goto") ? dump_chain_named(s->dump, chain->family, chain->table, json_text(&o->items[0], "target")) : NULL;
			if (next)
				mark_translating(s, space, next, own, asked, depth + 1);
		}
		left = whole && ends ? packet_set_minus(space, left, asked) : left;
	}
}

/* ---- what comes to a stage ---- */

static struct packet_set loopback4(struct packet_space *s)
{
	static const uint8_t four[4] = { 127 };

	return packet_set_or(s, packet_set_prefix(s, PACKET_FROM4, four, 8), packet_set_prefix(s, PACKET_TO4, four, 8));
}

static struct packet_set loopback6(struct packet_space *s)
{
	static const uint8_t six[16] = { [15] = 1 };

	return packet_set_or(s, packet_set_prefix(s, PACKET_FROM6, six, 128), packet_set_prefix(s, PACKET_TO6, six, 128));
}

/* Whether a packet that comes in can have its destination changed. What the router sends itself was looked at as it left, and is not again. */
static bool changes_before_routing(const struct probing_stages *s, struct packet_space *space, struct packet_set unchanged, struct packet_set lo)
{
	struct packet_set in = packet_set_minus(space, packet_set_minus(space, unchanged, packet_set_is(space, PACKET_HOOK, PACKET_OUTPUT)), lo);
	bool some = false;

	for (size_t i = 0; i < s->rule_count; i++)
		some |= !packet_set_is_empty(space, packet_set_and(space, s->asked[i], in));
	return some;
}

/* A packet through lo goes from the router to itself, never on; the addresses of lo are nobody else's: in IPv6 such a packet is thrown away where it comes in, in IPv4
 * by routing. */
static void what_comes(struct probing_stages *s, struct packet_space *space)
{
	unsigned place = packet_space_index(space, TEXT("lo"));
	struct packet_set in_lo = packet_set_is(space, PACKET_IN, place), lo = packet_set_or(space, in_lo, packet_set_is(space, PACKET_OUT, place)), *comes = s->comes;
	struct packet_set forward = packet_set_is(space, PACKET_HOOK, PACKET_FORWARD), output = packet_set_is(space, PACKET_HOOK, PACKET_OUTPUT);
	struct packet_set never = packet_set_and(space, forward, packet_set_or(space, lo, loopback4(space)));
	struct packet_set never6 = packet_set_minus(space, packet_set_minus(space, loopback6(space), output), in_lo);
	struct packet_set made = packet_set_and(space, output, s->nat.of_own);

	comes[STAGE_EARLY] = packet_set_minus(space, packet_set_minus(space, packet_set_all(space), packet_set_and(space, forward, lo)), never6);
	comes[STAGE_TRACKED] = packet_set_and(space, comes[STAGE_EARLY], s->sets[STAGE_EARLY].may_pass);
	comes[STAGE_BEHIND] = packet_set_and(space, comes[STAGE_TRACKED], s->sets[STAGE_TRACKED].may_pass);
	if (changes_before_routing(s, space, comes[STAGE_BEHIND], in_lo))
		made = packet_set_or(space, made, packet_set_minus(space, s->nat.before_routing, output));
	comes[STAGE_BEHIND] = packet_set_or(space, comes[STAGE_BEHIND], packet_set_and(space, packet_set_all(space), made));
	comes[STAGE_ROUTED] = packet_set_and(space, comes[STAGE_BEHIND], s->sets[STAGE_BEHIND].may_pass);
	comes[STAGE_HERE] = packet_set_minus(space, packet_set_minus(space, comes[STAGE_ROUTED], never), output);
	comes[STAGE_LEAVES] = packet_set_or(space, packet_set_and(space, comes[STAGE_ROUTED], output), packet_set_and(space, packet_set_and(space, comes[STAGE_HERE], forward), s->sets[STAGE_HERE].may_pass));
}

/* ---- the whole ---- */

static int chains_are_between(const struct dump *dump, struct err *err)
{
	for (size_t i = 0; i < dump->chain_count; i++) {
		const struct dump_chain *c = &dump->chains[i];
		if (is_judging(c) && (c->count > 0 || c->drops) && (c->priority <= STAGE_FIRST_AT || c->priority >= STAGE_LAST_AT))
			return fail(err, ERR_UNSUPPORTED, 0, "a chain of the rules stands at priority %lld, outside of those that look", (long long)c->priority);
	}
	return 0;
}

int probing_stages_make(struct arena *arena, struct packet_space *space, const struct dump *dump, struct probing_stages *out, struct err *err)
{
	struct probing_stages s = { .arena = arena, .dump = dump, .first = arena_new_array(arena, size_t, dump->chain_count + 1) };

	for (size_t i = 0; i < dump->chain_count; i++)
		s.first[i] = s.rule_count, s.rule_count += dump->chains[i].count;
	s.translating = arena_new_array(arena, bool, s.rule_count + 1), s.asked = arena_new_array(arena, struct packet_set, s.rule_count + 1);
	for (size_t i = 0; i < s.rule_count; i++)
		s.translating[i] = false, s.asked[i] = packet_set_none();
	if (chains_are_between(dump, err) != 0 || make_sets(&s, space, err) != 0)
		return -1;
	for (size_t i = 0; i < dump->chain_count; i++)
		if (dump->chains[i].is_base && dump->chains[i].family <= DUMP_INET && text_is(dump->chains[i].type, "nat"))
			mark_translating(&s, space, &dump->chains[i], text_is(dump->chains[i].hook, "output"), packet_set_having(space, PACKET_HOOK), 0);
	what_comes(&s, space);
	*out = s;
	return 0;
}
