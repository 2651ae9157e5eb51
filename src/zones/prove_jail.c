/* 証明の隔離 — contract in prove_jail.h. */
#include "zones/prove_jail.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/sort.h"
#include "policy/policy.h"
#include "zones/answer.h"
#include "zones/laws/law.h"
#include "zones/limits.h"
#include "zones/match.h"
#include "zones/prove.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert((int)ZONES_ENDS_MOST < (int)PACKET_MOMENTS, "each end is a moment of its own, and now");
enum { END_SLACK = 30 /* s: a large plan is loaded a moment later than it was made, and ends that much later; what ends later than this outlasts its text */ };

/* ---- inside ---- */

static int raise_walls(struct err *err)
{
	static const int allowed[] = { SYS_write, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect, SYS_sysinfo, SYS_futex, SYS_rt_sigreturn, SYS_exit, SYS_exit_group, -1 };
	const struct sandbox_limits limits = { .cpu_seconds = ZONES_PROOF_SECONDS_MOST, .address_space = (uint64_t)ZONES_PROOF_MEMORY_MOST << 20 };

	if (sandbox_no_new_privs(err) != 0 || sandbox_undumpable(err) != 0 || sandbox_limit(&limits, err) != 0)
		return -1;
	if (sandbox_landlock_deny_all(err) != 0 && err->code != ERR_UNSUPPORTED)
		return -1;
#ifdef SEKISHO_ASAN
	(void)allowed;
	return 0;
#else
	return sandbox_seccomp(allowed, err);
#endif
}

static int name_order(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int d = memcmp(x->p, y->p, MIN(x->n, y->n));

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* Interfaces of the text, of the machine and of the rules; "*" stands for every other there may be one day. */
static void names_of(struct arena *arena, const struct prove_request *request, const struct policy *policy, const struct dump *dump, struct text **out, size_t *count)
{
	struct text *said, *found;
	size_t said_count, found_count, links = 0, n = 0, kept = 0;

	zones_interfaces(arena, policy, &said, &said_count);
	match_interfaces(arena, dump, &found, &found_count);
	while (request->interfaces && request->interfaces[links])
		links++;
	struct text *all = arena_new_array(arena, struct text, said_count + found_count + links + 1);
	for (size_t i = 0; i < said_count; i++)
		all[n++] = said[i];
	for (size_t i = 0; i < found_count; i++)
		all[n++] = found[i];
	for (size_t i = 0; i < links; i++)
		all[n++] = (struct text){ request->interfaces[i], strlen(request->interfaces[i]) };
	all[n++] = TEXT("*");
	qsort(all, n, sizeof *all, name_order);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !text_equal(all[kept - 1], all[i]))
			all[kept++] = all[i];
	*out = all, *count = kept;
}

static bool has_rate(const void *self, const struct zones_way *way) { return (void)self, way->allow->rate != 0; }
static bool has_no_rate(const void *self, const struct zones_way *way) { return (void)self, way->allow->rate == 0; }

/* New connections that the text allows up to a rate only. */
static struct packet_set rated(struct packet_space *space, const struct zones_ways *ways)
{
	struct packet_set some = zones_ways_pass(space, ways, ZONES_OPENS, has_rate, NULL);

	if (some.node != packet_set_none().node)
		some = packet_set_minus(space, some, zones_ways_pass(space, ways, ZONES_OPENS, has_no_rate, NULL));
	return some;
}

/* Of one rate, for zones_ways_pass. */
struct rate_of {
	uint64_t rate;
	enum policy_per per;
};
static bool has_this_rate(const void *self, const struct zones_way *way)
{
	const struct rate_of *of = self;

	return way->allow->rate == of->rate && way->allow->per == of->per;
}

/* The numbers of the text: a rate drops what is over it, and lets as many through at once. */
static void rates_of(struct arena *arena, struct packet_space *space, const struct zones_ways *ways, struct prove_text *out)
{
	static const uint32_t seconds[] = { [POLICY_PER_SECOND] = 1, [POLICY_PER_MINUTE] = 60, [POLICY_PER_HOUR] = 3600 };
	struct prove_limit *list = arena_new_array(arena, struct prove_limit, ways->count);
	size_t n = 0;

	for (size_t i = 0; i < ways->count; i++) {
		const struct rate_of of = { ways->list[i].allow->rate, ways->list[i].allow->per };
		size_t known = 0;
		while (known < n && (list[known].rate != of.rate || list[known].seconds != seconds[of.per]))
			known++;
		if (of.rate && known == n)
			list[n++] = (struct prove_limit){ .rate = of.rate, .burst = of.rate, .seconds = seconds[of.per], .set = zones_ways_pass(space, ways, ZONES_OPENS, has_this_rate, &of) };
	}
	out->rates = list, out->rate_count = n;
}

