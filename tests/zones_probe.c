/* 実地試験 — the steps of probing one by one, in the network namespace it is started in (root of that namespace):
 *   zones_probe rig POLICY TIME    makes the router, with chains that look
 *   zones_probe open POLICY TIME   begins the flows that are gone on with; no rules may be there yet
 *   zones_probe run POLICY TIME    sends everything and holds it against the model; prints each packet whose fate is not the model's, and the numbers
 *   zones_probe wire POLICY TIME   of a listing by nft -j -n on standard input: could any packet on a wire show in what its rules differ from the text? Says why not.
 * and for rules of any firewall, of which LISTING is what nft -j -n list ruleset says (without this rig's tables):
 *   zones_probe rig-of LISTING     likewise; its interfaces are the rules'
 *   zones_probe open-of LISTING    likewise
 *   zones_probe run-of LISTING     likewise, held against what the prover says of the listing; JSON
 *   zones_probe same LISTING OTHER do the rules of both do the same with every packet?
 * Exit: 0 as the model says (or: no packet), 1 not (or: some packet), 2 it could not be done, 3 the listing is in doubt. */
#include "base/clock.h"
#include "policy/policy.h"
#include "zones/limits.h"
#include "zones/match.h"
#include "zones/model.h"
#include "zones/probing.h"
#include "zones/probing_listing.h"
#include "zones/prove.h"
#include "base/file.h"
#include <fcntl.h>
#include <unistd.h>

static int tell(const struct probing_told *t)
{
	for (size_t i = 0; i < t->shown_count; i++)
		printf("%s\n", t->shown[i]);
	printf("%u probes%s: %u passed, %u stopped, %u never reached the chains, %u not as the model says; log lost %u times\n", t->sent, t->more ? " (not all corners)" : "", t->passed, t->stopped, t->unseen,
	       t->wrong, t->lost);
	printf("hooks: input %u, output %u, forward %u; states: new %u, established %u, reply %u, related %u and %u, invalid %u, untracked %u\n", t->hooks[PACKET_INPUT], t->hooks[PACKET_OUTPUT],
	       t->hooks[PACKET_FORWARD], t->states[PACKET_NEW][0], t->states[PACKET_ESTABLISHED][0], t->states[PACKET_ESTABLISHED][1], t->states[PACKET_RELATED][0], t->states[PACKET_RELATED][1],
	       t->states[PACKET_INVALID][0], t->states[PACKET_UNTRACKED][0]);
	return t->wrong ? 1 : 0;
}

/* ---- what no packet on a wire can be ---- */

static int name_order(const void *a, const void *b)
{
	return strcmp(((const struct text *)a)->p, ((const struct text *)b)->p);
}

static int space_of(struct arena *arena, const struct policy *policy, const struct dump *dump, struct packet_space **space, struct err *err)
{
	struct text *said, *found;
	size_t n, m, kept = 0;

	zones_interfaces(arena, policy, &said, &n);
	match_interfaces(arena, dump, &found, &m);
	struct text *all = arena_new_array(arena, struct text, n + m + 1);
	memcpy(all, said, n * sizeof *said);
	if (m)
		memcpy(all + n, found, m * sizeof *found);
	qsort(all, n + m, sizeof *all, name_order);
	for (size_t i = 0; i < n + m; i++)
		if (kept == 0 || !text_equal(all[kept - 1], all[i]))
			all[kept++] = all[i];
	return packet_space_new(arena, all, kept, 0, space, err);
}

static struct packet_set of_types(struct packet_space *s, bool v6, const uint8_t *types, size_t count)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < count; i++)
		out = packet_set_or(s, out, packet_set_is(s, PACKET_ICMP_TYPE, types[i]));
	return packet_set_and(s, packet_set_and(s, out, packet_set_is(s, PACKET_PROTOCOL, v6 ? 58 : 1)), packet_set_is(s, PACKET_FAMILY, v6));
}

static struct packet_set errors_only(struct packet_space *s)
{
	static const uint8_t four[] = { 3, 4, 5, 11, 12 };
	struct packet_set six = packet_set_and(s, packet_set_range(s, PACKET_ICMP_TYPE, 0, 127), packet_set_is(s, PACKET_PROTOCOL, 58));

	return packet_set_minus(s, packet_set_is(s, PACKET_STATE, PACKET_RELATED), packet_set_or(s, of_types(s, false, four, COUNT(four)), six));
}

static struct packet_set own(struct packet_space *s, const struct policy *policy)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < policy->gate.address_count; i++)
		out = packet_set_or(s, out, packet_set_prefix(s, policy->gate.addresses[i].v6 ? PACKET_TO6 : PACKET_TO4, policy->gate.addresses[i].address, policy->gate.addresses[i].prefix));
	return out;
}

