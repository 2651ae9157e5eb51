/* 鍵 — `sekisho keys list | rotate NAME`: which keys the house has and since when, and taking a new one into use. What the old one locked stays
 * readable as long as it must. Each is a row of the journal. article: s6.6a s6.5.1 */
#include "backup/recovery.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/house.h"
#include "cli/verb.h"
#include "store/client.h"
#include "store/read.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct verb verb_keys;

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

static void say_file(const char *name, const char *path, const char *more)
{
	struct stat st;
	char jst[64];

	if (stat(path, &st) == 0)
		printf("%s\t%s\t%s\n", name, clock_jst(st.st_mtim.tv_sec, jst), more);
	else
		printf("%s\t%s\t\n", name, SAY("見られません", "cannot be looked at"));
}

static int list(struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *home = verb_home();
	struct backup_keys keys;
	char jst[64];

	FD(dir) = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the data folder %s", home);
	say_file("spool", arena_printf(arena, "%s/spool/wrapping.key", home), SAY("受け渡しのファイルの鍵を包む鍵", "wraps the keys of files in passage"));
	say_file("approval", arena_printf(arena, "%s/auth/approval.key", home), SAY("承認文に署名する鍵", "signs approvals"));
	say_file("evidence", arena_printf(arena, "%s/evidence/private/key", home), SAY("証跡のチェックポイントに署名する鍵", "signs checkpoints of the evidence log"));
	if (backup_keys_read(dir, &keys, err) == 0)
		printf("backup\t%s\t%s %s\n", clock_jst(keys.made, jst), SAY("控えの復元の鍵", "recovery key of backups:"), recovery_name(arena, keys.recovery));
	else if (err->code == ERR_NOT_FOUND)
		printf("backup\t%s\n", SAY("まだありません: sekisho keys rotate backup --out ファイル", "none yet: sekisho keys rotate backup --out FILE"));
	else
		return -1;
	backup_keys_wipe(&keys);
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
	char marker[PATH_MAX + 32];
	struct house h;
	struct bytes said;

	snprintf(marker, sizeof marker, "%s/run/one-uid", verb_home());
	if (house_find(&h, verb_home(), access(marker, F_OK) == 0 || geteuid() != 0, err) != 0 || journal("spool", "wrapping.key", err) != 0 ||
	    house_enter(&h, err) != 0 ||
	    house_task(arena, "transferd", h.inside_home, h.inside_programs, h.one_uid, rotate, (struct bytes){ NULL, 0 }, &said, err) != 0)
		return -1;
	printf("%s\n", SAY("新しい鍵を作りました。これから受け付けるファイルに使います。前の鍵は、それで包んだファイルがなくなると消えます。",
			   "a new key is made, for files from now on; the one before goes with the last file that it wraps."));
	return 0;
}

static int act(int argc, char **argv)
{
	const char *out = NULL;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--out", &out, NULL } };

	if (verb_options(&verb_keys, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
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
	.summary_ja = "鍵の一覧を表示し、新しい鍵に替えます（backup、spool）",
	.summary_en = "lists the keys and takes new ones into use (backup, spool)",
	.usage = "keys list\nkeys rotate [--out FILE] NAME\n",
	.act = act,
};
