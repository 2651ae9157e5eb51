/* 記録の設置 — contract in setup.h. */
#include "store/setup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/service.h"
#include "store/command.h"
#include "store/field.h"
#include "store/migrate.h"
#include "store/ticket_index.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *store_path(struct arena *arena, const char *home)
{
	return arena_printf(arena, "%s/records/records.db", home);
}

static int put_site(struct sql *sql, struct arena *arena, struct text site, struct err *err)
{
	struct sql_site_only_row old;
	bool found;

	if (sql_begin(sql, err) != 0)
		return -1;
	if (sql_site_only(sql, arena, &old, &found, err) != 0)
		goto undo;
	if (found && !text_equal(old.site, site)) {
		fail(err, ERR_CONFLICT, 0, "the store is that of site %s", old.site.p);
		goto undo;
	}
	if (!found && sql_site_insert(sql, site, clock_now(), err) != 0)
		goto undo;
	return sql_commit(sql, err);
undo:
	sql_rollback(sql);
	return -1;
}

/* Folder 2750: what SQLite makes beside the database later belongs to the reading group too. */
static int give_away(struct arena *arena, const char *home, struct err *err)
{
	const char *folder = arena_printf(arena, "%s/records", home), *db = store_path(arena, home);
	uid_t uid = (uid_t)process_uid("recordd");

	if (chown(folder, uid, STORE_READ_GROUP) != 0 || chmod(folder, 02750) != 0 || chown(db, uid, STORE_READ_GROUP) != 0 || chmod(db, 0640) != 0)
		return fail_errno(err, ERR_IO, "cannot give %s to recordd", folder);
	return 0;
}

int store_setup(const char *home, struct text site, bool one_uid, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct sql *sql;

	if (field_check(FIELD_WORD, site, STORE_SITE_MOST, "site", err) != 0 ||
	    folder_make(AT_FDCWD, arena_printf(arena, "%s/records", home), 0750, err) != 0 ||
	    sql_open(store_path(arena, home), SQL_CREATE, &sql, err) != 0)
		return -1;
	int result = store_migrate(sql, NULL, err);
	if (result == 0)
		result = put_site(sql, arena, site, err);
	sql_close(sql);
	if (result == 0 && geteuid() == 0 && !one_uid)
		result = give_away(arena, home, err);
	return result;
}

static int begin_work(struct sql *sql, const char *home, struct text site, int64_t whole_at, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct act act = { .sql = sql, .arena = arena, .home = home, .site = site, .caller = "recordd", .now = clock_now() };
	struct sql_counter_now_row counter;
	bool found;

	if (sql_begin(sql, err) != 0)
		return -1;
	if (sql_upkeep_put(sql, site, true, whole_at, err) == 0 && ticket_index_fill(sql, site, NULL, err) == 0 && sql_counter_now(sql, arena, site, &counter, &found, err) == 0 && (found || store_open_epoch(&act, json_object(arena), err) == 0) &&
	    act_journal(&act, "recordd.started", TEXT(""), TEXT(""), "process:recordd", json_object(arena), NULL, err) == 0)
		return sql_commit(sql, err);
	sql_rollback(sql);
	return -1;
}

/* Read whole unless its last life ended in order, and then at the latest with each backup (database_copy.h): a large store would keep every start waiting. */
static int check_whole(struct sql *sql, struct arena *arena, struct text site, bool at_any_rate, int64_t *whole_at, struct err *err)
{
	struct sql_upkeep_now_row now;
	bool known;

	if (sql_upkeep_now(sql, arena, site, &now, &known, err) != 0)
		return -1;
	*whole_at = now.whole_at;
	if (known && !now.running && !at_any_rate)
		return 0;
	*whole_at = clock_now();
	return sql_check(sql, err);
}