static struct packet_set asking_only(struct packet_space *s)
{
	static const uint8_t asks[] = { 8, 13, 15, 17 }, answers[] = { 0, 14, 16, 18 }, asks6[] = { 128 }, answers6[] = { 129 };
	struct packet_set there = packet_set_and(s, packet_set_is(s, PACKET_REPLY, 0), packet_set_or(s, of_types(s, false, asks, COUNT(asks)), of_types(s, true, asks6, COUNT(asks6))));
	struct packet_set back = packet_set_and(s, packet_set_is(s, PACKET_REPLY, 1), packet_set_or(s, of_types(s, false, answers, COUNT(answers)), of_types(s, true, answers6, COUNT(answers6))));
	struct packet_set icmp = packet_set_and(s, packet_set_is(s, PACKET_STATE, PACKET_ESTABLISHED), packet_set_having(s, PACKET_ICMP_TYPE));

	return packet_set_minus(s, icmp, packet_set_or(s, there, back));
}

static int wire(struct arena *arena, const struct policy *policy, int64_t now, struct err *err)
{
	struct packet_space *s;
	struct prove_sets sets;
	struct zones_model model;
	struct bytes listing;
	struct dump dump;

	if (file_read_fd(arena, STDIN_FILENO, ZONES_DUMP_BYTES_MOST, &listing, err) != 0 || dump_read(arena, listing, &dump, err) != 0 || space_of(arena, policy, &dump, &s, err) != 0 ||
	    prove_rules(arena, s, &dump, NULL, packet_set_all(s), &sets, err) != 0 || zones_model_make(arena, s, policy, now, false, &model, err) != 0)
		return -1;
	struct packet_set differ = packet_set_or(s, packet_set_minus(s, sets.may_pass, model.accepted), packet_set_minus(s, model.accepted, sets.may_pass));
	static const uint8_t all4[4] = { 224 }, every4[4] = { 255, 255, 255, 255 }, all6[16] = { 0xff }, near6[16] = { 0xfe, 0x80 };
	struct packet_set to_all = packet_set_or(s, packet_set_or(s, packet_set_prefix(s, PACKET_TO4, all4, 4), packet_set_prefix(s, PACKET_TO4, every4, 32)),
						 packet_set_or(s, packet_set_prefix(s, PACKET_TO6, all6, 8), packet_set_prefix(s, PACKET_TO6, near6, 10)));
	struct packet_set to_own = own(s, policy), in = packet_set_is(s, PACKET_HOOK, PACKET_INPUT), lo = packet_set_is(s, PACKET_OUT, packet_space_index(s, TEXT("lo")));
	const struct {
		const char *why;
		struct packet_set set;
	} facts[] = {
		{ "related is only what tells of an error", errors_only(s) },
		{ "what is addressed to the router does not go through it", packet_set_and(s, packet_set_is(s, PACKET_HOOK, PACKET_FORWARD), to_own) },
		{ "what comes in is addressed to the router", packet_set_minus(s, packet_set_minus(s, in, to_own), to_all) },
		{ "the router reaches itself by lo", packet_set_minus(s, packet_set_and(s, packet_set_is(s, PACKET_HOOK, PACKET_OUTPUT), to_own), lo) },
		{ "a flow of ICMP is asked and answered", asking_only(s) },
	};
	if (sets.doubts.count || packet_set_is_empty(s, differ))
		return 1;
	struct buf reasons = buf_in(arena, 0);
	for (size_t i = 0; i < COUNT(facts); i++) {
		if (!packet_set_is_empty(s, packet_set_and(s, differ, facts[i].set)))
			buf_printf(&reasons, "%s%s", reasons.n ? "; " : "", facts[i].why);
		differ = packet_set_minus(s, differ, facts[i].set);
	}
	if (packet_space_check(s, err) != 0)
		return -1;
	if (!packet_set_is_empty(s, differ))
		return 1;
	printf("%s\n", buf_string(&reasons));
	return 0;
}

/* ---- steps ---- */

static int act(struct arena *arena, const char *word, const struct policy *policy, int64_t now, struct err *err)
{
	struct probing_told told;

	if (strcmp(word, "rig") == 0)
		return probing_rig(arena, policy, err);
	if (strcmp(word, "open") == 0)
		return probing_open(arena, policy, now, err);
	if (strcmp(word, "run") == 0)
		return probing_run(arena, policy, now, false, &told, err) == 0 ? tell(&told) : -1;
	if (strcmp(word, "wire") == 0)
		return wire(arena, policy, now, err);
	return fail(err, ERR_INVALID, 0, "rig, open, run or wire, not %s", word);
}

/* ---- rules of any firewall ---- */

