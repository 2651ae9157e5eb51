/* 家の間取り — the data folder's folders with their owners and modes (ARCHITECTURE.md §1), and running one process for one task under its own uid: what
 * setup, backup, restore and doctor share. */
#ifndef CLI_HOUSE_H
#define CLI_HOUSE_H
#include "base/arena.h"
#include "base/err.h"
#include "cli/supervise.h"
#include <limits.h>

struct house_folder {
	const char *path, *owner; /* owner: name of a process, or "operator" */
	unsigned mode;
	bool group_reads; /* the group is the readers' one, and so are files made in it later */
};
extern const struct house_folder house_folders[]; /* a folder stands behind those that hold it; ended by a NULL path */

/* Who owns files at this path (relative to the data folder), and the mode of the folder if it is one of the table (else 0). */
void house_owner(const char *path, bool one_uid, uid_t *uid, gid_t *gid);
unsigned house_mode(const struct house_folder *folder, bool one_uid);
int house_make_folders(int home, bool one_uid, struct err *err) CHECK_RESULT;

/* A process of src/PROCESSES run for one task: `PROGRAM --home HOME [--one-uid] ARGUMENTS…` under its own uid. */
struct house_task {
	pid_t pid;
	int out; /* what it prints, to be read; closed by house_task_end */
	const char *name;
};
/* in: bytes for its standard input, or none. As root the caller has called supervise_bind before and gives the paths inside. */
int house_task_start(const char *name, const char *home, const char *programs, bool one_uid, const char *const *arguments, struct bytes in,
		     struct house_task *out, struct err *err) CHECK_RESULT;
int house_task_end(struct house_task *task, struct err *err) CHECK_RESULT; /* ERR_IO unless it ended with 0 */
/* All of it: what it printed is *said (at most 64 KiB). */
int house_task(struct arena *arena, const char *name, const char *home, const char *programs, bool one_uid, const char *const *arguments,
	       struct bytes in, struct bytes *said, struct err *err) CHECK_RESULT;

/* The data folder's real path and the folder in which this executable lies, as they are outside; then, as root, bound to where the processes see
 * them: *inside_home and *inside_programs are what to pass on. */
struct house {
	char home[PATH_MAX], programs[PATH_MAX];
	const char *inside_home, *inside_programs;
	bool one_uid;
};
int house_find(struct house *h, const char *home, bool one_uid, struct err *err) CHECK_RESULT; /* ERR_NOT_FOUND: no such folder */
int house_find_set_up(struct house *h, const char *home, struct err *err) CHECK_RESULT; /* one_uid as it was set up to run */
int house_enter(struct house *h, struct err *err) CHECK_RESULT;	/* once in a life of the command */

#endif
