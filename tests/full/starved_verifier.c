/* 記憶域の不足 — linked with the verifier: it lacks memory at the allocation that the folder it was started from is named after. */
#include "full/starve.h"
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

__attribute__((constructor)) static void read_own_name(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN); /* FOLDER/NUMBER/verifier */
	const char *at = path + strlen(path);

	for (unsigned slashes = 0; at > path; at--)
		if (at[-1] == '/' && ++slashes == 2)
			break;
	starve_at(strtoul(at, NULL, 10));
}
