/* 家の点検 — contract in checkup.h: folders and modes, disks, the last backup, certificates. */
#include "backup/recovery.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/checkup.h"
#include "cli/house.h"
#include "cli/key_ages.h"
#include "transfer/limits.h"
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { SMALL_MOST = 64 * 1024, PEM_MOST = 256 * 1024 };
#define FACES_FOLDER "/etc/sekisho"

/* ---- folders ---- */

/* What nobody but its owner may read. */
static const char *const secrets[] = { "spool/wrapping.key", "auth/approval.key", "auth/auth.db", "evidence/private/key", "backup/keys" };

static bool is_well(struct checkup *c, const char *path, mode_t mode, bool is_secret)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (stat(arena_printf(c->arena, "%s/%s", c->home, path), &st) != 0)
		return is_secret; /* a file that is not there gives nothing away; a folder must be there */
	house_owner(path, c->one_uid, &uid, &gid);
	if (c->one_uid) /* whoever looks need not be the one user */
		return is_secret ? (st.st_mode & 077) == 0 : true;
	if (st.st_uid != uid)
		return false;
	return is_secret ? (st.st_mode & 077) == 0 : st.st_gid == gid && (st.st_mode & 07777) == mode;
}

void checkup_folders(struct checkup *c)
{
	const char *bad = "";

	for (const struct house_folder *f = house_folders; f->path; f++)
		if (!is_well(c, f->path, house_mode(f, c->one_uid), false))
			bad = arena_printf(c->arena, "%s%s%s", bad, *bad ? " " : "", f->path);
	for (size_t i = 0; i < COUNT(secrets); i++)
		if (!is_well(c, secrets[i], 0600, true))
			bad = arena_printf(c->arena, "%s%s%s", bad, *bad ? " " : "", secrets[i]);
	if (*bad)
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "持ち主か権限が違うか、ないもの: %s", bad), arena_printf(c->arena, "wrong owner or mode, or missing: %s", bad),
			    "ARCHITECTURE.md の表のとおりに chown、chmod で戻し、だれが変えたか調べてください。",
			    "Put them back as ARCHITECTURE.md says (chown, chmod) and find out who changed them.");
	else
		checkup_say(c, CHECKUP_FINE, "表のとおりです。", "as they should be", NULL, NULL);
}

/* ---- disks ---- */

void checkup_disk(struct checkup *c)
{
	static const char *const folders[] = { "spool", "records", "evidence" };
	uint64_t least = UINT64_MAX;
	const char *where = "";

	for (size_t i = 0; i < COUNT(folders); i++) {
		struct statvfs disk;
		if (statvfs(arena_printf(c->arena, "%s/%s", c->home, folders[i]), &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < least)
			least = (uint64_t)disk.f_bavail * disk.f_frsize, where = folders[i];
	}
	unsigned long long mib = (unsigned long long)(least >> 20);
	const char *todo_ja = "古いファイルを移すか、ディスクを増やしてください。空けば自動で再開します。", *todo_en = "Move old files away or add disk; acceptance goes on by itself.";
	if (least == UINT64_MAX)
		checkup_say(c, CHECKUP_WRONG, "データフォルダーを見られません。", "the data folder cannot be looked at", "データフォルダーを確かめてください。", "See whether the data folder is there.");
	else if (least < (uint64_t)TRANSFER_RESERVE_BYTES_MOST)
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "%s の空きは %llu MiB です。受付を止めています。", where, mib),
			    arena_printf(c->arena, "%s has %llu MiB free: acceptance has stopped (disk nearly full)", where, mib), todo_ja, todo_en);
	else if (least < (uint64_t)TRANSFER_WARN_BYTES_MOST)
		checkup_say(c, CHECKUP_WARNING, arena_printf(c->arena, "%s の空きは %llu MiB です。", where, mib), arena_printf(c->arena, "%s has %llu MiB free", where, mib), todo_ja,
			    todo_en);
	else
		checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "空きは %llu MiB です。", mib), arena_printf(c->arena, "%llu MiB free", mib), NULL, NULL);
}

/* ---- backup ---- */

