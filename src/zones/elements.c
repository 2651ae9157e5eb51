/* 要素 — contract in elements.h. */
#include "zones/elements.h"
#include "zones/limits.h"

static int range_order(const struct packet_range *a, const struct packet_range *b)
{
	if (a->low != b->low)
		return a->low > b->low ? 1 : -1;
	return (a->high > b->high) - (a->high < b->high);
}

static int place_order(const struct zones_element *a, const struct zones_element *b)
{
	int d = (a->protocol > b->protocol) - (a->protocol < b->protocol);

	d = d ? d : range_order(&a->from, &b->from);
	d = d ? d : range_order(&a->to, &b->to);
	return d ? d : range_order(&a->ports, &b->ports);
}

/* Who lasts longest comes first; then by the order of the allows, which is that of their names. */
static int lasting_order(const struct zones_element *a, const struct zones_element *b)
{
	if (a->until != b->until)
		return a->until < b->until ? 1 : -1;
	return (a->allow > b->allow) - (a->allow < b->allow);
}

static int by_place(const void *a, const void *b)
{
	int d = place_order(a, b);

	return d ? d : lasting_order(a, b);
}

static int by_lasting(const void *a, const void *b)
{
	int d = lasting_order(a, b);

	return d ? d : place_order(a, b);
}

struct growing {
	struct arena *arena;
	struct zones_elements *out;
	size_t room;
	struct err *err;
};

static int put(struct growing *g, const struct zones_element *e)
{
	struct zones_elements *out = g->out;

	if (out->count == ZONES_ELEMENTS_MOST)
		return fail(g->err, ERR_LIMIT, out->count, "the rules between two zones need more than %d elements", ZONES_ELEMENTS_MOST);
	if (out->count == g->room) {
		struct zones_element *more = arena_new_array(g->arena, struct zones_element, g->room = g->room ? 2 * g->room : 16);
		if (out->count)
			memcpy(more, out->list, out->count * sizeof *more);
		out->list = more;
	}
	out->list[out->count++] = *e;
	return 0;
}

static packet_number size_of(struct packet_range r)
{
	packet_number size = r.high - r.low + 1;

	return size == 0 || size > ZONES_SINGLES_MOST ? ZONES_SINGLES_MOST + 1 : size;
}

/* One box, or each of its packets. */
static int put_box(struct growing *g, const struct zones_element *box, bool single)
{
	bool small = size_of(box->from) * size_of(box->to) * size_of(box->ports) <= ZONES_SINGLES_MOST;

	if (small != single)
		return 0;
	if (!single)
		return put(g, box);
	struct zones_element e = *box;
	for (e.from.low = box->from.low;; e.from.low++) {
		for (e.to.low = box->to.low;; e.to.low++) {
			for (e.ports.low = box->ports.low;; e.ports.low++) {
				e.from.high = e.from.low, e.to.high = e.to.low, e.ports.high = e.ports.low;
				if (put(g, &e) != 0)
					return -1;
				if (e.ports.low == box->ports.high)
					break;
			}
			if (e.to.low == box->to.high)
				break;
		}
		if (e.from.low == box->from.high)
			break;
	}
	return 0;
}

static int put_way(struct growing *g, const struct zones_way *way, struct packet_range ports, uint8_t protocol, const struct zones_choice *choice)
{
	const struct zones_ranges *from = &way->from_ranges[choice->v6], *to = &way->to_ranges[choice->v6];

	for (size_t i = 0; i < from->count; i++)
		for (size_t k = 0; k < to->count; k++) {
			struct zones_element box = { way->allow, way->until, from->list[i], to->list[k], ports, protocol };
			if (put_box(g, &box, choice->single) != 0)
				return -1;
		}
	return 0;
}

