/* 記述子 — contract in descriptor.h. */
#include "base/descriptor.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int file_read_fd(struct arena *arena, int fd, size_t most, struct bytes *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, ERR_IO, "cannot look at the file");
	if (st.st_size < 0 || (uint64_t)st.st_size > most)
		return fail(err, ERR_LIMIT, (uint64_t)st.st_size, "the file has %lld bytes, the limit is %zu", (long long)st.st_size, most);
	size_t room = S_ISREG(st.st_mode) ? (size_t)st.st_size : most, n = 0;
	uint8_t *p = arena_try(arena, room + 1);
	if (!p)
		return fail(err, ERR_LIMIT, room, "no memory for %zu bytes", room);
	while (n < room) {
		ssize_t got = read(fd, p + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, ERR_IO, "cannot read");
		if (got == 0)
			break;
		n += (size_t)got;
	}
	p[n] = 0;
	*out = bytes_of(p, n);
	return 0;
}

int file_write_all(int fd, struct bytes b, struct err *err)
{
	while (b.n > 0) {
		ssize_t put = write(fd, b.p, b.n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) /* nothing at all would go on for ever */
			return fail_errno(err, ERR_IO, "cannot write");
		b.p += put, b.n -= (size_t)put;
	}
	return 0;
}

int file_pread_all(int fd, void *to, size_t n, uint64_t at, struct err *err)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, ERR_IO, "cannot read");
		if (got == 0)
			return fail(err, ERR_CUT_SHORT, at, "%zu bytes are missing", n);
		p += got, n -= (size_t)got, at += (uint64_t)got;
	}
	return 0;
}

int memfd_new(const char *name, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd >= 0 ? fd : fail_errno(err, ERR_IO, "cannot make a memory file");
}

int memfd_seal(int fd, struct err *err)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return fail_errno(err, ERR_IO, "cannot seal the memory file");
	return 0;
}

int memfd_of(const char *name, struct bytes content, bool sealed, struct err *err)
{
	int fd = memfd_new(name, err);

	if (fd < 0)
		return -1;
	if (file_write_all(fd, content, err) != 0 || (sealed && memfd_seal(fd, err) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}
