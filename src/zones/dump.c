/* 規則の写し — contract in dump.h. */
#include "zones/dump.h"
#include "base/sort.h"
#include "base/text.h"
#include "zones/limits.h"

static const char *const families[] = { "ip", "ip6", "inet", "bridge", "netdev", "arp" };

const char *dump_family_name(enum dump_family family)
{
	return families[family];
}

void doubt_add(struct arena *arena, struct doubts *doubts, const char *where, const char *ja, const char *en)
{
	for (size_t i = 0; i < doubts->count; i++)
		if (strcmp(doubts->list[i].where, where) == 0 && strcmp(doubts->list[i].ja, ja) == 0)
			return; /* met again on another way */
	if (doubts->count == ZONES_DOUBTS_MOST) {
		doubts->more++;
		return;
	}
	if (!doubts->list)
		doubts->list = arena_new_array(arena, struct doubt, ZONES_DOUBTS_MOST);
	doubts->list[doubts->count++] = (struct doubt){ where, ja, en };
}

static int text_order(struct text a, struct text b)
{
	int d = memcmp(a.p, b.p, MIN(a.n, b.n));

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int name_order(enum dump_family fa, struct text ta, struct text na, enum dump_family fb, struct text tb, struct text nb)
{
	if (fa != fb)
		return fa < fb ? -1 : 1;
	int d = text_order(ta, tb);
	return d ? d : text_order(na, nb);
}

static int chain_order(const void *a, const void *b)
{
	const struct dump_chain *x = a, *y = b;

	return name_order(x->family, x->table, x->name, y->family, y->table, y->name);
}

static int set_order(const void *a, const void *b)
{
	const struct dump_set *x = a, *y = b;

	return name_order(x->family, x->table, x->name, y->family, y->table, y->name);
}

const struct dump_chain *dump_chain_named(const struct dump *d, enum dump_family family, struct text table, struct text name)
{
	const struct dump_chain wanted = { .family = family, .table = table, .name = name };

	return d->chain_count ? bsearch(&wanted, d->chains, d->chain_count, sizeof wanted, chain_order) : NULL;
}

const struct dump_set *dump_set_named(const struct dump *d, enum dump_family family, struct text table, struct text name)
{
	const struct dump_set wanted = { .family = family, .table = table, .name = name };

	return d->set_count ? bsearch(&wanted, d->sets, d->set_count, sizeof wanted, set_order) : NULL;
}

const char *dump_place(struct arena *arena, const struct dump_chain *chain, const struct dump_rule *rule)
{
	const char *table = text_printable(arena, bytes_of_text(chain->table), 64), *name = text_printable(arena, bytes_of_text(chain->name), 64);

	if (!rule)
		return arena_printf(arena, "%s %s %s", families[chain->family], table, name);
	if (rule->comment.n == 0)
		return arena_printf(arena, "%s %s %s #%llu", families[chain->family], table, name, (unsigned long long)rule->handle);
	return arena_printf(arena, "%s %s %s #%llu (%s)", families[chain->family], table, name, (unsigned long long)rule->handle,
			    text_printable(arena, bytes_of_text(rule->comment), 128));
}

/* ---- reading ---- */

struct reading {
	struct arena *arena;
	const struct json *list; /* of objects with one key each */
	struct dump dump;
};

static int family_of(const struct json *o, enum dump_family *out, struct err *err)
{
	struct text family = json_text(o, "family");

	for (size_t i = 0; i < COUNT(families); i++)
		if (text_is(family, families[i])) {
			*out = (enum dump_family)i;
			return 0;
		}
	return fail(err, ERR_MALFORMED, 0, "the listing of rules names an unknown family");
}

static bool is_strings(const struct json *j)
{
	for (size_t i = 0; i < j->count; i++)
		if (j->items[i].kind != JSON_STRING)
			return false;
	return j->kind == JSON_ARRAY;
}

static bool has_word(const struct json *list, const char *word)
{
	if (list && list->kind == JSON_STRING)
		return text_is(list->string, word);
	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->count; i++)
		if (list->items[i].kind == JSON_STRING && text_is(list->items[i].string, word))
			return true;
	return false;
}

static int read_chain(struct reading *r, const struct json *o, struct err *err)
{
	struct dump_chain *c = &r->dump.chains[r->dump.chain_count];
	const struct json *priority = json_get(o, "prio");
	struct text policy = json_text(o, "policy");

	*c = (struct dump_chain){ .table = json_text(o, "table"), .name = json_text(o, "name"), .type = json_text(o, "type"), .hook = json_text(o, "hook") };
	if (family_of(o, &c->family, err) != 0)
		return -1;
	if (c->table.n == 0 || c->name.n == 0)
		return fail(err, ERR_MALFORMED, 0, "the listing of rules holds a chain without a name");
	c->is_base = c->hook.n > 0 || c->type.n > 0;
	c->drops = text_is(policy, "drop");
	if (c->is_base && (!priority || priority->kind != JSON_NUMBER || c->hook.n == 0 || c->type.n == 0 || (policy.n > 0 && !c->drops && !text_is(policy, "accept"))))
		return fail(err, ERR_MALFORMED, 0, "the listing of rules holds a base chain without type, hook, priority or policy");
	c->priority = c->is_base ? priority->number : 0;
	r->dump.chain_count++;
	return 0;
}

