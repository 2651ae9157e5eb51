/* 公開の検査値 — where the published vectors lie: SEKISHO_VECTORS or ../shared/vectors beside the source. Tests only. */
#ifndef EVIDENCE_VECTORS_TEST_H
#define EVIDENCE_VECTORS_TEST_H
#include "base/check.h"
#include "base/arena.h"
#include <unistd.h>

/* NULL after saying that it is skipped; where CI=true the test fails instead: a vector that nobody runs proves nothing. */
static inline const char *vectors_folder(struct arena *arena, const char *name)
{
	const char *set = getenv("SEKISHO_VECTORS"), *ci = getenv("CI");
	const char *path = set && *set ? arena_printf(arena, "%s/%s", set, name)
				       : arena_printf(arena, "%s/../shared/vectors/%s", SOURCE_ROOT, name);

	if (access(path, R_OK) == 0)
		return path;
	print_message("skipped: no vectors in %s\n", path);
	if (ci && strcmp(ci, "true") == 0)
		fail_msg("the vectors of %s are missing", name);
	return NULL;
}

#endif
