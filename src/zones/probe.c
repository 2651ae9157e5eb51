/* 実物の通信で確かめる — contract in probe.h. */
#include "zones/probe.h"
#include "zones/netlink.h"
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/in.h>

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, QUOTED = 8 /* bytes of the packet that an error tells of, behind its IP header */ };

static bool has_ports(unsigned protocol)
{
	return protocol == TCP || protocol == UDP || protocol == 33 || protocol == 132 || protocol == 136;
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
static size_t inner(const struct packet *p, const struct probe_form *form, uint8_t *at, size_t *checksum)
{
	memset(at, 0, 32);
	*checksum = 0;
	if (p->protocol == TCP) {
		put16(at, p->from_port), put16(at + 2, p->to_port), put16(at + 6, form->tag);
		at[12] = 5 << 4, at[13] = form->flags, put16(at + 14, 8192);
		if (form->flags & 0x10)
			put16(at + 10, form->tag + 1);
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
		put16(at + 4, form->echo);
		*checksum = 2;
		return 32;
	}
	if (has_ports(p->protocol))
		put16(at, p->from_port), put16(at + 2, p->to_port);
	return 32;
}

/* The IP header before n bytes; the sum that a checksum behind it begins with. */
static uint32_t head(const struct packet *p, const struct probe_form *form, size_t n, uint8_t *out)
{
	memset(out, 0, p->v6 ? 40 : 20);
	if (p->v6) {
		out[0] = 0x60;
		put16(out + 2, form->tag), put16(out + 4, (unsigned)n);
		out[6] = p->protocol, out[7] = p->icmp_type >= 130 && p->icmp_type <= 143 ? 255 : 64; /* neighbour discovery is believed with 255 only */
		memcpy(out + 8, p->from, 16), memcpy(out + 24, p->to, 16);
		return add_words(p->protocol + (uint32_t)n, out + 8, 32);
	}
	out[0] = 0x45;
	put16(out + 2, (unsigned)(20 + n)), put16(out + 4, form->tag);
	out[8] = 64, out[9] = p->protocol;
	memcpy(out + 12, p->from, 4), memcpy(out + 16, p->to, 4);
	put16(out + 10, folded(add_words(0, out, 20)));
	return p->protocol == ICMP ? 0 : add_words(p->protocol + (uint32_t)n, out + 12, 8);
}

static void put_checksum(const struct packet *p, uint32_t sum, uint8_t *at, size_t n, size_t checksum)
{
	uint16_t v = folded(add_words(sum, at, n));

	put16(at + checksum, v == 0 && p->protocol == UDP ? 0xffff : v);
}

size_t probe_bytes(const struct packet *p, const struct probe_form *form, uint8_t out[PROBE_FRAME_MOST])
{
	size_t before = p->v6 ? 40 : 20, checksum, n = inner(p, form, out + before, &checksum);
	uint32_t sum = head(p, form, n, out);

	if (checksum)
		put_checksum(p, sum, out + before, n, checksum);
	return before + n;
}

size_t probe_error_bytes(const struct packet *p, const struct packet *about, const struct probe_form *form, uint8_t out[PROBE_FRAME_MOST])
{
	uint8_t quoted[PROBE_FRAME_MOST];
	size_t before = p->v6 ? 40 : 20, n = 8 + (about->v6 ? 40 : 20) + QUOTED;

	probe_bytes(about, form, quoted);
	uint32_t sum = head(p, form, n, out);
	memset(out + before, 0, 8);
	out[before] = p->icmp_type, out[before + 1] = p->icmp_code;
	if (p->v6 ? p->icmp_type == 2 : p->icmp_type == 3 && p->icmp_code == 4)
		put16(out + before + 6, 1500); /* the size that would have passed */
	memcpy(out + before + 8, quoted, n - 8);
	put_checksum(p, sum, out + before, n, 2);
	return before + n;
}

/* ---- the kernel's log ---- */

void probe_log_packet(const struct probe_log *log, struct packet *out)
{
	bool icmp = log->protocol == ICMP || log->protocol == ICMPV6;

	memset(out, 0, sizeof *out);
	out->v6 = log->v6, out->protocol = (uint8_t)log->protocol;
	memcpy(out->from, log->from, 16), memcpy(out->to, log->to, 16);
	if (icmp)
		out->icmp_type = log->first[0], out->icmp_code = log->first[1];
	if (has_ports(log->protocol))
		out->from_port = (uint16_t)(log->first[0] << 8 | log->first[1]), out->to_port = (uint16_t)(log->first[2] << 8 | log->first[3]);
}

static void read_payload(const uint8_t *p, size_t n, struct probe_log *log)
{
	if (n >= 20 && p[0] >> 4 == 4) {
		log->tag = (unsigned)p[4] << 8 | p[5], log->protocol = p[9];
		memcpy(log->from, p + 12, 4), memcpy(log->to, p + 16, 4);
		memcpy(log->first, p + 20, MIN(n - 20, sizeof log->first));
	} else if (n >= 40 && p[0] >> 4 == 6) {
		log->tag = (unsigned)p[2] << 8 | p[3], log->protocol = p[6];
		log->v6 = true;
		memcpy(log->from, p + 8, 16), memcpy(log->to, p + 24, 16);
		memcpy(log->first, p + 40, MIN(n - 40, sizeof log->first));
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

static int read_message(struct cursor body, struct probe_log *log)
{
	struct netlink_attribute a;

	*log = (struct probe_log){ .prefix = "" };
	cursor_take(&body, sizeof(struct nfgenmsg));
	while (netlink_attribute(&body, &a))
		read_attribute(a.type, a.value.p, a.value.n, log);
	return body.failed ? -1 : 0;
}

int probe_logs(struct bytes in, struct probe_log *out, size_t most, size_t *count)
{
	struct cursor c = cursor_over(in), body;
	struct nlmsghdr head;
	size_t n = 0;

	while (netlink_message(&c, &head, &body)) {
		if (head.nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
			continue;
		if (n == most || read_message(body, &out[n]) != 0)
			return -1;
		n++;
	}
	if (c.failed)
		return -1;
	*count = n;
	return 0;
}
