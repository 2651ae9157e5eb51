/* ポリシー文の事例 — policy_cases FOLDER: each folder in it holds in.policy (and what it includes) and one of
 *   out.policy        the canonical text, which read again must give itself
 *   refused           the message in Japanese, exact;  refused.en beside it: the English one
 * Drop in a folder, write no code. */
#include "base/file.h"
#include "policy/policy.h"
#include <dirent.h>
#include <fcntl.h>

static int compare(const char *name, const char *file, struct text got, struct bytes wanted)
{
	while (wanted.n && wanted.p[wanted.n - 1] == '\n')
		wanted.n--;
	while (got.n && got.p[got.n - 1] == '\n')
		got.n--;
	if (bytes_equal(bytes_of_text(got), wanted))
		return 0;
	printf("%s: not as in %s, but:\n%.*s\n", name, file, (int)got.n, got.p);
	return 1;
}

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static int accepted(struct arena *a, int dir, const char *name, const struct policy *policy)
{
	struct text canonical = policy_text_of(a, policy);
	const struct policy *again;
	struct bytes wanted;
	struct err err;

	if (file_read(a, dir, "out.policy", 1 << 20, &wanted, &err) != 0)
		return printf("%s: accepted, but there is no out.policy. It reads:\n%s", name, canonical.p), 1;
	if (policy_of_text(a, "out.policy", bytes_of_text(canonical), &again, NULL, &err) != 0 || !policy_equal(policy, again))
		return printf("%s: the canonical text does not say the same: %s\n", name, err.say), 1;
	return compare(name, "out.policy", canonical, wanted);
}

static int refused(struct arena *a, int dir, const char *name, const struct policy_fault *fault)
{
	const char *japanese = policy_fault_text(a, fault, true);
	struct bytes wanted;

	if (file_read(a, dir, "refused", 1 << 20, &wanted, NULL) != 0)
		return printf("%s: refused, but there is no file refused. It says:\n%s\n", name, japanese), 1;
	int bad = compare(name, "refused", text_of(japanese), wanted);
	if (file_read(a, dir, "refused.en", 1 << 20, &wanted, NULL) == 0)
		bad |= compare(name, "refused.en", text_of(policy_fault_text(a, fault, false)), wanted);
	return bad;
}

int main(int argc, char **argv)
{
	DIR *all = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned count = 0, bad = 0;

	if (!all)
		return fprintf(stderr, "usage: policy_cases FOLDER\n"), 2;
	for (struct dirent *e; (e = readdir(all));) {
		ARENA(a) = arena_new(0);
		const struct policy *policy;
		struct policy_fault fault;
		if (e->d_name[0] == '.')
			continue;
		FD(dir) = openat(dirfd(all), e->d_name, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		must(dir >= 0);
		count++;
		bad += (unsigned)(policy_load(a, dir, "in.policy", &policy, &fault, NULL) == 0 ? accepted(a, dir, e->d_name, policy) : refused(a, dir, e->d_name, &fault));
	}
	closedir(all);
	printf("%u cases, %u differ\n", count, bad);
	return bad || count == 0;
}
