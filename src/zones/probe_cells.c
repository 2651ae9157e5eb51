/* 実物の通信で確かめる — contract in probe.h: which packets. Cells are what a way of the text opens (one range of each field), and what two ways open together:
 * wherever rules made of the text can change their mind, a cell has an edge. */
#include "zones/probe.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, FROM_PORT = 40000, CELLS_MOST = 20000, SMALL = 64 };

struct cell {
	enum packet_hook hook;
	bool v6;
	const struct policy_zone *from, *to; /* NULL: the gate */
	uint8_t protocol;
	struct packet_range sides[2], ports; /* ports: of ICMP the type */
};
struct cells {
	struct cell *list;
	size_t count;
};

struct making {
	struct probe_list *out;
	const struct zones_model *model;
	const struct policy *policy;
	const bool *usable;
};

static unsigned first_link(const struct making *m, const struct policy_zone *zone)
{
	return zone && zone->interface_count ? packet_space_index(m->out->space, zone->interfaces[0].name) : 0;
}

/* ---- errors ---- */

/* Of one flow, every type and its neighbours, from the edges of all zones and of the router's addresses. */
static void put_all_errors(struct making *m, const struct packet *opens)
{
	static const uint8_t four[] = { 2, 3, 4, 5, 6, 10, 11, 12, 13 }, six[] = { 0, 1, 2, 3, 4, 5, 127, 137 };
	struct packet answers = probe_answer(opens);
	const struct zones_ways *ways = &m->model->ways;

	for (size_t i = 0; i < (opens->v6 ? COUNT(six) : COUNT(four)); i++) {
		unsigned type = opens->v6 ? six[i] : four[i], code = opens->v6 || type != 3 ? 0 : 4;
		probe_put_error(m->out, PROBE_ERROR_BACK, opens, opens->to, type, code);
		probe_put_error(m->out, PROBE_ERROR_ON, &answers, opens->from, type, code);
	}
	for (size_t z = 0; z < m->policy->zone_count; z++)
		for (unsigned of_gate = 0; of_gate < 2; of_gate++) {
			const struct zones_ranges *ranges = &(of_gate ? ways->gate : ways->zones)[opens->v6][z];
			for (size_t i = 0; i < ranges->count; i++) {
				const packet_number edges[] = { ranges->list[i].low, ranges->list[i].high, ranges->list[i].low - 1, ranges->list[i].high + 1 };
				for (size_t k = 0; k < COUNT(edges); k++) {
					uint8_t from[16];
					probe_put_address(from, opens->v6, edges[k]);
					probe_put_error(m->out, PROBE_ERROR_BACK, opens, from, opens->v6 ? 2 : 11, 0);
					probe_put_error(m->out, PROBE_ERROR_ON, &answers, from, opens->v6 ? 2 : 11, 0);
				}
			}
		}
	for (unsigned i = 1; i <= packet_space_interfaces(m->out->space); i++) { /* by other interfaces */
		struct packet elsewhere = *opens;
		if (!m->usable[i])
			continue;
		if (opens->out && opens->hook == PACKET_FORWARD)
			elsewhere.out = i, probe_put_error(m->out, PROBE_ERROR_BACK, &elsewhere, opens->to, opens->v6 ? 1 : 3, 1);
		elsewhere = answers;
		if (answers.out && answers.hook == PACKET_FORWARD)
			elsewhere.out = i, probe_put_error(m->out, PROBE_ERROR_ON, &elsewhere, opens->from, opens->v6 ? 1 : 3, 1);
	}
}

/* ---- variants ---- */

