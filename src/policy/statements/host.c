/* 機器の文 — host juki-server "住民基本台帳サーバー" in mynumber { address 10.1.0.10 address 2001:db8:1::10 }: a machine that allow can name. Its addresses
 * lie in its zone and are no other machine's. article: s6.3.1a s6.3.2a */
#include "policy/parse.h"

static int in(struct parser *p, void *self, const struct token *word)
{
	struct policy_host *host = self;
	struct token t;

	(void)word;
	if (parse_zone_name(p, &t) != 0)
		return -1;
	host->zone = (struct policy_name){ t.text, t.at };
	return 0;
}

static int address(struct parser *p, void *self, const struct token *word)
{
	struct policy_host *host = self;
	struct policy_place at = p->next.at;
	struct policy_net net;

	(void)word;
	if (parse_net(p, true, &net) != 0)
		return -1;
	if (host->address_count == POLICY_ADDRESSES_MOST)
		return tell(&p->tell, at, "アドレスが多すぎます（上限 %d）。", "more than %d addresses", POLICY_ADDRESSES_MOST);
	host->addresses = policy_grow(p->tell.arena, host->addresses, host->address_count, sizeof *host->addresses);
	host->addresses[host->address_count++] = net;
	return 0;
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "in", in, true, false, "どの系の機器か。例: in lgwan", "the zone it is in: in lgwan" },
		{ "address", address, true, true, "アドレス。例: address 10.2.0.5", "its address: address 10.2.0.5" },
	};
	struct policy *policy = p->policy;
	struct policy_host host = { 0 };
	struct token name;

	if (policy->host_count == POLICY_HOSTS_MOST)
		return tell(&p->tell, head->at, "機器が多すぎます（上限 %d）。", "more than %d hosts", POLICY_HOSTS_MOST);
	if (parse_name(p, &name, "機器の名前", "a host's name") != 0 || parse_said(p, &host.label, "機器の日本語名", "the host's Japanese name") != 0)
		return -1;
	host.name = name.text, host.at = name.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &host) != 0)
		return -1;
	policy->hosts = policy_grow(p->tell.arena, policy->hosts, policy->host_count, sizeof *policy->hosts);
	policy->hosts[policy->host_count++] = host;
	return 0;
}

/* Public addresses that are in no zone's network belong to the zone that holds the world, if there is one. */
static int address_in_zone(const struct teller *t, const struct policy *policy, const struct policy_host *host, const struct policy_net *a)
{
	const struct policy_zone *zone = policy_zone_named(policy, host->zone.name), *around = policy_zone_around(policy, a);

	if (around == zone || (!around && zone->world && policy_net_in_world(policy, a)))
		return 0;
	if (around)
		return tell(t, a->at, "このアドレスは、系「%s」ではなく系「%s」のネットワークの中にあります。", "this address is not in zone %s but in a network of zone %s",
			    zone->name.p, around->name.p);
	return tell(t, a->at, "このアドレスは、系「%s」のネットワークの中にありません。", "this address is in no network of zone %s", zone->name.p);
}

struct owned {
	const struct policy_host *host; /* NULL: the gate */
	const struct policy_net *address;
};

static int owned_order(const void *a, const void *b)
{
	return policy_net_order(((const struct owned *)a)->address, ((const struct owned *)b)->address);
}

/* An address is one machine's, and the gate's are its own. */
static int addresses_differ(const struct teller *t, const struct policy *policy)
{
	size_t count = policy->gate.address_count, n = 0;

	for (size_t i = 0; i < policy->host_count; i++)
		count += policy->hosts[i].address_count;
	struct owned *all = arena_new_array(t->arena, struct owned, count + 1);
	for (size_t i = 0; i < policy->host_count; i++)
		for (size_t k = 0; k < policy->hosts[i].address_count; k++)
			all[n++] = (struct owned){ &policy->hosts[i], &policy->hosts[i].addresses[k] };
	for (size_t i = 0; i < policy->gate.address_count; i++)
		all[n++] = (struct owned){ NULL, &policy->gate.addresses[i] };
	qsort(all, n, sizeof *all, owned_order);
	for (size_t i = 1; i < n; i++) {
		if (owned_order(&all[i - 1], &all[i]) != 0)
			continue;
		bool swap = all[i].host && (!all[i - 1].host || !policy_place_later(&all[i - 1].address->at, &all[i].address->at));
		struct policy_place at = swap ? all[i].address->at : all[i - 1].address->at;
		const struct policy_host *other = swap ? all[i - 1].host : all[i].host;
		return tell(t, at, "このアドレスは、「%s」のアドレスとして、すでに書かれています。", "this address is that of %s already", other ? other->name.p : "gate");
	}
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	const struct policy_kind kind = { "機器", "host" };

	if (policy_check_names(t, policy->hosts, policy->host_count, sizeof *policy->hosts, offsetof(struct policy_host, at), &kind) != 0)
		return -1;
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];
		if (policy_zone_named(policy, host->name))
			return tell(t, host->at, "「%s」は系の名前です。機器には別の名前を付けてください。", "%s is a zone's name; give the host another", host->name.p);
		if (policy_check_zone_name(t, policy, &host->zone) != 0)
			return -1;
		for (size_t k = 0; k < host->address_count; k++)
			if (address_in_zone(t, policy, host, &host->addresses[k]) != 0)
				return -1;
	}
	return addresses_differ(t, policy);
}

static void write(struct buf *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->host_count; i++) {
		ARENA(arena) = arena_new(0);
		const struct policy_host *host = &policy->hosts[i];
		buf_printf(out, "\nhost %s ", host->name.p);
		policy_write_string(out, host->label);
		buf_printf(out, " in %s {\n", host->zone.name.p);
		for (size_t k = 0; k < host->address_count; k++)
			buf_printf(out, "    address %s\n", policy_address_text(arena, &host->addresses[k]));
		buf_str(out, "}\n");
	}
}

const struct statement statement_host = { .word = "host", .read = read, .check = check, .write = write };
