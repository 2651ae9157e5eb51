/* 隔離 — contract in sandbox.h. Raw BPF and raw Landlock: Debian 12's headers are older than the kernels this runs on. */
#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE /* Linux 6.3 */
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
enum { LANDLOCK_ASK_VERSION = 1, CALLS_MOST = 64, X32_BIT = 0x40000000, CAPABILITIES_MOST = 64 };

int sandbox_no_new_privs(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "no_new_privs");
	return 0;
}

int sandbox_undumpable(struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "undumpable");
	return 0;
}

static int write_file(const char *path, const char *content, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(content);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot open %s", path);
	if (write(fd, content, n) != (ssize_t)n) {
		fail_errno(err, ERR_IO, "cannot write %s", path);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* One uid and one gid, our own, seen as nobody's number inside: more cannot be mapped without privileges, and none are wanted. */
static int map_own_user(uid_t uid, gid_t gid, struct err *err)
{
	char line[64];

	snprintf(line, sizeof line, "65534 %u 1", uid);
	if (write_file("/proc/self/uid_map", line, err) != 0 || write_file("/proc/self/setgroups", "deny", err) != 0)
		return -1;
	snprintf(line, sizeof line, "65534 %u 1", gid);
	return write_file("/proc/self/gid_map", line, err);
}

/* An empty, read-only root: even without Landlock there is no file to open. */
int sandbox_begin_root(unsigned long flags, const char *options, struct err *err)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/proc", "tmpfs", flags, options) != 0 || chdir("/proc") != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "no new root");
	return 0;
}

int sandbox_enter_root(unsigned long flags, struct err *err)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
			return fail_errno(err, ERR_UNSUPPORTED, "the old root stays");
	} else if (chroot(".") != 0) { /* our root is no mount point: itself a chroot */
		return fail_errno(err, ERR_UNSUPPORTED, "no new root");
	}
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "the new root stays writable");
	return 0;
}

static int empty_root(struct err *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	return sandbox_begin_root(flags, "size=4k,nr_inodes=2,mode=0555", err) != 0 ? -1 : sandbox_enter_root(flags, err);
}

int sandbox_unshare(struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "cannot make namespaces");
	return map_own_user(uid, gid, err);
}

int sandbox_namespaces(struct err *err)
{
	return sandbox_unshare(err) != 0 || empty_root(err) != 0 ? -1 : 0;
}

static long landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_ASK_VERSION);
	return abi > 0 ? abi : 0;
}

/* Every right that the kernel's ABI knows is handled, none is granted. Numbers from the kernel's documentation, ABI 1 to 7. */
int sandbox_landlock_deny_all(struct err *err)
{
	static const uint64_t file_rights[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };
	long abi = landlock_abi();

	if (abi == 0)
		return fail(err, ERR_UNSUPPORTED, 0, "this kernel has no Landlock");
	uint64_t handled[] = { file_rights[MIN(abi, 5)], abi < 4 ? 0 : 3 /* TCP bind, connect */,
			       abi < 6 ? 0 : 3 /* scopes: abstract sockets, signals */ };
	size_t size = abi < 4 ? 8 : abi < 6 ? 16 : 24;
	int fd = (int)syscall(SYS_landlock_create_ruleset, handled, size, 0);
	if (fd < 0)
		return fail_errno(err, ERR_UNSUPPORTED, "Landlock rule set");
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
		fail_errno(err, ERR_UNSUPPORTED, "Landlock");
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static int allow_below(int rules, const struct sandbox_folder *folder, uint64_t handled, struct err *err)
{
	enum { EXECUTE = 1 << 0, READ_FILE = 1 << 2, READ_DIR = 1 << 3, WRITE_FILE = 1 << 1, TRUNCATE = 1 << 14, REMOVE_MAKE = 0x1ff0 /* remove and make whatever */, REFER = 1 << 13,
	       MAKE_DEVICES = 1 << 6 | 1 << 11, RULE_PATH_BENEATH = 1 };
	int fd = open(folder->path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		errno = why;
		return why == ENOENT || why == EACCES || why == ENOTDIR ? 0 : fail_errno(err, ERR_IO, "cannot look at %s", folder->path);
	}
	uint64_t rights = READ_FILE | READ_DIR;
	if (folder->rights & SANDBOX_WRITE)
		rights |= WRITE_FILE | TRUNCATE | ((REMOVE_MAKE | REFER) & ~(uint64_t)MAKE_DEVICES);
	if (folder->rights & SANDBOX_EXECUTE)
		rights |= EXECUTE;
	if (!S_ISDIR(st.st_mode))
		rights &= EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE;
	struct {
		uint64_t rights;
		int32_t parent;
	} __attribute__((packed)) rule = { rights & handled, fd };
	long added = syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0);
	int result = added == 0 ? 0 : fail_errno(err, ERR_UNSUPPORTED, "Landlock rule for %s", folder->path);
	close(fd);
	return result;
}

