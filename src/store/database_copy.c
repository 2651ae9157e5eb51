/* データベースの写し — contract in database_copy.h. SQLite's backup keeps the pages in their places, so that what did not change stays the same bytes. */
#include "store/database_copy.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

enum { BUSY_MILLISECONDS = 5000 };

static int complain(sqlite3 *db, const char *name, struct err *err)
{
	int code = sqlite3_errcode(db), why = sqlite3_system_errno(db);
	bool full = code == SQLITE_FULL || why == ENOSPC || why == EDQUOT;

	return fail(err, full ? ERR_FULL : code == SQLITE_BUSY ? ERR_BUSY : ERR_IO, (uint64_t)code, "cannot copy %s: %s", name, sqlite3_errmsg(db));
}

static int copy_pages(sqlite3 *from, sqlite3 *to, const char *name, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");

	if (!b)
		return complain(to, name, err);
	int code = sqlite3_backup_step(b, -1); /* all pages in one read transaction: one state */
	if (sqlite3_backup_finish(b) != SQLITE_OK || code != SQLITE_DONE)
		return complain(to, name, err);
	return 0;
}

/* What is damaged must not become the newest backup. Read here, in a life of its own, the store keeps nobody waiting. */
static int check_copy(sqlite3 *copy, const char *name, struct err *err)
{
	sqlite3_stmt *s = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(copy, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW) {
		result = fail(err, ERR_MISMATCH, (uint64_t)sqlite3_errcode(copy), "%s is damaged: %s", name, sqlite3_errmsg(copy));
	} else {
		const char *say = (const char *)sqlite3_column_text(s, 0);
		if (!say || strcmp(say, "ok") != 0)
			result = fail(err, ERR_MISMATCH, 0, "%s is damaged: %s", name, say ? say : "?");
	}
	sqlite3_finalize(s);
	return result;
}

static int open_database(const char *path, int flags, sqlite3 **out, struct err *err)
{
	if (sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return complain(*out, path, err);
	sqlite3_busy_timeout(*out, BUSY_MILLISECONDS);
	return 0;
}

int database_copy(int out, const char *home, const char *name, unsigned mode, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *path = arena_printf(arena, "%s/%s", home, name), *copy = arena_printf(arena, "%s.copy", path);
	sqlite3 *from = NULL, *to = NULL;

	unlink(copy);
	if (access(path, F_OK) != 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot open %s", name);
	FD(fd) = open(copy, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "cannot make %s.copy", name);
	int result = open_database(path, SQLITE_OPEN_READWRITE, &from, err);
	if (result == 0)
		result = open_database(copy, SQLITE_OPEN_READWRITE, &to, err);
	/* The copy is thrown away if anything happens: no journal, no sync. */
	if (result == 0 && sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL) != SQLITE_OK)
		result = complain(to, name, err);
	if (result == 0)
		result = copy_pages(from, to, name, err);
	if (result == 0)
		result = check_copy(to, name, err);
	sqlite3_close(to);
	sqlite3_close(from);
	unlink(copy);
	return result == 0 ? copy_fd(out, fd, name, mode, err) : -1;
}
