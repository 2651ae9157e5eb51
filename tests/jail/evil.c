/* 悪い作業者 — a jail program whose rebuild tries to escape: what code execution inside a parser could try. Linked like worker-text, but the
 * password names the escape. It answers "rebuilt" only if the escape succeeded; a delivered file is therefore an alarm.
 * Names and expectations: escapes.def. Arguments behind the name, parted by colons: a port and a pid of the test. */
#include "sanitize/job.h"
#include "sanitize/zygote.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const int calls[] = { SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_exit_group, SYS_rt_sigreturn, SYS_brk, SYS_mmap, SYS_munmap, -1 };

static struct job *job;
static const int *job_fds;
static struct arena *room;
static int port, outside;

static bool worked(long result)
{
	return result >= 0;
}

static bool open_file(void) { return worked(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)); }
static bool open_root(void) { return worked(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY)); }
static bool create_file(void) { return worked(syscall(SYS_openat, AT_FDCWD, "/tmp/sekisho-evil", O_CREAT | O_WRONLY, 0600)); }
static bool open_proc(void) { return worked(syscall(SYS_open, "/proc/self/mem", O_RDWR)); }
static bool stat_file(void)
{
	char st[256];
	return worked(syscall(SYS_stat, "/etc/passwd", st));
}
static bool make_folder(void) { return worked(syscall(SYS_mkdir, "/tmp/sekisho-evil-folder", 0700)); }
static bool unlink_file(void) { return worked(syscall(SYS_unlinkat, AT_FDCWD, "/tmp/sekisho-evil", 0)); }
static bool socket_inet(void) { return worked(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)); }
static bool socket_unix(void) { return worked(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)); }
static bool connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	return worked(fd) && worked(syscall(SYS_connect, fd, &to, sizeof to));
}
static bool execute(void)
{
	char *argv[] = { (char *)(uintptr_t)"true", NULL };
	syscall(SYS_execve, "/bin/true", argv, argv + 1);
	return false; /* if it succeeded, nothing is ever said: see exec_in_child */
}
static bool exec_in_child(void)
{
	int status;
	long pid = syscall(SYS_fork);
	if (pid == 0) {
		execute();
		_exit(99);
	}
	return pid > 0 && waitpid((pid_t)pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
static bool fork_once(void)
{
	long pid = syscall(SYS_fork);
	if (pid == 0)
		_exit(0);
	return worked(pid);
}
static bool clone_namespace(void) { return worked(syscall(SYS_unshare, CLONE_NEWUSER)); }
static bool clone_process(void)
{
	long pid = syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return worked(pid);
}
static bool trace_parent(void) { return worked(syscall(SYS_ptrace, PTRACE_ATTACH, outside, NULL, NULL)); }
static bool trace_me(void) { return worked(syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL)); }
static bool signal_outside(void) { return worked(syscall(SYS_kill, outside, 0)); }
static bool signal_zygote(void) { return worked(syscall(SYS_kill, 1, SIGSTOP)) && getppid() != 1; }
static bool read_outside(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)0x400000, 1 };
	return worked(syscall(SYS_process_vm_readv, outside, &here, 1, &there, 1, 0)) || errno == EFAULT;
}
static bool io_uring(void)
{
	char parameters[256] = { 0 };
	return worked(syscall(SYS_io_uring_setup, 4, parameters));
}
static bool map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}
static bool make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}
static bool memory_file(void) { return worked(syscall(SYS_memfd_create, "evil", 0)); }
static bool enter_namespace(void) { return worked(syscall(SYS_setns, 0, 0)); }
static bool mount_something(void) { return worked(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL)); }
static bool change_root(void) { return worked(syscall(SYS_chroot, "/")); }
static bool become_root(void) { return geteuid() != 0 && worked(syscall(SYS_setuid, 0)); }
static bool dumpable_again(void) { return worked(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static bool load_bpf(void)
{
	char attributes[128] = { 0 };
	return worked(syscall(SYS_bpf, 5, attributes, sizeof attributes));
}
static bool fault_handler(void) { return worked(syscall(SYS_userfaultfd, 1)); }
static bool keyring(void) { return worked(syscall(SYS_add_key, "user", "evil", "x", (size_t)1, -3)); }
static bool performance_event(void)
{
	char attributes[128] = { 1, 0, 0, 0, 112 };
	return worked(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}
static bool new_pipe(void)
{
	int ends[2];
	return worked(syscall(SYS_pipe2, ends, 0));
}
static bool copy_descriptor(void) { return worked(syscall(SYS_dup, job_fds[JOB_INPUT])); }
static bool shared_memory(void) { return worked(syscall(SYS_shmget, 0, 4096, 01600)); }
static bool message_queue(void) { return worked(syscall(SYS_msgget, 0, 01600)); }
static bool open_by_handle(void)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char handle[128];
	} h = { .bytes = 128 };
	int mount_id;
	return worked(syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &h, &mount_id, 0));
}
static bool raise_limits(void)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	return worked(syscall(SYS_setrlimit, RLIMIT_FSIZE, &l));
}
static bool name_the_machine(void) { return worked(syscall(SYS_sethostname, "evil", (size_t)4)); }
static bool old_call_gate(void) /* the 32-bit gate: getpid there is 20 */
{
	long result = 20;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "rcx", "r11");
	return result > 0;
}
static bool x32_call(void) { return worked(syscall(0x40000000 | SYS_getpid)); }
static bool find_descriptor(void) /* anything open beyond the job's own? */
{
	for (int fd = 0; fd < 1024; fd++) {
		bool own = false;
		char byte;
		for (int i = 0; i < JOB_FDS; i++)
			own = own || job_fds[i] == fd;
		if (!own && (pread(fd, &byte, 1, 0) >= 0 || errno != EBADF))
			return true;
	}
	return false;
}
static bool change_input(void) { return pwrite(job_fds[JOB_INPUT], "x", 1, 0) == 1; }
static bool write_beyond(void) /* the output may not grow past the budget of this tree */
{
	return pwrite(job_fds[JOB_OUTPUT], "x", 1, (off_t)1 << 40) == 1;
}
static bool change_members(void) { return job_fds[JOB_MEMBERS] >= 0 && pwrite(job_fds[JOB_MEMBERS], "x", 1, 0) == 1; }
static bool eat_memory(void) /* more than a job may have */
{
	const size_t part = 256u << 20;
	for (int i = 0; i < 16; i++) {
		char *p = mmap(NULL, part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return false;
	}
	return true;
}
static bool sleep_for_ever(void)
{
	char byte;
	return read(job_fds[JOB_CONTROL], &byte, 1) < 0; /* nobody ever answers */
}
static bool spin_for_ever(void)
{
	static volatile bool never;
	while (!never)
		;
	return false;
}
static bool flood(void) /* of reports: the broker must not grow */
{
	for (unsigned i = 0; i < 3000000; i++) {
		struct buf m = buf_in(room, WIRE_DATAGRAM_MOST);
		char where[32];
		snprintf(where, sizeof where, "%u", i);
		buf_byte(&m, WIRE_ROW);
		wire_put_text(&m, TEXT("B3"));
		wire_put_text(&m, (struct text){ where, strlen(where) });
		buf_u32be(&m, 1);
		if (wire_send(job_fds[JOB_CONTROL], &m, NULL) != 0)
			return false;
		arena_clear(room);
	}
	return true;
}
static bool nonsense(void) /* a datagram outside the protocol, then success */
{
	return write(job_fds[JOB_CONTROL], "\xff\xff\xff\xff", 4) == 4;
}
static bool hand_out_for_ever(void) /* members without end */
{
	struct err err;
	unsigned number;
	for (unsigned i = 0; i < 3000000; i++)
		if (job_member_begin(job, TEXT("a.txt"), "txt", &err) != 0 || job_member_add(job, BYTES("text\n"), &err) != 0 ||
		    job_member_end(job, &number, &err) != 0)
			return false;
	return true;
}
static bool hand_out_the_budget(void)
{
	struct err err;
	static const uint8_t part[1 << 16];
	if (job_member_begin(job, TEXT("a.txt"), NULL, &err) != 0)
		return false;
	for (unsigned i = 0; i < 1 << 18; i++) /* 16 GiB, past the library's own counting */
		if (pwrite(job_fds[JOB_SCRATCH], part, sizeof part, (off_t)i << 16) != sizeof part)
			return false;
	return true;
}

/* Escapes that lie instead of acting: they end the job themselves; delivered = escaped. */
static int lie(struct bytes output, uint64_t said)
{
	struct buf m = buf_in(room, 256);

	if (pwrite(job_fds[JOB_OUTPUT], output.p, output.n, 0) != (ssize_t)output.n)
		return 1;
	wire_put_result(&m, WIRE_DONE, NULL, "", false, said);
	return wire_send(job_fds[JOB_CONTROL], &m, NULL);
}
static int pass_script(void) { return lie(BYTES("<script>alert(1)</script>\n"), 26); }
static int pass_program(void) { return lie(BYTES("MZ\x90\0\3\0\0\0"), 8); }
static int pass_escape(void) { return lie(BYTES("text \x1b]0;evil\x07\n"), 14); }
static int claim_more(void) { return lie(BYTES("ESCAPED\n"), 1u << 20); }
/* About what the file is: text that the jail of texts calls otherwise, or not at all. */
static int say_formats(const char *first, const char *second, bool elsewhere)
{
	struct err err;

	if ((first && job_say_format(job, first, false, &err) != 0) || (second && job_say_format(job, second, false, &err) != 0))
		return 1;
	return elsewhere ? job_finish_elsewhere(job) : lie(BYTES("text\n"), 5);
}
static int format_unsaid(void) { return say_formats(NULL, NULL, false); }
static int format_unknown(void) { return say_formats("exe", NULL, false); }
static int format_of_another(void) { return say_formats("png", NULL, false); }
static int format_twice(void) { return say_formats("png", "txt", false); }
static int format_own_elsewhere(void) { return say_formats("txt", NULL, true); }
static int format_unsaid_elsewhere(void) { return say_formats(NULL, NULL, true); }
static int format_wrong_elsewhere(void) { return say_formats("png", NULL, true); } /* the jail of pictures says what it is not */
static int end_without_result(void) { return 0; }
static int crash(void)
{
	volatile int *volatile nowhere = NULL;
	*nowhere = 1;
	return 0;
}

static const struct escape {
	const char *name;
	bool (*act)(void);
	int (*lie)(void);
} escapes[] = {
#define ACT(name, walls) { #name, name, NULL },
#define LIE(name) { #name, NULL, name },
#include "jail/escapes.def"
#undef ACT
#undef LIE
};

static int serve(struct bytes bytes, const int fds[])
{
	struct job_request request;
	struct err err = { 0 };
	char name[64] = "";

	room = arena_new(0);
	if (wire_take_request(room, bytes, &request, &err) != 0 || request.password.n >= sizeof name)
		return 1;
	memcpy(name, request.password.p, request.password.n);
	char *colon = strchr(name, ':');
	if (colon) {
		*colon = 0;
		port = (int)strtol(colon + 1, &colon, 10);
		outside = *colon ? (int)strtol(colon + 1, NULL, 10) : 0;
	}
	job_fds = fds;
	struct arena *arena = arena_new(0);
	job = job_new(arena, &request, fds);
	bool escaped = strcmp(name, "none") == 0; /* the control: an evil worker that does nothing is heard */
	if (strncmp(name, "format_", 7) != 0 && job_say_format(job, "txt", false, &err) != 0)
		return 1;
	for (size_t i = 0; i < COUNT(escapes); i++) {
		if (strcmp(escapes[i].name, name) != 0)
			continue;
		if (escapes[i].lie)
			return escapes[i].lie();
		escaped = escapes[i].act();
	}
	int got = escaped ? job_write(job, BYTES("ESCAPED\n"), &err) : refuse(&err, REFUSAL_FEATURE, "%s was stopped", name);
	return job_finish(job, got, &err) == 0 ? 0 : 1;
}

int main(void)
{
	static const struct zygote zygote = { .name = "evil", .calls = calls, .memory = 2147483648u, .serve = serve };
	return zygote_main(&zygote);
}
