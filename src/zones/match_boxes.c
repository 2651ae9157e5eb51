/* 規則の条件：多くの要素 — contract in match_boxes.h. Boxes are sorted by their parts in the order of the graph's bits; what has the same first parts is put together
 * from the last part backwards, so that the set of ten thousand elements is made once and not united ten thousand times. */
#include "zones/match_boxes.h"
#include "base/sort.h"
#include "zones/packet_fields.h"

struct sorted {
	const struct match_box *box;
	const size_t *order; /* which part comes first, second … */
	size_t parts;
};
struct building {
	struct packet_space *space;
	const enum packet_field *fields;
	const size_t *order;
	size_t parts;
	const struct sorted *list;
};

bool match_fields_part(const enum packet_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++) {
			struct packet_field_place a = packet_places[fields[i]], b = packet_places[fields[k]];
			if (a.first < b.first + b.width && b.first < a.first + a.width)
				return false;
		}
	return true;
}

static int range_order(struct packet_range a, struct packet_range b)
{
	if (a.low != b.low)
		return a.low > b.low ? 1 : -1;
	return (a.high > b.high) - (a.high < b.high);
}

static int box_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int d = 0;

	for (size_t i = 0; i < x->parts && d == 0; i++)
		d = range_order(x->box->parts[x->order[i]], y->box->parts[x->order[i]]);
	return d;
}

/* The boxes from begin to end, alike in all parts before `depth`. */
static struct packet_set build(const struct building *b, size_t depth, size_t begin, size_t end)
{
	if (depth == b->parts)
		return packet_set_anything();
	ARENA(scratch) = arena_new(0);
	struct packet_leaf *leaves = arena_new_array(scratch, struct packet_leaf, end - begin);
	size_t part = b->order[depth], n = 0, next;

	for (; begin < end; begin = next) {
		struct packet_range r = b->list[begin].box->parts[part];
		for (next = begin + 1; next < end && range_order(b->list[next].box->parts[part], r) == 0; next++)
			;
		leaves[n++] = (struct packet_leaf){ r.low, r.high, build(b, depth + 1, begin, next) };
	}
	return packet_set_leaves(b->space, b->fields[part], leaves, n);
}

struct packet_set match_boxes_set(struct packet_space *space, const enum packet_field *fields, size_t parts, const struct match_box *boxes, size_t count)
{
	ARENA(scratch) = arena_new(0);
	size_t order[MATCH_PARTS_MOST];
	struct sorted *list = arena_new_array(scratch, struct sorted, count);

	must(parts > 0 && parts <= MATCH_PARTS_MOST && match_fields_part(fields, parts));
	for (size_t i = 0; i < parts; i++) {
		size_t k = i;
		for (; k > 0 && packet_places[fields[order[k - 1]]].first > packet_places[fields[i]].first; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = (struct sorted){ &boxes[i], order, parts };
	sort_items(list, count, sizeof *list, box_order);
	return build(&(struct building){ space, fields, order, parts, list }, 0, 0, count);
}
