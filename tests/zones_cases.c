/* 掟の事例 — zones_cases FOLDER: each folder in it holds in.policy and one of
 *   kept      every law holds on 2026-12-01 (the file is empty)
 *   broken    the law that is broken, the path and the packet, told in Japanese, exact;  broken.en beside it: in English
 * Drop in a folder, write no code. */
#include "base/clock.h"
#include "base/file.h"
#include "policy/policy.h"
#include "zones/laws/law.h"
#include <dirent.h>
#include <fcntl.h>

static int compare(const char *name, const char *file, const char *got, struct bytes wanted)
{
	if (strlen(got) == wanted.n && memcmp(got, wanted.p, wanted.n) == 0)
		return 0;
	printf("%s: not as in %s, but:\n%s", name, file, got);
	return 1;
}

static int judge(struct arena *a, int dir, const char *name, const struct policy *policy, int64_t now)
{
	const char *japanese, *english;
	struct bytes wanted;
	struct err err;
	bool good;

	if (laws_judge_text(a, policy, now, true, &good, &japanese, &err) != 0 || laws_judge_text(a, policy, now, false, &good, &english, &err) != 0)
		return printf("%s: nothing was decided: %s\n", name, err.say), 1;
	if (good)
		return file_read(a, dir, "kept", 1, &wanted, NULL) == 0 ? 0 : (printf("%s: every law is kept, but there is no file kept\n", name), 1);
	if (file_read(a, dir, "broken", 1 << 20, &wanted, NULL) != 0)
		return printf("%s: a law is broken, but there is no file broken. It says:\n%s", name, japanese), 1;
	int bad = compare(name, "broken", japanese, wanted);
	if (file_read(a, dir, "broken.en", 1 << 20, &wanted, NULL) == 0)
		bad |= compare(name, "broken.en", english, wanted);
	return bad;
}

int main(int argc, char **argv)
{
	DIR *all = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned count = 0, bad = 0;
	int64_t now;

	if (!all)
		return fprintf(stderr, "usage: zones_cases FOLDER\n"), 2;
	must(clock_from_utc("2026-12-01T00:00:00Z", &now) == 0);
	for (struct dirent *e; (e = readdir(all));) {
		ARENA(a) = arena_new(0);
		const struct policy *policy;
		struct policy_fault fault;
		if (e->d_name[0] == '.')
			continue;
		FD(dir) = openat(dirfd(all), e->d_name, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		must(dir >= 0);
		count++;
		if (policy_load(a, dir, "in.policy", &policy, &fault, NULL) != 0)
			bad++, printf("%s: %s\n", e->d_name, policy_fault_text(a, &fault, false));
		else
			bad += (unsigned)judge(a, dir, e->d_name, policy, now);
	}
	closedir(all);
	printf("%u cases, %u differ\n", count, bad);
	return bad || count == 0;
}
