/* 検証の壁 — contract in evidence_walls.h. */
#include "cli/evidence_walls.h"
#include "base/hash.h"
#include "base/sandbox.h"
#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* No path may be written, made, renamed or removed; reading is not touched. Kernels before 5.13 have no Landlock: the system-call list stands alone. */
static int deny_writing(struct err *err)
{
	struct landlock_ruleset_attr all = { .handled_access_fs =
						     LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
						     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
						     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
						     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM };
	long fd = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

	if (fd < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : fail_errno(err, ERR_JAIL, "cannot make the Landlock wall");
	long done = syscall(SYS_landlock_restrict_self, (int)fd, 0);
	close((int)fd);
	return done == 0 ? 0 : fail_errno(err, ERR_JAIL, "cannot raise the Landlock wall");
}

int evidence_walls(struct err *err)
{
	static const int allowed[] = { SYS_read,    SYS_pread64, SYS_write,	SYS_writev,	SYS_openat,    SYS_close,	SYS_fstat,  SYS_newfstatat,
				       SYS_statx,   SYS_lseek,	 SYS_getdents64, SYS_faccessat, SYS_faccessat2, SYS_fcntl,	SYS_mmap,   SYS_munmap,
				       SYS_mremap,  SYS_mprotect, SYS_brk,	SYS_madvise,	SYS_futex,     SYS_getrandom,	SYS_ioctl,  SYS_sysinfo,
				       SYS_rt_sigreturn, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_clock_gettime, SYS_exit, SYS_exit_group, -1 };
	uint8_t warm;

	random_bytes(&warm, 1); /* the library looks for its source of chance now, not behind the wall */
	tzset();
	if (sandbox_no_new_privs(err) != 0 || deny_writing(err) != 0)
		return -1;
#ifndef SEKISHO_ASAN
	return sandbox_seccomp(allowed, err);
#else
	(void)allowed;
	return 0;
#endif
}
