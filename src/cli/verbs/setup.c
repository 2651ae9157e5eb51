/* 初期設定 — `sekisho setup`: makes the data folder with its owners and modes, keys, an empty store and log, the trust file. Never overwrites. */
#include "base/code.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/supervise.h"
#include "cli/verb.h"
#include "evidence/trust.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct verb verb_setup;

enum { INIT_OUTPUT_MOST = 4096, POLICY_BYTES_MOST = 1 << 20 };

/* The folders of ARCHITECTURE.md §1: who owns what. */
static const struct {
	const char *path, *owner;
	unsigned mode;
	bool group_reads;
} folders[] = {
	{ "run", "operator", 0755, false },	  { "records", "recordd", 0750, true },	       { "auth", "authd", 0700, false },
	{ "spool", "transferd", 0700, false },	  { "evidence", "evidenced", 0750, true },     { "evidence/log", "evidenced", 0750, true },
	{ "evidence/private", "evidenced", 0700, false }, { "trust", "operator", 0755, false }, { "policy", "operator", 0755, false },
	{ "sample", "operator", 0700, false },
};

static int make_folders(int home, bool one_uid, struct err *err)
{
	for (size_t i = 0; i < COUNT(folders); i++) {
		if (folder_make(home, folders[i].path, 0755, err) != 0)
			return -1;
		uid_t owner = one_uid ? geteuid() : (uid_t)process_uid(folders[i].owner);
		gid_t group = one_uid ? getegid() : folders[i].group_reads ? (gid_t)GROUP_READS_RECORDS : (gid_t)owner;
		/* set-group-id: files made later belong to the reading group too */
		unsigned mode = folders[i].mode | (folders[i].group_reads && !one_uid ? 02000u : 0);
		if (fchownat(home, folders[i].path, owner, group, AT_SYMLINK_NOFOLLOW) != 0 || fchmodat(home, folders[i].path, mode, 0) != 0)
			return fail_errno(err, ERR_IO, "cannot set owner and mode of %s", folders[i].path);
	}
	return 0;
}

/* Runs `PROGRAM --home HOME [--one-uid] --init …` under the process' own uid; what it prints is returned. */
static int init_process(struct arena *arena, const char *name, const char *home, const char *programs, bool one_uid, const char *const *more,
			struct bytes *out, struct err *err)
{
	const char *argv[12] = { name, "--home", home };
	int n = 3, pipes[2], status;
	const struct process_row *row = process_rows;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	must(row->name);
	if (one_uid)
		argv[n++] = "--one-uid";
	argv[n++] = "--init";
	while (*more)
		argv[n++] = *more++;
	argv[n] = NULL;
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_IO, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		char program[PATH_MAX];
		dup2(pipes[1], 1);
		snprintf(program, sizeof program, "%s/%s", programs, row->program);
		if (!one_uid)
			supervise_become(row);
		execv(program, (char **)(uintptr_t)argv);
		fprintf(stderr, "sekisho: cannot start %s: %s\n", program, strerror(errno));
		_exit(127);
	}
	close(pipes[1]);
	FD(in) = pipes[0];
	if (pid < 0)
		return fail_errno(err, ERR_IO, "cannot fork");
	int got = file_read_fd(arena, in, INIT_OUTPUT_MOST, out, err);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (got != 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(err, ERR_IO, (uint64_t)status, "%s --init failed", name);
	return 0;
}

static int copy_policy(int home, const char *from, struct err *err)
{
	ARENA(arena) = arena_new(0);
	FD(dir) = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list;

	if (dir < 0 || !(list = fdopendir(dup(dir))))
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the policy folder %s", from);
	for (struct dirent *e; (e = readdir(list));) {
		const char *dot = strrchr(e->d_name, '.');
		struct bytes text;
		if (e->d_name[0] == '.' || !dot || strcmp(dot, ".policy") != 0)
			continue;
		if (file_read(arena, dir, e->d_name, POLICY_BYTES_MOST, &text, err) != 0 ||
		    file_replace(home, arena_printf(arena, "policy/%s", e->d_name), text, 0644, err) != 0) {
			closedir(list);
			return -1;
		}
	}
	closedir(list);
	return 0;
}

static int initialise(int home_fd, const char *home, const char *programs, bool one_uid, const char *site, const char *origin, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes said;
	const char *const record[] = { "--site", site, NULL }, *const log[] = { origin, NULL }, *const none[] = { NULL };

	if (init_process(arena, "authd", home, programs, one_uid, none, &said, err) != 0 ||
	    file_create(home_fd, "trust/approval.pub", said, 0644, err) != 0)
		return -1;
	if (init_process(arena, "recordd", home, programs, one_uid, record, &said, err) != 0 ||
	    init_process(arena, "transferd", home, programs, one_uid, none, &said, err) != 0 ||
	    init_process(arena, "evidenced", home, programs, one_uid, log, &said, err) != 0)
		return -1;
	/* Written last: its presence says that everything before it is complete. */
	struct text vkey;
	if (text_from_utf8(arena, bytes_of(said.p, said.n ? strcspn((const char *)said.p, "\n") : 0), &vkey, err) != 0)
		return -1;
	return file_create(home_fd, "trust/evidence.trust", trust_text(arena, vkey), 0644, err);
}

static int act(int argc, char **argv)
{
	const char *policy = NULL, *site = "konpeki", *origin = "konpeki.example.lg.jp/sekisho/evidence";
	bool one_uid = geteuid() != 0;
	char home[PATH_MAX], programs[PATH_MAX];
	struct err err = { 0 };
	const struct verb_option options[] = { { "--policy", &policy, NULL }, { "--site", &site, NULL }, { "--origin", &origin, NULL }, { "--one-uid", NULL, &one_uid } };

	if (verb_options(&verb_setup, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_setup, argv[1]);
	if (folder_make(AT_FDCWD, verb_home(), 0755, &err) != 0)
		return verb_complain(&err);
	if (!realpath(verb_home(), home)) {
		fail_errno(&err, ERR_IO, "cannot find %s", verb_home());
		return verb_complain(&err);
	}
	ssize_t n = readlink("/proc/self/exe", programs, sizeof programs - 1);
	must(n > 0);
	programs[n] = 0;
	*strrchr(programs, '/') = 0;
	FD(home_fd) = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (faccessat(home_fd, "trust/evidence.trust", F_OK, 0) == 0) {
		fail(&err, ERR_CONFLICT, 0, "%s is set up already; nothing was changed", home);
		return verb_complain(&err);
	}
	if (make_folders(home_fd, one_uid, &err) != 0 || (policy && copy_policy(home_fd, policy, &err) != 0))
		return verb_complain(&err);
	if (!one_uid && supervise_bind(home, programs, &err) != 0)
		return verb_complain(&err);
	if (initialise(home_fd, one_uid ? home : "/var/lib/sekisho", one_uid ? programs : "/var/lib/sekisho/libexec", one_uid, site, origin, &err) != 0)
		return verb_complain(&err);
	printf("%s %s\n", SAY("データフォルダーを作りました:", "made the data folder:"), home);
	return VERB_OK;
}

const struct verb verb_setup = {
	.name = "setup",
	.summary_ja = "データフォルダー、鍵、空の記録と証跡を作ります",
	.summary_en = "makes the data folder, keys, an empty store and log",
	.usage = "[--home FOLDER] setup [--policy FOLDER] [--site ID] [--origin NAME] [--one-uid]\n",
	.act = act,
};
