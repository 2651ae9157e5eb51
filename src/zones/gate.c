/* 通信規則の番 — contract in gate.h. */
#include "zones/gate.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "evidence/statement.h"
#include "store/limits.h"
#include "zones/adopted.h"
#include "zones/client.h"
#include "zones/compile_nft.h"
#include "zones/counting.h"
#include "zones/laws/law.h"
#include "zones/limits.h"
#include "zones/nft.h"
#include "zones/prove_jail.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

enum { AGAIN_SECONDS = 60, SURROUNDINGS_EVERY = 1000 /* ms */, REASONS_MOST = 8, LOADS_MOST = 3 };
#define PREVIOUS "zones/previous.policy"
#define TRIAL "zones/trial.policy"
/* What stands when no text does. */
#define NO_RULES "add table " NFT_TABLE "\ndelete table " NFT_TABLE "\nadd table " NFT_BESIDE "\ndelete table " NFT_BESIDE "\n"

struct gate {
	const struct service *service;
	struct loop *loop;
	struct store_link recordd;
	char policy[SHA256_HEX]; /* "" nothing is loaded */
	int64_t since, next_change;
	bool on_trial;
	int64_t trial_until;
	struct loop_timer *trial, *change;
	uint8_t loaded[SHA256_BYTES]; /* of the plain listing right after the last load */
	uint32_t generation;	      /* of the kernel's rules then */
	bool has_generation;
	struct arena *kept;	      /* holds what follows; made anew with each load */
	struct bytes tables;	      /* "table FAMILY NAME" of each table that was there then, a line each */
	struct json proof;	      /* of the last load; JSON_NULL: not proven yet */
	int64_t proven_at;
	struct arena *around_kept; /* holds what follows; made anew with each look */
	struct json around;	   /* what the prover says of routes, links and settings; JSON_NULL: nothing yet */
	int64_t around_at;
	uint64_t drifts;
	int64_t last_drift;
	char last_drift_by[80];
	struct loop_timer *look; /* running: not to be looked at again before it fires */
	char heard[512];	 /* of what the rules rest on, not written down yet */
	bool differs;		   /* they could not be put back */
	struct counting *counting;
};

/* ---- the journal ---- */

static int journal(struct gate *g, struct arena *arena, const char *event, struct json *content, struct err *err)
{
	struct store_process_event row = { .event = { event, strlen(event) }, .content = json_bytes(arena, content) };
	int result;

	STORE_ASK(result, &g->recordd, arena, process_event, &row, NULL, err);
	return result;
}

/* What has happened already is done whether it can be written down or not. */
static void journal_after(struct gate *g, struct arena *arena, const char *event, struct json *content)
{
	struct err err = { 0 };

	if (journal(g, arena, event, content, &err) != 0)
		log_err(LOG_ERROR, "zonesd-004", "recordd does not write down what was done", &err);
}

static struct json *about(struct gate *g, struct arena *arena)
{
	struct json *o = json_object(arena);

	json_set_str(arena, o, "policy", g->policy);
	return o;
}

/* ---- the kernel ---- */

static const char *const *links_of(struct arena *arena)
{
	struct if_nameindex *all = if_nameindex();
	size_t count = 0;

	while (all && all[count].if_index)
		count++;
	const char **names = arena_new_array(arena, const char *, count + 1);
	for (size_t i = 0; i < count; i++)
		names[i] = arena_copy(arena, all[i].if_name, strlen(all[i].if_name));
	if (all)
		if_freenameindex(all);
	return names;
}

static bool is_table(struct bytes line)
{
	return line.n > 6 && memcmp(line.p, "table ", 6) == 0;
}

/* The next "table FAMILY NAME" of a listing; false: no more. */
static bool next_table(struct cursor *rest, struct bytes *table)
{
	while (cursor_next_line(rest, table))
		if (is_table(*table)) {
			table->n -= table->n > 2 && memcmp(table->p + table->n - 2, " {", 2) == 0 ? 2 : 0;
			return true;
		}
	return false;
}

static bool holds_table(struct bytes tables, struct bytes wanted)
{
	struct bytes table;

	for (struct cursor rest = cursor_over(tables); next_table(&rest, &table);)
		if (bytes_equal(table, wanted))
			return true;
	return false;
}

