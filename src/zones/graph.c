/* 判定図 — contract in graph.h. Nodes stand in one array whose untouched pages cost nothing; the table that keeps them unique and the memory of
 * results grow with them. */
#include "zones/graph.h"

enum { VARIABLES_MOST = 1000, BUCKETS_FIRST = 1 << 12, RESULTS_MOST = 1 << 22, NOTHING = 0 };
enum act { ACT_AND = 1, ACT_OR, ACT_MINUS, ACT_DIFFER, ACT_FORGET, ACT_SIMPLIFY, ACT_AT };

struct node {
	uint32_t low, high, next, variable;
};
struct result {
	uint32_t a, b, act, of;
};
struct graph {
	struct arena *arena;
	struct node *nodes;
	uint32_t count, most;
	uint32_t *buckets, bucket_mask;
	struct result *results;
	uint32_t result_mask;
	unsigned variables;
	bool full;
};

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t h = ((uint64_t)a * 0x9E3779B97F4A7C15u) ^ ((uint64_t)b * 0xC2B2AE3D27D4EB4Fu) ^ ((uint64_t)c * 0x165667B19E3779F9u);

	h ^= h >> 32;
	h *= 0xD6E8FEB86659FD93u;
	return (uint32_t)(h >> 32);
}

/* Where a node is looked for. Neighbours in the order in which they were made stand side by side: nodes are made from the last bit backwards, each over the one made just
 * before, so the younger of the two below it is the place, and only what many nodes share moves it. */
static uint32_t home(uint32_t low, uint32_t high, unsigned variable)
{
	uint32_t older = MIN(low, high), younger = MAX(low, high);

	return younger > 1 ? younger + (older > 1 ? mix(older, low < high, 0) : older + low) : mix(low, high, variable);
}

struct graph *graph_new(struct arena *arena, unsigned variables, uint32_t most)
{
	must(variables <= VARIABLES_MOST && most >= 2 && most <= UINT32_C(1) << 31);
	struct graph *g = arena_alloc(arena, sizeof *g);

	*g = (struct graph){ .arena = arena, .most = most, .count = 2, .variables = variables };
	g->nodes = arena_scratch(arena, most * sizeof *g->nodes);
	g->buckets = arena_try(arena, BUCKETS_FIRST * sizeof *g->buckets);
	g->results = arena_try(arena, BUCKETS_FIRST * sizeof *g->results);
	if (!g->nodes || !g->buckets || !g->results)
		return NULL;
	g->bucket_mask = g->result_mask = BUCKETS_FIRST - 1;
	for (uint32_t i = 0; i < 2; i++)
		g->nodes[i] = (struct node){ .low = i, .high = i, .variable = variables };
	return g;
}

bool graph_is_full(const struct graph *g)
{
	return g->full;
}

uint32_t graph_size(const struct graph *g)
{
	return g->count;
}

/* Twice the buckets, so that a chain stays about one node long. What the smaller table took is left to the arena. */
static bool grow_buckets(struct graph *g)
{
	size_t n = ((size_t)g->bucket_mask + 1) * 2;
	uint32_t *wider = arena_try(g->arena, n * sizeof *wider);

	if (!wider)
		return false;
	g->buckets = wider, g->bucket_mask = (uint32_t)n - 1;
	for (uint32_t i = 2; i < g->count; i++) {
		struct node *node = &g->nodes[i];
		uint32_t *bucket = &g->buckets[home(node->low, node->high, node->variable) & g->bucket_mask];
		node->next = *bucket, *bucket = i;
	}
	return true;
}

/* Results are only remembered: a larger memory starts empty, and where there is no room for it the old one goes on. */
static void grow_results(struct graph *g)
{
	size_t n = ((size_t)g->result_mask + 1) * 2;

	if (n > RESULTS_MOST)
		return;
	struct result *wider = arena_try(g->arena, n * sizeof *wider);
	if (wider)
		g->results = wider, g->result_mask = (uint32_t)n - 1;
}

static uint32_t make(struct graph *g, unsigned variable, uint32_t low, uint32_t high)
{
	if (low == high || g->full)
		return g->full ? GRAPH_BROKEN : low;
	uint32_t *bucket = &g->buckets[home(low, high, variable) & g->bucket_mask];
	for (uint32_t i = *bucket; i != NOTHING; i = g->nodes[i].next)
		if (g->nodes[i].low == low && g->nodes[i].high == high && g->nodes[i].variable == variable)
			return i;
	if (g->count == g->most || (g->count > g->bucket_mask && !grow_buckets(g))) {
		g->full = true;
		return GRAPH_BROKEN;
	}
	bucket = &g->buckets[home(low, high, variable) & g->bucket_mask];
	g->nodes[g->count] = (struct node){ .low = low, .high = high, .next = *bucket, .variable = variable };
	*bucket = g->count++;
	if (g->count / 2 > g->result_mask)
		grow_results(g);
	return g->count - 1;
}