/* Each way it can go wrong: by another interface, as another protocol, the opener answering and the answerer opening. */
static void put_variants(struct making *m, const struct packet *p)
{
	static const uint8_t protocols[] = { ICMP, TCP, UDP, 41, 47, ICMPV6, 132 };
	struct packet turned = probe_answer(p);

	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct packet q = *p;
		q.protocol = protocols[i];
		bool ported = q.protocol == TCP || q.protocol == UDP || q.protocol == 132, icmp = q.protocol == ICMP || q.protocol == ICMPV6;
		q.to_port = ported ? (p->to_port ? p->to_port : 443) : 0, q.from_port = ported ? FROM_PORT : 0;
		q.icmp_type = icmp ? (p->icmp_type ? p->icmp_type : q.protocol == ICMP ? 8 : 128) : 0;
		probe_put(m->out, PROBE_OPENS, &q, NULL);
	}
	probe_put(m->out, PROBE_STRAY, p, NULL);
	for (unsigned i = 1; i <= packet_space_interfaces(m->out->space); i++) {
		struct packet in = *p, out = *p;
		if (!m->usable[i])
			continue;
		if (p->in)
			in.in = i, probe_put(m->out, PROBE_OPENS, &in, NULL), probe_put(m->out, PROBE_GOES_ON, &in, NULL);
		if (p->out)
			out.out = i, probe_put(m->out, PROBE_OPENS, &out, NULL), probe_put(m->out, PROBE_GOES_ON, &out, NULL);
		in = out = turned;
		if (turned.in && probe_can_answer(p))
			in.in = i, probe_put(m->out, PROBE_ANSWERS, &in, NULL);
		if (turned.out && probe_can_answer(p))
			out.out = i, probe_put(m->out, PROBE_ANSWERS, &out, NULL);
	}
	turned.from_port = p->from_port, turned.to_port = p->to_port, turned.icmp_type = p->icmp_type;
	probe_put(m->out, PROBE_OPENS, &turned, NULL);
}

/* ---- cells ---- */

static void add_cell(struct making *m, struct cells *cells, const struct cell *cell)
{
	for (size_t i = cells->count; i-- > 0 && i + 256 > cells->count;)
		if (memcmp(&cells->list[i], cell, sizeof *cell) == 0)
			return;
	if (cells->count == CELLS_MOST)
		m->out->more = true;
	else
		memcpy(&cells->list[cells->count++], cell, sizeof *cell);
}

static void cells_of_way(struct making *m, struct cells *cells, const struct zones_way *way, struct cell *cell)
{
	for (size_t i = 0; i < way->from_ranges[cell->v6].count; i++)
		for (size_t k = 0; k < way->to_ranges[cell->v6].count; k++) {
			cell->sides[0] = way->from_ranges[cell->v6].list[i], cell->sides[1] = way->to_ranges[cell->v6].list[k];
			add_cell(m, cells, cell);
		}
}

static void cells_of_service(struct making *m, struct cells *cells, const struct zones_way *way, const struct policy_service *service)
{
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct cell cell;
		memset(&cell, 0, sizeof cell);
		cell.hook = way->hook, cell.v6 = v6, cell.from = way->from, cell.to = way->to;
		for (size_t i = 0; i < service->ports_count; i++) {
			cell.protocol = service->ports[i].transport == POLICY_TCP ? TCP : UDP;
			cell.ports = (struct packet_range){ service->ports[i].low, service->ports[i].high };
			cells_of_way(m, cells, way, &cell);
		}
		for (size_t i = 0; i < service->icmp_count; i++)
			if (service->icmps[i].v6 == v6) {
				cell.protocol = v6 ? ICMPV6 : ICMP;
				cell.ports = (struct packet_range){ service->icmps[i].type, service->icmps[i].type };
				cells_of_way(m, cells, way, &cell);
			}
	}
}

static bool cut(struct packet_range *a, const struct packet_range *b)
{
	a->low = MAX(a->low, b->low), a->high = MIN(a->high, b->high);
	return a->low <= a->high;
}

