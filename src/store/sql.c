/* 記録の器 — contract in sql.h: SQLite underneath. */
#include "store/sql.h"
#include "base/buf.h"
#include "base/text.h"
#include "store/sql.gen.h"
#include <errno.h>
#include <sqlite3.h>

enum { ROWS_MOST = 100000, BUSY_MILLISECONDS = 2000 };

struct sql {
	sqlite3 *db;
	sqlite3_stmt *prepared[SQL_COUNT];
	sqlite3_stmt *begin_read, *rollback; /* each page needs them */
};

static int complain(struct sql *sql, int code, const char *doing, struct err *err)
{
	const char *say = sql->db ? sqlite3_errmsg(sql->db) : sqlite3_errstr(code);
	int why = sql->db ? sqlite3_system_errno(sql->db) : 0;
	bool no_room = (code & 0xff) == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT || why == EFBIG);

	/* What a mere reader meets between the death of recordd and its next start: the write-ahead log waits for its writer. */
	bool recovering = code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT || code == SQLITE_READONLY_CANTLOCK;
	switch (no_room ? SQLITE_FULL : recovering ? SQLITE_BUSY : code & 0xff) {
	case SQLITE_FULL:
		return fail(err, ERR_FULL, (uint64_t)code, "%s: the store is full (%s)", doing, say);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fail(err, ERR_BUSY, (uint64_t)code, "%s: %s", doing, say);
	case SQLITE_CONSTRAINT:
		return fail(err, ERR_CONFLICT, (uint64_t)code, "%s: %s", doing, say);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fail(err, ERR_MISMATCH, (uint64_t)code, "%s: %s", doing, say);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fail(err, ERR_DENIED, (uint64_t)code, "%s: %s", doing, say);
	case SQLITE_NOMEM:
		must(!"memory for the store");
	}
	return fail(err, ERR_IO, (uint64_t)code, "%s: %s", doing, say);
}

int sql_script(struct sql *sql, const char *text, struct err *err)
{
	int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : complain(sql, code, "store", err);
}

static int settings(struct sql *sql, enum sql_mode mode, struct err *err)
{
	if (mode == SQL_READ)
		return sql_script(sql, "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;", err);
	return sql_script(sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
			       "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;", err);
}

int sql_open(const char *path, enum sql_mode mode, struct sql **out, struct err *err)
{
	struct sql *sql = calloc(1, sizeof *sql);
	int flags = mode == SQL_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (mode == SQL_CREATE ? SQLITE_OPEN_CREATE : 0);

	must(sql);
	int code = sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code != SQLITE_OK) {
		complain(sql, code, "cannot open the store", err);
		sql_close(sql);
		return -1;
	}
	sqlite3_busy_timeout(sql->db, BUSY_MILLISECONDS);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* A statement is planned once, whatever values come: otherwise each new word of a search plans it anew. */
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
	if (settings(sql, mode, err) != 0) {
		sql_close(sql);
		return -1;
	}
	*out = sql;
	return 0;
}

void sql_close(struct sql *sql)
{
	if (!sql)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(sql->prepared[i]);
	sqlite3_finalize(sql->begin_read);
	sqlite3_finalize(sql->rollback);
	sqlite3_close(sql->db);
	free(sql);
}

/* One that has no rows, planned once. */
static int again(struct sql *sql, sqlite3_stmt **s, const char *text, struct err *err)
{
	int code = *s ? SQLITE_OK : sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, s, NULL);

	if (code != SQLITE_OK)
		return complain(sql, code, text, err);
	code = sqlite3_step(*s);
	if (code == SQLITE_DONE) {
		sqlite3_reset(*s);
		return 0;
	}
	complain(sql, code, text, err);
	sqlite3_reset(*s);
	return -1;
}

int sql_begin(struct sql *sql, struct err *err) { return sql_script(sql, "BEGIN IMMEDIATE", err); }
int sql_begin_read(struct sql *sql, struct err *err) { return again(sql, &sql->begin_read, "BEGIN", err); }
int sql_mark(struct sql *sql, struct err *err) { return sql_script(sql, "SAVEPOINT command", err); }
int sql_keep(struct sql *sql, struct err *err) { return sql_script(sql, "RELEASE command", err); }
int sql_undo(struct sql *sql, struct err *err) { return sql_script(sql, "ROLLBACK TO command; RELEASE command", err); }
bool sql_in_transaction(struct sql *sql) { return !sqlite3_get_autocommit(sql->db); }
int64_t sql_changes(struct sql *sql) { return sqlite3_changes64(sql->db); }

int sql_commit(struct sql *sql, struct err *err)
{
	if (sql_script(sql, "COMMIT", err) == 0)
		return 0;
	sql_rollback(sql);
	return -1;
}

void sql_rollback(struct sql *sql)
{
	struct err unused = { 0 };

	if (sql_in_transaction(sql) && again(sql, &sql->rollback, "ROLLBACK", &unused) != 0)
		sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
}

