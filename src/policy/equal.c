/* 同じ意味 — whether two texts say the same, wherever and however it was written. Owes nothing to the printer, so that each can be held against the other. */
#include "policy/parse.h"

static bool nets_equal(const struct policy_net *a, size_t a_count, const struct policy_net *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (policy_net_order(&a[i], &b[i]) != 0)
			return false;
	return true;
}

static bool names_equal(const struct policy_name *a, size_t a_count, const struct policy_name *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!text_equal(a[i].name, b[i].name))
			return false;
	return true;
}

static bool zones_equal(const struct policy_zone *a, const struct policy_zone *b)
{
	if (!text_equal(a->name, b->name) || !text_equal(a->label, b->label) || a->world != b->world || a->interface_count != b->interface_count ||
	    !nets_equal(a->nets, a->net_count, b->nets, b->net_count))
		return false;
	for (size_t i = 0; i < a->interface_count; i++)
		if (policy_interface_order(&a->interfaces[i], &b->interfaces[i]) != 0)
			return false;
	return true;
}

static bool hosts_equal(const struct policy_host *a, const struct policy_host *b)
{
	return text_equal(a->name, b->name) && text_equal(a->label, b->label) && text_equal(a->zone.name, b->zone.name) &&
	       nets_equal(a->addresses, a->address_count, b->addresses, b->address_count);
}

static bool groups_equal(const struct policy_group *a, const struct policy_group *b)
{
	return text_equal(a->name, b->name) && text_equal(a->label, b->label) && text_equal(a->zone.name, b->zone.name) &&
	       names_equal(a->hosts, a->host_count, b->hosts, b->host_count) && nets_equal(a->nets, a->net_count, b->nets, b->net_count);
}

static bool services_equal(const struct policy_service *a, const struct policy_service *b)
{
	if (!text_equal(a->name, b->name) || !text_equal(a->label, b->label) || a->ports_count != b->ports_count || a->icmp_count != b->icmp_count)
		return false;
	for (size_t i = 0; i < a->ports_count; i++)
		if (policy_ports_order(&a->ports[i], &b->ports[i]) != 0)
			return false;
	for (size_t i = 0; i < a->icmp_count; i++)
		if (policy_icmp_order(&a->icmps[i], &b->icmps[i]) != 0)
			return false;
	return true;
}

static bool windows_equal(const struct policy_allow *a, const struct policy_allow *b)
{
	return a->has_window == b->has_window &&
	       (!a->has_window || (a->window_from == b->window_from && a->window_to == b->window_to && a->window_days == b->window_days));
}

static bool allows_equal(const struct policy_allow *a, const struct policy_allow *b)
{
	return text_equal(a->id, b->id) && text_equal(a->from.name, b->from.name) && text_equal(a->to.name, b->to.name) &&
	       names_equal(a->services, a->service_count, b->services, b->service_count) && a->via_gate == b->via_gate && a->specific == b->specific && a->log == b->log &&
	       a->rate == b->rate && (a->rate == 0 || a->per == b->per) && windows_equal(a, b) && text_equal(a->owner, b->owner) && text_equal(a->party, b->party) &&
	       text_equal(a->basis, b->basis) && text_equal(a->reason, b->reason) && a->expires == b->expires;
}

static bool nevers_equal(const struct policy_never *a, const struct policy_never *b)
{
	return text_equal(a->id, b->id) && text_equal(a->from.name, b->from.name) && text_equal(a->to.name, b->to.name) &&
	       names_equal(a->services, a->service_count, b->services, b->service_count) && text_equal(a->owner, b->owner) && text_equal(a->reason, b->reason);
}

static bool carries_equal(const struct policy_carry *a, const struct policy_carry *b)
{
	return policy_carry_order(a, b) == 0 && a->sanitize == b->sanitize && a->approver == b->approver && a->keep_days == b->keep_days && a->limit_bytes == b->limit_bytes &&
	       a->refused_days == b->refused_days && rules_equal(&a->rules, &b->rules) && text_equal(a->owner, b->owner) && text_equal(a->reason, b->reason);
}

#define ALL_EQUAL(field, count, same)                                                                                                                              \
	do {                                                                                                                                                       \
		if (a->count != b->count)                                                                                                                          \
			return false;                                                                                                                              \
		for (size_t i = 0; i < a->count; i++)                                                                                                              \
			if (!same(&a->field[i], &b->field[i]))                                                                                                     \
				return false;                                                                                                                      \
	} while (0)

bool policy_equal(const struct policy *a, const struct policy *b)
{
	const struct policy_city *x = &a->city, *y = &b->city;

	if (!text_equal(x->name, y->name) || !text_equal(x->code, y->code) || !text_equal(x->site, y->site) || x->fiscal_month != y->fiscal_month)
		return false;
	if (a->default_deny != b->default_deny || a->has_model != b->has_model || a->model != b->model || a->has_gate != b->has_gate)
		return false;
	if (a->has_gate && (!text_equal(a->gate.label, b->gate.label) || !nets_equal(a->gate.addresses, a->gate.address_count, b->gate.addresses, b->gate.address_count)))
		return false;
	ALL_EQUAL(zones, zone_count, zones_equal);
	ALL_EQUAL(hosts, host_count, hosts_equal);
	ALL_EQUAL(groups, group_count, groups_equal);
	ALL_EQUAL(services, service_count, services_equal);
	ALL_EQUAL(allows, allow_count, allows_equal);
	ALL_EQUAL(nevers, never_count, nevers_equal);
	ALL_EQUAL(carries, carry_count, carries_equal);
	return true;
}
