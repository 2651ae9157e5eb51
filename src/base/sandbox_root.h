/* 借りものの根 — walls for a program that is not ours and cannot live without libraries and scratch files: namespaces with a root that holds a few folders of the
 * machine, read-only, and a /tmp of bounded size. For one process and what it starts; what it wrote dies with it. */
#ifndef BASE_SANDBOX_ROOT_H
#define BASE_SANDBOX_ROOT_H
#include "base/err.h"

struct sandbox_root {
	const char *const *paths; /* folders, files and devices that stand in the new root under the same names, ended by NULL; what is not there is left out */
	uint64_t tmp_bytes;	  /* size of /tmp. Code may be mapped from there (LibreOffice lays its call stubs down in files where memory may not gain execution); Landlock starts nothing there */
};
/* As sandbox_namespaces, and like it before a fork: user, network, mount, pid, ipc and uts namespaces. ERR_UNSUPPORTED where the machine does not give them. */
int sandbox_namespaces_with(const struct sandbox_root *root, struct err *err) CHECK_RESULT;
/* Landlock for the program: reads the paths of the root, writes below /tmp, starts only `programs` (ended by NULL). ERR_UNSUPPORTED where the kernel has none. */
int sandbox_landlock_program(const struct sandbox_root *root, const char *const *programs, struct err *err) CHECK_RESULT;
/* System calls of the program, ended by -1; every other fails with ENOSYS, so that libraries take another way. In the list: clone is for threads only, socket for
 * AF_UNIX only. Other architectures and x32 are killed. */
int sandbox_seccomp_program(const int *allowed, struct err *err) CHECK_RESULT;

#endif
