/* 認証情報の保管 — contract in factor_store.h. */
#include "people/factor_store.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA = 1, BUSY_MILLISECONDS = 2000 };

enum statement { GET, SET_PASSWORD, SET_PASSWORD_CLEAR, CHANGE_PASSWORD, SET_FACTOR, USE_STEP, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[GET] = "SELECT password, must_change, secret, last_step, generation FROM person WHERE number = :number",
	[SET_PASSWORD] = "INSERT INTO person (number, password, must_change) VALUES (:number, :password, :must_change) "
			 "ON CONFLICT (number) DO UPDATE SET password = :password, must_change = :must_change, generation = generation + 1",
	/* last_step stays: an old code must not become good again. */
	[SET_PASSWORD_CLEAR] = "INSERT INTO person (number, password, must_change) VALUES (:number, :password, :must_change) ON CONFLICT (number) "
			       "DO UPDATE SET password = :password, must_change = :must_change, secret = NULL, generation = generation + 1",
	[CHANGE_PASSWORD] = "UPDATE person SET password = :password, must_change = 0, generation = generation + 1 "
			    "WHERE number = :number AND generation = :generation",
	[SET_FACTOR] = "UPDATE person SET secret = :secret, last_step = max(last_step, :step), generation = generation + 1 "
		       "WHERE number = :number AND (generation = :generation OR :generation = -1)",
	[USE_STEP] = "UPDATE person SET last_step = :step WHERE number = :number AND last_step < :step",
};

static const char schema[] =
	"CREATE TABLE person ("
	" number TEXT PRIMARY KEY,"
	" password TEXT NOT NULL,"
	" must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),"
	" secret BLOB CHECK (length(secret) BETWEEN 10 AND 64),"
	" last_step INTEGER NOT NULL DEFAULT 0,"
	" generation INTEGER NOT NULL DEFAULT 1"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

struct factor_store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

static int fault(struct factor_store *s, struct err *err)
{
	int code = sqlite3_errcode(s->db) & 0xff;
	enum err_code ours = code == SQLITE_FULL ? ERR_FULL : code == SQLITE_BUSY ? ERR_BUSY : ERR_IO;

	return fail(err, ours, (uint64_t)sqlite3_extended_errcode(s->db), "auth.db: %s", sqlite3_errmsg(s->db));
}

static int version_of(struct factor_store *s, int *out, struct err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW) {
		sqlite3_finalize(q);
		return fault(s, err);
	}
	*out = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return 0;
}

static int prepare(struct factor_store *s, bool make, struct err *err)
{
	int version = -1;

	sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
	if (sqlite3_exec(s->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF",
			 NULL, NULL, NULL) != SQLITE_OK ||
	    version_of(s, &version, err) != 0)
		return fault(s, err);
	if (version == 0 && make) {
		if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK || sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
			return fault(s, err);
		version = SCHEMA;
	}
	if (version != SCHEMA)
		return fail(err, ERR_UNSUPPORTED, (uint64_t)version, "auth.db has schema %d, this program knows %d", version, SCHEMA);
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL) != SQLITE_OK)
			return fault(s, err);
	return 0;
}

int factor_store_open(const char *path, bool make, struct factor_store **out, struct err *err)
{
	struct factor_store *s = calloc(1, sizeof *s);
	int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600); /* SQLite would take the umask's mode */

	must(s);
	if (fd < 0) {
		free(s);
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s", path);
	}
	close(fd);
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK) {
		fault(s, err);
		factor_store_close(s);
		return -1;
	}
	if (prepare(s, make, err) != 0) {
		factor_store_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void factor_store_close(struct factor_store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s);
}

static int place(sqlite3_stmt *q, const char *name)
{
	int at = sqlite3_bind_parameter_index(q, name);
	must(at > 0);
	return at;
}

static sqlite3_stmt *begin(struct factor_store *s, enum statement which, struct text number)
{
	sqlite3_stmt *q = s->statements[which];

	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	must(sqlite3_bind_text(q, place(q, ":number"), number.p, (int)number.n, SQLITE_TRANSIENT) == SQLITE_OK);
	return q;
}

static void bind_number(sqlite3_stmt *q, const char *name, int64_t v)
{
	must(sqlite3_bind_int64(q, place(q, name), v) == SQLITE_OK);
}

