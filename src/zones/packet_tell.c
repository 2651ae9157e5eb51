/* 通信の集合を人に見せる — contract in packet_set.h: one packet of a set, the set as boxes, and both in words. */
#include "zones/limits.h"
#include "zones/packet_fields.h"
#include "base/sort.h"
#include "base/text.h"
#include <arpa/inet.h>

/* ---- one packet as bits ---- */

static packet_number value_at(const uint8_t bits[BITS], enum packet_field field)
{
	packet_number v = 0;

	for (unsigned i = 0; i < packet_places[field].width; i++)
		v = v << 1 | bits[packet_places[field].first + i];
	return v;
}

static void put_at(uint8_t bits[BITS], enum packet_field field, packet_number v)
{
	for (unsigned i = packet_places[field].width; i-- > 0; v >>= 1)
		bits[packet_places[field].first + i] = v & 1;
}

static void address_out(packet_number v, uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static packet_number address_in(const uint8_t *p, size_t n)
{
	packet_number v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

packet_number packet_field_of(const struct packet *p, enum packet_field field)
{
	switch (field) {
	case PACKET_HOOK: return p->hook;
	case PACKET_STATE: return p->state;
	case PACKET_REPLY: return p->reply;
	case PACKET_MARKED: return p->marked;
	case PACKET_IN: return p->in;
	case PACKET_OUT: return p->out;
	case PACKET_FAMILY: return p->v6;
	case PACKET_PROTOCOL: return p->protocol;
	case PACKET_TO_PORT: return p->to_port;
	case PACKET_FROM_PORT: return p->from_port;
	case PACKET_ICMP_TYPE: return p->icmp_type;
	case PACKET_ICMP_CODE: return p->icmp_code;
	case PACKET_TO4: return p->v6 ? 0 : address_in(p->to, 4);
	case PACKET_FROM4: return p->v6 ? 0 : address_in(p->from, 4);
	case PACKET_TO6: return p->v6 ? address_in(p->to, 16) : 0;
	case PACKET_FROM6: return p->v6 ? address_in(p->from, 16) : 0;
	default: return 0;
	}
}

static void bits_of(const struct packet *p, uint8_t bits[BITS])
{
	memset(bits, 0, BITS);
	for (enum packet_field field = 0; field < PACKET_FIELDS; field++)
		if (field < PACKET_TO4 || field == PACKET_MOMENT || (field >= PACKET_TO6) == p->v6)
			put_at(bits, field, packet_field_of(p, field));
}

static bool bits_are_in(const struct packet_space *s, uint32_t node, const uint8_t bits[BITS])
{
	while (node > 1)
		node = bits[graph_variable(s->graph, node)] ? graph_high(s->graph, node) : graph_low(s->graph, node);
	return node == GRAPH_ALL;
}

static void packet_of(const struct packet_space *s, const uint8_t bits[BITS], struct packet *out)
{
	struct packet p = { .hook = (enum packet_hook)value_at(bits, PACKET_HOOK), .state = (enum packet_state)value_at(bits, PACKET_STATE),
		.reply = bits[BIT_REPLY], .marked = bits[BIT_MARKED], .v6 = bits[BIT_FAMILY], .in = (unsigned)value_at(bits, PACKET_IN), .out = (unsigned)value_at(bits, PACKET_OUT),
		.protocol = (uint8_t)value_at(bits, PACKET_PROTOCOL) };

	if (bits_are_in(s, s->with_ports.node, bits)) {
		p.to_port = (uint16_t)value_at(bits, PACKET_TO_PORT);
		p.from_port = (uint16_t)value_at(bits, PACKET_FROM_PORT);
	}
	if (bits_are_in(s, s->with_types.node, bits)) {
		p.icmp_type = (uint8_t)value_at(bits, PACKET_ICMP_TYPE);
		p.icmp_code = (uint8_t)value_at(bits, PACKET_ICMP_CODE);
	}
	address_out(value_at(bits, p.v6 ? PACKET_TO6 : PACKET_TO4), p.to, p.v6 ? 16 : 4);
	address_out(value_at(bits, p.v6 ? PACKET_FROM6 : PACKET_FROM4), p.from, p.v6 ? 16 : 4);
	*out = p;
}

bool packet_set_has(struct packet_space *s, struct packet_set set, const struct packet *p)
{
	uint8_t bits[BITS];

	if (set.node == GRAPH_BROKEN || graph_is_full(s->graph))
		return false;
	bits_of(p, bits);
	return bits_are_in(s, set.node, bits);
}

struct packet_set packet_set_of(struct packet_space *s, const struct packet *p)
{
	const struct {
		enum packet_field field;
		packet_number value;
	} said[] = {
		{ PACKET_HOOK, p->hook }, { PACKET_STATE, p->state }, { PACKET_REPLY, p->reply }, { PACKET_MARKED, p->marked }, { PACKET_IN, p->in }, { PACKET_OUT, p->out },
		{ PACKET_FAMILY, p->v6 }, { PACKET_PROTOCOL, p->protocol }, { p->v6 ? PACKET_TO6 : PACKET_TO4, address_in(p->to, p->v6 ? 16 : 4) },
		{ p->v6 ? PACKET_FROM6 : PACKET_FROM4, address_in(p->from, p->v6 ? 16 : 4) },
	};
	const struct {
		enum packet_field field;
		packet_number value;
	} may[] = { { PACKET_TO_PORT, p->to_port }, { PACKET_FROM_PORT, p->from_port }, { PACKET_ICMP_TYPE, p->icmp_type }, { PACKET_ICMP_CODE, p->icmp_code } };
	struct packet_set of = { GRAPH_ALL };

	for (size_t i = COUNT(said); i-- > 0;)
		of = packet_set_and(s, packet_set_is(s, said[i].field, said[i].value), of);
	for (size_t i = 0; i < COUNT(may); i++) {
		struct packet_set having = packet_set_and(s, of, packet_set_having(s, may[i].field));
		if (!packet_set_is_empty(s, having) || graph_is_full(s->graph))
			of = packet_set_and(s, of, packet_set_is(s, may[i].field, may[i].value));
	}
	return of;
}

/* What an ordinary packet would have there. */
static bool is_usual(unsigned bit, bool v6)
{
	static const struct {
		enum packet_field field;
		unsigned value;
	} usual[] = { { PACKET_HOOK, PACKET_FORWARD }, { PACKET_IN, 1 }, { PACKET_OUT, 2 }, { PACKET_PROTOCOL, 6 }, { PACKET_TO_PORT, 443 }, { PACKET_FROM_PORT, 40000 }, { PACKET_ICMP_TYPE, 8 } };

	for (size_t i = 0; i < COUNT(usual); i++) {
		struct packet_field_place at = packet_places[usual[i].field];
		if (bit >= at.first && bit < at.first + at.width)
			return usual[i].value >> (at.first + at.width - 1 - bit) & 1;
	}
	return bit == BIT_TO + (v6 ? 127 : 31) || bit == BIT_FROM + (v6 ? 127 : 31); /* …0.1 rather than …0.0 */
}

bool packet_set_witness(struct packet_space *s, struct packet_set set, struct packet *out)
{
	uint8_t bits[BITS];
	uint32_t node = graph_and(s->graph, set.node, s->all.node);

	if (node == GRAPH_NONE || node == GRAPH_BROKEN || graph_is_full(s->graph))
		return false;
	for (unsigned bit = 0; bit < BITS; bit++) {
		bits[bit] = is_usual(bit, bit > BIT_FAMILY && bits[BIT_FAMILY]);
		if (graph_variable(s->graph, node) != bit)
			continue;
		uint32_t next = bits[bit] ? graph_high(s->graph, node) : graph_low(s->graph, node);
		if (next == GRAPH_NONE) {
			bits[bit] = !bits[bit];
			next = bits[bit] ? graph_high(s->graph, node) : graph_low(s->graph, node);
		}
		node = next;
	}
	packet_of(s, bits, out);
	return true;
}

/* ---- boxes ---- */

struct piece {
	struct packet_range range;
	uint32_t node; /* what is left to ask behind the field */
};
struct pieces {
	struct piece *of;
	size_t count;
	bool whole;
};
struct boxing {
	struct packet_space *space;
	struct arena *arena;
	size_t most, count;
	struct packet_box *boxes, now;
	bool whole;
};

/* Every range of the field's values with what follows; ranges that follow each other and lead to the same are one. */
static void cut(const struct packet_space *s, uint32_t node, unsigned bit, unsigned end, packet_number value, struct pieces *out)
{
	unsigned next = node <= 1 ? BITS : graph_variable(s->graph, node);

	if (node == GRAPH_NONE || !out->whole)
		return;
	if (next >= end || bit == end) {
		unsigned free = end - bit;
		packet_number low = free == 128 ? 0 : value << free, high = free == 0 ? low : low + (((packet_number)1 << (free - 1)) - 1) * 2 + 1;
		struct piece *last = out->count ? &out->of[out->count - 1] : NULL;
		if (last && last->node == node && last->range.high + 1 == low)
			last->range.high = high;
		else if (out->count == ZONES_BOX_RANGES_MOST)
			out->whole = false;
		else
			out->of[out->count++] = (struct piece){ { low, high }, node };
		return;
	}
	cut(s, next == bit ? graph_low(s->graph, node) : node, bit + 1, end, value << 1, out);
	cut(s, next == bit ? graph_high(s->graph, node) : node, bit + 1, end, value << 1 | 1, out);
}

static int by_what_follows(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (x->range.low > y->range.low) - (x->range.low < y->range.low);
}

static void box_fields(struct boxing *b, uint32_t node, unsigned field);

/* What a packet at that place has anyhow need not be said: some interface where there is one, none where there is none. */
static bool is_whole(const struct packet_space *s, unsigned field, struct packet_range r, packet_number most)
{
	if (field == PACKET_IN || field == PACKET_OUT)
		return (r.low == 1 && r.high == s->count && s->count > 1) || (r.low == 0 && r.high == 0);
	return r.low == 0 && r.high == most;
}

/* One box for each thing that follows, in the order of its first range. */
static void box_pieces(struct boxing *b, struct pieces *pieces, unsigned field, packet_number most)
{
	sort_items(pieces->of, pieces->count, sizeof *pieces->of, by_what_follows);
	for (size_t i = 0, n; i < pieces->count; i += n) {
		for (n = 1; i + n < pieces->count && pieces->of[i + n].node == pieces->of[i].node; n++)
			;
		struct packet_range *ranges = arena_new_array(b->arena, struct packet_range, n);
		for (size_t k = 0; k < n; k++)
			ranges[k] = pieces->of[i + k].range;
		bool any = n == 1 && is_whole(b->space, field, ranges[0], most);
		b->now.ranges[field] = any ? NULL : ranges;
		b->now.counts[field] = any ? 0 : n;
		box_fields(b, pieces->of[i].node, field + 1);
	}
	b->now.ranges[field] = NULL, b->now.counts[field] = 0;
}

static void box_field(struct boxing *b, uint32_t node, unsigned field)
{
	ARENA(scratch) = arena_new(0);
	struct packet_field_place at = packet_places[field];
	struct pieces pieces = { .of = arena_scratch(scratch, ZONES_BOX_RANGES_MOST * sizeof *pieces.of), .whole = true };

	must(pieces.of);
	cut(b->space, node, at.first, at.first + at.width, 0, &pieces);
	if (!pieces.whole)
		b->whole = false;
	else
		box_pieces(b, &pieces, field, at.width == 128 ? ~(packet_number)0 : ((packet_number)1 << at.width) - 1);
}

/* An address is read by its family: the two are boxes of their own unless no address is asked for. */
static void box_family(struct boxing *b, uint32_t node)
{
	struct graph *g = b->space->graph;
	bool asks = graph_variable(g, node) == BIT_FAMILY;

	if (!asks && (node <= 1 || graph_forget(g, node, BIT_TO, BIT_MOMENT - 1) == node)) {
		box_fields(b, node, PACKET_FAMILY + 1);
		return;
	}
	for (unsigned v6 = 0; v6 < 2; v6++) {
		b->now.ranges[PACKET_FAMILY] = arena_alloc(b->arena, sizeof(struct packet_range));
		*b->now.ranges[PACKET_FAMILY] = (struct packet_range){ v6, v6 };
		b->now.counts[PACKET_FAMILY] = 1;
		box_fields(b, !asks ? node : v6 ? graph_high(g, node) : graph_low(g, node), PACKET_FAMILY + 1);
	}
	b->now.ranges[PACKET_FAMILY] = NULL, b->now.counts[PACKET_FAMILY] = 0;
}

static void box_fields(struct boxing *b, uint32_t node, unsigned field)
{
	if (node == GRAPH_NONE || !b->whole)
		return;
	if (field == PACKET_FIELDS) {
		if (b->count == b->most)
			b->whole = false;
		else
			b->boxes[b->count++] = b->now;
		return;
	}
	bool v6 = b->now.counts[PACKET_FAMILY] && b->now.ranges[PACKET_FAMILY]->low == 1, v4 = b->now.counts[PACKET_FAMILY] && !v6;
	if (field == PACKET_FAMILY)
		box_family(b, node);
	else if (((field == PACKET_TO4 || field == PACKET_FROM4) && !v4) || ((field == PACKET_TO6 || field == PACKET_FROM6) && !v6))
		box_fields(b, node, field + 1);
	else
		box_field(b, node, field);
}

void packet_set_boxes(struct packet_space *s, struct packet_set set, struct arena *arena, size_t most, struct packet_box **boxes, size_t *count, bool *whole)
{
	struct boxing b = { .space = s, .arena = arena, .most = most, .boxes = arena_new_array(arena, struct packet_box, most), .whole = true };
	uint32_t node = graph_and(s->graph, set.node, s->all.node);

	node = node == GRAPH_NONE ? node : graph_simplify(s->graph, node, s->sane.node);
	b.whole = node != GRAPH_BROKEN;
	box_fields(&b, node, 0);
	*boxes = b.boxes, *count = b.count, *whole = b.whole && !graph_is_full(s->graph);
}

/* ---- words ---- */

const char *packet_protocol_name(unsigned protocol)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = { { 1, "ICMP" }, { 2, "IGMP" }, { 4, "IPIP" }, { 6, "TCP" }, { 17, "UDP" }, { 33, "DCCP" }, { 41, "6in4" }, { 47, "GRE" }, { 50, "ESP" }, { 51, "AH" },
		{ 58, "ICMPv6" }, { 89, "OSPF" }, { 112, "VRRP" }, { 132, "SCTP" }, { 136, "UDP-Lite" } };

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].number == protocol)
			return names[i].name;
	return NULL;
}

