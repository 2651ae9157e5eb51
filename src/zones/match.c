/* 規則の条件 — contract in match.h. What is not in these tables is not known. */
#include "zones/match.h"
#include "base/sort.h"
#include "zones/match_boxes.h"
#include <arpa/inet.h>

enum key_kind { KEY_NUMBER, KEY_ADDRESS4, KEY_ADDRESS6, KEY_NAME, KEY_STATE, KEY_FAMILY, KEY_ETHERTYPE };
enum { V4 = 0, V6 = 1, EITHER = 2 };
enum { ICMP = 1, ICMPV6 = 58 };

/* One part of what a rule looks at: a field, and which packets have it in the rule's eyes. */
struct key {
	enum key_kind kind;
	enum packet_field field;
	struct packet_set having;
	bool any_transport; /* `th dport`: read from whatever follows the IP header */
	bool of_icmp;	    /* a part of its header, before which the kernel asks for the protocol, and perhaps for the family */
	bool has_mask;
	packet_number mask;
	bool absent; /* an interface that there is not: its name is empty */
};

static const struct payload_row {
	const char *protocol, *field;
	enum key_kind kind;
	enum packet_field packet_field;
	int family, number; /* number: protocol that the kernel checks first, -1 none */
} payloads[] = {
	{ "ip", "saddr", KEY_ADDRESS4, PACKET_FROM4, V4, -1 },	     { "ip", "daddr", KEY_ADDRESS4, PACKET_TO4, V4, -1 },
	{ "ip", "protocol", KEY_NUMBER, PACKET_PROTOCOL, V4, -1 },   { "ip6", "saddr", KEY_ADDRESS6, PACKET_FROM6, V6, -1 },
	{ "ip6", "daddr", KEY_ADDRESS6, PACKET_TO6, V6, -1 },	     { "tcp", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, 6 },
	{ "tcp", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, 6 },   { "udp", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, 17 },
	{ "udp", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, 17 },  { "dccp", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, 33 },
	{ "dccp", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, 33 }, { "sctp", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, 132 },
	{ "sctp", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, 132 }, { "udplite", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, 136 },
	{ "udplite", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, 136 }, { "th", "sport", KEY_NUMBER, PACKET_FROM_PORT, EITHER, -1 },
	{ "th", "dport", KEY_NUMBER, PACKET_TO_PORT, EITHER, -1 },   { "icmp", "type", KEY_NUMBER, PACKET_ICMP_TYPE, EITHER, 1 },
	{ "icmp", "code", KEY_NUMBER, PACKET_ICMP_CODE, EITHER, 1 },     { "icmpv6", "type", KEY_NUMBER, PACKET_ICMP_TYPE, EITHER, 58 },
	{ "icmpv6", "code", KEY_NUMBER, PACKET_ICMP_CODE, EITHER, 58 },
};

static int unknown(struct matching *m, const char *ja, const char *en)
{
	m->why_ja = ja, m->why_en = en;
	return -1;
}

static struct packet_set everything(struct packet_space *s)
{
	return packet_set_having(s, PACKET_HOOK);
}

/* ---- what is looked at ---- */

static int read_payload(struct matching *m, const struct json *o, struct key *key)
{
	struct text protocol = json_text(o, "protocol"), field = json_text(o, "field");

	if (!m->place.whole)
		return unknown(m, "通信の断片をまとめる前に、中身を見る規則です。", "the rule looks into packets before fragments are put together");
	for (size_t i = 0; i < COUNT(payloads); i++) {
		const struct payload_row *row = &payloads[i];
		if (!text_is(protocol, row->protocol) || !text_is(field, row->field))
			continue;
		*key = (struct key){ .kind = row->kind, .field = row->packet_field, .having = everything(m->space), .any_transport = text_is(protocol, "th"),
				      .of_icmp = row->number == ICMP || row->number == ICMPV6 };
		if (row->family != EITHER)
			key->having = packet_set_and(m->space, key->having, packet_set_is(m->space, PACKET_FAMILY, row->family));
		if (row->number >= 0)
			key->having = packet_set_and(m->space, key->having, packet_set_is(m->space, PACKET_PROTOCOL, row->number));
		return 0;
	}
	return unknown(m, "意味を確かめられない項目（ヘッダーの中身）を見る規則です。", "the rule looks at a part of the packet that is not known here");
}

