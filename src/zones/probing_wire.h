/* 試験の線 — sends probes into the router of probing_rig.h and hears from the kernel's own log what becomes of each; what that means is for those who ask:
 * probing.c (a policy text), probing_listing.c (rules that are in a kernel). */
#ifndef ZONES_PROBING_WIRE_H
#define ZONES_PROBING_WIRE_H
#include "zones/probe.h"

enum { PROBING_AT_ONCE = 128, PROBING_STAGES = 6 };
enum { PROBING_SYN = 0x02, PROBING_ACK = 0x10 };

struct probing_fate {
	struct probe probe;
	struct packet as_seen; /* hook, interfaces and state as the kernel saw them */
	bool seen, passed;
	uint8_t flags; /* of TCP */
	uint16_t echo; /* the identification of an echo */
};
/* Of a packet on its way: how it came to each stage that it reached. */
struct probing_trace {
	struct packet at[PROBING_STAGES];
	bool met[PROBING_STAGES];
};
struct probing_wire {
	struct arena *arena;
	const struct text *names; /* of the interfaces, 1 … count in packets */
	size_t count;
	struct probing_fate *fates; /* room for all, by who asks */
	size_t fate_count, base;    /* base: the tag of a fate is its place minus base plus 1 */
	unsigned lost;		    /* times that the log ran over; what was lost was sent again */
	bool apart;		    /* known flows, new ones and strays in zones of conntrack, so that all may have the same addresses and ports */
	/* A message about this fate, its packet; and when nothing more is to come of it (NULL: nobody asks). */
	void (*heard)(struct probing_wire *wire, size_t fate, const struct probe_log *log);
	void (*done)(struct probing_wire *wire, size_t fate);
	void *self;
	struct probing_trace *traces; /* of the PROBING_AT_ONCE fates from base on */
	unsigned lo;		      /* its place among the names, plus one */
	int log, raw, out4, out6;
	uint32_t marks[3];		 /* what the sockets raw, out4, out6 are set to */
	unsigned bound4, bound6;	 /* the interface that the socket is bound to, UINT32_MAX: none yet */
	unsigned links[256], peers[256]; /* kernel's indexes, 0 none */
	uint8_t hardware[256][6];
};

/* The sockets, for a rig that is there; the router falls silent. To be closed also after a failure. */
int probing_wire_open(struct probing_wire *wire, struct arena *arena, const struct text *names, size_t count, struct err *err) CHECK_RESULT;
void probing_wire_close(struct probing_wire *wire);
/* The router listens to the groups that input probes of the list go to (IPv4, as many as a socket may): else its routing would throw them away. */
void probing_wire_join(struct probing_wire *wire, const struct probe_list *probes);
/* Another fate, to be sent by probing_wire_run. */
struct probing_fate *probing_wire_add(struct probing_wire *wire, const struct probe *probe, uint8_t flags);
/* Sends the fates from this one on, those that were not seen again. */
int probing_wire_run(struct probing_wire *wire, size_t from, struct err *err) CHECK_RESULT;
/* The three packets that make a flow known, for every PROBE_GOES_ON and PROBE_ANSWERS of the list. add makes a fate of a probe. */
int probing_wire_open_flows(struct probing_wire *wire, const struct probe_list *probes, void (*add)(struct probing_wire *, const struct probe *, uint8_t flags), struct err *err) CHECK_RESULT;

unsigned probing_wire_name(const struct probing_wire *wire, unsigned link); /* of the kernel's index: its place among the names plus one, 0 none */
void probing_note_state(struct packet *packet, const char *prefix);	    /* as the prefix of the log tells it, from its second letter on */

#endif
