/* 規則の数え — contract in counters.h. By the kernel's own headers. */
#include "zones/counters.h"
#include "base/file.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

enum { READINGS_MOST = 3 };

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

/* name NULL: all. */
static struct request request_of(const char *name)
{
	const struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };
	const uint32_t counter = htonl(NFT_OBJECT_COUNTER);
	struct request r = { .n = NLMSG_ALIGN(sizeof family) };

	memcpy(r.bytes, &family, sizeof family);
	put_attribute(&r, NFTA_OBJ_TABLE, "sekisho", sizeof "sekisho");
	put_attribute(&r, NFTA_OBJ_TYPE, &counter, sizeof counter);
	if (name)
		put_attribute(&r, NFTA_OBJ_NAME, name, strlen(name) + 1);
	return r;
}

/* ERR_NOT_FOUND: there is no such table or counter. */
static int ask(uint16_t kind, uint16_t flags, const char *name, struct buf *out, struct err *err)
{
	const struct request r = request_of(name);
	FD(fd) = netlink_open(NETLINK_NETFILTER, NULL, 0, err);

	if (fd < 0)
		return -1;
	if (netlink_ask(fd, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | kind), flags, r.bytes, r.n, out, err) == 0)
		return 0;
	return err->code == ERR_UNSUPPORTED && err->at == ENOENT ? fail(err, ERR_NOT_FOUND, 0, "there is no such counter") : -1;
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
	struct buf answer = { 0 };
	struct counters all = { 0 };
	struct bytes name;
	uint64_t packets;
	int result = -1;

	for (int i = 0; i < READINGS_MOST; i++) {
		answer = buf_in(arena, ZONES_DUMP_BYTES_MOST);
		result = ask(NFT_MSG_GETOBJ, NLM_F_DUMP, NULL, &answer, err);
		if (result == 0 || err->code != ERR_BUSY)
			break;
	}
	if (result != 0 && err->code != ERR_NOT_FOUND)
		return -1;
	struct bytes whole = result == 0 ? buf_view(&answer) : BYTES("");
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
	struct buf answer = buf_in(arena, 0);
	struct bytes told;

	if (ask(NFT_MSG_GETOBJ_RESET, NLM_F_ACK, name, &answer, err) != 0)
		return -1;
	struct cursor c = cursor_over(buf_view(&answer));
	return next_counter(&c, &told, packets) ? 0 : fail(err, ERR_NOT_FOUND, 0, "there is no counter %s", name);
}
