/* 実物の通信で確かめる — probes through a real kernel, in the network namespace it is started in (root of that namespace):
 *   zones_probe rig POLICY TIME     prints the commands that make the router: an interface for each of the text's, with a peer to send from, and the chains that look
 *   zones_probe run POLICY TIME [PORT]   (from this port, where any would do: another one begins new connections) sends every corner of what the text allows, and its answer; prints each packet whose fate is not the model's, and the numbers
 * The kernel is asked before and behind every other chain ("seen" with hook, interfaces and state of the flow; "passed"), so any ruleset can be looked at.
 * Exit: 0 as the model says, 1 not, 2 it could not be done. */
#include "base/clock.h"
#include "base/file.h"
#include "policy/policy.h"
#include "zones/model.h"
#include "zones/probe.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUP = 18, PROBES_MOST = 20000, AT_ONCE = 64, TRIES = 3, SHOWN_MOST = 20, TABLES_FROM = 100, LOGS_MOST = 256 };

struct fate {
	struct packet packet; /* as sent; hook, interfaces and state as the kernel saw them */
	bool seen, passed;
	uint8_t flags;
};
struct probing {
	struct packet_space *space;
	struct zones_model model;
	struct text *names;
	size_t count;
	int log, raw, out4, out6;
	unsigned links[256]; /* kernel's index of each interface, 0 none */
	uint8_t hardware[256][6];
	struct fate *fates;
	size_t fate_count, base; /* base: the tag of a fate is its place minus base plus 1 */
	unsigned sent, unseen, wrong, states[5][2], hooks[4], verdicts[2], lost;
};

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "zones_probe: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- the rig ---- */

static void print_rig(struct arena *arena, const struct policy *policy, const struct text *names, size_t count)
{
	printf("set -e\nip link set lo up\nfor k in net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.conf.all.accept_local; do echo 1 > /proc/sys/$(echo $k | tr . /); done\n");
	printf("for k in all default; do echo 0 > /proc/sys/net/ipv4/conf/$k/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/$k/send_redirects; echo 0 > /proc/sys/net/ipv6/conf/$k/accept_dad; done\n");
	for (size_t i = 0; i < count; i++) {
		const char *n = names[i].p;
		if (text_is(names[i], "lo"))
			continue;
		printf("ip link add %s type veth peer name p%zu\necho 1 > /proc/sys/net/ipv6/conf/p%zu/disable_ipv6\necho 0 > /proc/sys/net/ipv4/conf/%s/rp_filter\n", n, i, i, n);
		printf("ip link set %s up\nip link set p%zu arp off up\n", n, i);
		for (unsigned v6 = 0; v6 < 2; v6++) {
			printf("ip -%u route add default dev %s table %zu\nip -%u rule add tos 0x%02zx lookup %zu pref 100\n", v6 ? 6 : 4, n, TABLES_FROM + i, v6 ? 6 : 4, (i + 1) * 4, TABLES_FROM + i);
			printf("ip -%u route add default dev %s metric %zu\n", v6 ? 6 : 4, n, 2000 + i);
		}
	}
	for (size_t i = 0; i < policy->gate.address_count; i++) {
		const struct policy_net *a = &policy->gate.addresses[i];
		const struct policy_zone *zone = policy_zone_around(policy, a);
		if (zone && zone->interface_count)
			printf("ip addr add %s/%d dev %s%s\n", policy_address_text(arena, a), a->v6 ? 128 : 32, zone->interfaces[0].name.p, a->v6 ? " nodad" : "");
	}
	printf("nft -f - <<'X'\ntable inet probe {\n");
	static const char *const hooks[] = { "input", "forward", "output" };
	for (size_t i = 0; i < COUNT(hooks); i++)
		printf("\tchain seen_%s {\n\t\ttype filter hook %s priority -150; policy accept;\n\t\tct state new log prefix \"sn\" group %d\n\t\tct state established ct direction original log prefix \"seo\" group %d\n"
		       "\t\tct state established ct direction reply log prefix \"ser\" group %d\n\t\tct state related ct direction original log prefix \"sro\" group %d\n"
		       "\t\tct state related ct direction reply log prefix \"srr\" group %d\n\t\tct state invalid log prefix \"si\" group %d\n\t\tct state untracked log prefix \"su\" group %d\n\t}\n"
		       "\tchain passed_%s {\n\t\ttype filter hook %s priority 1000; policy accept;\n\t\tlog prefix \"p\" group %d\n\t}\n",
		       hooks[i], hooks[i], GROUP, GROUP, GROUP, GROUP, GROUP, GROUP, GROUP, hooks[i], hooks[i], GROUP);
	printf("}\nX\n");
}