static int read_meta(struct matching *m, const struct json *o, struct key *key)
{
	struct text name = json_text(o, "key");

	*key = (struct key){ .having = everything(m->space) };
	if (text_is(name, "iifname") || text_is(name, "iif"))
		key->kind = KEY_NAME, key->field = PACKET_IN, key->absent = !m->place.in_known;
	else if (text_is(name, "oifname") || text_is(name, "oif"))
		key->kind = KEY_NAME, key->field = PACKET_OUT, key->absent = !m->place.out_known;
	else if (text_is(name, "l4proto"))
		key->kind = KEY_NUMBER, key->field = PACKET_PROTOCOL;
	else if (text_is(name, "nfproto"))
		key->kind = KEY_FAMILY, key->field = PACKET_FAMILY;
	else if (text_is(name, "protocol"))
		key->kind = KEY_ETHERTYPE, key->field = PACKET_FAMILY;
	else
		return unknown(m, "意味を確かめられない項目（meta）を見る規則です。", "the rule looks at a meta key that is not known here");
	return 0;
}

static int read_conntrack(struct matching *m, const struct json *o, struct key *key)
{
	struct text name = json_text(o, "key");

	*key = (struct key){ .having = everything(m->space) };
	if (!m->place.tracked)
		return unknown(m, "通信の追跡より前に、追跡の状態を見る規則です。", "the rule looks at the state of a flow before it is tracked");
	if (json_get(o, "dir") == NULL && text_is(name, "state"))
		key->kind = KEY_STATE, key->field = PACKET_STATE;
	else if (json_get(o, "dir") == NULL && text_is(name, "direction")) {
		key->kind = KEY_NUMBER, key->field = PACKET_REPLY;
		key->having = packet_set_range(m->space, PACKET_STATE, PACKET_NEW, PACKET_RELATED); /* others belong to no flow */
	} else
		return unknown(m, "意味を確かめられない項目（通信の追跡）を見る規則です。", "the rule looks at a property of the flow that is not known here");
	return 0;
}

static const struct json *only(const struct json *o, const char *key)
{
	return o && o->kind == JSON_OBJECT && o->count == 1 ? json_get(o, key) : NULL;
}

static int read_address(const struct json *j, bool v6, packet_number *out)
{
	uint8_t raw[16];
	char text[64];

	if (j->kind != JSON_STRING || j->string.n >= sizeof text || memchr(j->string.p, 0, j->string.n))
		return -1;
	memcpy(text, j->string.p, j->string.n);
	text[j->string.n] = 0;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, raw) != 1)
		return -1;
	*out = 0;
	for (size_t i = 0; i < (v6 ? 16u : 4u); i++)
		*out = *out << 8 | raw[i];
	return 0;
}

static int read_key(struct matching *m, const struct json *j, struct key *key)
{
	const struct json *o;

	if ((o = only(j, "payload")))
		return read_payload(m, o, key);
	if ((o = only(j, "meta")))
		return read_meta(m, o, key);
	if ((o = only(j, "ct")))
		return read_conntrack(m, o, key);
	if ((o = only(j, "&")) && o->kind == JSON_ARRAY && o->count == 2 && read_key(m, &o->items[0], key) == 0 && !key->has_mask &&
	    (key->kind == KEY_ADDRESS4 || key->kind == KEY_ADDRESS6) && read_address(&o->items[1], key->kind == KEY_ADDRESS6, &key->mask) == 0) {
		key->has_mask = true;
		return 0;
	}
	return unknown(m, m->why_ja ? m->why_ja : "意味を確かめられないものを見る規則です。", m->why_en ? m->why_en : "the rule looks at something that is not known here");
}

/* ---- what it is compared with ---- */

static bool name_fits(struct text pattern, struct text name)
{
	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '*')
		return name.n >= pattern.n - 1 && memcmp(name.p, pattern.p, pattern.n - 1) == 0;
	return text_equal(pattern, name);
}