static int put_service(struct growing *g, const struct zones_way *way, const struct policy_service *service, const struct zones_choice *choice)
{
	for (size_t i = 0; !choice->icmp && i < service->ports_count; i++) {
		const struct policy_ports *ports = &service->ports[i];
		if (put_way(g, way, (struct packet_range){ ports->low, ports->high }, ports->transport == POLICY_TCP ? 6 : 17, choice) != 0)
			return -1;
	}
	for (size_t i = 0; choice->icmp && i < service->icmp_count; i++) {
		const struct policy_icmp *icmp = &service->icmps[i];
		if (icmp->v6 == choice->icmp->v6 && icmp->type == choice->icmp->type &&
		    put_way(g, way, (struct packet_range){ icmp->type, icmp->type }, icmp->v6 ? 58 : 1, choice) != 0)
			return -1;
	}
	return 0;
}

static bool meet(struct packet_range a, struct packet_range b)
{
	return a.low <= b.high && b.low <= a.high;
}

/* What of a box lies outside another, along one side: what is cut off goes out, what is left stays in the box. */
static int cut(struct growing *g, struct zones_element *box, struct packet_range *side, struct packet_range by)
{
	struct packet_range whole = *side;

	if (whole.low < by.low) {
		*side = (struct packet_range){ whole.low, by.low - 1 };
		if (put(g, box) != 0)
			return -1;
		whole.low = by.low;
	}
	if (whole.high > by.high) {
		*side = (struct packet_range){ by.high + 1, whole.high };
		if (put(g, box) != 0)
			return -1;
		whole.high = by.high;
	}
	*side = whole;
	return 0;
}

static int outside(struct growing *g, struct zones_element box, const struct zones_element *by)
{
	if (cut(g, &box, &box.from, by->from) != 0 || cut(g, &box, &box.to, by->to) != 0)
		return -1;
	return cut(g, &box, &box.ports, by->ports);
}

/* ---- which boxes overlap: a tree of hulls, so that each box meets few others ---- */

enum { SIDES = 4, LEAF = 8, HEIGHT_MOST = 64 };
struct hull {
	struct packet_range sides[SIDES];
	size_t first;	   /* the least number of a box below it */
	size_t begin, end; /* of the numbers in tree->order */
	size_t left, right; /* hulls; 0: a leaf */
};
struct tree {
	const struct zones_elements *boxes;
	size_t *order;
	struct hull *hulls;
	size_t count;
};

static struct packet_range side_of(const struct zones_element *e, unsigned side)
{
	return side == 0 ? e->to : side == 1 ? e->from : side == 2 ? e->ports : (struct packet_range){ e->protocol, e->protocol };
}

struct placed {
	packet_number low, high;
	size_t box;
};

static int by_low(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int d = range_order(&(struct packet_range){ x->low, x->high }, &(struct packet_range){ y->low, y->high });

	return d ? d : (x->box > y->box) - (x->box < y->box);
}

static void sort_along(struct tree *t, size_t begin, size_t end, unsigned side, struct placed *room)
{
	for (size_t i = begin; i < end; i++) {
		struct packet_range r = side_of(&t->boxes->list[t->order[i]], side);
		room[i] = (struct placed){ r.low, r.high, t->order[i] };
	}
	qsort(room + begin, end - begin, sizeof *room, by_low);
	for (size_t i = begin; i < end; i++)
		t->order[i] = room[i].box;
}

static size_t grow_tree(struct tree *t, size_t begin, size_t end, unsigned depth, struct placed *room)
{
	size_t at = t->count++;
	struct hull hull = { .first = t->order[begin], .begin = begin, .end = end };

	for (unsigned side = 0; side < SIDES; side++)
		hull.sides[side] = side_of(&t->boxes->list[t->order[begin]], side);
	for (size_t i = begin + 1; i < end; i++) {
		hull.first = MIN(hull.first, t->order[i]);
		for (unsigned side = 0; side < SIDES; side++) {
			struct packet_range r = side_of(&t->boxes->list[t->order[i]], side);
			hull.sides[side] = (struct packet_range){ MIN(hull.sides[side].low, r.low), MAX(hull.sides[side].high, r.high) };
		}
	}
	if (end - begin > LEAF) {
		size_t middle = begin + (end - begin) / 2;
		sort_along(t, begin, end, depth % (SIDES - 1), room);
		hull.left = grow_tree(t, begin, middle, depth + 1, room);
		hull.right = grow_tree(t, middle, end, depth + 1, room);
	}
	t->hulls[at] = hull;
	return at;
}

