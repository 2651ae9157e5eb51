/* 規則の数え — contract in counters.h. By the kernel's own headers. */
#include "zones/counters.h"
#include "base/file.h"
#include "base/sort.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define TABLE "sekisho"
enum { READINGS_MOST = 3, COMMENT = 0 /* of what nft keeps with an element: type, length, value */ };

/* ---- questions ---- */

struct request {
	uint8_t bytes[NETLINK_REQUEST_MOST];
	size_t n;
};

static void put_attribute(struct request *r, uint16_t type, const void *value, size_t n)
{
	const struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + n), .nla_type = type };

	must(r->n + NLA_ALIGN(a.nla_len) <= sizeof r->bytes);
	memcpy(r->bytes + r->n, &a, sizeof a);
	memcpy(r->bytes + r->n + NLA_HDRLEN, value, n);
	r->n += NLA_ALIGN(a.nla_len);
}

static struct request request_begun(void)
{
	const struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };
	struct request r = { .n = NLMSG_ALIGN(sizeof family) };

	memcpy(r.bytes, &family, sizeof family);
	return r;
}

/* name NULL: all. */
static struct request counters_request(const char *name)
{
	const uint32_t counter = htonl(NFT_OBJECT_COUNTER);
	struct request r = request_begun();

	put_attribute(&r, NFTA_OBJ_TABLE, TABLE, sizeof TABLE);
	put_attribute(&r, NFTA_OBJ_TYPE, &counter, sizeof counter);
	if (name)
		put_attribute(&r, NFTA_OBJ_NAME, name, strlen(name) + 1);
	return r;
}

static struct request sets_request(void)
{
	struct request r = request_begun();

	put_attribute(&r, NFTA_SET_TABLE, TABLE, sizeof TABLE);
	return r;
}

static struct request elements_request(const char *set)
{
	struct request r = request_begun();

	put_attribute(&r, NFTA_SET_ELEM_LIST_TABLE, TABLE, sizeof TABLE);
	put_attribute(&r, NFTA_SET_ELEM_LIST_SET, set, strlen(set) + 1);
	return r;
}

/* ERR_NOT_FOUND: there is no such table, set or counter. */
static int ask(uint16_t kind, uint16_t flags, const struct request *r, struct buf *out, struct err *err)
{
	FD(fd) = netlink_open(NETLINK_NETFILTER, NULL, 0, err);

	if (fd < 0)
		return -1;
	if (netlink_ask(fd, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | kind), flags, r->bytes, r->n, out, err) == 0)
		return 0;
	return err->code == ERR_UNSUPPORTED && err->at == ENOENT ? fail(err, ERR_NOT_FOUND, 0, "there is no such counter") : -1;
}

/* All of a kind; asked again where it changed meanwhile. What is not there is nothing. */
static int ask_all(struct arena *arena, uint16_t kind, const struct request *r, struct bytes *out, struct err *err)
{
	struct buf answer = { 0 };
	int result = -1;

	for (int i = 0; i < READINGS_MOST; i++) {
		answer = buf_in(arena, ZONES_DUMP_BYTES_MOST);
		result = ask(kind, NLM_F_DUMP, r, &answer, err);
		if (result == 0 || err->code != ERR_BUSY)
			break;
	}
	if (result != 0 && err->code != ERR_NOT_FOUND)
		return -1;
	*out = result == 0 ? buf_view(&answer) : BYTES("");
	return 0;
}

/* ---- answers ---- */

static bool packets_of(struct bytes data, uint64_t *packets)
{
	struct netlink_attribute a;

	for (struct cursor c = cursor_over(data); netlink_attribute(&c, &a);)
		if (a.type == NFTA_COUNTER_PACKETS && a.value.n == sizeof *packets) {
			struct cursor number = cursor_over(a.value);
			*packets = cursor_u64be(&number);
			return true;
		}
	return false;
}

/* The next counter of an answer; false when there is none left. */
static bool next_counter(struct cursor *answer, struct bytes *name, uint64_t *packets)
{
	struct nlmsghdr head;
	struct cursor body;

	while (netlink_message(answer, &head, &body)) {
		struct netlink_attribute a;
		bool counted = false;
		*name = BYTES("");
		cursor_take(&body, NLMSG_ALIGN(sizeof(struct nfgenmsg)));
		while (netlink_attribute(&body, &a)) {
			if (a.type == NFTA_OBJ_NAME)
				*name = netlink_name(a.value);
			else if (a.type == NFTA_OBJ_DATA)
				counted = packets_of(a.value, packets);
		}
		if (counted && name->n > 0)
			return true;
	}
	return false;
}

int counters_read(struct arena *arena, struct counters *out, struct err *err)
{
	const struct request all_of_them = counters_request(NULL);
	struct counters all = { 0 };
	struct bytes whole, name;
	uint64_t packets;

	if (ask_all(arena, NFT_MSG_GETOBJ, &all_of_them, &whole, err) != 0)
		return -1;
	for (struct cursor c = cursor_over(whole); next_counter(&c, &name, &packets);)
		all.count++;
	all.list = arena_new_array(arena, struct counter, all.count + 1);
	all.count = 0;
	for (struct cursor c = cursor_over(whole); next_counter(&c, &name, &packets);)
		all.list[all.count++] = (struct counter){ arena_copy(arena, name.p, name.n), packets };
	*out = all;
	return 0;
}

