/* 系の分割の速さ: 段階ごとの計算時間 — CPU seconds of each step from a policy text to a batch for nft, and of the proof that a listing says the same, in one process: for
 * tests/bench/zones.sh, which divides them by what nft itself takes. usage: bench-zones TEXT [LISTING.json] → lines "step seconds" and "nodes N" */
#include "base/clock.h"
#include "base/file.h"
#include "policy/policy.h"
#include "zones/compile_nft.h"
#include "zones/dump.h"
#include "zones/laws/law.h"
#include "zones/prove.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct bytes text;
	const struct policy *policy;
	struct packet_space *space;
	struct zones_model model;
	struct text *names;
	struct rusage usage;
	size_t count;

	must(argc == 2 || argc == 3);
	must_be(file_read(arena, AT_FDCWD, argv[1], 1 << 28, &text, &err), &err);
	last = cpu();
	must_be(policy_of_text(arena, "policy", text, &policy, NULL, &err), &err);
	said("read");
	(void)policy_text_of(arena, policy);
	said("print");
	zones_interfaces(arena, policy, &names, &count);
	must_be(packet_space_new(arena, names, count, 0, &space, &err) != 0 || zones_model_make(arena, space, policy, clock_now(), true, &model, &err) != 0 ? -1 : 0, &err);
	said("model");
	struct law_ground ground = { arena, space, policy, &model.ways };
	struct law_breach breach;
	bool broken;
	must_be(laws_ask(&ground, model.accepted, &breach, &broken, &err), &err);
	must(!broken);
	said("laws");
	printf("nodes %zu\n", packet_space_nodes(space));
	struct buf out = buf_in(arena, 0);
	struct zones_compile how = { .now = clock_now() };
	struct zones_batch batch;
	last = cpu();
	must_be(zones_compile_nft(arena, policy, &how, &out, &batch, &err), &err);
	said("compile");
	printf("elements %zu\n", batch.elements);
	if (argc == 3) {
		struct bytes listing;
		struct dump dump;
		struct proof proof;
		must_be(file_read(arena, AT_FDCWD, argv[2], 1 << 28, &listing, &err), &err);
		last = cpu();
		must_be(dump_read(arena, listing, &dump, &err), &err);
		said("listing");
		must_be(packet_space_new(arena, names, count, 0, &space, &err) != 0 || zones_model_make(arena, space, policy, clock_now(), false, &model, &err) != 0 ? -1 : 0, &err);
		said("model-again");
		must_be(prove_equal(arena, space, &dump, &(struct prove_text){ .allowed = model.accepted, .rated = packet_set_none() }, &proof, &err), &err);
		said("prove");
		printf("proven %d\n", proof.is_proven);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("megabytes %ld\n", usage.ru_maxrss / 1024);
	return 0;
}
