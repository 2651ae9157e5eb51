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

static int net_order(const void *a, const void *b)
{
	const struct policy_net *x = a, *y = b;

	if (x->v6 != y->v6)
		return x->v6 ? 1 : -1;
	int d = memcmp(x->address, y->address, sizeof x->address);
	return d ? d : (x->prefix > y->prefix) - (x->prefix < y->prefix);
}

static int interface_order(const void *a, const void *b)
{
	return policy_text_order(((const struct policy_interface *)a)->name, ((const struct policy_interface *)b)->name);
}

static int carry_order(const void *a, const void *b)
{
	const struct policy_carry *x = a, *y = b;
	int d = (x->what > y->what) - (x->what < y->what);

	d = d ? d : policy_text_order(x->from, y->from);
	return d ? d : policy_text_order(x->to, y->to);
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
		sort(zone->nets, zone->net_count, sizeof *zone->nets, net_order);
		sort(zone->interfaces, zone->interface_count, sizeof *zone->interfaces, interface_order);
	}
	sort(policy->carries, policy->carry_count, sizeof *policy->carries, carry_order);
}

static bool zones_equal(const struct policy_zone *a, const struct policy_zone *b)
{
	if (!text_equal(a->name, b->name) || !text_equal(a->label, b->label) || a->net_count != b->net_count || a->interface_count != b->interface_count)
		return false;
	for (size_t i = 0; i < a->net_count; i++)
		if (net_order(&a->nets[i], &b->nets[i]) != 0)
			return false;
	for (size_t i = 0; i < a->interface_count; i++)
		if (interface_order(&a->interfaces[i], &b->interfaces[i]) != 0)
			return false;
	return true;
}

static bool carries_equal(const struct policy_carry *a, const struct policy_carry *b)
{
	return carry_order(a, b) == 0 && a->sanitize == b->sanitize && a->approver == b->approver && a->keep_days == b->keep_days &&
	       a->limit_bytes == b->limit_bytes && a->refused_days == b->refused_days && rules_equal(&a->rules, &b->rules) && text_equal(a->owner, b->owner) && text_equal(a->reason, b->reason);
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	const struct policy_city *x = &a->city, *y = &b->city;

	if (!text_equal(x->name, y->name) || !text_equal(x->code, y->code) || !text_equal(x->site, y->site) || x->fiscal_month != y->fiscal_month)
		return false;
	if (a->default_deny != b->default_deny || a->zone_count != b->zone_count || a->carry_count != b->carry_count)
		return false;
	for (size_t i = 0; i < a->zone_count; i++)
		if (!zones_equal(&a->zones[i], &b->zones[i]))
			return false;
	for (size_t i = 0; i < a->carry_count; i++)
		if (!carries_equal(&a->carries[i], &b->carries[i]))
			return false;
	return true;
}