static int name_value(struct matching *m, const struct key *key, const struct json *j, struct packet_set *out)
{
	struct packet_set of = packet_set_none();

	if (j->kind != JSON_STRING || j->string.n == 0 || memchr(j->string.p, '\\', j->string.n) || text_is(j->string, "*"))
		return unknown(m, "接続口を番号などで指す規則です。名前で書いてください。", "the rule names an interface by something else than its name");
	for (unsigned i = 1; !key->absent && i <= packet_space_interfaces(m->space); i++)
		if (name_fits(j->string, packet_space_name(m->space, i)))
			of = packet_set_or(m->space, of, packet_set_is(m->space, key->field, i));
	*out = of;
	return 0;
}

/* The kernel's bits, in the order of enum packet_state. */
static const unsigned state_bits[] = { 8, 2, 4, 1, 64 };

static struct packet_set states(struct packet_space *s, int64_t bits)
{
	struct packet_set of = packet_set_none();

	for (size_t i = 0; i < COUNT(state_bits); i++)
		if (bits & state_bits[i])
			of = packet_set_or(s, of, packet_set_is(s, PACKET_STATE, i));
	return of;
}

static bool is_one_state(int64_t bits)
{
	for (size_t i = 0; i < COUNT(state_bits); i++)
		if (bits == state_bits[i])
			return true;
	return false;
}

/* ICMP of the other family. */
static struct packet_set crossed(struct packet_space *s)
{
	return packet_set_or(s, packet_set_and(s, packet_set_is(s, PACKET_FAMILY, 0), packet_set_is(s, PACKET_PROTOCOL, ICMPV6)),
			     packet_set_and(s, packet_set_is(s, PACKET_FAMILY, 1), packet_set_is(s, PACKET_PROTOCOL, ICMP)));
}

/* A plain value as a number of its field. */
static int number_of(struct matching *m, const struct key *key, const struct json *j, packet_number *out)
{
	if ((key->kind == KEY_ADDRESS4 || key->kind == KEY_ADDRESS6) && read_address(j, key->kind == KEY_ADDRESS6, out) == 0)
		return 0;
	if (key->kind == KEY_NUMBER && j->kind == JSON_NUMBER && j->number >= 0) {
		*out = (packet_number)j->number;
		return 0;
	}
	if (key->kind == KEY_NUMBER && j->kind == JSON_STRING)
		return unknown(m, "番号でない値があります。nft -j -n list ruleset（-n を付けたもの）の出力を使ってください。", "a value is a word: list the rules by nft -j -n list ruleset, with -n");
	return unknown(m, "値の意味を確かめられない規則です。", "the rule compares with a value that is not known here");
}

static int plain_value(struct matching *m, const struct key *key, const struct json *j, struct packet_set *out)
{
	packet_number v = 0;

	if (key->kind == KEY_NAME)
		return name_value(m, key, j, out);
	if (key->kind == KEY_STATE) {
		if (j->kind != JSON_NUMBER || !is_one_state(j->number))
			return unknown(m, "通信の状態を一つに定めない比べ方をする規則です。", "the rule compares the state of a flow with several at once");
		*out = states(m->space, j->number);
		return 0;
	}
	if (key->kind == KEY_FAMILY || key->kind == KEY_ETHERTYPE) { /* NFPROTO_…; ETH_P_… as nft -n prints them, its bytes exchanged */
		int64_t four = key->kind == KEY_FAMILY ? 2 : 8, six = key->kind == KEY_FAMILY ? 10 : 56710;
		if (j->kind != JSON_NUMBER)
			return unknown(m, "通信の種類を番号で書かない規則です。", "the rule does not write the family as a number");
		*out = j->number == four ? packet_set_is(m->space, PACKET_FAMILY, 0) : j->number == six ? packet_set_is(m->space, PACKET_FAMILY, 1) : packet_set_none();
		return 0;
	}
	if (number_of(m, key, j, &v) != 0)
		return -1;
	*out = key->has_mask ? packet_set_masked(m->space, key->field, key->mask, v) : packet_set_is(m->space, key->field, v);
	return 0;
}