/* Remembers what the kernel holds now as what was loaded. at: the number of its rules when it was loaded, 0 unknown; *changed: it is another one now. */
static int remember(struct gate *g, uint32_t at, bool *changed, struct err *err)
{
	struct arena *kept = arena_new(0);
	ARENA(arena) = arena_new(0);
	struct buf tables = buf_in(kept, 0);
	struct bytes listing, table;
	struct err why = { 0 };
	uint32_t before = 0;

	bool known = nft_generation(&before, &why) == 0;
	if (nft_list(arena, NFT_PLAIN, &listing, err) != 0) {
		arena_free(kept);
		return -1;
	}
	sha256_of(listing, g->loaded);
	/* Nobody changed anything while it was listed: as long as the number stays, nobody has. */
	known = nft_generation(&g->generation, &why) == 0 && known;
	g->has_generation = known && g->generation == before;
	*changed = known && (g->generation != before || before != at);
	for (struct cursor rest = cursor_over(listing); next_table(&rest, &table);) {
		buf_bytes(&tables, table);
		buf_byte(&tables, '\n');
	}
	arena_free(g->kept);
	g->kept = kept;
	g->tables = buf_view(&tables);
	g->proof = (struct json){ .kind = JSON_NULL };
	g->differs = false;
	return 0;
}

/* ---- loading ---- */

static void changes(void *self);

static void wait_for_change(struct gate *g)
{
	int64_t left = g->next_change == INT64_MAX ? 86400 : g->next_change - clock_now();

	loop_cancel(g->change);
	g->change = loop_after(g->loop, (left < 1 ? 1 : left > 86400 ? 86400 : left) * 1000, changes, g);
}

/* A text whose right to be here is known already. On failure what stands in the kernel is whole: what it held, or the new rules under the name beside (nft_swap). */
static int load_text(struct gate *g, struct bytes content, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct buf batch = buf_in(arena, 0);
	struct zones_compile how;
	struct zones_batch made;
	const struct policy *policy;
	const char *told;
	bool good;

	if (policy_of_text(arena, "policy", content, &policy, NULL, err) != 0 || laws_judge_text(arena, policy, clock_now(), false, &good, &told, err) != 0)
		return -1;
	if (!good)
		return fail(err, ERR_DENIED, 0, "the text breaks a law: %.*s", (int)strcspn(told, "\n"), told);
	how.now = clock_now(); /* as late as can be: what ends gets the time that is left from here on */
	if (zones_compile_nft(arena, policy, &how, &batch, &made, err) != 0)
		return -1;
	counting_gather(g->counting);
	bool changed = true;
	for (int tries = 0; changed && tries < LOADS_MOST; tries++) { /* what somebody wrote into the rules between loading and listing would be taken for ours */
		uint32_t at = 0;
		if (nft_swap(buf_view(&batch), &at, err) != 0)
			return -1;
		memcpy(g->policy, made.policy_hash, sizeof g->policy);
		g->since = how.now, g->next_change = made.next_change;
		if (remember(g, at, &changed, err) != 0)
			return -1;
	}
	if (changed)
		log_line(LOG_ERROR, "zonesd-026", "ALARM: somebody changes the kernel's rules whenever they are loaded; what stands there now is proven or not as it is");
	wait_for_change(g);
	return 0;
}

static int load_nothing(struct gate *g, struct err *err)
{
	counting_gather(g->counting);
	if (nft_load(BYTES(NO_RULES), err) != 0)
		return -1;
	g->policy[0] = 0;
	g->since = clock_now(), g->next_change = INT64_MAX;
	bool changed;
	return remember(g, 0, &changed, err);
}

static int read_text(struct gate *g, struct arena *arena, const char *path, struct bytes *out, struct err *err)
{
	return file_read(arena, g->service->home_fd, path, STORE_POLICY_MOST, out, err);
}

/* What is confirmed, or nothing. */
static int load_confirmed(struct gate *g, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct err why = { 0 };
	struct bytes content;

	if (read_text(g, arena, ZONES_IN_FORCE, &content, &why) == 0)
		return load_text(g, content, err);
	if (why.code == ERR_NOT_FOUND)
		return load_nothing(g, err);
	*err = why;
	return -1;
}