static void make_tree(struct arena *arena, const struct zones_elements *boxes, struct tree *out)
{
	struct tree t = { .boxes = boxes, .order = arena_new_array(arena, size_t, boxes->count), .hulls = arena_new_array(arena, struct hull, 2 * boxes->count) };

	for (size_t i = 0; i < boxes->count; i++)
		t.order[i] = i;
	if (boxes->count)
		grow_tree(&t, 0, boxes->count, 0, arena_new_array(arena, struct placed, boxes->count));
	*out = t;
}

static bool boxes_meet(const struct zones_element *a, const struct zones_element *b)
{
	return a->protocol == b->protocol && meet(a->from, b->from) && meet(a->to, b->to) && meet(a->ports, b->ports);
}

static int number_order(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The boxes before this one that overlap it, in order. found: room for all. */
static size_t overlapping(const struct tree *t, size_t box, size_t *found)
{
	const struct zones_element *e = &t->boxes->list[box];
	size_t waiting[HEIGHT_MOST] = { 0 }, depth = 1, n = 0;

	while (depth > 0) {
		const struct hull *hull = &t->hulls[waiting[--depth]];
		bool over = hull->first < box;
		for (unsigned side = 0; over && side < SIDES; side++)
			over = meet(hull->sides[side], side_of(e, side));
		if (!over)
			continue;
		if (hull->left) {
			must(depth + 2 <= HEIGHT_MOST);
			waiting[depth++] = hull->right, waiting[depth++] = hull->left;
			continue;
		}
		for (size_t i = hull->begin; i < hull->end; i++)
			if (t->order[i] < box && boxes_meet(e, &t->boxes->list[t->order[i]]))
				found[n++] = t->order[i];
	}
	if (n)
		qsort(found, n, sizeof *found, number_order);
	return n;
}

/* What of a box is in none of the others. */
static int part_one(struct growing *g, const struct zones_elements *boxes, size_t box, const size_t *others, size_t count)
{
	ARENA(scratch) = arena_new(0);
	struct zones_elements pieces = { 0 }, rest;
	struct growing first = { scratch, &pieces, 0, g->err };

	if (put(&first, &boxes->list[box]) != 0)
		return -1;
	for (size_t k = 0; k < count && pieces.count; k++) {
		const struct zones_element *by = &boxes->list[others[k]];
		rest = (struct zones_elements){ 0 };
		struct growing next = { scratch, &rest, 0, g->err };
		for (size_t p = 0; p < pieces.count; p++)
			if ((boxes_meet(by, &pieces.list[p]) ? outside(&next, pieces.list[p], by) : put(&next, &pieces.list[p])) != 0)
				return -1;
		pieces = rest;
	}
	for (size_t p = 0; p < pieces.count; p++)
		if (put(g, &pieces.list[p]) != 0)
			return -1;
	return 0;
}

/* Boxes in the order of lasting: of each only what none before it has. */
static int part(struct growing *g, const struct zones_elements *boxes)
{
	ARENA(scratch) = arena_new(0);
	size_t *found = arena_new_array(scratch, size_t, boxes->count);
	struct tree tree;

	make_tree(scratch, boxes, &tree);
	for (size_t i = 0; i < boxes->count; i++) {
		size_t count = overlapping(&tree, i, found);
		if ((count ? part_one(g, boxes, i, found, count) : put(g, &boxes->list[i])) != 0)
			return -1;
	}
	return 0;
}

enum zones_handling zones_handling_of(const struct policy_allow *allow)
{
	return allow->rate ? ZONES_RATED : allow->log ? ZONES_LOGGED : ZONES_PLAIN;
}

int zones_elements_make(struct arena *arena, const struct policy *policy, const struct zones_way *ways, size_t count, const struct zones_choice *choice, struct zones_elements *out, struct err *err)
{
	ARENA(scratch) = arena_new(0);
	struct zones_elements boxes = { 0 }, whole = { 0 };
	struct growing g = { scratch, &boxes, 0, err }, result = { arena, &whole, 0, err };

	for (size_t i = 0; i < count; i++) {
		const struct policy_allow *allow = ways[i].allow;
		if (zones_handling_of(allow) != choice->handling)
			continue;
		for (size_t k = 0; k < allow->service_count; k++)
			if (put_service(&g, &ways[i], policy_service_named(policy, allow->services[k].name), choice) != 0)
				return -1;
	}
	if (boxes.count)
		qsort(boxes.list, boxes.count, sizeof *boxes.list, choice->single ? by_place : by_lasting);
	if (!choice->single && part(&result, &boxes) != 0)
		return -1;
	for (size_t i = 0; choice->single && i < boxes.count; i++)
		if ((i == 0 || place_order(&boxes.list[i - 1], &boxes.list[i]) != 0) && put(&result, &boxes.list[i]) != 0)
			return -1;
	if (whole.count)
		qsort(whole.list, whole.count, sizeof *whole.list, by_place);
	*out = whole;
	return 0;
}

/* ---- addresses alone ---- */

static int span_order(const void *a, const void *b)
{
	const struct zones_span *x = a, *y = b;
	int d = range_order(&x->range, &y->range);

	return d ? d : (x->until < y->until) - (x->until > y->until);
}

/* A heap of spans that began, the latest end on top. */
static void heap_put(struct zones_span *heap, size_t *count, struct zones_span s)
{
	size_t i = (*count)++;

	for (; i && heap[(i - 1) / 2].until < s.until; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = s;
}

static void heap_drop(struct zones_span *heap, size_t *count)
{
	struct zones_span s = heap[--*count];
	size_t i = 0;

	for (size_t k; (k = 2 * i + 1) < *count; i = k) {
		k += k + 1 < *count && heap[k + 1].until > heap[k].until;
		if (heap[k].until <= s.until)
			break;
		heap[i] = heap[k];
	}
	heap[i] = s;
}

void zones_spans_settle(struct arena *arena, struct zones_span **spans, size_t *count)
{
	ARENA(scratch) = arena_new(0);
	struct zones_span *in = *spans, *heap = arena_new_array(scratch, struct zones_span, *count + 1), *out = arena_new_array(arena, struct zones_span, 2 * *count + 1);
	size_t begun = 0, waiting = 0, n = 0;
	packet_number at = 0;

	if (*count)
		qsort(in, *count, sizeof *in, span_order);
	while (begun < *count || waiting) {
		while (waiting && heap[0].range.high < at)
			heap_drop(heap, &waiting);
		if (!waiting && begun < *count)
			at = MAX(at, in[begun].range.low);
		while (begun < *count && in[begun].range.low <= at)
			heap_put(heap, &waiting, in[begun++]);
		if (!waiting || heap[0].range.high < at)
			continue;
		/* From here on the top one holds until it ends or one begins that lasts longer. */
		packet_number high = heap[0].range.high;
		for (size_t i = begun; i < *count && in[i].range.low <= high; i++)
			if (in[i].until > heap[0].until) {
				high = in[i].range.low - 1;
				break;
			}
		struct zones_span *last = n ? &out[n - 1] : NULL;
		if (last && last->until == heap[0].until && last->range.high + 1 == at)
			last->range.high = high;
		else
			out[n++] = (struct zones_span){ { at, high }, heap[0].until };
		if (high == ~(packet_number)0)
			break;
		at = high + 1;
	}
	*spans = out, *count = n;
}
