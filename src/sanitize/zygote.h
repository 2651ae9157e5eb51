/* 親型プロセス — the process that a jailed job is forked from: it entered its walls once, holds no file and no secret, and touches little memory,
 * so that a fork costs little. Used by worker.c and verifier.c. It never reads a byte of a file itself. */
#ifndef SANITIZE_ZYGOTE_H
#define SANITIZE_ZYGOTE_H
#include "base/err.h"

struct zygote {
	const char *name;
	const int *calls;	/* the system calls of its jobs, ended by -1 */
	uint64_t memory;	/* address space of zygote and job */
	void (*prepare)(void);	/* before the walls: touch what every job needs; may be NULL */
	size_t (*pages)(struct bytes request); /* about how many pages of memory this job will touch: many get a large one. May be NULL */
	/* Its jobs build walls of their own, for a program that ours must not be behind (converter.c): the zygote builds none. */
	bool builds_own_walls;
	/* In the child, behind all walls: request as in wire.h, descriptors by JOB_…, -1 where not given. Returns the exit code. */
	int (*serve)(struct bytes request, const int fds[]);
};
/* Never returns before the broker's end of descriptor 3 is closed. Exit code. */
int zygote_main(const struct zygote *zygote);

#endif