static const char *path_in_force(const struct gate *g) { return g->on_trial ? TRIAL : ZONES_IN_FORCE; }

static bool says_proven(const struct json *answer)
{
	return answer->kind == JSON_OBJECT && json_is_true(answer, "proven");
}

/* Links, routes and settings as they are now, into g->around. */
static void look_around(struct gate *g)
{
	ARENA(arena) = arena_new(0);
	struct prove_request request = { .question = PROVE_SURROUNDINGS, .now = clock_now(), .japanese = true };
	struct arena *kept = arena_new(0);
	struct json found = { .kind = JSON_NULL };
	struct err err = { 0 };

	if (read_text(g, arena, path_in_force(g), &request.policy, &err) != 0 || surroundings_take(arena, &request.around, &err) != 0 || prove_jailed(kept, &request, &found, &err) != 0)
		log_err(LOG_ERROR, "zonesd-020", "what the rules rest on cannot be looked at", &err);
	arena_free(g->around_kept);
	g->around_kept = kept, g->around = found, g->around_at = request.now;
}

/* Of what is loaded now. What the prover doubts or finds different is in g->proof; -1: it gave no answer. What the rules rest on is looked at besides: the rules
 * are good whatever that is, and closing is better than not. */
static int prove(struct gate *g, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct prove_request request = { .question = PROVE_IS_EQUAL, .interfaces = links_of(arena), .japanese = true };

	if (read_text(g, arena, path_in_force(g), &request.policy, err) != 0 || nft_list(arena, NFT_JSON, &request.listing, err) != 0)
		return -1;
	request.now = clock_now(); /* behind the listing, which takes long: times left are not taken for longer than they are */
	if (prove_jailed(g->kept, &request, &g->proof, err) != 0)
		return -1;
	g->proven_at = request.now;
	look_around(g);
	return 0;
}

static bool is_proven(const struct gate *g)
{
	return says_proven(&g->proof);
}

/* ---- a trial ends ---- */

static int end_trial(struct gate *g, const char *why, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *content = about(g, arena);

	loop_cancel(g->trial);
	g->trial = NULL, g->on_trial = false;
	json_set_str(arena, content, "why", why);
	if (load_confirmed(g, err) != 0) {
		g->differs = true;
		log_err(LOG_ERROR, "zonesd-005", "the rules on trial cannot be taken back", err);
		return -1;
	}
	if (unlinkat(g->service->home_fd, TRIAL, 0) != 0)
		log_line(LOG_WARNING, "zonesd-006", "the text of the trial stays in the folder");
	json_set_str(arena, content, "back_to", g->policy);
	log_line(LOG_WARNING, "zonesd-007", "the rules on trial were taken back: %s", why);
	journal_after(g, arena, "zones.returned", content);
	return 0;
}

static void nobody_confirmed(void *self)
{
	struct gate *g = self;
	struct err err = { 0 };

	g->trial = NULL;
	if (end_trial(g, "nobody confirmed them in time", &err) != 0)
		g->trial = loop_after(g->loop, 1000, nobody_confirmed, g), g->on_trial = true; /* again and again: nobody must stay locked out */
}

/* ---- into force ---- */

static int adopted_text(struct gate *g, struct arena *arena, struct zones_adopted *out, struct err *err)
{
	struct store_policy_signed_reply got;
	uint8_t key[ED25519_PUBLIC];
	struct bytes line;
	int result;

	if (file_read(arena, g->service->home_fd, "trust/approval.pub", 256, &line, err) != 0 || statement_public_key(line, key, err) != 0)
		return -1;
	STORE_ASK(result, &g->recordd, arena, policy_signed, &(struct store_policy_signed){ BYTES("") }, &got, err);
	return result != 0 ? -1 : zones_adopted(arena, &got, key, out, err);
}

