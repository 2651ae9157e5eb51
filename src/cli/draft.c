/* 下書きのポリシー文 — contract in draft.h. */
#include "cli/draft.h"
#include "base/file.h"
#include <fcntl.h>

int draft_load(struct arena *arena, const char *path, const struct policy **out, struct policy_fault *fault, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *folder = !slash ? "." : slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
	FD(dir) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0) {
		*fault = (struct policy_fault){ .ja = arena_printf(arena, "フォルダーを開けません: %s", folder),
						.en = arena_printf(arena, "the folder %s cannot be opened", folder) };
		return fail_errno(err, ERR_NOT_FOUND, "cannot open the folder %s", folder);
	}
	return policy_load(arena, dir, name, out, fault, err);
}