/* Runs a change; *changed rows. */
static int run(struct factor_store *s, sqlite3_stmt *q, int *changed, struct err *err)
{
	int code = sqlite3_step(q);

	if (code != SQLITE_DONE) {
		fault(s, err);
		sqlite3_reset(q);
		return -1;
	}
	*changed = sqlite3_changes(s->db);
	if (sqlite3_reset(q) != SQLITE_OK)
		return fault(s, err);
	return 0;
}

int factor_store_get(struct factor_store *s, struct text number, struct factor_row *out, bool *found, struct err *err)
{
	sqlite3_stmt *q = begin(s, GET, number);
	int code = sqlite3_step(q);

	if (code == SQLITE_DONE) {
		sqlite3_reset(q);
		*found = false;
		return 0;
	}
	if (code != SQLITE_ROW) {
		fault(s, err);
		sqlite3_reset(q);
		return -1;
	}
	*out = (struct factor_row){ .must_change = sqlite3_column_int(q, 1), .last_step = sqlite3_column_int64(q, 3),
				    .generation = sqlite3_column_int64(q, 4) };
	size_t n = (size_t)sqlite3_column_bytes(q, 0), secret_n = (size_t)sqlite3_column_bytes(q, 2);
	bool fits = n < sizeof out->password && secret_n <= sizeof out->secret;
	if (fits) {
		memcpy(out->password, sqlite3_column_text(q, 0), n);
		if (secret_n)
			memcpy(out->secret, sqlite3_column_blob(q, 2), secret_n);
		out->secret_n = secret_n;
	}
	sqlite3_reset(q);
	if (!fits)
		return fail(err, ERR_MALFORMED, n, "auth.db holds a row that is none");
	*found = true;
	return 0;
}

int factor_store_set_password(struct factor_store *s, struct text number, const char *hash, bool must_change, bool clear_factor,
			      struct err *err)
{
	sqlite3_stmt *q = begin(s, clear_factor ? SET_PASSWORD_CLEAR : SET_PASSWORD, number);
	int changed;

	must(sqlite3_bind_text(q, place(q, ":password"), hash, -1, SQLITE_TRANSIENT) == SQLITE_OK);
	bind_number(q, ":must_change", must_change);
	return run(s, q, &changed, err);
}

int factor_store_change_password(struct factor_store *s, struct text number, int64_t generation, const char *hash, struct err *err)
{
	sqlite3_stmt *q = begin(s, CHANGE_PASSWORD, number);
	int changed;

	must(sqlite3_bind_text(q, place(q, ":password"), hash, -1, SQLITE_TRANSIENT) == SQLITE_OK);
	bind_number(q, ":generation", generation);
	if (run(s, q, &changed, err) != 0)
		return -1;
	return changed == 1 ? 0 : fail(err, ERR_CONFLICT, 0, "the password was changed meanwhile");
}

int factor_store_set_factor(struct factor_store *s, struct text number, int64_t generation, struct bytes secret, int64_t step, struct err *err)
{
	sqlite3_stmt *q = begin(s, SET_FACTOR, number);
	int changed;

	if (secret.n < TOTP_SECRET_LEAST || secret.n > TOTP_SECRET_MOST)
		return fail(err, ERR_INVALID, secret.n, "a factor's secret has %d to %d bytes", TOTP_SECRET_LEAST, TOTP_SECRET_MOST);
	must(sqlite3_bind_blob(q, place(q, ":secret"), secret.p, (int)secret.n, SQLITE_TRANSIENT) == SQLITE_OK);
	bind_number(q, ":step", step);
	bind_number(q, ":generation", generation);
	if (run(s, q, &changed, err) != 0)
		return -1;
	if (changed == 1)
		return 0;
	return generation < 0 ? fail(err, ERR_NOT_FOUND, 0, "nobody of that number has a password")
			      : fail(err, ERR_CONFLICT, 0, "password or factor were changed meanwhile");
}

int factor_store_use_step(struct factor_store *s, struct text number, int64_t step, bool *fresh, struct err *err)
{
	sqlite3_stmt *q = begin(s, USE_STEP, number);
	int changed;

	bind_number(q, ":step", step);
	if (run(s, q, &changed, err) != 0)
		return -1;
	*fresh = changed == 1;
	return 0;
}