static const char *hook_word(unsigned hook, bool japanese)
{
	return hook == PACKET_INPUT ? japanese ? "ルーター宛て" : "input" : hook == PACKET_OUTPUT ? japanese ? "ルーター発" : "output" : japanese ? "転送" : "forward";
}

static const char *state_word(unsigned state, bool japanese)
{
	static const char *const ja[] = { "新しい通信", "確立した通信", "関連する通信", "つながりの合わない通信", "追跡されない通信" };
	static const char *const en[] = { "new", "established", "related", "invalid", "untracked" };

	return state < COUNT(ja) ? japanese ? ja[state] : en[state] : "?";
}

static void put_address(struct buf *out, packet_number v, bool v6)
{
	uint8_t raw[16];
	char text[INET6_ADDRSTRLEN];

	address_out(v, raw, v6 ? 16 : 4);
	buf_str(out, inet_ntop(v6 ? AF_INET6 : AF_INET, raw, text, sizeof text));
}

void packet_range_print(struct buf *out, enum packet_field field, struct packet_range r)
{
	bool v6 = field == PACKET_TO6 || field == PACKET_FROM6, address = v6 || field == PACKET_TO4 || field == PACKET_FROM4;
	unsigned width = packet_places[field].width, free = 0;
	packet_number span = r.high ^ r.low;

	if (!address) {
		buf_decimal(out, (uint64_t)r.low);
		if (r.high != r.low)
			buf_str(out, "-"), buf_decimal(out, (uint64_t)r.high);
		return;
	}
	while (free < width && span >> free & 1)
		free++;
	put_address(out, r.low, v6);
	if (r.low == r.high)
		return;
	bool prefix = (free == 128 || span >> free == 0) && (r.low & span) == 0;
	if (prefix)
		buf_str(out, "/"), buf_decimal(out, width - free);
	else
		buf_str(out, "-"), put_address(out, r.high, v6);
}

