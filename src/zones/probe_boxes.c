/* 実物の通信で確かめる — contract in probe.h: the edges of boxes of packets, whatever rules they came from. From two corners of a box (everything low, everything high) each
 * field in turn goes to both edges of each of its ranges and one step beyond; every interface, every hook and the usual protocols are tried too. From what is usual in
 * it, every interface. */
#include "zones/probe.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, FROM_PORT = 40000, TO_PORT = 443, RANGES_MOST = 64 /* of one field of one box */ };

struct boxing {
	struct probe_list *out;
	const struct probe_ground *ground;
	const struct packet_box *box;
	enum corner { LOW, HIGH, ORDINARY } corner; /* ordinary: what is usual where the box has it, else low */
};

/* ---- values of a box ---- */

static bool holds(const struct packet_box *box, enum packet_field field, packet_number value)
{
	bool found = box->counts[field] == 0;

	for (size_t i = 0; i < box->counts[field]; i++)
		found |= value >= box->ranges[field][i].low && value <= box->ranges[field][i].high;
	return found;
}

static packet_number corner(const struct boxing *b, enum packet_field field, packet_number otherwise)
{
	size_t n = b->box->counts[field];

	return n == 0 || (b->corner == ORDINARY && holds(b->box, field, otherwise)) ? otherwise : b->corner == HIGH ? b->box->ranges[field][n - 1].high : b->box->ranges[field][0].low;
}

/* An ordinary protocol if the box has one. */
static uint8_t protocol_of(const struct boxing *b, bool v6)
{
	const uint8_t usual[] = { TCP, UDP, v6 ? ICMPV6 : ICMP };

	for (size_t i = 0; i < COUNT(usual); i++) {
		uint8_t one = usual[b->corner == HIGH ? COUNT(usual) - 1 - i : i];
		if (holds(b->box, PACKET_PROTOCOL, one))
			return one;
	}
	return (uint8_t)corner(b, PACKET_PROTOCOL, TCP);
}

/* The first or last interface of the box that a packet of this hook can use, 0 none. */
static unsigned link_of(const struct boxing *b, enum packet_field field, enum packet_hook hook)
{
	unsigned count = (unsigned)packet_space_interfaces(b->out->space);

	for (unsigned i = 1; i <= count; i++) {
		unsigned one = b->corner == HIGH ? count + 1 - i : i;
		bool lo = one == b->ground->lo;
		if (holds(b->box, field, one) && (lo ? hook != PACKET_FORWARD && b->box->counts[field] : b->ground->usable[one]))
			return one;
	}
	return 0;
}

/* Fields that a packet of this protocol does not have are 0; those that it has and that were not told are ordinary. */
static void shape(struct packet *p)
{
	bool icmp = p->protocol == ICMP || p->protocol == ICMPV6, ported = p->protocol == TCP || p->protocol == UDP || p->protocol == 33 || p->protocol == 132 || p->protocol == 136;

	if (!ported)
		p->from_port = p->to_port = 0;
	if (!icmp)
		p->icmp_type = p->icmp_code = 0;
}

static void give_ordinary(struct packet *p)
{
	bool icmp = p->protocol == ICMP || p->protocol == ICMPV6;

	if (icmp && p->icmp_type == 0)
		p->icmp_type = p->protocol == ICMP ? 8 : 128;
	if (!icmp && p->from_port == 0)
		p->from_port = FROM_PORT, p->to_port = p->to_port ? p->to_port : TO_PORT;
	shape(p);
}

/* Extension headers of IPv6 are no protocol by themselves. */
static bool can_be_sent(const struct packet *p)
{
	static const uint8_t headers[] = { 0, 43, 44, 51, 59, 60, 135, 139, 140 };

	for (size_t i = 0; p->v6 && i < COUNT(headers); i++)
		if (p->protocol == headers[i])
			return false;
	return true;
}

/* ---- one packet ---- */

static void put_all(const struct boxing *b, const struct packet *p)
{
	if (!can_be_sent(p))
		return;
	probe_put_flow(b->out, p);
	if (p->protocol == TCP)
		probe_put(b->out, PROBE_STRAY, p, NULL);
	if (p->protocol == ICMP || p->protocol == ICMPV6) { /* it may be an error about a flow that came the other way */
		struct packet about = probe_answer(p);
		about.protocol = TCP, about.icmp_type = about.icmp_code = 0, about.from_port = TO_PORT, about.to_port = FROM_PORT;
		probe_put(b->out, PROBE_GOES_ON, &about, NULL);
		struct packet answers = probe_answer(&about);
		probe_put(b->out, PROBE_ANSWERS, &answers, NULL);
		probe_put(b->out, PROBE_ERROR_BACK, p, &about);
	}
}

static void give_address(const struct boxing *b, enum packet_field field, bool v6, uint8_t address[16])
{
	packet_number usual = 0;

	for (size_t i = 0; i < (v6 ? 16 : 4); i++)
		usual = usual << 8 | address[i];
	probe_put_address(address, v6, corner(b, field, usual));
}

static struct packet corner_packet(const struct boxing *b, enum packet_hook hook, bool v6)
{
	static const uint8_t nobody4[2][4] = { { 198, 51, 100, 7 }, { 203, 0, 113, 9 } };
	static const uint8_t nobody6[2][16] = { { 0x20, 1, 0x0d, 0xb8, 0, 0xa, [15] = 7 }, { 0x20, 1, 0x0d, 0xb8, 0, 0xb, [15] = 9 } };
	enum packet_field to = v6 ? PACKET_TO6 : PACKET_TO4, from = v6 ? PACKET_FROM6 : PACKET_FROM4;
	struct packet p;

