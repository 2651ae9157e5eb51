/* 鍵の年齢 — contract in key_ages.h. */
#include "cli/key_ages.h"
#include "backup/recovery.h"
#include "base/file.h"
#include "evidence/handover.h"
#include <fcntl.h>
#include <sys/stat.h>

static int64_t file_time(int home, const char *path)
{
	struct stat st;

	return fstatat(home, path, &st, 0) == 0 ? (int64_t)st.st_mtim.tv_sec : 0;
}

/* Since when the log's key signs stands in the hand-over that introduced it; the first key is as old as its file. */
static int read_signing(struct arena *arena, int home, struct key_ages *out, struct err *err)
{
	struct handovers all;
	size_t bad = 0;

	out->rows[KEY_SIGNING].since = file_time(home, "evidence/private/key");
	FD(log) = openat(home, "evidence/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the log");
	if (handovers_read(arena, log, &all, &bad, err) != 0) {
		out->bad = bad;
		return -1;
	}
	out->handovers = all.count;
	if (all.count == 0)
		return 0;
	const struct handover *last = &all.steps[all.count - 1];
	out->rows[KEY_SIGNING].since = last->at, out->both_until = last->until;
	out->signing = last->new_key.id, out->signing_before = last->old_key.id;
	return 0;
}

static int read_backup(struct arena *arena, int home, struct key_ages *out, struct err *err)
{
	struct backup_keys keys;

	if (backup_keys_read(home, &keys, err) != 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	out->rows[KEY_BACKUP].since = keys.made;
	out->recovery = recovery_name(arena, keys.recovery);
	backup_keys_wipe(&keys);
	return 0;
}

int key_ages_read(struct arena *arena, const char *home, struct key_ages *out, struct err *err)
{
	*out = (struct key_ages){ .rows = {
		[KEY_SPOOL] = { "spool", "受け渡しのファイルの鍵を包む鍵", "wraps the keys of files in passage", 0, true },
		[KEY_APPROVAL] = { "approval", "承認文に署名する鍵", "signs approvals", 0, false },
		[KEY_SIGNING] = { "signing", "証跡のチェックポイントに署名する鍵", "signs checkpoints of the evidence log", 0, true },
		[KEY_BACKUP] = { "backup", "控えの復元の鍵", "recovery key of backups:", 0, true },
	} };
	FD(dir) = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the data folder %s", home);
	out->rows[KEY_SPOOL].since = file_time(dir, "spool/wrapping.key");
	out->rows[KEY_APPROVAL].since = file_time(dir, "auth/approval.key");
	if (read_signing(arena, dir, out, err) != 0)
		return -1;
	return read_backup(arena, dir, out, err);
}
