/* 系の計画 — `sekisho zones plan FILE`: what a policy text would put into force at a moment, in numbers; with --nft the batch itself, as nft takes it. Nothing is
 * put into force. */
#include "base/clock.h"
#include "cli/draft.h"
#include "cli/zones.h"
#include "zones/compile_nft.h"
#include "zones/laws/law.h"

static int say_plan(const char *path, const struct policy *policy, const struct zones_batch *batch)
{
	char when[64];

	printf(SAY("%s: 規則にできます。系 %zu、許可 %zu（書かれた %zu のうち）、要素 %zu\n", "%s: compiles. %zu zones, %zu of %zu allow statements in force, %zu elements\n"), path,
	       policy->zone_count, batch->allows, policy->allow_count, batch->elements);
	printf(SAY("文のSHA-256: %s\n", "SHA-256 of the text: %s\n"), batch->policy_hash);
	if (batch->next_change == INT64_MAX)
		printf(SAY("これから先、時間帯や期限で変わることはありません。\n", "nothing changes any more by hours or expiry\n"));
	else
		printf(SAY("次に変わるとき（時間帯・期限）: %s\n", "next change by hours or expiry: %s\n"),
		       verb_japanese() ? clock_wareki(batch->next_change, when) : clock_utc(batch->next_change, when));
	return VERB_OK;
}

int zones_plan(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *at = NULL, *told;
	bool nft = false, good;
	const struct verb_option options[] = { { "--nft", NULL, &nft }, { "--at", &at, NULL } };
	const struct policy *policy;
	struct zones_batch batch;
	struct zones_compile how = { 0 };
	struct err err = { 0 };

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2)
		return verb_usage(&verb_zones, argc > 2 ? argv[2] : NULL);
	int code = verb_moment(at, &how.now);
	if (code == VERB_OK)
		code = draft_take(arena, argv[1], &policy);
	if (code != VERB_OK)
		return code;
	if (laws_judge_text(arena, policy, how.now, verb_japanese(), &good, &told, &err) != 0)
		return verb_complain(&err);
	if (!good) {
		fprintf(stderr, "%s", told);
		return VERB_REFUSED;
	}
	struct buf out = buf_in(arena, 0);
	if (zones_compile_nft(arena, policy, &how, &out, &batch, &err) != 0)
		return verb_complain(&err);
	if (!nft)
		return say_plan(argv[1], policy, &batch);
	return fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0 ? VERB_OK : VERB_FAULT;
}