/* What two of them share, and what of the one begins where the other ends. */
static void add_shared(struct making *m, struct cells *cells)
{
	size_t whole = cells->count;

	for (size_t i = 0; i < whole && !m->out->more; i++)
		for (size_t k = i + 1; k < whole && !m->out->more; k++) {
			struct cell both = cells->list[i];
			const struct cell *other = &cells->list[k];
			if (both.hook != other->hook || both.v6 != other->v6 || both.from != other->from || both.to != other->to || both.protocol != other->protocol)
				continue;
			if (cut(&both.sides[0], &other->sides[0]) && cut(&both.sides[1], &other->sides[1]) && cut(&both.ports, &other->ports))
				add_cell(m, cells, &both);
		}
}

static struct packet packet_of(const struct making *m, const struct cell *cell, packet_number from, packet_number to, packet_number port)
{
	struct packet p;
	bool icmp = cell->protocol == ICMP || cell->protocol == ICMPV6;

	memset(&p, 0, sizeof p);
	p.hook = cell->hook, p.v6 = cell->v6, p.protocol = cell->protocol;
	p.in = first_link(m, cell->from), p.out = first_link(m, cell->to);
	probe_put_address(p.from, cell->v6, from), probe_put_address(p.to, cell->v6, to);
	if (icmp)
		p.icmp_type = (uint8_t)port;
	else
		p.from_port = FROM_PORT, p.to_port = (uint16_t)port;
	return p;
}

/* One step beyond each edge of each field, from one corner. */
static void corner(struct making *m, const struct cell *cell, packet_number from, packet_number to, packet_number port)
{
	packet_number most = cell->v6 ? ~(packet_number)0 : UINT32_MAX, at[3] = { from, to, port };
	const struct packet_range *ranges[3] = { &cell->sides[0], &cell->sides[1], &cell->ports };

	struct packet p = packet_of(m, cell, from, to, port);
	probe_put_flow(m->out, &p);
	for (size_t field = 0; field < 3; field++) {
		packet_number last = field < 2 ? most : cell->protocol == ICMP || cell->protocol == ICMPV6 ? 255 : 65535;
		packet_number edges[] = { ranges[field]->low, ranges[field]->high, ranges[field]->low ? ranges[field]->low - 1 : 0, ranges[field]->high < last ? ranges[field]->high + 1 : last };
		for (size_t k = 0; k < COUNT(edges); k++) {
			packet_number v[3] = { at[0], at[1], at[2] };
			v[field] = edges[k];
			p = packet_of(m, cell, v[0], v[1], v[2]);
			probe_put_flow(m->out, &p);
		}
	}
}

static packet_number width(struct packet_range r)
{
	return MIN(r.high - r.low, (packet_number)SMALL) + 1;
}

static void probe_cell(struct making *m, const struct cell *cell)
{
	if (!m->usable[first_link(m, cell->from)] || !m->usable[first_link(m, cell->to)])
		return;
	struct packet p = packet_of(m, cell, cell->sides[0].low, cell->sides[1].low, cell->ports.low);
	corner(m, cell, cell->sides[0].low, cell->sides[1].low, cell->ports.low);
	corner(m, cell, cell->sides[0].high, cell->sides[1].high, cell->ports.high);
	put_variants(m, &p);
	if (probe_can_answer(&p))
		put_all_errors(m, &p);
	if (width(cell->sides[0]) * width(cell->sides[1]) * width(cell->ports) > SMALL)
		return;
	for (packet_number a = cell->sides[0].low; a <= cell->sides[0].high; a++) /* told one by one in the rules */
		for (packet_number b = cell->sides[1].low; b <= cell->sides[1].high; b++)
			for (packet_number c = cell->ports.low; c <= cell->ports.high; c++)
				p = packet_of(m, cell, a, b, c), probe_put_flow(m->out, &p);
}

/* ---- what every text has ---- */