	memset(&p, 0, sizeof p);
	p.hook = hook, p.v6 = v6, p.protocol = protocol_of(b, v6);
	p.in = hook == PACKET_OUTPUT ? 0 : link_of(b, PACKET_IN, hook), p.out = hook == PACKET_INPUT ? 0 : link_of(b, PACKET_OUT, hook);
	p.from_port = (uint16_t)corner(b, PACKET_FROM_PORT, FROM_PORT), p.to_port = (uint16_t)corner(b, PACKET_TO_PORT, TO_PORT);
	p.icmp_type = (uint8_t)corner(b, PACKET_ICMP_TYPE, p.protocol == ICMP ? 8 : 128), p.icmp_code = (uint8_t)corner(b, PACKET_ICMP_CODE, 0);
	memcpy(p.from, v6 ? nobody6[0] : nobody4[0], v6 ? 16 : 4), memcpy(p.to, b->ground->to_own ? b->ground->own[v6] : v6 ? nobody6[1] : nobody4[1], v6 ? 16 : 4);
	give_address(b, to, v6, p.to);
	give_address(b, from, v6, p.from);
	shape(&p);
	return p;
}

/* ---- one field after the other ---- */

static void set_field(struct packet *p, enum packet_field field, packet_number v)
{
	switch (field) {
	case PACKET_PROTOCOL: p->protocol = (uint8_t)v, give_ordinary(p); break;
	case PACKET_TO_PORT: p->to_port = (uint16_t)v; break;
	case PACKET_FROM_PORT: p->from_port = (uint16_t)v; break;
	case PACKET_ICMP_TYPE: p->icmp_type = (uint8_t)v; break;
	case PACKET_ICMP_CODE: p->icmp_code = (uint8_t)v; break;
	case PACKET_TO4: case PACKET_TO6: probe_put_address(p->to, p->v6, v); break;
	default: probe_put_address(p->from, p->v6, v); break;
	}
}

static void vary(const struct boxing *b, const struct packet *p, enum packet_field field)
{
	packet_number most = packet_field_most(field);

	for (size_t i = 0; i < MIN(b->box->counts[field], RANGES_MOST); i++) {
		struct packet_range r = b->box->ranges[field][i];
		const packet_number edges[] = { r.low, r.high, r.low ? r.low - 1 : 0, r.high < most ? r.high + 1 : most };
		for (size_t k = 0; k < COUNT(edges); k++) {
			struct packet q = *p;
			set_field(&q, field, edges[k]);
			put_all(b, &q);
		}
	}
	b->out->more |= b->box->counts[field] > RANGES_MOST;
}

static void vary_links(const struct boxing *b, const struct packet *p)
{
	for (unsigned i = 1; i <= packet_space_interfaces(b->out->space); i++) {
		struct packet in = *p, out = *p;
		if (!b->ground->usable[i])
			continue;
		if (p->in)
			in.in = i, put_all(b, &in);
		if (p->out)
			out.out = i, put_all(b, &out);
	}
}

static void vary_protocol(const struct boxing *b, const struct packet *p)
{
	static const uint8_t usual[] = { ICMP, TCP, UDP, 33, 41, 47, 50, ICMPV6, 132, 136 };

	for (size_t i = 0; i < COUNT(usual); i++) {
		struct packet q = *p;
		set_field(&q, PACKET_PROTOCOL, usual[i]);
		put_all(b, &q);
	}
	vary(b, p, PACKET_PROTOCOL);
}

static void from_corner(const struct boxing *b, enum packet_hook hook, bool v6)
{
	static const enum packet_field either[] = { PACKET_TO_PORT, PACKET_FROM_PORT }, icmp[] = { PACKET_ICMP_TYPE, PACKET_ICMP_CODE };
	struct packet p = corner_packet(b, hook, v6);

	if ((hook != PACKET_OUTPUT && p.in == 0) || (hook != PACKET_INPUT && p.out == 0))
		return;
	put_all(b, &p);
	vary_links(b, &p);
	if (b->corner == ORDINARY)
		return;
	vary_protocol(b, &p);
	vary(b, &p, v6 ? PACKET_TO6 : PACKET_TO4);
	vary(b, &p, v6 ? PACKET_FROM6 : PACKET_FROM4);
	for (size_t i = 0; i < 2 && (p.from_port || p.to_port); i++)
		vary(b, &p, either[i]);
	for (size_t i = 0; i < 2 && (p.protocol == ICMP || p.protocol == ICMPV6); i++)
		vary(b, &p, icmp[i]);
}

void probe_boxes(struct probe_list *out, const struct probe_ground *ground, const struct packet_box *boxes, size_t count)
{
	for (size_t i = 0; i < count && out->count < out->most; i++)
		for (unsigned hook = PACKET_INPUT; hook <= PACKET_FORWARD; hook++)
			for (unsigned corner_of = 0; corner_of < (ground->edges_only ? 4 : 6); corner_of++) {
				const struct boxing b = { .out = out, .ground = ground, .box = &boxes[i], .corner = (enum corner)(corner_of >> 1) };
				if (holds(&boxes[i], PACKET_HOOK, hook) && holds(&boxes[i], PACKET_FAMILY, corner_of & 1))
					from_corner(&b, hook, corner_of & 1);
			}
}
