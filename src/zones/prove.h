/* 規則の証明 — from the kernel's own rules back to the packets they let through, by code that shares nothing with what wrote the rules; then held against the
 * policy text's model. What is not known exactly is a doubt, and with a doubt nothing is proven. Pure; runs in a jail of its own (prove_jail.h).
 * article: s2.11 s6.3.1a s6.3.2a */
#ifndef ZONES_PROVE_H
#define ZONES_PROVE_H
#include "zones/dump.h"
#include "zones/packet_set.h"
#include "zones/prove_nat.h"

/* What decides only now and then, and over which packets: "over so many in so many seconds: drop". A kind of limit that a text cannot have is of no rate (0). */
struct prove_limit {
	uint64_t rate, burst;
	uint32_t seconds;
	struct packet_set set;
};
/* What the rules do with every packet that can exist. A limit on how often a rule applies makes the two differ: it may pass, or it may be stopped. */
struct prove_sets {
	struct packet_set may_pass, may_stop;
	struct prove_limit *limits; /* each kind once */
	size_t limit_count;
	struct doubts doubts;
};
/* start: the packets that are asked about. The space must know every interface of match_interfaces. nat: what nat_read found, or NULL: then a chain of type nat is a doubt. ERR_LIMIT: the space is full. */
int prove_rules(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat, struct packet_set start, struct prove_sets *out, struct err *err) CHECK_RESULT;
/* Of now and of all these moments at once: so many seconds behind the listing, ascending, fewer than PACKET_MOMENTS, if nobody touches the rules until then. The sets say at which
 * they hold (PACKET_MOMENT: 0 now, i + 1 at after[i]; more moments than there are are as the last one). */
struct prove_moments {
	const int64_t *after;
	size_t count;
};
int prove_rules_lasting(struct arena *arena, struct packet_space *space, const struct dump *dump, struct prove_moments moments, struct packet_set start, struct prove_sets *out,
			struct err *err) CHECK_RESULT;
/* For who wants to know what each rule is about: the packets that come to it and that it applies to, every time that the walk meets it; of a map of verdicts each
 * element by itself. */
struct prove_watch {
	void (*met)(void *self, const struct dump_rule *rule, struct packet_set set);
	void *self;
};
int prove_rules_watched(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat, struct packet_set start, const struct prove_watch *watch,
			struct prove_sets *out, struct err *err) CHECK_RESULT;
/* The rule that decides over one packet: "inet sekisho forward #7 (rule-1)", or a chain's policy; in brackets the comment of the element of a set by which it does. */
const char *prove_decider(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct nat *nat,
			  const struct packet *packet);

enum prove_kind {
	PROVE_PASSES,	 /* the rules let it through, the text does not */
	PROVE_STOPS,	 /* the text allows it, the rules never let it through */
	PROVE_LIMITS,	 /* the text allows it always, the rules only up to a rate */
	PROVE_UNLIMITED, /* the text has a rate, the rules have none */
	PROVE_OTHER_RATE, /* both have one, not the same */
	PROVE_OUTLASTS,	 /* the text lets it end, the rules go on without end, or later */
};
struct prove_difference {
	enum prove_kind kind;
	struct packet witness;
	const char *by;	   /* what decides in the rules */
	struct packet_box box; /* what of the difference the witness stands for, "others like it" */
};
struct proof {
	bool is_proven;
	struct doubts doubts;
	struct prove_difference *differences; /* none where there is a doubt: what passes is not known then */
	size_t count;
	bool more; /* there are more than ZONES_DIFFERENCES_MOST */
	size_t rules, nodes;
	struct packet_set passes; /* what the rules let through, now and at each end of the text; of an audit, what begins; with a doubt none */
	bool keeps_running;	  /* an audit only: what runs already goes on whatever the text says now */
	size_t translations;	  /* an audit only: chains that rewrite addresses; then packets are told as they are behind that */
};
/* What the text says, as packets. */
struct prove_text {
	struct packet_set lasting; /* what it lets through at whatever rate, now and at each of the ends (PACKET_MOMENT); where nothing ends moments need not be said */
	struct packet_set rated;	  /* of these, what may begin only up to a rate */
	const struct prove_limit *rates; /* of these, which may begin at which; a packet of two allows stands in both */
	size_t rate_count;
	struct prove_moments ends; /* every moment at which something ends, half a minute later than the text says: rules are loaded a moment later than they are made */
};
int prove_equal(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct prove_text *text, struct proof *out, struct err *err) CHECK_RESULT;
/* Of a firewall that is not ours: what it lets begin (new, untracked and invalid packets) although the text does not allow it, and what the text allows but it
 * stops. is_proven: nothing passes that the text forbids, and there is no doubt. */
int prove_audit(struct arena *arena, struct packet_space *space, const struct dump *dump, struct packet_set allowed, struct proof *out, struct err *err) CHECK_RESULT;

#endif
