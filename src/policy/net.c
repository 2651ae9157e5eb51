/* ネットワークのアドレス — 10.2.0.0/16, 2001:db8:2::/48, and single addresses: how they are read, written and compared. */
#include "policy/parse.h"
#include "base/code.h"
#include <arpa/inet.h>

void policy_net_mask(struct policy_net *net)
{
	for (unsigned i = 0; i < 16; i++)
		net->address[i] &= net->prefix >= 8 * (i + 1) ? 0xff : net->prefix <= 8 * i ? 0 : (uint8_t)(0xff << (8 - net->prefix % 8));
}

static unsigned whole(const struct policy_net *net)
{
	return net->v6 ? 128 : 32;
}

const char *policy_net_text(struct arena *arena, const struct policy_net *net)
{
	char address[INET6_ADDRSTRLEN];

	must(inet_ntop(net->v6 ? AF_INET6 : AF_INET, net->address, address, sizeof address));
	return arena_printf(arena, "%s/%u", address, net->prefix);
}

const char *policy_address_text(struct arena *arena, const struct policy_net *net)
{
	char address[INET6_ADDRSTRLEN];

	must(inet_ntop(net->v6 ? AF_INET6 : AF_INET, net->address, address, sizeof address));
	return net->prefix == whole(net) ? arena_printf(arena, "%s", address) : policy_net_text(arena, net);
}

int policy_net_read(struct arena *arena, struct text t, struct policy_net *out)
{
	const char *slash = t.n ? memchr(t.p, '/', t.n) : NULL;
	struct policy_net net = { 0 };
	uint64_t prefix;

	size_t n = slash ? (size_t)(slash - t.p) : t.n;
	const char *address = arena_copy(arena, t.p, n);
	net.v6 = n && memchr(t.p, ':', n) != NULL;
	if (inet_pton(net.v6 ? AF_INET6 : AF_INET, address, net.address) != 1)
		return -1;
	net.prefix = whole(&net);
	if (slash) {
		if (decimal_decode(bytes_of(slash + 1, t.n - n - 1), whole(&net), &prefix, NULL) != 0)
			return -1;
		net.prefix = (unsigned)prefix;
	}
	struct policy_net masked = net;
	policy_net_mask(&masked);
	*out = masked;
	return memcmp(masked.address, net.address, sizeof net.address) ? 1 : 0;
}

/* A network is written with its prefix, a machine's address without. */
int parse_net(struct parser *p, bool of_host, struct policy_net *out)
{
	bool has_prefix = p->next.text.n && memchr(p->next.text.p, '/', p->next.text.n);
	struct token t;

	if (p->next.kind != TOKEN_BARE && p->next.kind != TOKEN_WORD && p->next.kind != TOKEN_NUMBER)
		return of_host ? parse_wanted(p, "アドレス（例: 10.2.0.5）", "an address such as 10.2.0.5")
			       : parse_wanted(p, "ネットワーク（例: 10.2.0.0/16）", "a network such as 10.2.0.0/16");
	int result = has_prefix == of_host ? -1 : policy_net_read(p->tell.arena, p->next.text, out);
	if (result < 0)
		return of_host ? parse_wanted(p, "アドレス（例: 10.2.0.5、2001:db8:2::5）", "an address such as 10.2.0.5 or 2001:db8:2::5")
			       : parse_wanted(p, "ネットワーク（例: 10.2.0.0/16、2001:db8:2::/48）", "a network such as 10.2.0.0/16 or 2001:db8:2::/48");
	if (result > 0) {
		const char *meant = policy_net_text(p->tell.arena, out);
		tell(&p->tell, p->next.at, "ネットワークの範囲を外れたビットがあります。", "bits are set behind the prefix");
		return tell_expected(&p->tell, meant, meant);
	}
	out->at = p->next.at;
	return parse_take(p, &t);
}

int policy_net_order(const void *a, const void *b)
{
	const struct policy_net *x = a, *y = b;

	if (x->v6 != y->v6)
		return x->v6 ? 1 : -1;
	int d = memcmp(x->address, y->address, sizeof x->address);
	return d ? d : (x->prefix > y->prefix) - (x->prefix < y->prefix);
}

bool policy_net_within(const struct policy_net *inner, const struct policy_net *outer)
{
	struct policy_net x = *inner;

	if (inner->v6 != outer->v6 || inner->prefix < outer->prefix)
		return false;
	x.prefix = outer->prefix;
	policy_net_mask(&x);
	return memcmp(x.address, outer->address, sizeof x.address) == 0;
}

bool policy_net_overlap(const struct policy_net *a, const struct policy_net *b)
{
	return a->prefix < b->prefix ? policy_net_within(b, a) : policy_net_within(a, b);
}

const struct policy_zone *policy_zone_around(const struct policy *policy, const struct policy_net *net)
{
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].net_count; k++)
			if (policy_net_within(net, &policy->zones[i].nets[k]))
				return &policy->zones[i];
	return NULL;
}

#define V4(a, b, length) { .address = { a, b }, .prefix = length }
#define V6(a, b, c, d, length) { .v6 = true, .address = { a, b, c, d }, .prefix = length }
const struct policy_net policy_not_world[] = {
	V4(0, 0, 8), V4(10, 0, 8), V4(100, 64, 10), V4(127, 0, 8), V4(169, 254, 16), V4(172, 16, 12), V4(192, 168, 16), V4(198, 18, 15), V4(224, 0, 3),
	V6(0, 0, 0, 0, 3), V6(0x40, 0, 0, 0, 2), V6(0x80, 0, 0, 0, 1),
};
const size_t policy_not_world_count = COUNT(policy_not_world);

bool policy_net_in_world(const struct policy *policy, const struct policy_net *net)
{
	for (size_t i = 0; i < policy_not_world_count; i++)
		if (policy_net_overlap(net, &policy_not_world[i]))
			return false;
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].net_count; k++)
			if (policy_net_overlap(net, &policy->zones[i].nets[k]))
				return false;
	return true;
}
