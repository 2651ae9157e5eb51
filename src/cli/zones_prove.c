/* 系の証明と監査 — `sekisho zones prove FILE` (the kernel's rules, routes, links and settings against a policy text) and `sekisho zones audit` (what a firewall that is not ours lets
 * through although the text forbids it). The listing is read in a jail (zones/prove_jail.h); nothing is changed. */
#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/program.h"
#include "base/text.h"
#include "cli/draft.h"
#include "cli/zones.h"
#include "zones/limits.h"
#include "zones/nft.h"
#include "zones/prove_jail.h"
#include <fcntl.h>

enum { SAVED_MOST = 16 << 20 /* bytes of an iptables-save file */ };

/* ---- telling ---- */

static const char *kind_told(struct text kind, bool audit)
{
	if (text_is(kind, "passes"))
		return SAY("ポリシー文が許していないのに通ります", "passes although the policy text does not allow it");
	if (text_is(kind, "stops"))
		return audit ? SAY("ポリシー文は許していますが、このファイアウォールは止めます", "allowed by the policy text, stopped by this firewall")
			     : SAY("ポリシー文が許しているのに止まります", "is stopped although the policy text allows it");
	if (text_is(kind, "limits"))
		return SAY("ポリシー文にない回数の上限があります", "is limited to a rate that the policy text does not have");
	if (text_is(kind, "other_rate"))
		return SAY("回数の上限が、ポリシー文と違う数です", "is limited to another rate than the policy text has");
	if (text_is(kind, "outlasts"))
		return SAY("ポリシー文の期限が来ても、止まりません", "does not end when the policy text lets it end");
	return SAY("ポリシー文にある回数の上限がありません", "lacks the rate limit of the policy text");
}

static void tell_differences(const struct json *list, bool audit)
{
	struct text last = TEXT("");

	for (size_t i = 0; i < list->count; i++) {
		const struct json *d = &list->items[i];
		if (!text_equal(json_text(d, "kind"), last))
			printf("\n%s:\n", kind_told(json_text(d, "kind"), audit));
		last = json_text(d, "kind");
		printf("  %s\n    %s: %s\n    %s: %s\n", json_text(d, "packet").p, SAY("同じ仲間", "others like it"), json_text(d, "like").p, SAY("決めている規則", "decided by"),
		       text_is(json_text(d, "by"), "-") ? SAY("どの規則もありません", "no rule at all") : json_text(d, "by").p);
	}
}

static void tell_doubts(const struct json *answer, const char *sentence)
{
	const struct json *list = json_get(answer, "doubts");

	printf(SAY("\n%s（%lld か所）:\n", "\n%s (%lld):\n"), sentence, (long long)list->count + (long long)json_number(answer, "doubts_more", 0));
	for (size_t i = 0; i < list->count; i++)
		printf("  %s: %s\n", json_text(&list->items[i], "where").p, json_text(&list->items[i], "what").p);
}

/* One object of both: what the rules are, and what they rest on. */
static void print_both(struct arena *arena, const struct json *rules, const struct json *around)
{
	struct json *whole = json_object(arena);

	for (size_t i = 0; i < rules->count; i++)
		json_set(arena, whole, text_is(rules->keys[i], "proven") ? "rules_proven" : rules->keys[i].p, &rules->items[i]);
	json_set_true(arena, whole, "proven", json_is_true(rules, "proven") && json_is_true(around, "proven"));
	json_set(arena, whole, "surroundings", (struct json *)(uintptr_t)json_get(around, "doubts"));
	json_set_number(arena, whole, "surroundings_more", json_number(around, "doubts_more", 0));
	verb_print_json(arena, whole);
}

