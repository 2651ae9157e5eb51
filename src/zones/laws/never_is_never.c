/* 禁止は禁止のまま — what a never statement names is not opened, by whatever allow. article: s6.3.2a */
#include "zones/laws/law.h"

static struct packet_set one(const struct law_ground *ground, const struct policy_never *never)
{
	struct packet_space *space = ground->space;
	struct policy_side from = policy_side_of(ground->policy, &never->from), to = policy_side_of(ground->policy, &never->to);
	struct packet_set out = packet_set_is(space, PACKET_HOOK, !to.zone ? PACKET_INPUT : !from.zone ? PACKET_OUTPUT : PACKET_FORWARD);
	struct zones_ranges senders[2], receivers[2];

	for (int v6 = 0; v6 < 2; v6++) {
		senders[v6] = zones_side_ranges(ground->arena, ground->ways, &from, to.zone, v6);
		receivers[v6] = zones_side_ranges(ground->arena, ground->ways, &to, from.zone, v6);
	}
	if (from.zone)
		out = packet_set_and(space, out, zones_set_interfaces(space, from.zone, PACKET_IN));
	if (to.zone)
		out = packet_set_and(space, out, zones_set_interfaces(space, to.zone, PACKET_OUT));
	out = packet_set_and(space, out, packet_set_and(space, zones_set_addresses(space, senders, PACKET_FROM4), zones_set_addresses(space, receivers, PACKET_TO4)));
	struct packet_set services = packet_set_none();
	for (size_t i = 0; i < never->service_count; i++)
		services = packet_set_or(space, services, zones_set_service(space, policy_service_named(ground->policy, never->services[i].name), false));
	if (never->service_count)
		out = packet_set_and(space, out, services);
	/* What may not be opened: answers to what the other side opened are not meant. */
	struct packet_set opening = packet_set_or(space, packet_set_is(space, PACKET_STATE, PACKET_NEW), packet_set_is(space, PACKET_STATE, PACKET_ESTABLISHED));
	return packet_set_and(space, packet_set_and(space, out, opening), packet_set_is(space, PACKET_REPLY, 0));
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_set out = packet_set_none();

	for (size_t i = 0; i < ground->policy->never_count; i++)
		out = packet_set_or(ground->space, out, one(ground, &ground->policy->nevers[i]));
	return out;
}

const struct law_rule law_never_is_never = { .forbids = forbids };
