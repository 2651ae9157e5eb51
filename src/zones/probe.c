/* 実物の通信で確かめる — contract in probe.h. */
#include "zones/probe.h"
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <netinet/in.h>

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, BOXES_MOST = 4096, RANGES_EACH = 12 };

/* ---- which packets ---- */

struct corners {
	struct packet_space *space;
	struct packet *list;
	size_t count, most;
	bool whole;
};

static bool has_ports(unsigned protocol)
{
	return protocol == TCP || protocol == UDP || protocol == 33 || protocol == 132 || protocol == 136;
}

static void put(struct corners *c, const struct packet *p)
{
	struct packet q = *p;

	if (!has_ports(q.protocol))
		q.to_port = q.from_port = 0;
	if (q.protocol != ICMP && q.protocol != ICMPV6)
		q.icmp_type = q.icmp_code = 0;
	for (size_t i = c->count; i-- > 0 && i + 64 > c->count;)
		if (memcmp(&c->list[i], &q, sizeof q) == 0)
			return;
	if (c->count == c->most)
		c->whole = false;
	else
		c->list[c->count++] = q;
}

static void set_field(struct packet *p, enum packet_field field, packet_number v)
{
	uint8_t *address = field == PACKET_TO4 || field == PACKET_TO6 ? p->to : p->from;

	switch (field) {
	case PACKET_TO_PORT: p->to_port = (uint16_t)v; break;
	case PACKET_FROM_PORT: p->from_port = (uint16_t)v; break;
	case PACKET_ICMP_TYPE: p->icmp_type = (uint8_t)v; break;
	case PACKET_ICMP_CODE: p->icmp_code = (uint8_t)v; break;
	case PACKET_PROTOCOL: p->protocol = (uint8_t)v; break;
	case PACKET_IN: p->in = (unsigned)v; break;
	case PACKET_OUT: p->out = (unsigned)v; break;
	case PACKET_TO4: case PACKET_FROM4:
		for (size_t i = 4; i-- > 0; v >>= 8)
			address[i] = (uint8_t)v;
		break;
	case PACKET_TO6: case PACKET_FROM6:
		for (size_t i = 16; i-- > 0; v >>= 8)
			address[i] = (uint8_t)v;
		break;
	default: break;
	}
}

/* The edges of each range from both sides, the rest of the packet inside. */
static void vary(struct corners *c, const struct packet_box *box, const struct packet *inside, enum packet_field field, packet_number most)
{
	for (size_t i = 0; i < MIN(box->counts[field], (size_t)RANGES_EACH); i++) {
		struct packet_range r = box->ranges[field][i];
		packet_number edges[4] = { r.low, r.high, r.low == 0 ? r.low : r.low - 1, r.high == most ? r.high : r.high + 1 };
		for (size_t k = 0; k < COUNT(edges); k++) {
			struct packet p = *inside;
			set_field(&p, field, edges[k]);
			put(c, &p);
		}
	}
}

static void corners_of(struct corners *c, const struct packet_box *box, const struct packet *inside)
{
	static const uint8_t protocols[] = { ICMP, TCP, UDP, 41, 47, ICMPV6, 132 };
	static const struct {
		enum packet_field field;
		unsigned width;
	} fields[] = { { PACKET_TO_PORT, 16 }, { PACKET_FROM_PORT, 16 }, { PACKET_ICMP_TYPE, 8 }, { PACKET_ICMP_CODE, 8 }, { PACKET_TO4, 32 }, { PACKET_FROM4, 32 }, { PACKET_TO6, 128 }, { PACKET_FROM6, 128 } };

	put(c, inside);
	for (size_t i = 0; i < COUNT(fields); i++)
		vary(c, box, inside, fields[i].field, fields[i].width == 128 ? ~(packet_number)0 : ((packet_number)1 << fields[i].width) - 1);
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct packet p = *inside;
		p.protocol = protocols[i];
		put(c, &p);
	}
	for (unsigned i = 1; i <= packet_space_interfaces(c->space); i++) {
		struct packet in = *inside, out = *inside;
		if (inside->in)
			in.in = i, put(c, &in);
		if (inside->out)
			out.out = i, put(c, &out);
	}
}

void probe_corners(struct arena *arena, struct packet_space *space, struct packet_set allowed, size_t most, struct packet **out, size_t *count, bool *whole)
{
	struct corners c = { .space = space, .list = arena_new_array(arena, struct packet, most), .most = most, .whole = true };
	struct packet_set opens = packet_set_and(space, allowed, packet_set_and(space, packet_set_is(space, PACKET_STATE, PACKET_NEW), packet_set_is(space, PACKET_MARKED, 0)));
	struct packet_box *boxes;
	size_t box_count;
	bool all;

	packet_set_boxes(space, opens, arena, BOXES_MOST, &boxes, &box_count, &all);
	for (size_t i = 0; i < box_count; i++) {
		struct packet_set in_box = opens;
		struct packet inside;
		for (unsigned f = 0; f < PACKET_FIELDS; f++) {
			struct packet_set values = packet_set_none();
			for (size_t k = 0; k < boxes[i].counts[f]; k++)
				values = packet_set_or(space, values, packet_set_range(space, f, boxes[i].ranges[f][k].low, boxes[i].ranges[f][k].high));
			in_box = boxes[i].counts[f] ? packet_set_and(space, in_box, values) : in_box;
		}
		if (packet_set_witness(space, in_box, &inside))
			corners_of(&c, &boxes[i], &inside);
	}
	*out = c.list, *count = c.count, *whole = c.whole && all;
}

struct packet probe_answer(const struct packet *p)
{
	struct packet a = *p;

