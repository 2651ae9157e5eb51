/* 実地試験 — contract in probing.h: sending, the kernel's log, and what becomes of each packet. */
#include "zones/probing.h"
#include "base/clock.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include "zones/probe.h"
#include "zones/probing_rig.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Flows that are known keep the port of the probes; those that begin have another, and are never answered: so they stay new however often they are sent. */
enum { FLOW_PORT = 40000, OPEN_PORT = 41000, STRAY_PORT = 42000, BURST_PORT = 43000 };
enum { AT_ONCE = 128, TRIES = 3, WAIT_MILLISECONDS = 10, LOGS_MOST = 256, BURST_MOST = 1000, BURST_BEYOND = 8 };
enum { SYN = 0x02, ACK = 0x10 };

struct fate {
	struct probe probe;
	struct packet as_seen; /* hook, interfaces and state as the kernel saw them */
	bool seen, passed;
	uint8_t flags;
	uint16_t echo;
};
struct rated {
	const struct policy_allow *allow;
	unsigned sent, passed;
	bool shared; /* with another that has a rate: how many of which cannot be told */
	const struct fate *inside;
};
struct probing {
	struct arena *arena;
	struct packet_space *space;
	struct zones_model model;
	struct packet_set rated_set;  /* let through only so often */
	struct packet_set twice_set;  /* allowed with a rate and without: always let through */
	struct text *names;
	size_t count;
	int log, raw, out4, out6;
	unsigned lo;		     /* its place among the names, plus one */
	unsigned bound4, bound6;     /* the interface that the socket is bound to, UINT32_MAX: none yet */
	unsigned links[256], peers[256]; /* kernel's indexes, 0 none */
	uint8_t hardware[256][6];
	struct fate *fates;
	size_t fate_count, base; /* base: the tag of a fate is its place minus base plus 1 */
	struct rated *rates;
	size_t rate_count;
	bool japanese, judges;
	struct probing_told *told;
};

/* ---- the kernel's log ---- */

static int log_command(const struct probing *p, uint16_t type, const void *value, uint16_t size, struct err *err)
{
	struct {
		struct nfgenmsg group;
		struct nlattr attribute;
		uint8_t value[16];
	} m = { .group = { .res_id = htons(PROBING_LOG_GROUP) }, .attribute = { .nla_type = type, .nla_len = (uint16_t)(sizeof m.attribute + size) } };
	struct buf nothing = buf_in(p->arena, 0);

	must(size <= sizeof m.value);
	memcpy(m.value, value, size);
	return netlink_ask(p->log, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, NLM_F_ACK, &m, sizeof m.group + NLA_ALIGN(m.attribute.nla_len), &nothing, err);
}