static int moment_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static size_t each_once(int64_t *at, size_t count)
{
	size_t n = 0;

	sort_items(at, count, sizeof *at, moment_order);
	for (size_t i = 0; i < count; i++)
		if (n == 0 || at[n - 1] != at[i])
			at[n++] = at[i];
	return n;
}

static bool is_near_one(const int64_t *at, size_t n, int64_t moment)
{
	size_t first = sorted_below(at, n, moment - END_SLACK);

	return first < n && at[first] <= moment + END_SLACK;
}

/* Elements of the listing that end when nothing of the text does: one that stopped something opens it then. Behind the text's n moments; false: there is no room for so many. */
static bool add_others(const struct dump *dump, int64_t now, int64_t *at, size_t n, size_t *count)
{
	int64_t left;

	for (size_t i = 0; i < dump->set_count; i++)
		for (size_t k = 0; dump->sets[i].elements && k < dump->sets[i].elements->count; k++) {
			if (!dump_element_ends(&dump->sets[i].elements->items[k], &left) || is_near_one(at, n, now + left))
				continue;
			if (*count == n + ZONES_ENDS_MOST)
				*count = n + each_once(at + n, *count - n);
			if (*count == n + ZONES_ENDS_MOST)
				return false;
			at[(*count)++] = now + left;
		}
	return true;
}

/* Every moment at which the text closes something, or an element of the rules ends that is none of the text's; of the ways what they let through now and from then on is asked. */
static int ends_of(struct arena *arena, struct packet_space *space, const struct dump *dump, struct zones_ways *ways, int64_t now, struct prove_moments *out, struct err *err)
{
	int64_t *at = arena_new_array(arena, int64_t, ways->count + ZONES_ENDS_MOST), *after;

	for (size_t i = 0; i < ways->count; i++)
		at[i] = ways->list[i].until;
	size_t n = each_once(at, ways->count), count = n;
	bool few = add_others(dump, now, at, n, &count);
	n = each_once(at, count);
	if (!few || n > ZONES_ENDS_MOST)
		return fail(err, ERR_LIMIT, n, "text and rules end something at more than %d different moments; no more can be proven", ZONES_ENDS_MOST);
	after = arena_new_array(arena, int64_t, n);
	for (size_t i = 0; i < n; i++)
		after[i] = at[i] - now + END_SLACK;
	*out = (struct prove_moments){ after, n };
	zones_ways_last(arena, space, ways, at, n);
	return 0;
}

static struct packet_set allowed_by(struct packet_space *space, const struct policy *policy, const struct zones_ways *ways)
{
	return packet_set_or(space, zones_pass_always(space, policy), zones_ways_pass(space, ways, ZONES_ALL_PARTS, NULL, NULL));
}

static int prove_the_text(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct policy *policy, struct zones_ways *ways, int64_t now, struct proof *out, struct err *err)
{
	struct prove_text text = { 0 };

	if (ends_of(arena, space, dump, ways, now, &text.ends, err) != 0)
		return -1;
	zones_ways_keep(arena, space, ways);
	text.lasting = allowed_by(space, policy, ways), text.rated = rated(space, ways);
	rates_of(arena, space, ways, &text);
	return prove_equal(arena, space, dump, &text, out, err);
}

/* What a foreign firewall lets begin although the text forbids it. */
static int audit_by_the_text(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct policy *policy, struct zones_ways *ways, struct proof *out, struct err *err)
{
	zones_ways_keep(arena, space, ways);
	return prove_audit(arena, space, dump, packet_set_and(space, allowed_by(space, policy, ways), packet_set_all(space)), out, err);
}

static const char *kind_word(enum prove_kind kind)
{
	static const char *const words[] = { [PROVE_PASSES] = "passes", [PROVE_STOPS] = "stops", [PROVE_LIMITS] = "limits", [PROVE_UNLIMITED] = "unlimited", [PROVE_OTHER_RATE] = "other_rate",
					       [PROVE_OUTLASTS] = "outlasts" };

	return words[kind];
}

static struct json *told_doubts(struct arena *arena, const struct doubts *doubts, bool japanese)
{
	struct json *list = json_array(arena);

	for (size_t i = 0; i < doubts->count; i++) {
		struct json *o = json_object(arena);
		json_set_str(arena, o, "where", doubts->list[i].where);
		json_set_str(arena, o, "what", japanese ? doubts->list[i].ja : doubts->list[i].en);
		json_add(arena, list, o);
	}
	return list;
}

static struct json *told_differences(struct arena *arena, const struct packet_space *space, const struct proof *proof, bool japanese)
{
	struct json *list = json_array(arena);

