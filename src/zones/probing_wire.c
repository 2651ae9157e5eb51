/* 試験の線 — contract in probing_wire.h. */
#include "zones/probing_wire.h"
#include "zones/netlink.h"
#include "zones/probing_rig.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 3, SETTLE_MILLISECONDS = 1, WAIT_MILLISECONDS = 10, LOGS_MOST = 256 };
enum { RAW, OUT4, OUT6 }; /* of marks */

/* ---- the kernel's log ---- */

static int log_command(const struct probing_wire *w, uint16_t type, const void *value, uint16_t size, struct err *err)
{
	struct {
		struct nfgenmsg group;
		struct nlattr attribute;
		uint8_t value[16];
	} m = { .group = { .res_id = htons(PROBING_LOG_GROUP) }, .attribute = { .nla_type = type, .nla_len = (uint16_t)(sizeof m.attribute + size) } };
	struct buf nothing = buf_in(w->arena, 0);

	must(size <= sizeof m.value);
	memcpy(m.value, value, size);
	return netlink_ask(w->log, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, NLM_F_ACK, &m, sizeof m.group + NLA_ALIGN(m.attribute.nla_len), &nothing, err);
}

static int open_log(struct probing_wire *w, struct err *err)
{
	const struct nfulnl_msg_config_cmd bind_group = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(128), .copy_mode = NFULNL_COPY_PACKET };
	const uint32_t one = htonl(1);
	int room = 64 << 20;

	w->log = netlink_open(NETLINK_NETFILTER, NULL, 0, err);
	if (w->log < 0)
		return -1;
	if (setsockopt(w->log, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		(void)setsockopt(w->log, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	return log_command(w, NFULA_CFG_CMD, &bind_group, sizeof bind_group, err) != 0 || log_command(w, NFULA_CFG_MODE, &mode, sizeof mode, err) != 0 ||
			       log_command(w, NFULA_CFG_QTHRESH, &one, sizeof one, err) != 0
		       ? -1
		       : 0;
}

void probing_note_state(struct packet *p, const char *prefix)
{
	p->state = prefix[1] == 'n' ? PACKET_NEW : prefix[1] == 'e' ? PACKET_ESTABLISHED : prefix[1] == 'r' ? PACKET_RELATED : prefix[1] == 'i' ? PACKET_INVALID : PACKET_UNTRACKED;
	p->reply = (prefix[1] == 'e' || prefix[1] == 'r') && prefix[2] == 'r';
}

unsigned probing_wire_name(const struct probing_wire *w, unsigned link)
{
	for (size_t i = 0; link && i < w->count; i++)
		if (w->links[i] == link)
			return (unsigned)i + 1;
	return 0;
}

/* A packet of the router to itself is seen twice: as it leaves and as it comes. What comes in by the far end of an interface, or leaves by one,
 * is no packet of ours. */
static bool is_wanted(const struct probing_wire *w, const struct packet *sent, const struct probe_log *log)
{
	bool comes = log->hook == NF_INET_PRE_ROUTING || log->hook == NF_INET_LOCAL_IN;

	if ((log->in && !probing_wire_name(w, log->in)) || (log->out && !probing_wire_name(w, log->out)))
		return false;
	return sent->in == w->lo ? comes : sent->in == 0 ? !comes && log->hook != NF_INET_FORWARD : log->hook != NF_INET_LOCAL_OUT;
}

static void hear_one(struct probing_wire *w, const struct probe_log *log, size_t first, size_t end)
{
	size_t i = w->base + log->tag - 1;

	if (log->tag == 0 || i < first || i >= end)
		return;
	const struct packet *sent = &w->fates[i].probe.packet;
	if (log->protocol == sent->protocol && is_wanted(w, sent, log))
		w->heard(w, i, log);
}

/* Everything that is there; lost messages are lost knowledge, never a verdict. */
static int hear(struct probing_wire *w, size_t first, size_t end, int wait, bool *whole, struct err *err)
{
	static uint8_t room[1 << 16];
	struct probe_log logs[LOGS_MOST];
	struct pollfd ready = { .fd = w->log, .events = POLLIN };

	*whole = true;
	while (poll(&ready, 1, wait) > 0) {
		ssize_t n = recv(w->log, room, sizeof room, MSG_DONTWAIT);
		size_t count;
		if (n < 0 && errno == ENOBUFS)
			*whole = false, w->lost++;
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			return fail_errno(err, ERR_IO, "the kernel's log cannot be read");
		if (n <= 0)
			continue;
		if (probe_logs(bytes_of(room, (size_t)n), logs, LOGS_MOST, &count) != 0)
			return fail(err, ERR_MALFORMED, 0, "the kernel's log cannot be read");
		for (size_t i = 0; i < count; i++)
			hear_one(w, &logs[i], first, end);
	}
	return 0;
}

/* ---- sending ---- */

/* The mark chooses the way out and, where flows are kept apart, the zone of conntrack. It stays on a packet from one interface of this network to another. */
static uint32_t mark_of(const struct probing_wire *w, const struct probing_fate *f)
{
	const struct packet *q = &f->probe.packet;
	unsigned zone = !w->apart ? 0 : f->probe.kind == PROBE_OPENS ? 1 : f->probe.kind == PROBE_STRAY ? 3 : 2;
	unsigned way = w->apart && (q->hook == PACKET_INPUT || q->out == w->lo) ? PROBING_WAY_HERE : q->out;

	return PROBING_MARK | zone << PROBING_ZONE_SHIFT | way;
}

static bool set_mark(struct probing_wire *w, int fd, unsigned which, uint32_t mark)
{
	if (w->marks[which] != mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0)
		return false;
	w->marks[which] = mark;
	return true;
}

static void send_frame(struct probing_wire *w, const struct probing_fate *f, uint8_t *frame, size_t n)
{
	const struct packet *q = &f->probe.packet;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)w->peers[q->in - 1], .sll_protocol = htons(q->v6 ? ETH_P_IPV6 : ETH_P_IP), .sll_halen = 6 };

	memcpy(frame, w->hardware[q->in - 1], 6);
	memset(frame + 6, 0, 6);
	frame[6] = 2, frame[12] = q->v6 ? 0x86 : 0x08, frame[13] = q->v6 ? 0xdd : 0;
	if (set_mark(w, w->raw, RAW, mark_of(w, f)))
		(void)!sendto(w->raw, frame, n, 0, (struct sockaddr *)&to, sizeof to);
}

