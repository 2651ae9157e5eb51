/* 関所の文 — gate "関所" { address 10.1.0.1 address 10.2.0.1 }: the addresses of the router itself. What it serves, and what it asks for, allow says
 * ("to gate", "from gate"). article: s2.11 s6.3.2a */
#include "policy/parse.h"

static int address(struct parser *p, void *self, const struct token *word)
{
	struct policy_gate *gate = self;
	struct policy_place at = p->next.at;
	struct policy_net net;

	(void)word;
	if (parse_net(p, true, &net) != 0)
		return -1;
	if (gate->address_count == POLICY_ADDRESSES_MOST)
		return tell(&p->tell, at, "アドレスが多すぎます（上限 %d）。", "more than %d addresses", POLICY_ADDRESSES_MOST);
	gate->addresses = policy_grow(p->tell.arena, gate->addresses, gate->address_count, sizeof *gate->addresses);
	gate->addresses[gate->address_count++] = net;
	return 0;
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = { { "address", address, true, true, "関所のアドレス。例: address 10.2.0.1", "an address of the gate: address 10.2.0.1" } };
	struct policy_gate gate = { .at = head->at };

	if (p->policy->has_gate)
		return tell(&p->tell, head->at, "関所（gate）の文は一つだけです。", "there is one gate only");
	if (parse_said(p, &gate.label, "関所の日本語名", "the gate's Japanese name") != 0 || parse_clauses(p, head, clauses, COUNT(clauses), &gate) != 0)
		return -1;
	p->policy->gate = gate, p->policy->has_gate = true;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	for (size_t i = 0; i < policy->gate.address_count; i++) {
		const struct policy_net *a = &policy->gate.addresses[i], *before = i ? a - 1 : NULL;
		if (before && policy_net_order(before, a) == 0)
			return tell(t, policy_place_later(&before->at, &a->at) ? before->at : a->at, "同じアドレスが二度書かれています。", "the same address stands twice");
		if (!policy_zone_around(policy, a))
			return tell(t, a->at, "関所のアドレスは、どれかの系のネットワークの中に書いてください。", "the gate's address is in no zone's network");
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	ARENA(arena) = arena_new(0);

	if (!policy->has_gate)
		return;
	buf_str(out, "\ngate ");
	policy_write_string(out, policy->gate.label);
	buf_str(out, " {\n");
	for (size_t i = 0; i < policy->gate.address_count; i++)
		buf_printf(out, "    address %s\n", policy_address_text(arena, &policy->gate.addresses[i]));
	buf_str(out, "}\n");
}

const struct statement statement_gate = { .word = "gate", .read = read, .check = check, .write = write };
