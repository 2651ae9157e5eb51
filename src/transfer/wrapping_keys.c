/* 包む鍵 — contract in wrapping_keys.h. */
#include "transfer/wrapping_keys.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRESENT "spool/wrapping.key"
#define OLD_HEAD "wrapping-"
#define OLD_TAIL ".key"

static int read_key(struct wrapping_keys *k, const char *name, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes b;

	if (k->count == SPOOL_KEYS_MOST)
		return fail(err, ERR_TOO_MANY, SPOOL_KEYS_MOST, "the spool has more than %d wrapping keys", SPOOL_KEYS_MOST);
	if (file_read(arena, k->home, name, SPOOL_KEY + 1, &b, err) != 0)
		return -1;
	if (b.n != SPOOL_KEY)
		return fail(err, ERR_MALFORMED, b.n, "%s does not have %d bytes", name, SPOOL_KEY);
	memcpy(k->keys[k->count], b.p, SPOOL_KEY);
	secret_wipe((void *)(uintptr_t)b.p, b.n);
	snprintf(k->names[k->count++], SPOOL_KEY_NAME, "%s", name);
	return 0;
}

static bool is_old(const char *name)
{
	size_t n = strlen(name), head = sizeof OLD_HEAD - 1, tail = sizeof OLD_TAIL - 1;

	return n > head + tail && n < SPOOL_KEY_NAME - sizeof "spool/" && strncmp(name, OLD_HEAD, head) == 0 && strcmp(name + n - tail, OLD_TAIL) == 0;
}

static int read_old(struct wrapping_keys *k, struct err *err)
{
	int fd = openat(k->home, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char name[SPOOL_KEY_NAME];

	if (!d)
		return fail_errno(err, ERR_IO, "cannot list the spool");
	for (struct dirent *e; result == 0 && (e = readdir(d));) {
		if (!is_old(e->d_name))
			continue;
		snprintf(name, sizeof name, "spool/%.*s", SPOOL_KEY_NAME - 7, e->d_name);
		result = read_key(k, name, err);
	}
	closedir(d);
	return result;
}

int wrapping_keys_load(struct wrapping_keys *k, struct err *err)
{
	struct wrapping_keys fresh = { .home = k->home };
	struct stat st;

	/* The inode first: a rotation after it is noticed the next time. */
	if (fstatat(k->home, PRESENT, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot look at " PRESENT);
	fresh.inode = st.st_ino;
	int result = read_key(&fresh, PRESENT, err);
	if (result == 0)
		result = read_old(&fresh, err);
	if (result == 0)
		*k = fresh;
	secret_wipe(fresh.keys, sizeof fresh.keys);
	return result;
}

int wrapping_keys_fresh(struct wrapping_keys *k, struct err *err)
{
	struct stat st;

	if (fstatat(k->home, PRESENT, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == k->inode)
		return 0;
	return wrapping_keys_load(k, err);
}

void wrapping_keys_wipe(struct wrapping_keys *k)
{
	secret_wipe(k->keys, sizeof k->keys);
	k->count = 0;
}

/* The old one under its new name first: at no moment is a key missing. */
int wrapping_keys_rotate(int home, struct err *err)
{
	struct wrapping_keys k = { .home = home };
	uint8_t fresh[SPOOL_KEY];
	uint64_t tag;
	char name[SPOOL_KEY_NAME];

	if (wrapping_keys_load(&k, err) != 0)
		return -1;
	int result = k.count < SPOOL_KEYS_MOST ? 0
					       : fail(err, ERR_TOO_MANY, k.count, "%zu wrapping keys are in use: wait until the files under the oldest have come to their term", k.count);
	random_bytes(fresh, sizeof fresh);
	random_bytes(&tag, sizeof tag);
	snprintf(name, sizeof name, "spool/" OLD_HEAD "%016llx" OLD_TAIL, (unsigned long long)tag);
	if (result == 0)
		result = file_create(home, name, bytes_of(k.keys[0], SPOOL_KEY), 0600, err);
	if (result == 0)
		result = file_replace(home, PRESENT, bytes_of(fresh, sizeof fresh), 0600, err);
	secret_wipe(fresh, sizeof fresh);
	wrapping_keys_wipe(&k);
	return result;
}

int wrapping_keys_drop(struct wrapping_keys *k, size_t index, struct err *err)
{
	static const uint8_t nothing[SPOOL_KEY];

	must(index >= 1 && index < k->count);
	FD(fd) = openat(k->home, k->names[index], O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || pwrite(fd, nothing, sizeof nothing, 0) != sizeof nothing || fdatasync(fd) != 0 || unlinkat(k->home, k->names[index], 0) != 0)
		return fail_errno(err, ERR_IO, "cannot remove the old key %s", k->names[index]);
	k->count--;
	memmove(k->keys + index, k->keys + index + 1, (k->count - index) * sizeof *k->keys);
	memmove(k->names + index, k->names + index + 1, (k->count - index) * sizeof *k->names);
	return 0;
}
