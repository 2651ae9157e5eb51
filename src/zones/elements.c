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

/* Boxes in the order of lasting: of each only what none before it has. */
static int part(struct growing *g, const struct zones_elements *boxes, struct err *err)
{
	struct zones_elements pieces, rest;

	for (size_t i = 0; i < boxes->count; i++) {
		ARENA(scratch) = arena_new(0);
		size_t before = g->out->count;
		pieces = (struct zones_elements){ 0 };
		struct growing first = { scratch, &pieces, 0, err };
		if (put(&first, &boxes->list[i]) != 0)
			return -1;
		for (size_t k = 0; k < before && pieces.count; k++) {
			const struct zones_element *by = &g->out->list[k];
			if (by->protocol != boxes->list[i].protocol || !meet(by->from, boxes->list[i].from) || !meet(by->to, boxes->list[i].to) || !meet(by->ports, boxes->list[i].ports))
				continue;
			rest = (struct zones_elements){ 0 };
			struct growing next = { scratch, &rest, 0, err };
			for (size_t p = 0; p < pieces.count; p++) {
				const struct zones_element *piece = &pieces.list[p];
				bool over = meet(by->from, piece->from) && meet(by->to, piece->to) && meet(by->ports, piece->ports);
				if ((over ? outside(&next, *piece, by) : put(&next, piece)) != 0)
					return -1;
			}
			pieces = rest;
		}
		for (size_t p = 0; p < pieces.count; p++)
			if (put(g, &pieces.list[p]) != 0)
				return -1;
	}
	return 0;
}

int zones_elements_make(struct arena *arena, const struct policy *policy, const struct zones_way *ways, size_t count, const struct zones_choice *choice, struct zones_elements *out, struct err *err)
{
	ARENA(scratch) = arena_new(0);
	struct zones_elements boxes = { 0 }, whole = { 0 };
	struct growing g = { scratch, &boxes, 0, err }, result = { arena, &whole, 0, err };

	for (size_t i = 0; i < count; i++) {
		const struct policy_allow *allow = ways[i].allow;
		if ((allow->rate != 0) != choice->rated)
			continue;
		for (size_t k = 0; k < allow->service_count; k++)
			if (put_service(&g, &ways[i], policy_service_named(policy, allow->services[k].name), choice) != 0)
				return -1;
	}
	if (boxes.count)
		qsort(boxes.list, boxes.count, sizeof *boxes.list, choice->single ? by_place : by_lasting);
	if (!choice->single && part(&result, &boxes, err) != 0)
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
