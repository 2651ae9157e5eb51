/* 規則の条件：多くの要素 — the elements of a large set or map at once. For match.c only. */
#ifndef ZONES_MATCH_BOXES_H
#define ZONES_MATCH_BOXES_H
#include "zones/dump.h"
#include "zones/packet_set.h"

/* One element: a range of each part of its key, and of the moments at which it is there. */
enum { MATCH_PARTS_MOST = DUMP_KEYS_MOST + 1 };
struct match_box {
	struct packet_range parts[MATCH_PARTS_MOST];
};
/* Whether the bits of all fields are different ones: only then can boxes be put together. */
bool match_fields_part(const enum packet_field *fields, size_t count);
/* Packets that lie in one of the boxes, of those that have the fields (the caller says which). */
struct packet_set match_boxes_set(struct packet_space *space, const enum packet_field *fields, size_t parts, const struct match_box *boxes, size_t count);

#endif