int sandbox_landlock_allow(const struct sandbox_folder *folders, struct err *err)
{
	static const uint64_t file_rights[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0x7fff };
	long abi = landlock_abi();

	if (abi == 0)
		return fail(err, ERR_UNSUPPORTED, 0, "this kernel has no Landlock");
	uint64_t handled = file_rights[MIN(abi, 5)];
	int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	if (rules < 0)
		return fail_errno(err, ERR_UNSUPPORTED, "Landlock rule set");
	int result = 0;
	for (; result == 0 && folders->path; folders++)
		result = allow_below(rules, folders, handled, err);
	if (result == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		result = fail_errno(err, ERR_UNSUPPORTED, "Landlock");
	close(rules);
	return result;
}

int sandbox_mdwe(struct err *err)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "memory-deny-write-execute");
	return 0;
}

static int limit(int what, uint64_t most, const char *name, struct err *err)
{
	struct rlimit have, want = { (rlim_t)most, (rlim_t)most };

	if (setrlimit((__rlimit_resource_t)what, &want) == 0)
		return 0;
	/* More than we have may not be asked for: what we have is less, and stays. */
	if (errno != EPERM || getrlimit((__rlimit_resource_t)what, &have) != 0)
		return fail_errno(err, ERR_BUG, "limit of %s", name);
	want.rlim_cur = want.rlim_max = MIN(want.rlim_max, have.rlim_max);
	if (setrlimit((__rlimit_resource_t)what, &want) != 0)
		return fail_errno(err, ERR_BUG, "limit of %s", name);
	return 0;
}

int sandbox_limit(const struct sandbox_limits *l, struct err *err)
{
#ifndef SEKISHO_ASAN /* its shadow memory reserves terabytes */
	if (l->address_space && limit(RLIMIT_AS, l->address_space, "memory", err) != 0)
		return -1;
#endif
	if (l->file_size && limit(RLIMIT_FSIZE, l->file_size, "file size", err) != 0)
		return -1;
	if (l->cpu_seconds && limit(RLIMIT_CPU, l->cpu_seconds, "CPU time", err) != 0)
		return -1;
	if (l->processes_zero && limit(RLIMIT_NPROC, 0, "processes", err) != 0)
		return -1;
	if (l->processes && limit(RLIMIT_NPROC, l->processes, "processes", err) != 0)
		return -1;
	if (l->open_files && limit(RLIMIT_NOFILE, l->open_files, "open files", err) != 0)
		return -1;
	return limit(RLIMIT_CORE, 0, "core dumps", err);
}

struct sandbox_filter {
	struct sock_fprog program;
	struct sock_filter rules[CALLS_MOST * 2 + 32];
};

#define ALLOW	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(test, value) BPF_JUMP(BPF_JMP | test | BPF_K, value, 1, 0) /* runs the next rule unless the test holds */
#define ONLY_IF(test, value) BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 1)

int sandbox_filter_make(const int *allowed, struct sandbox_filter **out, struct err *err)
{
	struct sandbox_filter *f = calloc(1, sizeof *f);
	size_t n = 0, calls = 0;

	must(f);
	const struct sock_filter head[] = { LOAD(arch), UNLESS(BPF_JEQ, AUDIT_ARCH_X86_64), KILL, LOAD(nr), ONLY_IF(BPF_JGE, X32_BIT), KILL };
	memcpy(f->rules, head, sizeof head);
	n = COUNT(head);
	for (; allowed[calls] >= 0; calls++) {
		if (calls == CALLS_MOST) {
			free(f);
			return fail(err, ERR_LIMIT, calls, "more than %d system calls in the list", CALLS_MOST);
		}
		bool maps = allowed[calls] == SYS_mmap || allowed[calls] == SYS_mprotect;
		if (maps)
			continue; /* behind the plain ones: they need their third argument looked at */
		f->rules[n++] = (struct sock_filter)ONLY_IF(BPF_JEQ, (uint32_t)allowed[calls]);
		f->rules[n++] = (struct sock_filter)ALLOW;
	}
	for (size_t i = 0; i < calls; i++) {
		if (allowed[i] != SYS_mmap && allowed[i] != SYS_mprotect)
			continue;
		/* protection is argument 2; low half first on this machine, the high half must not matter: the kernel takes the low bits */
		const struct sock_filter map[] = { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 4), LOAD(args[2]),
						   BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), ALLOW, KILL };
		memcpy(f->rules + n, map, sizeof map);
		n += COUNT(map);
	}
	f->rules[n++] = (struct sock_filter)KILL;
	f->program = (struct sock_fprog){ .len = (unsigned short)n, .filter = f->rules };
	*out = f;
	return 0;
}

