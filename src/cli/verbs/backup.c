/* 控え — `sekisho backup FOLDER`: writes everything the city would need again into a folder, while everything runs; sealed to the key in the safe, only
 * what is new, and counting only when it is whole. --list and --check look at what is there. article: s6.6a */
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/copying.h"
#include "cli/verb.h"
#include "store/client.h"
#include "store/read.h"
#include <fcntl.h>
#include <unistd.h>

extern const struct verb verb_backup;

enum { KEEP_USUAL = 30, KEEP_MOST = 9999, ID_RANDOM = 4 };

struct settings {
	const char *folder, *keep_word, *id;
	unsigned keep;
	bool list, check, json;
};

/* ---- making one ---- */

static const char *new_id(struct arena *arena, int64_t now)
{
	uint8_t random[ID_RANDOM];
	char at[CLOCK_TEXT], compact[CLOCK_TEXT];
	size_t n = 0;

	random_bytes(random, sizeof random);
	for (const char *p = clock_utc(now, at); *p; p++)
		if (*p != '-' && *p != ':')
			compact[n++] = *p;
	compact[n] = 0;
	return arena_printf(arena, "%s-%s", compact, hex_of(arena, bytes_of(random, sizeof random)));
}

static void set_sum(struct arena *arena, struct json *o, const struct manifest *m, const struct vault_sum *sum)
{
	char at[CLOCK_TEXT];

	json_set_str(arena, o, "at", clock_utc(m->at, at));
	json_set_number(arena, o, "bytes", (int64_t)sum->bytes);
	json_set_number(arena, o, "entries", (int64_t)m->entries);
	json_set_number(arena, o, "files", (int64_t)sum->files);
	json_set_text(arena, o, "id", m->id);
	json_set_number(arena, o, "new_bytes", (int64_t)sum->new_bytes);
	json_set_number(arena, o, "new_pieces", (int64_t)sum->new_pieces);
	json_set_number(arena, o, "pieces", (int64_t)sum->pieces);
	json_set_text(arena, o, "recovery_key", m->recovery);
	json_set_number(arena, o, "removed_backups", (int64_t)sum->removed_lists);
}

/* For status and doctor: when and where the last one was made. */
static int note_last(struct arena *arena, const struct house *h, const char *folder, const struct manifest *m, const struct vault_sum *sum,
		     struct err *err)
{
	struct json *o = json_object(arena);

	set_sum(arena, o, m, sum);
	json_set_str(arena, o, "folder", text_printable(arena, bytes_of(folder, strlen(folder)), 512));
	return file_replace(AT_FDCWD, arena_printf(arena, "%s/" BACKUP_LAST_FILE, h->home), json_bytes(arena, o), 0644, err);
}

/* For doctor: a nightly backup fails with nobody at the screen. */
static void note_failure(struct arena *arena, const char *home, const struct err *why)
{
	struct json *o = json_object(arena);
	struct err err = { 0 };
	char at[CLOCK_TEXT];

	json_set_str(arena, o, "at", clock_utc(clock_now(), at));
	json_set_number(arena, o, "code", why->code);
	json_set_str(arena, o, "say", text_printable(arena, bytes_of(why->say, strlen(why->say)), sizeof why->say));
	if (file_replace(AT_FDCWD, arena_printf(arena, "%s/" BACKUP_FAILED_FILE, home), json_bytes(arena, o), 0644, &err) != 0)
		fprintf(stderr, "sekisho: %s\n", err.say);
}

static int journal(int recordd, struct arena *arena, const struct manifest *m, const struct vault_sum *sum, struct err *err)
{
	struct json *o = json_object(arena);

	set_sum(arena, o, m, sum);
	struct store_process_event event = { .event = TEXT("backup.made"), .content = json_bytes(arena, o) };
	return store_call_process_event(recordd, arena, &event, NULL, err);
}

static int site_of(struct arena *arena, const char *home, struct text *out, struct err *err)
{
	struct store_reader *reader;
	struct store_site site;

	if (store_read_open(home, &reader, err) != 0)
		return -1;
	int result = store_read_site(reader, arena, &site, err);
	store_read_close(reader);
	if (result == 0)
		*out = site.site;
	return result;
}

static void say_done(const struct settings *s, struct arena *arena, const struct manifest *m, const struct vault_sum *sum)
{
	struct json *o = json_object(arena);

	if (s->json) {
		set_sum(arena, o, m, sum);
		verb_print_json(arena, o);
		return;
	}
	printf(SAY("控え %s を作りました: ファイル %llu 件、%llu バイト。新しく書いたのは %llu 個、%llu バイトです。\n",
		   "backup %s is made: %llu files, %llu bytes; %llu new pieces, %llu bytes written.\n"),
	       m->id.p, (unsigned long long)sum->files, (unsigned long long)sum->bytes, (unsigned long long)sum->new_pieces,
	       (unsigned long long)sum->new_bytes);
	printf(SAY("復元には、金庫の鍵「%s」が要ります。証跡の大きさは %llu です。\n", "To restore it you need the key named %s from the safe. The log has %llu entries.\n"),
	       m->recovery.p, (unsigned long long)m->entries);
	if (sum->removed_lists)
		printf(SAY("古い控えを %llu 件消しました。\n", "%llu old backups were removed.\n"), (unsigned long long)sum->removed_lists);
}

static int write_backup(struct arena *arena, struct vault *vault, const struct house *h, const struct backup_keys *keys, struct manifest *m,
			struct vault_sum *sum, struct err *err)
{
	struct copying c = { .to = vault_write_begin(vault, arena, keys) };

	if (copying(&c, h, err) != 0)
		return -1;
	m->entries = c.entries;
	return vault_write_end(c.to, m, sum, err);
}

