/* 偽のLibreOffice — stands where the converter expects LibreOffice and tries to get out; what the document says decides how. The names of the acts that succeeded are its
 * "converted document". Linked statically: it needs nothing of the machine. */
#include <errno.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT_AT = 8, THREADS_TRIED = 200, MEGABYTE = 1 << 20, MEMORY_TRIED = 3000, DISK_TRIED = 100, PIECES_MOST = 4096 };
static const char *out = "/tmp/out/in.docx", *self = "";
static int port;

static bool can_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c;
	bool read_it = fd >= 0 && read(fd, &c, 1) == 1;

	if (fd >= 0)
		close(fd);
	return read_it;
}
static bool can_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return false;
	close(fd);
	unlink(path);
	return true;
}
static bool can_list(const char *path)
{
	DIR *d = opendir(path);

	if (d)
		closedir(d);
	return d;
}
static bool ends_well(pid_t pid)
{
	int status;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
/* Starts a program in the place of a thread of ours: here, where fork is not had, a program that is started ends the trial, so it is tried last in a child if one can be made. */
static bool can_start(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(path, path, "-c", "exit 7", (char *)NULL);
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}
static void *rest(void *barrier)
{
	pthread_barrier_wait(barrier);
	return NULL;
}

static bool read_passwords(void) { return can_read("/etc/passwd"); }
static bool read_machine(void) { return can_read("/proc/version") || can_read("/sys/kernel/uevent_seqnum"); }
static bool see_processes(void) { return can_list("/proc/1"); }
static bool list_home(void) { return can_list("/home") || can_list("/var/lib"); }
static bool write_tmp_of_machine(void) { return can_write("/var/tmp/sekisho-evil-office"); }
static bool write_programs(void) { return can_write("/usr/lib/libreoffice/sekisho-evil") || can_write("/usr/lib/sekisho-evil") || can_write("/lib/sekisho-evil"); }
static bool write_root(void) { return can_write("/sekisho-evil"); }
static bool socket_inet(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM, 0) >= 0 || socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }
static bool connect_loopback(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}
static bool fork_once(void) { return ends_well(fork()); }
static bool fork_raw(void) { return ends_well((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) || ends_well((pid_t)syscall(SYS_fork)); }
static bool new_session_of_shell(void) { return can_start("/bin/sh"); }
static bool start_own_copy(void)
{
	char path[] = "/tmp/sekisho-evil-copy", piece[4096];
	int from = open(self, O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	for (ssize_t n; from >= 0 && to >= 0 && (n = read(from, piece, sizeof piece)) > 0;)
		if (write(to, piece, (size_t)n) != n)
			return false;
	close(from), close(to);
	pid_t pid = fork();
	int status;
	if (pid == 0) {
		execl(path, path, "copy", (char *)NULL);
		_exit(1);
	}
	bool started = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 9;
	unlink(path);
	return started;
}
static bool new_namespace(void) { return unshare(CLONE_NEWUSER) == 0 || syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) == 0; }
static bool mount_something(void) { return mount("none", "/tmp", "tmpfs", 0, NULL) == 0; }
static bool change_root(void) { return chroot("/tmp") == 0; }
static bool trace_me(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static bool memory_file(void) { return memfd_create("evil", 0) >= 0; }
static bool become_root(void) { return getuid() != 0 && (setuid(0) == 0 || setresuid(0, 0, 0) == 0); }
/* No descriptor of the broker's may be left. */
static bool write_to_broker(void)
{
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return true;
	return false;
}
static bool keyring(void) { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1) >= 0; }
static bool too_many_threads(void)
{
	pthread_t threads[THREADS_TRIED];
	pthread_attr_t small;
	pthread_barrier_t barrier;
	unsigned made = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	pthread_barrier_init(&barrier, NULL, THREADS_TRIED + 1);
	while (made < THREADS_TRIED && pthread_create(&threads[made], &small, rest, &barrier) == 0)
		made++;
	return made == THREADS_TRIED; /* those that were made wait until this process ends */
}
static bool too_much_memory(void)
{
	for (unsigned i = 0; i < MEMORY_TRIED; i++)
		if (mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
			return false;
	return true;
}
static bool too_much_disk(void)
{
	static char piece[MEGABYTE];
	int fd = open("/tmp/sekisho-evil-fill", O_WRONLY | O_CREAT, 0600);
	unsigned done = 0;

	signal(SIGXFSZ, SIG_IGN);
	while (fd >= 0 && done < DISK_TRIED && write(fd, piece, sizeof piece) == (ssize_t)sizeof piece)
		done++;
	close(fd), unlink("/tmp/sekisho-evil-fill");
	return done == DISK_TRIED;
}
static bool end_number_one(void) { return getpid() != 1 && getppid() == 1 && syscall(SYS_tgkill, 1, 1, SIGKILL) == 0 && (usleep(200000), getppid() != 1); }
static bool io_uring(void) { return syscall(SYS_io_uring_setup, 4, NULL) >= 0 || errno == EFAULT; }
static bool load_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0) >= 0; }

static const struct act {
	const char *name;
	bool (*try)(void);
} acts[] = {
#define ACT(name) { #name, name },
#define HARD(name) { #name, name },
#include "jail/acts_of_office.def"
#undef ACT
#undef HARD
};

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(3);
}

static void try_all(int fd)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (acts[i].try())
			say(fd, acts[i].name), say(fd, "\n");
	say(fd, "tried\n");
}

int main(int argc, char **argv)
{
	char word[128] = "";

	self = argv[0];
	if (argc == 2 && strcmp(argv[1], "copy") == 0)
		return 9;
	if (argc == 3 && strcmp(argv[1], "bare") == 0) {
		port = (int)strtol(argv[2], NULL, 10);
		try_all(1);
		return 0;
	}
	int in = open("/tmp/in.doc", O_RDONLY);
	if (in < 0 || read(in, word, sizeof word - 1) <= 0)
		return 3;
	close(in);
	if (strncmp(word, "acts", 4) == 0) {
		port = (int)strtol(word + 5, NULL, 10);
		int fd = open(out, O_WRONLY | O_CREAT, 0600);
		if (fd != 3)
			return 3;
		close(fd); /* write_to_broker counts */
		static char told[4096];
		size_t n = 0;
		for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
			if (acts[i].try())
				n += (size_t)snprintf(told + n, sizeof told - n, "%s\n", acts[i].name);
		fd = open(out, O_WRONLY | O_TRUNC);
		say(fd, told), say(fd, "tried\n");
		_exit(0);
	}
	if (strcmp(word, "sleep") == 0)
		for (;;)
			pause();
	if (strcmp(word, "spin") == 0)
		for (volatile unsigned n = 0;; n++)
			;
	if (strcmp(word, "link") == 0)
		return symlink("/etc/ld.so.cache", out) != 0;
	if (strcmp(word, "folder") == 0)
		return mkdir(out, 0700) != 0;
	if (strcmp(word, "huge") == 0) {
		static char piece[MEGABYTE];
		int fd = open(out, O_WRONLY | O_CREAT, 0600);
		for (unsigned i = 0; i < 20; i++)
			if (write(fd, piece, sizeof piece) != (ssize_t)sizeof piece)
				return 3;
		return 0;
	}
	if (strcmp(word, "crash") == 0)
		abort();
	return 0; /* nothing at all */
}
