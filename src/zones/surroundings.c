/* 規則のまわり — contract in surroundings.h: asking the kernel. */
#include "zones/surroundings.h"
#include "base/file.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES = 5, SETTING_MOST = 64 };

/* ---- settings ---- */

static const char *const settings[] = { "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables",
	"net/mpls/platform_labels", "net/netfilter/nf_conntrack_tcp_loose" };
/* Of each interface, and of all. */
static const char *const settings4[] = { "accept_redirects", "accept_source_route", "forwarding", "proxy_arp", "proxy_arp_pvlan", "route_localnet", "rp_filter" };
static const char *const settings6[] = { "accept_ra", "accept_redirects", "accept_source_route", "forwarding", "proxy_ndp", "seg6_enabled" };

static void put_setting(struct buf *out, int proc, const char *folder, const char *name)
{
	char path[160], value[SETTING_MOST];

	snprintf(path, sizeof path, "%s%s", folder, name);
	FD(fd) = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, value, sizeof value - 1) : 0;
	if (n <= 0)
		return;
	value[n] = 0;
	value[strcspn(value, "\n")] = 0;
	buf_printf(out, "%s %s\n", path, value);
}

/* Names as they stand in a folder of /proc, in order. */
static const char **names_in(struct arena *arena, int proc, const char *folder, size_t *count)
{
	const char **names = arena_new_array(arena, const char *, ZONES_INTERFACES_MOST + 4);
	int fd = openat(proc, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	*count = 0;
	while (all && *count < ZONES_INTERFACES_MOST + 4 && (entry = readdir(all))) {
		size_t at = *count;
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "default") == 0)
			continue;
		for (; at > 0 && strcmp(names[at - 1], entry->d_name) > 0; at--)
			names[at] = names[at - 1];
		names[at] = arena_copy(arena, entry->d_name, strlen(entry->d_name));
		++*count;
	}
	if (all)
		closedir(all);
	else if (fd >= 0)
		close(fd);
	return names;
}

static void put_settings_of(struct arena *arena, struct buf *out, int proc, const char *folder, const char *const *settings_of, size_t settings_count)
{
	size_t count;
	const char **names = names_in(arena, proc, folder, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < settings_count; k++)
			put_setting(out, proc, arena_printf(arena, "%s%s/", folder, names[i]), settings_of[k]);
}

/* Tables of iptables' own kind, which nft does not list. Its file is root's and its group's to read; no file: the kernel has no such thing. */
static void put_tables(struct arena *arena, struct buf *out, const char *name)
{
	FD(fd) = open(arena_printf(arena, "/proc/net/%s_names", name), O_RDONLY | O_CLOEXEC);
	const char *none = fd < 0 && errno != ENOENT ? "?" : "-";
	char tables[1024]; /* a table has a name of a few letters, and there are five */
	ssize_t n = fd >= 0 ? read(fd, tables, sizeof tables) : 0;
	struct bytes line;
	bool any = false;

	buf_printf(out, "%s ", name);
	for (struct cursor rest = cursor_over(bytes_of(tables, n > 0 ? (size_t)n : 0)); cursor_next_line(&rest, &line); any = true) {
		buf_str(out, any ? "," : "");
		buf_bytes(out, line);
	}
	buf_str(out, any ? "\n" : arena_printf(arena, "%s\n", n < 0 ? "?" : none));
}

/* Programs of traffic control that stand beside its queues, without a message: how many, "?" where the kernel does not say. */
static void put_programs(struct arena *arena, struct buf *out)
{
	static const uint32_t ways[] = { 46, 47 }; /* BPF_TCX_INGRESS, BPF_TCX_EGRESS */
	struct if_nameindex *all = if_nameindex();

	for (size_t i = 0; all && all[i].if_index; i++) {
		unsigned count = 0;
		bool known = true;
		for (size_t k = 0; k < COUNT(ways); k++) {
			struct {
				uint32_t link, way, how, flags;
				uint64_t ids;
				uint32_t count, reserved;
				uint64_t more[8];
			} query = { .link = all[i].if_index, .way = ways[k] };
#ifdef SYS_bpf
			if (syscall(SYS_bpf, 16 /* BPF_PROG_QUERY */, &query, sizeof query) == 0)
				count += query.count;
			else
				known &= errno == EINVAL || errno == ENODEV || errno == ENOENT || errno == ENOSYS; /* an older kernel has no such programs */
#endif
		}
		buf_str(out, arena_printf(arena, known ? "tcx/%s %u\n" : "tcx/%s ?\n", all[i].if_name, count));
	}
	if (all)
		if_freenameindex(all);
}