static int read_listing(struct arena *arena, const char *path, struct dump *out, struct err *err)
{
	struct bytes listing;

	return file_read(arena, AT_FDCWD, path, ZONES_DUMP_BYTES_MOST, &listing, err) != 0 || dump_read(arena, listing, out, err) != 0 ? -1 : 0;
}

static int tell_listing(struct arena *arena, const struct probing_listing_told *t)
{
	const struct {
		const char *name;
		uint64_t n;
	} numbers[] = { { "sent", t->sent }, { "passed", t->passed }, { "stopped", t->stopped }, { "unrouted", t->unrouted }, { "unseen", t->unseen }, { "either", t->either }, { "wrong", t->wrong },
		{ "translated", t->translated }, { "lost", t->lost }, { "interfaces", t->interfaces }, { "unmade", t->unmade }, { "rules", t->rules }, { "touched", t->touched },
		{ "untouched", t->untouched }, { "unreached", t->unreached }, { "translating", t->translating }, { "input", t->hooks[PACKET_INPUT] }, { "output", t->hooks[PACKET_OUTPUT] },
		{ "forward", t->hooks[PACKET_FORWARD] }, { "new", t->states[PACKET_NEW][0] }, { "established", t->states[PACKET_ESTABLISHED][0] }, { "reply", t->states[PACKET_ESTABLISHED][1] },
		{ "related", t->states[PACKET_RELATED][0] + t->states[PACKET_RELATED][1] }, { "invalid", t->states[PACKET_INVALID][0] }, { "untracked", t->states[PACKET_UNTRACKED][0] } };
	struct json *o = json_object(arena), *shown = json_array(arena), *missed = json_array(arena);

	for (size_t i = 0; i < COUNT(numbers); i++)
		json_set_number(arena, o, numbers[i].name, (int64_t)numbers[i].n);
	for (size_t i = 0; i < t->shown_count; i++)
		json_add(arena, shown, json_of_text(arena, (struct text){ t->shown[i], strlen(t->shown[i]) }));
	for (size_t i = 0; i < t->missed_count; i++)
		json_add(arena, missed, json_of_text(arena, (struct text){ t->missed[i], strlen(t->missed[i]) }));
	json_set_true(arena, o, "more", t->more);
	json_set(arena, o, "shown", shown);
	json_set(arena, o, "missed", missed);
	struct bytes said = json_bytes(arena, o);
	printf("%.*s\n", (int)said.n, (const char *)said.p);
	return t->wrong ? 1 : 0;
}

static int act_on_listing(struct arena *arena, int argc, char **argv, struct err *err)
{
	struct probing_listing *listing;
	struct probing_listing_told told;
	struct dump dump, other;
	bool same = false;

	if (read_listing(arena, argv[2], &dump, err) != 0)
		return -1;
	if (argc == 4)
		return read_listing(arena, argv[3], &other, err) != 0 || probing_listing_same(arena, &dump, &other, &same, err) != 0 ? -1 : same ? 0 : 1;
	if (probing_listing_make(arena, &dump, &listing, err) != 0)
		return -1;
	if (strcmp(argv[1], "rig-of") == 0)
		return probing_listing_rig(listing, err);
	if (strcmp(argv[1], "open-of") == 0)
		return probing_listing_open(listing, err);
	return probing_listing_run(listing, &told, err) == 0 ? tell_listing(arena, &told) : -1;
}

static bool is_of_listing(int argc, char **argv)
{
	return argc == 3 ? strcmp(argv[1], "rig-of") == 0 || strcmp(argv[1], "open-of") == 0 || strcmp(argv[1], "run-of") == 0 : argc == 4 && strcmp(argv[1], "same") == 0;
}

static int listing_main(struct arena *arena, int argc, char **argv)
{
	struct err err = { 0 };
	int result = act_on_listing(arena, argc, argv, &err);

	if (result < 0)
		fprintf(stderr, "zones_probe: %s\n", err.say);
	return result < 0 ? err.code == ERR_UNSUPPORTED ? 3 : 2 : result;
}

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const struct policy *policy;
	struct policy_fault fault;
	struct err err = { 0 };
	int64_t now;

	if (is_of_listing(argc, argv))
		return listing_main(arena, argc, argv);
	if (argc != 4 || clock_from_utc(argv[3], &now) != 0)
		return fprintf(stderr, "usage: zones_probe rig|open|run|wire POLICY TIME\n"), 2;
	const char *slash = strrchr(argv[2], '/');
	FD(folder) = open(slash ? (const char *)arena_copy(arena, argv[2], (size_t)(slash - argv[2])) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = policy_load(arena, folder, slash ? slash + 1 : argv[2], &policy, &fault, &err) != 0 ? -1 : act(arena, argv[1], policy, now, &err);
	if (result < 0)
		return fprintf(stderr, "zones_probe: %s\n", err.say), 2;
	return result;
}
