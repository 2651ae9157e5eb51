/* 写しの流れ — contract in copy.h. */
#include "base/copy.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { HEAD_MOST = 1 + 2 + COPY_NAME_MOST + 4 };

bool copy_name_is_good(const char *name)
{
	size_t n = strlen(name), part = 0;

	if (n == 0 || n > COPY_NAME_MOST)
		return false;
	for (size_t i = 0; i <= n; i++) {
		unsigned char c = (unsigned char)name[i];
		if (c && c != '/') {
			if (c < 0x20 || c == 0x7f)
				return false;
			continue;
		}
		size_t length = i - part;
		if (length == 0 || (length == 1 && name[part] == '.') || (length == 2 && name[part] == '.' && name[part + 1] == '.'))
			return false;
		part = i + 1;
	}
	return true;
}

/* ---- writing ---- */

static void u16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}

static void u32(uint8_t *p, size_t v)
{
	u16(p, v >> 16), u16(p + 2, v);
}

static int put_file(int out, const char *name, unsigned mode, struct err *err)
{
	uint8_t head[HEAD_MOST] = { 'F' };
	size_t n = strlen(name);

	must(copy_name_is_good(name));
	u16(head + 1, n);
	memcpy(head + 3, name, n);
	u32(head + 3 + n, mode);
	return file_write_all(out, bytes_of(head, 3 + n + 4), err);
}

static int put_block(int out, struct bytes b, struct err *err)
{
	uint8_t head[5] = { 'D' };

	u32(head + 1, b.n);
	return file_write_all(out, bytes_of(head, sizeof head), err) != 0 ? -1 : file_write_all(out, b, err);
}

int copy_bytes(int out, struct bytes content, const char *name, unsigned mode, struct err *err)
{
	if (put_file(out, name, mode, err) != 0)
		return -1;
	while (content.n > 0) {
		size_t n = MIN(content.n, (size_t)COPY_BLOCK_MOST);
		if (put_block(out, bytes_of(content.p, n), err) != 0)
			return -1;
		content.p += n, content.n -= n;
	}
	return file_write_all(out, BYTES("Z"), err);
}

int copy_fd(int out, int fd, const char *name, unsigned mode, struct err *err)
{
	uint8_t block[COPY_BLOCK_MOST];
	off_t at = 0;

	if (put_file(out, name, mode, err) != 0)
		return -1;
	for (;;) {
		ssize_t n = pread(fd, block, sizeof block, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, ERR_IO, "cannot read %s", name);
		if (n == 0)
			break;
		if (put_block(out, bytes_of(block, (size_t)n), err) != 0)
			return -1;
		at += n;
	}
	return file_write_all(out, BYTES("Z"), err);
}

int copy_file(int out, int dir, const char *name, unsigned mode, bool missing, struct err *err)
{
	FD(fd) = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT && missing)
		return 0;
	if (fd < 0)
		return fail_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s", name);
	return copy_fd(out, fd, name, mode, err);
}

int copy_end(int out, struct err *err)
{
	return file_write_all(out, BYTES("E"), err);
}

void copy_failed(int out, const struct err *why)
{
	uint8_t head[5] = { 'X' };
	size_t n = strlen(why->say);
	struct err no;

	u16(head + 1, why->code);
	u16(head + 3, n);
	if (file_write_all(out, bytes_of(head, sizeof head), &no) != 0 || file_write_all(out, bytes_of(why->say, n), &no) != 0)
		return; /* the reader sees a stream cut short, which says the same */
}

/* ---- reading ---- */

static int take(int in, void *to, size_t n, struct err *err)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = read(in, p, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, ERR_IO, "cannot read the copy");
		if (got == 0)
			return fail(err, ERR_CUT_SHORT, n, "the copy ended too early");
		p += got, n -= (size_t)got;
	}
	return 0;
}

static size_t n16(const uint8_t *p) { return (size_t)p[0] << 8 | p[1]; }
static size_t n32(const uint8_t *p) { return n16(p) << 16 | n16(p + 2); }

static int take_failure(int in, struct err *err)
{
	uint8_t head[4];
	char say[sizeof err->say];

	if (take(in, head, sizeof head, err) != 0)
		return -1;
	size_t code = n16(head), n = n16(head + 2);
	if (code == ERR_NONE || code >= ERR_COUNT || n >= sizeof say)
		return fail(err, ERR_MALFORMED, code, "the copy is malformed");
	if (take(in, say, n, err) != 0)
		return -1;
	say[n] = 0;
	return fail(err, (enum err_code)code, 0, "%s", say);
}

static int take_name(int in, const struct copy_sink *sink, struct err *err)
{
	uint8_t head[4];
	char name[COPY_NAME_MOST + 1];

	if (take(in, head, 2, err) != 0)
		return -1;
	size_t n = n16(head);
	if (n == 0 || n > COPY_NAME_MOST)
		return fail(err, ERR_MALFORMED, n, "a name of the copy has %zu bytes", n);
	if (take(in, name, n, err) != 0 || take(in, head, 4, err) != 0)
		return -1;
	name[n] = 0;
	if (strlen(name) != n || !copy_name_is_good(name))
		return fail(err, ERR_MALFORMED, n, "a name of the copy leads elsewhere");
	return sink->file(sink->self, name, (unsigned)n32(head), err);
}

int copy_read(int in, const struct copy_sink *sink, struct err *err)
{
	uint8_t block[COPY_BLOCK_MOST], head[4], what;
	bool open = false;

	for (;;) {
		if (take(in, &what, 1, err) != 0)
			return -1;
		if (what == 'X')
			return take_failure(in, err);
		if (what == 'E' && !open)
			return 0;
		if (what == 'F' && !open) {
			if (take_name(in, sink, err) != 0)
				return -1;
			open = true;
		} else if (what == 'D' && open) {
			if (take(in, head, 4, err) != 0)
				return -1;
			size_t n = n32(head);
			if (n > sizeof block)
				return fail(err, ERR_MALFORMED, n, "a block of the copy has %zu bytes", n);
			if (take(in, block, n, err) != 0 || sink->data(sink->self, bytes_of(block, n), err) != 0)
				return -1;
		} else if (what == 'Z' && open) {
			if (sink->end(sink->self, err) != 0)
				return -1;
			open = false;
		} else {
			return fail(err, ERR_MALFORMED, what, "the copy is malformed");
		}
	}
}
