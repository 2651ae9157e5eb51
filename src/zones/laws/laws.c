/* 通信の掟 — every law asked in turn; contract in law.h. */
#include "zones/laws/law.h"
#include "policy/policy.h"

#define LAW(name, clause, ja, en) extern const struct law_rule law_##name;
#include "zones/laws/laws.def"
#undef LAW
const struct law laws[LAW_COUNT] = {
#define LAW(name, clause, ja, en) { #name, clause, ja, en, &law_##name },
#include "zones/laws/laws.def"
#undef LAW
};

/* The exceptions are taken off what passes, never off all packets: what passes is mostly made of them, node by node, and all packets without them are as many nodes again. */
struct packet_set law_forbidden(const struct law_ground *ground, const struct law_rule *rule, struct packet_set set)
{
	struct packet_set of = packet_set_and(ground->space, set, rule->forbids(ground));

	return rule->excepts && of.node != packet_set_none().node ? packet_set_minus(ground->space, of, rule->excepts(ground)) : of;
}

int laws_ask(const struct law_ground *ground, struct packet_set accepted, struct law_breach *breach, bool *broken, struct err *err)
{
	struct packet_space *space = ground->space;

	*broken = false;
	for (size_t i = 0; i < LAW_COUNT && !*broken; i++) {
		const struct law_rule *rule = laws[i].rule;
		struct packet_set passes = law_forbidden(ground, rule, accepted);
		/* A full space knows no witness and no empty set: asked before its word is taken. */
		if (packet_space_check(space, err) != 0)
			return -1;
		struct law_breach found = { .law = &laws[i] };
		/* Rather the packet that begins than one that answers. */
		struct packet_set begins = packet_set_and(space, passes, packet_set_is(space, PACKET_STATE, PACKET_NEW));
		if (packet_set_witness(space, begins, &found.packet) || packet_set_witness(space, passes, &found.packet)) {
			found.way = zones_way_of(space, ground->ways, &found.packet);
			found.has_packet = *broken = true;
		} else if (rule->path && rule->path(ground, &found.path)) {
			*broken = true;
		}
		if (*broken)
			*breach = found;
	}
	return 0;
}

/* ---- telling ---- */

static const char *zone_label(const struct policy_zone *zone, bool japanese)
{
	return !zone ? (japanese ? "関所" : "the gate") : japanese ? zone->label.p : zone->name.p;
}

static void tell_line(struct buf *out, const struct policy_allow *allow, bool japanese)
{
	unsigned line, column;

	policy_place_find(allow->at, &line, &column);
	buf_printf(out, japanese ? "    %s:%u行目 allow %s（責任者: %s）\n" : "    %s:%u allow %s (owner: %s)\n", allow->at.file->name.p, line, allow->id.p, allow->owner.p);
}

static void tell_packet(struct buf *out, const struct law_ground *ground, const struct law_breach *breach, bool japanese)
{
	buf_str(out, japanese ? "  たとえば、このパケットが通る: " : "  a packet that passes: ");
	packet_print(out, ground->space, &breach->packet, japanese);
	buf_str(out, "\n");
	const struct zones_way *way = breach->way;
	if (!way)
		return;
	bool turned = breach->packet.reply;
	buf_printf(out, japanese ? "  道すじ: %s（%s）→ %s（%s）\n" : "  path: %s (%s) -> %s (%s)\n", zone_label(turned ? way->to : way->from, japanese),
		   (turned ? &way->allow->to : &way->allow->from)->name.p, zone_label(turned ? way->from : way->to, japanese),
		   (turned ? &way->allow->from : &way->allow->to)->name.p);
	buf_str(out, japanese ? "  通している文:\n" : "  what lets it through:\n");
	tell_line(out, way->allow, japanese);
}

static void tell_path(struct buf *out, const struct law_path *path, bool japanese)
{
	buf_str(out, japanese ? "  たどれる道すじ:\n" : "  a path:\n");
	for (size_t i = 0; i < path->count; i++) {
		const struct zones_way *way = path->hops[i];
		buf_printf(out, japanese ? "  %zu. %s（%s）→ %s（%s）\n" : "  %zu. %s (%s) -> %s (%s)\n", i + 1, zone_label(way->from, japanese), way->allow->from.name.p,
			   zone_label(way->to, japanese), way->allow->to.name.p);
		tell_line(out, way->allow, japanese);
	}
}

void law_breach_tell(struct buf *out, const struct law_ground *ground, const struct law_breach *breach, bool japanese)
{
	buf_printf(out, japanese ? "掟に反します: %s\n  （%s、条項 %s）\n" : "this breaks a law: %s\n  (%s, clause %s)\n", japanese ? breach->law->ja : breach->law->en, breach->law->name,
		   breach->law->clause);
	if (breach->has_packet)
		tell_packet(out, ground, breach, japanese);
	else
		tell_path(out, &breach->path, japanese);
}

int laws_judge_text(struct arena *arena, const struct policy *policy, int64_t now, bool japanese, bool *good, const char **told, struct err *err)
{
	struct packet_space *space;
	struct zones_model model;
	struct law_breach breach;
	struct text *names;
	size_t count;
	bool broken;

	zones_interfaces(arena, policy, &names, &count);
	if (packet_space_new(arena, names, count, 0, &space, err) != 0 || zones_model_make(arena, space, policy, now, true, &model, err) != 0)
		return -1;
	struct law_ground ground = { arena, space, policy, &model.ways };
	if (laws_ask(&ground, model.accepted, &breach, &broken, err) != 0)
		return -1;
	struct buf out = buf_in(arena, 0);
	if (broken)
		law_breach_tell(&out, &ground, &breach, japanese);
	*good = !broken, *told = buf_string(&out);
	return 0;
}