	a.hook = p->hook == PACKET_INPUT ? PACKET_OUTPUT : p->hook == PACKET_OUTPUT ? PACKET_INPUT : PACKET_FORWARD;
	a.in = p->out, a.out = p->in, a.from_port = p->to_port, a.to_port = p->from_port;
	memcpy(a.from, p->to, 16), memcpy(a.to, p->from, 16);
	a.icmp_type = p->protocol == ICMP && p->icmp_type == 8 ? 0 : p->protocol == ICMPV6 && p->icmp_type == 128 ? 129 : p->icmp_type;
	return a;
}

/* ---- their bytes ---- */

static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return n % 2 ? sum + ((uint32_t)p[n - 1] << 8) : sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}

/* What follows the IP header; where its checksum stands, 0 none. */
static size_t inner(const struct packet *p, unsigned tag, uint8_t flags, uint8_t *at, size_t *checksum)
{
	memset(at, 0, 32);
	*checksum = 0;
	if (p->protocol == TCP) {
		put16(at, p->from_port), put16(at + 2, p->to_port), put16(at + 6, tag);
		at[12] = 5 << 4, at[13] = flags, put16(at + 14, 8192);
		if (flags & 0x10)
			put16(at + 10, tag + 1);
		*checksum = 16;
		return 20;
	}
	if (p->protocol == UDP || p->protocol == 136) {
		put16(at, p->from_port), put16(at + 2, p->to_port), put16(at + 4, 12);
		*checksum = 6;
		return 12;
	}
	if (p->protocol == ICMP || p->protocol == ICMPV6) {
		at[0] = p->icmp_type, at[1] = p->icmp_code;
		put16(at + 4, 77);
		*checksum = 2;
		return 32;
	}
	if (has_ports(p->protocol))
		put16(at, p->from_port), put16(at + 2, p->to_port);
	return 32;
}

size_t probe_bytes(const struct packet *p, unsigned tag, uint8_t ways, uint8_t flags, uint8_t out[PROBE_FRAME_MOST])
{
	size_t head = p->v6 ? 40 : 20, checksum, n = inner(p, tag, flags, out + head, &checksum);
	uint32_t sum = 0;

	memset(out, 0, head);
	if (p->v6) {
		out[0] = (uint8_t)(0x60 | ways >> 4), out[1] = (uint8_t)(ways << 4);
		put16(out + 2, tag), put16(out + 4, (unsigned)n);
		out[6] = p->protocol, out[7] = 64;
		memcpy(out + 8, p->from, 16), memcpy(out + 24, p->to, 16);
		sum = add_words(sum, out + 8, 32);
	} else {
		out[0] = 0x45, out[1] = ways;
		put16(out + 2, (unsigned)(head + n)), put16(out + 4, tag);
		out[8] = 64, out[9] = p->protocol;
		memcpy(out + 12, p->from, 4), memcpy(out + 16, p->to, 4);
		put16(out + 10, folded(add_words(0, out, 20)));
		sum = add_words(sum, out + 12, 8);
	}
	if (p->protocol == ICMP)
		sum = 0;
	else
		sum += p->protocol + (uint32_t)n;
	if (checksum) {
		uint16_t v = folded(add_words(sum, out + head, n));
		put16(out + head + checksum, v == 0 && p->protocol == UDP ? 0xffff : v);
	}
	return head + n;
}

/* ---- the kernel's log ---- */

static void read_payload(const uint8_t *p, size_t n, struct probe_log *log)
{
	if (n >= 20 && p[0] >> 4 == 4) {
		log->tag = (unsigned)p[4] << 8 | p[5], log->protocol = p[9];
		memcpy(log->from, p + 12, 4), memcpy(log->to, p + 16, 4);
	} else if (n >= 40 && p[0] >> 4 == 6) {
		log->tag = (unsigned)p[2] << 8 | p[3], log->protocol = p[6];
		memcpy(log->from, p + 8, 16), memcpy(log->to, p + 24, 16);
	}
}

static void read_attribute(unsigned type, const uint8_t *p, size_t n, struct probe_log *log)
{
	uint32_t number = 0;

	if (n >= 4)
		number = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	if (type == NFULA_PACKET_HDR && n >= 3)
		log->hook = p[2];
	else if (type == NFULA_IFINDEX_INDEV && n >= 4)
		log->in = number;
	else if (type == NFULA_IFINDEX_OUTDEV && n >= 4)
		log->out = number;
	else if (type == NFULA_PAYLOAD)
		read_payload(p, n, log);
	else if (type == NFULA_PREFIX) {
		size_t length = MIN(n, sizeof log->prefix - 1);
		memcpy(log->prefix, p, length);
		log->prefix[length] = 0;
	}
}

static int read_message(const uint8_t *p, size_t n, struct probe_log *log)
{
	*log = (struct probe_log){ .prefix = "" };
	for (size_t at = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg); at + sizeof(struct nlattr) <= n;) {
		struct nlattr a;
		memcpy(&a, p + at, sizeof a);
		if (a.nla_len < sizeof a || a.nla_len > n - at)
			return -1;
		read_attribute(a.nla_type & NLA_TYPE_MASK, p + at + sizeof a, a.nla_len - sizeof a, log);
		at += NLA_ALIGN(a.nla_len);
	}
	return 0;
}

int probe_logs(struct bytes in, struct probe_log *out, size_t most, size_t *count)
{
	size_t n = 0;

	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= in.n;) {
		struct nlmsghdr head;
		memcpy(&head, in.p + at, sizeof head);
		if (head.nlmsg_len < sizeof head || head.nlmsg_len > in.n - at)
			return -1;
		if (head.nlmsg_type == (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET)) {
			if (n == most || read_message(in.p + at, head.nlmsg_len, &out[n]) != 0)
				return -1;
			n++;
		}
		at += NLMSG_ALIGN(head.nlmsg_len);
	}
	*count = n;
	return 0;
}
