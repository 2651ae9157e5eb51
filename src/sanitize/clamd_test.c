/* 第二の意見 — tests against a clamd of our own that listens once, in a child process, and says what the test wants. The real one: tests/articles/second_opinion_is_heard.sh. */
#include "base/check.h"
#include "base/file.h"
#include "base/loop.h"
#include "sanitize/clamd.h"
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 300000, PATIENCE = 20000 };
static char path[64];
static struct loop *loop;
static struct clamd_answer heard_answer;
static unsigned heard_count;

static void read_all(int fd, void *to, size_t n)
{
	for (uint8_t *p = to; n > 0;) {
		ssize_t got = read(fd, p, n);
		if (got <= 0)
			_exit(1);
		p += got, n -= (size_t)got;
	}
}

/* Reads the whole stream as the protocol has it, then answers. early: answers after the first piece and goes. */
static _Noreturn void be_clamd(int listener, struct bytes reply, bool early)
{
	int fd = accept(listener, NULL, NULL);
	char command[10];
	uint64_t total = 0;

	read_all(fd, command, sizeof command);
	if (memcmp(command, "zINSTREAM", 10) != 0)
		_exit(2);
	for (;;) {
		static uint8_t piece[1 << 17];
		uint8_t length[4];
		read_all(fd, length, 4);
		size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
		if (n == 0)
			break;
		if (n > sizeof piece)
			_exit(3);
		read_all(fd, piece, n);
		for (size_t i = 0; i < n; i++)
			if (piece[i] != (uint8_t)((total + i) * 7))
				_exit(4);
		total += n;
		if (early)
			break;
	}
	if (!early && total != SIZE)
		_exit(5);
	if (reply.n && write(fd, reply.p, reply.n) != (ssize_t)reply.n)
		_exit(6);
	_exit(0);
}

static pid_t start_clamd(struct bytes reply, bool early)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof path, "/tmp/sekisho-clamd-%d", (int)getpid());
	unlink(path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid_t pid = fork();
	if (pid == 0)
		be_clamd(listener, reply, early);
	close(listener);
	return pid;
}

static void heard(void *self, const struct clamd_answer *answer)
{
	(void)self;
	heard_answer = *answer;
	heard_count++;
	loop_stop(loop);
}

static enum clamd_says ask(int64_t patience)
{
	static uint8_t content[SIZE];
	struct err err;

	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 7);
	int fd = memfd_of("in", bytes_of(content, SIZE), true, NULL);
	loop = loop_new();
	heard_count = 0;
	clamd_ask(loop, path, fd, SIZE, patience, heard, NULL);
	CHECK_OK(loop_run(loop, &err));
	assert_int_equal(heard_count, 1);
	loop_free(loop);
	close(fd);
	return heard_answer.says;
}

static enum clamd_says answered(struct bytes reply, bool early)
{
	pid_t pid = start_clamd(reply, early);
	enum clamd_says says = ask(PATIENCE);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(path);
	return says;
}

TEST(what_clamd_says_is_heard)
{
	assert_int_equal(answered(BYTES("stream: OK\0"), false), CLAMD_CLEAN);
	assert_int_equal(answered(BYTES("stream: Sekisho.Test.UNOFFICIAL FOUND\0"), false), CLAMD_FOUND);
	assert_string_equal(heard_answer.name, "Sekisho.Test.UNOFFICIAL");
	assert_int_equal(answered(BYTES("INSTREAM size limit exceeded. ERROR\0"), true), CLAMD_TOO_LARGE);
	assert_int_equal(answered(BYTES("stream: Early FOUND\0"), true), CLAMD_FOUND);
}

TEST(what_cannot_be_believed_is_silence)
{
	assert_int_equal(answered(BYTES("stream: OK\0"), true), CLAMD_SILENT); /* it has not seen the whole */
	assert_int_equal(answered(BYTES(""), false), CLAMD_SILENT);
	assert_int_equal(answered(BYTES("stream: OK and more\0"), false), CLAMD_SILENT);
	assert_int_equal(answered(BYTES("stream: two words FOUND\0"), false), CLAMD_SILENT);
	assert_int_equal(answered(BYTES("COMMAND READ TIMED OUT\0"), false), CLAMD_SILENT);
}

TEST(nobody_there_is_silence_and_so_is_one_that_does_not_answer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char version[CLAMD_VERSION_MOST + 1];
	struct err err;

	snprintf(path, sizeof path, "/tmp/sekisho-clamd-%d", (int)getpid());
	assert_int_equal(ask(PATIENCE), CLAMD_SILENT);
	assert_int_equal(clamd_version(path, version, &err), -1);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(ask(50), CLAMD_SILENT);
	close(listener);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clamd_says_is_heard),
		cmocka_unit_test(what_cannot_be_believed_is_silence),
		cmocka_unit_test(nobody_there_is_silence_and_so_is_one_that_does_not_answer),
	};
	return RUN_TESTS(tests);
}
