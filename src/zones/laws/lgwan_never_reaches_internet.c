/* LGWAN接続系はインターネットに直接出ない — the LGWAN zone (zone lgwan) never reaches the Internet zone: under alpha not at all; under alpha-dash, beta and beta-dash
 * only machines that the text names one by one, in specific communications that have not expired. Through another zone's machine neither. article: s6.3.2a */
#include "zones/laws/law.h"

/* Named: a machine, or a group of machines without networks. */
static bool is_named(const struct law_ground *ground, const struct policy_name *name)
{
	struct policy_side side = policy_side_of(ground->policy, name);

	return side.kind == POLICY_SIDE_HOST || (side.kind == POLICY_SIDE_GROUP && side.group->net_count == 0);
}

static struct packet_set forbids(const struct law_ground *ground)
{
	struct packet_space *space = ground->space;
	const struct policy_zone *lgwan = law_zone(ground, "lgwan"), *internet = law_zone(ground, "internet");
	struct packet_set there = packet_set_and(space, law_from(ground, lgwan), law_to(ground, internet));

	for (size_t i = 0; i < ground->ways->count; i++) {
		const struct zones_way *way = &ground->ways->list[i];
		if (way->from == lgwan && way->to == internet && ground->policy->model != POLICY_ALPHA && way->allow->specific && is_named(ground, &way->allow->to))
			there = packet_set_minus(space, there, law_way(ground, way));
		/* Answers to what the Internet zone opened are no opening of ours: internet_enters_only_by_the_gate refuses what they answer. */
		if (way->from == internet && way->to == lgwan)
			there = packet_set_minus(space, there, packet_set_or(space, zones_way_answers(space, ground->ways, way), zones_way_errors(space, ground->ways, way)));
	}
	return there;
}

static bool path(const struct law_ground *ground, struct law_path *out)
{
	return law_relayed(ground, law_zone(ground, "lgwan"), law_zone(ground, "internet"), out);
}

const struct law_rule law_lgwan_never_reaches_internet = { .forbids = forbids, .path = path };
