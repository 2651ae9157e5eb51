/* 親型プロセス — contract in zygote.h. Two processes: the first waits, so that the broker has a child to wait for and its CPU time is counted;
 * the second is number 1 of its own processes, takes jobs from descriptor 3 and forks one child for each. */
#include "sanitize/zygote.h"
#include "base/ipc.h"
#include "base/sandbox.h"
#include "sanitize/wire.h"
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_MOST = 512, OPEN_FILES = 32, EXIT_WALL = 70, LARGE_PAGE = 2 << 20, LARGE_ROOM = 16 << 20, HEAP_BEGUN = 32 * 1024 };

static struct child {
	pid_t pid;
	uint32_t job;
} children[CHILDREN_MOST];
static size_t child_count;
static struct sandbox_filter *filter;
static void *large_from; /* NULL: none */

static _Noreturn void give_up(const char *name, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", name, err->say);
	exit(EXIT_WALL);
}

/* Walls that only some kernels have are built where they are had; the mask says which stand. */
static unsigned optional(unsigned wall, int built, const char *name, struct err *err)
{
	if (built == 0)
		return wall;
	if (err->code != ERR_UNSUPPORTED)
		give_up(name, err);
	return 0;
}

static unsigned build_walls(const struct zygote *z)
{
	struct err err = { 0 };
	unsigned walls = WALL_NO_NEW_PRIVS | WALL_UNDUMPABLE | WALL_LIMITS;
	struct sandbox_limits limits = { .address_space = z->memory, .open_files = OPEN_FILES };

	if (sandbox_drop_capabilities(&err) != 0 || sandbox_no_new_privs(&err) != 0)
		give_up(z->name, &err);
	walls |= optional(WALL_LANDLOCK, sandbox_landlock_deny_all(&err), z->name, &err);
	walls |= optional(WALL_MDWE, sandbox_mdwe(&err), z->name, &err);
	if (sandbox_limit(&limits, &err) != 0 || sandbox_undumpable(&err) != 0)
		give_up(z->name, &err);
#ifndef SEKISHO_ASAN /* the sanitizers need more calls than any list of ours */
	if (sandbox_filter_make(z->calls, &filter, &err) != 0)
		give_up(z->name, &err);
	walls |= WALL_SECCOMP;
#endif
	return walls;
}

static void say(struct arena *arena, uint16_t type, uint32_t job, const uint64_t *values, size_t count)
{
	struct ipc_message m = ipc_start(arena, type, job);

	if (type == ZYGOTE_READY) {
		ipc_put_u32(&m, (uint32_t)values[0]);
		ipc_put_u32(&m, (uint32_t)values[1]);
	} else {
		ipc_put_u32(&m, (uint32_t)values[0]);
		for (size_t i = 1; i < count; i++)
			ipc_put_u64(&m, values[i]);
	}
	if (ipc_send(ZYGOTE_SOCKET, &m, NULL) != 0)
		exit(0); /* no broker, no work: number 1 ends, and the kernel ends every child with it */
}

/* The heap's top begins at a boundary of large pages (see align_heap). A job that needs some hundred pages gets one large one: a single fault. */
static void use_large_pages(void)
{
	if (large_from)
		madvise(large_from, LARGE_ROOM, MADV_HUGEPAGE);
}

static _Noreturn void be_child(const struct zygote *z, struct bytes request, const int fds[], const struct sandbox_limits *limits)
{
	struct err err = { 0 };
	int first = INT_MAX, last = ZYGOTE_SOCKET;

	for (int i = 0; i < JOB_FDS; i++) {
		last = MAX(last, fds[i]);
		if (fds[i] >= 0)
			first = MIN(first, fds[i]);
	}
#ifdef SEKISHO_ASAN /* its reports need descriptor 2 */
	close_range(0, 1, 0), close_range(ZYGOTE_SOCKET, (unsigned)first - 1, 0);
#else
	close_range(0, (unsigned)first - 1, 0);
#endif
	close_range((unsigned)last + 1, ~0u, 0);
	if (z->large && z->large(request))
		use_large_pages();
	if (sandbox_limit(limits, &err) != 0)
		_exit(EXIT_WALL);
	if (filter && sandbox_filter_install(filter, &err) != 0)
		_exit(EXIT_WALL);
	_exit(z->serve(request, fds));
}

