/* 通信の集合 — held against a twin that looks at one packet at a time: random expressions, fixed seeds, packets at the corners of every field. */
#include "base/check.h"
#include "zones/packet_set.h"

static const struct text names[] = { { "eth1", 4 }, { "eth2", 4 } };

static uint32_t seed;
static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct packet_space *space_in(struct arena *arena)
{
	struct packet_space *s = NULL;

	CHECK_OK(packet_space_new(arena, names, COUNT(names), 1 << 20, &s, &err_));
	return s;
}

/* ---- packets at the corners ---- */

static const uint16_t ports[] = { 0, 79, 80, 443, 444, 65535 };
static const uint8_t protocols[] = { 1, 6, 17, 47, 58, 132 }, types[] = { 0, 8, 128, 130, 135, 136, 137, 143 };
static const uint8_t addresses[][16] = { { 0 }, { 10, 1, 0, 0 }, { 10, 1, 255, 255 }, { 10, 2, 0, 1 }, { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 },
	{ 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } };

static bool has_ports(const struct packet *p)
{
	return p->protocol == 6 || p->protocol == 17 || p->protocol == 33 || p->protocol == 132 || p->protocol == 136;
}
static bool has_types(const struct packet *p)
{
	return p->protocol == 1 || p->protocol == 58;
}

static struct packet any_packet(void)
{
	struct packet p = { .hook = (enum packet_hook)(1 + draw(3)), .state = (enum packet_state)draw(5), .v6 = draw(2), .protocol = protocols[draw(COUNT(protocols))] };

	p.in = p.hook == PACKET_OUTPUT ? 0 : 1 + draw(2);
	p.out = p.hook == PACKET_INPUT ? 0 : 1 + draw(2);
	if (p.state == PACKET_ESTABLISHED || p.state == PACKET_RELATED)
		p.reply = draw(2);
	if (p.state <= PACKET_RELATED)
		p.marked = draw(2);
	if (has_ports(&p))
		p.to_port = ports[draw(COUNT(ports))], p.from_port = ports[draw(COUNT(ports))];
	if (has_types(&p))
		p.icmp_type = types[draw(COUNT(types))], p.icmp_code = (uint8_t)draw(3);
	memcpy(p.to, addresses[draw(COUNT(addresses))], p.v6 ? 16 : 4);
	memcpy(p.from, addresses[draw(COUNT(addresses))], p.v6 ? 16 : 4);
	return p;
}

