/* 規則の証明：規則とポリシー文の突き合わせ — contract in prove.h: both ways, with a packet for each way in which they differ. */
#include "zones/limits.h"
#include "zones/prove.h"

struct comparing {
	struct arena *arena;
	struct packet_space *space;
	const struct dump *dump;
	struct proof *proof;
	const struct nat *nat;
};

/* A packet of each box of the difference; one packet at least, however the set falls apart. */
static void tell(struct comparing *c, enum prove_kind kind, struct packet_set set)
{
	struct packet_box *boxes;
	size_t count;
	bool whole;

	if (packet_set_is_empty(c->space, set))
		return;
	packet_set_boxes(c->space, set, c->arena, ZONES_DIFFERENCES_MOST, &boxes, &count, &whole);
	c->proof->more |= !whole;
	for (size_t i = 0; i < MAX(count, 1); i++) {
		struct prove_difference *d = &c->proof->differences[c->proof->count];
		struct packet_set of = set;
		for (unsigned field = 0; i < count && field < PACKET_FIELDS; field++) {
			struct packet_set values = packet_set_none();
			for (size_t k = 0; k < boxes[i].counts[field]; k++)
				values = packet_set_or(c->space, values, packet_set_range(c->space, field, boxes[i].ranges[field][k].low, boxes[i].ranges[field][k].high));
			of = boxes[i].counts[field] ? packet_set_and(c->space, of, values) : of;
		}
		if (c->proof->count == ZONES_DIFFERENCES_MOST) {
			c->proof->more = true;
			return;
		}
		*d = (struct prove_difference){ .kind = kind, .box = i < count ? boxes[i] : (struct packet_box){ .counts = { 0 } } };
		if (!packet_set_witness(c->space, of, &d->witness))
			continue;
		d->by = prove_decider(c->arena, c->space, c->dump, c->nat, &d->witness);
		c->proof->count++;
	}
}

/* What passes is not known then: no difference that could be told would be one. */
static int in_doubt(struct packet_space *space, struct proof *proof, const struct prove_sets *sets, struct proof *out)
{
	proof->doubts = sets->doubts, proof->nodes = packet_space_nodes(space), proof->passes = packet_set_none();
	*out = *proof;
	return 0;
}

/* Of the first moment at which there is something, what there is. */
static struct packet_set at_first(struct comparing *c, const struct prove_text *text, struct packet_set set)
{
	for (size_t i = 0; i <= text->ends.count && !packet_set_is_empty(c->space, set); i++) {
		struct packet_set then = packet_set_at(c->space, set, (unsigned)i);
		if (!packet_set_is_empty(c->space, then))
			return then;
	}
	return packet_set_none();
}

/* Where the rules have another number than the text, or a limit of a kind that the text does not know. rated: of what passes. */
static void tell_rates(struct comparing *c, const struct prove_sets *sets, const struct prove_text *text, struct packet_set rated)
{
	for (size_t i = 0; i < sets->limit_count; i++) {
		const struct prove_limit *limit = &sets->limits[i];
		struct packet_set other = packet_set_and(c->space, rated, limit->set);
		for (size_t k = 0; k < text->rate_count; k++)
			if (text->rates[k].rate == limit->rate && text->rates[k].seconds == limit->seconds && text->rates[k].burst == limit->burst)
				other = packet_set_minus(c->space, other, text->rates[k].set);
		tell(c, PROVE_OTHER_RATE, at_first(c, text, other));
	}
}

/* Of what the text lets end, is everything gone by then? Nobody need touch the rules for it. The first moment at which something is not tells enough. */
static void tell_ends(struct comparing *c, const struct prove_text *text, struct packet_set passes, struct packet_set allowed)
{
	struct packet_set late = packet_set_and(c->space, packet_set_minus(c->space, passes, allowed), packet_set_range(c->space, PACKET_MOMENT, 1, text->ends.count));
	const struct dump *dump = c->dump;

	for (size_t i = 0; i < text->ends.count && c->proof->count == 0 && !packet_set_is_empty(c->space, late); i++) {
		ARENA(scratch) = arena_new(0);
		struct packet_set then = packet_set_at(c->space, late, (unsigned)i + 1);
		if (packet_set_is_empty(c->space, then))
			continue;
		struct dump later = dump_later(scratch, dump, text->ends.after[i]);
		c->dump = &later;
		tell(c, PROVE_OUTLASTS, then);
	}
	c->dump = dump;
}

