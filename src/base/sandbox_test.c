/* 隔離 — tests: each wall alone stops its act, and without that wall the act succeeds. Every case runs in a child of its own. */
#include "base/check.h"
#include "base/sandbox.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534, DONE = 0, STOPPED = 1, NO_WALL = 77 };

typedef int (*step)(void);

/* Builds the wall (NULL: none), then acts; gives the exit code, or 128 + the signal that killed it. */
static int act_behind(step wall, step act)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (wall && wall() != 0)
			_exit(NO_WALL);
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int become_nobody(void)
{
	return geteuid() != 0 || (setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0) ? 0 : -1;
}

/* -- acts -- */
static int open_file(void) { return open("/etc/passwd", O_RDONLY) >= 0 ? DONE : STOPPED; }
static int bind_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return bind(fd, (struct sockaddr *)&at, sizeof at) == 0 ? DONE : STOPPED;
}
static pid_t parent;
static int signal_parent(void) { return kill(parent, 0) == 0 ? DONE : STOPPED; }
static int make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? DONE : STOPPED;
}
static int map_code(void) { return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? DONE : STOPPED; }
static int map_room(void) { return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? DONE : STOPPED; }
static int write_much(void)
{
	int fd = memfd_create("much", 0);
	static char block[4096];
	for (int i = 0; i < 64; i++)
		if (write(fd, block, sizeof block) != sizeof block)
			return STOPPED;
	return DONE;
}
static int fork_once(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child ? DONE : STOPPED;
}
static int fork_as_nobody(void) { return become_nobody() == 0 ? fork_once() : NO_WALL; }
__attribute__((unused)) /* under ASan */
static int take_memory(void) { return mmap(NULL, 1 << 28, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? DONE : STOPPED; }
static int burn_time(void)
{
	while (clock() < 3 * CLOCKS_PER_SEC) {
	}
	return DONE;
}
static int ask_x32(void)
{
	syscall(0x40000000 + SYS_getpid);
	return DONE;
}
static int be_silent(void) { return DONE; }

/* -- walls -- */
static int wall_landlock(void) { return sandbox_landlock_deny_all(NULL); }
static int wall_mdwe(void) { return sandbox_mdwe(NULL); }
static int wall_file_size(void) { return signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -1 : sandbox_limit(&(struct sandbox_limits){ .file_size = 65536 }, NULL); }
static int wall_processes(void) { return sandbox_limit(&(struct sandbox_limits){ .processes_zero = 1 }, NULL); }
__attribute__((unused)) /* under ASan */
static int wall_memory(void) { return sandbox_limit(&(struct sandbox_limits){ .address_space = 1 << 27 }, NULL); }
static int wall_time(void) { return sandbox_limit(&(struct sandbox_limits){ .cpu_seconds = 1 }, NULL); }
static int wall_seccomp(void) { return sandbox_seccomp((const int[]){ SYS_exit_group, SYS_mmap, SYS_mprotect, -1 }, NULL); }

TEST(landlock_alone_stops_files_tcp_and_signals)
{
	int abi;
	if (!(sandbox_walls(&abi) & WALL_LANDLOCK)) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(act_behind(NULL, open_file), DONE);
	assert_int_equal(act_behind(wall_landlock, open_file), STOPPED);
	if (abi >= 4) {
		assert_int_equal(act_behind(NULL, bind_tcp), DONE);
		assert_int_equal(act_behind(wall_landlock, bind_tcp), STOPPED);
	}
	if (abi >= 6) {
		parent = getpid();
		assert_int_equal(act_behind(NULL, signal_parent), DONE);
		assert_int_equal(act_behind(wall_landlock, signal_parent), STOPPED);
	}
}

TEST(mdwe_alone_stops_memory_from_becoming_code)
{
	if (!(sandbox_walls(NULL) & WALL_MDWE)) {
		print_message("this kernel has no MDWE\n");
		skip();
	}
	assert_int_equal(act_behind(NULL, make_code), DONE);
	assert_int_equal(act_behind(wall_mdwe, make_code), STOPPED);
}

TEST(limits_alone_stop_size_processes_memory_and_time)
{
	assert_int_equal(act_behind(NULL, write_much), DONE);
	assert_int_equal(act_behind(wall_file_size, write_much), STOPPED);
	assert_int_equal(act_behind(NULL, fork_as_nobody), DONE);
	assert_int_equal(act_behind(wall_processes, fork_as_nobody), STOPPED);
#ifndef SEKISHO_ASAN
	assert_int_equal(act_behind(NULL, take_memory), DONE);
	assert_int_equal(act_behind(wall_memory, take_memory), STOPPED);
#endif
	assert_int_equal(act_behind(wall_time, burn_time), 128 + SIGKILL);
}

TEST(the_system_call_list_alone_kills)
{
#ifdef SEKISHO_ASAN
	skip(); /* the sanitizers make calls of their own; the release build tests it */
#endif
	assert_int_equal(act_behind(wall_seccomp, be_silent), DONE);
	assert_int_equal(act_behind(wall_seccomp, map_room), DONE);
	assert_int_equal(act_behind(wall_seccomp, open_file), 128 + SIGSYS);
	assert_int_equal(act_behind(NULL, map_code), DONE);
	assert_int_equal(act_behind(wall_seccomp, map_code), 128 + SIGSYS);
	assert_int_equal(act_behind(wall_seccomp, make_code), 128 + SIGSYS);
	assert_int_equal(act_behind(NULL, ask_x32), DONE);
	assert_int_equal(act_behind(wall_seccomp, ask_x32), 128 + SIGSYS);
}

/* -- namespaces: the wall stands in a child's child (number 1 of its own processes) -- */
static uint16_t port;
static int connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? DONE : STOPPED;
}
static step inner;
static int in_namespaces(void)
{
	int status;
	struct err err;
	if (sandbox_namespaces(&err) != 0) {
		fprintf(stderr, "%s\n", err.say);
		return NO_WALL;
	}
	pid_t child = fork();
	if (child == 0)
		_exit(inner());
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : NO_WALL;
}
static int as_nobody_in_namespaces(void)
{
	/* a change of uid makes a process undumpable, and then it may not map its user */
	return become_nobody() == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? in_namespaces() : NO_WALL;
}