static packet_number number(const uint8_t *p, size_t n)
{
	packet_number v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The value of a field, and whether the packet has it. */
static bool field_of(const struct packet *p, enum packet_field field, packet_number *v)
{
	switch (field) {
	case PACKET_HOOK: return *v = p->hook, true;
	case PACKET_STATE: return *v = p->state, true;
	case PACKET_REPLY: return *v = p->reply, true;
	case PACKET_MARKED: return *v = p->marked, true;
	case PACKET_IN: return *v = p->in, true;
	case PACKET_OUT: return *v = p->out, true;
	case PACKET_FAMILY: return *v = p->v6, true;
	case PACKET_PROTOCOL: return *v = p->protocol, true;
	case PACKET_TO_PORT: return *v = p->to_port, has_ports(p);
	case PACKET_FROM_PORT: return *v = p->from_port, has_ports(p);
	case PACKET_ICMP_TYPE: return *v = p->icmp_type, has_types(p);
	case PACKET_ICMP_CODE: return *v = p->icmp_code, has_types(p);
	case PACKET_TO4: return *v = number(p->to, 4), !p->v6;
	case PACKET_FROM4: return *v = number(p->from, 4), !p->v6;
	case PACKET_TO6: return *v = number(p->to, 16), p->v6;
	case PACKET_FROM6: return *v = number(p->from, 16), p->v6;
	default: return false;
	}
}

/* The kernel tracks every packet but these, and says "untracked" of these only; ICMP of the other family it finds invalid. */
static bool can_exist(const struct packet *p)
{
	bool talk = p->v6 && p->protocol == 58 && ((p->icmp_type >= 130 && p->icmp_type <= 136) || p->icmp_type == 143);

	bool crossed = p->protocol == (p->v6 ? 1 : 58);

	return talk == (p->state == PACKET_UNTRACKED) && (!crossed || p->state == PACKET_INVALID);
}

/* ---- random expressions, made twice ---- */

enum kind { RANGE, PREFIX, MASK, AND, OR, MINUS };
struct expression {
	enum kind kind;
	enum packet_field field;
	packet_number low, high;
	unsigned length;
	const struct expression *a, *b;
};

static const struct expression *expression(struct arena *arena, unsigned depth)
{
	struct expression *e = arena_alloc(arena, sizeof *e);

	if (depth > 0 && draw(5) > 0) {
		e->kind = AND + draw(3);
		e->a = expression(arena, depth - 1), e->b = expression(arena, depth - 1);
		return e;
	}
	struct packet p = any_packet(), q = any_packet();
	do
		e->field = (enum packet_field)draw(PACKET_FIELDS);
	while (!field_of(&p, e->field, &e->low) || !field_of(&q, e->field, &e->high));
	e->kind = RANGE + draw(e->field >= PACKET_TO4 ? 3 : 1);
	e->length = draw(e->field >= PACKET_TO6 ? 129 : 33);
	if (e->low > e->high && draw(8) > 0) {
		packet_number t = e->low;
		e->low = e->high, e->high = t;
	}
	if (e->kind == MASK)
		e->low &= e->high; /* the value lies under the mask */
	return e;
}

static bool holds(const struct expression *e, const struct packet *p)
{
	packet_number v;

	if (e->kind == AND)
		return holds(e->a, p) && holds(e->b, p);
	if (e->kind == OR)
		return holds(e->a, p) || holds(e->b, p);
	if (e->kind == MINUS)
		return holds(e->a, p) && !holds(e->b, p);
	if (!field_of(p, e->field, &v))
		return false;
	if (e->kind == MASK)
		return (v & e->high) == e->low;
	if (e->kind == RANGE)
		return v >= e->low && v <= e->high;
	unsigned free = (e->field >= PACKET_TO6 ? 128 : 32) - e->length;
	return free == 128 || v >> free == e->low >> free;
}

static struct packet_set set_of(struct packet_space *s, const struct expression *e)
{
	uint8_t raw[16];

	if (e->kind == AND)
		return packet_set_and(s, set_of(s, e->a), set_of(s, e->b));
	if (e->kind == OR)
		return packet_set_or(s, set_of(s, e->a), set_of(s, e->b));
	if (e->kind == MINUS)
		return packet_set_minus(s, set_of(s, e->a), set_of(s, e->b));
	if (e->kind == MASK)
		return packet_set_masked(s, e->field, e->high, e->low);
	if (e->kind == RANGE)
		return packet_set_range(s, e->field, e->low, e->high);
	size_t n = e->field >= PACKET_TO6 ? 16 : 4;
	for (size_t i = 0; i < n; i++)
		raw[i] = (uint8_t)(e->low >> 8 * (n - 1 - i));
	return packet_set_prefix(s, e->field, raw, e->length);
}

TEST(a_set_holds_what_its_expression_says)
{
	unsigned both[2] = { 0, 0 };

	for (uint32_t round = 0; round < 400; round++) {
		ARENA(arena) = arena_new(0);
		struct packet_space *s = space_in(arena);
		seed = round;
		const struct expression *e = expression(arena, 5);
		struct packet_set set = set_of(s, e);
		for (unsigned i = 0; i < 500; i++) {
			struct packet p = any_packet();
			bool in = holds(e, &p);
			both[in]++;
			assert_int_equal(packet_set_has(s, set, &p), in);
			if (can_exist(&p))
				assert_int_equal(packet_set_is_within(s, packet_set_of(s, &p), set), in);
			assert_int_equal(packet_set_has(s, packet_set_all(s), &p), can_exist(&p));
		}
		struct packet w;
		if (packet_set_witness(s, set, &w))
			assert_true(holds(e, &w) && can_exist(&w));
		else
			assert_true(packet_set_is_empty(s, set));
	}
	assert_true(both[0] > 10000 && both[1] > 10000); /* neither side of the question was left out */
}

TEST(equal_sets_are_equal_however_they_were_made)
{
	for (uint32_t round = 0; round < 200; round++) {
		ARENA(arena) = arena_new(0);
		struct packet_space *s = space_in(arena);
		seed = 7000 + round;
		struct packet_set a = set_of(s, expression(arena, 4)), b = set_of(s, expression(arena, 4)), all = packet_set_all(s);
		struct packet_set no_a = packet_set_minus(s, all, a), no_b = packet_set_minus(s, all, b);
		assert_true(packet_sets_equal(s, packet_set_minus(s, all, packet_set_or(s, a, b)), packet_set_and(s, no_a, no_b)));
		assert_true(packet_sets_equal(s, a, packet_set_minus(s, all, no_a)));
		assert_int_equal(packet_sets_equal(s, a, b), packet_set_is_within(s, a, b) && packet_set_is_within(s, b, a));
		assert_true(packet_sets_equal(s, packet_set_turned(s, packet_set_turned(s, a)), a));
		double together = packet_set_count(s, packet_set_or(s, a, b)), sum = packet_set_count(s, a) + packet_set_count(s, b) - packet_set_count(s, packet_set_and(s, a, b));
		assert_true(together - sum <= together * 1e-9 && sum - together <= together * 1e-9);
	}
}

TEST(packets_are_counted)
{
	ARENA(arena) = arena_new(0);
	struct packet_space *s = space_in(arena);
	struct packet some[40];
	struct packet_set sets[COUNT(some)];
	size_t different = 0;

	seed = 99;
	for (size_t i = 0; i < COUNT(some); i++) {
		do
			some[i] = any_packet();
		while (!can_exist(&some[i]));
		sets[i] = packet_set_of(s, &some[i]);
		assert_true(packet_set_count(s, sets[i]) == 1);
		size_t k = 0;
		while (k < i && sets[k].node != sets[i].node)
			k++;
		different += k == i;
	}
	struct packet_set set = packet_set_union(s, sets, COUNT(sets));
	assert_true(packet_set_count(s, set) == (double)different);
	for (struct packet w; packet_set_witness(s, set, &w); different--)
		set = packet_set_minus(s, set, packet_set_of(s, &w));
	assert_int_equal(different, 0);
	/* One port from one /16 to one host, forwarded eth1 → eth2, new and unmarked: 2^16 senders, 2^16 ports of theirs. */
	const uint8_t from[4] = { 10, 1 }, to[4] = { 10, 2, 0, 5 };
	set = packet_set_and(s, packet_set_prefix(s, PACKET_FROM4, from, 16), packet_set_prefix(s, PACKET_TO4, to, 32));
	set = packet_set_and(s, set, packet_set_and(s, packet_set_is(s, PACKET_PROTOCOL, 6), packet_set_is(s, PACKET_TO_PORT, 443)));
	set = packet_set_and(s, set, packet_set_and(s, packet_set_is(s, PACKET_HOOK, PACKET_FORWARD), packet_set_and(s, packet_set_is(s, PACKET_IN, 1), packet_set_is(s, PACKET_OUT, 2))));
	set = packet_set_and(s, set, packet_set_and(s, packet_set_is(s, PACKET_STATE, PACKET_NEW), packet_set_is(s, PACKET_MARKED, 0)));
	assert_true(packet_set_count(s, set) == 65536.0 * 65536.0);
}

static struct packet turned(struct packet p)
{
	struct packet t = p;

	t.hook = p.hook == PACKET_INPUT ? PACKET_OUTPUT : p.hook == PACKET_OUTPUT ? PACKET_INPUT : PACKET_FORWARD;
	t.in = p.out, t.out = p.in, t.from_port = p.to_port, t.to_port = p.from_port;
	memcpy(t.from, p.to, 16), memcpy(t.to, p.from, 16);
	return t;
}

TEST(turning_exchanges_who_sends_and_who_receives)
{
	for (uint32_t round = 0; round < 100; round++) {
		ARENA(arena) = arena_new(0);
		struct packet_space *s = space_in(arena);
		seed = 300 + round;
		const struct expression *e = expression(arena, 4);
		struct packet_set set = packet_set_turned(s, set_of(s, e));
		for (unsigned i = 0; i < 200; i++) {
			struct packet p = any_packet(), t = turned(p);
			assert_int_equal(packet_set_has(s, set, &t), holds(e, &p));
		}
	}
}

TEST(forgetting_a_field_means_some_value_of_it)
{
	ARENA(arena) = arena_new(0);
	struct packet_space *s = space_in(arena);
	struct packet p = { .hook = PACKET_FORWARD, .in = 1, .out = 2, .protocol = 6, .to_port = 443, .from_port = 50000, .to = { 10, 2, 0, 1 }, .from = { 10, 1, 0, 1 } };
	struct packet_set set = packet_set_forget(s, packet_set_of(s, &p), PACKET_FROM_PORT);

	p.from_port = 9;
	assert_true(packet_set_has(s, set, &p));
	p.to_port = 444;
	assert_false(packet_set_has(s, set, &p));
	assert_true(packet_set_count(s, set) == 65536);
}

TEST(a_set_of_moments_is_a_set_at_each)
{
	ARENA(arena) = arena_new(0);
	struct packet_space *s = space_in(arena);
	struct packet_set lasting = packet_set_none(), at[4];

	seed = 7;
	for (unsigned i = 0; i < COUNT(at); i++) {
		at[i] = set_of(s, expression(arena, 4));
		packet_number low = i == 3 ? 3 : i, high = i == 3 ? PACKET_MOMENTS - 1 : i;
		lasting = packet_set_or(s, lasting, packet_set_and(s, at[i], packet_set_range(s, PACKET_MOMENT, low, high)));
	}
	for (unsigned i = 0; i < COUNT(at); i++)
		assert_int_equal(packet_set_at(s, lasting, i).node, at[i].node);
	assert_int_equal(packet_set_at(s, lasting, PACKET_MOMENTS - 1).node, at[3].node);
	assert_int_equal(packet_set_at(s, at[0], 17).node, at[0].node);
}

static struct packet_set box_set(struct packet_space *s, const struct packet_box *box)
{
	struct packet_set of = packet_set_all(s);

	for (unsigned f = 0; f < PACKET_FIELDS; f++) {
		struct packet_set values = packet_set_none();
		for (size_t i = 0; i < box->counts[f]; i++)
			values = packet_set_or(s, values, packet_set_range(s, f, box->ranges[f][i].low, box->ranges[f][i].high));
		if (box->counts[f])
			of = packet_set_and(s, of, values);
	}
	return of;
}

TEST(boxes_are_disjoint_and_are_the_set)
{
	unsigned many = 0;

	for (uint32_t round = 0; round < 200; round++) {
		ARENA(arena) = arena_new(0);
		struct packet_space *s = space_in(arena);
		seed = 500 + round;
		struct packet_set set = set_of(s, expression(arena, 3)), together = packet_set_none();
		struct packet_box *boxes;
		size_t count;
		bool whole;
		packet_set_boxes(s, set, arena, 3000, &boxes, &count, &whole);
		if (!whole)
			continue;
		for (size_t i = 0; i < count; i++) {
			struct packet_set one = box_set(s, &boxes[i]);
			struct buf said = buf_in(arena, 0);
			assert_true(packet_set_is_empty(s, packet_set_and(s, together, one)));
			together = packet_set_or(s, together, one);
			packet_box_print(&said, s, &boxes[i], true);
			assert_true(said.n > 0);
		}
		assert_true(packet_sets_equal(s, set, together));
		many += count > 1;
	}
	assert_true(many > 50);
}

TEST(a_box_and_a_packet_read_as_a_sentence)
{
	ARENA(arena) = arena_new(0);
	struct packet_space *s = space_in(arena);
	const uint8_t from[4] = { 10, 1 }, to[4] = { 10, 2, 0, 5 };
	struct packet_set set = packet_set_and(s, packet_set_prefix(s, PACKET_FROM4, from, 16), packet_set_prefix(s, PACKET_TO4, to, 32));
	struct packet_box *boxes;
	struct packet w;
	size_t count;
	bool whole;

	set = packet_set_and(s, set, packet_set_and(s, packet_set_is(s, PACKET_PROTOCOL, 6), packet_set_range(s, PACKET_TO_PORT, 443, 445)));
	set = packet_set_and(s, set, packet_set_and(s, packet_set_is(s, PACKET_HOOK, PACKET_FORWARD), packet_set_and(s, packet_set_is(s, PACKET_IN, 1), packet_set_is(s, PACKET_OUT, 2))));
	packet_set_boxes(s, set, arena, 10, &boxes, &count, &whole);
	assert_true(whole && count == 1);
	struct buf said = buf_in(arena, 0);
	packet_box_print(&said, s, boxes, true);
	assert_string_equal(buf_string(&said), "転送 eth1 → eth2 IPv4 TCP 10.1.0.0/16 → 10.2.0.5 宛先ポート 443-445");
	assert_true(packet_set_witness(s, set, &w));
	said = buf_in(arena, 0);
	packet_print(&said, s, &w, true);
	assert_string_equal(buf_string(&said), "IPv4 TCP 10.1.0.1:40000 → 10.2.0.5:443（転送、eth1 → eth2、新しい通信）");
	said = buf_in(arena, 0);
	packet_range_print(&said, PACKET_TO6, (struct packet_range){ 0, ~(packet_number)0 });
	assert_string_equal(buf_string(&said), "::/0");
	said = buf_in(arena, 0);
	packet_range_print(&said, PACKET_TO4, (struct packet_range){ 0x0A010003, 0x0A010009 });
	assert_string_equal(buf_string(&said), "10.1.0.3-10.1.0.9");
}

/* A range of the field's width, often at its ends, often a single value. */
static struct packet_range any_range(unsigned width)
{
	packet_number most = width == 128 ? ~(packet_number)0 : ((packet_number)1 << width) - 1, a = 0, b;

	for (unsigned i = 0; i < 6; i++)
		a = a << 22 ^ draw(1 << 22);
	a = draw(4) == 0 ? 0 : draw(4) == 0 ? most : a & most;
	b = draw(2) ? a : draw(3) == 0 ? most : a + draw(1 << 12);
	return b < a || b > most ? (struct packet_range){ a, most } : (struct packet_range){ a, b };
}

TEST(many_leaves_are_the_union_of_each)
{
	static const struct {
		enum packet_field to, from;
		unsigned width;
	} kinds[] = { { PACKET_TO4, PACKET_FROM4, 32 }, { PACKET_TO6, PACKET_FROM6, 128 }, { PACKET_TO_PORT, PACKET_FROM_PORT, 16 } };
	ARENA(arena) = arena_new(0);
	struct packet_space *s = space_in(arena);

	seed = 20261127;
	for (unsigned round = 0; round < 60; round++) {
		unsigned kind = draw(COUNT(kinds)), count = draw(round % 10 == 0 ? 200 : 12);
		struct packet_leaf leaves[200];
		struct packet_set whole = packet_set_none();
		for (unsigned i = 0; i < count; i++) {
			struct packet_range to = any_range(kinds[kind].width), from = any_range(kinds[kind].width);
			struct packet_leaf inner = { from.low, from.high, packet_set_anything() };
			if (i && draw(4) == 0)
				to = (struct packet_range){ leaves[i - 1].low, leaves[i - 1].high };
			leaves[i] = (struct packet_leaf){ to.low, to.high, packet_set_leaves(s, kinds[kind].from, &inner, 1) };
			whole = packet_set_or(s, whole, packet_set_and(s, packet_set_range(s, kinds[kind].to, to.low, to.high), packet_set_range(s, kinds[kind].from, from.low, from.high)));
		}
		struct packet_set got = packet_set_and(s, packet_set_having(s, kinds[kind].to), packet_set_leaves(s, kinds[kind].to, leaves, count));
		assert_int_equal(got.node, whole.node);
	}
	CHECK_OK(packet_space_check(s, &err_));
}

TEST(a_full_space_answers_no_and_says_so)
{
	ARENA(arena) = arena_new(0);
	struct packet_space *s;
	struct err err = { 0 };
	struct packet w;

	assert_int_equal(packet_space_new(arena, names, COUNT(names), 50, &s, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	CHECK_OK(packet_space_new(arena, names, COUNT(names), 3000, &s, &err_));
	struct packet_set sets[200];
	for (size_t i = 0; i < COUNT(sets); i++)
		sets[i] = packet_set_and(s, packet_set_is(s, PACKET_TO6, (packet_number)i * 7919 * 7919), packet_set_is(s, PACKET_FROM_PORT, i));
	struct packet_set set = packet_set_union(s, sets, COUNT(sets));
	assert_int_equal(packet_space_check(s, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_false(packet_set_is_empty(s, set));
	assert_false(packet_sets_equal(s, set, set));
	assert_false(packet_set_is_within(s, set, packet_set_all(s)));
	assert_false(packet_set_is_empty(s, packet_set_none()));
	assert_false(packet_set_witness(s, packet_set_all(s), &w));
	assert_int_equal(packet_space_new(arena, names, 0, 0, &s, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_holds_what_its_expression_says),
		cmocka_unit_test(equal_sets_are_equal_however_they_were_made),
		cmocka_unit_test(packets_are_counted),
		cmocka_unit_test(turning_exchanges_who_sends_and_who_receives),
		cmocka_unit_test(forgetting_a_field_means_some_value_of_it),
		cmocka_unit_test(a_set_of_moments_is_a_set_at_each),
		cmocka_unit_test(boxes_are_disjoint_and_are_the_set),
		cmocka_unit_test(a_box_and_a_packet_read_as_a_sentence),
		cmocka_unit_test(many_leaves_are_the_union_of_each),
		cmocka_unit_test(a_full_space_answers_no_and_says_so),
	};
	return RUN_TESTS(tests);
}
