/* 要素 — the ways between two zones as elements of the kernel's sets and maps: disjoint, each with the one allow that answers for it and the moment at which it
 * ends. Where ways overlap the one that lasts longest has the packet, so that it passes as long as any of them lets it. For compile_nft.c only. */
#ifndef ZONES_ELEMENTS_H
#define ZONES_ELEMENTS_H
#include "zones/ways.h"

/* Addresses from and to, and a service: TCP or UDP with a range of ports, or a message of ICMP. */
struct zones_element {
	const struct policy_allow *allow;
	int64_t until;
	struct packet_range from, to, ports; /* ports of ICMP: the type that asks */
	uint8_t protocol;
};
struct zones_elements {
	struct zones_element *list; /* in order of protocol, from, to, ports */
	size_t count;
};
/* What has no more than so many packets is told one by one: sets of single values are found by their hash. */
enum { ZONES_SINGLES_MOST = 8 };

/* What happens to a packet besides being let through, in the order in which it is asked: what is to be logged is logged whatever else lets it through, and what passes without a
 * limit is not counted against one. */
enum zones_handling { ZONES_LOGGED, ZONES_PLAIN, ZONES_RATED /* logged perhaps */, ZONES_HANDLINGS };
enum zones_handling zones_handling_of(const struct policy_allow *allow);

/* Of the ways (all between the same two zones) those that are handled so; single: those told one by one, which are alike in nothing, or the rest,
 * which do not overlap. A single one may lie within one of the rest: it is asked first. of_icmp: only that message, else TCP and UDP. ERR_LIMIT. */
struct zones_choice {
	enum zones_handling handling;
	bool v6, single;
	const struct policy_icmp *icmp; /* NULL: ports */
};
int zones_elements_make(struct arena *arena, const struct policy *policy, const struct zones_way *ways, size_t count, const struct zones_choice *choice, struct zones_elements *out, struct err *err)
	CHECK_RESULT;

/* Ranges with an end each: disjoint, where several cover an address the latest end. */
struct zones_span {
	struct packet_range range;
	int64_t until;
};
void zones_spans_settle(struct arena *arena, struct zones_span **spans, size_t *count);

#endif
