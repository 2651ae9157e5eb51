/* ファイル — contract in file.h. */
#include "base/file.h"
#include "base/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(struct arena *arena, int dir, const char *path, size_t most, struct bytes *out, struct err *err)
{
	FD(fd) = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s", path);
	return file_read_fd(arena, fd, most, out, err);
}

/* The folder that holds path, relative to dir. */
static int parent_of(int dir, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[1024] = ".";

	if (slash) {
		size_t n = slash == path ? 1 : (size_t)(slash - path);
		if (n >= sizeof folder)
			return fail(err, ERR_LIMIT, n, "the path is too long");
		memcpy(folder, path, n);
		folder[n] = 0;
	}
	int fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : fail_errno(err, ERR_IO, "cannot open folder %s", folder);
}

int folder_sync(int dir, struct err *err)
{
	return fsync(dir) == 0 ? 0 : fail_errno(err, ERR_IO, "cannot sync the folder");
}

static int write_durable(int dir, const char *path, struct bytes content, unsigned mode, bool replace, struct err *err)
{
	char temporary[1100];
	uint64_t nonce;

	random_bytes(&nonce, sizeof nonce);
	if ((size_t)snprintf(temporary, sizeof temporary, "%s.%016llx.new", path, (unsigned long long)nonce) >= sizeof temporary)
		return fail(err, ERR_LIMIT, 0, "the path is too long");
	FD(parent) = parent_of(dir, path, err);
	if (parent < 0)
		return -1;
	FD(fd) = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make %s", temporary);
	if (fchmod(fd, mode) != 0 || file_write_all(fd, content, err) != 0 || fdatasync(fd) != 0) {
		fail_errno(err, ERR_IO, "cannot write %s", temporary);
		goto undo;
	}
	if (replace ? renameat(dir, temporary, dir, path) : linkat(dir, temporary, dir, path, 0)) {
		fail_errno(err, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "cannot name %s", path);
		goto undo;
	}
	if (!replace)
		unlinkat(dir, temporary, 0);
	return folder_sync(parent, err);
undo:
	unlinkat(dir, temporary, 0);
	return -1;
}

int file_replace(int dir, const char *path, struct bytes content, unsigned mode, struct err *err)
{
	return write_durable(dir, path, content, mode, true, err);
}

int file_create(int dir, const char *path, struct bytes content, unsigned mode, struct err *err)
{
	return write_durable(dir, path, content, mode, false, err);
}

int folder_make(int dir, const char *path, unsigned mode, struct err *err)
{
	char part[1024];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof part)
		return fail(err, ERR_LIMIT, n, "the path is empty or too long");
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != 0)
			continue;
		char kept = part[i];
		part[i] = 0;
		if (mkdirat(dir, part, mode) == 0) {
			FD(parent) = parent_of(dir, part, err);
			if (parent < 0 || folder_sync(parent, err) != 0)
				return -1;
		} else if (errno != EEXIST) {
			return fail_errno(err, ERR_IO, "cannot make folder %s", part);
		}
		part[i] = kept;
	}
	return 0;
}
