/* 規則の条件：多くの要素の試験 — elements put together at once are the union of each, whatever order the parts of the key stand in, however they overlap. */
#include "base/check.h"
#include "zones/match_boxes.h"

static const struct text names[] = { { "eth1", 4 } };

static uint32_t seed = 20261127;
static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct packet_range any_range(enum packet_field field)
{
	packet_number most = packet_field_most(field), low = draw(3) ? draw(40) : most - draw(40), more = draw(30);
	packet_number high = draw(2) ? low : draw(5) ? low + MIN(more, most - low) : most;

	return (struct packet_range){ low, high };
}

TEST(elements_at_once_are_the_union_of_each)
{
	static const enum packet_field keys[][4] = { { PACKET_FROM4, PACKET_TO4, PACKET_PROTOCOL, PACKET_TO_PORT }, { PACKET_TO6, PACKET_FROM6, PACKET_PROTOCOL, PACKET_FROM_PORT },
		{ PACKET_PROTOCOL, PACKET_TO_PORT, PACKET_FROM_PORT, PACKET_TO4 } };
	ARENA(arena) = arena_new(0);
	struct packet_space *s = NULL;

	CHECK_OK(packet_space_new(arena, names, 1, 1 << 22, &s, &err_));
	for (unsigned round = 0; round < 90; round++) {
		const enum packet_field *key = keys[round % COUNT(keys)];
		size_t parts = 1 + draw(4), count = round % 10 == 0 ? 120 : draw(12);
		struct match_box boxes[120];
		struct packet_set whole = packet_set_none(), having = packet_set_having(s, PACKET_HOOK);
		for (size_t k = 0; k < parts; k++)
			having = packet_set_and(s, having, packet_set_having(s, key[k]));
		for (size_t i = 0; i < count; i++) {
			struct packet_set one = having;
			for (size_t k = 0; k < parts; k++) {
				boxes[i].parts[k] = i && draw(3) == 0 ? boxes[i - 1].parts[k] : any_range(key[k]);
				one = packet_set_and(s, one, packet_set_range(s, key[k], boxes[i].parts[k].low, boxes[i].parts[k].high));
			}
			whole = packet_set_or(s, whole, one);
		}
		assert_int_equal(packet_set_and(s, having, match_boxes_set(s, key, parts, boxes, count)).node, whole.node);
	}
	CHECK_OK(packet_space_check(s, &err_));
}

TEST(fields_that_share_bits_are_not_put_together)
{
	assert_true(match_fields_part((const enum packet_field[]){ PACKET_TO4, PACKET_FROM4, PACKET_PROTOCOL }, 3));
	assert_false(match_fields_part((const enum packet_field[]){ PACKET_TO4, PACKET_TO6 }, 2));
	assert_false(match_fields_part((const enum packet_field[]){ PACKET_TO_PORT, PACKET_PROTOCOL, PACKET_TO_PORT }, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_at_once_are_the_union_of_each),
		cmocka_unit_test(fields_that_share_bits_are_not_put_together),
	};
	return RUN_TESTS(tests);
}