static int read_set(struct reading *r, const struct json *o, bool is_map, struct err *err)
{
	struct dump_set *s = &r->dump.sets[r->dump.set_count];
	const struct json *type = json_get(o, "type"), *elements = json_get(o, "elem");

	*s = (struct dump_set){ .table = json_text(o, "table"), .name = json_text(o, "name"), .is_map = is_map, .elements = elements };
	if (family_of(o, &s->family, err) != 0)
		return -1;
	if (s->table.n == 0 || s->name.n == 0 || !type || (type->kind != JSON_STRING && !is_strings(type)) || (elements && elements->kind != JSON_ARRAY))
		return fail(err, ERR_MALFORMED, 0, "the listing of rules holds a set without name, type or a list of elements");
	s->types = type->kind == JSON_STRING ? 1 : type->count;
	s->has_verdicts = is_map && text_is(json_text(o, "map"), "verdict");
	s->is_dynamic = has_word(json_get(o, "flags"), "dynamic");
	if (s->types == 0 || s->types > DUMP_KEYS_MOST)
		return fail(err, ERR_LIMIT, s->types, "a set of the listing has a key of more than %d parts", DUMP_KEYS_MOST);
	r->dump.set_count++;
	return 0;
}

/* What the object is called, and its content; NULL if it is no object with one key. */
static const struct json *only(const struct json *o, struct text *key)
{
	if (o->kind != JSON_OBJECT || o->count != 1 || o->items[0].kind != JSON_OBJECT)
		return NULL;
	*key = o->keys[0];
	return &o->items[0];
}

static int read_frame(struct reading *r, struct err *err)
{
	static const char *const harmless[] = { "metainfo", "counter", "quota", "limit", "rule" };

	for (size_t i = 0; i < r->list->count; i++) {
		struct text key = TEXT("");
		const struct json *o = only(&r->list->items[i], &key);
		bool known = false;
		if (!o)
			return fail(err, ERR_MALFORMED, i, "object %zu of the listing of rules has not one name", i);
		for (size_t k = 0; k < COUNT(harmless); k++)
			known |= text_is(key, harmless[k]);
		if (text_is(key, "table")) {
			known = true;
			if (has_word(json_get(o, "flags"), "owner")) /* it goes with its program, and no number and no event tells */
				doubt_add(r->arena, &r->dump.doubts, text_printable(r->arena, bytes_of_text(json_text(o, "name")), 64), "動いているプログラムと一緒に消える表があります。", "the table goes away with the program that owns it");
			if (has_word(json_get(o, "flags"), "dormant"))
				doubt_add(r->arena, &r->dump.doubts, text_printable(r->arena, bytes_of_text(json_text(o, "name")), 64), "休止中の表があります。消すか、動かしてください。", "the table is dormant");
		}
		if (text_is(key, "chain") && (known = true) && read_chain(r, o, err) != 0)
			return -1;
		if ((text_is(key, "set") || text_is(key, "map")) && (known = true) && read_set(r, o, text_is(key, "map"), err) != 0)
			return -1;
		if (!known)
			doubt_add(r->arena, &r->dump.doubts, text_printable(r->arena, bytes_of_text(key), 64), "規則でも集合でもない、意味を確かめられないものがあります。", "neither rule nor set: its meaning is not known");
	}
	return 0;
}

static int put_rule(struct reading *r, const struct json *o, bool counting, struct err *err)
{
	const struct json *does = json_get(o, "expr");
	enum dump_family family = 0;

	if (family_of(o, &family, err) != 0)
		return -1;
	struct dump_chain *chain = (struct dump_chain *)(uintptr_t)dump_chain_named(&r->dump, family, json_text(o, "table"), json_text(o, "chain"));
	if (!chain || !does || does->kind != JSON_ARRAY)
		return fail(err, ERR_MALFORMED, 0, "the listing of rules holds a rule without its chain or without content");
	if (!counting)
		chain->rules[chain->count] = (struct dump_rule){ chain, (uint64_t)json_number(o, "handle", 0), json_text(o, "comment"), does };
	chain->count++;
	return 0;
}

/* Twice: first how many each chain has, then each in its place. The order of the listing is the kernel's. */
static int read_rules(struct reading *r, bool counting, struct err *err)
{
	for (size_t i = 0; i < r->list->count; i++) {
		struct text key = TEXT("");
		const struct json *o = only(&r->list->items[i], &key);
		if (text_is(key, "rule") && put_rule(r, o, counting, err) != 0)
			return -1;
	}
	for (size_t i = 0; counting && i < r->dump.chain_count; i++) {
		struct dump_chain *c = &r->dump.chains[i];
		r->dump.rule_count += c->count;
		c->rules = arena_new_array(r->arena, struct dump_rule, c->count);
		c->count = 0;
	}
	return 0;
}

