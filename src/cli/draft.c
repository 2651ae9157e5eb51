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

int draft_complain(struct arena *arena, const struct policy_fault *fault, const struct err *err)
{
	fprintf(stderr, "%s\n", policy_fault_text(arena, fault, verb_japanese()));
	return err->code == ERR_INVALID ? VERB_REFUSED : VERB_FAULT;
}

int draft_take(struct arena *arena, const char *path, const struct policy **out)
{
	struct policy_fault fault;
	struct err err = { 0 };

	return draft_load(arena, path, out, &fault, &err) == 0 ? VERB_OK : draft_complain(arena, &fault, &err);
}

int draft_canonical(struct arena *arena, const char *path, struct bytes *out)
{
	const struct policy *policy;
	int code = draft_take(arena, path, &policy);

	if (code == VERB_OK)
		*out = bytes_of_text(policy_text_of(arena, policy));
	return code;
}
