/* 例外には責任者と期限がある — whatever passes between zones, to the gate or from it passes by an allow that names its owner and its reason and has not expired.
 * That every allow names them, the language itself demands (statements/allow.c); here nothing else may pass. article: s6.3.2a */
#include "zones/laws/law.h"

static bool is_owned(const void *self, const struct zones_way *way)
{
	const struct zones_ways *ways = self;

	return way->allow->owner.n && way->allow->reason.n && way->allow->expires > ways->now;
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	unsigned lo = packet_space_index(space, TEXT("lo"));
	struct packet_set out = packet_set_minus(space, packet_set_all(space), packet_set_is(space, PACKET_STATE, PACKET_UNTRACKED));

	return packet_set_minus(space, out, packet_set_or(space, packet_set_is(space, PACKET_IN, lo), packet_set_is(space, PACKET_OUT, lo)));
}

static struct packet_set excepts(const struct law_ground *ground)
{
	return zones_ways_pass(ground->space, ground->ways, ZONES_ALL_PARTS, is_owned, ground->ways);
}

const struct law_rule law_every_exception_has_owner_and_expiry = { .forbids = forbids, .excepts = excepts };
