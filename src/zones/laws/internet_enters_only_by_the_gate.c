/* インターネットからは関所にしか入れない — whoever is in the Internet zone (zone internet) opens nothing in another zone; answers to what was opened from there come
 * back. What it may ask of the gate itself, allow says. article: s6.3.2b */
#include "zones/laws/law.h"

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	const struct policy_zone *internet = law_zone(ground, "internet");
	struct packet_set inward = packet_set_minus(space, law_from(ground, internet), law_to(ground, internet));

	/* Answers and errors belong to what somebody inside opened: of those only what no way of ours explains. */
	for (size_t i = 0; i < ground->ways->count; i++) {
		const struct zones_way *way = &ground->ways->list[i];
		if (way->to == internet && way->from != internet)
			inward = packet_set_minus(space, inward, packet_set_or(space, zones_way_answers(space, ground->ways, way), zones_way_errors(space, ground->ways, way)));
	}
	return inward;
}

static bool path(const struct law_ground *ground, struct law_path *out)
{
	const struct policy *policy = ground->policy;
	const struct policy_zone *internet = law_zone(ground, "internet");

	for (size_t i = 0; i < policy->zone_count; i++)
		if (&policy->zones[i] != internet && law_relayed(ground, internet, &policy->zones[i], out))
			return true;
	return false;
}

const struct law_rule law_internet_enters_only_by_the_gate = { .forbids = forbids, .path = path };
