/* 通信の集合 — sets of packets as the kernel's rules see them: where they are (hook, interfaces), what they are (family, protocol, addresses, ports,
 * ICMP), what the kernel remembers of their flow (state, direction, whether the flow bears the mark of the text in force). All of IPv6 too.
 * Two sets that hold the same packets are equal, however they were made. No global state: a space and its sets live in one arena.
 *
 * Operations speak of bit patterns; questions (equal, empty, within, count, witness, boxes) are asked of packets that can exist, packet_set_all: an input packet
 * leaves by no interface, an output packet came by none; a new, invalid or untracked packet goes in the original direction; only new, established and
 * related packets can bear a mark; untracked is what the kernel never tracks, neighbour discovery and multicast listener messages, and nothing else is; ICMP of the other family (58 in IPv4, 1 in IPv6) is
 * invalid.
 * At the limit of nodes the space is full for good: every set made from then on is broken, every question about it answers no, and
 * packet_space_check says why. Ask it before a result is believed. */
#ifndef ZONES_PACKET_SET_H
#define ZONES_PACKET_SET_H
#include "base/buf.h"
#include "base/err.h"

__extension__ typedef unsigned __int128 packet_number; /* a value of a field; IPv4 addresses in the low 32 bits */

enum packet_hook { PACKET_INPUT = 1, PACKET_OUTPUT = 2, PACKET_FORWARD = 3 };
enum packet_state { PACKET_NEW, PACKET_ESTABLISHED, PACKET_RELATED, PACKET_INVALID, PACKET_UNTRACKED };
/* Of the fields from TO_PORT to FROM6 each exists in some packets only, and a set made of it holds only those: ports of TCP, UDP, SCTP, DCCP, UDP-Lite;
 * type and code of ICMP (1) and ICMPv6 (58); …4 and …6 of their family. */
enum packet_field {
	PACKET_HOOK,
	PACKET_STATE,
	PACKET_REPLY,  /* 0 original direction of the flow, 1 reply */
	PACKET_MARKED, /* 1: its flow bears the mark of the text in force */
	PACKET_IN,     /* interface: 0 none, else 1 … count in the order of the names */
	PACKET_OUT,
	PACKET_FAMILY, /* 0 IPv4, 1 IPv6 */
	PACKET_PROTOCOL,
	PACKET_TO_PORT,
	PACKET_FROM_PORT,
	PACKET_ICMP_TYPE,
	PACKET_ICMP_CODE,
	PACKET_TO4,
	PACKET_FROM4,
	PACKET_TO6,
	PACKET_FROM6,
	PACKET_MOMENT, /* not of the packet but of when it is judged: 0 now, the others whatever who asks means by them. What says nothing of it holds at each */
	PACKET_FIELDS,
	PACKET_MOMENTS = 4096
};

struct packet_space;
struct packet_set {
	uint32_t node; /* equal numbers = equal sets of bit patterns, in one space */
};

/* names: the router's interfaces, 1 … ZONES_INTERFACES_MOST, kept. nodes_most: 0 = ZONES_NODES_MOST. ERR_LIMIT. */
int packet_space_new(struct arena *arena, const struct text *names, size_t count, uint32_t nodes_most, struct packet_space **out, struct err *err) CHECK_RESULT;
/* ERR_LIMIT once the space is full: nothing made in it since may be believed. */
int packet_space_check(const struct packet_space *space, struct err *err) CHECK_RESULT;
size_t packet_space_nodes(const struct packet_space *space);
size_t packet_space_interfaces(const struct packet_space *space);
struct text packet_space_name(const struct packet_space *space, unsigned interface); /* "" for 0 */
unsigned packet_space_index(const struct packet_space *space, struct text name);     /* 0 if there is none of that name */

struct packet_set packet_set_all(struct packet_space *space); /* every packet that can exist */
struct packet_set packet_set_none(void);
/* Values beyond a field's width: none. low > high: none. */
struct packet_set packet_set_is(struct packet_space *space, enum packet_field field, packet_number value);
struct packet_set packet_set_range(struct packet_space *space, enum packet_field field, packet_number low, packet_number high);
/* field: an address (…4: length ≤ 32, …6: length ≤ 128, else none). address: four or sixteen bytes; bits behind the prefix are not looked at. */
struct packet_set packet_set_prefix(struct packet_space *space, enum packet_field field, const uint8_t *address, unsigned length);
/* The packets whose field, under the mask, has the value: `tcp flags` and such are not fields; this is for addresses and marks of bits. */
struct packet_set packet_set_masked(struct packet_space *space, enum packet_field field, packet_number mask, packet_number value);
/* The packets that have the field at all. */
struct packet_set packet_set_having(struct packet_space *space, enum packet_field field);