	for (size_t i = 0; i < proof->count; i++) {
		const struct prove_difference *d = &proof->differences[i];
		struct json *o = json_object(arena);
		struct buf packet = buf_in(arena, 0), box = buf_in(arena, 0);
		packet_print(&packet, space, &d->witness, japanese);
		packet_box_print(&box, space, &d->box, japanese);
		json_set_str(arena, o, "kind", kind_word(d->kind));
		json_set_str(arena, o, "packet", buf_string(&packet));
		json_set_str(arena, o, "like", buf_string(&box));
		json_set_str(arena, o, "by", d->by);
		json_add(arena, list, o);
	}
	return list;
}

static int laws_of(struct arena *arena, struct packet_space *space, const struct policy *policy, const struct zones_ways *ways, struct packet_set passes, bool japanese,
		   const char **told, struct err *err)
{
	const struct law_ground ground = { .arena = arena, .space = space, .policy = policy, .ways = ways };
	struct law_breach breach;
	struct buf text = buf_in(arena, 0);
	bool broken;

	if (laws_ask(&ground, passes, &breach, &broken, err) != 0)
		return -1;
	if (broken)
		law_breach_tell(&text, &ground, &breach, japanese);
	*told = broken ? buf_string(&text) : "";
	return 0;
}

static int answer_surroundings(struct arena *arena, const struct prove_request *request, const struct policy *policy, struct json **out, struct err *err)
{
	struct surroundings around;
	struct doubts doubts = { 0 };

	if (surroundings_read(arena, &request->around, &around, err) != 0)
		return -1;
	prove_surroundings(arena, policy, request->now, &around, &doubts);
	struct json *o = json_object(arena);
	json_set_true(arena, o, "proven", doubts.count == 0);
	json_set(arena, o, "doubts", told_doubts(arena, &doubts, request->japanese));
	json_set_number(arena, o, "doubts_more", (int64_t)doubts.more);
	*out = o;
	return 0;
}

static int answer(struct arena *arena, const struct prove_request *request, struct json **out, struct err *err)
{
	const struct policy *policy;
	struct packet_space *space;
	struct zones_ways ways;
	struct proof proof;
	struct dump dump;
	struct text *names;
	const char *law;
	size_t count;

	if (policy_of_text(arena, "policy", request->policy, &policy, NULL, err) != 0)
		return -1;
	if (request->question == PROVE_SURROUNDINGS)
		return answer_surroundings(arena, request, policy, out, err);
	if (dump_read(arena, request->listing, &dump, err) != 0)
		return -1;
	names_of(arena, request, policy, &dump, &names, &count);
	if (packet_space_new(arena, names, count, 0, &space, err) != 0)
		return -1;
	zones_ways_make(arena, policy, request->now, false, &ways);
	if (request->question == PROVE_IS_EQUAL ? prove_the_text(arena, space, &dump, policy, &ways, request->now, &proof, err)
						 : audit_by_the_text(arena, space, &dump, policy, &ways, &proof, err))
		return -1;
	if (laws_of(arena, space, policy, &ways, proof.passes, request->japanese, &law, err) != 0)
		return -1;
	struct json *o = json_object(arena);
	json_set_true(arena, o, "proven", proof.is_proven && law[0] == 0);
	json_set(arena, o, "doubts", told_doubts(arena, &proof.doubts, request->japanese));
	json_set_number(arena, o, "doubts_more", (int64_t)proof.doubts.more);
	json_set(arena, o, "differences", told_differences(arena, space, &proof, request->japanese));
	json_set_true(arena, o, "more", proof.more);
	json_set_true(arena, o, "keeps_running", proof.keeps_running);
	json_set_str(arena, o, "law", law);
	json_set_number(arena, o, "translations", (int64_t)proof.translations);
	json_set_number(arena, o, "rules", (int64_t)proof.rules);
	json_set_number(arena, o, "nodes", (int64_t)packet_space_nodes(space));
	*out = o;
	return 0;
}

static _Noreturn void inside(const struct prove_request *request, int to)
{
	ARENA(arena) = arena_new(0);
	struct err err = { 0 };
	struct json *o = NULL;

	if (raise_walls(&err) != 0 || answer(arena, request, &o, &err) != 0)
		o = NULL;
	answer_give(arena, to, o, &err);
}

/* ---- outside ---- */

int prove_jailed(struct arena *arena, const struct prove_request *request, struct json *out, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_IO, "cannot make a pipe");
	FD(from) = ends[0];
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		inside(request, ends[1]);
	close(ends[1]);
	if (child < 0)
		return fail_errno(err, ERR_IO, "cannot start the jailed proof");
	return answer_hear(arena, from, child, out, err);
}
