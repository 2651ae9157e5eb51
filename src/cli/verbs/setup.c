/* 初期設定 — `sekisho setup`: makes the data folder with its owners and modes, keys, an empty store and log, the trust file. Never overwrites a house that is
 * complete; one that was broken off at any moment is gone on with by running it again. */
#include "backup/recovery.h"
#include "base/file.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/house.h"
#include "cli/verb.h"
#include "evidence/trust.h"
#include "store/limits.h"
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

extern const struct verb verb_setup;

static int copy_policy(int home, const char *from, struct err *err)
{
	ARENA(arena) = arena_new(0);
	FD(dir) = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list;

	if (dir < 0 || !(list = fdopendir(dup(dir))))
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the policy folder %s", from);
	for (struct dirent *e; (e = readdir(list));) {
		const char *dot = strrchr(e->d_name, '.');
		struct bytes text;
		if (e->d_name[0] == '.' || !dot || strcmp(dot, ".policy") != 0)
			continue;
		if (file_read(arena, dir, e->d_name, STORE_POLICY_MOST, &text, err) != 0 ||
		    file_replace(home, arena_printf(arena, "policy/%s", e->d_name), text, 0644, err) != 0) {
			closedir(list);
			return -1;
		}
	}
	closedir(list);
	return 0;
}

/* The recovery key of backups: the public half stays, the secret one is shown once. */
static int make_recovery_key(int home, const char *site, const char *file, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct backup_keys machine;
	struct recovery_key safe;

	recovery_make((struct text){ site, strlen(site) }, clock_now(), &machine, &safe);
	struct bytes text = recovery_text(arena, &safe);
	recovery_wipe(&safe);
	int result = backup_keys_write(home, &machine, err);
	backup_keys_wipe(&machine);
	if (result == 0 && file && access(file, F_OK) == 0)
		result = fail(err, ERR_CONFLICT, 0, "%s is there already. If a set-up that was broken off made it, it opens nothing: remove it, or name another file; then "
			      "run setup again", file);
	else if (result == 0 && file)
		result = file_create(AT_FDCWD, file, text, 0600, err);
	else if (result == 0)
		printf("%s\n%.*s\n", SAY("復元の鍵です。今だけ表示します。印刷するか書き写して、金庫に入れてください。",
					 "The recovery key of the backups, shown only now. Print it and lay it into the safe."),
		       (int)text.n, (const char *)text.p);
	secret_wipe((void *)(uintptr_t)text.p, text.n);
	return result;
}

static int initialise(const struct house *h, int home_fd, const char *site, const char *origin, const char *recovery_file, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes said, none = { NULL, 0 };
	const char *const record[] = { "--init", "--site", site, NULL }, *const log[] = { "--init", origin, NULL }, *const init[2] = { [0] = "--init" };

	if (house_task(arena, "authd", h->inside_home, h->inside_programs, h->one_uid, init, none, &said, err) != 0 ||
	    file_replace(home_fd, "trust/approval.pub", said, 0644, err) != 0)
		return -1;
	if (house_task(arena, "recordd", h->inside_home, h->inside_programs, h->one_uid, record, none, &said, err) != 0 ||
	    house_task(arena, "transferd", h->inside_home, h->inside_programs, h->one_uid, init, none, &said, err) != 0 ||
	    make_recovery_key(home_fd, site, recovery_file, err) != 0 ||
	    house_task(arena, "evidenced", h->inside_home, h->inside_programs, h->one_uid, log, none, &said, err) != 0)
		return -1;
	/* Written last: its presence says that everything before it is complete. */
	struct text vkey;
	if (text_from_utf8(arena, bytes_of(said.p, said.n ? strcspn((const char *)said.p, "\n") : 0), &vkey, err) != 0)
		return -1;
	return file_create(home_fd, "trust/evidence.trust", trust_text(arena, vkey), 0644, err);
}

static int act(int argc, char **argv)
{
	const char *policy = NULL, *site = "konpeki", *origin = "konpeki.example.lg.jp/sekisho/evidence", *recovery = NULL;
	bool one_uid = geteuid() != 0;
	struct house house;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--policy", &policy, NULL }, { "--site", &site, NULL }, { "--origin", &origin, NULL },
					       { "--recovery-key", &recovery, NULL }, { "--one-uid", NULL, &one_uid } };

	if (verb_options(&verb_setup, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_setup, argv[1]);
	if (folder_make(AT_FDCWD, verb_home(), 0755, &err) != 0 || house_find(&house, verb_home(), one_uid, &err) != 0)
		return verb_complain(&err);
	FD(home_fd) = open(house.home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (faccessat(home_fd, "trust/evidence.trust", F_OK, 0) == 0) {
		fail(&err, ERR_CONFLICT, 0, "%s is set up already; nothing was changed", house.home);
		return verb_complain(&err);
	}
	if (house_make_folders(home_fd, one_uid, &err) != 0 || (policy && copy_policy(home_fd, policy, &err) != 0) || house_enter(&house, &err) != 0 ||
	    initialise(&house, home_fd, site, origin, recovery, &err) != 0)
		return verb_complain(&err);
	printf("%s %s\n", SAY("データフォルダーを作りました:", "made the data folder:"), house.home);
	return VERB_OK;
}

const struct verb verb_setup = {
	.name = "setup",
	.summary_ja = "データフォルダー、鍵、空の記録と証跡を作ります",
	.summary_en = "makes the data folder, keys, an empty store and log",
	.usage = "[--home FOLDER] setup [--policy FOLDER] [--site ID] [--origin NAME] [--recovery-key FILE] [--one-uid]\n",
	.act = act,
};
