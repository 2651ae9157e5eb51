/* 規則の写しの試験 — real packets through rules that a kernel holds, of whatever firewall, held against what the prover says of their listing: chain after chain, as each packet
 * was when it came there, so that a translation of addresses leaves nothing open. Everything happens in the network namespace that the caller stands in, as root of
 * that namespace. For tests; no policy text is asked. article: s6.3.1a s6.3.2a */
#ifndef ZONES_PROBING_LISTING_H
#define ZONES_PROBING_LISTING_H
#include "zones/dump.h"

enum { PROBING_LISTING_SHOWN_MOST = 20 };
struct probing_listing_told {
	unsigned sent;
	unsigned passed, stopped; /* to the end, held against the model at every stage */
	unsigned unrouted;	  /* stopped by no chain but by the kernel's routing (an address that nobody can have) */
	unsigned unseen;	  /* never came to the chains */
	unsigned either;	  /* what a rate lets through now and then: nothing to hold it against */
	unsigned wrong;
	unsigned translated;	  /* passed or stopped after a rule had changed the destination */
	unsigned lost;		  /* times that the log ran over; what was lost was sent again */
	unsigned hooks[4], states[5][2];
	bool more;		  /* the rules have more corners than are sent */
	size_t interfaces, unmade; /* unmade: interfaces of the rules that no kernel makes under that name */
	size_t rules;		  /* of which each is one of the next four */
	size_t touched;		  /* a packet whose fate is the model's came to it, and it applied */
	size_t untouched, unreached; /* no packet that was sent; no packet on a wire: it stands behind others, or nobody jumps to its chain */
	size_t translating;	  /* of chains of type nat: what they make of packets is seen, which they choose is not asked */
	const char *shown[PROBING_LISTING_SHOWN_MOST]; /* of the wrong ones, in a sentence each */
	size_t shown_count;
	const char *missed[PROBING_LISTING_SHOWN_MOST]; /* of the untouched rules, their places */
	size_t missed_count;
};

struct probing_listing;
/* The model of the rules, and the probes. dump is kept. ERR_LIMIT: too many interfaces or nodes. ERR_UNSUPPORTED: there is a doubt about the rules, or they have a chain before the first of the probes' own or behind
 * the last. */
int probing_listing_make(struct arena *arena, const struct dump *dump, struct probing_listing **out, struct err *err) CHECK_RESULT;
/* The router: its interfaces bear the rules' names, besides one that no rule names; the chains that look. The rules are not loaded by any of these. */
int probing_listing_rig(struct probing_listing *listing, struct err *err) CHECK_RESULT;
/* Begins the flows that are gone on with; while there are no rules yet. */
int probing_listing_open(struct probing_listing *listing, struct err *err) CHECK_RESULT;
int probing_listing_run(struct probing_listing *listing, struct probing_listing_told *out, struct err *err) CHECK_RESULT;
/* Whether the rules of two listings do the same at every stage with every packet that can come there on a wire. ERR_UNSUPPORTED as above. */
int probing_listing_same(struct arena *arena, const struct dump *a, const struct dump *b, bool *same, struct err *err) CHECK_RESULT;

#endif
