/* 例外には責任者と期限がある — whatever passes between zones, to the gate or from it passes by an allow that names its owner and its reason and has not expired.
 * That every allow names them, the language itself demands (statements/allow.c); here nothing else may pass. article: s6.3.2a */
#include "zones/laws/law.h"

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	const struct zones_ways *ways = ground->ways;
	unsigned lo = packet_space_index(space, TEXT("lo"));
	struct packet_set out = packet_set_minus(space, packet_set_all(space), packet_set_is(space, PACKET_STATE, PACKET_UNTRACKED));
	struct packet_set *owned = arena_new_array(ground->arena, struct packet_set, ways->count + 1);
	size_t n = 0;

	out = packet_set_minus(space, out, packet_set_or(space, packet_set_is(space, PACKET_IN, lo), packet_set_is(space, PACKET_OUT, lo)));
	for (size_t i = 0; i < ways->count; i++) {
		const struct policy_allow *allow = ways->list[i].allow;
		if (allow->owner.n && allow->reason.n && allow->expires > ways->now)
			owned[n++] = law_way(ground, &ways->list[i]);
	}
	return packet_set_minus(space, out, packet_set_union(space, owned, n));
}

const struct law_rule law_every_exception_has_owner_and_expiry = { .forbids = forbids };
