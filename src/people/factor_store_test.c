/* 認証情報の保管 — tests. */
#include "base/check.h"
#include "people/factor_store.h"
#include <sys/stat.h>
#include <unistd.h>

static char path[64];
static const struct text sato = { "1001", 4 }, nobody = { "9999", 4 };
static const uint8_t secret[TOTP_SECRET] = { 1, 2, 3 };

static struct factor_store *fresh_store(void)
{
	struct factor_store *s;
	snprintf(path, sizeof path, "/tmp/sekisho-auth-%d.db", (int)getpid());
	char more[80];
	unlink(path);
	snprintf(more, sizeof more, "%s-wal", path), unlink(more);
	snprintf(more, sizeof more, "%s-shm", path), unlink(more);
	CHECK_OK(factor_store_open(path, true, &s, &err_));
	return s;
}

static void drop(struct factor_store *s)
{
	factor_store_close(s);
	unlink(path);
}

TEST(what_is_kept_is_there_after_opening_again)
{
	struct factor_store *s = fresh_store();
	struct factor_row row;
	bool found;
	CHECK_OK(factor_store_set_password(s, sato, "$hash", true, false, &err_));
	CHECK_OK(factor_store_set_factor(s, sato, -1, bytes_of(secret, sizeof secret), 7, &err_));
	factor_store_close(s);
	CHECK_OK(factor_store_open(path, false, &s, &err_));
	CHECK_OK(factor_store_get(s, sato, &row, &found, &err_));
	assert_true(found && row.must_change && row.last_step == 7 && row.secret_n == sizeof secret);
	assert_string_equal(row.password, "$hash");
	assert_memory_equal(row.secret, secret, sizeof secret);
	CHECK_OK(factor_store_get(s, nobody, &row, &found, &err_));
	assert_false(found);
	drop(s);
}

TEST(only_the_owner_may_look)
{
	struct factor_store *s = fresh_store();
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	drop(s);
}

TEST(a_file_that_is_not_there_is_not_made_by_itself)
{
	struct factor_store *s;
	struct err err;
	assert_int_equal(factor_store_open("/tmp/sekisho-no-such.db", false, &s, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

TEST(a_step_is_accepted_once_and_older_ones_never_again)
{
	struct factor_store *s = fresh_store();
	bool fresh;
	CHECK_OK(factor_store_set_password(s, sato, "$hash", false, false, &err_));
	CHECK_OK(factor_store_use_step(s, sato, 10, &fresh, &err_));
	assert_true(fresh);
	CHECK_OK(factor_store_use_step(s, sato, 10, &fresh, &err_));
	assert_false(fresh);
	CHECK_OK(factor_store_use_step(s, sato, 9, &fresh, &err_));
	assert_false(fresh);
	/* Neither a cleared factor nor a new one makes it good again. */
	CHECK_OK(factor_store_set_password(s, sato, "$hash", true, true, &err_));
	CHECK_OK(factor_store_set_factor(s, sato, -1, bytes_of(secret, sizeof secret), 0, &err_));
	CHECK_OK(factor_store_use_step(s, sato, 10, &fresh, &err_));
	assert_false(fresh);
	CHECK_OK(factor_store_use_step(s, sato, 11, &fresh, &err_));
	assert_true(fresh);
	CHECK_OK(factor_store_use_step(s, nobody, 11, &fresh, &err_));
	assert_false(fresh);
	drop(s);
}

TEST(what_was_begun_before_a_change_is_void)
{
	struct factor_store *s = fresh_store();
	struct factor_row row;
	struct err err;
	bool found;
	CHECK_OK(factor_store_set_password(s, sato, "$one", true, false, &err_));
	CHECK_OK(factor_store_get(s, sato, &row, &found, &err_));
	CHECK_OK(factor_store_set_password(s, sato, "$two", true, true, &err_));
	assert_int_equal(factor_store_change_password(s, sato, row.generation, "$three", &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(factor_store_set_factor(s, sato, row.generation, bytes_of(secret, sizeof secret), 1, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	CHECK_OK(factor_store_get(s, sato, &row, &found, &err_));
	assert_string_equal(row.password, "$two");
	CHECK_OK(factor_store_change_password(s, sato, row.generation, "$three", &err_));
	CHECK_OK(factor_store_get(s, sato, &row, &found, &err_));
	assert_false(row.must_change);
	assert_int_equal(row.secret_n, 0);
	drop(s);
}

TEST(a_factor_wants_a_person_and_a_real_secret)
{
	struct factor_store *s = fresh_store();
	struct err err;
	assert_int_equal(factor_store_set_factor(s, nobody, -1, bytes_of(secret, sizeof secret), 0, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	CHECK_OK(factor_store_set_password(s, sato, "$hash", true, false, &err_));
	assert_int_equal(factor_store_set_factor(s, sato, -1, bytes_of(secret, 9), 0, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	drop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_there_after_opening_again),
		cmocka_unit_test(only_the_owner_may_look),
		cmocka_unit_test(a_file_that_is_not_there_is_not_made_by_itself),
		cmocka_unit_test(a_step_is_accepted_once_and_older_ones_never_again),
		cmocka_unit_test(what_was_begun_before_a_change_is_void),
		cmocka_unit_test(a_factor_wants_a_person_and_a_real_secret),
	};
	return RUN_TESTS(tests);
}
