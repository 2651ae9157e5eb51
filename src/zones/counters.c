/* 規則の数え — contract in counters.h. By the kernel's own headers. */
#include "zones/counters.h"
#include "base/file.h"
#include "zones/limits.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 512, ANSWER_BYTES = 1 << 16, ANSWER_SECONDS = 5, READINGS_MOST = 3 };

struct request {
	uint8_t bytes[REQUEST_BYTES] __attribute__((aligned(8)));
	size_t n;
};

static void put_attribute(struct request *r, uint16_t type, const void *value, size_t n)
{
	const struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + n), .nla_type = type };

	must(r->n + NLA_ALIGN(a.nla_len) <= sizeof r->bytes);
	memcpy(r->bytes + r->n, &a, sizeof a);
	memcpy(r->bytes + r->n + NLA_HDRLEN, value, n);
	r->n += NLA_ALIGN(a.nla_len);
}

/* name NULL: all. */
static void build(struct request *r, uint16_t kind, uint16_t flags, const char *name)
{
	const struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };
	const uint32_t counter = htonl(NFT_OBJECT_COUNTER);

	*r = (struct request){ .n = NLMSG_HDRLEN };
	memcpy(r->bytes + r->n, &family, sizeof family);
	r->n += NLMSG_ALIGN(sizeof family);
	put_attribute(r, NFTA_OBJ_TABLE, "sekisho", sizeof "sekisho");
	put_attribute(r, NFTA_OBJ_TYPE, &counter, sizeof counter);
	if (name)
		put_attribute(r, NFTA_OBJ_NAME, name, strlen(name) + 1);
	const struct nlmsghdr head = { .nlmsg_len = (uint32_t)r->n, .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | kind), .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = 1 };
	memcpy(r->bytes, &head, sizeof head);
}

/* The value of an attribute within n bytes; false: not there. */
static bool find(const uint8_t *p, size_t n, uint16_t type, struct bytes *value)
{
	while (n >= sizeof(struct nlattr)) {
		struct nlattr a;
		memcpy(&a, p, sizeof a);
		if (a.nla_len < NLA_HDRLEN || a.nla_len > n)
			return false;
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*value = bytes_of(p + NLA_HDRLEN, a.nla_len - (size_t)NLA_HDRLEN);
			return true;
		}
		size_t step = MIN(n, (size_t)NLA_ALIGN(a.nla_len));
		p += step, n -= step;
	}
	return false;
}

static bool read_counter(const struct nlmsghdr *m, struct bytes *name, uint64_t *packets)
{
	const size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));
	struct bytes data, count;

	if (m->nlmsg_len < head)
		return false;
	const uint8_t *p = (const uint8_t *)m + head;
	if (!find(p, m->nlmsg_len - head, NFTA_OBJ_NAME, name) || !find(p, m->nlmsg_len - head, NFTA_OBJ_DATA, &data) ||
	    !find(data.p, data.n, NFTA_COUNTER_PACKETS, &count) || count.n != 8)
		return false;
	*packets = 0;
	for (size_t i = 0; i < 8; i++)
		*packets = *packets << 8 | count.p[i];
	name->n = strnlen((const char *)name->p, name->n);
	return name->n > 0;
}

static int ask(const struct request *r, int *out, struct err *err)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	FD(fd) = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
	    sendto(fd, r->bytes, r->n, 0, (struct sockaddr *)&kernel, sizeof kernel) != (ssize_t)r->n)
		return fail_errno(err, ERR_IO, "the kernel cannot be asked for its counters");
	*out = fd;
	fd = -1;
	return 0;
}

struct taking {
	void (*each)(struct taking *t, struct bytes name, uint64_t packets);
	struct arena *arena;
	struct counters *list;
	size_t room;
	uint64_t packets;
	bool found, torn; /* torn: the rules changed under the reading */
};

/* 1: more is to come. */
static int take_message(const struct nlmsghdr *m, struct taking *t, bool many, struct err *err)
{
	struct bytes name;
	uint64_t packets;

	if (m->nlmsg_type == NLMSG_DONE)
		return 0;
	if (m->nlmsg_type == NLMSG_ERROR) {
		int code = 0;
		if (m->nlmsg_len >= NLMSG_HDRLEN + sizeof code)
			memcpy(&code, (const uint8_t *)m + NLMSG_HDRLEN, sizeof code);
		return code == -ENOENT ? fail(err, ERR_NOT_FOUND, 0, "there is no such counter") : fail(err, ERR_IO, (uint64_t)-code, "the kernel does not tell its counters");
	}
	t->torn |= (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (read_counter(m, &name, &packets))
		t->each(t, name, packets);
	return many ? 1 : 0;
}

static int hear(int fd, struct taking *t, bool many, struct err *err)
{
	static uint8_t answer[ANSWER_BYTES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t n = recv(fd, answer, sizeof answer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_errno(err, ERR_IO, "the kernel gives no answer about its counters");
		for (const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)answer; NLMSG_OK(m, (unsigned)n); m = NLMSG_NEXT(m, n)) {
			int more = take_message(m, t, many, err);
			if (more != 1)
				return more;
		}
	}
}

static void add(struct taking *t, struct bytes name, uint64_t packets)
{
	if (t->list->count == ZONES_ELEMENTS_MOST)
		return;
	if (t->list->count == t->room) {
		struct counter *wider = arena_new_array(t->arena, struct counter, t->room = t->room ? 2 * t->room : 64);
		if (t->list->count)
			memcpy(wider, t->list->list, t->list->count * sizeof *wider);
		t->list->list = wider;
	}
	t->list->list[t->list->count++] = (struct counter){ arena_copy(t->arena, name.p, name.n), packets };
}

int counters_read(struct arena *arena, struct counters *out, struct err *err)
{
	struct request r;

	build(&r, NFT_MSG_GETOBJ, NLM_F_DUMP, NULL);
	for (int i = 0;; i++) {
		struct counters list = { 0 };
		struct taking t = { .each = add, .arena = arena, .list = &list };
		FD(fd) = -1;
		if (ask(&r, &fd, err) != 0)
			return -1;
		if (hear(fd, &t, true, err) != 0) {
			if (err->code != ERR_NOT_FOUND)
				return -1;
			list = (struct counters){ 0 };
		}
		if (t.torn && i + 1 < READINGS_MOST)
			continue;
		*out = list;
		return 0;
	}
}

static void keep(struct taking *t, struct bytes name, uint64_t packets)
{
	(void)name;
	t->packets = packets, t->found = true;
}

int counters_take(const char *name, uint64_t *packets, struct err *err)
{
	struct taking t = { .each = keep };
	struct request r;
	FD(fd) = -1;

	build(&r, NFT_MSG_GETOBJ_RESET, 0, name);
	if (ask(&r, &fd, err) != 0 || hear(fd, &t, false, err) != 0)
		return -1;
	if (!t.found)
		return fail(err, ERR_NOT_FOUND, 0, "there is no counter %s", name);
	*packets = t.packets;
	return 0;
}
