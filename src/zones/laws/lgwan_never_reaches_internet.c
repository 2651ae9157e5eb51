/* LGWAN接続系はインターネットに直接出ない — the LGWAN zone (zone lgwan) never reaches the Internet zone: under alpha not at all; under alpha-dash, beta and beta-dash
 * only machines that the text names one by one, in specific communications that have not expired. Through another zone's machine neither. article: s6.3.2a */
#include "zones/laws/law.h"

/* Named: a machine, or a group of machines without networks. */
static bool is_named(const struct law_ground *ground, const struct policy_name *name)
{
	struct policy_side side = policy_side_of(ground->policy, name);

	return side.kind == POLICY_SIDE_HOST || (side.kind == POLICY_SIDE_GROUP && side.group->net_count == 0);
}

static bool is_named_exception(const void *self, const struct zones_way *way)
{
	const struct law_ground *ground = self;

	return way->from == law_zone(ground, "lgwan") && way->to == law_zone(ground, "internet") && ground->policy->model != POLICY_ALPHA && way->allow->specific &&
	       is_named(ground, &way->allow->to);
}

static bool comes_from_the_internet(const void *self, const struct zones_way *way)
{
	const struct law_ground *ground = self;

	return way->from == law_zone(ground, "internet") && way->to == law_zone(ground, "lgwan");
}

static struct packet_set forbids(const struct law_ground *ground)
{
	return packet_set_and(ground->space, law_from(ground, law_zone(ground, "lgwan")), law_to(ground, law_zone(ground, "internet")));
}

static struct packet_set excepts(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	struct packet_set named = zones_ways_pass(space, ground->ways, ZONES_ALL_PARTS, is_named_exception, ground);

	/* Answers to what the Internet zone opened are no opening of ours: internet_enters_only_by_the_gate refuses what they answer. */
	return packet_set_or(space, named, zones_ways_pass(space, ground->ways, ZONES_ANSWERS | ZONES_ERRORS, comes_from_the_internet, ground));
}

static bool path(const struct law_ground *ground, struct law_path *out)
{
	return law_relayed(ground, law_zone(ground, "lgwan"), law_zone(ground, "internet"), out);
}

const struct law_rule law_lgwan_never_reaches_internet = { .forbids = forbids, .excepts = excepts, .path = path };