/* Everything below holds at every moment that is asked about; what is told is told of one of them. Sets are cut to a moment only where they differ, or are small: a set of
 * a hundred thousand permissions is not made twice. */
static void compare(struct comparing *c, const struct prove_sets *sets, const struct prove_text *text, struct packet_set allowed)
{
	struct packet_space *space = c->space;
	struct packet_set passes = sets->may_pass, opens = packet_set_is(space, PACKET_STATE, PACKET_NEW), rated = packet_set_and(space, text->rated, opens);

	if (passes.node != allowed.node) {
		tell(c, PROVE_PASSES, packet_set_at(space, packet_set_minus(space, passes, allowed), 0));
		tell(c, PROVE_STOPS, packet_set_at(space, packet_set_minus(space, allowed, passes), 0));
	}
	struct packet_set both = packet_set_and(space, packet_set_and(space, passes, sets->may_stop), allowed), slowed = packet_set_and(space, rated, passes);
	tell(c, PROVE_LIMITS, at_first(c, text, packet_set_minus(space, both, rated)));
	tell(c, PROVE_UNLIMITED, at_first(c, text, packet_set_minus(space, slowed, sets->may_stop)));
	tell_rates(c, sets, text, slowed);
	if (passes.node != allowed.node)
		tell_ends(c, text, passes, allowed);
}

int prove_equal(struct arena *arena, struct packet_space *space, const struct dump *dump, const struct prove_text *text, struct proof *out, struct err *err)
{
	struct proof proof = { .rules = dump->rule_count, .differences = arena_new_array(arena, struct prove_difference, ZONES_DIFFERENCES_MOST + 1) };
	struct comparing c = { .arena = arena, .space = space, .dump = dump, .proof = &proof };
	struct packet_set allowed = packet_set_and(space, text->lasting, packet_set_all(space));
	struct prove_sets sets;

	if (prove_rules_lasting(arena, space, dump, text->ends, packet_set_all(space), &sets, err) != 0)
		return -1;
	if (sets.doubts.count > 0)
		return in_doubt(space, &proof, &sets, out);
	compare(&c, &sets, text, allowed);
	if (packet_space_check(space, err) != 0)
		return -1;
	proof.nodes = packet_space_nodes(space), proof.passes = sets.may_pass;
	proof.is_proven = proof.count == 0 && (sets.may_pass.node == allowed.node || packet_sets_equal(space, packet_set_at(space, sets.may_pass, 0), packet_set_at(space, allowed, 0)));
	*out = proof;
	return 0;
}

int prove_audit(struct arena *arena, struct packet_space *space, const struct dump *dump, struct packet_set allowed, struct proof *out, struct err *err)
{
	struct proof proof = { .rules = dump->rule_count, .differences = arena_new_array(arena, struct prove_difference, ZONES_DIFFERENCES_MOST + 1) };
	struct doubts open = { 0 };
	struct nat nat;
	struct comparing c = { .arena = arena, .space = space, .dump = dump, .proof = &proof, .nat = &nat };
	struct prove_sets sets;

	nat_read(arena, space, dump, &nat, &open);
	if (prove_rules(arena, space, dump, &nat, packet_set_all(space), &sets, err) != 0)
		return -1;
	for (size_t i = 0; i < open.count; i++)
		doubt_add(arena, &sets.doubts, open.list[i].where, open.list[i].ja, open.list[i].en);
	proof.translations = nat.chains;
	if (sets.doubts.count > 0)
		return in_doubt(space, &proof, &sets, out);
	struct packet_set runs = packet_set_range(space, PACKET_STATE, PACKET_ESTABLISHED, PACKET_RELATED);
	struct packet_set forbidden = packet_set_minus(space, sets.may_pass, allowed);
	proof.passes = packet_set_minus(space, sets.may_pass, runs);
	tell(&c, PROVE_PASSES, packet_set_forget(space, packet_set_minus(space, forbidden, runs), PACKET_MARKED));
	bool clean = proof.count == 0;
	tell(&c, PROVE_STOPS, packet_set_forget(space, packet_set_minus(space, packet_set_minus(space, allowed, sets.may_pass), runs), PACKET_MARKED));
	proof.keeps_running = !packet_set_is_empty(space, packet_set_and(space, forbidden, runs));
	if (packet_space_check(space, err) != 0)
		return -1;
	proof.nodes = packet_space_nodes(space);
	proof.is_proven = clean && packet_set_is_empty(space, packet_set_minus(space, forbidden, runs));
	*out = proof;
	return 0;
}
