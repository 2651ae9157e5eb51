/* プロセス間の通信 — contract in ipc.h. */
#include "base/ipc.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAGIC = 0x534b4931, CALL_STRAY_MOST = 16 }; /* "SKI1" */

struct ipc_message ipc_start(struct arena *arena, uint16_t type, uint32_t sequence)
{
	struct ipc_message m = { .type = type, .sequence = sequence, .out = buf_in(arena, IPC_HEADER + IPC_BYTES_MOST) };

	buf_u32be(&m.out, MAGIC);
	buf_u16be(&m.out, type);
	buf_u16be(&m.out, 0);
	buf_u32be(&m.out, sequence);
	buf_u32be(&m.out, 0);
	return m;
}

void ipc_put_u8(struct ipc_message *m, uint8_t v) { buf_byte(&m->out, v); }
void ipc_put_u16(struct ipc_message *m, uint16_t v) { buf_u16be(&m->out, v); }
void ipc_put_u32(struct ipc_message *m, uint32_t v) { buf_u32be(&m->out, v); }
void ipc_put_u64(struct ipc_message *m, uint64_t v) { buf_u64be(&m->out, v); }

void ipc_put_bytes(struct ipc_message *m, struct bytes v)
{
	if (v.n > IPC_BYTES_MOST) {
		m->out.full = true;
		return;
	}
	buf_u32be(&m->out, (uint32_t)v.n);
	buf_bytes(&m->out, v);
}

void ipc_put_text(struct ipc_message *m, struct text v)
{
	ipc_put_bytes(m, bytes_of_text(v));
}

void ipc_put_fd(struct ipc_message *m, int fd)
{
	must(m->fd_count < IPC_FDS_MOST);
	m->fds[m->fd_count++] = fd;
}