static void put_name(struct buf *out, const struct packet_space *s, unsigned interface)
{
	if (interface == 0)
		buf_str(out, "-");
	else
		buf_str(out, text_printable(out->arena, bytes_of_text(packet_space_name(s, interface)), 64)); /* may come from a foreign listing */
}

static void put_protocol(struct buf *out, unsigned protocol, bool japanese)
{
	const char *name = packet_protocol_name(protocol);

	if (name)
		buf_str(out, name);
	else
		buf_printf(out, japanese ? "プロトコル%u" : "protocol %u", protocol);
}

static void put_end(struct buf *out, const struct packet *p, bool to)
{
	bool ports = p->protocol == 6 || p->protocol == 17 || p->protocol == 33 || p->protocol == 132 || p->protocol == 136;

	if (p->v6 && ports)
		buf_str(out, "[");
	put_address(out, address_in(to ? p->to : p->from, p->v6 ? 16 : 4), p->v6);
	if (p->v6 && ports)
		buf_str(out, "]");
	if (ports)
		buf_str(out, ":"), buf_decimal(out, to ? p->to_port : p->from_port);
}

void packet_print(struct buf *out, const struct packet_space *s, const struct packet *p, bool japanese)
{
	buf_str(out, p->v6 ? "IPv6 " : "IPv4 ");
	put_protocol(out, p->protocol, japanese);
	if (p->protocol == 1 || p->protocol == 58)
		buf_printf(out, japanese ? " 種別%u コード%u" : " type %u code %u", p->icmp_type, p->icmp_code);
	buf_str(out, " ");
	put_end(out, p, false);
	buf_str(out, " → ");
	put_end(out, p, true);
	buf_str(out, japanese ? "（" : " (");
	buf_str(out, hook_word(p->hook, japanese));
	buf_str(out, japanese ? "、" : ", ");
	put_name(out, s, p->in);
	buf_str(out, " → ");
	put_name(out, s, p->out);
	buf_str(out, japanese ? "、" : ", ");
	buf_str(out, state_word(p->state, japanese));
	if (p->reply)
		buf_str(out, japanese ? "の戻り" : ", reply");
	if (p->marked)
		buf_str(out, japanese ? "、認めた印あり" : ", marked");
	buf_str(out, japanese ? "）" : ")");
}