static int prefix_value(struct matching *m, const struct key *key, const struct json *o, struct packet_set *out)
{
	const struct json *address = json_get(o, "addr"), *length = json_get(o, "len");
	unsigned width = key->kind == KEY_ADDRESS6 ? 128 : 32;
	packet_number v = 0;

	if (!address || !length || length->kind != JSON_NUMBER || length->number < 0 || length->number > width || key->has_mask ||
	    (key->kind != KEY_ADDRESS4 && key->kind != KEY_ADDRESS6))
		return unknown(m, "値の意味を確かめられない規則です。", "the rule compares with a prefix that is not known here");
	if (number_of(m, key, address, &v) != 0)
		return -1;
	packet_number free = width - (unsigned)length->number == 128 ? ~(packet_number)0 : ((packet_number)1 << (width - (unsigned)length->number)) - 1;
	*out = packet_set_range(m->space, key->field, v & ~free, v | free);
	return 0;
}

static int range_value(struct matching *m, const struct key *key, const struct json *a, struct packet_set *out)
{
	packet_number low = 0, high = 0;

	if (a->kind != JSON_ARRAY || a->count != 2 || key->has_mask || key->kind > KEY_ADDRESS6)
		return unknown(m, "値の意味を確かめられない規則です。", "the rule compares with a range that is not known here");
	if (number_of(m, key, &a->items[0], &low) != 0 || number_of(m, key, &a->items[1], &high) != 0)
		return -1;
	*out = packet_set_range(m->space, key->field, low, high);
	return 0;
}

/* One value, prefix or range of one key. */
static int one_value(struct matching *m, const struct key *key, const struct json *j, struct packet_set *out)
{
	const struct json *o;

	if ((o = only(j, "prefix")))
		return prefix_value(m, key, o, out);
	if ((o = only(j, "range")))
		return range_value(m, key, o, out);
	return plain_value(m, key, j, out);
}

/* ---- keys of one part or of several ---- */

struct keys {
	struct key parts[DUMP_KEYS_MOST];
	size_t count;
	struct packet_set having; /* packets for which the kernel can read all of them */
};

static int read_keys(struct matching *m, const struct json *left, struct keys *keys)
{
	const struct json *concat = only(left, "concat");

	if (concat && (concat->kind != JSON_ARRAY || concat->count == 0 || concat->count > DUMP_KEYS_MOST))
		return unknown(m, "意味を確かめられない組合せを見る規則です。", "the rule looks at a combination that is not known here");
	keys->count = concat ? concat->count : 1;
	keys->having = everything(m->space);
	for (size_t i = 0; i < keys->count; i++) {
		if (read_key(m, concat ? &concat->items[i] : left, &keys->parts[i]) != 0)
			return -1;
		keys->having = packet_set_and(m->space, keys->having, keys->parts[i].having);
	}
	return 0;
}

/* `th dport` reads two bytes of whatever follows the IP header: known only where that is a port. */
static int ports_are_there(struct matching *m, const struct key *key, struct packet_set others)
{
	if (!key->any_transport || packet_set_is_within(m->space, packet_set_and(m->space, m->reach, others), packet_set_having(m->space, PACKET_TO_PORT)))
		return 0;
	return unknown(m, "TCPかUDPかを確かめずにポートを見る規則です。", "the rule looks at a port without asking whether there is one");
}

/* The moments at which an element is there: until it expires. */
static struct packet_range moments_of(const struct matching *m, const struct json *element)
{
	int64_t left;

	if (!dump_element_ends(element, &left))
		return (struct packet_range){ 0, PACKET_MOMENTS - 1 };
	size_t from = sorted_below(m->moments, m->moment_count, left);
	return (struct packet_range){ 0, from == m->moment_count ? PACKET_MOMENTS - 1 : from };
}

static struct packet_set while_there(const struct matching *m, const struct json *element, struct packet_set of)
{
	struct packet_range at = moments_of(m, element);

	return at.high == PACKET_MOMENTS - 1 ? of : packet_set_and(m->space, of, packet_set_range(m->space, PACKET_MOMENT, at.low, at.high));
}

