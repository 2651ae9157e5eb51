/* nftの呼び出し — contract in nft.h. */
#include "zones/nft.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/program.h"
#include "zones/limits.h"
#include "zones/netlink.h"
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

static int run(const char *const *argv, struct bytes input, struct arena *arena, struct bytes *out, struct err *err)
{
	const struct program nft = { .argv = argv, .input = input, .most = ZONES_DUMP_BYTES_MOST, .seconds = ZONES_NFT_SECONDS_MOST };

	return program_run(arena, &nft, out, err);
}

int nft_load(struct bytes batch, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct bytes printed;

	return run((const char *const[]){ "nft", "-f", "-", NULL }, batch, arena, &printed, err);
}

/* ---- a swap without a gap ---- */

/* The same batch for the name beside. */
static int beside(struct bytes batch, struct buf *out, struct err *err)
{
	static const char head[] = "add table " NFT_TABLE "\ndelete table " NFT_TABLE "\ntable " NFT_TABLE " {\n";

	if (!bytes_start(batch, bytes_of(head, sizeof head - 1)))
		return fail(err, ERR_INVALID, 0, "this is no batch for the table " NFT_TABLE);
	buf_str(out, "add table " NFT_BESIDE "\ndelete table " NFT_BESIDE "\ntable " NFT_BESIDE " {\n");
	buf_put(out, batch.p + sizeof head - 1, batch.n - (sizeof head - 1));
	return 0;
}

/* One transaction of a swap. */
static int step(struct bytes batch, unsigned *steps, struct err *err)
{
	if (nft_load(batch, err) != 0)
		return -1;
	++*steps;
	return 0;
}

static int each_base(const char *format, const char *table, unsigned *steps, struct err *err)
{
	static const char *const hooks[] = { "input", "output", "forward" };
	char line[512] = "";

	for (size_t i = 0; i < COUNT(hooks); i++) {
		size_t n = strlen(line);
		snprintf(line + n, sizeof line - n, format, table, hooks[i], hooks[i]);
	}
	return step(bytes_of(line, strlen(line)), steps, err);
}

/* Its rules give way: first what falls through passes on to the other table, then everything does. What is being judged meanwhile still finds its sets. */
static int step_aside(const char *table, unsigned *steps, struct err *err)
{
	return each_base("add chain %s %s { type filter hook %s priority 0 ; policy accept ; }\n", table, steps, err) != 0 || each_base("flush chain %s %s\n", table, steps, err) != 0 ? -1 : 0;
}

/* A table without chains judges nothing: it does not stand. `list tables` would tell as much, but nft reads every element of every set for it. */
static int stands(const char *table, bool *found, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *wanted = arena_printf(arena, "table %s {", table);
	struct bytes chains, line;

	if (run((const char *const[]){ "nft", "list", "chains", NULL }, BYTES(""), arena, &chains, err) != 0)
		return -1;
	*found = false;
	for (struct cursor c = cursor_over(chains); cursor_next_line(&c, &line);)
		*found |= bytes_equal(line, bytes_of(wanted, strlen(wanted)));
	return 0;
}

static int swap(struct bytes batch, unsigned *steps, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct buf other = buf_in(arena, 0);
	struct err why = { 0 };
	bool found;

	if (stands(NFT_TABLE, &found, err) != 0)
		return -1;
	if (!found) /* what a process that died left beside still judges: it goes once the rules are there */
		return step(batch, steps, err) != 0 ? -1 : step(BYTES("add table " NFT_BESIDE "\ndelete table " NFT_BESIDE "\n"), steps, err);
	if (beside(batch, &other, err) != 0 || step(buf_view(&other), steps, err) != 0)
		return -1;
	/* Chains that somebody made otherwise do not give way; then a moment's gap, closed, is all that is lost. */
	(void)!step_aside(NFT_TABLE, steps, &why);
	if (step(batch, steps, err) != 0)
		return -1;
	return step_aside(NFT_BESIDE, steps, err) != 0 ? -1 : step(BYTES("delete table " NFT_BESIDE "\n"), steps, err);
}

int nft_swap(struct bytes batch, uint32_t *alone, struct err *err)
{
	uint32_t before = 0, after = 0;
	struct err why = { 0 };
	unsigned steps = 0;
	bool counted = alone && nft_generation(&before, &why) == 0;

	if (swap(batch, &steps, err) != 0)
		return -1;
	/* Each transaction of anybody's is one number. */
	if (alone)
		*alone = counted && nft_generation(&after, &why) == 0 && after == before + steps ? after : 0;
	return 0;
}

/* ---- listings ---- */

int nft_generation(uint32_t *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const struct nfgenmsg any = { .nfgen_family = NFPROTO_UNSPEC };
	struct buf answer = buf_in(arena, 0);
	struct netlink_attribute a;
	struct nlmsghdr head;
	struct cursor body;
	FD(fd) = netlink_open(NETLINK_NETFILTER, NULL, 0, err);

	if (fd < 0 || netlink_ask(fd, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, NLM_F_ACK, &any, sizeof any, &answer, err) != 0)
		return -1;
	for (struct cursor c = cursor_over(buf_view(&answer)); netlink_message(&c, &head, &body);) {
		cursor_take(&body, NLMSG_ALIGN(sizeof any));
		while (netlink_attribute(&body, &a))
			if (a.type == NFTA_GEN_ID && a.value.n == sizeof *out) {
				*out = ntohl(netlink_u32(a.value));
				return 0;
			}
	}
	return fail(err, ERR_MALFORMED, 0, "the kernel does not say the number of its rules");
}

int nft_list(struct arena *arena, enum nft_listing what, struct bytes *out, struct err *err)
{
	return run((const char *const[]){ "nft", what == NFT_JSON ? "-j" : "-s", "-n", "list", "ruleset", NULL }, BYTES(""), arena, out, err);
}