void surroundings_settings(struct arena *arena, struct bytes *out)
{
	struct buf told = buf_in(arena, 0);
	FD(proc) = open("/proc/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	put_tables(arena, &told, "ip6_tables");
	put_tables(arena, &told, "ip_tables");
	for (size_t i = 0; i < COUNT(settings); i++)
		put_setting(&told, proc, "", settings[i]);
	put_settings_of(arena, &told, proc, "net/ipv4/conf/", settings4, COUNT(settings4));
	put_settings_of(arena, &told, proc, "net/ipv6/conf/", settings6, COUNT(settings6));
	put_programs(arena, &told);
	*out = buf_view(&told);
}

/* ---- messages ---- */

static int ask_links(int fd, struct buf *out, struct err *err)
{
	return netlink_dump(fd, RTM_GETLINK, &(struct ifinfomsg){ .ifi_family = AF_UNSPEC }, sizeof(struct ifinfomsg), out, err);
}

static int ask_routes(int fd, struct buf *out, struct err *err)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < COUNT(families); i++)
		if (netlink_dump(fd, RTM_GETROUTE, &(struct rtmsg){ .rtm_family = families[i] }, sizeof(struct rtmsg), out, err) != 0 ||
		    netlink_dump(fd, RTM_GETRULE, &(struct fib_rule_hdr){ .family = families[i] }, sizeof(struct fib_rule_hdr), out, err) != 0)
			return -1;
	return 0;
}

/* Of each queue (the one that takes what comes in has two places), as far as it has any. */
static int ask_filters(int fd, struct buf *out, struct arena *arena, struct err *err)
{
	struct buf queues = buf_in(arena, ZONES_SURROUNDINGS_BYTES_MOST);
	struct nlmsghdr head;
	struct cursor body;

	if (netlink_dump(fd, RTM_GETQDISC, &(struct tcmsg){ .tcm_family = AF_UNSPEC }, sizeof(struct tcmsg), &queues, err) != 0)
		return -1;
	for (struct cursor c = cursor_over(buf_view(&queues)); netlink_message(&c, &head, &body);) {
		struct tcmsg queue;
		const uint8_t *p = cursor_take(&body, sizeof queue);
		struct err why = { 0 };
		if (!p)
			continue;
		memcpy(&queue, p, sizeof queue);
		bool takes_in = queue.tcm_parent == TC_H_INGRESS;
		uint32_t places[] = { takes_in ? TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) : queue.tcm_handle, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS) };
		if (queue.tcm_handle == 0)
			continue; /* the one every link has without being given any takes no filters */
		for (int i = 0; i < (takes_in ? 2 : 1); i++)
			if (netlink_dump(fd, RTM_GETTFILTER, &(struct tcmsg){ .tcm_family = AF_UNSPEC, .tcm_ifindex = queue.tcm_ifindex, .tcm_parent = places[i] }, sizeof(struct tcmsg), out, &why) != 0 &&
			    why.code != ERR_UNSUPPORTED) {
				*err = why;
				return -1;
			}
	}
	return 0;
}

int surroundings_take(struct arena *arena, struct surroundings_taken *out, struct err *err)
{
	FD(fd) = netlink_open(NETLINK_ROUTE, NULL, 0, err);
	struct err why = { 0 };

	if (fd < 0)
		return -1;
	for (int try = 0; try < TRIES; try++) {
		struct buf messages = buf_in(arena, ZONES_SURROUNDINGS_BYTES_MOST);
		if (ask_links(fd, &messages, &why) == 0 && ask_routes(fd, &messages, &why) == 0 && ask_filters(fd, &messages, arena, &why) == 0) {
			out->messages = buf_view(&messages);
			surroundings_settings(arena, &out->settings);
			return 0;
		}
		if (why.code != ERR_BUSY)
			break;
	}
	*err = why;
	return -1;
}
