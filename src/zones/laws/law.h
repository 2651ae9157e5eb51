/* 通信の掟の形 — one law: what may never pass, as a set of packets made from the text and the day, so that the same question is asked of the model and of the
 * kernel's own rules; and what cannot be said in packets, asked of the text. Which laws there are: laws.def. */
#ifndef ZONES_LAWS_LAW_H
#define ZONES_LAWS_LAW_H
#include "zones/model.h"

struct law_ground {
	struct arena *arena;
	struct packet_space *space;
	const struct policy *policy;
	const struct zones_ways *ways; /* those that hold at the moment that is judged */
};
/* A path that the packets of no single rule show: from one allow to the next, through machines that both name. */
enum { LAW_HOPS_MOST = 8 };
struct law_path {
	const struct zones_way *hops[LAW_HOPS_MOST];
	size_t count;
};
struct law_rule {
	/* What must not pass, whatever else does. */
	struct packet_set (*forbids)(const struct law_ground *ground);
	/* But these may: sets of the text's ways, large perhaps, asked for only where something that is forbidden passes. NULL: none. */
	struct packet_set (*excepts)(const struct law_ground *ground);
	/* NULL: nothing more. true: there is such a path. */
	bool (*path)(const struct law_ground *ground, struct law_path *out);
};
struct law {
	const char *name, *clause, *ja, *en;
	const struct law_rule *rule;
};
enum {
#define LAW(name, clause, ja, en) LAW_##name,
#include "zones/laws/laws.def"
#undef LAW
	LAW_COUNT
};
extern const struct law laws[LAW_COUNT];

/* How a law is broken: a packet that passes, or a path. */
struct law_breach {
	const struct law *law;
	bool has_packet;
	struct packet packet;	     /* one of those that pass */
	const struct zones_way *way; /* that lets it through; NULL: none of the text's */
	struct law_path path;	     /* without packet */
};
/* What of a set the law does not let pass. */
struct packet_set law_forbidden(const struct law_ground *ground, const struct law_rule *rule, struct packet_set set);
/* Asks every law of what is accepted. The first that is broken goes to *breach and *broken is true. accepted: the model's, or what the kernel's rules let
 * through, in the ground's space. ERR_LIMIT: nothing was decided. */
int laws_ask(const struct law_ground *ground, struct packet_set accepted, struct law_breach *breach, bool *broken, struct err *err) CHECK_RESULT;
/* The breach told to a person: law, clause, path hop by hop, witness packet, the allow's line. Several lines, each with \n. */
void law_breach_tell(struct buf *out, const struct law_ground *ground, const struct law_breach *breach, bool japanese);
/* Whether a policy text keeps every law at any time from `now` on, whatever the hours. false in *good: *told says how not. */
int laws_judge_text(struct arena *arena, const struct policy *policy, int64_t now, bool japanese, bool *good, const char **told, struct err *err) CHECK_RESULT;

/* ---- what laws are made of ---- */
const struct policy_zone *law_zone(const struct law_ground *ground, const char *name); /* NULL if the text has none of that name */
/* Forwarded packets that came in by an interface of the zone, or go out by one. NULL: none. */
struct packet_set law_from(const struct law_ground *ground, const struct policy_zone *zone);
struct packet_set law_to(const struct law_ground *ground, const struct policy_zone *zone);
/* Tracked packets in the gate's hooks by the zone's interfaces, both directions. */
struct packet_set law_gate(const struct law_ground *ground, const struct policy_zone *zone);
/* Shortest way from the zone to the other over two allows or more, each entered where the one before ends; never by way of the gate. */
bool law_relayed(const struct law_ground *ground, const struct policy_zone *from, const struct policy_zone *to, struct law_path *out);

#endif
