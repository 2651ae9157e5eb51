/* マイナンバー利用事務系はどことも通信しない — the My-Number zone (zone mynumber) talks to nobody: neither forwarded nor with the gate, but in named, unexpired
 * specific communications (特定通信), whose other end is a machine or a group and never the Internet zone. article: s6.3.1a */
#include "zones/laws/law.h"

/* 特定通信 is with fixed parties: both ends are machines or groups, not whole zones. */
static bool is_specific(const void *self, const struct zones_way *way)
{
	const struct law_ground *ground = self;
	const struct policy_zone *mine = law_zone(ground, "mynumber"), *internet = law_zone(ground, "internet");

	if (!way->allow->specific || (way->from != mine && way->to != mine) || way->from == internet || way->to == internet)
		return false;
	struct policy_side from = policy_side_of(ground->policy, &way->allow->from), to = policy_side_of(ground->policy, &way->allow->to);

	return from.kind != POLICY_SIDE_ZONE && to.kind != POLICY_SIDE_ZONE;
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	const struct policy_zone *mine = law_zone(ground, "mynumber");
	struct packet_set from = law_from(ground, mine), to = law_to(ground, mine);

	if (!mine)
		return packet_set_none();
	/* Between two interfaces of the zone itself nothing leaves it. */
	struct packet_set out = packet_set_or(space, packet_set_minus(space, from, to), packet_set_minus(space, to, from));
	return packet_set_or(space, out, law_gate(ground, mine));
}

static struct packet_set excepts(const struct law_ground *ground)
{
	return zones_ways_pass(ground->space, ground->ways, ZONES_ALL_PARTS, is_specific, ground);
}

static bool path(const struct law_ground *ground, struct law_path *out)
{
	const struct policy_zone *mine = law_zone(ground, "mynumber"), *internet = law_zone(ground, "internet");

	return law_relayed(ground, mine, internet, out) || law_relayed(ground, internet, mine, out);
}

const struct law_rule law_my_number_zone_talks_to_nobody = { .forbids = forbids, .excepts = excepts, .path = path };
