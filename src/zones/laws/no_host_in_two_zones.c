/* 二つの系にまたがる機器はない — a packet that comes in by one zone's interface bears no address of another zone (and none of the gate): no machine stands in two
 * zones, and nobody passes for somebody else. That no address is written in two zones, src/policy checks. article: s6.3.2a */
#include "zones/laws/law.h"

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < ground->policy->zone_count; i++) {
		const struct zones_ranges own[2] = { ground->ways->zones[0][i], ground->ways->zones[1][i] };
		struct packet_set came = zones_set_interfaces(space, &ground->policy->zones[i], PACKET_IN);
		out = packet_set_or(space, out, packet_set_minus(space, came, zones_set_addresses(space, own, PACKET_FROM4)));
	}
	/* Neighbour discovery speaks with addresses of the wire alone; it goes no further. */
	return packet_set_minus(space, out, packet_set_is(space, PACKET_STATE, PACKET_UNTRACKED));
}

const struct law_rule law_no_host_in_two_zones = { .forbids = forbids };
