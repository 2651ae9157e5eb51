/* アドレス変換 — what chains of type nat do to what the other chains see: judged as a whole, not walked. For an audit only; our own plan translates nothing.
 * A chain of type nat sees the first packet of a flow and lets every packet through; behind it a packet has the address and port that a rule gave it. So what
 * the later chains let through is asked of packets as they are behind the translation: a packet that an earlier chain stops may come in the form of another. */
#ifndef ZONES_PROVE_NAT_H
#define ZONES_PROVE_NAT_H
#include "zones/dump.h"
#include "zones/packet_set.h"

enum { NAT_PRIORITY_TO = -100, NAT_PRIORITY_FROM = 100 }; /* nft: dstnat, srcnat */

struct nat {
	size_t chains;	    /* that translate; 0: nothing is translated */
	struct packet_set before_routing; /* what new destinations of prerouting make of a packet, whatever it was before */
	struct packet_set of_own;	  /* likewise output, for what the router sends itself */
};
/* Doubts: a chain of type nat that does something else than translating, or stands at another priority; a chain that looks at what a translation has left
 * open (behind the change of the sender, or at the way out of a packet whose destination changed on its way). */
void nat_read(struct arena *arena, struct packet_space *space, const struct dump *dump, struct nat *out, struct doubts *doubts);

/* What a rule of a chain of type nat, or of one that it jumps to, asks of a packet before it is changed, as far as its conditions are known; *whole: they all are.
 * own: of the hook output. */
struct packet_set nat_asks(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct dump_rule *rule, bool own, bool *whole);

#endif