/* ---- the kernel's log ---- */

static void log_command(int fd, uint16_t type, const void *value, uint16_t size)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg group;
		struct nlattr attribute;
		uint8_t value[16];
	} m = { .head = { .nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK }, .group = { .res_id = htons(GROUP) } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t room[512];
	} answer;

	m.attribute = (struct nlattr){ .nla_type = type, .nla_len = (uint16_t)(sizeof m.attribute + size) };
	memcpy(m.value, value, size);
	m.head.nlmsg_len = (uint32_t)(sizeof m.head + sizeof m.group + NLA_ALIGN(m.attribute.nla_len));
	if (send(fd, &m, m.head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < (ssize_t)(sizeof answer.head + sizeof answer.error))
		give_up("the kernel's log cannot be asked for");
	errno = -answer.error.error;
	if (answer.head.nlmsg_type != NLMSG_ERROR || errno != 0)
		give_up("the kernel's log is refused");
}

static int open_log(void)
{
	const struct nfulnl_msg_config_cmd bind_group = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(128), .copy_mode = NFULNL_COPY_PACKET };
	const uint32_t one = htonl(1);
	int room = 64 << 20, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		give_up("no netlink socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	log_command(fd, NFULA_CFG_CMD, &bind_group, sizeof bind_group);
	log_command(fd, NFULA_CFG_MODE, &mode, sizeof mode);
	log_command(fd, NFULA_CFG_QTHRESH, &one, sizeof one);
	return fd;
}

static void note_state(struct fate *f, const char *prefix)
{
	f->packet.state = prefix[1] == 'n' ? PACKET_NEW : prefix[1] == 'e' ? PACKET_ESTABLISHED : prefix[1] == 'r' ? PACKET_RELATED : prefix[1] == 'i' ? PACKET_INVALID : PACKET_UNTRACKED;
	f->packet.reply = (prefix[1] == 'e' || prefix[1] == 'r') && prefix[2] == 'r';
}

static unsigned name_of_link(const struct probing *p, unsigned link)
{
	for (size_t i = 0; link && i < p->count; i++)
		if (p->links[i] == link)
			return (unsigned)i + 1;
	return 0;
}

static void hear_one(struct probing *p, const struct probe_log *log, size_t first, size_t end)
{
	size_t i = p->base + log->tag - 1;

	if (log->tag == 0 || i < first || i >= end)
		return;
	struct fate *f = &p->fates[i];
	if (log->protocol != f->packet.protocol || memcmp(log->from, f->packet.from, f->packet.v6 ? 16 : 4) != 0 || memcmp(log->to, f->packet.to, f->packet.v6 ? 16 : 4) != 0)
		return; /* something of the router's own */
	if (log->prefix[0] == 'p') {
		f->passed = true;
		return;
	}
	f->seen = true;
	f->packet.hook = log->hook == 1 ? PACKET_INPUT : log->hook == 2 ? PACKET_FORWARD : PACKET_OUTPUT;
	f->packet.in = name_of_link(p, log->in), f->packet.out = name_of_link(p, log->out);
	note_state(f, log->prefix);
}

/* Everything that is there; lost messages are lost knowledge, never a verdict. */
static bool hear(struct probing *p, size_t first, size_t end, int wait)
{
	static uint8_t room[1 << 16];
	struct probe_log logs[LOGS_MOST];
	struct pollfd ready = { .fd = p->log, .events = POLLIN };
	bool whole = true;

	while (poll(&ready, 1, wait) > 0) {
		ssize_t n = recv(p->log, room, sizeof room, MSG_DONTWAIT);
		size_t count;
		if (n < 0 && errno == ENOBUFS)
			whole = false, p->lost++;
		if (n <= 0)
			continue;
		if (probe_logs(bytes_of(room, (size_t)n), logs, LOGS_MOST, &count) != 0)
			give_up("the kernel's log cannot be read");
		for (size_t i = 0; i < count; i++)
			hear_one(p, &logs[i], first, end);
	}
	return whole;
}

