/* プロセス間の通信 — tests. */
#include "base/check.h"
#include "base/file.h"
#include "base/ipc.h"
#include <unistd.h>

TEST(fields_and_descriptors_arrive)
{
	ARENA(a) = arena_new(0);
	int pair[2];
	struct ipc_message in, out = ipc_start(a, 7, 42);
	CHECK_OK(ipc_pair(pair, &err_));
	int fd = memfd_of("x", BYTES("hello"), true, NULL);
	ipc_put_u64(&out, 1ull << 60);
	ipc_put_text(&out, TEXT("関所"));
	ipc_put_fd(&out, fd);
	CHECK_OK(ipc_send(pair[0], &out, &err_));
	CHECK_OK(ipc_receive(pair[1], a, &in, &err_));
	assert_int_equal(in.type, 7);
	assert_int_equal(in.sequence, 42);
	assert_true(ipc_take_u64(&in) == 1ull << 60);
	assert_string_equal(ipc_take_text(&in).p, "関所");
	int got = ipc_take_fd(&in);
	CHECK_OK(ipc_done(&in, &err_));
	char say[5];
	assert_int_equal(pread(got, say, 5, 0), 5);
	assert_memory_equal(say, "hello", 5);
	close(got), close(fd), close(pair[0]), close(pair[1]);
}

TEST(a_message_not_fully_consumed_is_refused)
{
	ARENA(a) = arena_new(0);
	int pair[2];
	struct ipc_message in, out = ipc_start(a, 7, 1);
	CHECK_OK(ipc_pair(pair, &err_));
	ipc_put_u8(&out, 1);
	ipc_put_u8(&out, 2);
	CHECK_OK(ipc_send(pair[0], &out, &err_));
	CHECK_OK(ipc_receive(pair[1], a, &in, &err_));
	ipc_take_u8(&in);
	assert_int_equal(ipc_done(&in, NULL), -1);
	close(pair[0]), close(pair[1]);
}

TEST(a_bad_header_is_refused)
{
	ARENA(a) = arena_new(0);
	int pair[2];
	struct ipc_message in;
	CHECK_OK(ipc_pair(pair, &err_));
	assert_int_equal(write(pair[0], "SKI2............", 16), 16);
	assert_int_equal(ipc_receive(pair[1], a, &in, NULL), -1);
	assert_int_equal(write(pair[0], "x", 1), 1);
	assert_int_equal(ipc_receive(pair[1], a, &in, NULL), -1);
	close(pair[0]), close(pair[1]);
}

TEST(hostile_text_fails_the_message)
{
	ARENA(a) = arena_new(0);
	int pair[2];
	struct ipc_message in, out = ipc_start(a, 7, 1);
	CHECK_OK(ipc_pair(pair, &err_));
	ipc_put_bytes(&out, BYTES("\xff\xfe"));
	CHECK_OK(ipc_send(pair[0], &out, &err_));
	CHECK_OK(ipc_receive(pair[1], a, &in, &err_));
	assert_int_equal(ipc_take_text(&in).n, 0);
	assert_int_equal(ipc_done(&in, NULL), -1);
	close(pair[0]), close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_and_descriptors_arrive),
		cmocka_unit_test(a_message_not_fully_consumed_is_refused),
		cmocka_unit_test(a_bad_header_is_refused),
		cmocka_unit_test(hostile_text_fails_the_message),
	};
	return RUN_TESTS(tests);
}
