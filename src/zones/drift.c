/* 改変の検知 — contract in drift.h. Messages of nf_tables and rtnetlink, by the kernel's own headers. */
#include "zones/drift.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 1 << 16, QUIET_MILLISECONDS = 20, SYSCTL_MILLISECONDS = 3000, BUFFER_BYTES = 4 << 20 };

static const char *const sysctls[] = { "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables",
	"net/ipv4/conf/all/rp_filter", "net/ipv4/conf/all/accept_source_route", "net/ipv6/conf/all/accept_source_route", "net/ipv4/conf/all/route_localnet",
	"net/netfilter/nf_conntrack_tcp_loose" };

static struct watch {
	struct loop *loop;
	struct drift_heard heard;
	int rules, routes;
	struct loop_timer *soon;
	bool rules_changed;
	char by[64], what[128];
	char values[COUNT(sysctls)][32];
} watch = { .rules = -1, .routes = -1, .by = "?" };

static int listen_to(int protocol, const int *groups, size_t count, struct err *err)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot open a netlink socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ BUFFER_BYTES }, sizeof(int));
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

/* Attributes of the message that ends a transaction: which process it was. */
static void take_generation(const struct nlmsghdr *m)
{
	const char *p = (const char *)NLMSG_DATA(m) + NLMSG_ALIGN(sizeof(struct nfgenmsg)), *end = (const char *)m + m->nlmsg_len;
	char name[32] = "?";
	unsigned pid = 0;

	while (p + sizeof(struct nlattr) <= end) {
		struct nlattr a;
		memcpy(&a, p, sizeof a);
		if (a.nla_len < sizeof a || p + a.nla_len > end)
			break;
		const char *value = p + NLA_HDRLEN;
		size_t n = a.nla_len - NLA_HDRLEN;
		if (a.nla_type == NFTA_GEN_PROC_PID && n == 4) {
			const uint8_t *b = (const uint8_t *)value;
			pid = (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
		} else if (a.nla_type == NFTA_GEN_PROC_NAME && n > 0) {
			snprintf(name, sizeof name, "%.*s", (int)strnlen(value, n), value);
		}
		p += NLA_ALIGN(a.nla_len);
	}
	snprintf(watch.by, sizeof watch.by, "%s (%u)", name, pid);
}

static const char *route_word(unsigned type)
{
	switch (type) {
	case RTM_NEWLINK: case RTM_DELLINK: return "link";
	case RTM_NEWADDR: case RTM_DELADDR: return "address";
	case RTM_NEWROUTE: case RTM_DELROUTE: return "route";
	case RTM_NEWRULE: case RTM_DELRULE: return "routing rule";
	case RTM_NEWQDISC: case RTM_DELQDISC: case RTM_NEWTFILTER: case RTM_DELTFILTER: case RTM_NEWTCLASS: case RTM_DELTCLASS: return "traffic control";
	default: return NULL;
	}
}

static void add_word(const char *word)
{
	size_t n = strlen(watch.what);

	if (!strstr(watch.what, word) && n + strlen(word) + 3 < sizeof watch.what)
		snprintf(watch.what + n, sizeof watch.what - n, "%s%s", n ? ", " : "", word);
}

/* Everything that waits; nothing is told yet. */
static void take_all(int fd, bool rules)
{
	static char messages[MESSAGES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t n = recv(fd, messages, sizeof messages, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) { /* more than there was room for: something did change */
			rules ? (void)(watch.rules_changed = true) : add_word("more than could be read");
			continue;
		}
		if (n <= 0)
			return;
		for (const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)messages; NLMSG_OK(m, (unsigned)n); m = NLMSG_NEXT(m, n)) {
			if (rules && NFNL_SUBSYS_ID(m->nlmsg_type) == NFNL_SUBSYS_NFTABLES) {
				watch.rules_changed = true;
				if (NFNL_MSG_TYPE(m->nlmsg_type) == NFT_MSG_NEWGEN)
					take_generation(m);
			} else if (!rules && route_word(m->nlmsg_type)) {
				add_word(route_word(m->nlmsg_type));
			}
		}
	}
}

static void tell(void *self)
{
	char by[sizeof watch.by], what[sizeof watch.what];

	(void)self;
	watch.soon = NULL;
	if (watch.rules_changed) {
		memcpy(by, watch.by, sizeof by);
		watch.rules_changed = false;
		snprintf(watch.by, sizeof watch.by, "?");
		watch.heard.rules(watch.heard.self, by);
	}
	if (watch.what[0]) {
		memcpy(what, watch.what, sizeof what);
		watch.what[0] = 0;
		watch.heard.surroundings(watch.heard.self, what);
	}
}

static void came(void *self, int fd, unsigned how)
{
	(void)self, (void)how;
	take_all(fd, fd == watch.rules);
	if ((watch.rules_changed || watch.what[0]) && !watch.soon)
		watch.soon = loop_after(watch.loop, QUIET_MILLISECONDS, tell, NULL);
}

static void read_sysctl(size_t i, char out[32])
{
	char path[128];

	snprintf(path, sizeof path, "/proc/sys/%s", sysctls[i]);
	FD(fd) = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, 31) : 0;
	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
}

static void look_at_sysctls(void *self)
{
	for (size_t i = 0; i < COUNT(sysctls); i++) {
		char now[32], what[128];
		read_sysctl(i, now);
		if (strcmp(now, watch.values[i]) == 0)
			continue;
		snprintf(what, sizeof what, "sysctl %s: %s, was %s", sysctls[i], now[0] ? now : "-", watch.values[i][0] ? watch.values[i] : "-");
		memcpy(watch.values[i], now, sizeof now);
		watch.heard.surroundings(watch.heard.self, what);
	}
	loop_after(watch.loop, SYSCTL_MILLISECONDS, look_at_sysctls, self);
}

int drift_watch(struct loop *loop, const struct drift_heard *heard, struct err *err)
{
	static const int rules[] = { NFNLGRP_NFTABLES };
	static const int routes[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_TC };

	watch.loop = loop, watch.heard = *heard;
	watch.rules = listen_to(NETLINK_NETFILTER, rules, COUNT(rules), err);
	watch.routes = watch.rules < 0 ? -1 : listen_to(NETLINK_ROUTE, routes, COUNT(routes), err);
	if (watch.routes < 0)
		return -1;
	loop_add(loop, watch.rules, LOOP_READ, came, NULL);
	loop_add(loop, watch.routes, LOOP_READ, came, NULL);
	for (size_t i = 0; i < COUNT(sysctls); i++)
		read_sysctl(i, watch.values[i]);
	loop_after(loop, SYSCTL_MILLISECONDS, look_at_sysctls, NULL);
	return 0;
}