/* ---- sending ---- */

static void send_one(struct probing *p, size_t i)
{
	const struct fate *f = &p->fates[i];
	const struct packet *q = &f->packet;
	uint8_t frame[ETH_HLEN + PROBE_FRAME_MOST] = { 0 };
	size_t n = probe_bytes(q, (unsigned)(i - p->base + 1), (uint8_t)(q->out * 4), f->flags, frame + ETH_HLEN);

	if (q->in) { /* from outside: out of the peer of the interface */
		struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex((char[]){ 'p', (char)('0' + (q->in - 1) % 10), 0 }), .sll_protocol = htons(q->v6 ? ETH_P_IPV6 : ETH_P_IP), .sll_halen = 6 };
		memcpy(frame, p->hardware[q->in - 1], 6);
		frame[6] = 2, frame[12] = q->v6 ? 0x86 : 0x08, frame[13] = q->v6 ? 0xdd : 0;
		(void)!sendto(p->raw, frame, ETH_HLEN + n, 0, (struct sockaddr *)&to, sizeof to);
		return;
	}
	int fd = q->v6 ? p->out6 : p->out4;
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	memcpy(&to4.sin_addr, q->to, 4), memcpy(&to6.sin6_addr, q->to, 16);
	if (q->out == 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->names[q->out - 1].p, (socklen_t)p->names[q->out - 1].n + 1) != 0)
		return;
	(void)!sendto(fd, frame + ETH_HLEN, n, 0, q->v6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4, q->v6 ? sizeof to6 : sizeof to4);
}

static bool is_sendable(const struct probing *p, const struct packet *q)
{
	return (q->in == 0 || p->links[q->in - 1]) && (q->out == 0 || p->links[q->out - 1]) && (q->in || q->out);
}

static void judge(struct probing *p, const struct fate *f)
{
	bool allowed = packet_set_has(p->space, p->model.accepted, &f->packet);

	p->states[f->packet.state][f->packet.reply]++, p->hooks[f->packet.hook]++, p->verdicts[f->passed]++;
	if (allowed == f->passed)
		return;
	if (p->wrong++ < SHOWN_MOST) {
		ARENA(arena) = arena_new(0);
		struct buf said = buf_in(arena, 0);
		packet_print(&said, p->space, &f->packet, false);
		printf("%s: %s\n", f->passed ? "passed, though the text does not allow it" : "stopped, though the text allows it", buf_string(&said));
	}
}

static void run_some(struct probing *p, size_t first, size_t end)
{
	for (unsigned try = 0; try < TRIES; try++) {
		for (size_t i = first; i < end; i++)
			if (!p->fates[i].seen && is_sendable(p, &p->fates[i].packet))
				send_one(p, i);
		bool whole = hear(p, first, end, try == 0 ? 0 : 10);
		bool all = whole;
		for (size_t i = first; i < end; i++) {
			if (!whole)
				p->fates[i].seen = p->fates[i].passed = false;
			all &= p->fates[i].seen;
		}
		if (all)
			break;
	}
	for (size_t i = first; i < end; i++) {
		p->sent++;
		if (!p->fates[i].seen)
			p->unseen++;
		else
			judge(p, &p->fates[i]);
	}
}

static void run(struct probing *p, size_t from)
{
	for (size_t first = from; first < p->fate_count; first += AT_ONCE) {
		p->base = first;
		run_some(p, first, MIN(first + AT_ONCE, p->fate_count));
	}
}