/* Loaded, on trial and proven; else as before. */
static int try_text(struct gate *g, struct bytes content, struct err *err)
{
	if (file_replace(g->service->home_fd, TRIAL, content, 0600, err) != 0)
		return -1;
	if (load_text(g, content, err) != 0) {
		unlinkat(g->service->home_fd, TRIAL, 0);
		return -1;
	}
	g->on_trial = true;
	struct err why = { 0 };
	if (prove(g, &why) == 0 && is_proven(g))
		return 0;
	ARENA(arena) = arena_new(0);
	const char *found = g->proof.kind == JSON_OBJECT ? (const char *)json_bytes(arena, &g->proof).p : why.say;
	log_line(LOG_ERROR, "zonesd-008", "the kernel's rules are not proven to be the text: %.1000s", found);
	const char *kept = arena_printf(arena, "the kernel's rules are not proven to be the text: %.300s", found);
	return end_trial(g, "not proven", err) != 0 ? -1 : fail(err, ERR_MISMATCH, 0, "%s", kept);
}

static int keep_trial(struct gate *g, struct err *err)
{
	int home = g->service->home_fd;

	if ((renameat(home, ZONES_IN_FORCE, home, PREVIOUS) != 0 && errno != ENOENT) || renameat(home, TRIAL, home, ZONES_IN_FORCE) != 0)
		return fail_errno(err, ERR_IO, "cannot put the files of zones/ in place");
	loop_cancel(g->trial);
	g->trial = NULL, g->on_trial = false;
	return 0;
}

int gate_apply(struct gate *g, uint64_t trial, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct zones_adopted adopted;

	if (trial > ZONES_TRIAL_SECONDS_MOST)
		return fail(err, ERR_LIMIT, trial, "a trial of more than %d seconds", ZONES_TRIAL_SECONDS_MOST);
	if (g->on_trial)
		return fail(err, ERR_CONFLICT, 0, "rules are on trial: confirm them or take them back first");
	if (adopted_text(g, arena, &adopted, err) != 0)
		return -1;
	struct json *content = json_object(arena);
	json_set_str(arena, content, "policy", adopted.hash);
	json_set_text(arena, content, "author", adopted.author);
	json_set_text(arena, content, "approver", adopted.approver);
	json_set_number(arena, content, "trial", (int64_t)trial);
	if (journal(g, arena, "zones.loading", content, err) != 0 || try_text(g, bytes_of_text(adopted.canonical), err) != 0)
		return -1;
	g->trial_until = trial ? clock_now() + (int64_t)trial : 0;
	if (trial)
		g->trial = loop_after(g->loop, (int64_t)trial * 1000, nobody_confirmed, g);
	else if (keep_trial(g, err) != 0)
		return -1;
	log_line(LOG_INFO, "zonesd-009", "policy %.16s is in force%s", g->policy, trial ? ", on trial" : "");
	journal_after(g, arena, "zones.in_force", content);
	return 0;
}

int gate_confirm(struct gate *g, struct err *err)
{
	ARENA(arena) = arena_new(0);

	if (!g->on_trial)
		return fail(err, ERR_CONFLICT, 0, "nothing is on trial");
	if (keep_trial(g, err) != 0)
		return -1;
	struct json *content = about(g, arena);
	json_set_true(arena, content, "confirmed", true);
	journal_after(g, arena, "zones.in_force", content);
	return 0;
}

int gate_rollback(struct gate *g, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes content;

	if (g->on_trial)
		return end_trial(g, "taken back by the operator", err);
	if (read_text(g, arena, PREVIOUS, &content, err) != 0)
		return err->code == ERR_NOT_FOUND ? fail(err, ERR_NOT_FOUND, 0, "there is no text before this one") : -1;
	struct json *said = about(g, arena);
	json_set_str(arena, said, "why", "taken back by the operator");
	if (try_text(g, content, err) != 0 || keep_trial(g, err) != 0)
		return -1;
	json_set_str(arena, said, "back_to", g->policy);
	journal_after(g, arena, "zones.returned", said);
	return 0;
}

/* ---- hours and ends that the text names ---- */

