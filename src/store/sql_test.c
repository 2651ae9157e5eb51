/* 名前つきSQL — tests: every statement against the migrated schema, and the store as a whole. */
#include "base/check.h"
#include "store/database_copy.h"
#include "store/migrate.h"
#include "store/test_ground.h"
#include <sys/stat.h>
#include <sys/wait.h>

TEST(every_statement_fits_the_schema)
{
	struct ground *g = ground_new();

	for (unsigned id = 0; id < sql_statement_count; id++) {
		const struct sql_statement *s = &sql_statements[id];
		struct sql_run run;
		if (sql_start(g->sql, id, &run, &g->err) != 0)
			fail_msg("%s: %s", s->name, g->err.say);
		for (size_t i = 0; i < s->parameter_count; i++)
			assert_string_equal(sql_parameter_name(&run, (int)i + 1), s->parameters[i]);
		assert_null(sql_parameter_name(&run, (int)s->parameter_count + 1));
		for (size_t i = 0; i < s->column_count; i++) {
			const char *name = sql_column_name(&run, (int)i);
			if (!name || strcmp(name, s->columns[i]) != 0)
				fail_msg("%s: column %zu is %s, not %s", s->name, i, name ? name : "missing", s->columns[i]);
		}
		assert_null(sql_column_name(&run, (int)s->column_count));
		sql_stop(&run);
	}
	ground_free(g);
}

TEST(postgres_text_numbers_each_name_once)
{
	for (unsigned id = 0; id < sql_statement_count; id++) {
		const struct sql_statement *s = &sql_statements[id];
		char last[16], beyond[16];
		snprintf(last, sizeof last, "$%zu", s->parameter_count);
		snprintf(beyond, sizeof beyond, "$%zu", s->parameter_count + 1);
		assert_true(s->parameter_count == 0 || strstr(s->postgres, last));
		assert_null(strstr(s->postgres, beyond));
		assert_null(strchr(s->postgres, ':'));
	}
}

TEST(migrating_twice_takes_no_step)
{
	struct ground *g = ground_new();
	unsigned done = 99;
	CHECK_OK(store_migrate(g->sql, &done, &err_));
	assert_int_equal(done, 0);
	unsigned shape;
	CHECK_OK(sql_shape(g->sql, &shape, &err_));
	assert_int_equal(shape, migration_count);
	ground_free(g);
}

TEST(a_newer_store_is_refused)
{
	struct ground *g = ground_new();
	CHECK_OK(sql_script(g->sql, "PRAGMA user_version=9999", &err_));
	assert_int_equal(store_migrate(g->sql, NULL, &g->err), -1);
	assert_int_equal(g->err.code, ERR_UNSUPPORTED);
	ground_free(g);
}

TEST(another_site_is_refused)
{
	struct ground *g = ground_new();
	assert_int_equal(store_setup(g->home, TEXT("other"), true, &g->err), -1);
	assert_int_equal(g->err.code, ERR_CONFLICT);
	CHECK_OK(store_setup(g->home, TEXT("tsuru"), true, &err_));
	ground_free(g);
}

/* The reader follows commits, cannot write, and needs no write rights on the file system. */
TEST(a_mere_reader_follows_and_cannot_write)
{
	struct ground *g = ground_new();
	if (geteuid() != 0) {
		ground_free(g);
		skip();
	}
	must(chmod(g->home, 0755) == 0);
	const char *folder = arena_printf(g->arena, "%s/records", g->home);
	must(chmod(folder, 0750) == 0 && chown(folder, 0, STORE_READ_GROUP) == 0);
	const char *const files[] = { "records.db", "records.db-wal", "records.db-shm" };
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = arena_printf(g->arena, "%s/%s", folder, files[i]);
		must(chown(path, 0, STORE_READ_GROUP) == 0 && chmod(path, 0640) == 0);
	}
	int go[2];
	must(pipe(go) == 0);
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		struct store_reader *r;
		struct store_person p;
		struct err err = { 0 };
		char byte;
		must(setgid(STORE_READ_GROUP) == 0 && setuid(7306) == 0);
		if (store_read_open(g->home, &r, &err) != 0)
			_exit(10);
		if (store_read_person(r, g->arena, TEXT("9999"), &p, &err) == 0 || err.code != ERR_NOT_FOUND)
			_exit(11);
		if (read(go[0], &byte, 1) != 1)
			_exit(12);
		if (store_read_person(r, g->arena, TEXT("9999"), &p, &err) != 0)
			_exit(13);
		struct sql *sql;
		if (sql_open(arena_printf(g->arena, "%s/records.db", folder), SQL_WRITE, &sql, &err) == 0 &&
		    sql_site_insert(sql, TEXT("evil"), 1, &err) == 0)
			_exit(14);
		_exit(0);
	}
	usleep(200000);
	ground_person(g, "9999", "新人", "シンジン", "bu");
	must(write(go[1], "x", 1) == 1);
	int status;
	must(waitpid(child, &status, 0) == child);
	assert_int_equal(status, 0);
	close(go[0]), close(go[1]);
	ground_free(g);
}

