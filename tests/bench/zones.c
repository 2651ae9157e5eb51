/* 系の分割の速さ: 段階ごとの計算時間 — CPU seconds of each step from a policy text to rules that are in force and proven, as zonesd takes them (gate.c), in one process and its
 * children: for tests/bench/zones.sh, which divides ours by nft's. In a network namespace of its own, as root.
 * usage: bench-zones TEXT → lines "step seconds", "nodes N" …; bench-zones TEXT judge: up to the compiled batch, nothing is loaded */
#include "base/clock.h"
#include "base/file.h"
#include "policy/policy.h"
#include "zones/compile_nft.h"
#include "zones/laws/law.h"
#include "zones/nft.h"
#include "zones/prove_jail.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

static double cpu(void)
{
	struct timespec t;
	struct rusage ended;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	getrusage(RUSAGE_CHILDREN, &ended);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9 + (double)(ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) + (double)(ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) / 1e6;
}

static double last;
static void said(const char *step)
{
	double now = cpu();

	printf("%s %.4f\n", step, now - last);
	last = cpu();
}

static void must_be(int result, const struct err *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "bench-zones: %s\n", err->say);
	exit(1);
}

/* Read and judged by every law; its memory is given back, as zonesd's is. */
static void judge(struct bytes text)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	const struct policy *policy;
	struct packet_space *space;
	struct zones_model model;
	struct law_breach breach;
	struct text *names;
	size_t count;
	bool broken;

	last = cpu();
	must_be(policy_of_text(arena, "policy", text, &policy, NULL, &err), &err);
	said("read");
	zones_interfaces(arena, policy, &names, &count);
	must_be(packet_space_new(arena, names, count, 0, &space, &err) != 0 || zones_model_make(arena, space, policy, clock_now(), true, &model, &err) != 0 ? -1 : 0, &err);
	said("model");
	struct law_ground ground = { arena, space, policy, &model.ways };
	must_be(laws_ask(&ground, model.accepted, &breach, &broken, &err), &err);
	must(!broken);
	said("laws");
	printf("nodes %zu\n", packet_space_nodes(space));
}

/* The batch of now: what ends is loaded with the time that is left to it. */
static struct bytes compile(struct arena *arena, struct bytes text)
{
	const struct zones_compile how = { .now = clock_now() };
	struct buf batch = buf_in(arena, 0);
	const struct policy *policy;
	struct zones_batch made;
	struct err err = { 0 };

	must_be(policy_of_text(arena, "policy", text, &policy, NULL, &err), &err);
	last = cpu();
	must_be(zones_compile_nft(arena, policy, &how, &batch, &made, &err), &err);
	said("compile");
	printf("elements %zu\n", made.elements);
	return buf_view(&batch);
}

/* In force and proven: nft's steps, and the jailed proof. */
static void enforce(struct arena *arena, struct bytes text)
{
	struct prove_request request = { .question = PROVE_IS_EQUAL, .policy = text };
	struct err err = { 0 };
	struct bytes plain, batch = compile(arena, text);
	struct json answer;

	last = cpu();
	must_be(nft_swap(batch, NULL, &err), &err);
	said("first-swap"); /* nothing stood */
	batch = compile(arena, text);
	last = cpu();
	must_be(nft_swap(batch, NULL, &err), &err);
	said("swap");
	must_be(nft_list(arena, NFT_PLAIN, &plain, &err), &err);
	said("plain");
	must_be(nft_list(arena, NFT_JSON, &request.listing, &err), &err);
	said("listing");
	request.now = clock_now();
	must_be(prove_jailed(arena, &request, &answer, &err), &err);
	said("prove");
	printf("proven %d\n", json_is_true(&answer, "proven"));
	printf("proof-nodes %lld\n", (long long)json_number(&answer, "nodes", 0));
}

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct bytes text;
	struct rusage usage;

	must(argc == 2 || argc == 3);
	must_be(file_read(arena, AT_FDCWD, argv[1], 1 << 28, &text, &err), &err);
	judge(text);
	if (argc == 2)
		enforce(arena, text);
	else
		(void)compile(arena, text);
	getrusage(argc == 2 ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
	printf("megabytes %ld\n", usage.ru_maxrss / 1024);
	return 0;
}