int sandbox_filter_install(const struct sandbox_filter *f, struct err *err)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f->program) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "system-call list");
	return 0;
}

void sandbox_filter_free(struct sandbox_filter *f)
{
	free(f);
}

int sandbox_seccomp(const int *allowed, struct err *err)
{
	struct sandbox_filter *f;

	if (sandbox_filter_make(allowed, &f, err) != 0)
		return -1;
	int got = sandbox_filter_install(f, err);
	sandbox_filter_free(f);
	return got;
}

/* Newer numbers than Debian 12's headers know are the kernel's, stable. */
static const int never_of_a_daemon[] = {
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr,
	SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_swapon, SYS_swapoff,
	SYS_add_key, SYS_request_key, SYS_keyctl, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,
	SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_personality, SYS_open_by_handle_at, SYS_name_to_handle_at,
	SYS_lookup_dcookie, SYS_nfsservctl, SYS_uselib, SYS_ustat, SYS_vhangup, SYS_migrate_pages, SYS_move_pages, SYS_mknod, SYS_mknodat,
	SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_capset,
};

int sandbox_seccomp_daemon(struct err *err)
{
	struct sock_filter rules[2 * COUNT(never_of_a_daemon) + 16];
	const struct sock_filter head[] = { LOAD(arch), UNLESS(BPF_JEQ, AUDIT_ARCH_X86_64), KILL, LOAD(nr), ONLY_IF(BPF_JGE, X32_BIT), KILL };
	size_t n = COUNT(head);

	memcpy(rules, head, sizeof head);
	for (size_t i = 0; i < COUNT(never_of_a_daemon); i++) {
		rules[n++] = (struct sock_filter)ONLY_IF(BPF_JEQ, (uint32_t)never_of_a_daemon[i]);
		rules[n++] = (struct sock_filter)KILL;
	}
	rules[n++] = (struct sock_filter)ALLOW;
	struct sock_fprog program = { .len = (unsigned short)n, .filter = rules };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "system-call list");
	return 0;
}

unsigned sandbox_walls(int *abi)
{
	unsigned walls = WALL_NO_NEW_PRIVS | WALL_UNDUMPABLE | WALL_LIMITS;
	long landlock = landlock_abi();
	char most[16] = "1";

	if (abi)
		*abi = (int)landlock;
	if (landlock)
		walls |= WALL_LANDLOCK;
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0)
		walls |= WALL_MDWE;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &(uint32_t){ SECCOMP_RET_KILL_PROCESS }) == 0)
		walls |= WALL_SECCOMP;
	int fd = open("/proc/sys/user/max_user_namespaces", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, most, sizeof most - 1) : 0;
	if (fd >= 0)
		close(fd);
	if (got > 0 && most[0] != '0')
		walls |= WALL_NAMESPACES;
	return walls;
}

const char *sandbox_wall_name(enum sandbox_wall wall)
{
	switch (wall) {
	case WALL_NO_NEW_PRIVS: return "no_new_privs";
	case WALL_UNDUMPABLE: return "undumpable";
	case WALL_NAMESPACES: return "namespaces";
	case WALL_LANDLOCK: return "landlock";
	case WALL_MDWE: return "mdwe";
	case WALL_LIMITS: return "limits";
	case WALL_SECCOMP: return "seccomp";
	default: return "?";
	}
}

int sandbox_drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	for (int c = 0; c < CAPABILITIES_MOST; c++) {
		int in = prctl(PR_CAPBSET_READ, c, 0, 0, 0);
		if (in < 0)
			break; /* beyond the kernel's last */
		if (in && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0 && errno != EPERM) /* without CAP_SETPCAP there is nothing to drop */
			return fail_errno(err, ERR_DENIED, "cannot drop capability %d", c);
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) != 0)
		return fail_errno(err, ERR_DENIED, "cannot drop capabilities");
	return 0;
}

int sandbox_become(int64_t uid, int64_t gid, int close_from, struct err *err)
{
	if (uid >= 0) {
		uid_t u = (uid_t)uid;
		gid_t g = (gid_t)gid;
		if (gid < 0 || setgroups(0, NULL) != 0 || setresgid(g, g, g) != 0 || setresuid(u, u, u) != 0)
			return fail_errno(err, ERR_DENIED, "cannot become uid %lld", (long long)uid);
		if (uid != 0 && (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0))
			return fail(err, ERR_BUG, 0, "the way back to root is open");
		if (sandbox_drop_capabilities(err) != 0)
			return -1;
	}
	if (close_from >= 0 && close_range((unsigned)close_from, ~0u, 0) != 0)
		return fail_errno(err, ERR_IO, "cannot close descriptors");
	if (sandbox_no_new_privs(err) != 0 || sandbox_undumpable(err) != 0)
		return -1;
	return 0;
}
