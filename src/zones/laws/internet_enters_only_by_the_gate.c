/* インターネットからは関所にしか入れない — whoever is in the Internet zone (zone internet) opens nothing in another zone; answers to what was opened from there come
 * back. What it may ask of the gate itself, allow says. article: s6.3.2b */
#include "zones/laws/law.h"

static bool opens_to_the_internet(const void *self, const struct zones_way *way)
{
	const struct policy_zone *internet = self;

	return way->to == internet && way->from != internet;
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	const struct policy_zone *internet = law_zone(ground, "internet");

	return packet_set_minus(space, law_from(ground, internet), law_to(ground, internet));
}

/* Answers and errors belong to what somebody inside opened: of those only what no way of ours explains is forbidden. */
static struct packet_set excepts(const struct law_ground *ground)
{
	return zones_ways_pass(ground->space, ground->ways, ZONES_ANSWERS | ZONES_ERRORS, opens_to_the_internet, law_zone(ground, "internet"));
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

const struct law_rule law_internet_enters_only_by_the_gate = { .forbids = forbids, .excepts = excepts, .path = path };
