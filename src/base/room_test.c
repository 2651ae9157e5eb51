/* ディスクの空きの試験 — levels change once, at their limits, and come back only with a margin. */
#include "base/check.h"
#include "base/room.h"
#include <fcntl.h>

static void levels_change_once_and_come_back_with_a_margin(void **state)
{
	struct room r = { .warn = 1000, .stop = 400, .told = true };

	(void)state;
	assert_false(room_judge(&r, 1000));
	assert_true(room_judge(&r, 999));
	assert_int_equal(r.level, ROOM_SCARCE);
	assert_false(r.told);
	r.told = true;
	assert_false(room_judge(&r, 400));
	assert_true(r.told);
	assert_true(room_judge(&r, 399));
	assert_int_equal(r.level, ROOM_STOP);
	assert_false(room_judge(&r, 449)); /* 400 + 50 */
	assert_true(room_judge(&r, 450));
	assert_int_equal(r.level, ROOM_SCARCE);
	assert_false(room_judge(&r, 1124));
	assert_true(room_judge(&r, 1125));
	assert_int_equal(r.level, ROOM_ENOUGH);
	assert_true(room_judge(&r, 0)); /* at once to the worst */
	assert_int_equal(r.level, ROOM_STOP);
	assert_true(room_judge(&r, 5000)); /* and back */
	assert_int_equal(r.level, ROOM_ENOUGH);
	assert_string_equal(room_event(ROOM_STOP), "disk.full");
}

static void the_disk_is_looked_at(void **state)
{
	struct room r = { .warn = 1, .stop = 1 };

	(void)state;
	assert_false(room_look(&r, AT_FDCWD)); /* no descriptor: what was known stays */
	assert_int_equal(r.free, 0);
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	room_look(&r, fd);
	assert_true(r.free > 0);
	r = (struct room){ .warn = UINT64_MAX / 2, .stop = UINT64_MAX / 2 };
	assert_true(room_look(&r, fd));
	assert_int_equal(r.level, ROOM_STOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(levels_change_once_and_come_back_with_a_margin), cmocka_unit_test(the_disk_is_looked_at) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
