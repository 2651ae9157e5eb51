/* 実物の通信で確かめる — probes: packets at the corners of everything a text speaks of, inside and outside, to be sent through a real kernel and held against the
 * model. What is here makes packets and their bytes and reads the kernel's log; sending is probing.h's. */
#ifndef ZONES_PROBE_H
#define ZONES_PROBE_H
#include "zones/model.h"

enum probe_kind {
	PROBE_OPENS,	  /* begins a flow */
	PROBE_GOES_ON,	  /* of a flow that is known, in its direction */
	PROBE_ANSWERS,	  /* of it, the other way */
	PROBE_ERROR_BACK, /* an ICMP error about it, to who began it */
	PROBE_ERROR_ON,	  /* and one about its answer, to who answered */
	PROBE_STRAY,	  /* belongs to no flow, and begins none */
};
struct probe {
	enum probe_kind kind;
	struct packet packet; /* in, out and hook are what is wanted: the kernel's routing decides. out is lo: the router to itself, seen as it leaves or, in is lo, as it comes */
	struct packet about;  /* of an error: the packet that it tells of */
};
struct probe_list {
	struct arena *arena;
	struct packet_space *space;
	struct probe *list;
	size_t count, most;
	bool more; /* there would have been more than `most` */
	uint32_t *seen; /* by the hash of a probe, its place plus one */
};
/* For each thing the ways of the model open, and each thing two of them open together: its edges from both sides, everything of a small one, other protocols and
 * interfaces; of each of these packets what begins a flow, and with `flows` what goes on, answers and tells of errors (which needs known flows: probing_open); besides
 * neighbour discovery, and the router to itself. Only interfaces of `usable` (1 … PACKET's). At most `most`. */
void probe_all(struct probe_list *out, const struct zones_model *model, const bool *usable, size_t most);
/* The same for whatever boxes of packets there are (packet_set_boxes): their edges from both sides, one field after the other, on each hook and in each family that they
 * have. Where a box leaves the choice: TCP, ordinary ports, addresses of nobody; to_own: to the router's own instead. */
struct probe_ground {
	const bool *usable; /* of interfaces 1 … PACKET's */
	unsigned lo;
	uint8_t own[2][16]; /* an address of the router, IPv4 and IPv6 */
	bool to_own;
	bool edges_only; /* not from what is usual in a box */
};
void probe_boxes(struct probe_list *out, const struct probe_ground *ground, const struct packet_box *boxes, size_t count);

/* ---- the list ---- */
void probe_list_begin(struct probe_list *out, struct arena *arena, struct packet_space *space, size_t most);
/* Each once. about: of an error only. */
void probe_put(struct probe_list *out, enum probe_kind kind, const struct packet *packet, const struct packet *about);
/* The packet as what begins a flow, goes on, answers, and what tells of errors about it. */
void probe_put_flow(struct probe_list *out, const struct packet *packet);
/* An error from this address on the side that about goes to, to who sent it. */
void probe_put_error(struct probe_list *out, enum probe_kind kind, const struct packet *about, const uint8_t *from, unsigned type, unsigned code);
void probe_put_errors(struct probe_list *out, const struct packet *opens);
void probe_put_address(uint8_t out[16], bool v6, packet_number address);
bool probe_can_answer(const struct packet *packet);
/* The packet that answers it, from the other side. */
struct packet probe_answer(const struct packet *opens);

enum { PROBE_FRAME_MOST = 128, PROBE_TAG_MOST = 0xffff };
/* From the IP header on, with right checksums: tag (1 … PROBE_TAG_MOST) stands in the identification of IPv4, in the flow label of IPv6. flags: of TCP;
 * echo: the identification of an echo. */
struct probe_form {
	unsigned tag;
	uint8_t flags;
	uint16_t echo;
};
size_t probe_bytes(const struct packet *packet, const struct probe_form *form, uint8_t out[PROBE_FRAME_MOST]);
/* An ICMP error that quotes `about`. */
size_t probe_error_bytes(const struct packet *packet, const struct packet *about, const struct probe_form *form, uint8_t out[PROBE_FRAME_MOST]);

/* One message of the kernel's packet log (NFLOG). */
struct probe_log {
	char prefix[16];
	unsigned hook, in, out; /* hook of netfilter; indexes of interfaces, 0 none */
	unsigned tag, protocol;
	bool v6;
	uint8_t from[16], to[16]; /* whose packet it was: the router's own answers may bear any tag */
	uint8_t first[4];	  /* what follows the IP header: ports, or type and code of ICMP */
};
/* What the packet says of itself: no hook, interface or state. */
void probe_log_packet(const struct probe_log *log, struct packet *out);
/* Reads what one receive gave: any number of messages. *count ≤ most. −1: not such messages. Foreign bytes as far as payload goes. */
int probe_logs(struct bytes in, struct probe_log *out, size_t most, size_t *count) CHECK_RESULT;

#endif