TEST(the_reading_handle_cannot_write_even_as_owner)
{
	struct ground *g = ground_new();
	struct sql *sql;
	CHECK_OK(sql_open(arena_printf(g->arena, "%s/records/records.db", g->home), SQL_READ, &sql, &err_));
	assert_int_equal(sql_site_insert(sql, TEXT("evil"), 1, &g->err), -1);
	sql_close(sql);
	ground_free(g);
}

TEST(a_damaged_store_is_not_opened)
{
	struct ground *g = ground_new();
	const char *path = arena_printf(g->arena, "%s/records/records.db", g->home);
	sql_close(g->sql);
	g->sql = NULL;
	int fd = open(path, O_RDWR);
	uint8_t junk[4096];
	memset(junk, 0x5a, sizeof junk);
	for (off_t at = 4096 * 3; at < 4096 * 9; at += 4096)
		must(pwrite(fd, junk, sizeof junk, at) == sizeof junk);
	close(fd);
	assert_int_equal(store_open(g->home, g->arena, &g->sql, &g->site, &g->err), -1);
	assert_int_equal(g->err.code, ERR_MISMATCH);
	ground_free(g);
}

static int64_t whole_at(struct ground *g)
{
	struct store_reader *reader;
	int64_t at;

	CHECK_OK(store_read_open(g->home, &reader, &err_));
	CHECK_OK(store_read_whole_at(reader, g->arena, &at, &err_));
	store_read_close(reader);
	return at;
}

TEST(a_store_is_read_whole_after_an_end_that_was_not_in_order)
{
	struct ground *g = ground_new();

	assert_int_equal(whole_at(g), NOW);
	clock_set(NOW + 100);
	CHECK_OK(store_close(g->sql, g->site, &err_));
	CHECK_OK(store_open(g->home, g->arena, &g->sql, &g->site, &err_));
	assert_int_equal(whole_at(g), NOW);
	clock_set(NOW + 200);
	sql_close(g->sql); /* as a killed process leaves it */
	CHECK_OK(store_open(g->home, g->arena, &g->sql, &g->site, &err_));
	assert_int_equal(whole_at(g), NOW + 200);
	ground_free(g);
}

TEST(a_damaged_store_is_not_copied)
{
	struct ground *g = ground_new();
	int pipe_ends[2];

	for (int i = 0; i < 40; i++) /* more than the first pages */
		ground_ticket(g, "1001", "1002");
	CHECK_OK(sql_script(g->sql, "PRAGMA wal_checkpoint(TRUNCATE)", &err_));
	const char *path = arena_printf(g->arena, "%s/records/records.db", g->home);
	must(pipe(pipe_ends) == 0);
	FD(fd) = open(path, O_RDWR);
	off_t end = lseek(fd, 0, SEEK_END);
	uint8_t page[4096];
	memset(page, 0x5a, sizeof page);
	must(pwrite(fd, page, sizeof page, end - 4096) == sizeof page);
	assert_int_equal(database_copy(pipe_ends[1], g->home, "records/records.db", 0640, &g->err), -1);
	assert_int_equal(g->err.code, ERR_MISMATCH);
	close(pipe_ends[0]), close(pipe_ends[1]);
	ground_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_fits_the_schema),
		cmocka_unit_test(postgres_text_numbers_each_name_once),
		cmocka_unit_test(migrating_twice_takes_no_step),
		cmocka_unit_test(a_newer_store_is_refused),
		cmocka_unit_test(another_site_is_refused),
		cmocka_unit_test(a_mere_reader_follows_and_cannot_write),
		cmocka_unit_test(the_reading_handle_cannot_write_even_as_owner),
		cmocka_unit_test(a_damaged_store_is_not_opened),
		cmocka_unit_test(a_store_is_read_whole_after_an_end_that_was_not_in_order),
		cmocka_unit_test(a_damaged_store_is_not_copied),
	};
	return RUN_TESTS(tests);
}
