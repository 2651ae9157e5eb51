/* 復元 — `sekisho restore FOLDER --key FILE --reason TEXT`: an empty machine becomes the one of the backup. Everything is opened and held against its hashes in a folder
 * aside before anything is put in place; the store opens a new epoch that says why; sessions are ended. What the log knows beyond the backup is told
 * with numbers, here and by `sekisho evidence verify`. article: s6.6a */
#include "backup/vault.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/house.h"
#include "cli/verb.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

extern const struct verb verb_restore;

#define ASIDE ".restoring"
enum { REASON_MOST = 600, MARK_MOST = 512 };

struct settings {
	const char *folder, *key, *reason, *id;
	bool one_uid;
};
struct restoring {
	const struct settings *s;
	struct arena *arena;
	struct house house;
	struct vault *vault;
	struct recovery_key key;
	struct vault_list *list;
	int home, aside;
	bool log_survived; /* the evidence folder of this machine is kept */
	uint64_t sealed;   /* its high-water mark, in the epoch of mark_epoch */
	struct text mark_epoch;
};

/* ---- the place ---- */

/* Empty, or what a restore that was broken off left, or only evidence/ that outlived the rest. */
static int look_at_place(struct restoring *r, struct err *err)
{
	int again = openat(r->home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	const char *other = NULL;

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list %s", r->house.home);
	for (struct dirent *e; (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "lost+found") == 0 || strcmp(e->d_name, ASIDE) == 0)
			continue;
		if (strcmp(e->d_name, "evidence") == 0)
			r->log_survived = true;
		else
			other = arena_copy(r->arena, e->d_name, strlen(e->d_name));
	}
	closedir(d);
	if (other)
		return fail(err, ERR_INVALID, 0, "%.120s is not empty (it holds %.40s): restore into an empty folder; only evidence/ may have stayed", r->house.home, other);
	return 0;
}

