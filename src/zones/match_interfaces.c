/* 規則の中の接続口 — contract in match.h: a rule may speak of an interface that is not there (yet); the proof must know its name. */
#include "zones/match.h"
#include "base/sort.h"

static const struct json *only(const struct json *o, const char *key)
{
	return o && o->kind == JSON_OBJECT && o->count == 1 ? json_get(o, key) : NULL;
}

static int name_order(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int d = memcmp(x->p, y->p, MIN(x->n, y->n));

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

struct names {
	struct arena *arena;
	struct text *list;
	size_t count, room;
};

static void add_name(struct names *n, struct text name)
{
	if (n->count == n->room) {
		struct text *wider = arena_new_array(n->arena, struct text, n->room = n->room ? n->room * 2 : 64);
		if (n->count)
			memcpy(wider, n->list, n->count * sizeof *wider);
		n->list = wider;
	}
	n->list[n->count++] = name;
}

/* Every string below that is no reference: of a condition on interfaces that is all their names. */
static void add_strings(struct names *n, const struct json *j)
{
	if (j->kind == JSON_STRING && j->string.n > 0 && j->string.p[0] != '@' && !text_is(j->string, "*"))
		add_name(n, j->string);
	for (size_t i = 0; (j->kind == JSON_ARRAY || j->kind == JSON_OBJECT) && i < j->count; i++)
		add_strings(n, &j->items[i]);
}

/* Which part of the key is an interface: its strings, from one part of each element. */
static void add_part(struct names *n, const struct json *values, size_t part, bool of_map)
{
	for (size_t i = 0; values && values->kind == JSON_ARRAY && i < values->count; i++) {
		const struct json *j = &values->items[i], *wrapped, *concat;
		if (of_map && j->kind == JSON_ARRAY && j->count == 2)
			j = &j->items[0];
		if ((wrapped = only(j, "elem")))
			j = json_get(wrapped, "val");
		concat = j ? only(j, "concat") : NULL;
		if (concat && concat->kind == JSON_ARRAY && part < concat->count)
			add_strings(n, &concat->items[part]);
		else if (j && !concat && part == 0)
			add_strings(n, j);
	}
}

static bool is_interface(const struct json *key)
{
	struct text name = json_text(only(key, "meta"), "key");

	return text_is(name, "iifname") || text_is(name, "oifname") || text_is(name, "iif") || text_is(name, "oif");
}

static void add_names(struct names *n, const struct dump *dump, const struct dump_chain *chain, const struct json *key, const struct json *values, bool of_map)
{
	const struct json *concat = key ? only(key, "concat") : NULL, *list = values ? only(values, "set") : NULL;
	struct json one = { .kind = JSON_ARRAY, .items = (struct json *)(uintptr_t)values, .count = 1 };

	if (values && values->kind == JSON_STRING && values->string.n > 1 && values->string.p[0] == '@') {
		const struct dump_set *set = dump_set_named(dump, chain->family, chain->table, (struct text){ values->string.p + 1, values->string.n - 1 });
		list = set ? set->elements : NULL;
	} else if (values && !list)
		list = &one;
	for (size_t i = 0; key && i < (concat && concat->kind == JSON_ARRAY ? concat->count : 1); i++)
		if (is_interface(concat && concat->kind == JSON_ARRAY ? &concat->items[i] : key))
			add_part(n, list, i, of_map);
}

void match_interfaces(struct arena *arena, const struct dump *dump, struct text **names, size_t *count)
{
	struct names n = { .arena = arena };
	size_t kept = 0;

	for (size_t i = 0; i < dump->chain_count; i++)
		for (size_t k = 0; k < dump->chains[i].count; k++) {
			const struct json *does = dump->chains[i].rules[k].does, *o;
			for (size_t e = 0; e < does->count; e++) {
				if ((o = only(&does->items[e], "match")))
					add_names(&n, dump, &dump->chains[i], json_get(o, "left"), json_get(o, "right"), false);
				if ((o = only(&does->items[e], "vmap")))
					add_names(&n, dump, &dump->chains[i], json_get(o, "key"), json_get(o, "data"), true);
			}
		}
	sort_items(n.list, n.count, sizeof *n.list, name_order);
	for (size_t i = 0; i < n.count; i++)
		if (kept == 0 || !text_equal(n.list[kept - 1], n.list[i]))
			n.list[kept++] = n.list[i];
	*names = n.list, *count = kept;
}
