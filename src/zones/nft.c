/* nftの呼び出し — contract in nft.h. Input and output are files in memory, so that nothing waits for a pipe. */
#include "zones/nft.h"
#include "base/file.h"
#include "base/text.h"
#include "zones/limits.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MOST = 400 };

struct run {
	int in, out, said;
};

static int memory_file(const char *name, struct bytes content, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make a file in memory");
	for (size_t at = 0; at < content.n;) {
		ssize_t n = write(fd, content.p + at, content.n - at);
		if (n <= 0) {
			fail_errno(err, ERR_IO, "cannot write a file in memory");
			close(fd);
			return -1;
		}
		at += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static _Noreturn void become_nft(const struct run *run, const char *const *words)
{
	static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	const struct rlimit most = { ZONES_DUMP_BYTES_MOST, ZONES_DUMP_BYTES_MOST };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_FSIZE, &most);
	if (dup2(run->in, 0) != 0 || dup2(run->out, 1) != 1 || dup2(run->said, 2) != 2 || close_range(3, ~0u, 0) != 0)
		_exit(126);
	execve("/usr/sbin/nft", (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)environment);
	_exit(127);
}

static int wait_for(pid_t pid, int *status, struct err *err)
{
	FD(child) = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = child, .events = POLLIN };
	int got;

	do
		got = child >= 0 ? poll(&p, 1, ZONES_NFT_SECONDS_MOST * 1000) : 0;
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, ERR_IO, "cannot wait for nft");
	return got > 0 ? 0 : fail(err, ERR_LIMIT, ZONES_NFT_SECONDS_MOST, "nft did not end within %d seconds", ZONES_NFT_SECONDS_MOST);
}

static int read_back(struct arena *arena, int fd, size_t most, struct bytes *out, struct err *err)
{
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(err, ERR_IO, "cannot read what nft wrote");
	return file_read_fd(arena, fd, most, out, err);
}

/* out may be NULL: what it prints is of no interest. */
static int run_nft(const char *const *words, struct bytes input, struct arena *arena, struct bytes *out, struct err *err)
{
	ARENA(own) = arena_new(0);
	FD(in) = memory_file("nft-in", input, err);
	FD(printed) = memory_file("nft-out", BYTES(""), err);
	FD(said) = memory_file("nft-said", BYTES(""), err);
	const struct run run = { in, printed, said };
	struct bytes words_said = BYTES("");
	int status;

	if (in < 0 || printed < 0 || said < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return fail_errno(err, ERR_IO, "cannot make a process for nft");
	if (pid == 0)
		become_nft(&run, words);
	if (wait_for(pid, &status, err) != 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return fail(err, ERR_NOT_FOUND, 0, "/usr/sbin/nft is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		if (read_back(own, said, 1 << 20, &words_said, NULL) != 0)
			words_said = BYTES("");
		const uint8_t *end = memchr(words_said.p, '\n', words_said.n);
		words_said.n = end ? (size_t)(end - words_said.p) : words_said.n;
		return fail(err, ERR_INVALID, (uint64_t)status, "nft refuses: %s", text_printable(own, words_said, SAID_MOST));
	}
	return out ? read_back(arena, printed, ZONES_DUMP_BYTES_MOST, out, err) : 0;
}

int nft_check(struct bytes batch, struct err *err)
{
	return run_nft((const char *const[]){ "nft", "-c", "-f", "-", NULL }, batch, NULL, NULL, err);
}

int nft_load(struct bytes batch, struct err *err)
{
	return run_nft((const char *const[]){ "nft", "-f", "-", NULL }, batch, NULL, NULL, err);
}

int nft_list(struct arena *arena, enum nft_listing what, struct bytes *out, struct err *err)
{
	return run_nft((const char *const[]){ "nft", what == NFT_JSON ? "-j" : "-s", "-n", "list", "ruleset", NULL }, BYTES(""), arena, out, err);
}
