/* 文の点検 — what can only be said of a whole text: each statement's kind checks its own; here they are asked in turn. */
#include "policy/parse.h"

const struct policy_zone *policy_zone_named(const struct policy *policy, struct text name)
{
	for (size_t i = 0; i < policy->zone_count; i++)
		if (text_equal(policy->zones[i].name, name))
			return &policy->zones[i];
	return NULL;
}

const struct policy_carry *policy_carry_between(const struct policy *policy, enum policy_carried what, const char *from, const char *to)
{
	for (size_t i = 0; i < policy->carry_count; i++)
		if (policy->carries[i].what == what && text_is(policy->carries[i].from, from) && text_is(policy->carries[i].to, to))
			return &policy->carries[i];
	return NULL;
}

int policy_check(const struct teller *t, const struct policy *policy)
{
	for (const struct statement *const *s = statements; *s; s++)
		if ((*s)->check && (*s)->check(t, policy) != 0)
			return -1;
	return 0;
}

int policy_text_order(struct text a, struct text b)
{
	int d = memcmp(a.p, b.p, MIN(a.n, b.n));

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int zone_order(const void *a, const void *b)
{
	return policy_text_order(((const struct policy_zone *)a)->name, ((const struct policy_zone *)b)->name);
}

int policy_interface_order(const void *a, const void *b)
{
	return policy_text_order(((const struct policy_interface *)a)->name, ((const struct policy_interface *)b)->name);
}

int policy_carry_order(const void *a, const void *b)
{
	const struct policy_carry *x = a, *y = b;
	int d = (x->what > y->what) - (x->what < y->what);

	d = d ? d : policy_text_order(x->from, y->from);
	return d ? d : policy_text_order(x->to, y->to);
}

int policy_ports_order(const void *a, const void *b)
{
	const struct policy_ports *x = a, *y = b;

	if (x->transport != y->transport)
		return x->transport > y->transport ? 1 : -1;
	return x->low != y->low ? (x->low > y->low ? 1 : -1) : (x->high > y->high) - (x->high < y->high);
}

int policy_icmp_order(const void *a, const void *b)
{
	const struct policy_icmp *x = a, *y = b;

	return x->v6 != y->v6 ? (x->v6 ? 1 : -1) : (x->type > y->type) - (x->type < y->type);
}

/* What is named is sorted by its name, which stands first. */
static int first_name_order(const void *a, const void *b)
{
	return policy_text_order(*(const struct text *)a, *(const struct text *)b);
}

static void sort(void *items, size_t count, size_t size, int (*order)(const void *, const void *))
{
	if (count)
		qsort(items, count, size, order);
}

void policy_settle(struct policy *policy)
{
	sort(policy->zones, policy->zone_count, sizeof *policy->zones, zone_order);
	for (size_t i = 0; i < policy->zone_count; i++) {
		struct policy_zone *zone = &policy->zones[i];
		sort(zone->nets, zone->net_count, sizeof *zone->nets, policy_net_order);
		sort(zone->interfaces, zone->interface_count, sizeof *zone->interfaces, policy_interface_order);
	}
	sort(policy->gate.addresses, policy->gate.address_count, sizeof *policy->gate.addresses, policy_net_order);
	for (size_t i = 0; i < policy->host_count; i++)
		sort(policy->hosts[i].addresses, policy->hosts[i].address_count, sizeof *policy->hosts[i].addresses, policy_net_order);
	for (size_t i = 0; i < policy->group_count; i++) {
		sort(policy->groups[i].hosts, policy->groups[i].host_count, sizeof *policy->groups[i].hosts, policy_name_order);
		sort(policy->groups[i].nets, policy->groups[i].net_count, sizeof *policy->groups[i].nets, policy_net_order);
	}
	for (size_t i = 0; i < policy->service_count; i++) {
		sort(policy->services[i].ports, policy->services[i].ports_count, sizeof *policy->services[i].ports, policy_ports_order);
		sort(policy->services[i].icmps, policy->services[i].icmp_count, sizeof *policy->services[i].icmps, policy_icmp_order);
	}
	for (size_t i = 0; i < policy->allow_count; i++)
		sort(policy->allows[i].services, policy->allows[i].service_count, sizeof *policy->allows[i].services, policy_name_order);
	for (size_t i = 0; i < policy->never_count; i++)
		sort(policy->nevers[i].services, policy->nevers[i].service_count, sizeof *policy->nevers[i].services, policy_name_order);
	sort(policy->hosts, policy->host_count, sizeof *policy->hosts, first_name_order);
	sort(policy->groups, policy->group_count, sizeof *policy->groups, first_name_order);
	sort(policy->services, policy->service_count, sizeof *policy->services, first_name_order);
	sort(policy->allows, policy->allow_count, sizeof *policy->allows, first_name_order);
	sort(policy->nevers, policy->never_count, sizeof *policy->nevers, first_name_order);
	sort(policy->carries, policy->carry_count, sizeof *policy->carries, policy_carry_order);
}
