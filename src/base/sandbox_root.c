/* 借りものの根 — contract in sandbox_root.h. */
#include "base/sandbox_root.h"
#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_MOST = 512, CALLS_MOST = 200, X32_BIT = 0x40000000 };
/* Newer than some headers, the kernel's own numbers. */
enum { CALL_MOUNT_SETATTR = 442, ATTR_READ_ONLY = 1, ATTR_NO_SUID = 2, ATTR_NO_DEVICES = 4, ATTR_NO_EXEC = 8, RECURSIVE = 0x8000 };

/* The folders above `path` in the new root, where we stand: "etc" of "etc/fonts". */
static int make_parents(const char *path, struct err *err)
{
	char folder[PATH_MOST];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
		if (mkdir(folder, 0755) != 0 && errno != EEXIST)
			return fail_errno(err, ERR_UNSUPPORTED, "cannot make %s in the new root", folder);
	}
	return 0;
}

static int lock_down(const char *to, uint64_t flags, struct err *err)
{
	struct {
		uint64_t set, clear, propagation, user_namespace;
	} change = { .set = flags };

	if (syscall(CALL_MOUNT_SETATTR, AT_FDCWD, to, RECURSIVE, &change, sizeof change) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "%s stays writable", to);
	return 0;
}

static int bind_path(const char *path, struct err *err)
{
	char target[PATH_MOST];
	struct stat st;
	const char *to = path + 1;

	if (strlen(path) >= PATH_MOST || lstat(path, &st) != 0)
		return 0;
	if (make_parents(to, err) != 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlink(path, target, sizeof target - 1);
		if (n <= 0)
			return fail_errno(err, ERR_UNSUPPORTED, "cannot read the link %s", path);
		target[n] = 0;
		return symlink(target, to) == 0 ? 0 : fail_errno(err, ERR_UNSUPPORTED, "cannot make the link %s", path);
	}
	if (S_ISDIR(st.st_mode) ? mkdir(to, 0755) != 0 && errno != EEXIST : mknod(to, S_IFREG | 0444, 0) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "no place for %s", path);
	if (mount(path, to, NULL, MS_BIND | MS_REC, NULL) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "cannot bring %s in", path);
	return lock_down(to, ATTR_READ_ONLY | ATTR_NO_SUID | (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode) ? ATTR_NO_DEVICES : ATTR_NO_EXEC), err);
}

static int build_root(const struct sandbox_root *root, struct err *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV;
	char options[80];

	if (sandbox_begin_root(flags, "size=256k,nr_inodes=256,mode=0755", err) != 0)
		return -1;
	for (const char *const *path = root->paths; *path; path++)
		if (bind_path(*path, err) != 0)
			return -1;
	snprintf(options, sizeof options, "size=%llu,nr_inodes=8192,mode=0700", (unsigned long long)root->tmp_bytes);
	if (mkdir("tmp", 0700) != 0 || mount("none", "tmp", "tmpfs", flags, options) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "no /tmp in the new root");
	return sandbox_enter_root(flags, err);
}

int sandbox_namespaces_with(const struct sandbox_root *root, struct err *err)
{
	if (sandbox_unshare(err) != 0)
		return -1;
	return build_root(root, err);
}

int sandbox_landlock_program(const struct sandbox_root *root, const char *const *programs, struct err *err)
{
	struct sandbox_folder folders[64] = { { "/tmp", SANDBOX_READ | SANDBOX_WRITE } };
	size_t n = 1;

	for (const char *const *path = root->paths; *path; path++) {
		must(n + 1 < COUNT(folders));
		folders[n++] = (struct sandbox_folder){ *path, SANDBOX_READ | (strncmp(*path, "/dev/", 5) == 0 ? SANDBOX_WRITE : 0u) };
	}
	for (; *programs; programs++) {
		must(n + 1 < COUNT(folders));
		folders[n++] = (struct sandbox_folder){ *programs, SANDBOX_READ | SANDBOX_EXECUTE };
	}
	return sandbox_landlock_allow(folders, err);
}

#define ALLOW	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define ABSENT	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

int sandbox_seccomp_program(const int *allowed, struct err *err)
{
	static struct sock_filter rules[2 * CALLS_MOST + 32];
	const struct sock_filter head[] = {
		LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), KILL,
		LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1), KILL,
		/* threads, no processes */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4), LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), ALLOW, ABSENT,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4), LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1), ALLOW, ABSENT,
	};
	size_t n = COUNT(head), calls = 0;

	memcpy(rules, head, sizeof head);
	for (; allowed[calls] >= 0; calls++) {
		if (calls == CALLS_MOST)
			return fail(err, ERR_LIMIT, calls, "more than %d system calls in the list", CALLS_MOST);
		rules[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[calls], 0, 1);
		rules[n++] = (struct sock_filter)ALLOW;
	}
	rules[n++] = (struct sock_filter)ABSENT;
	struct sock_fprog program = { .len = (unsigned short)n, .filter = rules };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return fail_errno(err, ERR_UNSUPPORTED, "system-call list");
	return 0;
}
