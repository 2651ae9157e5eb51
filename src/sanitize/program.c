/* 親型プロセスの世話 — contract in program.h. */
#include "sanitize/program.h"
#include "base/clock.h"
#include "base/ipc.h"
#include "sanitize/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SEKISHO_LIBEXEC
#define SEKISHO_LIBEXEC "/usr/lib/sekisho"
#endif

struct program {
	struct loop *loop;
	const char *folder, *name;
	program_hears *ended;
	void *self;
	pid_t pid; /* 0: not running */
	int socket;
	struct loop_watch *watch;
	unsigned walls;
	int landlock_abi;
	struct arena *arena; /* of one message */
};

struct program *program_new(struct loop *loop, const char *folder, const char *name, program_hears *ended, void *self)
{
	struct program *p = calloc(1, sizeof *p);

	must(p);
	*p = (struct program){ .loop = loop, .folder = folder, .name = name, .ended = ended, .self = self, .socket = -1, .arena = arena_new(0) };
	return p;
}

static void bury(struct program *p)
{
	loop_remove(p->watch);
	p->watch = NULL;
	if (p->socket >= 0)
		close(p->socket);
	p->socket = -1;
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
}

void program_free(struct program *p)
{
	if (!p)
		return;
	if (p->pid > 0 && p->socket >= 0) { /* the closed socket is the order to end: so its children's CPU time is counted too */
		loop_remove(p->watch);
		p->watch = NULL;
		close(p->socket);
		p->socket = -1;
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
		p->pid = 0;
	}
	bury(p);
	arena_free(p->arena);
	free(p);
}

bool program_is_running(const struct program *p) { return p->pid != 0; }
const char *program_name(const struct program *p) { return p->name; }

unsigned program_walls(const struct program *p, int *landlock_abi)
{
	if (landlock_abi)
		*landlock_abi = p->landlock_abi;
	return p->walls;
}

static _Noreturn void become(const char *path, const char *name, int socket, pid_t broker)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != broker)
		_exit(1); /* the broker died meanwhile */
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(127);
	if (socket == ZYGOTE_SOCKET ? fcntl(socket, F_SETFD, 0) != 0 : dup2(socket, ZYGOTE_SOCKET) < 0)
		_exit(127);
	close_range(ZYGOTE_SOCKET + 1, ~0u, 0);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execle(path, name, (char *)NULL, (char *const[]){ NULL }); /* no environment: nothing of it is needed, much of it could be told */
	_exit(127);
}

static void heard(void *self, int fd, unsigned what);

int program_spawn(struct program *p, struct err *err)
{
	int pair[2];
	char path[1024];

	if (p->pid)
		return 0;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", p->folder, p->name) >= sizeof path)
		return fail(err, ERR_LIMIT, 0, "the path of %s is too long", p->name);
	if (access(path, X_OK) != 0)
		return fail_errno(err, ERR_JAIL, "cannot start %s", path);
	if (ipc_pair(pair, err) != 0)
		return -1;
	pid_t broker = getpid(), pid = fork();
	if (pid == 0)
		become(path, p->name, pair[1], broker);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return fail_errno(err, ERR_JAIL, "cannot start %s", p->name);
	}
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) {
		close(pair[0]);
		return fail_errno(err, ERR_JAIL, "cannot talk to %s", p->name);
	}
	p->pid = pid;
	p->socket = pair[0];
	p->watch = loop_add(p->loop, p->socket, LOOP_READ, heard, p);
	return 0;
}

static void died(struct program *p)
{
	bury(p);
	p->ended(p->self, &(struct program_ended){ .died = true });
}

int program_start(struct program *p, uint32_t job, const struct sandbox_limits *limits, struct bytes request, const int fds[], struct err *err)
{
	uint8_t given = 0;

	arena_clear(p->arena);
	struct ipc_message m = ipc_start(p->arena, ZYGOTE_START, job);
	ipc_put_u32(&m, limits->cpu_seconds);
	ipc_put_u64(&m, limits->file_size);
	ipc_put_u64(&m, limits->address_space);
	for (int i = 0; i < JOB_FDS; i++)
		if (fds[i] >= 0)
			given |= (uint8_t)(1 << i), ipc_put_fd(&m, fds[i]);
	ipc_put_u8(&m, given);
	ipc_put_bytes(&m, request);
	int got = -1;
	for (int tries = 0; got != 0 && tries < 2; tries++) {
		if (program_spawn(p, err) != 0)
			break;
		got = ipc_send(p->socket, &m, err);
		if (got == 0 || err->code != ERR_PEER)
			break;
		died(p); /* its death was not heard yet: else every job that waits would run against it and be refused */
	}
	explicit_bzero(m.out.p, m.out.n); /* it may hold a password */
	return got;
}

void program_kill(struct program *p, uint32_t job)
{
	ARENA(arena) = arena_new(0);

	if (p->pid == 0)
		return;
	struct ipc_message m = ipc_start(arena, ZYGOTE_KILL, job);
	if (ipc_send(p->socket, &m, NULL) != 0)
		kill(p->pid, SIGKILL); /* it does not listen: all its jobs end */
}

static void heard(void *self, int fd, unsigned what)
{
	struct program *p = self;
	struct ipc_message m;
	struct err err;
	pid_t pid = p->pid;

	(void)what;
	while (p->pid == pid) {
		ARENA(arena) = arena_new(0); /* its own: what is heard may start a job */
		if (ipc_receive(fd, arena, &m, &err) != 0) {
			if (err.code != ERR_BUSY)
				died(p);
			return;
		}
		struct program_ended e = { .job = m.sequence };
		uint32_t first = ipc_take_u32(&m);
		if (m.type == ZYGOTE_READY) {
			p->walls = first;
			p->landlock_abi = (int)ipc_take_u32(&m);
		} else {
			e.status = (int)first;
			e.cpu_microseconds = ipc_take_u64(&m);
			e.resident_kib = ipc_take_u64(&m);
		}
		uint16_t type = m.type;
		if (ipc_done(&m, NULL) != 0 || (type != ZYGOTE_READY && type != ZYGOTE_ENDED)) {
			died(p); /* a zygote that speaks otherwise is no longer ours */
			return;
		}
		if (type == ZYGOTE_ENDED)
			p->ended(p->self, &e);
	}
}

const char *program_folder(struct arena *arena)
{
	char self[1024];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n > 0) {
		self[n] = 0;
		char *slash = strrchr(self, '/');
		if (slash) {
			*slash = 0;
			if (access(arena_printf(arena, "%s/verifier", self), X_OK) == 0)
				return arena_copy(arena, self, strlen(self));
		}
	}
	return SEKISHO_LIBEXEC;
}