/* Cases without a look inside; true if *out is the answer. */
static bool is_plain(enum act act, uint32_t a, uint32_t b, uint32_t *out)
{
	switch (act) {
	case ACT_AND:
		*out = a == b || b == GRAPH_ALL ? a : a == GRAPH_ALL ? b : GRAPH_NONE;
		return a <= 1 || b <= 1 || a == b;
	case ACT_OR:
		*out = a == b || b == GRAPH_NONE ? a : a == GRAPH_NONE ? b : GRAPH_ALL;
		return a <= 1 || b <= 1 || a == b;
	case ACT_MINUS:
		*out = b == GRAPH_NONE ? a : GRAPH_NONE;
		return a == GRAPH_NONE || b <= 1 || a == b;
	default: /* ACT_DIFFER */
		*out = a == b ? GRAPH_NONE : b == GRAPH_NONE ? a : b;
		return a == b || a == GRAPH_NONE || b == GRAPH_NONE;
	}
}

static uint32_t apply(struct graph *g, enum act act, uint32_t a, uint32_t b)
{
	uint32_t of;

	if (g->full)
		return GRAPH_BROKEN;
	if (is_plain(act, a, b, &of))
		return of;
	if (act != ACT_MINUS && a > b)
		of = a, a = b, b = of;
	const struct result *known = &g->results[mix(a, b, act) & g->result_mask];
	if (known->a == a && known->b == b && known->act == act)
		return known->of;
	struct node x = g->nodes[a], y = g->nodes[b];
	unsigned variable = MIN(x.variable, y.variable);
	uint32_t low = apply(g, act, x.variable == variable ? x.low : a, y.variable == variable ? y.low : b);
	uint32_t high = apply(g, act, x.variable == variable ? x.high : a, y.variable == variable ? y.high : b);
	of = make(g, variable, low, high);
	if (!g->full)
		g->results[mix(a, b, act) & g->result_mask] = (struct result){ a, b, act, of };
	return of;
}

static uint32_t asked(struct graph *g, enum act act, uint32_t a, uint32_t b)
{
	if (g->full || a == GRAPH_BROKEN || b == GRAPH_BROKEN)
		return GRAPH_BROKEN;
	must(a < g->count && b < g->count);
	return apply(g, act, a, b);
}

uint32_t graph_and(struct graph *g, uint32_t a, uint32_t b)
{
	return asked(g, ACT_AND, a, b);
}

uint32_t graph_or(struct graph *g, uint32_t a, uint32_t b)
{
	return asked(g, ACT_OR, a, b);
}

uint32_t graph_minus(struct graph *g, uint32_t a, uint32_t b)
{
	return asked(g, ACT_MINUS, a, b);
}

uint32_t graph_differ(struct graph *g, uint32_t a, uint32_t b)
{
	return asked(g, ACT_DIFFER, a, b);
}

uint32_t graph_choose(struct graph *g, unsigned variable, uint32_t low, uint32_t high)
{
	if (g->full || low == GRAPH_BROKEN || high == GRAPH_BROKEN)
		return GRAPH_BROKEN;
	must(variable < g->variables && low < g->count && high < g->count);
	if (variable < g->nodes[low].variable && variable < g->nodes[high].variable)
		return make(g, variable, low, high);
	uint32_t is_one = make(g, variable, GRAPH_NONE, GRAPH_ALL);
	return graph_or(g, graph_minus(g, low, is_one), graph_and(g, high, is_one));
}

static uint32_t forget(struct graph *g, uint32_t a, unsigned first, unsigned last)
{
	if (g->full)
		return GRAPH_BROKEN;
	struct node node = g->nodes[a];
	uint32_t range = first * (VARIABLES_MOST + 1) + last; /* a number of its own for each range of bits */

	if (node.variable > last)
		return a;
	const struct result *known = &g->results[mix(a, range, ACT_FORGET) & g->result_mask];
	if (known->a == a && known->b == range && known->act == ACT_FORGET)
		return known->of;
	uint32_t low = forget(g, node.low, first, last), high = forget(g, node.high, first, last);
	uint32_t of = node.variable >= first ? graph_or(g, low, high) : g->full ? GRAPH_BROKEN : make(g, node.variable, low, high);
	if (!g->full)
		g->results[mix(a, range, ACT_FORGET) & g->result_mask] = (struct result){ a, range, ACT_FORGET, of };
	return of;
}