static int open_log(struct probing *p, struct err *err)
{
	const struct nfulnl_msg_config_cmd bind_group = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(128), .copy_mode = NFULNL_COPY_PACKET };
	const uint32_t one = htonl(1);
	int room = 64 << 20;

	p->log = netlink_open(NETLINK_NETFILTER, NULL, 0, err);
	if (p->log < 0)
		return -1;
	if (setsockopt(p->log, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		(void)setsockopt(p->log, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	return log_command(p, NFULA_CFG_CMD, &bind_group, sizeof bind_group, err) != 0 || log_command(p, NFULA_CFG_MODE, &mode, sizeof mode, err) != 0 ||
			       log_command(p, NFULA_CFG_QTHRESH, &one, sizeof one, err) != 0
		       ? -1
		       : 0;
}

static void note_state(struct packet *p, const char *prefix)
{
	p->state = prefix[1] == 'n' ? PACKET_NEW : prefix[1] == 'e' ? PACKET_ESTABLISHED : prefix[1] == 'r' ? PACKET_RELATED : prefix[1] == 'i' ? PACKET_INVALID : PACKET_UNTRACKED;
	p->reply = (prefix[1] == 'e' || prefix[1] == 'r') && prefix[2] == 'r';
}

static unsigned name_of_link(const struct probing *p, unsigned link)
{
	for (size_t i = 0; link && i < p->count; i++)
		if (p->links[i] == link)
			return (unsigned)i + 1;
	return 0;
}

/* A packet of the router to itself is seen twice: as it leaves and as it comes. */
static bool is_wanted(const struct probing *p, const struct packet *sent, enum packet_hook hook)
{
	return sent->in == p->lo ? hook == PACKET_INPUT : sent->in == 0 ? hook == PACKET_OUTPUT : hook != PACKET_OUTPUT;
}

static void hear_one(struct probing *p, const struct probe_log *log, size_t first, size_t end)
{
	size_t i = p->base + log->tag - 1;
	enum packet_hook hook = log->hook == 1 ? PACKET_INPUT : log->hook == 2 ? PACKET_FORWARD : PACKET_OUTPUT;

	if (log->tag == 0 || i < first || i >= end)
		return;
	struct fate *f = &p->fates[i];
	const struct packet *sent = &f->probe.packet;
	if (log->protocol != sent->protocol || memcmp(log->from, sent->from, sent->v6 ? 16 : 4) != 0 || memcmp(log->to, sent->to, sent->v6 ? 16 : 4) != 0 || !is_wanted(p, sent, hook))
		return; /* something of the router's own */
	if (log->prefix[0] == 'p') {
		f->passed = true;
		return;
	}
	f->seen = true;
	f->as_seen = *sent;
	f->as_seen.hook = hook, f->as_seen.in = name_of_link(p, log->in), f->as_seen.out = name_of_link(p, log->out);
	note_state(&f->as_seen, log->prefix);
}

/* Everything that is there; lost messages are lost knowledge, never a verdict. */
static int hear(struct probing *p, size_t first, size_t end, int wait, bool *whole, struct err *err)
{
	static uint8_t room[1 << 16];
	struct probe_log logs[LOGS_MOST];
	struct pollfd ready = { .fd = p->log, .events = POLLIN };

	*whole = true;
	while (poll(&ready, 1, wait) > 0) {
		ssize_t n = recv(p->log, room, sizeof room, MSG_DONTWAIT);
		size_t count;
		if (n < 0 && errno == ENOBUFS)
			*whole = false, p->told->lost++;
		if (n <= 0)
			continue;
		if (probe_logs(bytes_of(room, (size_t)n), logs, LOGS_MOST, &count) != 0)
			return fail(err, ERR_MALFORMED, 0, "the kernel's log cannot be read");
		for (size_t i = 0; i < count; i++)
			hear_one(p, &logs[i], first, end);
	}
	return 0;
}

/* ---- sending ---- */

static void send_frame(const struct probing *p, const struct packet *q, uint8_t *frame, size_t n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)p->peers[q->in - 1], .sll_protocol = htons(q->v6 ? ETH_P_IPV6 : ETH_P_IP), .sll_halen = 6 };

	memcpy(frame, p->hardware[q->in - 1], 6);
	memset(frame + 6, 0, 6);
	frame[6] = 2, frame[12] = q->v6 ? 0x86 : 0x08, frame[13] = q->v6 ? 0xdd : 0;
	(void)!sendto(p->raw, frame, n, 0, (struct sockaddr *)&to, sizeof to);
}

static void send_own(struct probing *p, const struct packet *q, const uint8_t *packet, size_t n)
{
	unsigned *bound = q->v6 ? &p->bound6 : &p->bound4, link = q->out == p->lo || q->out == 0 ? 0 : q->out;
	const char *name = link ? p->names[link - 1].p : "";
	int fd = q->v6 ? p->out6 : p->out4;
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };

	if (*bound != link && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) != 0)
		return;
	*bound = link;
	memcpy(&to4.sin_addr, q->to, 4), memcpy(&to6.sin6_addr, q->to, 16);
	(void)!sendto(fd, packet, n, 0, q->v6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4, q->v6 ? sizeof to6 : sizeof to4);
}

static void send_one(struct probing *p, size_t i)
{
	const struct fate *f = &p->fates[i];
	const struct packet *q = &f->probe.packet;
	const struct probe_form form = { .tag = (unsigned)(i - p->base + 1), .ways = (uint8_t)(q->out * 4), .flags = f->flags, .echo = f->echo };
	uint8_t frame[ETH_HLEN + PROBE_FRAME_MOST];
	bool error = f->probe.kind == PROBE_ERROR_BACK || f->probe.kind == PROBE_ERROR_ON;
	size_t n = error ? probe_error_bytes(q, &f->probe.about, &form, frame + ETH_HLEN) : probe_bytes(q, &form, frame + ETH_HLEN);

	if (q->in && q->in != p->lo)
		send_frame(p, q, frame, ETH_HLEN + n);
	else
		send_own(p, q, frame + ETH_HLEN, n);
}