/* {"elem": {"val": …}}: besides its value only what does not decide whether it is found. A limit or a quota of its own would. */
static bool is_known_element(const struct json *wrapped)
{
	static const char *const idle[] = { "val", "timeout", "expires", "comment", "counter" };

	if (wrapped->kind != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < wrapped->count; i++) {
		bool known = false;
		for (size_t k = 0; k < COUNT(idle) && !known; k++)
			known = text_is(wrapped->keys[i], idle[k]);
		if (!known)
			return false;
	}
	return true;
}

/* An element of a set: {"elem": {"val": …}}, a concatenation, a value. */
static int element_set(struct matching *m, const struct keys *keys, const struct json *j, struct packet_set *out)
{
	const struct json *element = j, *wrapped = only(j, "elem"), *concat;
	struct packet_set parts[DUMP_KEYS_MOST], of = keys->having;

	if (wrapped && !is_known_element(wrapped))
		return unknown(m, "要素に、意味を確かめられないものが付いています。", "an element of the set bears something that is not known here");
	if (wrapped)
		j = json_get(wrapped, "val");
	if (!j)
		return unknown(m, "集合の要素を読み取れません。", "an element of the set cannot be read");
	concat = only(j, "concat");
	if (keys->count > 1 ? !concat || concat->kind != JSON_ARRAY || concat->count != keys->count : concat != NULL)
		return unknown(m, "集合の要素の形が、比べるものと合いません。", "an element of the set has another shape than what is compared with it");
	for (size_t i = 0; i < keys->count; i++)
		if (one_value(m, &keys->parts[i], concat ? &concat->items[i] : j, &parts[i]) != 0)
			return -1;
	for (size_t i = 0; i < keys->count; i++) {
		struct packet_set others = keys->having;
		for (size_t k = 0; keys->parts[i].any_transport && k < keys->count; k++)
			if (k != i)
				others = packet_set_and(m->space, others, parts[k]);
		if (ports_are_there(m, &keys->parts[i], others) != 0)
			return -1;
		of = packet_set_and(m->space, parts[i], of);
	}
	*out = while_there(m, element, of);
	return 0;
}

/* A plain value, prefix or range as a range of its field; false: it is none of these (then its set is made by element_set, which says what is wrong with it). */
static bool plain_range(struct matching *m, const struct key *key, const struct json *j, struct packet_range *out)
{
	const struct json *o, *address, *length;
	unsigned width = key->kind == KEY_ADDRESS6 ? 128 : 32;
	packet_number low, high, most = key->kind == KEY_ADDRESS6 ? ~(packet_number)0 : ((packet_number)1 << 32) - 1;

	if (key->kind > KEY_ADDRESS6 || key->has_mask)
		return false;
	if ((o = only(j, "range"))) {
		if (o->kind != JSON_ARRAY || o->count != 2 || number_of(m, key, &o->items[0], &low) != 0 || number_of(m, key, &o->items[1], &high) != 0)
			return false;
	} else if ((o = only(j, "prefix"))) {
		address = json_get(o, "addr"), length = json_get(o, "len");
		if (key->kind == KEY_NUMBER || !address || !length || length->kind != JSON_NUMBER || length->number < 0 || length->number > width || number_of(m, key, address, &low) != 0)
			return false;
		packet_number free = length->number == 0 ? most : ((packet_number)1 << (width - (unsigned)length->number)) - 1;
		low &= ~free, high = low | free;
	} else if (number_of(m, key, j, &low) == 0) {
		high = low;
	} else {
		return false;
	}
	*out = (struct packet_range){ low, high };
	return low <= high && high <= packet_field_most(key->field);
}

/* A transport's ports are looked at only where the element names a protocol that has them. */
static bool names_ports(const struct keys *keys, const struct match_box *box)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->parts[i].field == PACKET_PROTOCOL && box->parts[i].low == box->parts[i].high) {
			packet_number p = box->parts[i].low;
			return p == 6 || p == 17 || p == 33 || p == 132 || p == 136;
		}
	return false;
}