static void changes(void *self)
{
	struct gate *g = self;
	ARENA(arena) = arena_new(0);
	struct bytes content;
	struct err err = { 0 };

	g->change = NULL;
	if (g->policy[0] == 0)
		return;
	if (clock_now() < g->next_change) { /* a day has passed, no more */
		wait_for_change(g);
		return;
	}
	if (read_text(g, arena, path_in_force(g), &content, &err) != 0 || load_text(g, content, &err) != 0 || prove(g, &err) != 0) {
		log_err(LOG_ERROR, "zonesd-010", "the rules cannot be made anew for the hour; what has ended has ended in the kernel", &err);
		g->next_change = clock_now() + AGAIN_SECONDS;
		wait_for_change(g);
	}
}

/* ---- changes by others ---- */

/* Tables that were not there at the last load. */
static void put_removals(struct gate *g, struct bytes listing, struct buf *batch)
{
	struct bytes table;

	for (struct cursor rest = cursor_over(listing); next_table(&rest, &table);)
		if (!holds_table(g->tables, table) && !bytes_equal(table, BYTES("table " NFT_BESIDE))) { /* what stands beside may be all that judges: nft_swap takes it away */
			buf_str(batch, "delete ");
			buf_bytes(batch, table);
			buf_byte(batch, '\n');
		}
}

static int put_back(struct gate *g, struct bytes listing, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct buf removals = buf_in(arena, 0);
	struct bytes content;

	put_removals(g, listing, &removals);
	if (removals.n && nft_load(buf_view(&removals), err) != 0)
		return -1;
	return read_text(g, arena, path_in_force(g), &content, err) != 0 || load_text(g, content, err) != 0 ? -1 : prove(g, err);
}

/* Nobody changed any rule since the last load was listed: what came late was of our own. A listing takes nft long. */
static bool is_untouched(const struct gate *g)
{
	struct err why = { 0 };
	uint32_t now;

	return g->has_generation && nft_generation(&now, &why) == 0 && now == g->generation;
}

void gate_look(struct gate *g, const char *by)
{
	ARENA(arena) = arena_new(0);
	uint8_t now[SHA256_BYTES];
	struct bytes listing;
	struct err err = { 0 };

	if (g->policy[0] == 0 || is_untouched(g))
		return;
	if (nft_list(arena, NFT_PLAIN, &listing, &err) != 0) {
		log_err(LOG_ERROR, "zonesd-011", "the kernel's rules cannot be read", &err);
		return;
	}
	sha256_of(listing, now);
	if (memcmp(now, g->loaded, sizeof now) == 0 || clock_now() >= g->next_change)
		return;
	g->drifts++, g->last_drift = clock_now();
	snprintf(g->last_drift_by, sizeof g->last_drift_by, "%s", text_printable(arena, bytes_of(by, strlen(by)), sizeof g->last_drift_by - 1));
	log_line(LOG_ERROR, "zonesd-012", "ALARM: the kernel's rules were changed by %s; they are put back", g->last_drift_by);
	struct json *content = about(g, arena);
	json_set_str(arena, content, "by", g->last_drift_by);
	journal_after(g, arena, "zones.changed_by_others", content);
	if (put_back(g, listing, &err) != 0) {
		g->differs = true;
		log_err(LOG_ERROR, "zonesd-013", "ALARM: the rules cannot be put back", &err);
		return;
	}
	struct json *restored = about(g, arena);
	json_set_true(arena, restored, "proven", is_proven(g));
	journal_after(g, arena, "zones.restored", restored);
}

/* The first few reasons why what the rules rest on is not what the text has: "eth9: …". */
static struct json *reasons(const struct gate *g, struct arena *arena)
{
	const struct json *doubts = g->around.kind == JSON_OBJECT ? json_get(&g->around, "doubts") : NULL;
	struct json *list = json_array(arena);

	for (size_t i = 0; doubts && i < doubts->count && i < REASONS_MOST; i++) {
		const char *one = arena_printf(arena, "%s: %s", json_text(&doubts->items[i], "where").p, json_text(&doubts->items[i], "what").p);
		json_add(arena, list, json_of_text(arena, (struct text){ one, strlen(one) }));
	}
	return list;
}

static void journal_surroundings(struct gate *g)
{
	ARENA(arena) = arena_new(0);
	struct json *content = about(g, arena);

	json_set_str(arena, content, "what", g->heard);
	json_set_true(arena, content, "proven", says_proven(&g->around));
	json_set(arena, content, "because", reasons(g, arena));
	g->heard[0] = 0;
	journal_after(g, arena, "zones.surroundings", content);
}

