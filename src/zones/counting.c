/* 遮った通信の数え — contract in counting.h. */
#include "zones/counting.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "policy/model.h"
#include "store/limits.h"
#include "zones/counters.h"

enum { HOUR = 3600, LOOK_SECONDS = 600, AGAIN_SECONDS = 60, REQUEST_BYTES = 16 };
enum { PAIRS_MOST = (POLICY_ZONES_MOST + 1) * (POLICY_ZONES_MOST + 1) + 2 };

struct pair {
	char from[POLICY_NAME_BYTES_MOST + 1], to[POLICY_NAME_BYTES_MOST + 1];
	uint64_t packets;
};
struct counting {
	struct loop *loop;
	struct store_link *recordd;
	int64_t hour;			/* of what is gathered */
	struct pair pairs[PAIRS_MOST]; /* gathered, not yet written down */
	size_t count;
	uint8_t request[REQUEST_BYTES]; /* of the first piece of them, so that recordd takes it once */
};

/* "deny_A_B", "invalid", "unnamed"; false for any other counter. Names of zones hold no "_". */
static bool pair_of(const char *counter, struct pair *out)
{
	const char *from = counter + 5, *bar;

	*out = (struct pair){ .from = "" };
	if (strcmp(counter, "invalid") == 0 || strcmp(counter, "unnamed") == 0) {
		snprintf(out->to, sizeof out->to, "%s", counter);
		return true;
	}
	if (strncmp(counter, "deny_", 5) != 0 || !(bar = strchr(from, '_')) || (size_t)(bar - from) >= sizeof out->from || strlen(bar + 1) >= sizeof out->to)
		return false;
	memcpy(out->from, from, (size_t)(bar - from));
	snprintf(out->to, sizeof out->to, "%s", bar + 1);
	return true;
}

/* Comments are what stands in the kernel: not our own ones only. */
static bool is_id(const char *name)
{
	return name[0] && strlen(name) <= POLICY_NAME_BYTES_MOST && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static bool add(struct pair *list, size_t *count, const struct pair *more)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i].from, more->from) == 0 && strcmp(list[i].to, more->to) == 0) {
			list[i].packets += more->packets;
			return true;
		}
	if (*count == PAIRS_MOST)
		return false;
	list[(*count)++] = *more;
	return true;
}

void counting_gather(struct counting *c)
{
	ARENA(arena) = arena_new(0);
	struct counters all;
	struct pair pair;
	struct err err = { 0 };

	if (counters_read(arena, &all, &err) != 0) {
		log_err(LOG_WARNING, "zonesd-024", "the kernel's counters cannot be read; what they hold is counted later", &err);
		return;
	}
	for (size_t i = 0; i < all.count; i++)
		if (all.list[i].packets > 0 && pair_of(all.list[i].name, &pair) && c->count < PAIRS_MOST && counters_take(all.list[i].name, &pair.packets, &err) == 0)
			add(c->pairs, &c->count, &pair);
}

/* The first pieces of what is gathered; they are forgotten once recordd has them. */
static int send_some(struct counting *c, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *content = json_object(arena), *list = json_array(arena);
	size_t count = MIN(c->count, (size_t)STORE_ZONE_PAIRS_MOST);
	int result;

	for (size_t i = 0; i < count; i++) {
		struct json *o = json_object(arena);
		json_set_str(arena, o, "from", c->pairs[i].from);
		json_set_number(arena, o, "packets", (int64_t)MIN(c->pairs[i].packets, (uint64_t)1 << 52));
		json_set_str(arena, o, "to", c->pairs[i].to);
		json_add(arena, list, o);
	}
	json_set(arena, content, "pairs", list);
	const struct store_zones_blocked what = { .request = bytes_of(c->request, REQUEST_BYTES), .hour = c->hour, .content = json_bytes(arena, content) };
	STORE_ASK(result, c->recordd, arena, zones_blocked, &what, NULL, err);
	if (result != 0)
		return -1;
	memmove(c->pairs, c->pairs + count, (c->count - count) * sizeof *c->pairs);
	c->count -= count;
	random_bytes(c->request, REQUEST_BYTES);
	return 0;
}

static int write_down(struct counting *c)
{
	struct err err = { 0 };

	while (c->count > 0)
		if (send_some(c, &err) != 0) {
			log_err(LOG_WARNING, "zonesd-025", "what was blocked cannot be written down; it is kept and tried again", &err);
			return -1;
		}
	return 0;
}

static int64_t hour_now(void) { return clock_now() / HOUR * HOUR; }

static void look(void *self)
{
	struct counting *c = self;
	int64_t now = clock_now(), left = c->hour + HOUR - now;

	/* A clock that was set back ends the hour too: what was counted keeps the hour in which it was. */
	if (left <= 0 || left > HOUR) {
		counting_gather(c);
		if (write_down(c) == 0)
			c->hour = hour_now();
		left = c->hour + HOUR - now;
	}
	left = left <= 0 || left > HOUR ? AGAIN_SECONDS : MIN(left, (int64_t)LOOK_SECONDS);
	loop_after(c->loop, left * 1000, look, c);
}

struct counting *counting_new(struct loop *loop, struct store_link *recordd)
{
	struct counting *c = calloc(1, sizeof *c);

	must(c);
	c->loop = loop, c->recordd = recordd, c->hour = hour_now();
	random_bytes(c->request, REQUEST_BYTES);
	loop_after(loop, 1000, look, c);
	return c;
}

void counting_end(struct counting *c)
{
	(void)write_down(c); /* failing that was logged */
}

void counting_tell(struct counting *c, struct arena *arena, struct json *view)
{
	struct pair *pairs = arena_new_array(arena, struct pair, PAIRS_MOST), pair;
	struct json *blocked = json_array(arena), *used = json_array(arena);
	size_t count = c->count;
	struct counters all;
	struct err err = { 0 };

	memcpy(pairs, c->pairs, count * sizeof *pairs);
	if (counters_read(arena, &all, &err) != 0)
		all = (struct counters){ 0 };
	for (size_t i = 0; i < all.count; i++) {
		if (all.list[i].packets == 0)
			continue;
		if (pair_of(all.list[i].name, &pair)) {
			pair.packets = all.list[i].packets;
			add(pairs, &count, &pair);
		}
	}
	if (counters_read_elements(arena, &all, &err) != 0)
		all = (struct counters){ 0 };
	for (size_t i = 0; i < all.count; i++) {
		if (!is_id(all.list[i].name))
			continue;
		struct json *o = json_object(arena);
		json_set_str(arena, o, "id", all.list[i].name);
		json_set_number(arena, o, "packets", (int64_t)MIN(all.list[i].packets, (uint64_t)1 << 52));
		json_add(arena, used, o);
	}
	for (size_t i = 0; i < count; i++) {
		struct json *o = json_object(arena);
		json_set_str(arena, o, "from", pairs[i].from);
		json_set_number(arena, o, "packets", (int64_t)MIN(pairs[i].packets, (uint64_t)1 << 52));
		json_set_str(arena, o, "to", pairs[i].to);
		json_add(arena, blocked, o);
	}
	json_set(arena, view, "blocked", blocked);
	json_set_number(arena, view, "blocked_since", c->hour);
	json_set(arena, view, "used", used);
}