struct packet_set packet_set_and(struct packet_space *space, struct packet_set a, struct packet_set b);
struct packet_set packet_set_or(struct packet_space *space, struct packet_set a, struct packet_set b);
struct packet_set packet_set_minus(struct packet_space *space, struct packet_set a, struct packet_set b);
/* Of very many values at once: the packets whose field lies in a leaf's range and that are in that leaf's set, made from the bottom up without anything in
 * between. Leaves may overlap and are put in order in place. Their sets may speak only of fields whose bits come behind this one's (of addresses: to, then from; ports
 * before both, the moment last), and nothing is said of which packets have the field: and it with packet_set_having when all fields are told. */
struct packet_leaf {
	packet_number low, high;
	struct packet_set then;
};
struct packet_set packet_set_leaves(struct packet_space *space, enum packet_field field, struct packet_leaf *leaves, size_t count);
packet_number packet_field_most(enum packet_field field); /* the largest value that its bits hold */
struct packet_set packet_set_anything(void); /* every bit pattern: the set of a last leaf */
/* Of many, halves first, which costs far less than one after the other. The array is used up. */
struct packet_set packet_set_union(struct packet_space *space, struct packet_set *sets, size_t count);
/* The packets that are in the set with some value of the field: "whatever the state". */
struct packet_set packet_set_forget(struct packet_space *space, struct packet_set set, enum packet_field field);
/* The packets that are in the set at that moment (< PACKET_MOMENTS), as a set that says nothing of moments. */
struct packet_set packet_set_at(struct packet_space *space, struct packet_set set, unsigned moment);
/* Who sends and who receives exchanged: addresses, ports, interfaces, and input with output. ICMP types, state and direction stay. For sets of moderate
 * size: the cost grows faster than the set. */
struct packet_set packet_set_turned(struct packet_space *space, struct packet_set set);

bool packet_set_is_empty(struct packet_space *space, struct packet_set set);
bool packet_sets_equal(struct packet_space *space, struct packet_set a, struct packet_set b);
bool packet_set_is_within(struct packet_space *space, struct packet_set inner, struct packet_set outer);
double packet_set_count(struct packet_space *space, struct packet_set set); /* rounded beyond 2^53; 0 for a broken set */

/* One packet. Fields that it does not have are 0. */
struct packet {
	enum packet_hook hook;
	enum packet_state state;
	bool reply, marked, v6;
	unsigned in, out;
	uint8_t protocol, icmp_type, icmp_code;
	uint16_t from_port, to_port;
	uint8_t from[16], to[16]; /* IPv4: the first four */
};
packet_number packet_field_of(const struct packet *packet, enum packet_field field); /* 0 where it has none, and of the moment */
bool packet_set_has(struct packet_space *space, struct packet_set set, const struct packet *packet);
struct packet_set packet_set_of(struct packet_space *space, const struct packet *packet);
/* A packet of the set, an ordinary one (new, TCP, from port 40000) where the set leaves the choice; always the same one for the same set. false if the set is empty or broken. */
bool packet_set_witness(struct packet_space *space, struct packet_set set, struct packet *out);
/* "IPv4 TCP 10.1.0.1:40000 → 10.2.0.1:443（転送、eth1 → eth2、新しい通信）" */
void packet_print(struct buf *out, const struct packet_space *space, const struct packet *packet, bool japanese);

/* A box: for each field a list of ranges, in order; no range = whatever. A field that the box's packets do not have has no range. */
struct packet_range {
	packet_number low, high;
};
struct packet_box {
	struct packet_range *ranges[PACKET_FIELDS];
	size_t counts[PACKET_FIELDS];
};
/* The set as disjoint boxes, few of them: what no packet can be is left out of sight. *count ≤ most; *whole says whether they are all (a list of more than
 * `most` ranges is not either). In arena. A broken set has none and is not whole. */
void packet_set_boxes(struct packet_space *space, struct packet_set set, struct arena *arena, size_t most, struct packet_box **boxes, size_t *count, bool *whole);
/* One line without \n: "転送 eth1 → eth2 IPv4 TCP 10.1.0.0/16 → 10.2.0.5 宛先ポート 443,8443". */
void packet_box_print(struct buf *out, const struct packet_space *space, const struct packet_box *box, bool japanese);
/* "10.1.0.0/16", "10.1.0.3-10.1.0.9", "2001:db8::1" */
void packet_range_print(struct buf *out, enum packet_field field, struct packet_range range);
const char *packet_protocol_name(unsigned protocol); /* "TCP"; NULL: known by its number only */

#endif
