/* 判定図 — reduced ordered decision graphs: a question of yes or no over many bits, each function in exactly one form, so that equal functions
 * have equal numbers. Knows nothing of packets; packet_set.h gives the bits their meaning. No global state: everything lies in one arena.
 * When the named number of nodes is reached the graph is full for good: every result is GRAPH_BROKEN from then on, never a wrong one. */
#ifndef ZONES_GRAPH_H
#define ZONES_GRAPH_H
#include "base/arena.h"
#include "base/err.h"

struct graph;
enum { GRAPH_NONE = 0, GRAPH_ALL = 1 };
#define GRAPH_BROKEN UINT32_MAX

/* variables ≤ 1000: bit 0 is asked first. most: nodes, up to 2^31. NULL if the arena has no room for that many. */
struct graph *graph_new(struct arena *arena, unsigned variables, uint32_t most);
bool graph_is_full(const struct graph *g);
uint32_t graph_size(const struct graph *g); /* nodes so far */

uint32_t graph_and(struct graph *g, uint32_t a, uint32_t b);
uint32_t graph_or(struct graph *g, uint32_t a, uint32_t b);
uint32_t graph_minus(struct graph *g, uint32_t a, uint32_t b); /* a and not b */
uint32_t graph_differ(struct graph *g, uint32_t a, uint32_t b); /* in one but not in both */
/* Where `variable` is 1: high, else low; both may speak of any bit. */
uint32_t graph_choose(struct graph *g, unsigned variable, uint32_t low, uint32_t high);
/* With some value of the bits first … last: a. */
uint32_t graph_forget(struct graph *g, uint32_t a, unsigned first, unsigned last);
/* a where the bits from `first` to the last one say this value, of which a says nothing any more. They are at most 16. */
uint32_t graph_at(struct graph *g, uint32_t a, unsigned first, uint32_t value);
/* Some function, as simple as can be, that agrees with a wherever `care` holds. care: not GRAPH_NONE. */
uint32_t graph_simplify(struct graph *g, uint32_t a, uint32_t care);

/* Looking at it. a must not be GRAPH_BROKEN. */
unsigned graph_variable(const struct graph *g, uint32_t a); /* the number of variables for GRAPH_NONE and GRAPH_ALL */
uint32_t graph_low(const struct graph *g, uint32_t a);
uint32_t graph_high(const struct graph *g, uint32_t a);
/* How many of the 2^variables assignments are in it. */
double graph_count(struct graph *g, uint32_t a);

#endif