static int open_whole(const char *home, struct arena *arena, bool at_any_rate, struct sql **out, struct text *site, int64_t *whole_at, struct err *err)
{
	const char *path = store_path(arena, home);
	struct sql_site_only_row row;
	struct sql *sql;
	bool found;

	if (access(path, F_OK) != 0)
		return fail(err, ERR_NOT_FOUND, 0, "there is no store at %s: run recordd --init --site NAME", path);
	if (sql_open(path, SQL_WRITE, &sql, err) != 0)
		return -1;
	if (store_migrate(sql, NULL, err) != 0 || sql_site_only(sql, arena, &row, &found, err) != 0)
		goto undo;
	if (!found) {
		fail(err, ERR_NOT_FOUND, 0, "the store has no site: run recordd --init --site NAME");
		goto undo;
	}
	if (check_whole(sql, arena, row.site, at_any_rate, whole_at, err) != 0)
		goto undo;
	*site = row.site;
	*out = sql;
	return 0;
undo:
	sql_close(sql);
	return -1;
}

static int begin_epoch(struct act *act, const struct json *about, struct bytes *out, struct err *err)
{
	struct sql_counter_now_row before;
	bool found;

	if (sql_counter_now(act->sql, act->arena, act->site, &before, &found, err) != 0)
		return -1;
	if (!found)
		return fail(err, ERR_NOT_FOUND, 0, "the store of the backup has no journal");
	struct json *what = json_object(act->arena);
	for (size_t i = 0; i < about->count; i++)
		json_set(act->arena, what, about->keys[i].p, &about->items[i]);
	json_set_number(act->arena, what, "last", before.last);
	struct sql_ticket_last_row tickets;
	if (sql_ticket_last(act->sql, act->arena, act->site, &tickets, &found, err) != 0)
		return -1;
	json_set_number(act->arena, what, "tickets", tickets.last);
	if (sql_sessions_end_all(act->sql, act->site, act->now, err) != 0)
		return -1;
	json_set_number(act->arena, what, "sessions_ended", sql_changes(act->sql));
	if (store_open_epoch(act, what, err) != 0)
		return -1;
	*out = json_bytes(act->arena, what);
	return 0;
}

int store_restored(const char *home, const struct json *about, struct arena *arena, struct bytes *out, struct err *err)
{
	struct sql *sql;
	struct text site;
	int64_t whole_at;

	if (about->kind != JSON_OBJECT)
		return fail(err, ERR_INVALID, 0, "why the store is restored must be a JSON object");
	if (open_whole(home, arena, true, &sql, &site, &whole_at, err) != 0)
		return -1;
	struct act act = { .sql = sql, .arena = arena, .home = home, .site = site, .caller = "recordd", .now = clock_now() };
	int result = sql_begin(sql, err);
	if (result == 0) {
		result = begin_epoch(&act, about, out, err) != 0 ? -1 : sql_upkeep_put(sql, site, false, whole_at, err);
		if (result == 0)
			result = sql_commit(sql, err);
		else
			sql_rollback(sql);
	}
	sql_close(sql);
	return result;
}

int store_open(const char *home, struct arena *arena, struct sql **out, struct text *site, struct err *err)
{
	struct sql *sql;
	struct text found;
	int64_t whole_at;

	if (open_whole(home, arena, false, &sql, &found, &whole_at, err) != 0)
		return -1;
	if (begin_work(sql, home, found, whole_at, err) != 0) {
		sql_close(sql);
		return -1;
	}
	*site = found;
	*out = sql;
	return 0;
}

int store_close(struct sql *sql, struct text site, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct sql_upkeep_now_row now;
	bool known;
	int result = sql_begin(sql, err);

	if (result == 0) {
		result = sql_upkeep_now(sql, arena, site, &now, &known, err);
		if (result == 0)
			result = sql_upkeep_put(sql, site, false, now.whole_at, err);
		if (result == 0)
			result = sql_commit(sql, err);
		else
			sql_rollback(sql);
	}
	sql_close(sql);
	return result;
}
