/* 関所は中継しない — no packet from or to an address of the gate is forwarded; by a zone's interface the gate is reached at its address in that zone only (Linux would
 * answer at any), and there it speaks with that address only. article: s2.11 */
#include "zones/laws/law.h"

static struct packet_set forwarded(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < ground->policy->zone_count; i++) {
		const struct zones_ranges gate[2] = { ground->ways->gate[0][i], ground->ways->gate[1][i] };
		out = packet_set_or(space, out, packet_set_or(space, zones_set_addresses(space, gate, PACKET_FROM4), zones_set_addresses(space, gate, PACKET_TO4)));
	}
	return packet_set_and(space, out, packet_set_is(space, PACKET_HOOK, PACKET_FORWARD));
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	struct packet_set out = forwarded(ground);

	for (size_t i = 0; i < ground->policy->zone_count; i++) {
		const struct policy_zone *zone = &ground->policy->zones[i];
		const struct zones_ranges gate[2] = { ground->ways->gate[0][i], ground->ways->gate[1][i] };
		struct packet_set both = law_gate(ground, zone), in = packet_set_and(space, both, packet_set_is(space, PACKET_HOOK, PACKET_INPUT));
		struct packet_set from = packet_set_minus(space, both, packet_set_is(space, PACKET_HOOK, PACKET_INPUT));
		out = packet_set_or(space, out, packet_set_minus(space, in, zones_set_addresses(space, gate, PACKET_TO4)));
		out = packet_set_or(space, out, packet_set_minus(space, from, zones_set_addresses(space, gate, PACKET_FROM4)));
	}
	return out;
}

const struct law_rule law_gate_is_no_router = { .forbids = forbids };