/* ---- judging ---- */

static void tell(struct probing *p, const char *sentence)
{
	if (p->told->wrong++ < PROBING_SHOWN_MOST)
		p->told->shown[p->told->shown_count++] = sentence;
}

static const char *packet_told(struct probing *p, const struct packet *packet)
{
	struct buf said = buf_in(p->arena, 0);

	packet_print(&said, p->space, packet, p->japanese);
	return buf_string(&said);
}

/* A packet that is let through only so often counts for its allow. */
static void count_rated(struct probing *p, const struct fate *f)
{
	struct rated *mine = NULL;

	for (size_t i = 0; i < p->model.ways.count; i++) {
		const struct zones_way *way = &p->model.ways.list[i];
		if (!packet_set_has(p->space, zones_way_opens(p->space, &p->model.ways, way), &f->as_seen))
			continue;
		for (size_t k = 0; k < p->rate_count; k++)
			if (p->rates[k].allow == way->allow) {
				if (mine && mine != &p->rates[k])
					mine->shared = p->rates[k].shared = true;
				mine = &p->rates[k];
			}
	}
	if (!mine)
		return;
	mine->sent++, mine->passed += f->passed;
	mine->inside = mine->inside ? mine->inside : f;
}

static void judge(struct probing *p, const struct fate *f)
{
	bool allowed = packet_set_has(p->space, p->model.accepted, &f->as_seen);

	p->told->states[f->as_seen.state][f->as_seen.reply]++, p->told->hooks[f->as_seen.hook]++;
	*(f->passed ? &p->told->passed : &p->told->stopped) += 1;
	if (allowed && f->as_seen.state == PACKET_NEW && packet_set_has(p->space, p->rated_set, &f->as_seen))
		count_rated(p, f);
	else if (allowed != f->passed)
		tell(p, arena_printf(p->arena, "%s: %s",
				     f->passed ? (p->japanese ? "文が許していないのに通りました" : "passed, though the text does not allow it")
					       : (p->japanese ? "文が許しているのに止まりました" : "stopped, though the text allows it"),
				     packet_told(p, &f->as_seen)));
}

static int run_some(struct probing *p, size_t first, size_t end, struct err *err)
{
	for (unsigned try = 0; try < TRIES; try++) {
		bool whole, all = true;
		for (size_t i = first; i < end; i++)
			if (!p->fates[i].seen)
				send_one(p, i);
		if (hear(p, first, end, try == 0 ? 0 : WAIT_MILLISECONDS, &whole, err) != 0)
			return -1;
		for (size_t i = first; i < end; i++) {
			if (!whole)
				p->fates[i].seen = p->fates[i].passed = false;
			all &= p->fates[i].seen;
		}
		if (all)
			break;
	}
	for (size_t i = first; p->judges && i < end; i++) {
		p->told->sent++;
		if (!p->fates[i].seen)
			p->told->unseen++;
		else
			judge(p, &p->fates[i]);
	}
	return 0;
}

static int run_from(struct probing *p, size_t from, struct err *err)
{
	for (size_t first = from; first < p->fate_count; first += AT_ONCE) {
		p->base = first;
		if (run_some(p, first, MIN(first + AT_ONCE, p->fate_count), err) != 0)
			return -1;
	}
	return 0;
}

/* ---- rates ---- */