static void neighbours(struct making *m, const struct policy_zone *zone)
{
	const struct zones_ways *ways = &m->model->ways;
	size_t z = zones_zone_index(m->policy, zone);
	unsigned link = first_link(m, zone);

	if (!m->usable[link] || !link || ways->zones[1][z].count == 0 || ways->gate[1][z].count == 0)
		return;
	for (unsigned type = 129; type <= 144; type++)
		for (unsigned out = 0; out < 2; out++) {
			struct packet p;
			memset(&p, 0, sizeof p);
			p.v6 = true, p.protocol = ICMPV6, p.icmp_type = (uint8_t)type, p.hook = out ? PACKET_OUTPUT : PACKET_INPUT;
			*(out ? &p.out : &p.in) = link;
			probe_put_address(out ? p.from : p.to, true, ways->gate[1][z].list[0].low), probe_put_address(out ? p.to : p.from, true, ways->zones[1][z].list[ways->zones[1][z].count - 1].low);
			probe_put(m->out, PROBE_STRAY, &p, NULL);
		}
}

static void to_itself(struct making *m)
{
	unsigned lo = packet_space_index(m->out->space, TEXT("lo"));

	for (size_t i = 0; lo && i < m->policy->gate.address_count; i++)
		for (unsigned out = 0; out < 2; out++) {
			const struct policy_net *a = &m->policy->gate.addresses[i];
			struct packet p;
			memset(&p, 0, sizeof p);
			p.v6 = a->v6, p.protocol = TCP, p.from_port = FROM_PORT, p.to_port = 443, p.hook = out ? PACKET_OUTPUT : PACKET_INPUT;
			*(out ? &p.out : &p.in) = lo;
			memcpy(p.from, a->address, 16), memcpy(p.to, a->address, 16);
			probe_put(m->out, PROBE_OPENS, &p, NULL);
		}
}

/* From each zone to each, whether the text says something of them or not. */
static void between_all(struct making *m)
{
	const struct zones_ways *ways = &m->model->ways;
	size_t places = m->policy->zone_count + 1;

	for (size_t i = 0; i < places * places; i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			size_t a = i / places, b = i % places, last = places - 1;
			const struct zones_ranges *from = a < last ? &ways->zones[v6][a] : b < last ? &ways->gate[v6][b] : NULL;
			const struct zones_ranges *to = b < last ? &ways->zones[v6][b] : a < last ? &ways->gate[v6][a] : NULL;
			struct cell cell;
			memset(&cell, 0, sizeof cell);
			if (!from || !to || from->count == 0 || to->count == 0)
				continue;
			cell.hook = b == last ? PACKET_INPUT : a == last ? PACKET_OUTPUT : PACKET_FORWARD;
			cell.v6 = v6, cell.from = a < last ? &m->policy->zones[a] : NULL, cell.to = b < last ? &m->policy->zones[b] : NULL, cell.protocol = TCP;
			if (!m->usable[first_link(m, cell.from)] || !m->usable[first_link(m, cell.to)])
				continue;
			struct packet p = packet_of(m, &cell, from->list[from->count - 1].low, to->list[to->count - 1].low, 22);
			probe_put_flow(m->out, &p);
			put_variants(m, &p);
			put_all_errors(m, &p);
		}
}

void probe_all(struct probe_list *out, const struct zones_model *model, const bool *usable, size_t most)
{
	struct making m = { .out = out, .model = model, .policy = model->ways.policy, .usable = usable };
	struct cells cells = { .list = arena_new_array(out->arena, struct cell, CELLS_MOST) };

	probe_list_begin(out, out->arena, model->space, most);
	to_itself(&m);
	for (size_t i = 0; i < m.policy->zone_count; i++)
		neighbours(&m, &m.policy->zones[i]);
	between_all(&m);
	for (size_t i = 0; i < model->ways.count; i++) {
		const struct zones_way *way = &model->ways.list[i];
		for (size_t k = 0; k < way->allow->service_count; k++)
			cells_of_service(&m, &cells, way, policy_service_named(m.policy, way->allow->services[k].name));
	}
	add_shared(&m, &cells);
	for (size_t i = 0; i < cells.count; i++)
		probe_cell(&m, &cells.list[i]);
}