static void send_own(struct probing_wire *w, const struct probing_fate *f, const uint8_t *packet, size_t n)
{
	const struct packet *q = &f->probe.packet;
	unsigned *bound = q->v6 ? &w->bound6 : &w->bound4, link = q->out == w->lo || q->out == 0 ? 0 : q->out;
	const char *name = link ? w->names[link - 1].p : "";
	int fd = q->v6 ? w->out6 : w->out4;
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };

	if (!set_mark(w, fd, q->v6 ? OUT6 : OUT4, mark_of(w, f)) || (*bound != link && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) != 0))
		return;
	*bound = link;
	memcpy(&to4.sin_addr, q->to, 4), memcpy(&to6.sin6_addr, q->to, 16);
	(void)!sendto(fd, packet, n, 0, q->v6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4, q->v6 ? sizeof to6 : sizeof to4);
}

static void send_one(struct probing_wire *w, size_t i)
{
	const struct probing_fate *f = &w->fates[i];
	const struct packet *q = &f->probe.packet;
	const struct probe_form form = { .tag = (unsigned)(i - w->base + 1), .flags = f->flags, .echo = f->echo };
	uint8_t frame[ETH_HLEN + PROBE_FRAME_MOST];
	bool error = f->probe.kind == PROBE_ERROR_BACK || f->probe.kind == PROBE_ERROR_ON;
	size_t n = error ? probe_error_bytes(q, &f->probe.about, &form, frame + ETH_HLEN) : probe_bytes(q, &form, frame + ETH_HLEN);

	if (q->in && q->in != w->lo)
		send_frame(w, f, frame, ETH_HLEN + n);
	else
		send_own(w, f, frame + ETH_HLEN, n);
}

static void forget(struct probing_wire *w, size_t i)
{
	w->fates[i].seen = w->fates[i].passed = false;
	if (w->traces)
		memset(&w->traces[i - w->base], 0, sizeof *w->traces);
}

static int run_some(struct probing_wire *w, size_t first, size_t end, struct err *err)
{
	for (size_t i = first; i < end; i++)
		forget(w, i);
	for (unsigned try = 0; try < TRIES; try++) {
		bool whole, all = true;
		for (size_t i = first; i < end; i++)
			if (!w->fates[i].seen)
				send_one(w, i);
		if (hear(w, first, end, try == 0 ? SETTLE_MILLISECONDS : WAIT_MILLISECONDS, &whole, err) != 0)
			return -1;
		for (size_t i = first; i < end; i++) {
			if (!whole)
				forget(w, i);
			all &= w->fates[i].seen;
		}
		if (all)
			break;
	}
	for (size_t i = first; w->done && i < end; i++)
		w->done(w, i);
	return 0;
}