static void start_job(const struct zygote *z, struct arena *arena, struct ipc_message *m)
{
	int fds[JOB_FDS];
	struct sandbox_limits limits = { .processes_zero = 1 };
	limits.cpu_seconds = ipc_take_u32(m);
	limits.file_size = ipc_take_u64(m);
	limits.address_space = ipc_take_u64(m);
	uint8_t given = ipc_take_u8(m);
	struct bytes request = ipc_take_bytes(m);

	for (int i = 0; i < JOB_FDS; i++)
		fds[i] = given >> i & 1 ? ipc_take_fd(m) : -1;
	uint32_t job = m->sequence;
	must(ipc_done(m, NULL) == 0 && child_count < CHILDREN_MOST);
	pid_t pid = fork();
	if (pid == 0)
		be_child(z, request, fds, &limits);
	for (int i = 0; i < JOB_FDS; i++)
		if (fds[i] >= 0) {
			close_range((unsigned)fds[i], ~0u, 0); /* the lowest, and so all: nothing else stands above it */
			break;
		}
	explicit_bzero((void *)(uintptr_t)request.p, request.n); /* it may hold a password */
	if (pid < 0)
		say(arena, ZYGOTE_ENDED, job, (uint64_t[]){ SIGKILL, 0, 0 }, 3);
	else
		children[child_count++] = (struct child){ pid, job };
}

static void kill_job(uint32_t job)
{
	for (size_t i = 0; i < child_count; i++)
		if (children[i].job == job)
			kill(children[i].pid, SIGKILL);
}

static void bury(struct arena *arena)
{
	struct rusage used;
	int status;
	pid_t pid;

	while (child_count > 0 && (pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
		for (size_t i = 0; i < child_count; i++) {
			if (children[i].pid != pid)
				continue;
			uint64_t cpu = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000u +
				       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
			uint32_t job = children[i].job;
			children[i] = children[--child_count];
			say(arena, ZYGOTE_ENDED, job, (uint64_t[]){ (uint64_t)(unsigned)status, cpu, (uint64_t)used.ru_maxrss }, 3);
			break;
		}
	}
}

static int take_jobs(const struct zygote *z)
{
	struct arena *arena = arena_new(0);
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &ends, NULL) == 0);
	int signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK); /* no handler: its frame would cost pages after every fork */
	must(signals >= 0);
	for (;;) {
		struct pollfd p[] = { { .fd = ZYGOTE_SOCKET, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo info;
		struct ipc_message m;

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents && read(signals, &info, sizeof info) > 0)
			bury(arena);
		if (p[0].revents) {
			if (ipc_receive(ZYGOTE_SOCKET, arena, &m, NULL) != 0)
				return 0;
			if (m.type == ZYGOTE_START)
				start_job(z, arena, &m);
			else if (m.type == ZYGOTE_KILL)
				kill_job(m.sequence), ipc_drop(&m);
			else
				die(__FILE__, __LINE__, "the broker says something unknown");
		}
		arena_clear(arena);
	}
}

/* Waits for number 1, and dies with the broker. */
static int wait_for(pid_t one)
{
	int status;

	close(ZYGOTE_SOCKET);
	while (waitpid(one, &status, 0) != one)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Grows the heap, untouched, so that what a child allocates after the zygote's own few kilobytes begins at a boundary of large pages. */
static void align_heap(void)
{
#ifndef SEKISHO_ASAN
	uint8_t *here = malloc(HEAP_BEGUN); /* what the zygote itself will still want comes from here */
	must(here);
	uintptr_t after = (uintptr_t)here + HEAP_BEGUN, from = (after + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	void *gap = malloc(from - after > 64 ? from - after - 32 : 1), *room = malloc(LARGE_ROOM);
	must(gap && room);
	if ((uintptr_t)room >= from - 64 && (uintptr_t)room < from + 4096)
		large_from = (void *)from;
	free(room); /* to the top of the heap, which is never given back */
	free(here);
#endif
}

int zygote_main(const struct zygote *z)
{
	struct err err = { 0 };
	int abi = 0;

	signal(SIGPIPE, SIG_IGN);
	/* One heap, never given back: no mmap and munmap per job, and no page faulted in twice. */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_TOP_PAD, 256 * 1024);
	align_heap();
	if (z->prepare)
		z->prepare();
	sandbox_walls(&abi);
	unsigned walls = optional(WALL_NAMESPACES, sandbox_namespaces(&err), z->name, &err);
	pid_t one = fork();
	if (one < 0)
		return EXIT_WALL;
	if (one > 0)
		return wait_for(one);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	walls |= build_walls(z);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* again: a change of rights forgets it */
	ARENA(arena) = arena_new(0);
	say(arena, ZYGOTE_READY, 0, (uint64_t[]){ walls, (uint64_t)abi }, 2);
	return take_jobs(z);
}