/* Words for one value of the fields that are no numbers to people. */
static void put_value(struct buf *out, const struct packet_space *s, enum packet_field field, unsigned v, bool japanese)
{
	if (field == PACKET_HOOK)
		buf_str(out, hook_word(v, japanese));
	else if (field == PACKET_STATE)
		buf_str(out, state_word(v, japanese));
	else if (field == PACKET_REPLY)
		buf_str(out, v ? japanese ? "戻り" : "reply" : japanese ? "行き" : "original");
	else if (field == PACKET_MARKED)
		buf_str(out, v ? japanese ? "印あり" : "marked" : japanese ? "印なし" : "unmarked");
	else if (field == PACKET_FAMILY)
		buf_str(out, v ? "IPv6" : "IPv4");
	else if (field == PACKET_PROTOCOL)
		put_protocol(out, v, japanese);
	else
		put_name(out, s, v);
}

static void put_ranges(struct buf *out, const struct packet_space *s, const struct packet_box *box, enum packet_field field, bool japanese)
{
	bool words = field <= PACKET_FAMILY;

	for (size_t i = 0; i < box->counts[field]; i++) {
		struct packet_range r = box->ranges[field][i];
		if (i > 0)
			buf_str(out, ",");
		if (words)
			for (unsigned v = (unsigned)r.low; v <= (unsigned)r.high && (field != PACKET_STATE || v <= PACKET_UNTRACKED); v++) {
				if (v > r.low)
					buf_str(out, ",");
				put_value(out, s, field, v, japanese);
			}
		else if (field == PACKET_PROTOCOL && r.low == r.high)
			put_protocol(out, (unsigned)r.low, japanese);
		else
			packet_range_print(out, field, r);
	}
}