static int make_from(const struct settings *s, struct arena *arena, struct house *h, int recordd, struct err *err)
{
	struct vault *vault;
	struct backup_keys keys;
	struct manifest m = { .at = clock_now() };
	struct vault_sum sum = { 0 };

	FD(home) = open(h->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (backup_keys_read(home, &keys, err) != 0)
		return err->code == ERR_NOT_FOUND
			       ? fail(err, ERR_NOT_FOUND, 0, "there is no recovery key yet: make one with `sekisho keys rotate backup --out FILE` and lay it into the safe")
			       : -1;
	if (site_of(arena, h->home, &m.site, err) != 0 || vault_open(s->folder, true, &vault, err) != 0)
		return -1;
	const char *id = new_id(arena, m.at);
	m.id = (struct text){ id, strlen(id) };
	int result = house_enter(h, err);
	if (result == 0)
		result = write_backup(arena, vault, h, &keys, &m, &sum, err);
	backup_keys_wipe(&keys);
	struct err old = { 0 };
	if (result == 0 && vault_retain(vault, s->keep, &sum, &old) != 0)
		fprintf(stderr, "sekisho: %s: %s\n", SAY("古い控えを消せませんでした。新しい控えは無事です", "old backups could not be removed; the new one is whole"), old.say);
	vault_close(vault);
	if (result != 0)
		return -1;
	say_done(s, arena, &m, &sum);
	if (note_last(arena, h, s->folder, &m, &sum, err) != 0)
		return -1;
	return journal(recordd, arena, &m, &sum, err);
}

static int make(const struct settings *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct house h;

	/* An act that cannot be recorded is not begun: this connection is for the row at the end. */
	FD(recordd) = verb_connect("recordd", err);
	if (recordd < 0 || house_find_set_up(&h, verb_home(), err) != 0)
		return -1;
	if (make_from(s, arena, &h, recordd, err) != 0) {
		note_failure(arena, h.home, err);
		return -1;
	}
	unlink(arena_printf(arena, "%s/" BACKUP_FAILED_FILE, h.home));
	return 0;
}

/* ---- looking at what is there ---- */

static void say_list(const struct vault_list *l, bool json, struct arena *arena)
{
	char at[CLOCK_TEXT], jst[64];

	if (!l->readable) {
		printf("%.80s\t%s\n", l->id, SAY("壊れています", "damaged"));
		return;
	}
	if (json) {
		struct json *o = json_object(arena);
		json_set_str(arena, o, "at", clock_utc(l->manifest.at, at));
		json_set_number(arena, o, "entries", (int64_t)l->manifest.entries);
		json_set_text(arena, o, "id", l->manifest.id);
		json_set_number(arena, o, "pieces", (int64_t)l->manifest.piece_count);
		json_set_text(arena, o, "recovery_key", l->manifest.recovery);
		json_set_text(arena, o, "site", l->manifest.site);
		verb_print_json(arena, o);
		return;
	}
	printf("%s\t%s\t%s %llu\t%s %s\n", l->id, clock_jst(l->manifest.at, jst), SAY("証跡", "entries"), (unsigned long long)l->manifest.entries,
	       SAY("鍵", "key"), l->manifest.recovery.p);
}

/* Pieces as they were written? Needs no key. */
static int look(const struct settings *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct vault *vault;
	struct vault_list *lists;
	size_t count, bad = 0;

	if (vault_open(s->folder, false, &vault, err) != 0)
		return -1;
	if (vault_lists(vault, arena, &lists, &count, err) != 0) {
		vault_close(vault);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		struct err why = { 0 };
		if (s->id && strcmp(s->id, lists[i].id) != 0)
			continue;
		say_list(&lists[i], s->json, arena);
		if (!lists[i].readable || (s->check && vault_check(vault, &lists[i].manifest, &why) != 0)) {
			bad++;
			fprintf(stderr, "sekisho: %.80s: %s\n", lists[i].id, why.code ? why.say : SAY("一覧が壊れています", "its list is damaged"));
		}
	}
	vault_close(vault);
	if (bad)
		return fail(err, ERR_MISMATCH, bad, "%zu of %zu backups are damaged: make a new one, and keep these until it is done", bad, count);
	if (s->check && !s->json)
		printf(SAY("控え %zu 件はすべて、書いたときのままです。\n", "all %zu backups are as they were written.\n"), count);
	return 0;
}

static int act(int argc, char **argv)
{
	struct settings s = { .keep = KEEP_USUAL };
	uint64_t keep = KEEP_USUAL;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--keep", &s.keep_word, NULL }, { "--id", &s.id, NULL }, { "--list", NULL, &s.list },
					       { "--check", NULL, &s.check }, { "--json", NULL, &s.json } };

	if (verb_options(&verb_backup, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2)
		return verb_usage(&verb_backup, argc > 2 ? argv[2] : NULL);
	if (s.keep_word && (decimal_decode(bytes_of(s.keep_word, strlen(s.keep_word)), KEEP_MOST, &keep, &err) != 0 || keep == 0))
		return verb_usage(&verb_backup, s.keep_word);
	s.folder = argv[1];
	s.keep = (unsigned)keep;
	return (s.list || s.check ? look(&s, &err) : make(&s, &err)) == 0 ? VERB_OK : verb_complain(&err);
}

const struct verb verb_backup = {
	.name = "backup",
	.summary_ja = "動いたまま、暗号化した控えを取ります（新しい分だけ書きます）",
	.summary_en = "writes an encrypted backup while everything runs, only what is new",
	.usage = "backup [--keep N] [--json] FOLDER\nbackup --list [--json] FOLDER\nbackup --check [--id ID] FOLDER\n",
	.act = act,
};