static int send_frame(int socket, struct bytes frame, const int *fds, size_t fd_count, struct err *err)
{
	union {
		char room[CMSG_SPACE(sizeof(int) * IPC_FDS_MOST)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { (void *)(uintptr_t)frame.p, frame.n };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd_count) {
		h.msg_control = control.room;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	for (;;) {
		ssize_t put = sendmsg(socket, &h, MSG_NOSIGNAL);
		if (put == (ssize_t)frame.n)
			return 0;
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return fail_errno(err, ERR_BUSY, "the peer does not read");
		return fail_errno(err, ERR_PEER, "cannot send");
	}
}

int ipc_send(int socket, struct ipc_message *m, struct err *err)
{
	struct bytes frame = buf_view(&m->out);
	int fds[IPC_FDS_MOST];
	size_t count = 0;
	FD(body) = -1;

	if (!buf_ok(&m->out))
		return fail(err, ERR_LIMIT, IPC_BYTES_MOST, "the message is too long");
	uint32_t length = (uint32_t)(m->out.n - IPC_HEADER);
	if (length > IPC_FRAME_MOST) {
		must(m->fd_count < IPC_FDS_MOST);
		body = memfd_of("message", bytes_of(m->out.p + IPC_HEADER, length), true, err);
		if (body < 0)
			return -1;
		fds[count++] = body, frame.n = IPC_HEADER;
	}
	memcpy(fds + count, m->fds, sizeof(int) * m->fd_count);
	count += m->fd_count;
	m->out.p[6] = 0, m->out.p[7] = (uint8_t)count;
	for (int i = 0; i < 4; i++)
		m->out.p[12 + i] = (uint8_t)(length >> (24 - 8 * i));
	return send_frame(socket, frame, fds, count, err);
}

void ipc_drop(struct ipc_message *m)
{
	for (size_t i = m->fd_taken; i < m->fd_count; i++)
		close(m->fds[i]);
	m->fd_taken = m->fd_count;
}

static void keep_descriptors(struct msghdr *h, struct ipc_message *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (m->fd_count < IPC_FDS_MOST)
				m->fds[m->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

/* What came with the message as its body: a sealed memory file, so that reading it neither waits for anybody nor changes meanwhile. */
static int take_body(struct ipc_message *m, struct arena *arena, uint32_t length, struct bytes *out, struct err *err)
{
	enum { SEALS = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW };
	FD(fd) = m->fd_count ? m->fds[m->fd_taken++] : -1;
	int seals = fd < 0 || length > IPC_BYTES_MOST ? -1 : fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0 || st.st_size != (off_t)length)
		return fail(err, ERR_MALFORMED, length, "the message has no sealed body of its length, %d bytes at most", IPC_BYTES_MOST);
	uint8_t *body = arena_alloc(arena, length);
	*out = bytes_of(body, length);
	return file_pread_all(fd, body, length, 0, err);
}

int ipc_receive(int socket, struct arena *arena, struct ipc_message *m, struct err *err)
{
	union {
		char room[CMSG_SPACE(sizeof(int) * (IPC_FDS_MOST + 1))];
		struct cmsghdr align;
	} control;
	struct msghdr h = { .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room };
	ssize_t got;

	*m = (struct ipc_message){ 0 };
	/* How long is it? A frame of the longest possible message on the stack costs a fault for each of its pages, in every process anew. */
	do
		got = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_errno(err, errno == EAGAIN ? ERR_BUSY : ERR_PEER, "cannot receive");
	size_t room = MIN((size_t)got, (size_t)IPC_HEADER + IPC_FRAME_MOST);
	uint8_t *frame = arena_alloc(arena, room + 1);
	h.msg_iov = &(struct iovec){ frame, room };
	do
		got = recvmsg(socket, &h, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_errno(err, errno == EAGAIN ? ERR_BUSY : ERR_PEER, "cannot receive");
	keep_descriptors(&h, m);
	if (got == 0) {
		ipc_drop(m);
		return fail(err, ERR_PEER, 0, "the peer has gone");
	}
	struct cursor c = cursor_over(bytes_of(frame, (size_t)got));
	uint32_t magic = cursor_u32be(&c);
	m->type = cursor_u16be(&c);
	uint16_t fds = cursor_u16be(&c);
	m->sequence = cursor_u32be(&c);
	uint32_t length = cursor_u32be(&c);
	bool apart = length > IPC_FRAME_MOST;
	if (c.failed || magic != MAGIC || c.left != (apart ? 0 : length) || fds != m->fd_count || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		ipc_drop(m);
		return fail(err, ERR_MALFORMED, (uint64_t)got, "the message has a bad header");
	}
	struct bytes body = bytes_of(c.p, c.left);
	if (apart && take_body(m, arena, length, &body, err) != 0) {
		ipc_drop(m);
		return -1;
	}
	m->in = cursor_over(body);
	m->out = buf_in(arena, IPC_HEADER + IPC_BYTES_MOST);
	return 0;
}

uint8_t ipc_take_u8(struct ipc_message *m) { return cursor_u8(&m->in); }
uint16_t ipc_take_u16(struct ipc_message *m) { return cursor_u16be(&m->in); }
uint32_t ipc_take_u32(struct ipc_message *m) { return cursor_u32be(&m->in); }
uint64_t ipc_take_u64(struct ipc_message *m) { return cursor_u64be(&m->in); }
struct bytes ipc_take_bytes(struct ipc_message *m) { return cursor_bytes(&m->in, cursor_u32be(&m->in)); }

struct text ipc_take_text(struct ipc_message *m)
{
	struct bytes b = ipc_take_bytes(m);

	if (m->in.failed || !is_utf8(b) || (b.n && memchr(b.p, 0, b.n))) {
		m->in.failed = true;
		return TEXT("");
	}
	return (struct text){ arena_copy(m->out.arena, b.p, b.n), b.n };
}

int ipc_take_fd(struct ipc_message *m)
{
	if (m->fd_taken == m->fd_count) {
		m->in.failed = true;
		return -1;
	}
	return m->fds[m->fd_taken++];
}

int ipc_done(struct ipc_message *m, struct err *err)
{
	bool good = !m->in.failed && m->in.left == 0 && m->fd_taken == m->fd_count;

	ipc_drop(m);
	return good ? 0 : fail(err, ERR_MALFORMED, m->in.at, "message %u has wrong fields", m->type);
}

static int wait_readable(int socket, int64_t until, struct err *err)
{
	for (;;) {
		int64_t left = until - clock_milliseconds();
		struct pollfd p = { .fd = socket, .events = POLLIN };
		int n = poll(&p, 1, (int)MAX(left, (int64_t)0));
		if (n > 0)
			return 0;
		if (n == 0)
			return fail(err, ERR_PEER, 0, "the peer did not answer in time");
		if (errno != EINTR)
			return fail_errno(err, ERR_PEER, "cannot wait for the peer");
	}
}

int ipc_call(int socket, struct ipc_message *request, struct arena *arena, int64_t milliseconds, struct ipc_message *reply, struct err *err)
{
	int64_t until = clock_milliseconds() + milliseconds;

	if (ipc_send(socket, request, err) != 0)
		return -1;
	for (int strays = 0; strays < CALL_STRAY_MOST; strays++) {
		if (wait_readable(socket, until, err) != 0 || ipc_receive(socket, arena, reply, err) != 0)
			return -1;
		if (reply->sequence == request->sequence)
			break;
		ipc_drop(reply); /* an answer that came after its time-out */
	}
	if (reply->type == IPC_FAILED) {
		uint16_t code = ipc_take_u16(reply);
		uint64_t at = ipc_take_u64(reply);
		struct text say = ipc_take_text(reply);
		if (ipc_done(reply, err) != 0)
			return -1;
		return fail(err, code < ERR_COUNT ? (enum err_code)code : ERR_PEER, at, "%s", say.p);
	}
	if (reply->type != (request->type | IPC_REPLY)) {
		ipc_drop(reply);
		return fail(err, ERR_MALFORMED, reply->type, "the peer answered something else");
	}
	return 0;
}

int ipc_reply_failure(int socket, uint16_t type, uint32_t sequence, const struct err *why)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, IPC_FAILED, sequence);
	size_t n = strnlen(why->say, sizeof why->say);

	(void)type;
	while (n > 0 && !is_utf8(bytes_of(why->say, n)))
		n--; /* the sentence may have been cut inside a character */
	ipc_put_u16(&m, (uint16_t)why->code);
	ipc_put_u64(&m, why->at);
	ipc_put_bytes(&m, bytes_of(why->say, n));
	return ipc_send(socket, &m, NULL);
}

static int address(const char *path, struct sockaddr_un *to, struct err *err)
{
	size_t n = strlen(path);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n >= sizeof to->sun_path)
		return fail(err, ERR_LIMIT, n, "socket path %s is too long (at most %zu bytes)", path, sizeof to->sun_path - 1);
	memcpy(to->sun_path, path, n);
	return 0;
}

int ipc_peer(int socket, struct ipc_peer *out, struct err *err)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return fail_errno(err, ERR_PEER, "cannot ask who the peer is");
	*out = (struct ipc_peer){ who.pid, who.uid, who.gid };
	return 0;
}

