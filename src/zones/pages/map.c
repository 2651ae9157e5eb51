/* 通信の図: 中身 — contract in map.h; the drawing is map_svg.c. */
#include "zones/pages/map.h"
#include "base/calendar.h"

static size_t place_of_zone(const struct map *map, const struct policy_zone *zone)
{
	return zones_zone_index(map->policy, zone);
}

void map_make(struct arena *arena, const struct policy *policy, int64_t now, struct map *out)
{
	struct map map = { .policy = policy, .now = now, .places = policy->zone_count + 1, .has_gate = policy->has_gate };
	struct zones_ways ways;

	map.counts = arena_new_array(arena, size_t, map.places * map.places);
	map.open = arena_new_array(arena, bool, policy->allow_count + 1);
	zones_ways_make(arena, policy, now, true, &ways);
	for (size_t i = 0; i < ways.count; i++)
		map.counts[place_of_zone(&map, ways.list[i].from) * map.places + place_of_zone(&map, ways.list[i].to)]++;
	zones_ways_make(arena, policy, now, false, &ways);
	for (size_t i = 0; i < ways.count; i++)
		map.open[ways.list[i].allow - policy->allows] = true;
	*out = map;
}

size_t map_place_of(const struct map *map, const struct policy_name *side)
{
	return place_of_zone(map, policy_side_of(map->policy, side).zone);
}

struct text map_place_label(const struct map *map, size_t place, enum html_language language)
{
	if (place < map->policy->zone_count)
		return map->policy->zones[place].label;
	return map->has_gate && language == HTML_JAPANESE ? map->policy->gate.label : language == HTML_JAPANESE ? TEXT("関所") : TEXT("the gate");
}

struct text map_place_name(const struct map *map, size_t place)
{
	return place < map->policy->zone_count ? map->policy->zones[place].name : TEXT("gate");
}

static unsigned rank(struct text zone)
{
	return text_is(zone, "mynumber") ? 0 : text_is(zone, "lgwan") ? 1 : text_is(zone, "internet") ? 3 : 2;
}

const size_t *map_order(struct arena *arena, const struct map *map)
{
	size_t *order = arena_new_array(arena, size_t, map->places), n = 0, zones = map->policy->zone_count;

	for (unsigned wanted = 0; wanted < 4; wanted++)
		for (size_t i = 0; i < zones; i++)
			if (rank(map->policy->zones[i].name) == wanted) {
				if (n == (zones + 1) / 2)
					order[n++] = zones;
				order[n++] = i;
			}
	if (n < map->places)
		order[n++] = zones;
	return order;
}

/* A never without services that holds for the whole of both places. */
static const struct policy_never *never_between(const struct map *map, size_t from, size_t to)
{
	for (size_t i = 0; i < map->policy->never_count; i++) {
		const struct policy_never *n = &map->policy->nevers[i];
		if (n->service_count == 0 && text_equal(n->from.name, map_place_name(map, from)) && text_equal(n->to.name, map_place_name(map, to)))
			return n;
	}
	return NULL;
}

void map_no_ways(struct arena *arena, const struct map *map, struct map_no_ways *out)
{
	const size_t *order = map_order(arena, map);
	struct map_no_ways ways = { arena_new_array(arena, struct map_no_way, map->places * map->places), 0 };

	for (int both = 1; both >= 0; both--)
		for (size_t i = 0; i < map->places; i++)
			for (size_t k = 0; k < map->places; k++) {
				size_t from = order[i], to = order[k];
				bool there = map->counts[from * map->places + to] > 0, back = map->counts[to * map->places + from] > 0;
				if (i == k || there || (both ? back || i > k : !back))
					continue;
				const struct policy_never *never = never_between(map, from, to);
				ways.list[ways.count++] = (struct map_no_way){ from, to, both, never || !both ? never : never_between(map, to, from) };
			}
	*out = ways;
}

enum map_state map_state(const struct map *map, const struct policy_allow *allow)
{
	if (allow->expires <= map->now)
		return MAP_EXPIRED;
	if (calendar_days_left(map->now, allow->expires) <= MAP_SOON_DAYS)
		return MAP_SOON;
	return map->open[allow - map->policy->allows] ? MAP_OPEN : MAP_RESTING;
}

const char *map_services(struct arena *arena, const struct policy *policy, const struct policy_name *services, size_t count)
{
	struct buf out = buf_in(arena, 0);

	for (size_t i = 0; i < count; i++) {
		const struct policy_service *service = policy_service_named(policy, services[i].name);
		buf_printf(&out, "%s%s", i ? "、" : "", service ? service->label.p : services[i].name.p);
	}
	return buf_string(&out);
}

const char *map_hours(struct arena *arena, const struct policy_allow *allow, enum html_language language)
{
	bool japanese = language == HTML_JAPANESE;
	const char *days = allow->window_days == POLICY_WEEKDAYS ? (japanese ? "平日" : "weekdays") : allow->window_days == POLICY_WEEKENDS ? (japanese ? "土日" : "weekends")
																	   : (japanese ? "毎日" : "every day");

	if (!allow->has_window)
		return "";
	return arena_printf(arena, "%s %02u:%02u–%02u:%02u", days, allow->window_from / 60, allow->window_from % 60, allow->window_to / 60, allow->window_to % 60);
}