/* First column of the first row of a pragma; the statement must be finalized by the caller. */
static int pragma(struct sql *sql, const char *text, sqlite3_stmt **s, struct err *err)
{
	int code = sqlite3_prepare_v2(sql->db, text, -1, s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(*s);
	return code == SQLITE_ROW ? 0 : complain(sql, code, text, err);
}

int sql_check(struct sql *sql, struct err *err)
{
	sqlite3_stmt *s = NULL;
	int result = pragma(sql, "PRAGMA quick_check(1)", &s, err);

	if (result == 0) {
		const char *say = (const char *)sqlite3_column_text(s, 0);
		if (!say || strcmp(say, "ok") != 0)
			result = fail(err, ERR_MISMATCH, 0, "the store is damaged: %s", say ? say : "?");
	}
	sqlite3_finalize(s);
	return result;
}

int sql_shape(struct sql *sql, unsigned *number, struct err *err)
{
	sqlite3_stmt *s = NULL;
	int result = pragma(sql, "PRAGMA user_version", &s, err);

	if (result == 0)
		*number = (unsigned)sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return result;
}

int sql_pages_most(struct sql *sql, unsigned pages, struct err *err)
{
	char text[64];

	snprintf(text, sizeof text, "PRAGMA max_page_count=%u", pages);
	return sql_script(sql, text, err);
}

int sql_start(struct sql *sql, unsigned id, struct sql_run *run, struct err *err)
{
	must(id < SQL_COUNT);
	const struct sql_statement *kind = &sql_statements[id];
	if (!sql->prepared[id]) {
		int code = sqlite3_prepare_v3(sql->db, kind->sqlite, -1, SQLITE_PREPARE_PERSISTENT, &sql->prepared[id], NULL);
		if (code != SQLITE_OK)
			return complain(sql, code, kind->name, err);
	}
	*run = (struct sql_run){ sql, sql->prepared[id], kind->name };
	return 0;
}

void sql_stop(struct sql_run *run)
{
	sqlite3_reset(run->statement);
	sqlite3_clear_bindings(run->statement);
}

void sql_bind_text(struct sql_run *run, int place, struct text v)
{
	must(sqlite3_bind_text64(run->statement, place, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void sql_bind_int(struct sql_run *run, int place, int64_t v)
{
	must(sqlite3_bind_int64(run->statement, place, v) == SQLITE_OK);
}

void sql_bind_bytes(struct sql_run *run, int place, struct bytes v)
{
	must(sqlite3_bind_blob64(run->statement, place, v.n ? (const void *)v.p : "", v.n, SQLITE_STATIC) == SQLITE_OK);
}

int64_t sql_column_int(struct sql_run *run, int column) { return sqlite3_column_int64(run->statement, column); }

int sql_column_bytes(struct sql_run *run, int column, struct arena *arena, struct bytes *out, struct err *err)
{
	const void *p = sqlite3_column_blob(run->statement, column);
	size_t n = (size_t)sqlite3_column_bytes(run->statement, column);

	(void)err;
	*out = bytes_of(arena_copy(arena, p, n), n);
	return 0;
}

int sql_column_text(struct sql_run *run, int column, struct arena *arena, struct text *out, struct err *err)
{
	struct bytes b;

	if (sql_column_bytes(run, column, arena, &b, err) != 0)
		return -1;
	if (!is_utf8(b) || (b.n && memchr(b.p, 0, b.n)))
		return fail(err, ERR_MISMATCH, (uint64_t)column, "%s: a text of the store is no text", run->name);
	*out = (struct text){ (const char *)b.p, b.n };
	return 0;
}

/* 1 a row, 0 the end, −1 a failure. */
static int step(struct sql_run *run, struct err *err)
{
	int code = sqlite3_step(run->statement);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : complain(run->sql, code, run->name, err);
}

int sql_act(struct sql_run *run, struct err *err)
{
	int result = step(run, err);

	must(result != 1);
	sql_stop(run);
	return result;
}

int sql_one(struct sql_run *run, struct arena *arena, sql_read_row *read, size_t size, void *row, bool *found, struct err *err)
{
	int result = step(run, err);

	memset(row, 0, size);
	*found = result == 1;
	if (result == 1)
		result = read(run, arena, row, err);
	/* The statement must come to its end: an UPDATE … RETURNING counts only then. */
	if (result == 0 && *found) {
		int more = step(run, err);
		must(more != 1);
		result = more;
	}
	sql_stop(run);
	return result;
}

int sql_many(struct sql_run *run, struct arena *arena, sql_read_row *read, size_t size, void **rows, size_t *count, struct err *err)
{
	struct buf list = buf_in(arena, 0);
	int result;

	*rows = NULL, *count = 0;
	while ((result = step(run, err)) == 1) {
		void *row = buf_room(&list, size);
		must(row && *count < ROWS_MOST);
		memset(row, 0, size);
		if (read(run, arena, row, err) != 0) {
			result = -1;
			break;
		}
		list.n += size, ++*count;
	}
	sql_stop(run);
	*rows = list.p;
	return result;
}

const char *sql_parameter_name(struct sql_run *run, int place)
{
	const char *name = sqlite3_bind_parameter_name(run->statement, place);
	return name ? name + 1 : NULL;
}

const char *sql_column_name(struct sql_run *run, int column)
{
	return column < sqlite3_column_count(run->statement) ? sqlite3_column_name(run->statement, column) : NULL;
}