int ipc_connect(const char *path, int64_t peer_uid, struct err *err)
{
	struct sockaddr_un to;
	struct ipc_peer peer;

	if (address(path, &to, err) != 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(err, ERR_PEER, "cannot make a socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		fail_errno(err, ERR_PEER, "cannot reach %s", path);
		close(fd);
		return -1;
	}
	/* SO_PEERCRED of a client names who called listen(): the supervisor (root) hands sockets over, so root is believed too. */
	if (ipc_peer(fd, &peer, err) != 0 || (peer_uid >= 0 && peer.uid != (uid_t)peer_uid && peer.uid != 0)) {
		if (peer_uid >= 0)
			fail(err, ERR_PEER, peer.uid, "%s is held by uid %u, expected %lld", path, peer.uid, (long long)peer_uid);
		close(fd);
		return -1;
	}
	return fd;
}

int ipc_listen(const char *path, unsigned mode, struct err *err)
{
	struct sockaddr_un at;

	if (address(path, &at, err) != 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make a socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || chmod(path, mode) != 0 || listen(fd, 128) != 0) {
		fail_errno(err, ERR_IO, "cannot listen at %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

int ipc_pair(int out[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) != 0)
		return fail_errno(err, ERR_IO, "cannot make a socket pair");
	return 0;
}