static int tell(struct arena *arena, const struct json *answer, bool audit, bool json)
{
	const struct json *doubts = json_get(answer, "doubts"), *differences = json_get(answer, "differences");
	struct text law = json_text(answer, "law");
	bool proven = json_is_true(answer, "proven");

	if (!doubts || !differences)
		return VERB_FAULT;
	if (json) {
		verb_print_json(arena, answer);
		return proven ? VERB_OK : VERB_REFUSED;
	}
	printf(SAY("調べた規則: %lld\n", "rules looked at: %lld\n"), (long long)json_number(answer, "rules", 0));
	if (json_number(answer, "translations", 0) > 0)
		printf(SAY("アドレスを書き換える鎖（nat）: %lld。下の通信は、書き換えた後のあて先で示します。\n", "chains that rewrite addresses (nat): %lld; packets below are told with their new destination\n"),
		       (long long)json_number(answer, "translations", 0));
	if (doubts->count > 0)
		tell_doubts(answer, SAY("証明できません。働きを正確に確かめられないところがあります", "Nothing is proven. What some rules do is not known exactly"));
	tell_differences(differences, audit);
	if (json_is_true(answer, "more"))
		printf(SAY("  …違いはほかにもあります。\n", "  … and more.\n"));
	if (law.n > 0)
		printf(SAY("\n破られている掟:\n%s", "\na law is broken:\n%s"), law.p);
	if (json_is_true(answer, "keeps_running"))
		printf(SAY("\n始まった通信は、許可を取り消しても続きます（状態だけを見て通す規則があるため）。\n", "\nWhat runs already goes on when its permission is withdrawn: a rule looks at its state only.\n"));
	if (proven)
		printf("%s\n", audit ? SAY("証明できました: ポリシー文が禁じる通信は、新しく始められません。", "proven: nothing that the policy text forbids can begin.")
				     : SAY("証明できました: カーネルの規則は、ポリシー文と同じ通信だけを通します。", "proven: the kernel's rules let through exactly what the policy text allows."));
	return proven ? VERB_OK : VERB_REFUSED;
}

/* ---- asking ---- */

static int ask(struct arena *arena, struct prove_request *request, bool json)
{
	struct json answer;
	struct err err = { 0 };

	request->japanese = verb_japanese();
	if (prove_jailed(arena, request, &answer, &err) != 0)
		return verb_complain(&err);
	return tell(arena, &answer, request->question == PROVE_WHAT_PASSES, json);
}

static int ask_both(struct arena *arena, struct prove_request *request, bool json)
{
	struct prove_request ground = { .question = PROVE_SURROUNDINGS, .policy = request->policy, .now = request->now, .japanese = verb_japanese() };
	struct json rules, around;
	struct err err = { 0 };

	request->japanese = verb_japanese();
	if (surroundings_take(arena, &ground.around, &err) != 0 || prove_jailed(arena, request, &rules, &err) != 0 || prove_jailed(arena, &ground, &around, &err) != 0)
		return verb_complain(&err);
	bool resting = json_is_true(&around, "proven");
	if (json) {
		print_both(arena, &rules, &around);
		return resting && json_is_true(&rules, "proven") ? VERB_OK : VERB_REFUSED;
	}
	int code = tell(arena, &rules, false, false);
	if (resting && code == VERB_OK)
		printf("%s\n", SAY("経路・接続口・設定も、ポリシー文のとおりです。", "routes, links and settings are as the text has them."));
	if (!resting)
		tell_doubts(&around, SAY("証明できません。規則のまわりが、ポリシー文のとおりではありません", "Not proven. Things around the rules are not as the text has them"));
	return resting ? code : VERB_REFUSED;
}

int zones_prove(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *at = NULL;
	bool json = false, rules_only = false;
	const struct verb_option options[] = { { "--json", NULL, &json }, { "--at", &at, NULL }, { "--rules-only", NULL, &rules_only } };
	struct prove_request request = { .question = PROVE_IS_EQUAL };
	struct err err = { 0 };
	int code;

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2)
		return verb_usage(&verb_zones, argc > 2 ? argv[2] : NULL);
	if ((code = verb_moment(at, &request.now)) != VERB_OK || (code = draft_canonical(arena, argv[1], &request.policy)) != VERB_OK)
		return code;
	if (nft_list(arena, NFT_JSON, &request.listing, &err) != 0)
		return verb_complain(&err);
	if (!rules_only)
		return ask_both(arena, &request, json);
	code = ask(arena, &request, json);
	if (!json)
		printf("%s\n", SAY("規則だけを調べました。経路・接続口・設定は調べていません。", "Only the rules were looked at, not routes, links and settings."));
	return code;
}

/* ---- firewalls of before ---- */