/* More at once than a rate lets through: the first must pass and the rest must not. */
static int burst(struct probing *p, struct rated *r, int64_t begun, struct err *err)
{
	static const int64_t seconds[] = { [POLICY_PER_SECOND] = 1, [POLICY_PER_MINUTE] = 60, [POLICY_PER_HOUR] = 3600 };
	uint64_t rate = r->allow->rate;

	if (!r->inside || rate > BURST_MOST)
		return 0;
	size_t from = p->fate_count;
	for (uint64_t i = 0; i < rate + BURST_BEYOND; i++) {
		struct fate *f = &p->fates[p->fate_count++];
		*f = *r->inside;
		f->seen = f->passed = false;
		if (f->probe.packet.from_port)
			f->probe.packet.from_port = (uint16_t)(BURST_PORT + i);
		f->echo = (uint16_t)(BURST_PORT + i);
	}
	if (run_from(p, from, err) != 0)
		return -1;
	uint64_t more = rate * (uint64_t)(clock_milliseconds() - begun + 1000) / ((uint64_t)seconds[r->allow->per] * 1000) + 1;
	bool good = r->passed < r->sent && r->passed > 0;
	if (!r->shared)
		good = (r->passed == r->sent ? r->sent <= rate + more : true) && r->passed <= rate + more && r->passed >= MIN(rate, r->sent);
	if (!good)
		tell(p, p->japanese ? arena_printf(p->arena, "%s の回数の上限が文のとおりに働きません: %u 件のうち %u 件が通りました", r->allow->id.p, r->sent, r->passed)
				    : arena_printf(p->arena, "the rate of %s is not the text's: of %u packets %u passed", r->allow->id.p, r->sent, r->passed));
	return 0;
}

/* Rates are used up now: what is allowed without one passes all the same. */
static int again(struct probing *p, struct err *err)
{
	size_t from = p->fate_count;

	for (size_t i = 0; i < from; i++)
		for (unsigned k = 0; k < 2 && p->fates[i].probe.kind == PROBE_OPENS && p->fates[i].seen && packet_set_has(p->space, p->twice_set, &p->fates[i].as_seen); k++) {
			struct fate *f = &p->fates[p->fate_count++];
			*f = p->fates[i];
			f->seen = f->passed = false;
		}
	return run_from(p, from, err);
}

/* ---- the whole ---- */

static int order_of(enum probe_kind kind)
{
	return kind == PROBE_OPENS || kind == PROBE_STRAY ? 0 : 1;
}

static void add_fate(struct probing *p, const struct probe *probe, uint8_t flags)
{
	struct fate *f = &p->fates[p->fate_count++];
	uint16_t port = probe->kind == PROBE_OPENS ? OPEN_PORT : probe->kind == PROBE_STRAY ? STRAY_PORT : FLOW_PORT;

	*f = (struct fate){ .probe = *probe, .flags = flags, .echo = port };
	if (f->probe.packet.from_port == FLOW_PORT)
		f->probe.packet.from_port = port;
}

static int open_all(struct probing *p, struct err *err)
{
	p->bound4 = p->bound6 = UINT32_MAX;
	p->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	p->out4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	p->out6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (p->raw < 0 || p->out4 < 0 || p->out6 < 0 || setsockopt(p->out4, SOL_SOCKET, SO_MARK, &(int){ PROBING_MARK }, sizeof(int)) != 0 ||
	    setsockopt(p->out6, SOL_SOCKET, SO_MARK, &(int){ PROBING_MARK }, sizeof(int)) != 0)
		return fail_errno(err, ERR_IO, "cannot open a raw socket");
	for (size_t i = 0; i < p->count; i++) {
		struct ifreq ask = { .ifr_name = "" };
		p->links[i] = if_nametoindex(p->names[i].p);
		if (text_is(p->names[i], "lo")) {
			p->lo = (unsigned)i + 1;
			continue;
		}
		char peer[IF_NAMESIZE];
		snprintf(peer, sizeof peer, PROBING_PEER, i);
		p->peers[i] = if_nametoindex(peer);
		snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", p->names[i].p);
		if (p->links[i] == 0 || p->peers[i] == 0 || ioctl(p->raw, SIOCGIFHWADDR, &ask) != 0)
			return fail(err, ERR_NOT_FOUND, 0, "the interface %s of the probes is not there", p->names[i].p);
		memcpy(p->hardware[i], ask.ifr_hwaddr.sa_data, 6);
	}
	return open_log(p, err) != 0 || probing_quiet(true, err) != 0 ? -1 : 0;
}

static void close_all(struct probing *p)
{
	const int all[] = { p->log, p->raw, p->out4, p->out6 };
	struct err err;

	(void)!probing_quiet(false, &err);
	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i] >= 0)
			close(all[i]);
}

