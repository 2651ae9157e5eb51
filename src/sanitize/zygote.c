/* 親型プロセス — contract in zygote.h. Two processes: the first waits, so that the broker has a child to wait for and its CPU time is counted;
 * the second is number 1 of its own processes, takes jobs from descriptor 3 and forks one child for each. */
#include "sanitize/zygote.h"
#include "base/ipc.h"
#include "base/sandbox.h"
#include "sanitize/wire.h"
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN_MOST = 512, OPEN_FILES = 32, EXIT_WALL = 70, LARGE_PAGE = 2 << 20, LARGE_ROOM = 16 << 20, RSEQ_BYTES = 32, HEAP_BEGUN = 32 * 1024, HOLE_MOST = 4 << 20, HOLE_LEAST = 32 };

static struct child {
	pid_t pid;
	uint32_t job;
} children[CHILDREN_MOST];
static size_t child_count;
static struct sandbox_filter *filter;
static void *large_from;	     /* NULL: none */
static size_t large_is_worth; /* so many small pages, on this machine */

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

	if (z->builds_own_walls) {
		if (sandbox_no_new_privs(&err) != 0)
			give_up(z->name, &err);
		return WALL_NO_NEW_PRIVS;
	}
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

/* The heap's top begins at a boundary of large pages (see align_heap). A job that needs many small ones gets one large one: a single fault. */
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
	if (z->pages && z->pages(request) >= large_is_worth)
		use_large_pages();
	if (!z->builds_own_walls && sandbox_limit(limits, &err) != 0)
		_exit(EXIT_WALL);
	if (filter && sandbox_filter_install(filter, &err) != 0)
		_exit(EXIT_WALL);
	_exit(z->serve(request, fds));
}

/* A child needs nothing of what fork does for threads, and each page that it would touch for them is a fault. */
static pid_t start_child(void)
{
#ifdef SEKISHO_ASAN
	return fork();
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
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
	must(ipc_done(m, NULL) == 0);
	pid_t pid = child_count < CHILDREN_MOST ? start_child() : -1; /* without room one job is refused, and the others go on */
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

static int take_jobs(const struct zygote *z, struct arena *arena)
{
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

#ifndef SEKISHO_ASAN
static uint64_t now(void) /* nanoseconds */
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Moves one segment of the program, code or constants, from its file into a large page of memory of the same rights: a fork then copies one entry for
 * all of it, and a child that runs there faults once. Only where the linker gave it a large page of address space alone (meson.build); where that
 * cannot be had, everything stays as it is. */
static void move_segment(uintptr_t at, size_t n, int rights)
{
	uintptr_t whole = (n + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	uint8_t *area = mmap(NULL, whole + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		return;
	uintptr_t from = (uintptr_t)area, to = (from + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1), end = from + whole + LARGE_PAGE;
	if (madvise((void *)to, whole, MADV_HUGEPAGE) == 0) {
		memcpy((void *)to, (const void *)at, n);
		if (mprotect((void *)to, whole, rights) == 0 && mremap((void *)to, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)at) != MAP_FAILED) {
			munmap((void *)from, to - from);
			munmap((void *)(to + whole), end - to - whole);
			return;
		}
	}
	munmap(area, whole + LARGE_PAGE);
}

static int move_program(struct dl_phdr_info *info, size_t size, void *self)
{
	(void)size, (void)self;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type == PT_LOAD && p->p_offset != 0 /* that one only the start needs */ && p->p_align == LARGE_PAGE && !(p->p_flags & PF_W) && (info->dlpi_addr + p->p_vaddr) % LARGE_PAGE == 0)
			move_segment(info->dlpi_addr + p->p_vaddr, p->p_memsz, PROT_READ | (p->p_flags & PF_X ? PROT_EXEC : 0));
	}
	return 1; /* the program itself, no library */
}
#endif

/* What a large page costs, in small ones: two hundred where a fault is cheap and clearing 2 MiB is what counts, fewer than ten under a hypervisor
 * that shadows the page tables. Only speed hangs on it. */
static size_t weigh_large_page(void)
{
#ifdef SEKISHO_ASAN
	return SIZE_MAX;
#else
	enum { TRIES = 3, SMALL = 16, PAGE = 4096 };
	uint64_t small = UINT64_MAX, large = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint8_t *area = mmap(NULL, 3 * LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED)
			return SIZE_MAX;
		volatile uint8_t *at = (uint8_t *)(((uintptr_t)area + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1));
		if (madvise((void *)(uintptr_t)at, LARGE_PAGE, MADV_HUGEPAGE) != 0)
			return SIZE_MAX;
		uint64_t begin = now(), middle, end;
		at[0] = 1;
		middle = now();
		for (size_t page = 0; page < SMALL; page++)
			at[LARGE_PAGE + page * PAGE] = 1;
		end = now();
		large = MIN(large, middle - begin), small = MIN(small, end - middle);
		munmap(area, 3 * LARGE_PAGE);
	}
	return (size_t)(large * SMALL / MAX(small, (uint64_t)1));
#endif
}

#ifndef SEKISHO_ASAN
/* Takes every hole that z->prepare left in the heap, for good: a child would fill them first, a small page at a time. */
static void fill_holes(void)
{
	void *above = malloc(LARGE_ROOM); /* larger than any hole: the top of the heap */
	uintptr_t top = (uintptr_t)above;

	free(above);
	for (size_t n = HOLE_MOST; n >= HOLE_LEAST; n /= 2) {
		void *hole;
		while ((hole = malloc(n)) && (uintptr_t)hole < top)
			;
		free(hole);
	}
}
#endif

/* Grows the heap, untouched, so that what a child allocates begins at a boundary of large pages. Everything the zygote itself will want lies below. */
static void align_heap(void)
{
#ifndef SEKISHO_ASAN
	fill_holes();
	uint8_t *here = malloc(HEAP_BEGUN); /* too large for any hole: the heap's top is behind it */
	must(here);
	uintptr_t after = (uintptr_t)here + HEAP_BEGUN, from = (after + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	void *gap = malloc(from - after > 64 ? from - after - 32 : 1), *room = malloc(LARGE_ROOM);
	must(gap && room);
	if ((uintptr_t)room >= from - 64 && (uintptr_t)room < from + 4096)
		large_from = (void *)from;
	free(room); /* to the top of the heap, which is never given back */
	if (large_from) /* a large page comes only where no small one has been */
		madvise(large_from, LARGE_ROOM, MADV_DONTNEED);
#endif
}

/* The kernel would write the number of the processor into every process's memory whenever it is scheduled: a page of its own after each fork. */
static void leave_rseq(void)
{
#ifndef SEKISHO_ASAN
	if (__rseq_size)
		syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, RSEQ_BYTES, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
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
#ifndef SEKISHO_ASAN
	dl_iterate_phdr(move_program, NULL);
#endif
	large_is_worth = weigh_large_page();
	if (z->prepare)
		z->prepare();
	sandbox_walls(&abi);
	unsigned walls = z->builds_own_walls ? 0 : optional(WALL_NAMESPACES, sandbox_namespaces(&err), z->name, &err);
	pid_t one = fork();
	if (one < 0)
		return EXIT_WALL;
	if (one > 0)
		return wait_for(one);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	walls |= build_walls(z);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* again: a change of rights forgets it */
	leave_rseq();
	ARENA(arena) = arena_new(0);
	say(arena, ZYGOTE_READY, 0, (uint64_t[]){ walls, (uint64_t)abi }, 2);
	align_heap();
	return take_jobs(z, arena);
}
