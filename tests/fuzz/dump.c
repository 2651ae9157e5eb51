/* 規則の写し — fuzz target: a listing is refused, or what its rules let through and stop is all that can exist. */
#include "zones/match.h"
#include "zones/prove.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	static const struct text names[] = { { "eth1", 4 }, { "*", 1 } };
	struct packet_space *space;
	struct prove_sets sets;
	struct proof proof;
	struct dump dump;
	struct text *found;
	size_t count;
	struct err err;

	if (dump_read(arena, bytes_of(data, size), &dump, &err) != 0)
		return 0;
	match_interfaces(arena, &dump, &found, &count);
	must(packet_space_new(arena, names, COUNT(names), 1 << 18, &space, &err) == 0);
	if (prove_rules(arena, space, &dump, NULL, packet_set_all(space), &sets, &err) != 0)
		return 0;
	struct packet_set both = packet_set_or(space, sets.may_pass, sets.may_stop);
	if (sets.doubts.count == 0)
		must(packet_sets_equal(space, both, packet_set_all(space)) || packet_space_check(space, &err) != 0);
	const int64_t after = 60;
	const struct prove_text text = { .rated = packet_set_all(space), .ends = { &after, 1 }, .lasting = packet_set_and(space, sets.may_pass, packet_set_is(space, PACKET_MOMENT, 0)) };
	if (prove_equal(arena, space, &dump, &text, &proof, &err) == 0 && sets.doubts.count > 0)
		must(!proof.is_proven);
	if (prove_audit(arena, space, &dump, packet_set_none(), &proof, &err) == 0 && proof.doubts.count > 0)
		must(!proof.is_proven);
	return 0;
}
