/* 記録の器 — one open store and the machinery under the generated functions (sql.gen.h). SQLite is the engine of one machine; statements carry
 * PostgreSQL's text too. No function here takes SQL from outside src/store. A handle belongs to one thread. */
#ifndef STORE_SQL_H
#define STORE_SQL_H
#include "base/arena.h"
#include "base/err.h"

struct sql;
struct sql_statement {
	const char *name, *sqlite, *postgres;
	const char *const *parameters; /* in the order of their places */
	size_t parameter_count;
	const char *const *columns;
	size_t column_count;
};
extern const struct sql_statement sql_statements[];
extern const size_t sql_statement_count;

enum sql_mode { SQL_CREATE, SQL_WRITE, SQL_READ };
/* CREATE: made if missing. WRITE and CREATE: WAL, synchronous=FULL, foreign keys, no mmap. READ cannot write, whatever the caller's rights. */
int sql_open(const char *path, enum sql_mode mode, struct sql **out, struct err *err) CHECK_RESULT;
void sql_close(struct sql *sql); /* NULL is fine */

int sql_begin(struct sql *sql, struct err *err) CHECK_RESULT;	    /* the write lock at once */
int sql_begin_read(struct sql *sql, struct err *err) CHECK_RESULT; /* one state of the store for several reads */
int sql_commit(struct sql *sql, struct err *err) CHECK_RESULT;	    /* failed: rolled back */
void sql_rollback(struct sql *sql);
bool sql_in_transaction(struct sql *sql); /* false after an error that made the engine roll back */
int sql_mark(struct sql *sql, struct err *err) CHECK_RESULT; /* one savepoint */
int sql_keep(struct sql *sql, struct err *err) CHECK_RESULT; /* keeps what was done since the mark */
int sql_undo(struct sql *sql, struct err *err) CHECK_RESULT; /* forgets it */
int64_t sql_changes(struct sql *sql); /* rows touched by the last act */
int sql_check(struct sql *sql, struct err *err) CHECK_RESULT; /* quick_check: ERR_MISMATCH with the first finding */
int sql_shape(struct sql *sql, unsigned *number, struct err *err) CHECK_RESULT; /* of the last migration taken; 0 = none yet */
/* Tests: no more than this many pages, so that the store is full. */
int sql_pages_most(struct sql *sql, unsigned pages, struct err *err) CHECK_RESULT;

/* For generated code and migrate.c. */
struct sql_run {
	struct sql *sql;
	void *statement;
	const char *name;
};
int sql_script(struct sql *sql, const char *text, struct err *err) CHECK_RESULT;
int sql_start(struct sql *sql, unsigned id, struct sql_run *run, struct err *err) CHECK_RESULT;
void sql_bind_text(struct sql_run *run, int place, struct text value); /* views: must live until the run ends, as parameters do */
void sql_bind_int(struct sql_run *run, int place, int64_t value);
void sql_bind_bytes(struct sql_run *run, int place, struct bytes value);
int64_t sql_column_int(struct sql_run *run, int column);
int sql_column_text(struct sql_run *run, int column, struct arena *arena, struct text *out, struct err *err) CHECK_RESULT;
int sql_column_bytes(struct sql_run *run, int column, struct arena *arena, struct bytes *out, struct err *err) CHECK_RESULT;
typedef int sql_read_row(struct sql_run *run, struct arena *arena, void *to, struct err *err);
int sql_act(struct sql_run *run, struct err *err) CHECK_RESULT;
int sql_one(struct sql_run *run, struct arena *arena, sql_read_row *read, size_t size, void *row, bool *found, struct err *err) CHECK_RESULT;
int sql_many(struct sql_run *run, struct arena *arena, sql_read_row *read, size_t size, void **rows, size_t *count, struct err *err) CHECK_RESULT;
/* For the test that holds every statement against the schema: names as the engine sees them; NULL beyond the last. */
const char *sql_parameter_name(struct sql_run *run, int place);
const char *sql_column_name(struct sql_run *run, int column);
void sql_stop(struct sql_run *run);

#endif
