/* 親型プロセスの世話 — the broker's end of one zygote: starts it when first needed, hands it jobs, hears how they ended, starts it anew after its death. */
#ifndef SANITIZE_PROGRAM_H
#define SANITIZE_PROGRAM_H
#include "base/arena.h"
#include "base/loop.h"
#include "base/sandbox.h"

struct program;
struct program_ended {
	uint32_t job;
	bool died;	/* the zygote went away, and the job with it */
	int status;	/* as of wait */
	uint64_t cpu_microseconds, resident_kib;
};
typedef void program_hears(void *self, const struct program_ended *ended);

/* folder: where the executable lies; both names are kept by reference. */
struct program *program_new(struct loop *loop, const char *folder, const char *name, program_hears *ended, void *self);
/* Kills the zygote, its jobs with it, and waits for it. NULL is fine. */
void program_free(struct program *program);
/* fds by JOB_… (sanitize/wire.h), -1 = not given; they stay the caller's. If the zygote turns out to be dead, its other jobs are told so (the
 * callback runs inside this call) and a new one takes this job. */
int program_start(struct program *program, uint32_t job, const struct sandbox_limits *limits, struct bytes request, const int fds[], struct err *err)
	CHECK_RESULT;
void program_kill(struct program *program, uint32_t job); /* its end is heard as any other */
int program_spawn(struct program *program, struct err *err) CHECK_RESULT; /* before the first job; running is fine */
bool program_is_running(const struct program *program);
const char *program_name(const struct program *program);
/* Walls that stand (enum sandbox_wall); 0 before the first job. */
unsigned program_walls(const struct program *program, int *landlock_abi);

/* Folder of the jail programs: beside the running executable, or the library folder it was built for. */
const char *program_folder(struct arena *arena);

#endif
