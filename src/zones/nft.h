/* nftの呼び出し — the program nft as a child of its own: batches in, listings out. It gets what CAP_NET_ADMIN its caller has and nothing on its command line
 * but words of ours. Each run may take ZONES_NFT_SECONDS_MOST. article: s6.3.2a */
#ifndef ZONES_NFT_H
#define ZONES_NFT_H
#include "base/arena.h"
#include "base/err.h"

enum nft_listing {
	NFT_JSON,  /* nft -j -n list ruleset: for the prover */
	NFT_PLAIN, /* nft -s -n list ruleset: without counters and times that run, to be compared */
};
/* One transaction: all of it or nothing. ERR_INVALID with nft's first line if the kernel does not take it. */
int nft_load(struct bytes batch, struct err *err) CHECK_RESULT;
/* The batch of zones_compile_nft, instead of the rules before, so that each packet is judged by a whole set of rules at every moment. One transaction alone is not
 * enough for that: while the kernel ends it, the chains that go stand empty for a moment and stop what the text allows (tests/full/zones_swaps.py). So the new rules stand
 * beside the old ones under another name first, then instead of them. When a step fails the last ones that stand are whole; the name beside is gone or goes with the next
 * swap. *alone (NULL: not asked): the number of the kernel's rules as it is now, if nobody else changed any meanwhile; else 0. */
int nft_swap(struct bytes batch, uint32_t *alone, struct err *err) CHECK_RESULT;
#define NFT_TABLE "inet sekisho"
#define NFT_BESIDE "inet sekisho_beside"
/* The number of the kernel's rules: another one after every transaction of anybody's. Elements that end by themselves leave it. */
int nft_generation(uint32_t *out, struct err *err) CHECK_RESULT;
/* At most ZONES_DUMP_BYTES_MOST. */
int nft_list(struct arena *arena, enum nft_listing what, struct bytes *out, struct err *err) CHECK_RESULT;

#endif
