/* 通り道 — what the allow statements of a policy open at a moment: from which addresses by which interfaces to which, for what, until when. Both the model
 * (model.h) and the compiler (compile_nft.h) begin here. What has expired, or is outside its hours, is not there. article: s2.11 s6.3.1a s6.3.2a */
#ifndef ZONES_WAYS_H
#define ZONES_WAYS_H
#include "policy/model.h"
#include "zones/packet_set.h"

struct zones_ranges {
	struct packet_range *list; /* in order, disjoint, not touching */
	size_t count;
};
/* One allow from one side to the other; by way of the gate it is two. */
struct zones_way {
	const struct policy_allow *allow;
	enum packet_hook hook;			/* forward; input: to is the gate; output: from is the gate */
	const struct policy_zone *from, *to;	/* NULL: the gate */
	struct zones_ranges from_ranges[2], to_ranges[2]; /* [0] IPv4, [1] IPv6: the gate's own addresses are never among a zone's */
	int64_t until;				/* the first second at which it is closed: its expiry, or the end of its hours */
};
struct zones_ways {
	const struct policy *policy;
	int64_t now, next_change; /* the first moment at which a way opens or closes; INT64_MAX: never */
	struct zones_way *list;	  /* in the order of zones from, to (the gate last), then of ids */
	size_t count;
	struct zones_ranges *zones[2]; /* of each zone of the policy, its ranges without the gate's addresses */
	struct zones_ranges *gate[2];  /* of each zone, the gate's addresses in it */
	struct zones_pieces *pieces;   /* model.c: sets that were made of them already; NULL: none are kept */
	const struct zones_lasting *lasting; /* model.c: the moments that sets made of them speak of; NULL: of none, only now is meant */
};

/* always: hours are not looked at, whatever has not expired is there. The policy must outlive the ways. */
void zones_ways_make(struct arena *arena, const struct policy *policy, int64_t now, bool always, struct zones_ways *out);
size_t zones_zone_index(const struct policy *policy, const struct policy_zone *zone);
/* All ranges of one family of a side, as above. gate_in: for the gate, the zone whose side is meant. */
struct zones_ranges zones_side_ranges(struct arena *arena, const struct zones_ways *ways, const struct policy_side *side, const struct policy_zone *gate_in, bool v6);

bool zones_ranges_meet(const struct zones_ranges *a, const struct zones_ranges *b);
packet_number zones_number(bool v6, const uint8_t *address);
/* Sorts and joins in place. */
void zones_ranges_join(struct zones_ranges *ranges);
struct zones_ranges zones_ranges_minus(struct arena *arena, const struct zones_ranges *a, const struct zones_ranges *b);

#endif