int counters_take(const char *name, uint64_t *packets, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const struct request one = counters_request(name);
	struct buf answer = buf_in(arena, 0);
	struct bytes told;

	if (ask(NFT_MSG_GETOBJ_RESET, NLM_F_ACK, &one, &answer, err) != 0)
		return -1;
	struct cursor c = cursor_over(buf_view(&answer));
	return next_counter(&c, &told, packets) ? 0 : fail(err, ERR_NOT_FOUND, 0, "there is no counter %s", name);
}

/* ---- elements ---- */

/* The counter of an expression; false: it is another one. */
static bool expression_packets(struct bytes expression, uint64_t *packets)
{
	struct netlink_attribute a;
	struct bytes data = BYTES("");
	bool counts = false;

	for (struct cursor c = cursor_over(expression); netlink_attribute(&c, &a);) {
		if (a.type == NFTA_EXPR_NAME)
			counts = bytes_equal(netlink_name(a.value), BYTES("counter"));
		else if (a.type == NFTA_EXPR_DATA)
			data = a.value;
	}
	return counts && packets_of(data, packets);
}

static struct bytes comment_of(struct bytes kept)
{
	for (struct cursor c = cursor_over(kept); c.left > 0 && !c.failed;) {
		uint8_t type = cursor_u8(&c);
		struct bytes value = cursor_bytes(&c, cursor_u8(&c));
		if (type == COMMENT && !c.failed)
			return netlink_name(value);
	}
	return BYTES("");
}

/* The next element of a message that counted something and bears a comment. */
static bool next_element(struct cursor *elements, struct bytes *comment, uint64_t *packets)
{
	struct netlink_attribute element, a;

	while (netlink_attribute(elements, &element)) {
		*comment = BYTES(""), *packets = 0;
		for (struct cursor c = cursor_over(element.value); netlink_attribute(&c, &a);) {
			if (a.type == NFTA_SET_ELEM_USERDATA)
				*comment = comment_of(a.value);
			else if (a.type == NFTA_SET_ELEM_EXPR)
				(void)expression_packets(a.value, packets);
		}
		if (comment->n && *packets)
			return true;
	}
	return false;
}

struct tally {
	struct arena *arena;
	struct counters all;
	size_t room;
};

static void note(struct tally *t, struct bytes name, uint64_t packets)
{
	if (t->all.count == t->room) {
		struct counter *more = arena_new_array(t->arena, struct counter, t->room = t->room ? 2 * t->room : 16);
		if (t->all.count)
			memcpy(more, t->all.list, t->all.count * sizeof *more);
		t->all.list = more;
	}
	t->all.list[t->all.count++] = (struct counter){ arena_copy(t->arena, name.p, name.n), packets };
}

static int read_set(struct tally *t, const char *set, struct err *err)
{
	ARENA(scratch) = arena_new(0);
	const struct request r = elements_request(set);
	struct netlink_attribute list;
	struct nlmsghdr head;
	struct cursor body;
	struct bytes whole, comment;
	uint64_t packets;

	if (ask_all(scratch, NFT_MSG_GETSETELEM, &r, &whole, err) != 0)
		return -1;
	for (struct cursor c = cursor_over(whole); netlink_message(&c, &head, &body);) {
		cursor_take(&body, NLMSG_ALIGN(sizeof(struct nfgenmsg)));
		while (netlink_attribute(&body, &list))
			if (list.type == NFTA_SET_ELEM_LIST_ELEMENTS)
				for (struct cursor elements = cursor_over(list.value); next_element(&elements, &comment, &packets);)
					note(t, comment, packets);
	}
	return 0;
}

/* The name of a set whose elements count; "" of another. */
static struct bytes counting_set(struct cursor *body)
{
	struct bytes name = BYTES("");
	struct netlink_attribute a;
	bool counts = false;

	cursor_take(body, NLMSG_ALIGN(sizeof(struct nfgenmsg)));
	while (netlink_attribute(body, &a)) {
		if (a.type == NFTA_SET_NAME)
			name = netlink_name(a.value);
		counts |= a.type == NFTA_SET_EXPR;
	}
	return counts ? name : BYTES("");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct counter *)a)->name, ((const struct counter *)b)->name);
}

int counters_read_elements(struct arena *arena, struct counters *out, struct err *err)
{
	ARENA(scratch) = arena_new(0);
	const struct request r = sets_request();
	struct tally t = { .arena = arena };
	struct nlmsghdr head;
	struct cursor body;
	struct bytes sets;
	size_t kept = 0;

	if (ask_all(scratch, NFT_MSG_GETSET, &r, &sets, err) != 0)
		return -1;
	for (struct cursor c = cursor_over(sets); netlink_message(&c, &head, &body);) {
		struct bytes name = counting_set(&body);
		if (name.n && read_set(&t, arena_copy(scratch, name.p, name.n), err) != 0)
			return -1;
	}
	sort_items(t.all.list, t.all.count, sizeof *t.all.list, by_name);
	for (size_t i = 0; i < t.all.count; i++)
		if (kept && by_name(&t.all.list[kept - 1], &t.all.list[i]) == 0)
			t.all.list[kept - 1].packets += t.all.list[i].packets;
		else
			t.all.list[kept++] = t.all.list[i];
	*out = (struct counters){ t.all.list, kept };
	return 0;
}