/* The high-water mark of a log that survived. */
static int read_mark(struct restoring *r, struct err *err)
{
	struct bytes b;
	struct json o;

	if (!r->log_survived)
		return 0;
	if (file_read(r->arena, r->home, "evidence/private/mark", MARK_MOST, &b, err) != 0 || json_read(r->arena, b, &o, err) != 0)
		return fail(err, ERR_MALFORMED, 0, "evidence/ stayed, but its mark cannot be read: move it elsewhere to restore the one of the backup");
	r->sealed = (uint64_t)MAX(json_number(&o, "no", 0), (int64_t)0);
	r->mark_epoch = json_text(&o, "epoch");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static void remove_aside(struct restoring *r)
{
	nftw(arena_printf(r->arena, "%s/" ASIDE, r->house.home), remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- the backup ---- */

static int read_key_file(struct restoring *r, struct err *err)
{
	struct bytes b;

	if (file_read(r->arena, AT_FDCWD, r->s->key, RECOVERY_FILE_MOST, &b, err) != 0)
		return -1;
	int result = recovery_read(r->arena, b, &r->key, err);
	secret_wipe((void *)(uintptr_t)b.p, b.n);
	return result;
}

static int choose(struct restoring *r, struct err *err)
{
	struct vault_list *lists;
	size_t count, damaged = 0;
	bool other_key = false;

	if (vault_lists(r->vault, r->arena, &lists, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && !r->list; i++) {
		if (r->s->id && strcmp(lists[i].id, r->s->id) != 0)
			continue;
		if (!lists[i].readable)
			damaged++;
		else if (!manifest_verifies(lists[i].raw, r->key.verify))
			other_key = true;
		else
			r->list = &lists[i];
		if (!r->list && r->s->id)
			break;
	}
	if (!r->list)
		return other_key ? fail(err, ERR_SIGNATURE, 0, "no backup here was written for this recovery key, or somebody else wrote it (key %s): look for the key named %s",
					recovery_name(r->arena, r->key.recovery), lists[0].readable ? lists[0].manifest.recovery.p : "?")
				 : fail(err, damaged ? ERR_MISMATCH : ERR_NOT_FOUND, count, damaged ? "the list of the backup is damaged: choose an older one with --backup"
													  : "there is no such backup: see `sekisho backup --list`");
	if (r->list != &lists[0] && !r->s->id)
		return fail(err, ERR_MISMATCH, 0, "the newest backup %.60s is damaged or of another key: name the one to restore with --backup (the newest sound one is %.60s)",
			    lists[0].id, r->list->id);
	return manifest_open(r->arena, r->list->raw, &r->key, &r->list->manifest, err);
}

/* ---- aside ---- */

static int make_room(struct restoring *r, struct err *err)
{
	const struct manifest *m = &r->list->manifest;
	struct statvfs disk;
	uint64_t bytes = 0;

	for (size_t i = 0; i < m->file_count; i++)
		bytes += m->files[i].bytes;
	if (fstatvfs(r->home, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < bytes)
		return fail(err, ERR_FULL, bytes, "the backup needs %llu bytes, the disk of %.150s has %llu", (unsigned long long)bytes, r->house.home,
			    (unsigned long long)disk.f_bavail * disk.f_frsize);
	remove_aside(r);
	if (folder_make(r->home, ASIDE, 0755, err) != 0)
		return -1;
	r->aside = openat(r->home, ASIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->aside >= 0 ? 0 : fail_errno(err, ERR_IO, "cannot open the folder for restoring");
}

/* Folders on the way belong to whom the file belongs to. */
static int make_way(struct restoring *r, const char *name, uid_t uid, gid_t gid, struct err *err)
{
	char *way = arena_copy(r->arena, name, strlen(name));

	for (char *slash = strchr(way, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdirat(r->aside, way, 0750) == 0) {
			if (fchownat(r->aside, way, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
				return fail_errno(err, ERR_IO, "cannot set the owner of %s", way);
		} else if (errno != EEXIST) {
			return fail_errno(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "cannot make %s", way);
		}
		*slash = '/';
	}
	return 0;
}

static int restore_one(struct restoring *r, const struct manifest_file *f, struct err *err)
{
	uid_t uid;
	gid_t gid;

	house_owner(f->name, r->s->one_uid, &uid, &gid);
	if (make_way(r, f->name, uid, gid, err) != 0)
		return -1;
	FD(fd) = openat(r->aside, f->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "cannot make %s", f->name);
	if (vault_restore_file(r->vault, &r->list->manifest, f, &r->key, fd, err) != 0)
		return -1;
	if (fchown(fd, uid, gid) != 0 || fchmod(fd, f->mode) != 0)
		return fail_errno(err, ERR_IO, "cannot set the owner of %s", f->name);
	return 0;
}

static int restore_aside(struct restoring *r, struct err *err)
{
	const struct manifest *m = &r->list->manifest;

	for (size_t i = 0; i < m->file_count; i++) {
		if (r->log_survived && strncmp(m->files[i].name, "evidence/", 9) == 0)
			continue;
		if (restore_one(r, &m->files[i], err) != 0)
			return -1;
	}
	/* Folders that were empty, and owners and modes of all. */
	if (house_make_folders(r->aside, r->s->one_uid, err) != 0)
		return -1;
	if (folder_make(r->aside, "spool/in", 0700, err) != 0 || folder_make(r->aside, "spool/out", 0700, err) != 0)
		return -1;
	uid_t uid;
	gid_t gid;
	house_owner("spool/in", r->s->one_uid, &uid, &gid);
	if (fchownat(r->aside, "spool/in", uid, gid, 0) != 0 || fchownat(r->aside, "spool/out", uid, gid, 0) != 0)
		return fail_errno(err, ERR_IO, "cannot set the owner of the spool");
	return 0;
}

/* ---- the new epoch ---- */

static int open_epoch(struct restoring *r, struct json *said, unsigned long *erased, struct err *err)
{
	struct json *o = json_object(r->arena);
	const struct manifest *m = &r->list->manifest;
	const char *const restored[2] = { [0] = "--restored" };
	struct house inside = r->house;
	struct bytes out;
	char at[CLOCK_TEXT];

	json_set_text(r->arena, o, "backup", m->id);
	json_set_str(r->arena, o, "backup_at", clock_utc(m->at, at));
	json_set_number(r->arena, o, "entries", (int64_t)m->entries);
	json_set_str(r->arena, o, "reason", r->s->reason);
	if (r->log_survived && r->mark_epoch.n) {
		json_set_number(r->arena, o, "sealed", (int64_t)r->sealed);
		json_set_text(r->arena, o, "sealed_epoch", r->mark_epoch);
	}
	snprintf(inside.home, sizeof inside.home, "%.*s/" ASIDE, (int)(sizeof inside.home - sizeof ASIDE - 1), r->house.home);
	inside.inside_home = inside.home, inside.inside_programs = inside.programs;
	if (house_enter(&inside, err) != 0 ||
	    house_task(r->arena, "recordd", inside.inside_home, inside.inside_programs, inside.one_uid, restored, json_bytes(r->arena, o), &out, err) != 0)
		return -1;
	if (json_read(r->arena, out, said, err) != 0)
		return -1;
	const char *tickets = arena_printf(r->arena, "%lld", (long long)json_number(said, "tickets", 0));
	if (house_task(r->arena, "transferd", inside.inside_home, inside.inside_programs, inside.one_uid, restored, bytes_of(tickets, strlen(tickets)), &out,
		       err) != 0)
		return -1;
	*erased = strtoul((const char *)out.p, NULL, 10);
	return 0;
}

/* ---- in place ---- */

static int put_in_place(struct restoring *r, struct err *err)
{
	int again = openat(r->aside, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list what was restored");
	if (syncfs(r->aside) != 0) {
		closedir(d);
		return fail_errno(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "cannot make it durable");
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "trust") == 0 || strcmp(e->d_name, "libexec") == 0 ||
		    (r->log_survived && strcmp(e->d_name, "evidence") == 0))
			continue;
		if (renameat(r->aside, e->d_name, r->home, e->d_name) != 0) {
			closedir(d);
			return fail_errno(err, ERR_IO, "cannot put %s in place", e->d_name);
		}
	}
	closedir(d);
	/* The trust files say that all is there: last. */
	if (folder_sync(r->home, err) != 0)
		return -1;
	if (renameat(r->aside, "trust", r->home, "trust") != 0)
		return fail_errno(err, ERR_IO, "cannot put trust in place");
	return folder_sync(r->home, err);
}

static void say_done(const struct restoring *r, const struct json *said, unsigned long erased)
{
	const struct manifest *m = &r->list->manifest;
	char jst[64];
	int64_t last = json_number(said, "last", 0);

	printf(SAY("%s に復元しました: 控え %s（%s）、ファイル %zu 件。\n", "restored to %s: backup %s (%s), %zu files.\n"), r->house.home, m->id.p, clock_jst(m->at, jst), m->file_count);
	printf(SAY("新しい期 %s を開きました。前の期は第%lld号まで控えにありました。サインインはすべて終わらせました（%lld 件）。\n",
		   "a new epoch %s is open; the one before reached row %lld in the backup. All sign-ins were ended (%lld).\n"),
	       json_text(said, "epoch").p, (long long)last, (long long)json_number(said, "sessions_ended", 0));
	if (erased)
		printf(SAY("記録にない受渡しのファイル %lu 件は消しました。\n", "%lu files of tickets that are not on record were erased.\n"), erased);
	if (r->log_survived && text_equal(r->mark_epoch, json_text(said, "before")) && r->sealed > (uint64_t)last)
		printf(SAY("警告: 第%lld号から第%llu号まで %llu 件は、封印されたあと失われました。sekisho evidence verify が同じことを示します。\n",
			   "ALARM: rows %lld to %llu (%llu) were sealed and are lost. sekisho evidence verify says the same.\n"),
		       (long long)last + 1, (unsigned long long)r->sealed, (unsigned long long)(r->sealed - (uint64_t)last));
	printf("%s\n", SAY("控えのあとの記録は、この機械にはありません。監査人の手元のチェックポイントと sekisho evidence verify --since で比べてください。\n"
			   "次に: sekisho doctor、sekisho run",
			   "What came after the backup is not on this machine: compare with an auditor's checkpoint, sekisho evidence verify --since.\nNext: sekisho doctor, sekisho run"));
}

static int restore(struct restoring *r, struct err *err)
{
	struct json said;
	unsigned long erased;

	if (read_key_file(r, err) != 0 || vault_open(r->s->folder, false, &r->vault, err) != 0 || choose(r, err) != 0)
		return -1;
	if (folder_make(AT_FDCWD, verb_home(), 0755, err) != 0 || house_find(&r->house, verb_home(), r->s->one_uid, err) != 0)
		return -1;
	r->home = open(r->house.home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->home < 0)
		return fail_errno(err, ERR_IO, "cannot open %s", r->house.home);
	if (look_at_place(r, err) != 0 || read_mark(r, err) != 0)
		return -1;
	int result = make_room(r, err);
	if (result == 0 && (restore_aside(r, err) != 0 || open_epoch(r, &said, &erased, err) != 0 || put_in_place(r, err) != 0))
		result = -1;
	fd_close_at(&r->aside);
	remove_aside(r);
	if (result == 0)
		say_done(r, &said, erased);
	return result;
}

/* The key may be asked for: a person at a terminal types where it is. */
static const char *ask_for_key(struct arena *arena)
{
	char line[PATH_MAX];

	if (!isatty(0))
		return NULL;
	fprintf(stderr, "%s", SAY("金庫の復元の鍵のファイル: ", "file of the recovery key from the safe: "));
	if (!fgets(line, sizeof line, stdin))
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return *line ? arena_copy(arena, line, strlen(line)) : NULL;
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct settings s = { .one_uid = geteuid() != 0 };
	struct restoring r = { .s = &s, .arena = arena, .home = -1, .aside = -1 };
	struct err err = { 0 };
	const struct verb_option options[] = { { "--key", &s.key, NULL }, { "--reason", &s.reason, NULL }, { "--backup", &s.id, NULL }, { "--one-uid", NULL, &s.one_uid } };

	if (verb_options(&verb_restore, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 2)
		return verb_usage(&verb_restore, argc > 2 ? argv[2] : NULL);
	s.folder = argv[1];
	if (!s.reason || !*s.reason || strlen(s.reason) > REASON_MOST || !is_utf8(bytes_of(s.reason, strlen(s.reason))))
		return verb_usage(&verb_restore, "--reason");
	if (!s.key && !(s.key = ask_for_key(arena)))
		return verb_usage(&verb_restore, "--key");
	int result = restore(&r, &err);
	recovery_wipe(&r.key);
	vault_close(r.vault);
	fd_close_at(&r.home);
	return result == 0 ? VERB_OK : verb_complain(&err);
}

const struct verb verb_restore = {
	.name = "restore",
	.summary_ja = "空の機械に控えを戻します（新しい期を開き、理由を記録します）",
	.summary_en = "puts a backup back on an empty machine, in a new epoch, with a reason",
	.usage = "[--home FOLDER] restore [--key FILE] --reason TEXT [--backup ID] [--one-uid] FOLDER\n",
	.act = act,
};