uint32_t graph_forget(struct graph *g, uint32_t a, unsigned first, unsigned last)
{
	if (g->full || a == GRAPH_BROKEN)
		return GRAPH_BROKEN;
	must(first <= last && last < g->variables && a < g->count);
	return forget(g, a, first, last);
}

static uint32_t at(struct graph *g, uint32_t a, unsigned first, uint32_t value)
{
	if (g->full)
		return GRAPH_BROKEN;
	while (g->nodes[a].variable >= first && a > 1)
		a = value >> (g->variables - 1 - g->nodes[a].variable) & 1 ? g->nodes[a].high : g->nodes[a].low;
	if (a <= 1)
		return a;
	uint32_t which = first << 16 | value;
	const struct result *known = &g->results[mix(a, which, ACT_AT) & g->result_mask];
	if (known->a == a && known->b == which && known->act == ACT_AT)
		return known->of;
	struct node node = g->nodes[a];
	uint32_t low = at(g, node.low, first, value), high = at(g, node.high, first, value);
	uint32_t of = make(g, node.variable, low, high);
	if (!g->full)
		g->results[mix(a, which, ACT_AT) & g->result_mask] = (struct result){ a, which, ACT_AT, of };
	return of;
}

uint32_t graph_at(struct graph *g, uint32_t a, unsigned first, uint32_t value)
{
	if (g->full || a == GRAPH_BROKEN)
		return GRAPH_BROKEN;
	must(first < g->variables && g->variables - first <= 16 && value >> (g->variables - first) == 0 && a < g->count);
	return at(g, a, first, value);
}

/* Coudert and Madre's "restrict": where care has one side only, the other side is never asked. */
static uint32_t simplify(struct graph *g, uint32_t a, uint32_t care)
{
	if (g->full)
		return GRAPH_BROKEN;
	if (a <= 1 || care == GRAPH_ALL)
		return a;
	struct node x = g->nodes[a], c = g->nodes[care];
	if (c.variable < x.variable)
		return simplify(g, a, c.low == GRAPH_NONE ? c.high : c.high == GRAPH_NONE ? c.low : graph_or(g, c.low, c.high));
	const struct result *known = &g->results[mix(a, care, ACT_SIMPLIFY) & g->result_mask];
	if (known->a == a && known->b == care && known->act == ACT_SIMPLIFY)
		return known->of;
	uint32_t of;
	if (x.variable < c.variable)
		of = make(g, x.variable, simplify(g, x.low, care), simplify(g, x.high, care));
	else if (c.low == GRAPH_NONE)
		of = simplify(g, x.high, c.high);
	else if (c.high == GRAPH_NONE)
		of = simplify(g, x.low, c.low);
	else
		of = make(g, x.variable, simplify(g, x.low, c.low), simplify(g, x.high, c.high));
	if (!g->full)
		g->results[mix(a, care, ACT_SIMPLIFY) & g->result_mask] = (struct result){ a, care, ACT_SIMPLIFY, of };
	return of;
}

uint32_t graph_simplify(struct graph *g, uint32_t a, uint32_t care)
{
	if (g->full || a == GRAPH_BROKEN || care == GRAPH_BROKEN)
		return GRAPH_BROKEN;
	must(a < g->count && care < g->count && care != GRAPH_NONE);
	return simplify(g, a, care);
}

unsigned graph_variable(const struct graph *g, uint32_t a)
{
	must(a < g->count);
	return g->nodes[a].variable;
}

uint32_t graph_low(const struct graph *g, uint32_t a)
{
	must(a < g->count);
	return g->nodes[a].low;
}

uint32_t graph_high(const struct graph *g, uint32_t a)
{
	must(a < g->count);
	return g->nodes[a].high;
}

/* Share of all assignments below one node, remembered in `share` (negative: not yet known). */
static double share_of(const struct graph *g, uint32_t a, double *share)
{
	if (a <= 1)
		return a;
	if (share[a] < 0)
		share[a] = (share_of(g, g->nodes[a].low, share) + share_of(g, g->nodes[a].high, share)) / 2;
	return share[a];
}

double graph_count(struct graph *g, uint32_t a)
{
	ARENA(scratch) = arena_new(0);
	double all = 1;

	must(a < g->count);
	double *share = arena_array(scratch, sizeof *share, (size_t)a + 1); /* children are older than their node */
	for (size_t i = 0; i <= a; i++)
		share[i] = -1;
	for (unsigned i = 0; i < g->variables; i++)
		all *= 2;
	return share_of(g, a, share) * all;
}