static bool element_box(struct matching *m, const struct keys *keys, const struct json *j, struct match_box *out)
{
	const struct json *wrapped = only(j, "elem"), *concat;
	bool transport = false;

	out->parts[keys->count] = moments_of(m, j);
	if (wrapped && !is_known_element(wrapped))
		return false;
	if (wrapped)
		j = json_get(wrapped, "val");
	concat = j ? only(j, "concat") : NULL;
	if (!j || (keys->count > 1 ? !concat || concat->kind != JSON_ARRAY || concat->count != keys->count : concat != NULL))
		return false;
	for (size_t i = 0; i < keys->count; i++) {
		if (!plain_range(m, &keys->parts[i], concat ? &concat->items[i] : j, &out->parts[i]))
			return false;
		transport |= keys->parts[i].any_transport;
	}
	return !transport || names_ports(keys, out);
}

/* Many elements at once; false: not all of them are plain, each must be looked at by itself. */
static bool plain_elements(struct matching *m, const struct keys *keys, const struct json *const *list, size_t count, struct packet_set *out)
{
	ARENA(scratch) = arena_new(0);
	struct match_box *boxes = arena_new_array(scratch, struct match_box, count);
	enum packet_field fields[MATCH_PARTS_MOST];
	size_t parts = keys->count + (m->moment_count > 0);

	for (size_t i = 0; i < keys->count; i++)
		fields[i] = keys->parts[i].field;
	fields[keys->count] = PACKET_MOMENT;
	if (!match_fields_part(fields, parts))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!element_box(m, keys, list[i], &boxes[i])) {
			m->why_ja = m->why_en = NULL;
			return false;
		}
	*out = packet_set_and(m->space, match_boxes_set(m->space, fields, parts, boxes, count), keys->having);
	return true;
}

static bool is_catchall(const struct json *j)
{
	const struct json *wrapped = only(j, "elem");

	if (wrapped && !is_known_element(wrapped))
		return false;
	if (wrapped)
		j = json_get(wrapped, "val");
	return j && j->kind == JSON_STRING && text_is(j->string, "*");
}

static int some_elements(struct matching *m, const struct keys *keys, const struct json *const *list, size_t count, struct packet_set *out)
{
	ARENA(scratch) = arena_new(0);
	struct packet_set *sets = arena_new_array(scratch, struct packet_set, count + 1);

	if (plain_elements(m, keys, list, count, out))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (is_catchall(list[i]))
			sets[i] = while_there(m, list[i], keys->having);
		else if (element_set(m, keys, list[i], &sets[i]) != 0)
			return -1;
	}
	*out = packet_set_union(m->space, sets, count);
	return 0;
}

static int elements_set(struct matching *m, const struct keys *keys, const struct json *list, struct packet_set *out)
{
	ARENA(scratch) = arena_new(0);
	size_t count = list ? list->count : 0;
	const struct json **all = arena_new_array(scratch, const struct json *, count + 1);

	for (size_t i = 0; i < count; i++)
		all[i] = &list->items[i];
	return some_elements(m, keys, all, count, out);
}

static const struct dump_set *set_named(struct matching *m, struct text at_name)
{
	struct text name = { at_name.p + 1, at_name.n - 1 };

	return dump_set_named(m->dump, m->chain->family, m->chain->table, name);
}

static int named_set(struct matching *m, const struct keys *keys, struct text name, struct packet_set *out)
{
	const struct dump_set *set = set_named(m, name);

	if (!set || set->is_map || set->types != keys->count)
		return unknown(m, "名前で指された集合が一覧にありません。", "the set that the rule names is not in the listing");
	if (set->is_dynamic)
		return unknown(m, "通信によってひとりでに変わる集合を使う規則です。", "the rule uses a set that packets change by themselves");
	return elements_set(m, keys, set->elements, out);
}

static int values_set(struct matching *m, const struct keys *keys, const struct json *right, struct packet_set *out)
{
	const struct json *list = only(right, "set");

	if (right->kind == JSON_STRING && right->string.n > 1 && right->string.p[0] == '@')
		return named_set(m, keys, right->string, out);
	if (list && list->kind != JSON_ARRAY)
		return unknown(m, "集合の要素を読み取れません。", "an element of the set cannot be read");
	return list ? elements_set(m, keys, list, out) : element_set(m, keys, right, out);
}