static void put_addresses(struct buf *out, const struct packet_space *s, const struct packet_box *box, enum packet_field four, enum packet_field six, bool japanese)
{
	enum packet_field field = box->counts[six] ? six : four;

	if (box->counts[field])
		put_ranges(out, s, box, field, japanese);
	else
		buf_str(out, japanese ? "どこでも" : "anywhere");
}

static void put_interfaces(struct buf *out, const struct packet_space *s, const struct packet_box *box, enum packet_field field, bool japanese)
{
	packet_number hook = box->counts[PACKET_HOOK] ? box->ranges[PACKET_HOOK]->low : 0;

	if (box->counts[field])
		put_ranges(out, s, box, field, japanese);
	else if (hook == (field == PACKET_IN ? PACKET_OUTPUT : PACKET_INPUT))
		buf_str(out, japanese ? "ルーター" : "the router");
	else
		buf_str(out, japanese ? "どの口でも" : "any");
}

/* Every state that a packet can have which the kernel tracks. */
static bool is_tracked(const struct packet_box *box)
{
	return box->counts[PACKET_STATE] == 1 && box->ranges[PACKET_STATE]->low == PACKET_NEW && box->ranges[PACKET_STATE]->high == PACKET_INVALID;
}

void packet_box_print(struct buf *out, const struct packet_space *s, const struct packet_box *box, bool japanese)
{
	static const struct {
		enum packet_field field;
		const char *ja, *en;
	} more[] = { { PACKET_TO_PORT, "宛先ポート", "to port" }, { PACKET_FROM_PORT, "送信元ポート", "from port" }, { PACKET_ICMP_TYPE, "ICMP種別", "ICMP type" }, { PACKET_ICMP_CODE, "ICMPコード", "ICMP code" },
		{ PACKET_STATE, "状態", "state" }, { PACKET_REPLY, "向き", "direction" }, { PACKET_MARKED, "印", "mark" } };

	if (box->counts[PACKET_HOOK])
		put_ranges(out, s, box, PACKET_HOOK, japanese), buf_str(out, " ");
	put_interfaces(out, s, box, PACKET_IN, japanese);
	buf_str(out, " → ");
	put_interfaces(out, s, box, PACKET_OUT, japanese);
	for (unsigned field = PACKET_FAMILY; field <= PACKET_PROTOCOL; field++)
		if (box->counts[field])
			buf_str(out, " "), put_ranges(out, s, box, field, japanese);
	buf_str(out, " ");
	put_addresses(out, s, box, PACKET_FROM4, PACKET_FROM6, japanese);
	buf_str(out, " → ");
	put_addresses(out, s, box, PACKET_TO4, PACKET_TO6, japanese);
	for (size_t i = 0; i < COUNT(more); i++)
		if (box->counts[more[i].field] && !(more[i].field == PACKET_STATE && is_tracked(box))) {
			buf_printf(out, " %s ", japanese ? more[i].ja : more[i].en);
			put_ranges(out, s, box, more[i].field, japanese);
		}
}
