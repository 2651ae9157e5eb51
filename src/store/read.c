/* 記録の閲覧 — contract in read.h. */
#include "store/reader.h"
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each keeps its statements and up to 2 MB of pages. More at once than processors would not read faster. */
enum { IDLE_MOST = 4, IN_USE_MOST = 8 };

int store_read_open(const char *home, struct store_reader **out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *path = arena_printf(arena, "%s/records/records.db", home);
	struct sql_site_only_row row;
	struct err why = { 0 };
	bool found = false;

	struct stat about;

	if (access(path, R_OK) != 0 || stat(path, &about) != 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot read %s", path);
	struct store_reader *r = calloc(1, sizeof *r);
	must(r);
	r->device = about.st_dev, r->file = about.st_ino;
	r->arena = arena_new(0);
	/* While recordd is down, the write-ahead log is missing and a mere reader cannot make it. */
	if (sql_open(path, SQL_READ, &r->sql, &why) != 0 || sql_site_only(r->sql, r->arena, &row, &found, &why) != 0 || !found) {
		fail(err, ERR_BUSY, why.at, "the store cannot be read yet: %s", why.code ? why.say : "it has no site");
		store_read_close(r);
		return -1;
	}
	r->site = row.site;
	r->home = arena_printf(r->arena, "%s", home);
	*out = r;
	return 0;
}

void store_read_close(struct store_reader *r)
{
	if (!r)
		return;
	sql_close(r->sql);
	arena_free(r->arena);
	free(r);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct store_reader *rows[IDLE_MOST]; /* idle ones */
	size_t count, in_use;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER };

static bool is_still(const struct store_reader *r, const char *home)
{
	ARENA(arena) = arena_new(0);
	struct stat about;

	return strcmp(r->home, home) == 0 && stat(arena_printf(arena, "%s/records/records.db", home), &about) == 0 && about.st_dev == r->device &&
	       about.st_ino == r->file;
}

/* A reader in use, an idle one or none yet (*out NULL). */
static void wait_for_place(struct store_reader **out)
{
	pthread_mutex_lock(&shared.lock);
	while (shared.in_use == IN_USE_MOST)
		pthread_cond_wait(&shared.given, &shared.lock);
	shared.in_use++;
	*out = shared.count > 0 ? shared.rows[--shared.count] : NULL;
	pthread_mutex_unlock(&shared.lock);
}

static void leave_place(struct store_reader *r)
{
	pthread_mutex_lock(&shared.lock);
	shared.in_use--;
	if (r && shared.count < IDLE_MOST) {
		shared.rows[shared.count++] = r;
		r = NULL;
	}
	pthread_cond_signal(&shared.given);
	pthread_mutex_unlock(&shared.lock);
	store_read_close(r);
}

int store_read_take(const char *home, struct store_reader **out, struct err *err)
{
	struct store_reader *r;

	wait_for_place(&r);
	if (r && !is_still(r, home)) {
		store_read_close(r);
		r = NULL;
	}
	if ((!r && store_read_open(home, &r, err) != 0) || sql_begin_read(r->sql, err) != 0) {
		store_read_close(r);
		leave_place(NULL);
		return -1;
	}
	*out = r;
	return 0;
}

void store_read_give(struct store_reader *r)
{
	if (!r)
		return;
	sql_rollback(r->sql);
	leave_place(r);
}

int store_read_begin(struct store_reader *r, struct err *err) { return sql_begin_read(r->sql, err); }
void store_read_end(struct store_reader *r) { sql_rollback(r->sql); }
