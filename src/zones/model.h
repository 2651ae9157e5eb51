/* 通信の模型 — exactly which packets a policy text lets through the router at a moment, hook by hook, and by which allow. Made from the text alone: it shares
 * no code with what reads the kernel's rules, so that the two can be held against each other. article: s2.11 s6.3.1a s6.3.2a
 *
 * What passes, besides what allow statements open: everything on lo; neighbour discovery on the interfaces of zones that have IPv6 networks (input: types 130
 * 135 136, output: 135 136 143). Of a way: packets that open it or go on in its direction; answers (established, reply direction) with the two sides
 * exchanged; and ICMP errors about its flows (related), from addresses of the zone they come from (or the gate) to the addresses of the way. Every packet is
 * judged by itself: that a flow was let through once counts for nothing. An invalid packet never passes. A rate limits how many connections open, not which. */
#ifndef ZONES_MODEL_H
#define ZONES_MODEL_H
#include "zones/ways.h"

struct zones_model {
	struct packet_space *space;
	struct zones_ways ways;
	struct packet_set accepted; /* of all packets that can exist */
};

/* The names of "lo" and of every interface of the policy, in order: what a space for its model must hold at least. */
void zones_interfaces(struct arena *arena, const struct policy *policy, struct text **names, size_t *count);
/* As zones_ways_make. The space must hold zones_interfaces, and may hold more. ERR_LIMIT: the space is full. */
int zones_model_make(struct arena *arena, struct packet_space *space, const struct policy *policy, int64_t now, bool always, struct zones_model *out, struct err *err)
	CHECK_RESULT;

/* What passes although no allow says so. */
struct packet_set zones_pass_always(struct packet_space *space, const struct policy *policy);
/* Packets that open a way or go on in its direction; what answers them; errors about them. */
struct packet_set zones_way_opens(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way);
struct packet_set zones_way_answers(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way);
struct packet_set zones_way_errors(struct packet_space *space, const struct zones_ways *ways, const struct zones_way *way);
/* Those parts of all ways that are wanted (NULL: of all): the same as one after the other, for far less. */
enum { ZONES_OPENS = 1, ZONES_ANSWERS = 2, ZONES_ERRORS = 4, ZONES_ALL_PARTS = 7 };
struct packet_set zones_ways_pass(struct packet_space *space, const struct zones_ways *ways, unsigned parts, bool (*wanted)(const void *self, const struct zones_way *way), const void *self);
/* From now on zones_ways_pass in this space speaks of these moments too, ascending, kept: PACKET_MOMENT 0 now, i + 1 from ends[i] on, if no other way opens until then. Every end of
 * a way is one of them. */
void zones_ways_last(struct arena *arena, struct packet_space *space, struct zones_ways *ways, const int64_t *ends, size_t count);
/* Whole runs of ways between the same places are made once in this space and kept, for who asks for them again and again (zones_model_make does it; after zones_ways_last). */
void zones_ways_keep(struct arena *arena, const struct packet_space *space, struct zones_ways *ways);
/* The way that lets this packet through, NULL if none does. */
const struct zones_way *zones_way_of(struct packet_space *space, const struct zones_ways *ways, const struct packet *packet);

/* ---- for laws ---- */
struct packet_set zones_set_interfaces(struct packet_space *space, const struct policy_zone *zone, enum packet_field field); /* PACKET_IN or PACKET_OUT */
/* field4: PACKET_FROM4 or PACKET_TO4; ranges[0] IPv4, ranges[1] IPv6. */
struct packet_set zones_set_addresses(struct packet_space *space, const struct zones_ranges ranges[2], enum packet_field field4);
struct packet_set zones_set_service(struct packet_space *space, const struct policy_service *service, bool answers);
/* Messages that report errors: ICMP 3 11 12, ICMPv6 1 2 3 4. */
struct packet_set zones_set_errors(struct packet_space *space);

#endif
