/* プロセス間の通信 — tests. */
#include "base/check.h"
#include "base/file.h"
#include "base/ipc.h"
#include <sys/socket.h>
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

/* A header that promises a body apart, with this descriptor. */
static int offer(uint32_t length, int fd, struct arena *a, struct err *err)
{
	uint8_t head[IPC_HEADER] = { 'S', 'K', 'I', '1', 0, 7, 0, 1, 0, 0, 0, 1, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length };
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr h = { .msg_iov = &(struct iovec){ head, sizeof head }, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room };
	struct ipc_message in;
	int pair[2];

	must(ipc_pair(pair, NULL) == 0);
	*CMSG_FIRSTHDR(&h) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&h)), &fd, sizeof fd);
	must(sendmsg(pair[0], &h, 0) == IPC_HEADER);
	int result = ipc_receive(pair[1], a, &in, err);
	ipc_drop(&in);
	close(pair[0]), close(pair[1]);
	return result;
}

TEST(a_body_longer_than_a_datagram_arrives)
{
	ARENA(a) = arena_new(0);
	int pair[2];
	struct ipc_message in, out = ipc_start(a, 7, 42);
	struct err why = { 0 };
	size_t n = IPC_BYTES_MOST - 8 - 4;
	uint8_t *much = arena_alloc(a, n);

	CHECK_OK(ipc_pair(pair, &err_));
	for (size_t i = 0; i < n; i++)
		much[i] = (uint8_t)(i * 7 >> 3);
	int fd = memfd_of("x", BYTES("hello"), true, NULL);
	ipc_put_u64(&out, 9);
	ipc_put_bytes(&out, bytes_of(much, n));
	ipc_put_fd(&out, fd);
	CHECK_OK(ipc_send(pair[0], &out, &err_));
	CHECK_OK(ipc_receive(pair[1], a, &in, &err_));
	assert_true(ipc_take_u64(&in) == 9);
	assert_true(bytes_equal(ipc_take_bytes(&in), bytes_of(much, n)));
	close(ipc_take_fd(&in));
	CHECK_OK(ipc_done(&in, &err_));
	ipc_put_u8(&out, 1);
	assert_int_equal(ipc_send(pair[0], &out, &why), -1);
	assert_int_equal(why.code, ERR_LIMIT);
	close(fd), close(pair[0]), close(pair[1]);
}

TEST(a_body_apart_is_a_sealed_memory_file_of_its_length)
{
	ARENA(a) = arena_new(0);
	struct err why = { 0 };
	uint8_t *much = arena_new_array(a, uint8_t, IPC_FRAME_MOST + 2);
	int whole = memfd_of("x", bytes_of(much, IPC_FRAME_MOST + 1), true, NULL), open_one = memfd_of("x", bytes_of(much, IPC_FRAME_MOST + 1), false, NULL), longer = memfd_of("x", bytes_of(much, IPC_FRAME_MOST + 2), true, NULL), pipes[2];

	must(pipe(pipes) == 0);
	CHECK_OK(offer(IPC_FRAME_MOST + 1, whole, a, &err_));
	assert_int_equal(offer(IPC_FRAME_MOST + 2, whole, a, &why), -1);
	assert_int_equal(why.code, ERR_MALFORMED);
	assert_int_equal(offer(IPC_FRAME_MOST + 1, longer, a, &why), -1);
	assert_int_equal(offer(IPC_FRAME_MOST + 1, open_one, a, &why), -1);
	assert_int_equal(why.code, ERR_MALFORMED);
	assert_int_equal(offer(IPC_FRAME_MOST + 1, pipes[0], a, &why), -1);
	assert_int_equal(offer(IPC_BYTES_MOST + 1, whole, a, &why), -1);
	assert_int_equal(offer(UINT32_MAX, whole, a, &why), -1);
	close(whole), close(open_one), close(longer), close(pipes[0]), close(pipes[1]);
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
		cmocka_unit_test(a_body_longer_than_a_datagram_arrives),
		cmocka_unit_test(a_body_apart_is_a_sealed_memory_file_of_its_length),
		cmocka_unit_test(hostile_text_fails_the_message),
	};
	return RUN_TESTS(tests);
}
