/* 規則の写し — what `nft -j -n list ruleset` says of a kernel, as tables of chains, rules, sets and maps. Foreign bytes: a ruleset of any firewall may come in.
 * Only its frame is read here; what an expression means is asked by prove.c. Shares nothing with what writes rules. Fuzzed. */
#ifndef ZONES_DUMP_H
#define ZONES_DUMP_H
#include "base/json.h"

enum dump_family { DUMP_IP, DUMP_IP6, DUMP_INET, DUMP_BRIDGE, DUMP_NETDEV, DUMP_ARP };
enum { DUMP_KEYS_MOST = 8 /* parts of a concatenation */ };

struct dump_chain {
	enum dump_family family;
	struct text table, name;
	bool is_base;	    /* the kernel begins here; what follows is only said then */
	struct text type, hook;
	int64_t priority;
	bool drops; /* its policy */
	struct dump_rule *rules;
	size_t count;
};
struct dump_rule {
	const struct dump_chain *chain;
	uint64_t handle;
	struct text comment;	 /* "" if none */
	const struct json *does; /* array of its expressions, in order */
};
struct dump_set {
	enum dump_family family;
	struct text table, name;
	size_t types;	/* parts of its key */
	bool is_map, has_verdicts, is_dynamic;
	const struct json *elements; /* array; NULL: empty */
};
/* Something that cannot be judged exactly: nothing is proven then. */
struct doubt {
	const char *where; /* "inet sekisho forward, rule 7 (comment)"; "" for the whole */
	const char *ja, *en;
};
struct doubts {
	struct doubt *list;
	size_t count, more; /* more: not kept beyond ZONES_DOUBTS_MOST */
};
struct dump {
	struct dump_chain *chains; /* in the order of family, table, name */
	size_t chain_count;
	struct dump_set *sets; /* likewise */
	size_t set_count;
	size_t rule_count;
	struct doubts doubts; /* what stands beside chains, rules and sets and is not understood */
};

/* in ≤ ZONES_DUMP_BYTES_MOST, kept. Fails when it is no such listing, is cut short, or its rules point to chains that are not there. */
int dump_read(struct arena *arena, struct bytes in, struct dump *out, struct err *err) CHECK_RESULT;
/* The same rules so many seconds later, if nobody touches them: without the elements that have ended by then. */
/* An element of a set, or a pair of one and what it stands for: does it end by itself, and in how many seconds? */
bool dump_element_ends(const struct json *item, int64_t *seconds);
struct dump dump_later(struct arena *arena, const struct dump *dump, int64_t seconds);
/* The names are those of the chain or set that asks: same family and table. NULL if there is none. */
const struct dump_chain *dump_chain_named(const struct dump *dump, enum dump_family family, struct text table, struct text name);
const struct dump_set *dump_set_named(const struct dump *dump, enum dump_family family, struct text table, struct text name);
const char *dump_family_name(enum dump_family family);
/* For messages, both languages: "inet sekisho forward 12 (rule-1)". */
const char *dump_place(struct arena *arena, const struct dump_chain *chain, const struct dump_rule *rule);
void doubt_add(struct arena *arena, struct doubts *doubts, const char *where, const char *ja, const char *en);

#endif
