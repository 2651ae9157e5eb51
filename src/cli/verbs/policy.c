/* ポリシー文 — `sekisho policy check|explain|print|hash|adopt FILE`, `explain FILE FROM TO`, `diff OLD NEW`: a draft is checked, told in sentences, shown in its
 * canonical form, named by its hash, put into force; asked whether two places can talk, and compared with another by what it lets through. Two persons sign one
 * with propose, proposals, approve, return (cli/proposal.h). */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/draft.h"
#include "cli/proposal.h"
#include "cli/verb.h"
#include "policy/policy.h"
#include "store/client.h"
#include "zones/laws/law.h"
#include "zones/reach.h"

extern const struct verb verb_policy;

/* What the language allows, recordd takes. */
_Static_assert((int)POLICY_KEEP_DAYS_MOST <= (int)STORE_KEEP_DAYS_MOST, "a policy may keep files longer than the store does");
_Static_assert((int)POLICY_SITE_BYTES_MOST <= (int)STORE_SITE_MOST, "a site id of the policy does not fit the store");

/* What breaks a law of the zones is no good text, whenever its hours are. */
static int judge(struct arena *arena, const struct policy *policy)
{
	const char *told;
	struct err err;
	bool good;

	if (laws_judge_text(arena, policy, clock_now(), verb_japanese(), &good, &told, &err) != 0)
		return verb_complain(&err);
	if (!good)
		fprintf(stderr, "%s", told);
	return good ? VERB_OK : VERB_REFUSED;
}

static int say_checked(const char *path, const struct policy *policy)
{
	printf(SAY("%s: よい文です。%s（%s）、系 %zu、許可 %zu、受け渡し %zu\n", "%s: good. %s (%s), %zu zones, %zu allow and %zu carry statements\n"), path, policy->city.name.p,
	       policy->city.site.p, policy->zone_count, policy->allow_count, policy->carry_count);
	return VERB_OK;
}

static int adopt(struct arena *arena, const char *path, struct text canonical, const uint8_t hash[SHA256_BYTES])
{
	struct store_policy_adopt request = { .content = bytes_of_text(canonical), .hash = bytes_of(hash, SHA256_BYTES) };
	struct err err = { 0 };
	FD(recordd) = verb_connect("recordd", &err);

	if (recordd < 0)
		return verb_complain(&err);
	if (store_call_policy_adopt(recordd, arena, &request, NULL, &err) != 0) {
		if (err.code != ERR_DENIED)
			return verb_complain(&err);
		fprintf(stderr, "sekisho: %s\n", SAY("いま効力のあるきまりには、提案した人と承認した人の署名があります。新しい文は、管理者が庁内側の画面「きまり」で提案してください。",
						     "Two persons have signed the text in force. An administrator proposes the new one on the office face, page \"Policy\"."));
		return VERB_REFUSED;
	}
	printf(SAY("%s: この文が効力を持ちました。SHA-256 %s\n", "%s is in force, SHA-256 %s\n"), path, hex_of(arena, request.hash));
	return VERB_OK;
}

static int put(struct bytes b)
{
	return fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0 ? VERB_OK : VERB_FAULT;
}

static int explain_between(struct arena *arena, const struct policy *policy, const char *from, const char *to)
{
	struct text a, b;
	struct buf told = buf_in(arena, 0);
	struct err err = { 0 };

	if (text_from_utf8(arena, bytes_of(from, strlen(from)), &a, &err) != 0 || text_from_utf8(arena, bytes_of(to, strlen(to)), &b, &err) != 0 ||
	    zones_explain(arena, policy, clock_now(), a, b, verb_japanese(), &told, &err) != 0)
		return verb_complain(&err);
	return put(buf_view(&told));
}

static int compare(struct arena *arena, const char *older, const char *newer)
{
	enum { BOXES_SHOWN = 200 };
	const struct policy *a, *b;
	struct buf told = buf_in(arena, 0);
	struct err err = { 0 };
	bool same;

	int result = draft_take(arena, older, &a);
	if (result == VERB_OK)
		result = draft_take(arena, newer, &b);
	if (result != VERB_OK)
		return result;
	if (zones_compare(arena, a, b, clock_now(), BOXES_SHOWN, verb_japanese(), &told, &same, &err) != 0)
		return verb_complain(&err);
	return put(buf_view(&told));
}