/* Flags: "in" holds where any of the bits is set. */
static int state_in(struct matching *m, const struct json *right, struct packet_set *out)
{
	int64_t bits = 0;

	for (size_t i = 0; i < (right->kind == JSON_ARRAY ? right->count : 1); i++) {
		const struct json *one = right->kind == JSON_ARRAY ? &right->items[i] : right;
		if (one->kind != JSON_NUMBER || !is_one_state(one->number))
			return unknown(m, "通信の状態を読み取れません。", "a state of the rule cannot be read");
		bits |= one->number;
	}
	*out = states(m->space, bits);
	return 0;
}

static int ordered(struct matching *m, const struct keys *keys, struct text op, const struct json *right, struct packet_set *out)
{
	const struct key *key = &keys->parts[0];
	packet_number v = 0, most = ~(packet_number)0;

	if (keys->count != 1 || key->kind > KEY_ADDRESS6 || key->has_mask)
		return unknown(m, "大小を比べる意味を確かめられない規則です。", "the rule orders what has no order here");
	if (number_of(m, key, right, &v) != 0)
		return -1;
	if (text_is(op, "<"))
		*out = v == 0 ? packet_set_none() : packet_set_range(m->space, key->field, 0, v - 1);
	else if (text_is(op, "<="))
		*out = packet_set_range(m->space, key->field, 0, v);
	else if (text_is(op, ">"))
		*out = v == most ? packet_set_none() : packet_set_range(m->space, key->field, v + 1, most);
	else
		*out = packet_set_range(m->space, key->field, v, most);
	*out = packet_set_and(m->space, *out, keys->having);
	return 0;
}

/* `meta l4proto 58` and what looks into such a header; not `!= 58` nor several protocols: these nft lists with their family. */
static bool suggests_family(const struct keys *keys, const struct json *right)
{
	bool suggests = keys->count == 1 && keys->parts[0].field == PACKET_PROTOCOL && right && right->kind == JSON_NUMBER && (right->number == ICMP || right->number == ICMPV6);

	for (size_t i = 0; i < keys->count; i++)
		suggests |= keys->parts[i].of_icmp;
	return suggests;
}

static void note_unsure(struct matching *m, const struct keys *keys, const struct json *right)
{
	m->unsure = m->chain->family == DUMP_INET && suggests_family(keys, right) ? crossed(m->space) : packet_set_none();
}

int match_condition(struct matching *m, const struct json *match, struct packet_set *out)
{
	const struct json *left = json_get(match, "left"), *right = json_get(match, "right");
	struct text op = json_text(match, "op");
	struct keys keys;
	struct packet_set of;

	m->why_ja = m->why_en = NULL;
	if (!left || !right)
		return unknown(m, "条件を読み取れない規則です。", "the condition cannot be read");
	if (read_keys(m, left, &keys) != 0)
		return -1;
	if (keys.count == 1 && ports_are_there(m, &keys.parts[0], keys.having) != 0)
		return -1;
	bool equal = text_is(op, "=="), differs = text_is(op, "!=");
	note_unsure(m, &keys, equal ? right : NULL);
	if (text_is(op, "in") && keys.count == 1 && keys.parts[0].kind == KEY_STATE) {
		if (state_in(m, right, &of) != 0)
			return -1;
	} else if (text_is(op, "<") || text_is(op, "<=") || text_is(op, ">") || text_is(op, ">=")) {
		if (ordered(m, &keys, op, right, &of) != 0)
			return -1;
	} else if (equal || differs) {
		if (differs && keys.count > 1)
			for (size_t i = 0; i < keys.count; i++)
				if (ports_are_there(m, &keys.parts[i], keys.having) != 0)
					return -1;
		if (values_set(m, &keys, right, &of) != 0)
			return -1;
		of = differs ? packet_set_minus(m->space, keys.having, of) : packet_set_and(m->space, of, keys.having);
	} else
		return unknown(m, "意味を確かめられない比べ方をする規則です。", "the rule compares in a way that is not known here");
	*out = of;
	return 0;
}

