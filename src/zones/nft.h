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
/* Would the kernel take it? ERR_INVALID with nft's first line if not. */
int nft_check(struct bytes batch, struct err *err) CHECK_RESULT;
/* One transaction: all of it or nothing. */
int nft_load(struct bytes batch, struct err *err) CHECK_RESULT;
/* At most ZONES_DUMP_BYTES_MOST. */
int nft_list(struct arena *arena, enum nft_listing what, struct bytes *out, struct err *err) CHECK_RESULT;

#endif