/* propose FILE, proposals, approve NUMBER, return NUMBER. */
static int by_two_persons(struct arena *arena, int argc, char **argv)
{
	const char *by = NULL, *reason = NULL, *what = argv[1];
	const struct verb_option options[] = { { "--by", &by, NULL }, { "--reason", &reason, NULL } };
	const struct policy *policy;

	if (verb_options(&verb_policy, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (strcmp(what, "proposals") == 0)
		return argc == 2 && !by && !reason ? proposal_list(arena) : verb_usage(&verb_policy, argc > 2 ? argv[2] : NULL);
	bool approves = strcmp(what, "approve") == 0;
	if (argc != 3 || !by || !(reason || approves))
		return verb_usage(&verb_policy, argc > 3 ? argv[3] : NULL);
	if (strcmp(what, "propose") != 0)
		return proposal_decide(arena, argv[2], by, !approves, reason ? reason : "");
	int result = draft_take(arena, argv[2], &policy);
	if (result == VERB_OK)
		result = judge(arena, policy);
	return result == VERB_OK ? proposal_make(arena, policy, by, reason) : result;
}

static int act(int argc, char **argv)
{
	static const char *const of_two[] = { "propose", "proposals", "approve", "return" };
	ARENA(arena) = arena_new(0);
	const struct policy *policy;
	uint8_t hash[SHA256_BYTES];
	const char *what = argc > 1 ? argv[1] : "";
	bool explains = strcmp(what, "explain") == 0, compares = strcmp(what, "diff") == 0;
	bool known = explains || compares || strcmp(what, "check") == 0 || strcmp(what, "print") == 0 || strcmp(what, "hash") == 0 || strcmp(what, "adopt") == 0;

	for (size_t i = 0; i < COUNT(of_two); i++)
		if (strcmp(what, of_two[i]) == 0)
			return by_two_persons(arena, argc, argv);
	if (!known || !(argc == (compares ? 4 : 3) || (explains && argc == 5)))
		return verb_usage(&verb_policy, !known && argc > 1 ? what : argc > 3 ? argv[argc - 1] : NULL);
	if (compares)
		return compare(arena, argv[2], argv[3]);
	int loaded = draft_take(arena, argv[2], &policy);
	if (loaded != VERB_OK)
		return loaded;
	if (argc == 5)
		return explain_between(arena, policy, argv[3], argv[4]);
	if (strcmp(what, "check") == 0 || strcmp(what, "adopt") == 0) {
		int judged = judge(arena, policy);
		if (judged != VERB_OK)
			return judged;
	}
	if (strcmp(what, "check") == 0)
		return say_checked(argv[2], policy);
	struct text canonical = policy_text_of(arena, policy);
	if (strcmp(what, "print") == 0)
		return put(bytes_of_text(canonical));
	if (strcmp(what, "explain") == 0) {
		struct buf told = buf_in(arena, 0);
		policy_explain(&told, policy, verb_japanese());
		return put(buf_view(&told));
	}
	sha256_of(bytes_of_text(canonical), hash);
	if (strcmp(what, "adopt") == 0)
		return adopt(arena, argv[2], canonical, hash);
	printf("%s\n", hex_of(arena, bytes_of(hash, sizeof hash)));
	return VERB_OK;
}

const struct verb verb_policy = {
	.name = "policy",
	.summary_ja = "ポリシー文を確かめ、説明し、比べ、清書し、効力を持たせます",
	.summary_en = "checks, explains, compares, prints and adopts policy texts",
	.usage = "policy check FILE\n"
		 "policy explain FILE [FROM TO]\n"
		 "policy diff OLD NEW\n"
		 "policy print FILE\n"
		 "policy hash FILE\n"
		 "policy adopt FILE\n"
		 "policy propose FILE --by NUMBER --reason TEXT\n"
		 "policy proposals\n"
		 "policy approve PROPOSAL --by NUMBER [--reason TEXT]\n"
		 "policy return PROPOSAL --by NUMBER --reason TEXT\n",
	.act = act,
};
