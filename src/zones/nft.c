/* nftの呼び出し — contract in nft.h. */
#include "zones/nft.h"
#include "base/program.h"
#include "zones/limits.h"

static int run(const char *const *argv, struct bytes input, struct arena *arena, struct bytes *out, struct err *err)
{
	const struct program nft = { .argv = argv, .input = input, .most = ZONES_DUMP_BYTES_MOST, .seconds = ZONES_NFT_SECONDS_MOST };

	return program_run(arena, &nft, out, err);
}

static int take(const char *const *argv, struct bytes batch, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes printed;

	return run(argv, batch, arena, &printed, err);
}

int nft_check(struct bytes batch, struct err *err)
{
	return take((const char *const[]){ "nft", "-c", "-f", "-", NULL }, batch, err);
}

int nft_load(struct bytes batch, struct err *err)
{
	return take((const char *const[]){ "nft", "-f", "-", NULL }, batch, err);
}

int nft_list(struct arena *arena, enum nft_listing what, struct bytes *out, struct err *err)
{
	return run((const char *const[]){ "nft", what == NFT_JSON ? "-j" : "-s", "-n", "list", "ruleset", NULL }, BYTES(""), arena, out, err);
}
