/* 規則の条件 — which packets one expression of the kernel's rules matches, exactly, or that this is not known. Shares nothing with what writes rules. */
#ifndef ZONES_MATCH_H
#define ZONES_MATCH_H
#include "zones/dump.h"
#include "zones/packet_set.h"

/* Where the rule stands: what the kernel knows of a packet there. */
struct match_place {
	bool in_known, out_known; /* before routing there is no way out yet */
	bool tracked;		  /* conntrack has seen the packet */
	bool whole;		  /* fragments are put together */
};
struct matching {
	struct arena *arena;
	struct packet_space *space;
	const struct dump *dump;
	const struct dump_chain *chain; /* whose table's sets are meant */
	struct match_place place;
	struct packet_set reach; /* what comes to the expression: outside of it nothing need be known */
	/* Whether a verdict of a map does nothing but let the packet through: such elements become one branch, {"accept": null}. NULL: no verdict is looked into. */
	bool (*accepts)(const struct matching *m, const struct json *verdict);
	const void *asker;
	/* Moments of PACKET_MOMENT from 1 on: so many seconds behind the listing, ascending, fewer than PACKET_MOMENTS; an element is there until it expires. 0: only now is asked about. */
	const int64_t *moments;
	size_t moment_count;
	const char *why_ja, *why_en; /* filled when something is not known */
	/* Filled: ICMP of the other family (58 in IPv4, 1 in IPv6) where the condition speaks of ICMP in a table of both families: nft lists the same line whether the kernel asks
	 * for the family or not, so what matches of these may as well not match. */
	struct packet_set unsure;
};
/* {"match": …}. −1: not known exactly, why_ja and why_en say so. */
int match_condition(struct matching *m, const struct json *match, struct packet_set *out) CHECK_RESULT;

/* Of a match that the packet fits: the comment of the element of a named set by which it does, as it stands in the listing; "" if there is none. */
struct text match_comment(struct matching *m, const struct json *match, const struct packet *packet);

/* {"vmap": …}: its elements as sets with the verdict of each; disjoint as far as the kernel takes them. */
struct match_branch {
	struct packet_set set;
	const struct json *verdict;
};
extern const struct json match_accept;
int match_branches(struct matching *m, const struct json *vmap, struct match_branch **out, size_t *count) CHECK_RESULT;
/* Interface names that the dump's rules and sets speak of, "eth*" as they are written, each once, without those given. */
void match_interfaces(struct arena *arena, const struct dump *dump, struct text **names, size_t *count);

#endif
