/* 隔離 — the walls a process builds around itself: namespaces, Landlock, system-call list, limits. Each wall can be asked for alone,
 * so that a test can take one away and see the others stand. Older kernels give less: sandbox_walls says which stand. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H
#include "base/err.h"

enum sandbox_wall {
	WALL_NO_NEW_PRIVS = 1,
	WALL_UNDUMPABLE = 2,
	WALL_NAMESPACES = 4, /* user, net, mount, pid, ipc, uts */
	WALL_LANDLOCK = 8,   /* deny all: files, TCP, abstract sockets and signals as far as the kernel's ABI knows them */
	WALL_MDWE = 16,	     /* no memory becomes executable */
	WALL_LIMITS = 32,
	WALL_SECCOMP = 64,
	WALL_ALL = 127
};

/* Limits of a process; 0 = leave as it is. address_space is never applied under ASan. */
struct sandbox_limits {
	uint64_t address_space, file_size; /* bytes */
	unsigned cpu_seconds, processes_zero : 1, processes /* of this user here, threads counted */, open_files;
};

int sandbox_no_new_privs(struct err *err) CHECK_RESULT;
int sandbox_undumpable(struct err *err) CHECK_RESULT;
/* unshare, own uid mapped to 65534, an empty read-only root; the caller then forks: the child is number 1 of the new pid namespace.
 * Works as root and, with user namespaces, as anyone; not after sandbox_undumpable. */
int sandbox_namespaces(struct err *err) CHECK_RESULT;
/* Its steps, for base/sandbox_root.h: namespaces with the root as it is; a small root of its own over /proc, which every machine has, where the caller then
 * stands; that root made "/", read-only, and the old one left. flags, options: of the mount. */
int sandbox_unshare(struct err *err) CHECK_RESULT;
int sandbox_begin_root(unsigned long flags, const char *options, struct err *err) CHECK_RESULT;
int sandbox_enter_root(unsigned long flags, struct err *err) CHECK_RESULT;
int sandbox_landlock_deny_all(struct err *err) CHECK_RESULT; /* ERR_UNSUPPORTED where the kernel has none */
/* For daemons: below each folder (or at each file) the rights named, nothing elsewhere; the last has path NULL. What is not there is left out.
 * Descriptors that are open, sockets and memory files are not touched. Of the calling thread and what it starts from now on. ERR_UNSUPPORTED
 * where the kernel has none. */
enum { SANDBOX_READ = 1, SANDBOX_WRITE = 2 /* read, write, make, rename, remove */, SANDBOX_EXECUTE = 4 };
struct sandbox_folder {
	const char *path;
	unsigned rights;
};
int sandbox_landlock_allow(const struct sandbox_folder *folders, struct err *err) CHECK_RESULT;
/* For daemons, whose libraries ask for this and that: what no daemon ever needs kills the process (starting programs, tracing, mounting,
 * namespaces, kernel modules, keys, io_uring …), as do other architectures and x32; the rest is allowed. */
int sandbox_seccomp_daemon(struct err *err) CHECK_RESULT;
int sandbox_mdwe(struct err *err) CHECK_RESULT;		     /* likewise */
int sandbox_limit(const struct sandbox_limits *limits, struct err *err) CHECK_RESULT;
/* Allow-list; everything else kills the process. Numbers end with -1. mmap and mprotect in the list are allowed without PROT_EXEC only;
 * other architectures and x32 are killed. */
int sandbox_seccomp(const int *allowed, struct err *err) CHECK_RESULT;
/* The list compiled once (in a zygote) and installed in each child: costs one prctl. */
struct sandbox_filter;
int sandbox_filter_make(const int *allowed, struct sandbox_filter **out, struct err *err) CHECK_RESULT;
int sandbox_filter_install(const struct sandbox_filter *filter, struct err *err) CHECK_RESULT;
void sandbox_filter_free(struct sandbox_filter *filter);
/* What the running kernel offers, as a mask of enum sandbox_wall; *landlock_abi may be NULL. */
unsigned sandbox_walls(int *landlock_abi);
const char *sandbox_wall_name(enum sandbox_wall wall);

/* The bounding set and every capability, gone. */
int sandbox_drop_capabilities(struct err *err) CHECK_RESULT;
/* For daemons: become uid and gid without supplementary groups or capabilities (root only; uid -1: stay who we are),
 * close every descriptor from `close_from` on (-1: none), no_new_privs, undumpable. */
int sandbox_become(int64_t uid, int64_t gid, int close_from, struct err *err) CHECK_RESULT;

#endif
