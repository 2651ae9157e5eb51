/* 通信の図 — the division of the networks as a picture (SVG) and as rows, made from the policy text that is loaded: each zone an area with its networks, the gate
 * in the middle, each permitted communication an arrow from who opens it to whom, and each pair of places between which nothing may begin crossed out. Pure.
 * The same content stands in tables beside it, which is what a screen reader reads. */
#ifndef ZONES_PAGES_MAP_H
#define ZONES_PAGES_MAP_H
#include "web/html.h"
#include "zones/ways.h"

enum { MAP_ROWS_MOST = 80 /* arrows drawn; of more the first of each pair, and how many more there are */, MAP_NO_WAYS_MOST = 60, MAP_SOON_DAYS = 30 };

/* Places: the zones of the policy in their order, then the gate. */
struct map {
	const struct policy *policy;
	int64_t now;
	size_t places;
	size_t *counts;	  /* [from * places + to]: allows that have not expired, whatever their hours */
	bool *open;	  /* of each allow of the policy: it is open at this moment */
	bool has_gate;
};
void map_make(struct arena *arena, const struct policy *policy, int64_t now, struct map *out);
size_t map_place_of(const struct map *map, const struct policy_name *side); /* a side of an allow */
struct text map_place_label(const struct map *map, size_t place, enum html_language language);
struct text map_place_name(const struct map *map, size_t place); /* "lgwan", "gate" */
/* In the order of the picture: My-Number, LGWAN, others, the Internet, the gate in the middle. places of them. */
const size_t *map_order(struct arena *arena, const struct map *map);

/* Between two places nothing can be begun: by neither, or not by `from` (answers to what `to` begins come back). */
struct map_no_way {
	size_t from, to;
	bool both;
	const struct policy_never *never; /* the text says so itself; NULL: it does not name it, and what is not named does not pass */
};
struct map_no_ways {
	struct map_no_way *list; /* neither way first */
	size_t count;
};
void map_no_ways(struct arena *arena, const struct map *map, struct map_no_ways *out);

enum map_state { MAP_OPEN, MAP_SOON /* its end is near */, MAP_RESTING /* not in its hours now */, MAP_EXPIRED };
enum map_state map_state(const struct map *map, const struct policy_allow *allow);
/* "Web（HTTPS）、ping" */
const char *map_services(struct arena *arena, const struct policy *policy, const struct policy_name *services, size_t count);
/* "08:30–17:15 平日"; "" without hours. */
const char *map_hours(struct arena *arena, const struct policy_allow *allow, enum html_language language);

struct bytes map_svg(struct arena *arena, const struct map *map, enum html_language language);

#endif