/* One of the files about backups; *at: when. */
static bool about_backup(struct checkup *c, const char *file, struct json *o, int64_t *at)
{
	struct bytes b;

	return file_read(c->arena, AT_FDCWD, arena_printf(c->arena, "%s/%s", c->home, file), SMALL_MOST, &b, NULL) == 0 && json_read(c->arena, b, o, NULL) == 0 &&
	       clock_from_utc(json_text(o, "at").p, at) == 0;
}

int64_t checkup_last_backup(struct checkup *c)
{
	struct json o;
	int64_t at;

	return about_backup(c, BACKUP_LAST_FILE, &o, &at) ? at : 0;
}

/* A newer one than the last failed: what is damaged was not written over what is whole. */
static void say_failed_backup(struct checkup *c, const struct json *o, int64_t at)
{
	enum err_code code = (enum err_code)json_number(o, "code", ERR_BUG);
	bool damaged = code == ERR_MISMATCH;
	char jst[64];

	checkup_say(c, damaged ? CHECKUP_WRONG : CHECKUP_WARNING, arena_printf(c->arena, "%s の控えは取れませんでした: %s", clock_jst(at, jst), err_japanese(code)),
		    arena_printf(c->arena, "the backup of %s failed: %s", clock_jst(at, jst), json_text(o, "say").p),
		    damaged ? "記録か証跡が壊れています。これまでの控えを消さずに、sekisho restore で戻す用意をしてください。" : "原因を直し、sekisho backup フォルダー をもう一度実行してください。",
		    damaged ? "Records or evidence are damaged: keep the backups there are and prepare sekisho restore." : "Mend the cause and run sekisho backup FOLDER again.");
}

void checkup_backup(struct checkup *c)
{
	const char *todo_ja = "sekisho backup フォルダー を、毎晩の予定に入れてください。", *todo_en = "Run sekisho backup FOLDER, and put it into the nightly schedule.";
	struct json failure;
	int64_t at = checkup_last_backup(c), failed_at;
	char jst[64];

	if (access(arena_printf(c->arena, "%s/" BACKUP_KEYS_FILE, c->home), F_OK) != 0) {
		checkup_say(c, CHECKUP_WARNING, "復元の鍵がまだありません。", "there is no recovery key yet",
			    "sekisho keys rotate backup で作り、金庫に入れてください。", "Make one with sekisho keys rotate backup and lay it into the safe.");
		return;
	}
	int64_t age = c->now - at;
	enum checkup_level level = age > CHECKUP_BACKUP_MISSING ? CHECKUP_WRONG : age > CHECKUP_BACKUP_LATE ? CHECKUP_WARNING : CHECKUP_FINE;
	if (about_backup(c, BACKUP_FAILED_FILE, &failure, &failed_at) && failed_at >= at)
		say_failed_backup(c, &failure, failed_at);
	if (at == 0)
		checkup_say(c, CHECKUP_WARNING, "控えをまだ一度も取っていません。", "no backup was ever made", todo_ja, todo_en);
	else
		checkup_say(c, level, arena_printf(c->arena, "最後は %s です。", clock_jst(at, jst)), arena_printf(c->arena, "the last one was %s", clock_jst(at, jst)),
			    level ? todo_ja : NULL, level ? todo_en : NULL);
}

/* ---- keys ---- */