/* The set that a statement adds to or takes from; NULL: it does not. */
static struct dump_set *written_by(struct reading *r, const struct dump_chain *chain, const struct json *statement)
{
	struct text key = TEXT("");
	const struct json *o = only(statement, &key);
	const char *field = text_is(key, "set") ? "set" : text_is(key, "map") ? "map" : NULL;
	struct text name = o && field ? json_text(o, field) : TEXT("");

	if (name.n > 1 && name.p[0] == '@')
		name.p++, name.n--;
	return name.n ? (struct dump_set *)(uintptr_t)dump_set_named(&r->dump, chain->family, chain->table, name) : NULL;
}

/* Sets that a rule writes into: nft 1.0.6 does not list their flag, and a set with time limits can be written without it. */
static void find_written(struct reading *r, const struct dump_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct json *does = chain->rules[i].does;
		for (size_t k = 0; k < does->count; k++) {
			struct dump_set *s = written_by(r, chain, &does->items[k]);
			if (s)
				s->is_dynamic = true;
		}
	}
}

static int no_twins(const struct dump *d, struct err *err)
{
	for (size_t i = 1; i < d->chain_count; i++)
		if (chain_order(&d->chains[i - 1], &d->chains[i]) == 0)
			return fail(err, ERR_MALFORMED, i, "the listing of rules holds a chain twice");
	for (size_t i = 1; i < d->set_count; i++)
		if (set_order(&d->sets[i - 1], &d->sets[i]) == 0)
			return fail(err, ERR_MALFORMED, i, "the listing of rules holds a set twice");
	return 0;
}

int dump_read(struct arena *arena, struct bytes in, struct dump *out, struct err *err)
{
	struct reading r = { .arena = arena };
	struct json whole;

	if (in.n > ZONES_DUMP_BYTES_MOST)
		return fail(err, ERR_LIMIT, in.n, "the listing of rules has more than %d bytes", ZONES_DUMP_BYTES_MOST);
	if (json_read_foreign(arena, in, &whole, err) != 0)
		return -1;
	r.list = json_get(&whole, "nftables");
	if (!r.list || r.list->kind != JSON_ARRAY)
		return fail(err, ERR_MALFORMED, 0, "this is no listing by nft -j -n list ruleset");
	r.dump.chains = arena_new_array(arena, struct dump_chain, r.list->count);
	r.dump.sets = arena_new_array(arena, struct dump_set, r.list->count);
	if (read_frame(&r, err) != 0)
		return -1;
	sort_items(r.dump.chains, r.dump.chain_count, sizeof *r.dump.chains, chain_order);
	sort_items(r.dump.sets, r.dump.set_count, sizeof *r.dump.sets, set_order);
	if (no_twins(&r.dump, err) != 0 || read_rules(&r, true, err) != 0 || read_rules(&r, false, err) != 0)
		return -1;
	for (size_t i = 0; i < r.dump.chain_count; i++)
		find_written(&r, &r.dump.chains[i]);
	*out = r.dump;
	return 0;
}

/* ---- later ---- */

bool dump_element_ends(const struct json *item, int64_t *seconds)
{
	const struct json *element = item->kind == JSON_ARRAY && item->count > 0 ? &item->items[0] : item;
	const struct json *inside = element->kind == JSON_OBJECT ? json_get(element, "elem") : NULL, *left = inside && inside->kind == JSON_OBJECT ? json_get(inside, "expires") : NULL;

	if (!left || left->kind != JSON_NUMBER)
		return false;
	*seconds = left->number;
	return true;
}

static bool has_ended(const struct json *item, int64_t seconds)
{
	int64_t left;

	return dump_element_ends(item, &left) && left <= seconds;
}

static struct json *left_of(struct arena *arena, const struct json *now, int64_t seconds)
{
	struct json *left = arena_new_array(arena, struct json, 1);

	*left = *now;
	left->items = arena_new_array(arena, struct json, now->count), left->count = 0;
	for (size_t k = 0; k < now->count; k++)
		if (!has_ended(&now->items[k], seconds))
			left->items[left->count++] = now->items[k];
	return left;
}

struct dump dump_later(struct arena *arena, const struct dump *dump, int64_t seconds)
{
	struct dump later = *dump;

	later.sets = arena_new_array(arena, struct dump_set, dump->set_count);
	for (size_t i = 0; i < dump->set_count; i++) {
		const struct json *now = dump->sets[i].elements;
		bool ended = false;
		for (size_t k = 0; now && k < now->count && !ended; k++)
			ended = has_ended(&now->items[k], seconds);
		later.sets[i] = dump->sets[i];
		if (ended)
			later.sets[i].elements = left_of(arena, now, seconds);
	}
	return later;
}
