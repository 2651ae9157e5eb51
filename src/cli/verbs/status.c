/* 状態 — `sekisho status`: which processes run, under whose rights, and which walls this kernel offers. Exit 1 if something is missing. */
#include "base/file.h"
#include "base/sandbox.h"
#include "cli/checkup.h"
#include "cli/supervise.h"
#include "cli/verb.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct verb verb_status;

enum { FACTS_MOST = 4096 };

/* The walls a process stands behind: as it said itself (Landlock is seen by nobody else); at least the list of system calls, as the kernel says. */
static const char *walls_of(struct arena *arena, const char *name, struct text said, long pid)
{
	char kernel[FACTS_MOST + 1] = "";

	if (said.n)
		return arena_copy(arena, said.p, said.n);
	if (strcmp(name, "sanitized") == 0) /* it must be able to build jails; no file is opened in it */
		return SAY("隔離処理を作る側（隔離処理の壁は下）", "it builds the jails (their walls: below)");
	FD(fd) = open(arena_printf(arena, "/proc/%ld/status", pid), O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, kernel, FACTS_MOST) > 0 && strstr(kernel, "\nSeccomp:\t2"))
		return "seccomp";
	return "";
}

/* Owner of a running process, -1 if it does not run. */
static int64_t uid_of(long pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%ld", pid);
	return pid > 0 && stat(path, &st) == 0 ? (int64_t)st.st_uid : -1;
}

/* supervised: one of the processes that `sekisho run` wrote down is alive. Under systemd nobody wrote any. */
static bool say_processes(struct arena *arena, const char *pids, bool *supervised)
{
	bool all = true;

	*supervised = false;
	for (const struct process_row *row = process_rows; row->name; row++) {
		struct text walls;
		long pid = process_in_pids(pids, row->name, &walls);
		int64_t uid = uid_of(pid);
		*supervised = *supervised || uid >= 0;
		if (uid < 0 && (pid = supervise_find(verb_home(), row)) > 0)
			uid = uid_of(pid);
		if (uid < 0 && !supervise_wants(verb_home(), row))
			continue;
		if (uid < 0)
			printf("  %-14s %s\n", row->name, SAY("止まっています", "is not running"));
		else
			printf("  %-14s %s  pid %ld  uid %lld  %s %s\n", row->name, SAY("動いています", "runs"), pid, (long long)uid, SAY("壁:", "behind:"),
			       walls_of(arena, row->name, walls, pid));
		all = all && uid >= 0;
	}
	return all;
}

static void say_walls(void)
{
	int abi = 0;
	unsigned walls = sandbox_walls(&abi);

	printf("%s\n", SAY("隔離の壁（この機械のカーネル）:", "walls of the jails (this kernel):"));
	for (unsigned wall = 1; wall < WALL_ALL; wall <<= 1)
		printf("  %-14s %s", sandbox_wall_name(wall), walls & wall ? SAY("あり", "stands") : SAY("なし", "absent")),
			wall == WALL_LANDLOCK && walls & wall ? printf(" (ABI %d)\n", abi) : printf("\n");
}

/* The rest of the house in a line each; doctor says what to do. */
static void say_checkups(void)
{
	static const char *const marks[] = { " ", "!", "✗" };
	ARENA(arena) = arena_new(0);
	struct checkup c;

	checkup_begin(&c, arena, verb_home());
	printf("%s\n", verb_hint(arena, SAY("点検（詳しくは sekisho doctor）:", "the house (more: sekisho doctor):")));
	for (const struct checkup_row *row = checkup_rows; row->name; row++) {
		if (strcmp(row->name, "processes") == 0 || strcmp(row->name, "walls") == 0)
			continue; /* stand above */
		c.level = CHECKUP_FINE;
		c.say_ja = c.say_en = c.todo_ja = c.todo_en = NULL;
		row->look(&c);
		printf("  %s %s: %s\n", marks[c.level], SAY(row->ja, row->en), SAY(c.say_ja, c.say_en));
	}
	checkup_end(&c);
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct bytes pids = BYTES(""), ready = BYTES("");
	char path[PATH_MAX];

	if (argc > 1)
		return verb_usage(&verb_status, argv[1]);
	snprintf(path, sizeof path, "%s/run/pids", verb_home());
	bool known = file_read(arena, AT_FDCWD, path, FACTS_MOST, &pids, NULL) == 0;
	snprintf(path, sizeof path, "%s/run/ready", verb_home());
	bool open = file_read(arena, AT_FDCWD, path, FACTS_MOST, &ready, NULL) == 0;
	printf("%s\n", SAY("プロセス:", "processes:"));
	bool supervised, all = say_processes(arena, known ? (const char *)pids.p : "", &supervised);
	open = open || (all && !supervised);
	if (strstr((const char *)ready.p, "uid one"))
		printf("%s\n", SAY("注意: すべて同じ利用者で動いています。プロセスの間の権限の壁はありません。",
				   "warning: all run under one uid; no walls of rights stand between them."));
	printf("%s\n", open && all ? SAY("受付中です。", "open.") : SAY("受け付けていません。systemctl start sekisho.target（見本の市は ./run）で起動してください。",
					   "closed: start it with systemctl start sekisho.target (the sample city: ./run)."));
	say_walls();
	say_checkups();
	return open && all ? VERB_OK : VERB_FAULT;
}

const struct verb verb_status = {
	.name = "status",
	.summary_ja = "プロセスと隔離の壁の状態を表示します",
	.summary_en = "shows the processes and the walls of the jails",
	.usage = "[--home FOLDER] status\n",
	.act = act,
};
