/* よその命令 — contract in program.h. */
#include "base/program.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_PROGRAM = 127, NO_WALLS = 126, COMPLAINT_MOST = 4096 };

static bool put_map(const char *path, const char *map)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);

	if (fd >= 0)
		close(fd);
	return done;
}

int program_apart(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(uid == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return -1;
	if (uid == 0)
		return 0;
	snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
	if (!put_map("/proc/self/setgroups", "deny") || !put_map("/proc/self/uid_map", map))
		return -1;
	snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
	return put_map("/proc/self/gid_map", map) ? 0 : -1;
}

static bool go_apart(void)
{
	static const struct sandbox_folder folders[] = { { "/usr", SANDBOX_READ | SANDBOX_EXECUTE }, { "/lib", SANDBOX_READ | SANDBOX_EXECUTE }, { "/lib64", SANDBOX_READ | SANDBOX_EXECUTE },
		{ "/bin", SANDBOX_READ | SANDBOX_EXECUTE }, { "/sbin", SANDBOX_READ | SANDBOX_EXECUTE }, { "/etc", SANDBOX_READ }, { "/dev/null", SANDBOX_READ | SANDBOX_WRITE }, { "/proc/self", SANDBOX_READ }, { NULL, 0 } };
	struct err err;

	if (program_apart() != 0)
		return false;
	return sandbox_landlock_allow(folders, &err) == 0 || err.code == ERR_UNSUPPORTED;
}

static _Noreturn void become(const struct program *p, int in, int out, int complaint)
{
	static char *environment[] = { (char *)(uintptr_t)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)(uintptr_t)"LC_ALL=C", NULL };

	sigset_t none;

	sigemptyset(&none); /* a daemon's loop holds signals back */
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	const struct rlimit most = { p->most + 1, p->most + 1 };
	setrlimit(RLIMIT_FSIZE, &most);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(complaint, 2) < 0 || (p->apart && !go_apart()))
		_exit(NO_WALLS);
	environ = environment;
	execvp(p->argv[0], (char *const *)(uintptr_t)p->argv);
	_exit(NO_PROGRAM);
}

static int ended_badly(struct arena *arena, const char *name, int status, int complaint, struct err *err)
{
	struct bytes said;

	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM)
		return fail(err, ERR_NOT_FOUND, 0, "the program %s is not there", name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_WALLS)
		return fail(err, ERR_JAIL, 0, "%s cannot be started in a network of its own", name);
	if (lseek(complaint, 0, SEEK_SET) != 0 || file_read_fd(arena, complaint, COMPLAINT_MOST, &said, NULL) != 0)
		said = BYTES("");
	const uint8_t *end = said.n ? memchr(said.p, '\n', said.n) : NULL;
	return fail(err, ERR_INVALID, 0, "%s failed: %s", name, text_printable(arena, bytes_of(said.p, end ? (size_t)(end - said.p) : said.n), 160));
}

static int wait_for(pid_t child, const struct program *p, int *status, struct err *err)
{
	FD(handle) = p->seconds ? (int)syscall(SYS_pidfd_open, child, 0) : -1;
	struct pollfd ends = { .fd = handle, .events = POLLIN };
	int got = 1;

	if (p->seconds)
		while ((got = handle >= 0 ? poll(&ends, 1, (int)p->seconds * 1000) : 0) < 0 && errno == EINTR)
			;
	if (got <= 0)
		kill(child, SIGKILL);
	while (waitpid(child, status, 0) < 0 && errno == EINTR)
		;
	return got > 0 ? 0 : fail(err, ERR_LIMIT, p->seconds, "%s did not end within %u seconds", p->argv[0], p->seconds);
}

int program_run(struct arena *arena, const struct program *p, struct bytes *out, struct err *err)
{
	FD(in) = memfd_of("in", p->input, false, err);
	FD(to) = in < 0 ? -1 : memfd_new("out", err);
	FD(complaint) = to < 0 ? -1 : memfd_new("complaint", err);
	int status;

	if (complaint < 0)
		return -1;
	if (lseek(in, 0, SEEK_SET) != 0)
		return fail_errno(err, ERR_IO, "cannot begin the input");
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		become(p, in, to, complaint);
	if (child < 0)
		return fail_errno(err, ERR_IO, "cannot start %s", p->argv[0]);
	if (wait_for(child, p, &status, err) != 0)
		return -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		return fail(err, ERR_LIMIT, p->most, "%s writes more than %zu bytes", p->argv[0], p->most);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return ended_badly(arena, p->argv[0], status, complaint, err);
	if (lseek(to, 0, SEEK_SET) != 0)
		return fail_errno(err, ERR_IO, "cannot read what %s wrote", p->argv[0]);
	return file_read_fd(arena, to, p->most, out, err);
}
