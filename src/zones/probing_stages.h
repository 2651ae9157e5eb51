/* 通り道の段 — the chains of a listing as the stages that a packet comes through, one after the other, and what the prover says of each by itself. Between two stages the
 * probes' own chains look at the packet, so that what changes it (a translation of addresses, routing) need not be known. For probing_listing.c. */
#ifndef ZONES_PROBING_STAGES_H
#define ZONES_PROBING_STAGES_H
#include "zones/probing_wire.h"
#include "zones/prove.h"

enum probing_stage {
	STAGE_EARLY,   /* prerouting or output, before conntrack */
	STAGE_TRACKED, /* before the destination may change */
	STAGE_BEHIND,  /* after */
	STAGE_ROUTED,  /* no chain stands here: what the kernel's routing throws away ends here */
	STAGE_HERE,    /* input, forward */
	STAGE_LEAVES,  /* postrouting */
};
enum { STAGE_FIRST_AT = -390, STAGE_TRACKED_AT = -199, STAGE_BEHIND_AT = -99, STAGE_LAST_AT = 1000 }; /* priorities of the chains that look */

/* A visit of a rule by the prover's walk: what comes to it and what it applies to. */
struct stage_met {
	size_t rule;
	enum probing_stage stage;
	struct packet_set set;
};
struct probing_stages {
	struct arena *arena;
	const struct dump *dump;
	struct prove_sets sets[PROBING_STAGES];
	struct prove_sets whole; /* what an audit says of all of them */
	struct nat nat;
	struct packet_set comes[PROBING_STAGES]; /* what of all packets can come to a stage, on a wire and past the stages before */
	size_t *first; /* of each chain, the number of its first rule */
	size_t rule_count;
	struct stage_met *met;
	size_t met_count, met_room;
	bool *translating;	  /* rules of chains of type nat */
	struct packet_set *asked; /* of those that change destinations, what they ask for; else nothing */
};

/* ERR_UNSUPPORTED: a doubt, or a chain that stands before or behind all that look. */
int probing_stages_make(struct arena *arena, struct packet_space *space, const struct dump *dump, struct probing_stages *out, struct err *err) CHECK_RESULT;
/* The interfaces that a rig for these rules has: theirs, one for each pattern, lo, and one more. unmade: how many no kernel makes under their name. */
void probing_stages_interfaces(struct arena *arena, const struct dump *const *dumps, size_t dump_count, struct text **names, size_t *count, size_t *unmade);

#endif
