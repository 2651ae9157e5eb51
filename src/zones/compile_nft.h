/* ポリシー文からカーネルの規則へ — one batch for nft that puts a policy text into force at a moment, as a single transaction: the whole table inet sekisho is
 * replaced. The same text at the same moment gives the same bytes. article: s2.11 s6.3.1a s6.3.2a
 *
 * Shape: a map from the pair of interfaces to a chain for each pair of zones, which looks the packet up in maps of addresses and ports; never a rule for each
 * line of the text. What is found there passes; each element counts by itself and bears the id of its allow as comment (counters.h). Allows with a rate or a log stand in maps
 * of their own, and what is found there goes to the chain of its allow (allow_ID: rate, log, accept). Chains open_A_B judge what goes in the direction
 * of a way, answer_A_B what comes back (the same maps, fields exchanged), error_A_B ICMP errors. Every packet is judged, in both directions: no packet passes
 * because its connection was accepted once, so what is withdrawn or has ended stops at the next packet, established or not. Elements carry the time that is
 * left to them, so everything ends in the kernel by itself. Everything not named falls to the policy drop. */
#ifndef ZONES_COMPILE_NFT_H
#define ZONES_COMPILE_NFT_H
#include "base/hash.h"
#include "zones/ways.h"

enum { ZONES_LOG_GROUP = 17 /* NFLOG; prefix "ID:accept", "FROM>TO:drop", "input:drop" … */ };

struct zones_batch {
	char policy_hash[SHA256_HEX]; /* of the canonical text; the table's comment says "policy HASH" */
	int64_t next_change;	      /* when the text means something else and is to be compiled anew; INT64_MAX: never */
	size_t elements, allows;      /* in sets and maps; allow statements in force */
};
struct zones_compile {
	int64_t now;
};
/* The policy must keep the laws (laws_judge_text): this is not asked again. ERR_LIMIT: more than ZONES_ELEMENTS_MOST elements. */
int zones_compile_nft(struct arena *arena, const struct policy *policy, const struct zones_compile *how, struct buf *out, struct zones_batch *batch, struct err *err) CHECK_RESULT;

#endif
