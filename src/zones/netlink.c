/* netlinkの読み書き — contract in netlink.h. */
#include "zones/netlink.h"
#include "base/file.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4 << 20, MESSAGES = 1 << 16 };

int netlink_open(int protocol, const int *groups, size_t count, struct err *err)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK };
	const struct timeval patience = { .tv_sec = NETLINK_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (count ? SOCK_NONBLOCK : 0), protocol);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot open a netlink socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ BUFFER_BYTES }, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &(int){ 1 }, sizeof(int)); /* what we ask is what we get */
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		fail_errno(err, ERR_IO, "cannot bind a netlink socket");
		close(fd);
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) != 0) {
			fail_errno(err, ERR_IO, "the kernel does not tell of its group %d", groups[i]);
			close(fd);
			return -1;
		}
	return fd;
}

bool netlink_message(struct cursor *c, struct nlmsghdr *head, struct cursor *body)
{
	if (c->failed || c->left == 0)
		return false;
	const uint8_t *p = cursor_take(c, sizeof *head);
	if (!p)
		return false;
	memcpy(head, p, sizeof *head);
	if (head->nlmsg_len < sizeof *head) {
		c->failed = true;
		return false;
	}
	size_t n = head->nlmsg_len - sizeof *head;
	*body = cursor_over(cursor_bytes(c, n));
	cursor_take(c, MIN(c->left, NLMSG_ALIGN(n) - n));
	return !c->failed;
}

bool netlink_attribute(struct cursor *c, struct netlink_attribute *out)
{
	struct nlattr a;

	if (c->failed || c->left == 0)
		return false;
	const uint8_t *p = cursor_take(c, sizeof a);
	if (!p)
		return false;
	memcpy(&a, p, sizeof a);
	if (a.nla_len < sizeof a) {
		c->failed = true;
		return false;
	}
	size_t n = a.nla_len - sizeof a;
	out->type = a.nla_type & NLA_TYPE_MASK;
	out->value = cursor_bytes(c, n);
	cursor_take(c, MIN(c->left, (size_t)NLA_ALIGN(n) - n));
	return !c->failed;
}

uint32_t netlink_u32(struct bytes value)
{
	uint32_t n = 0;

	if (value.n == sizeof n)
		memcpy(&n, value.p, sizeof n);
	return n;
}

struct bytes netlink_name(struct bytes value)
{
	return bytes_of(value.p, value.n ? strnlen((const char *)value.p, value.n) : 0);
}

/* What the end of an answer, or a refusal, says. */
static int ended(const struct nlmsghdr *head, struct cursor *body, struct err *err)
{
	const uint8_t *p = cursor_take(body, sizeof(int32_t));
	int32_t code = 0;

	if (p)
		memcpy(&code, p, sizeof code);
	if (code == 0 && (p || head->nlmsg_type == NLMSG_DONE))
		return 0;
	errno = -code;
	if (code == -EINVAL || code == -EOPNOTSUPP || code == -ENOENT)
		return fail_errno(err, ERR_UNSUPPORTED, "the kernel does not answer");
	return code == -EINTR ? fail(err, ERR_BUSY, 0, "it changed while it was read") : fail_errno(err, ERR_IO, "the kernel does not answer");
}

int netlink_dump(int fd, uint16_t type, const void *fixed, size_t size, struct buf *out, struct err *err)
{
	return netlink_ask(fd, type, NLM_F_DUMP, fixed, size, out, err);
}

int netlink_ask(int fd, uint16_t type, uint16_t flags, const void *request, size_t size, struct buf *out, struct err *err)
{
	static uint8_t room[MESSAGES];
	struct {
		struct nlmsghdr head;
		uint8_t request[NETLINK_REQUEST_MOST];
	} ask = { .head = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags } };
	static uint32_t sequence;
	bool changed = false;

	must(size <= sizeof ask.request);
	memcpy(ask.request, request, size);
	ask.head.nlmsg_len = (uint32_t)(sizeof ask.head + size), ask.head.nlmsg_seq = ++sequence;
	if (send(fd, &ask, ask.head.nlmsg_len, 0) < 0)
		return fail_errno(err, ERR_IO, "cannot ask the kernel");
	for (;;) {
		ssize_t n = recv(fd, room, sizeof room, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (size_t)n > sizeof room)
			return n > 0 ? fail(err, ERR_LIMIT, (uint64_t)n, "an answer of the kernel is longer than %d bytes", MESSAGES) : fail_errno(err, ERR_IO, "the kernel does not answer");
		struct cursor c = cursor_over(bytes_of(room, (size_t)n)), body;
		struct nlmsghdr head;
		for (size_t from = 0; netlink_message(&c, &head, &body); from = (size_t)n - c.left) {
			if (head.nlmsg_seq != sequence)
				continue; /* of a question before that was given up */
			changed |= (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) {
				if (ended(&head, &body, err) != 0)
					return -1;
				if (!buf_ok(out))
					return fail(err, ERR_LIMIT, out->most, "the kernel tells more than %zu bytes", out->most);
				return changed ? fail(err, ERR_BUSY, 0, "it changed while it was read") : 0;
			}
			buf_put(out, room + from, (size_t)n - c.left - from);
		}
		if (c.failed)
			return fail(err, ERR_MALFORMED, 0, "the kernel's answer is no message");
	}
}
