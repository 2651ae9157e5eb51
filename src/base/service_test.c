/* 常駐プロセスの決まり — tests: what a daemon can still do behind its own walls, tried from inside. Every case runs in a child of its own. */
#include "base/check.h"
#include "base/file.h"
#include "base/service.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, STOPPED = 1, NO_WALL = 77 };
static char home[] = "/tmp/sekisho-walls-XXXXXX";

static int begin(void **state)
{
	(void)state;
	must(mkdtemp(home));
	FD(at) = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const folders[] = { "own", "read", "foreign" };
	for (size_t i = 0; i < COUNT(folders); i++) {
		char path[64];
		snprintf(path, sizeof path, "%s/file", folders[i]);
		CHECK_OK(folder_make(at, folders[i], 0755, &err_));
		CHECK_OK(file_create(at, path, BYTES("something"), 0644, &err_));
	}
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof command, "rm -r %s", home);
	return system(command) == 0 ? 0 : -1;
}

/* Behind the walls of a daemon that owns own/ and reads read/; the exit code of act, or 128 + the signal that ended it. */
static int behind(int (*act)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		static const struct sandbox_folder own[] = { { "own", SANDBOX_WRITE }, { "read", SANDBOX_READ }, { NULL, 0 } };
		struct service s = { .name = "recordd", .home = home };
		struct err err = { 0 };
		must(sandbox_no_new_privs(&err) == 0);
		if (chdir(home) != 0 || service_walls(&s, own, &err) != 0)
			_exit(NO_WALL);
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	return fd >= 0 && close(fd) == 0;
}

static int write_own(void) { return opens("own/new", O_WRONLY | O_CREAT) && rename("own/new", "own/newer") == 0 && mkdir("own/d", 0700) == 0 && rmdir("own/d") == 0 &&
				    unlink("own/newer") == 0 && opens("own/file", O_WRONLY | O_TRUNC) ? DONE : STOPPED; }
static int read_given(void) { return opens("read/file", O_RDONLY) ? DONE : STOPPED; }
static int write_given(void) { return opens("read/file", O_WRONLY) ? DONE : STOPPED; }
static int make_in_given(void) { return opens("read/new", O_WRONLY | O_CREAT) ? DONE : STOPPED; }
static int remove_given(void) { return unlink("read/file") == 0 ? DONE : STOPPED; }
static int read_foreign(void) { return opens("foreign/file", O_RDONLY) ? DONE : STOPPED; }
static int list_foreign(void) { return opens("foreign", O_RDONLY | O_DIRECTORY) ? DONE : STOPPED; }
static int carry_out(void) { return link("own/file", "foreign/copy") == 0 || rename("own/file", "foreign/copy") == 0 ? DONE : STOPPED; }
static int read_users(void) { return opens("/etc/passwd", O_RDONLY) ? DONE : STOPPED; }
static int read_neighbour(void) { return opens("/proc/1/status", O_RDONLY) ? DONE : STOPPED; }
static int write_elsewhere(void) { return opens("/tmp/sekisho-walls-out", O_WRONLY | O_CREAT) ? DONE : STOPPED; }

TEST(of_files_only_the_own_ones_are_left)
{
	if (!(sandbox_walls(NULL) & WALL_LANDLOCK)) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(behind(write_own), DONE);
	assert_int_equal(behind(read_given), DONE);
	static int (*const acts[])(void) = { write_given, make_in_given, remove_given, read_foreign, list_foreign, carry_out, read_users, read_neighbour, write_elsewhere };
	for (size_t i = 0; i < COUNT(acts); i++)
		if (behind(acts[i]) != STOPPED) {
			print_error("act %zu was not stopped\n", i);
			assert_true(false);
		}
}

static int ordinary(void)
{
	int pair[2], status;
	pid_t child;
	/* what daemons do: sockets, memory files, threads (fork here), reading of what belongs to the system */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0 || memfd_create("m", MFD_CLOEXEC) < 0 || !opens("/usr", O_RDONLY | O_DIRECTORY))
		return STOPPED;
	child = fork();
	if (child == 0)
		_exit(3);
	return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3 ? DONE : STOPPED;
}

#ifndef SEKISHO_ASAN
static int start_program(void) { execl("/bin/true", "true", NULL); return STOPPED; }
static int trace(void) { ptrace(PTRACE_TRACEME, 0, 0, 0); return DONE; }
static int look_into_memory(void) { syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); return DONE; }
static int mount_something(void) { mount("none", "/tmp", "tmpfs", 0, NULL); return DONE; }
static int new_namespace(void) { unshare(CLONE_NEWUSER); return DONE; }
static int enter_namespace(void) { setns(-1, 0); return DONE; }
static int load_bpf(void) { syscall(SYS_bpf, 0, NULL, 0); return DONE; }
static int ring(void) { syscall(SYS_io_uring_setup, 1, NULL); return DONE; }
static int measure(void) { syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); return DONE; }
static int kernel_module(void) { syscall(SYS_init_module, NULL, 0, ""); return DONE; }
static int kernel_start(void) { syscall(SYS_kexec_load, 0, 0, NULL, 0); return DONE; }
static int key_ring(void) { syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0); return DONE; }
static int fault_handler(void) { syscall(SYS_userfaultfd, 0); return DONE; }
static int other_user(void) { (void)!setuid(7301); return DONE; }
static int set_clock(void) { syscall(SYS_clock_settime, 0, NULL); return DONE; }
static int handle(void) { syscall(SYS_open_by_handle_at, -1, NULL, 0); return DONE; }

TEST(what_no_daemon_needs_ends_it)
{
	static int (*const acts[])(void) = { start_program, trace, look_into_memory, mount_something, new_namespace, enter_namespace, load_bpf, ring, measure,
					     kernel_module, kernel_start, key_ring, fault_handler, other_user, set_clock, handle };
	for (size_t i = 0; i < COUNT(acts); i++)
		if (behind(acts[i]) != 128 + SIGSYS) {
			print_error("act %zu did not end the process\n", i);
			assert_true(false);
		}
}
#endif

TEST(what_daemons_do_goes_on)
{
	assert_int_equal(behind(ordinary), DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_files_only_the_own_ones_are_left),
#ifndef SEKISHO_ASAN
		cmocka_unit_test(what_no_daemon_needs_ends_it),
#endif
		cmocka_unit_test(what_daemons_do_goes_on),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
