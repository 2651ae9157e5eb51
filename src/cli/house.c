/* 家の間取り — contract in house.h. */
#include "cli/house.h"
#include "base/file.h"
#include "base/service.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MOST = 64 * 1024 };

const struct house_folder house_folders[] = {
	{ "run", "operator", 0755, false },	  { "records", "recordd", 0750, true },	       { "auth", "authd", 0700, false },
	{ "spool", "transferd", 0700, false },	  { "evidence", "evidenced", 0750, true },     { "evidence/log", "evidenced", 0750, true },
	{ "evidence/private", "evidenced", 0700, false }, { "trust", "operator", 0755, false }, { "policy", "operator", 0755, false },
	{ "backup", "operator", 0700, false },	  { "sample", "operator", 0700, false },       { "zones", "zonesd", 0711, false },
	{ NULL },
};

static bool is_within(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static void owner_of(const struct house_folder *f, bool one_uid, uid_t *uid, gid_t *gid)
{
	*uid = one_uid ? geteuid() : f ? (uid_t)process_uid(f->owner) : 0;
	*gid = one_uid ? getegid() : f && f->group_reads ? (gid_t)GROUP_READS_RECORDS : (gid_t)*uid;
}

void house_owner(const char *path, bool one_uid, uid_t *uid, gid_t *gid)
{
	const struct house_folder *best = NULL;

	for (const struct house_folder *f = house_folders; f->path; f++)
		if (is_within(path, f->path) && (!best || strlen(f->path) > strlen(best->path)))
			best = f;
	owner_of(best, one_uid, uid, gid);
}

/* set-group-id: files made later belong to the reading group too */
unsigned house_mode(const struct house_folder *f, bool one_uid)
{
	return f->mode | (f->group_reads && !one_uid ? 02000u : 0);
}

int house_make_folders(int home, bool one_uid, struct err *err)
{
	for (const struct house_folder *f = house_folders; f->path; f++) {
		uid_t uid;
		gid_t gid;
		if (folder_make(home, f->path, 0755, err) != 0)
			return -1;
		owner_of(f, one_uid, &uid, &gid);
		if (fchownat(home, f->path, uid, gid, AT_SYMLINK_NOFOLLOW) != 0 || fchmodat(home, f->path, house_mode(f, one_uid), 0) != 0)
			return fail_errno(err, ERR_IO, "cannot set owner and mode of %s", f->path);
	}
	return 0;
}

static _Noreturn void become(const struct process_row *row, const char *programs, bool one_uid, const char **argv, int in, int out)
{
	char program[PATH_MAX];

	dup2(in, 0);
	dup2(out, 1);
	snprintf(program, sizeof program, "%s/%s", programs, row->program);
	if (!one_uid)
		supervise_become(row);
	execv(program, (char **)(uintptr_t)argv);
	fprintf(stderr, "sekisho: cannot start %s: %s\n", program, strerror(errno));
	_exit(127);
}

int house_task_start(const char *name, const char *home, const char *programs, bool one_uid, const char *const *arguments, struct bytes in,
		     struct house_task *task, struct err *err)
{
	const char *argv[12] = { name, "--home", home };
	int n = 3, pipes[2];
	const struct process_row *row = process_rows;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	must(row->name);
	if (one_uid)
		argv[n++] = "--one-uid";
	while (*arguments && n < (int)COUNT(argv) - 1)
		argv[n++] = *arguments++;
	must(!*arguments);
	FD(input) = memfd_of("input", in, false, err);
	if (input < 0)
		return -1;
	if (lseek(input, 0, SEEK_SET) != 0 || pipe2(pipes, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_IO, "cannot make a pipe");
	fflush(NULL); /* what waits here must not be printed twice */
	pid_t pid = fork();
	if (pid == 0)
		become(row, programs, one_uid, argv, input, pipes[1]);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return fail_errno(err, ERR_IO, "cannot fork");
	}
	*task = (struct house_task){ pid, pipes[0], name };
	return 0;
}

int house_task_end(struct house_task *task, struct err *err)
{
	int status;

	close(task->out); /* it must not go on writing when we gave up */
	while (waitpid(task->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(err, ERR_IO, (uint64_t)status, "%s could not do its part; its own line above says why", task->name);
	return 0;
}

int house_task(struct arena *arena, const char *name, const char *home, const char *programs, bool one_uid, const char *const *arguments,
	       struct bytes in, struct bytes *said, struct err *err)
{
	struct house_task task;
	struct err ended = { 0 };

	if (house_task_start(name, home, programs, one_uid, arguments, in, &task, err) != 0)
		return -1;
	int got = file_read_fd(arena, task.out, SAID_MOST, said, err);
	if (house_task_end(&task, &ended) != 0) {
		*err = ended;
		return -1;
	}
	return got;
}

int house_find(struct house *h, const char *home, bool one_uid, struct err *err)
{
	*h = (struct house){ .one_uid = one_uid };
	if (!realpath(home, h->home))
		return fail_errno(err, ERR_NOT_FOUND, "no data folder %s: make it with `sekisho setup`", home);
	ssize_t n = readlink("/proc/self/exe", h->programs, sizeof h->programs - 1);
	if (n <= 0)
		return fail_errno(err, ERR_IO, "cannot find the own executable");
	h->programs[n] = 0;
	*strrchr(h->programs, '/') = 0;
	h->inside_home = h->home;
	h->inside_programs = h->programs;
	return 0;
}

int house_find_set_up(struct house *h, const char *home, struct err *err)
{
	char marker[PATH_MAX + 32];

	snprintf(marker, sizeof marker, "%s/run/one-uid", home);
	return house_find(h, home, access(marker, F_OK) == 0 || geteuid() != 0, err);
}

int house_enter(struct house *h, struct err *err)
{
	if (h->one_uid)
		return 0;
	if (supervise_bind(h->home, h->programs, err) != 0)
		return -1;
	h->inside_home = "/var/lib/sekisho";
	h->inside_programs = "/var/lib/sekisho/libexec";
	return 0;
}
