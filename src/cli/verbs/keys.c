/* 鍵 — `sekisho keys list | rotate NAME`: which keys the house has and since when, and taking a new one into use. What the old one locked stays
 * readable as long as it must. Each is a row of the journal. article: s6.6a s6.5.1 */
#include "backup/recovery.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/house.h"
#include "cli/key_ages.h"
#include "cli/verb.h"
#include "evidence/entry.h"
#include "evidence/handover.h"
#include "evidence/trust.h"
#include "store/client.h"
#include "store/read.h"
#include <fcntl.h>
#include <unistd.h>

extern const struct verb verb_keys;

enum { SEALED_TRIES = 100, TRY_MICROSECONDS = 100 * 1000 };

static int journal(const char *key, const char *name, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *o = json_object(arena);

	json_set_str(arena, o, "key", key);
	json_set_str(arena, o, "name", name);
	struct store_process_event event = { .event = TEXT("key.rotated"), .content = json_bytes(arena, o) };
	FD(recordd) = verb_connect("recordd", err);
	return recordd < 0 ? -1 : store_call_process_event(recordd, arena, &event, NULL, err);
}

static int open_log(struct arena *arena, struct err *err)
{
	int log = open(arena_printf(arena, "%s/evidence/log", verb_home()), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return log >= 0 ? log : fail_errno(err, ERR_NOT_FOUND, "cannot open the log");
}

static void say_row(struct arena *arena, const struct key_ages *keys, size_t i)
{
	const struct key_age *k = &keys->rows[i];
	char jst[64];

	if (i == KEY_BACKUP && !keys->recovery) {
		printf("%s\t%s\n", k->name, verb_hint(arena, SAY("まだありません: sekisho keys rotate backup --out ファイル", "none yet: sekisho keys rotate backup --out FILE")));
		return;
	}
	printf("%s\t%s\t%s", k->name, k->since ? clock_jst(k->since, jst) : SAY("見られません", "cannot be looked at"), k->since ? SAY(k->what_ja, k->what_en) : "");
	if (i == KEY_BACKUP)
		printf(" %s", keys->recovery);
	if (i == KEY_SIGNING && keys->handovers)
		printf(" %08x", keys->signing);
	if (i == KEY_SIGNING && clock_now() < keys->both_until)
		printf(SAY("（前の鍵 %08x も %s まで署名します）", " (the one before, %08x, signs too until %s)"), keys->signing_before, clock_jst(keys->both_until, jst));
	putchar('\n');
}

static int list(struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct key_ages keys;

	if (key_ages_read(arena, verb_home(), &keys, err) != 0)
		return -1;
	for (size_t i = 0; i < KEYS; i++)
		say_row(arena, &keys, i);
	return 0;
}

/* ---- backup ---- */

static int site_of(struct arena *arena, struct text *out, struct err *err)
{
	struct store_reader *reader;
	struct store_site site;

	if (store_read_open(verb_home(), &reader, err) != 0)
		return -1;
	int result = store_read_site(reader, arena, &site, err);
	store_read_close(reader);
	*out = result == 0 ? site.site : TEXT("");
	return result;
}

/* The secret half goes out first: a machine that locks what nobody can open would be worse than the old key. */
static int rotate_backup(const char *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct backup_keys machine;
	struct recovery_key safe;
	struct text site;

	if (!out)
		return fail(err, ERR_INVALID, 0, "say where the secret half goes, for the safe: --out FILE");
	FD(dir) = open(verb_home(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the data folder %s", verb_home());
	if (site_of(arena, &site, err) != 0 || folder_make(dir, "backup", 0700, err) != 0)
		return -1;
	recovery_make(site, clock_now(), &machine, &safe);
	const char *name = recovery_name(arena, machine.recovery);
	struct bytes text = recovery_text(arena, &safe);
	recovery_wipe(&safe);
	int result = file_create(AT_FDCWD, out, text, 0600, err);
	secret_wipe((void *)(uintptr_t)text.p, text.n);
	/* On record before it is in use. */
	if (result == 0 && (journal("backup", name, err) != 0 || backup_keys_write(dir, &machine, err) != 0)) {
		unlink(out);
		result = -1;
	}
	backup_keys_wipe(&machine);
	if (result != 0)
		return -1;
	printf(SAY("新しい復元の鍵「%s」を %s に書きました。印刷して金庫に入れ、このファイルは消してください。\n",
		   "the new recovery key %s is in %s: print it, lay it into the safe, then remove the file.\n"),
	       name, out);
	printf("%s\n", SAY("古い鍵も捨てないでください。これまでの控えは古い鍵で開きます。次の控えはすべてを書き直します。",
			   "Keep the old key too: it opens the backups made until now. The next backup writes everything anew."));
	return 0;
}

/* ---- spool ---- */

static int rotate_spool(struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *const rotate[2] = { [0] = "--rotate" };
	struct house h;
	struct bytes said;

	if (house_find_set_up(&h, verb_home(), err) != 0 || journal("spool", "wrapping.key", err) != 0 ||
	    house_enter(&h, err) != 0 ||
	    house_task(arena, "transferd", h.inside_home, h.inside_programs, h.one_uid, rotate, (struct bytes){ NULL, 0 }, &said, err) != 0)
		return -1;
	printf("%s\n", SAY("新しい鍵を作りました。これから受け付けるファイルに使います。前の鍵は、それで包んだファイルがなくなると消えます。",
			   "a new key is made, for files from now on; the one before goes with the last file that it wraps."));
	return 0;
}

/* ---- signing ---- */

/* The log must be sealing: a row that waits for long could meet another key than the one it tells of. */
static int demand_sealed(struct arena *arena, struct err *err)
{
	struct store_reader *reader;
	struct store_site site = { .last = 1 };

	if (store_read_open(verb_home(), &reader, err) != 0)
		return -1;
	for (int tries = 0; tries < SEALED_TRIES && site.sealed < site.last; tries++) {
		if (tries)
			usleep(TRY_MICROSECONDS);
		if (store_read_site(reader, arena, &site, err) != 0) {
			store_read_close(reader);
			return -1;
		}
	}
	store_read_close(reader);
	return site.sealed >= site.last ? 0 : fail(err, ERR_PEER, site.sealed, "rows wait for the seal: does evidenced run? see `sekisho doctor`; the key was not changed");
}

/* Answered when it is sealed. */
static int journal_handover(struct arena *arena, struct bytes note, struct err *err)
{
	struct json *o = json_object(arena);
	struct text statement;

	if (text_from_utf8(arena, note, &statement, err) != 0)
		return -1;
	json_set_text(arena, o, "statement", statement);
	struct store_process_event event = { .event = TEXT(ENTRY_HANDOVER_EVENT), .content = json_bytes(arena, o) };
	FD(recordd) = verb_connect("recordd", err);
	return recordd < 0 ? -1 : store_call_process_event(recordd, arena, &event, NULL, err);
}

/* evidenced takes the key into use with the seal of the row; then people and auditors are given the new one. */
static int wait_for_use(struct arena *arena, const struct handover *h, struct err *err)
{
	const char *path = arena_printf(arena, "%s/evidence/vkey", verb_home());
	const char *want = note_key_line(arena, &h->new_key);
	struct bytes vkey;

	for (int tries = 0; tries < SEALED_TRIES; tries++) {
		if (file_read(arena, AT_FDCWD, path, NOTE_VKEY_MOST, &vkey, err) != 0)
			return -1;
		if (vkey.n == strlen(want) + 1 && memcmp(vkey.p, want, strlen(want)) == 0)
			return file_replace(AT_FDCWD, arena_printf(arena, "%s/trust/evidence.trust", verb_home()),
					    trust_text(arena, (struct text){ want, strlen(want) }), 0644, err);
		usleep(TRY_MICROSECONDS);
	}
	return fail(err, ERR_PEER, 0, "the hand-over is recorded, but evidenced has not taken the new key into use: read its log");
}

static int prepare_signing(struct arena *arena, const char *overlap, struct bytes *note, struct err *err)
{
	struct house h;
	uint64_t days = EVIDENCE_OVERLAP_USUAL_DAYS_MOST;

	if (overlap && decimal_decode(bytes_of(overlap, strlen(overlap)), EVIDENCE_OVERLAP_DAYS_MOST, &days, NULL) != 0)
		return fail(err, ERR_INVALID, 0, "--overlap: days from 0 to %d", EVIDENCE_OVERLAP_DAYS_MOST);
	const char *const rotate[3] = { "--rotate", arena_printf(arena, "%llu", (unsigned long long)days) };
	if (house_find_set_up(&h, verb_home(), err) != 0 || house_enter(&h, err) != 0)
		return -1;
	return house_task(arena, "evidenced", h.inside_home, h.inside_programs, h.one_uid, rotate, (struct bytes){ NULL, 0 }, note, err);
}

static int rotate_signing(const char *overlap, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct handovers all;
	struct handover h;
	struct bytes note;
	char jst[64];
	size_t bad;

	FD(log) = open_log(arena, err);
	if (log < 0 || handovers_read(arena, log, &all, &bad, err) != 0)
		return -1;
	if (all.count && clock_now() < all.steps[all.count - 1].until)
		return fail(err, ERR_INVALID, 0, "the key before the present one still signs, until %s: a new one can follow then",
			    clock_jst(all.steps[all.count - 1].until, jst));
	if (demand_sealed(arena, err) != 0 || prepare_signing(arena, overlap, &note, err) != 0 || handover_read(arena, note, &h, err) != 0 ||
	    journal_handover(arena, note, err) != 0 || wait_for_use(arena, &h, err) != 0)
		return -1;
	printf(SAY("証跡の署名の鍵を %08x から %08x に引き継ぎました。\n", "the signing key of the evidence log was handed over from %08x to %08x.\n"), h.old_key.id, h.new_key.id);
	if (h.until > h.at)
		printf(SAY("%s までは両方で署名します。\n", "both sign until %s.\n"), clock_jst(h.until, jst));
	printf("%s\n", SAY("監査人の持つトラストファイルはそのまま使えます。これから渡す人には新しいものを渡してください: sekisho evidence key --as-trust-file",
			   "Trust files that auditors hold go on to work. Whoever gets one from now on gets the new one: sekisho evidence key --as-trust-file"));
	return 0;
}

static int act(int argc, char **argv)
{
	const char *out = NULL, *overlap = NULL;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--out", &out, NULL }, { "--overlap", &overlap, NULL } };

	if (verb_options(&verb_keys, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc == 3 && strcmp(argv[1], "rotate") == 0 && strcmp(argv[2], "signing") == 0 && !out)
		return rotate_signing(overlap, &err) == 0 ? VERB_OK : verb_complain(&err);
	if (overlap)
		return verb_usage(&verb_keys, "--overlap");
	if (argc == 2 && strcmp(argv[1], "list") == 0 && !out)
		return list(&err) == 0 ? VERB_OK : verb_complain(&err);
	if (argc == 3 && strcmp(argv[1], "rotate") == 0 && strcmp(argv[2], "backup") == 0)
		return rotate_backup(out, &err) == 0 ? VERB_OK : verb_complain(&err);
	if (argc == 3 && strcmp(argv[1], "rotate") == 0 && strcmp(argv[2], "spool") == 0 && !out)
		return rotate_spool(&err) == 0 ? VERB_OK : verb_complain(&err);
	return verb_usage(&verb_keys, argc > 2 ? argv[2] : argc > 1 ? argv[1] : NULL);
}

const struct verb verb_keys = {
	.name = "keys",
	.summary_ja = "鍵の一覧を表示し、新しい鍵に替えます（backup、signing、spool）",
	.summary_en = "lists the keys and takes new ones into use (backup, signing, spool)",
	.usage = "keys list\nkeys rotate [--out FILE] [--overlap DAYS] NAME\n",
	.act = act,
};
