/* 通信規則の適用 — `sekisho zones apply | confirm | status | rollback`: what zonesd keeps in the kernel, as the operator's wishes and in sentences. */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "cli/zones.h"
#include "zones/client.h"
#include "zones/limits.h"

enum { TRIAL_USUAL = 120 };

static int ask(enum zones_request what, uint64_t seconds, struct arena *arena, struct json *out)
{
	struct err err = { 0 };
	FD(zonesd) = verb_connect("zonesd", &err);

	return zonesd < 0 || zones_call(zonesd, what, seconds, arena, out, &err) != 0 ? verb_complain(&err) : VERB_OK;
}

static const char *when(int64_t at, char out[64])
{
	return verb_japanese() ? clock_jst(at, out) : clock_utc(at, out);
}

/* What the prover said of the rules or of what they rest on, when it did not say yes. */
static void say_proof(const struct json *proof)
{
	const struct json *doubts = proof->kind == JSON_OBJECT ? json_get(proof, "doubts") : NULL, *differences = proof->kind == JSON_OBJECT ? json_get(proof, "differences") : NULL;

	for (size_t i = 0; doubts && i < doubts->count; i++)
		printf(SAY("  証明できない理由: %s（%s）\n", "  not proven: %s (%s)\n"), json_text(&doubts->items[i], "what").p, json_text(&doubts->items[i], "where").p);
	for (size_t i = 0; differences && i < differences->count; i++)
		printf(SAY("  文と違う通信: %s\n", "  differs from the text: %s\n"), json_text(&differences->items[i], "packet").p);
}

static int say_status(struct arena *arena, const struct json *s)
{
	int64_t until = json_number(s, "trial_until", 0), drifts = json_number(s, "drifts", 0);
	struct text policy = json_text(s, "policy");
	const struct json *proof = json_get(s, "proof"), *around = json_get(s, "surroundings");
	struct json probe;
	bool probed = zones_last_probe(arena, verb_home(), &probe);
	char at[64];

	if (policy.n == 0) {
		printf("%s", SAY("通信規則は、まだ適用していません。通信は分けられていません。\n  することは: sekisho zones apply\n", "No rules are in force: nothing is divided.\n  what to do: sekisho zones apply\n"));
		return VERB_REFUSED;
	}
	printf(SAY("きまり %.16s… を %s から適用しています。\n", "policy %.16s… is applied since %s\n"), policy.p, when(json_number(s, "since", 0), at));
	if (until)
		printf(SAY("  試しています。%s までに確かめなければ、元へ戻ります: sekisho zones confirm\n", "  on trial: taken back at %s unless confirmed: sekisho zones confirm\n"), when(until, at));
	if (json_is_true(s, "rules_proven"))
		printf(SAY("  カーネルの規則は、文と同じであることを証明しました（%s）。\n", "  the kernel's rules are proven to be the text (%s)\n"), when(json_number(s, "proven_at", 0), at));
	else
		printf("%s", SAY("  カーネルの規則が文と同じであることは、証明できていません。\n", "  the kernel's rules are not proven to be the text\n"));
	if (proof && !json_is_true(s, "rules_proven"))
		say_proof(proof);
	if (around && around->kind == JSON_OBJECT && json_is_true(around, "proven"))
		printf(SAY("  経路・接続口・設定は、文のとおりです（%s）。\n", "  routes, links and settings are as the text has them (%s)\n"), when(json_number(s, "surroundings_at", 0), at));
	else {
		printf("%s", SAY("  経路・接続口・設定が、文のとおりではありません。\n", "  routes, links or settings are not as the text has them\n"));
		if (around)
			say_proof(around);
	}
	if (probed)
		zones_tell_probe(&probe, "  ");
	else
		printf("%s", SAY("  実物の通信では、まだ確かめていません: sekisho zones probe\n", "  not tried with real packets yet: sekisho zones probe\n"));
	if (json_is_true(s, "differs"))
		printf("%s", SAY("  警報: 規則を元に戻せていません。sekisho zones apply をやり直してください。\n", "  ALARM: the rules could not be put back. Apply them again.\n"));
	if (drifts)
		printf(SAY("  ほかの者による改変: %lld 回。最後は %s、%s によるもの。\n", "  changes by others: %lld; the last at %s by %s\n"), (long long)drifts,
		       when(json_number(s, "last_drift", 0), at), json_text(s, "last_drift_by").p);
	return json_is_true(s, "differs") || !json_is_true(s, "proven") || (probed && json_number(&probe, "wrong", 0)) ? VERB_FAULT : VERB_OK;
}

static int simple(enum zones_request what, int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct json status;

	if (argc != 1)
		return verb_usage(&verb_zones, argv[1]);
	int got = ask(what, 0, arena, &status);
	return got == VERB_OK ? say_status(arena, &status) : got;
}

int zones_confirm(int argc, char **argv) { return simple(ZONES_CONFIRM, argc, argv); }
int zones_rollback(int argc, char **argv) { return simple(ZONES_ROLLBACK, argc, argv); }

int zones_status(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	bool plain = false;
	const struct verb_option options[] = { { "--json", NULL, &plain } };
	struct json status;

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 1)
		return verb_usage(&verb_zones, argv[1]);
	int got = ask(ZONES_STATUS, 0, arena, &status);
	if (got != VERB_OK || !plain)
		return got == VERB_OK ? say_status(arena, &status) : got;
	struct json probe, *whole = json_object(arena);
	for (size_t i = 0; i < status.count; i++)
		json_set(arena, whole, status.keys[i].p, &status.items[i]);
	if (zones_last_probe(arena, verb_home(), &probe))
		json_set(arena, whole, "probe", &probe);
	verb_print_json(arena, whole);
	return VERB_OK;
}

int zones_apply(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *trial = NULL;
	bool at_once = false;
	const struct verb_option options[] = { { "--trial", &trial, NULL }, { "--no-trial", NULL, &at_once } };
	uint64_t seconds = TRIAL_USUAL;
	struct json status;

	if (verb_options(&verb_zones, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 1 || (trial && at_once))
		return verb_usage(&verb_zones, argc > 1 ? argv[1] : "--no-trial");
	if (trial && (decimal_decode(bytes_of(trial, strlen(trial)), ZONES_TRIAL_SECONDS_MOST, &seconds, NULL) != 0 || seconds == 0)) {
		fprintf(stderr, SAY("試す秒数は、1 から %d までです。\n", "a trial lasts 1 to %d seconds\n"), ZONES_TRIAL_SECONDS_MOST);
		return VERB_USAGE;
	}
	int got = ask(ZONES_APPLY, at_once ? 0 : seconds, arena, &status);
	return got == VERB_OK ? say_status(arena, &status) : got;
}