int probing_wire_run(struct probing_wire *w, size_t from, struct err *err)
{
	for (size_t first = from; first < w->fate_count; first += PROBING_AT_ONCE) {
		w->base = first;
		if (run_some(w, first, MIN(first + PROBING_AT_ONCE, w->fate_count), err) != 0)
			return -1;
	}
	return 0;
}

int probing_wire_open_flows(struct probing_wire *w, const struct probe_list *probes, void (*add)(struct probing_wire *, const struct probe *, uint8_t flags), struct err *err)
{
	static const struct {
		enum probe_kind kind;
		uint8_t flags;
	} steps[] = { { PROBE_GOES_ON, PROBING_SYN }, { PROBE_ANSWERS, PROBING_SYN | PROBING_ACK }, { PROBE_GOES_ON, PROBING_ACK } };

	for (size_t step = 0; step < COUNT(steps); step++) {
		size_t from = w->fate_count;
		for (size_t i = 0; i < probes->count; i++)
			if (probes->list[i].kind == steps[step].kind)
				add(w, &probes->list[i], steps[step].flags);
		if (probing_wire_run(w, from, err) != 0)
			return -1;
	}
	return 0;
}

struct probing_fate *probing_wire_add(struct probing_wire *w, const struct probe *probe, uint8_t flags)
{
	struct probing_fate *f = &w->fates[w->fate_count++];

	*f = (struct probing_fate){ .probe = *probe, .flags = flags };
	return f;
}

/* ---- sockets ---- */

static int find_link(struct probing_wire *w, size_t i, struct err *err)
{
	struct ifreq ask = { .ifr_name = "" };
	char peer[IF_NAMESIZE];

	w->links[i] = if_nametoindex(w->names[i].p);
	if (text_is(w->names[i], "lo")) {
		w->lo = (unsigned)i + 1;
		return 0;
	}
	snprintf(peer, sizeof peer, PROBING_PEER, i);
	w->peers[i] = if_nametoindex(peer);
	snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", w->names[i].p);
	if (w->links[i] == 0 || w->peers[i] == 0 || ioctl(w->raw, SIOCGIFHWADDR, &ask) != 0)
		return fail(err, ERR_NOT_FOUND, 0, "the interface %s of the probes is not there", w->names[i].p);
	memcpy(w->hardware[i], ask.ifr_hwaddr.sa_data, 6);
	return 0;
}

int probing_wire_open(struct probing_wire *w, struct arena *arena, const struct text *names, size_t count, struct err *err)
{
	*w = (struct probing_wire){ .arena = arena, .names = names, .count = count, .bound4 = UINT32_MAX, .bound6 = UINT32_MAX, .log = -1, .raw = -1, .out4 = -1, .out6 = -1 };
	w->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	w->out4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	w->out6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (w->raw < 0 || w->out4 < 0 || w->out6 < 0 || !set_mark(w, w->raw, RAW, PROBING_MARK) || !set_mark(w, w->out4, OUT4, PROBING_MARK) || !set_mark(w, w->out6, OUT6, PROBING_MARK))
		return fail_errno(err, ERR_IO, "cannot open a raw socket");
	for (size_t i = 0; i < count; i++)
		if (find_link(w, i, err) != 0)
			return -1;
	return open_log(w, err) != 0 || probing_quiet(true, err) != 0 ? -1 : 0;
}

void probing_wire_join(struct probing_wire *w, const struct probe_list *probes)
{
	for (size_t i = 0; i < probes->count; i++) {
		const struct packet *p = &probes->list[i].packet;
		struct ip_mreqn group = { .imr_ifindex = p->in ? (int)w->links[p->in - 1] : 0 };
		if (p->hook != PACKET_INPUT || p->v6 || p->to[0] >> 4 != 14)
			continue;
		memcpy(&group.imr_multiaddr, p->to, 4);
		(void)!setsockopt(w->out4, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group); /* already, or too many: then they are not routed */
	}
}

void probing_wire_close(struct probing_wire *w)
{
	const int all[] = { w->log, w->raw, w->out4, w->out6 };
	struct err err;

	(void)!probing_quiet(false, &err);
	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i] >= 0)
			close(all[i]);
}