/* Looked at and written down at most once a second; what comes meanwhile is told together after it. */
static void look_again(void *self)
{
	struct gate *g = self;

	g->look = NULL;
	if (g->heard[0] == 0 || g->policy[0] == 0)
		return;
	look_around(g);
	journal_surroundings(g);
	if (!says_proven(&g->around))
		log_line(LOG_ERROR, "zonesd-021", "ALARM: what the rules rest on is not what the text has: sekisho zones status");
	g->look = loop_after(g->loop, SURROUNDINGS_EVERY, look_again, g);
}

void gate_surroundings(struct gate *g, const char *what)
{
	ARENA(arena) = arena_new(0);
	size_t n = strlen(g->heard);

	what = text_printable(arena, bytes_of(what, strlen(what)), sizeof g->heard / 2); /* names of links are anybody's bytes */
	log_line(LOG_WARNING, "zonesd-014", "what the rules rest on has changed: %s", what);
	if (g->policy[0] == 0)
		return;
	if (!strstr(g->heard, what) && n + strlen(what) + 3 < sizeof g->heard)
		snprintf(g->heard + n, sizeof g->heard - n, "%s%s", n ? "; " : "", what);
	if (!g->look)
		look_again(g);
}

/* ---- state ---- */

struct json *gate_status(struct gate *g, struct arena *arena)
{
	struct json *o = json_object(arena);

	json_set_true(arena, o, "confirmed", g->policy[0] && !g->on_trial);
	json_set_true(arena, o, "differs", g->differs);
	json_set_number(arena, o, "drifts", (int64_t)g->drifts);
	json_set_number(arena, o, "last_drift", g->last_drift);
	json_set_str(arena, o, "last_drift_by", g->last_drift_by);
	json_set_str(arena, o, "policy", g->policy);
	json_set(arena, o, "proof", &g->proof);
	json_set_true(arena, o, "proven", is_proven(g) && says_proven(&g->around));
	json_set_number(arena, o, "proven_at", g->proven_at);
	json_set_true(arena, o, "rules_proven", is_proven(g));
	json_set_number(arena, o, "since", g->since);
	json_set(arena, o, "surroundings", &g->around);
	json_set_number(arena, o, "surroundings_at", g->around_at);
	json_set_number(arena, o, "trial_until", g->on_trial ? g->trial_until : 0);
	return o;
}

int gate_view(struct gate *g, struct arena *arena, struct json **status, struct bytes *text, struct err *err)
{
	*text = BYTES("");
	if (g->policy[0] && read_text(g, arena, path_in_force(g), text, err) != 0)
		return -1;
	*status = gate_status(g, arena);
	counting_tell(g->counting, arena, *status);
	return 0;
}

void gate_close(struct gate *g)
{
	counting_end(g->counting);
}

int gate_open(const struct service *service, struct loop *loop, struct gate **out, struct err *err)
{
	struct gate *g = calloc(1, sizeof *g);

	must(g);
	*g = (struct gate){ .service = service, .loop = loop, .recordd = { .service = service, .fd = -1 }, .next_change = INT64_MAX, .kept = arena_new(0) };
	g->proof = g->around = (struct json){ .kind = JSON_NULL };
	g->counting = counting_new(loop, &g->recordd);
	*out = g;
	if (unlinkat(service->home_fd, TRIAL, 0) == 0)
		log_line(LOG_WARNING, "zonesd-015", "a trial was under way when this process ended: its rules are taken back");
	if (faccessat(service->home_fd, ZONES_IN_FORCE, F_OK, 0) != 0)
		return 0;
	if (load_confirmed(g, err) != 0)
		return -1;
	struct err why = { 0 };
	if (prove(g, &why) != 0)
		log_err(LOG_ERROR, "zonesd-016", "the prover gave no answer", &why);
	else if (!is_proven(g))
		log_line(LOG_ERROR, "zonesd-019", "the rules that were taken up are not proven to be the text: sekisho zones status");
	return 0;
}