/* What passed is answered from the other side; now and then something no connection begins with is sent too. */
static void add_answers(struct probing *p)
{
	size_t opened = p->fate_count;

	for (size_t i = 0; i < opened && p->fate_count + 2 < PROBES_MOST * 3; i++) {
		const struct fate *f = &p->fates[i];
		if (f->seen && f->passed && (f->packet.protocol == 6 || f->packet.protocol == 17 || f->packet.protocol == 1 || f->packet.protocol == 58)) {
			p->fates[p->fate_count++] = (struct fate){ .packet = probe_answer(&f->packet), .flags = 0x12 };
			p->fates[p->fate_count++] = (struct fate){ .packet = f->packet, .flags = 0x10 }; /* and goes on */
		}
		if (i % 16 == 0 && f->packet.protocol == 6)
			p->fates[p->fate_count++] = (struct fate){ .packet = f->packet, .flags = 0 };
	}
}

static void open_all(struct probing *p)
{
	p->log = open_log();
	p->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	p->out4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	p->out6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (p->raw < 0 || p->out4 < 0 || p->out6 < 0)
		give_up("no raw socket");
	for (size_t i = 0; i < p->count; i++) {
		struct ifreq ask = { .ifr_name = "" };
		if (text_is(p->names[i], "lo"))
			continue;
		snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", p->names[i].p);
		p->links[i] = if_nametoindex(p->names[i].p);
		if (ioctl(p->raw, SIOCGIFHWADDR, &ask) != 0)
			give_up(p->names[i].p);
		memcpy(p->hardware[i], ask.ifr_hwaddr.sa_data, 6);
	}
}

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct probing p = { .log = -1 };
	const struct policy *policy;
	struct policy_fault fault;
	struct packet *packets;
	struct err err = { 0 };
	int64_t now;
	size_t count;
	bool whole;

	unsigned long port = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	if (argc < 4 || argc > 5 || port > 65535 || clock_from_utc(argv[3], &now) != 0)
		return fprintf(stderr, "usage: zones_probe rig|run POLICY TIME [PORT]\n"), 2;
	const char *slash = strrchr(argv[2], '/');
	FD(folder) = open(slash ? arena_copy(arena, argv[2], (size_t)(slash - argv[2])) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (policy_load(arena, folder, slash ? slash + 1 : argv[2], &policy, &fault, &err) != 0)
		return fprintf(stderr, "%s\n", err.say), 2;
	zones_interfaces(arena, policy, &p.names, &p.count);
	if (strcmp(argv[1], "rig") == 0)
		return print_rig(arena, policy, p.names, p.count), 0;
	if (p.count > 10 || packet_space_new(arena, p.names, p.count, 0, &p.space, &err) != 0 || zones_model_make(arena, p.space, policy, now, false, &p.model, &err) != 0)
		return fprintf(stderr, "zones_probe: %s\n", err.say), 2;
	open_all(&p);
	probe_corners(arena, p.space, p.model.accepted, PROBES_MOST, &packets, &count, &whole);
	p.fates = arena_new_array(arena, struct fate, PROBES_MOST * 3);
	for (size_t i = 0; i < count; i++)
		if (is_sendable(&p, &packets[i])) {
			packets[i].from_port = packets[i].from_port == 40000 && port ? (uint16_t)port : packets[i].from_port;
			p.fates[p.fate_count++] = (struct fate){ .packet = packets[i], .flags = 0x02 };
		}
	run(&p, 0);
	size_t opened = p.fate_count;
	add_answers(&p);
	run(&p, opened);
	printf("%u probes%s: %u passed, %u stopped, %u never reached the chains, %u not as the model says; log lost %u times\n", p.sent, whole ? "" : " (not all corners)", p.verdicts[1], p.verdicts[0], p.unseen, p.wrong, p.lost);
	printf("hooks: input %u, output %u, forward %u; states: new %u, established %u, reply %u, related %u, invalid %u, untracked %u\n", p.hooks[PACKET_INPUT], p.hooks[PACKET_OUTPUT],
	       p.hooks[PACKET_FORWARD], p.states[PACKET_NEW][0], p.states[PACKET_ESTABLISHED][0], p.states[PACKET_ESTABLISHED][1], p.states[PACKET_RELATED][0] + p.states[PACKET_RELATED][1],
	       p.states[PACKET_INVALID][0], p.states[PACKET_UNTRACKED][0]);
	return p.wrong ? 1 : 0;
}
