/* 改変の検知 — contract in drift.h. Messages of nf_tables and rtnetlink, by the kernel's own headers. */
#include "zones/drift.h"
#include "zones/netlink.h"
#include "zones/surroundings.h"
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

enum { MESSAGES = 1 << 16, QUIET_MILLISECONDS = 20, SETTINGS_MILLISECONDS = 3000 };

static struct watch {
	struct loop *loop;
	struct drift_heard heard;
	int rules, routes;
	struct loop_timer *soon;
	bool rules_changed;
	char by[64], what[160];
	struct arena *kept;	/* holds the settings */
	struct bytes settings; /* when they were looked at last */
} watch = { .rules = -1, .routes = -1, .by = "?" };

/* The message that ends a transaction: which process it was. */
static void take_generation(struct cursor body)
{
	struct netlink_attribute a;
	char name[32] = "?";
	unsigned pid = 0;

	cursor_take(&body, sizeof(struct nfgenmsg));
	while (netlink_attribute(&body, &a)) {
		if (a.type == NFTA_GEN_PROC_PID && a.value.n == 4)
			pid = (unsigned)a.value.p[0] << 24 | (unsigned)a.value.p[1] << 16 | (unsigned)a.value.p[2] << 8 | a.value.p[3];
		else if (a.type == NFTA_GEN_PROC_NAME && a.value.n > 0)
			snprintf(name, sizeof name, "%.*s", (int)netlink_name(a.value).n, (const char *)a.value.p);
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
	static uint8_t messages[MESSAGES];

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
		struct cursor c = cursor_over(bytes_of(messages, (size_t)n)), body;
		struct nlmsghdr head;
		while (netlink_message(&c, &head, &body)) {
			if (rules && NFNL_SUBSYS_ID(head.nlmsg_type) == NFNL_SUBSYS_NFTABLES) {
				watch.rules_changed = true;
				if (NFNL_MSG_TYPE(head.nlmsg_type) == NFT_MSG_NEWGEN)
					take_generation(body);
			} else if (!rules && route_word(head.nlmsg_type)) {
				add_word(route_word(head.nlmsg_type));
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

static struct bytes name_of(struct bytes line)
{
	const uint8_t *blank = line.n ? memchr(line.p, ' ', line.n) : NULL;

	return bytes_of(line.p, blank ? (size_t)(blank - line.p) : line.n);
}

/* Both have their lines in the same order; what comes and goes with an interface is told by its message. */
static void compare_settings(struct bytes before, struct bytes now)
{
	struct cursor old = cursor_over(before);
	struct bytes was, is;

	for (struct cursor new = cursor_over(now); cursor_next_line(&new, &is);)
		for (struct cursor rest = old; cursor_next_line(&rest, &was);) {
			if (!bytes_equal(name_of(was), name_of(is)))
				continue;
			old = rest;
			if (!bytes_equal(was, is)) {
				char what[160];
				size_t n = name_of(is).n;
				snprintf(what, sizeof what, "setting %.*s, was%.*s", (int)is.n, (const char *)is.p, (int)(was.n - n), (const char *)was.p + n);
				watch.heard.surroundings(watch.heard.self, what);
			}
			break;
		}
}

static void look_at_settings(void *self)
{
	struct arena *arena = arena_new(0);
	struct bytes now;

	surroundings_settings(arena, &now);
	compare_settings(watch.settings, now);
	arena_free(watch.kept);
	watch.kept = arena, watch.settings = now;
	loop_after(watch.loop, SETTINGS_MILLISECONDS, look_at_settings, self);
}

int drift_watch(struct loop *loop, const struct drift_heard *heard, struct err *err)
{
	static const int rules[] = { NFNLGRP_NFTABLES };
	static const int routes[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_TC };

	watch.loop = loop, watch.heard = *heard;
	watch.rules = netlink_open(NETLINK_NETFILTER, rules, COUNT(rules), err);
	watch.routes = watch.rules < 0 ? -1 : netlink_open(NETLINK_ROUTE, routes, COUNT(routes), err);
	if (watch.routes < 0)
		return -1;
	loop_add(loop, watch.rules, LOOP_READ, came, NULL);
	loop_add(loop, watch.routes, LOOP_READ, came, NULL);
	watch.kept = arena_new(0);
	surroundings_settings(watch.kept, &watch.settings);
	loop_after(loop, SETTINGS_MILLISECONDS, look_at_settings, NULL);
	return 0;
}