/* Lines that add a rule: what the kernel must hold afterwards. */
static size_t rules_saved(struct bytes saved)
{
	struct bytes whole;
	size_t count = 0;

	for (struct cursor rest = cursor_over(saved); cursor_next_line(&rest, &whole);) {
		const uint8_t *line = whole.p;
		size_t n = whole.n;
		while (n > 0 && (*line == ' ' || *line == '\t' || *line == '['))
			if (*line == '[') { /* [packets:bytes] -A … */
				const uint8_t *close = memchr(line, ']', n);
				size_t skip = close ? (size_t)(close - line) + 1 : n;
				line += skip, n -= skip;
			} else
				line++, n--;
		count += n > 2 && line[0] == '-' && (line[1] == 'A' || line[1] == 'I') && (line[2] == ' ' || line[2] == '\t');
	}
	return count;
}

static size_t rules_listed(struct arena *arena, struct bytes listing, struct err *err)
{
	struct json whole;
	size_t count = 0;

	if (json_read_foreign(arena, listing, &whole, err) != 0)
		return SIZE_MAX;
	const struct json *list = json_get(&whole, "nftables");
	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->count; i++)
		count += json_get(&list->items[i], "rule") != NULL;
	return count;
}

static int translate(struct arena *arena, const char *path, const char *translator, struct buf *out, size_t *rules, struct err *err)
{
	const char *const argv[] = { translator, "-f", "/proc/self/fd/0", NULL };
	struct program program = { .argv = argv, .apart = true, .most = SAVED_MOST * 4 };
	struct bytes translated;

	if (!path)
		return 0;
	if (file_read(arena, AT_FDCWD, path, SAVED_MOST, &program.input, err) != 0 || program_run(arena, &program, &translated, err) != 0)
		return -1;
	*rules += rules_saved(program.input);
	buf_bytes(out, translated);
	return 0;
}

/* The standard translation, loaded into a network namespace of its own and listed again. It may stop halfway and still end well, or leave a rule as a comment: only the count tells. */
static int list_saved(struct arena *arena, const char *four, const char *six, struct bytes *listing, struct err *err)
{
	static const char *const load[] = { "sh", "-c", "nft -f - && exec nft -j -n list ruleset", NULL };
	struct program loader = { .argv = load, .apart = true, .most = ZONES_DUMP_BYTES_MOST };
	struct buf rules = buf_in(arena, 0);
	size_t wanted = 0;

	if (translate(arena, four, "iptables-restore-translate", &rules, &wanted, err) != 0 || translate(arena, six, "ip6tables-restore-translate", &rules, &wanted, err) != 0)
		return -1;
	loader.input = buf_view(&rules);
	if (program_run(arena, &loader, listing, err) != 0)
		return -1;
	size_t held = rules_listed(arena, *listing, err);
	if (held == SIZE_MAX)
		return -1;
	if (held != wanted)
		return fail(err, ERR_CUT_SHORT, held, "the file has %zu rules, its translation holds %zu: nothing is said of half a firewall", wanted, held);
	return 0;
}

int zones_audit(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *ruleset = NULL, *saved = NULL, *saved6 = NULL, *policy = NULL, *at = NULL;
	bool json = false;
	const struct verb_option options[] = { { "--ruleset", &ruleset, NULL }, { "--iptables-save", &saved, NULL }, { "--ip6tables-save", &saved6, NULL },
		{ "--policy", &policy, NULL }, { "--at", &at, NULL }, { "--json", NULL, &json } };
	struct prove_request request = { .question = PROVE_WHAT_PASSES };
	struct err err = { 0 };
	int code;

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 1 || !policy || (ruleset != NULL) == (saved != NULL || saved6 != NULL))
		return verb_usage(&verb_zones, argc > 1 ? argv[1] : NULL);
	if ((code = verb_moment(at, &request.now)) != VERB_OK || (code = draft_canonical(arena, policy, &request.policy)) != VERB_OK)
		return code;
	if (ruleset ? file_read(arena, AT_FDCWD, ruleset, ZONES_DUMP_BYTES_MOST, &request.listing, &err) != 0
		    : list_saved(arena, saved, saved6, &request.listing, &err) != 0)
		return verb_complain(&err);
	return ask(arena, &request, json);
}