void checkup_keys(struct checkup *c)
{
	struct key_ages keys;
	struct err err = { 0 };
	const char *ages_ja = "", *ages_en = "", *old = "", *open_ja = "", *open_en = "";
	char jst[64];

	if (key_ages_read(c->arena, c->home, &keys, &err) != 0 && keys.bad) {
		checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "署名の鍵の引継ぎ書（%zu 番目）が正しくありません。", keys.bad),
			    arena_printf(c->arena, "hand-over %zu of the signing key does not do: %s", keys.bad, err.say),
			    "だれが変えたか調べ、控えから戻してください。", "Find out who changed it, and put it back from a backup.");
		return;
	}
	if (c->now < keys.both_until) {
		open_ja = arena_printf(c->arena, "。署名は前の鍵も %s まで行います", clock_jst(keys.both_until, jst));
		open_en = arena_printf(c->arena, "; the signing key before signs too until %s", clock_jst(keys.both_until, jst));
	}
	for (size_t i = 0; i < KEYS; i++) {
		const struct key_age *k = &keys.rows[i];
		if (!k->since)
			continue;
		int64_t days = (c->now - k->since) / 86400;
		ages_ja = arena_printf(c->arena, "%s%s%s %lld 日", ages_ja, *ages_ja ? "、" : "", k->name, (long long)days);
		ages_en = arena_printf(c->arena, "%s%s%s %lld d", ages_en, *ages_en ? ", " : "", k->name, (long long)days);
		if (k->can_rotate && days > CHECKUP_KEY_DAYS)
			old = arena_printf(c->arena, "%s%s%s", old, *old ? " " : "", k->name);
	}
	checkup_say(c, *old ? CHECKUP_WARNING : CHECKUP_FINE, arena_printf(c->arena, "使い始めてから %s%s。", ages_ja, open_ja),
		    arena_printf(c->arena, "in use for: %s%s", ages_en, open_en), *old ? arena_printf(c->arena, "古い鍵を替えてください: sekisho keys rotate %s", old) : NULL,
		    *old ? arena_printf(c->arena, "Take new ones into use: sekisho keys rotate %s", old) : NULL);
}

/* ---- certificates ---- */

/* The value of "certificate = PATH" in the settings of a face; NULL if there is none. */
static const char *certificate_of(struct checkup *c, const char *face)
{
	struct bytes b;

	if (file_read(c->arena, AT_FDCWD, arena_printf(c->arena, FACES_FOLDER "/webd-%s.conf", face), SMALL_MOST, &b, NULL) != 0)
		return NULL;
	for (const char *line = (const char *)b.p; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		size_t n = strcspn(line, "\n");
		const char *value = memchr(line, '=', n);
		if (strncmp(line, "certificate", 11) != 0 || !value)
			continue;
		value += 1 + strspn(value + 1, " \t");
		size_t length = strcspn(value, " \t\r\n");
		return arena_copy(c->arena, value, length);
	}
	return NULL;
}

static bool certificate_end(struct checkup *c, const char *path, int64_t *end)
{
	struct bytes pem;
	struct tm tm;

	if (file_read(c->arena, AT_FDCWD, path, PEM_MOST, &pem, NULL) != 0)
		return false;
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool good = x && ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1;
	X509_free(x);
	BIO_free(bio);
	if (good)
		*end = (int64_t)timegm(&tm);
	return good;
}

void checkup_certificate(struct checkup *c)
{
	static const char *const faces[] = { "office", "internet" };
	const char *todo_ja = "新しい証明書に取り替え、systemctl reload で読み直してください。", *todo_en = "Put a new certificate in its place and reload (systemctl reload).";

	for (size_t i = 0; i < COUNT(faces); i++) {
		const char *path = certificate_of(c, faces[i]);
		int64_t end;
		if (!path)
			continue;
		if (!certificate_end(c, path, &end)) {
			checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "%s を読めません。", path), arena_printf(c->arena, "%s cannot be read", path), todo_ja, todo_en);
			continue;
		}
		int64_t days = (end - c->now) / 86400;
		if (end <= c->now)
			checkup_say(c, CHECKUP_WRONG, arena_printf(c->arena, "%s の期限が切れています。", path), arena_printf(c->arena, "%s has expired", path), todo_ja, todo_en);
		else if (days < CHECKUP_CERTIFICATE_DAYS)
			checkup_say(c, CHECKUP_WARNING, arena_printf(c->arena, "%s の期限まで %lld 日です。", path, (long long)days),
				    arena_printf(c->arena, "%s ends in %lld days", path, (long long)days), todo_ja, todo_en);
		else
			checkup_say(c, CHECKUP_FINE, arena_printf(c->arena, "期限まで %lld 日あります。", (long long)days), arena_printf(c->arena, "good for %lld days", (long long)days), NULL,
				    NULL);
	}
	if (!c->say_ja)
		checkup_say(c, CHECKUP_FINE, "使っていません（この機械の中だけで待ち受けます）。", "none: it listens on this machine only", NULL, NULL);
}