TEST(namespaces_alone_hide_network_processes_and_files)
{
	static const step acts[] = { connect_tcp, signal_parent, open_file };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int server = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(server, 8), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&at, &n), 0);
	port = ntohs(at.sin_port);
	parent = getpid();
	for (size_t i = 0; i < COUNT(acts); i++) {
		inner = acts[i];
		assert_int_equal(act_behind(NULL, acts[i]), DONE);
		assert_int_equal(act_behind(NULL, in_namespaces), STOPPED);
		assert_int_equal(act_behind(NULL, as_nobody_in_namespaces), STOPPED);
	}
	close(server);
}

/* -- undumpable: another process of the same ordinary user looks into the memory -- */
static bool watched_stays_dumpable;
static int look_into_kin(void)
{
	int ready[2], status;
	char byte, path[64];

	if (become_nobody() != 0 || pipe(ready) != 0)
		return NO_WALL;
	pid_t kin = fork();
	if (kin == 0) {
		if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || (!watched_stays_dumpable && sandbox_undumpable(NULL) != 0))
			_exit(1);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		return NO_WALL;
	snprintf(path, sizeof path, "/proc/%d/maps", kin);
	int got = open(path, O_RDONLY) >= 0 ? DONE : STOPPED;
	kill(kin, SIGKILL);
	waitpid(kin, &status, 0);
	return got;
}

TEST(undumpable_alone_hides_memory_from_kin)
{
	watched_stays_dumpable = true;
	assert_int_equal(act_behind(NULL, look_into_kin), DONE);
	watched_stays_dumpable = false;
	assert_int_equal(act_behind(NULL, look_into_kin), STOPPED);
}

/* -- no_new_privs: a set-uid program gives nothing -- */
static char set_uid_program[128];
static int run_set_uid(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl(set_uid_program, "test", "-r", "/etc/shadow", (char *)NULL);
		_exit(NO_WALL);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return NO_WALL;
	return WEXITSTATUS(status);
}
static int nobody_runs_set_uid(void) { return become_nobody() == 0 ? run_set_uid() : NO_WALL; }
static int wall_no_new_privs(void) { return sandbox_no_new_privs(NULL); }

TEST(no_new_privs_alone_makes_set_uid_void)
{
	char folder[] = "/var/tmp/sekisho-sandbox-XXXXXX";

	if (geteuid() != 0 || access("/etc/shadow", F_OK) != 0) {
		print_message("only root can make a set-uid program\n");
		skip();
	}
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(set_uid_program, sizeof set_uid_program, "%s/test", folder);
	int from = open("/usr/bin/test", O_RDONLY), to = open(set_uid_program, O_WRONLY | O_CREAT | O_EXCL, 0755);
	static char copy[1 << 20];
	ssize_t n = read(from, copy, sizeof copy);
	assert_true(n > 0 && write(to, copy, (size_t)n) == n && fchmod(to, 04755) == 0);
	close(from), close(to);
	int without = act_behind(NULL, nobody_runs_set_uid), with = act_behind(wall_no_new_privs, nobody_runs_set_uid);
	unlink(set_uid_program), rmdir(folder);
	assert_int_equal(without, DONE);
	assert_int_equal(with, STOPPED);
}

/* -- become -- */
static int see_if_root_comes_back(void)
{
	if (sandbox_become(NOBODY, NOBODY, 3, NULL) != 0)
		return NO_WALL;
	return geteuid() == NOBODY && setresuid(0, 0, 0) != 0 && fcntl(3, F_GETFD) < 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
		       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && chroot("/") != 0
		       ? DONE : STOPPED;
}

TEST(become_has_no_way_back)
{
	if (geteuid() != 0)
		skip();
	int fd = dup(1);
	assert_int_equal(act_behind(NULL, see_if_root_comes_back), DONE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(landlock_alone_stops_files_tcp_and_signals),
		cmocka_unit_test(mdwe_alone_stops_memory_from_becoming_code),
		cmocka_unit_test(limits_alone_stop_size_processes_memory_and_time),
		cmocka_unit_test(the_system_call_list_alone_kills),
		cmocka_unit_test(namespaces_alone_hide_network_processes_and_files),
		cmocka_unit_test(undumpable_alone_hides_memory_from_kin),
		cmocka_unit_test(no_new_privs_alone_makes_set_uid_void),
		cmocka_unit_test(become_has_no_way_back),
	};
	return RUN_TESTS(tests);
}