static void rates_of(struct probing *p)
{
	struct packet_set with = packet_set_none(), without = packet_set_none();

	p->rates = arena_new_array(p->arena, struct rated, p->model.ways.count);
	for (size_t i = 0; i < p->model.ways.count; i++) {
		const struct zones_way *way = &p->model.ways.list[i];
		struct packet_set opens = zones_way_opens(p->space, &p->model.ways, way);
		size_t k = 0;
		if (!way->allow->rate) {
			without = packet_set_or(p->space, without, opens);
			continue;
		}
		with = packet_set_or(p->space, with, opens);
		while (k < p->rate_count && p->rates[k].allow != way->allow)
			k++;
		p->rates[k].allow = way->allow;
		p->rate_count = MAX(p->rate_count, k + 1);
	}
	p->rated_set = packet_set_minus(p->space, with, without);
	p->twice_set = packet_set_and(p->space, with, without);
}

static int begin(struct probing *p, const struct policy *policy, int64_t now, struct probe_list *probes, struct err *err)
{
	bool usable[256] = { true };

	zones_interfaces(p->arena, policy, &p->names, &p->count);
	if (p->count > PROBING_LINKS_MOST)
		return fail(err, ERR_LIMIT, p->count, "probes are sent through at most %d interfaces", PROBING_LINKS_MOST);
	if (packet_space_new(p->arena, p->names, p->count, 0, &p->space, err) != 0 || zones_model_make(p->arena, p->space, policy, now, false, &p->model, err) != 0 || open_all(p, err) != 0)
		return -1;
	for (size_t i = 0; i < p->count; i++)
		usable[i + 1] = p->peers[i] != 0;
	*probes = (struct probe_list){ .arena = p->arena };
	probe_all(probes, &p->model, usable, ZONES_PROBES_MOST);
	p->told->more = probes->more;
	rates_of(p);
	p->fates = arena_new_array(p->arena, struct fate, probes->count * 5 + p->rate_count * (BURST_MOST + BURST_BEYOND));
	return 0;
}

static int open_flows(struct probing *p, const struct probe_list *probes, struct err *err)
{
	static const struct {
		enum probe_kind kind;
		uint8_t flags;
	} steps[] = { { PROBE_GOES_ON, SYN }, { PROBE_ANSWERS, SYN | ACK }, { PROBE_GOES_ON, ACK } };

	for (size_t step = 0; step < COUNT(steps); step++) {
		size_t from = p->fate_count;
		for (size_t i = 0; i < probes->count; i++)
			if (probes->list[i].kind == steps[step].kind)
				add_fate(p, &probes->list[i], steps[step].flags);
		if (run_from(p, from, err) != 0)
			return -1;
	}
	return 0;
}

int probing_open(struct arena *arena, const struct policy *policy, int64_t now, struct err *err)
{
	struct probing_told told = { 0 };
	struct probing p = { .arena = arena, .log = -1, .raw = -1, .out4 = -1, .out6 = -1, .told = &told };
	struct probe_list probes;
	int result = begin(&p, policy, now, &probes, err) != 0 || open_flows(&p, &probes, err) != 0 ? -1 : 0;

	close_all(&p);
	return result;
}

static int send_all(struct probing *p, const struct probe_list *probes, struct err *err)
{
	int64_t begun = clock_milliseconds();

	p->judges = true;
	for (int order = 0; order < 2; order++)
		for (size_t i = 0; i < probes->count; i++)
			if (order_of(probes->list[i].kind) == order)
				add_fate(p, &probes->list[i], probes->list[i].kind == PROBE_OPENS ? SYN : probes->list[i].kind == PROBE_STRAY ? 0 : ACK);
	if (run_from(p, 0, err) != 0)
		return -1;
	for (size_t i = 0; i < p->rate_count; i++)
		if (burst(p, &p->rates[i], begun, err) != 0)
			return -1;
	return again(p, err) != 0 ? -1 : packet_space_check(p->space, err);
}

int probing_run(struct arena *arena, const struct policy *policy, int64_t now, bool japanese, struct probing_told *out, struct err *err)
{
	struct probing_told told = { 0 };
	struct probing p = { .arena = arena, .log = -1, .raw = -1, .out4 = -1, .out6 = -1, .told = &told, .japanese = japanese };
	struct probe_list probes;
	int result = begin(&p, policy, now, &probes, err) != 0 || send_all(&p, &probes, err) != 0 ? -1 : 0;

	close_all(&p);
	if (result == 0)
		*out = told;
	return result;
}