struct text match_comment(struct matching *m, const struct json *match, const struct packet *packet)
{
	const struct json *left = json_get(match, "left"), *right = json_get(match, "right");
	const struct dump_set *set = right && right->kind == JSON_STRING && right->string.n > 1 && right->string.p[0] == '@' ? set_named(m, right->string) : NULL;
	struct match_box box;
	struct keys keys;

	if (!left || !set || !set->elements || read_keys(m, left, &keys) != 0)
		return TEXT("");
	for (size_t i = 0; i < set->elements->count; i++) {
		const struct json *element = only(&set->elements->items[i], "elem");
		bool fits = element && element_box(m, &keys, &set->elements->items[i], &box);
		for (size_t k = 0; fits && k < keys.count; k++) {
			packet_number value = packet_field_of(packet, keys.parts[k].field);
			fits = box.parts[k].low <= value && value <= box.parts[k].high;
		}
		if (fits)
			return json_text(element, "comment");
	}
	return TEXT("");
}

static const struct json *map_elements(struct matching *m, const struct json *data, size_t parts, bool *known)
{
	const struct json *list = only(data, "set");

	*known = list && list->kind == JSON_ARRAY;
	if (!data || data->kind != JSON_STRING || data->string.n < 2 || data->string.p[0] != '@')
		return list;
	const struct dump_set *set = set_named(m, data->string);
	*known = set && set->is_map && set->has_verdicts && set->types == parts && !set->is_dynamic;
	return *known ? set->elements : NULL;
}

static struct json nothing = { .kind = JSON_NULL };
static struct text accept_key = { "accept", 6 };
const struct json match_accept = { .kind = JSON_OBJECT, .items = &nothing, .keys = &accept_key, .count = 1 };

int match_branches(struct matching *m, const struct json *vmap, struct match_branch **out, size_t *count)
{
	const struct json *key = json_get(vmap, "key");
	struct packet_set others;
	struct keys keys;
	bool known;

	m->why_ja = m->why_en = NULL;
	if (!key || read_keys(m, key, &keys) != 0)
		return unknown(m, m->why_ja ? m->why_ja : "行き先の表を読み取れません。", m->why_en ? m->why_en : "the map of verdicts cannot be read");
	if (keys.count == 1 && ports_are_there(m, &keys.parts[0], keys.having) != 0)
		return -1;
	note_unsure(m, &keys, NULL);
	const struct json *list = map_elements(m, json_get(vmap, "data"), keys.count, &known), *rest = NULL, *rest_element = NULL;
	if (!known)
		return unknown(m, "行き先の表を読み取れません。", "the map of verdicts cannot be read");
	size_t n = 0, all = list ? list->count : 0;
	struct match_branch *branches = arena_new_array(m->arena, struct match_branch, all + 1);
	struct packet_set *sets = arena_new_array(m->arena, struct packet_set, all + 1);
	const struct json **accepted = arena_new_array(m->arena, const struct json *, all + 1);
	size_t accepted_count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct json *pair = &list->items[i];
		if (pair->kind != JSON_ARRAY || pair->count != 2)
			return unknown(m, "行き先の表を読み取れません。", "the map of verdicts cannot be read");
		if (is_catchall(&pair->items[0]))
			rest = &pair->items[1], rest_element = &pair->items[0];
		else if (m->accepts && m->accepts(m, &pair->items[1]))
			accepted[accepted_count++] = &pair->items[0];
		else if (element_set(m, &keys, &pair->items[0], &branches[n].set) != 0)
			return -1;
		else
			sets[n] = branches[n].set, branches[n++].verdict = &pair->items[1];
	}
	if (accepted_count) {
		if (some_elements(m, &keys, accepted, accepted_count, &branches[n].set) != 0)
			return -1;
		sets[n] = branches[n].set, branches[n++].verdict = &match_accept;
	}
	others = packet_set_union(m->space, sets, n);
	if (rest)
		branches[n++] = (struct match_branch){ while_there(m, rest_element, packet_set_minus(m->space, keys.having, others)), rest };
	*out = branches, *count = n;
	return 0;
}
