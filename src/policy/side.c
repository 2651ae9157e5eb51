/* 通信の両側 — zones, hosts, groups and the gate by their names, and what allow and never ask of them. */
#include "policy/parse.h"

static const void *named(const void *items, size_t count, size_t size, struct text name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct text *at = (const void *)((const uint8_t *)items + middle * size);
		int d = policy_text_order(*at, name);
		if (d == 0)
			return at;
		*(d < 0 ? &low : &high) = d < 0 ? middle + 1 : middle;
	}
	return NULL;
}
_Static_assert(offsetof(struct policy_host, name) == 0 && offsetof(struct policy_group, name) == 0 && offsetof(struct policy_service, name) == 0 &&
		       offsetof(struct policy_allow, id) == 0 && offsetof(struct policy_never, id) == 0,
	       "a name stands first in what bears it");

const struct policy_host *policy_host_named(const struct policy *policy, struct text name)
{
	return named(policy->hosts, policy->host_count, sizeof *policy->hosts, name);
}

const struct policy_group *policy_group_named(const struct policy *policy, struct text name)
{
	return named(policy->groups, policy->group_count, sizeof *policy->groups, name);
}

const struct policy_service *policy_service_named(const struct policy *policy, struct text name)
{
	return named(policy->services, policy->service_count, sizeof *policy->services, name);
}

bool policy_side_named(const struct policy *policy, struct text name, struct policy_side *out)
{
	struct policy_side side = { .zone = policy_zone_named(policy, name) };

	if (text_is(name, "gate") && policy->has_gate)
		side = (struct policy_side){ .kind = POLICY_SIDE_GATE, .label = policy->gate.label };
	else if (side.zone)
		side.kind = POLICY_SIDE_ZONE, side.label = side.zone->label;
	else if ((side.host = policy_host_named(policy, name)))
		side.kind = POLICY_SIDE_HOST, side.label = side.host->label, side.zone = policy_zone_named(policy, side.host->zone.name);
	else if ((side.group = policy_group_named(policy, name)))
		side.kind = POLICY_SIDE_GROUP, side.label = side.group->label, side.zone = policy_zone_named(policy, side.group->zone.name);
	else
		return false;
	*out = side;
	return true;
}

struct policy_side policy_side_of(const struct policy *policy, const struct policy_name *name)
{
	struct policy_side side;

	must(policy_side_named(policy, name->name, &side));
	return side;
}

int policy_name_order(const void *a, const void *b)
{
	return policy_text_order(((const struct policy_name *)a)->name, ((const struct policy_name *)b)->name);
}

bool policy_place_later(const struct policy_place *a, const struct policy_place *b)
{
	return a->file == b->file && a->offset > b->offset;
}

/* ---- reading ---- */

int parse_side(struct parser *p, struct policy_name *out)
{
	struct token t;

	if (p->next.kind == TOKEN_WORD && text_is(p->next.text, "gate")) {
		if (parse_take(p, &t) != 0)
			return -1;
	} else if (parse_name(p, &t, "系・機器・組の名前か「gate」", "the name of a zone, a host or a group, or \"gate\"") != 0) {
		return -1;
	}
	*out = (struct policy_name){ t.text, t.at };
	return 0;
}

int parse_service_name(struct parser *p, struct policy_name **services, size_t *count)
{
	struct token t;

	if (*count == POLICY_ALLOWED_SERVICES_MOST)
		return tell(&p->tell, p->next.at, "一つの文に書ける通信の種類は %d までです。", "at most %d services in one statement", POLICY_ALLOWED_SERVICES_MOST);
	if (parse_name(p, &t, "通信の種類の名前", "a service's name") != 0)
		return -1;
	*services = policy_grow(p->tell.arena, *services, *count, sizeof **services);
	(*services)[(*count)++] = (struct policy_name){ t.text, t.at };
	return 0;
}

/* ---- checking ---- */

static const char *list_of(struct arena *arena, const char *const *words)
{
	enum { SHOWN = 12 };
	struct buf list = buf_in(arena, 0);

	for (size_t i = 0; words[i]; i++) {
		if (i == SHOWN) {
			buf_str(&list, " ...");
			break;
		}
		buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	return list.n ? buf_string(&list) : NULL;
}

int tell_unknown(const struct teller *t, const struct policy_name *name, const struct policy_kind *kind, const char *const *words)
{
	const char *list = list_of(t->arena, words);

	tell_two(t, name->at, arena_printf(t->arena, "%s「%s」は、どこにも書かれていません。", kind->ja, name->name.p),
		 arena_printf(t->arena, "there is no %s %s", kind->en, name->name.p));
	if (list)
		tell_expected(t, list, list);
	return tell_nearest(t, name->name, words);
}

int policy_check_names(const struct teller *t, const void *items, size_t count, size_t size, size_t place_at, const struct policy_kind *kind)
{
	for (size_t i = 1; i < count; i++) {
		const uint8_t *a = (const uint8_t *)items + (i - 1) * size, *b = a + size;
		struct text x, y;
		struct policy_place at, other;
		memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
		memcpy(&at, a + place_at, sizeof at), memcpy(&other, b + place_at, sizeof other);
		if (text_equal(x, y))
			return tell_two(t, policy_place_later(&at, &other) ? at : other, arena_printf(t->arena, "%s「%s」はすでに書かれています。", kind->ja, x.p),
					arena_printf(t->arena, "the %s %s stands already", kind->en, x.p));
	}
	return 0;
}

int policy_check_zone_name(const struct teller *t, const struct policy *policy, const struct policy_name *zone)
{
	if (policy_zone_named(policy, zone->name))
		return 0;
	const char **words = arena_new_array(t->arena, const char *, policy->zone_count + 1);
	for (size_t i = 0; i < policy->zone_count; i++)
		words[i] = policy->zones[i].name.p;
	return tell_unknown(t, zone, &(struct policy_kind){ "系", "zone" }, words);
}

int policy_check_services(const struct teller *t, const struct policy *policy, const struct policy_name *services, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i && text_equal(services[i - 1].name, services[i].name))
			return tell(t, services[i].at, "通信の種類「%s」が二度書かれています。", "the service %s stands twice", services[i].name.p);
		if (policy_service_named(policy, services[i].name))
			continue;
		const char **words = arena_new_array(t->arena, const char *, policy->service_count + 1);
		for (size_t k = 0; k < policy->service_count; k++)
			words[k] = policy->services[k].name.p;
		return tell_unknown(t, &services[i], &(struct policy_kind){ "通信の種類（service）", "service" }, words);
	}
	return 0;
}

static int side_known(const struct teller *t, const struct policy *policy, const struct policy_name *name, struct policy_side *out)
{
	const char **words;
	size_t n = 0;

	if (policy_side_named(policy, name->name, out))
		return 0;
	if (text_is(name->name, "gate"))
		return tell(t, name->at, "関所（gate）の文がありません。", "the text has no gate");
	words = arena_new_array(t->arena, const char *, policy->zone_count + policy->host_count + policy->group_count + 2);
	for (size_t i = 0; i < policy->zone_count; i++)
		words[n++] = policy->zones[i].name.p;
	for (size_t i = 0; i < policy->group_count; i++)
		words[n++] = policy->groups[i].name.p;
	for (size_t i = 0; i < policy->host_count; i++)
		words[n++] = policy->hosts[i].name.p;
	return tell_unknown(t, name, &(struct policy_kind){ "系・機器・組", "zone, host or group" }, words);
}

static void families_of_nets(const struct policy_net *nets, size_t count, bool have[2])
{
	for (size_t i = 0; i < count; i++)
		have[nets[i].v6] = true;
}

/* Which of the two kinds of addresses the side has. The gate: within the other side's zone. */
static void families_of(const struct policy *policy, const struct policy_side *side, const struct policy_zone *other, bool have[2])
{
	have[0] = have[1] = false;
	switch (side->kind) {
	case POLICY_SIDE_ZONE:
		families_of_nets(side->zone->nets, side->zone->net_count, have);
		have[0] |= side->zone->world, have[1] |= side->zone->world;
		break;
	case POLICY_SIDE_HOST:
		families_of_nets(side->host->addresses, side->host->address_count, have);
		break;
	case POLICY_SIDE_GROUP:
		families_of_nets(side->group->nets, side->group->net_count, have);
		for (size_t i = 0; i < side->group->host_count; i++) {
			const struct policy_host *host = policy_host_named(policy, side->group->hosts[i].name);
			if (host)
				families_of_nets(host->addresses, host->address_count, have);
		}
		break;
	case POLICY_SIDE_GATE:
		for (size_t i = 0; i < policy->gate.address_count; i++)
			if (policy_zone_around(policy, &policy->gate.addresses[i]) == other)
				have[policy->gate.addresses[i].v6] = true;
	}
}

static int side_reachable(const struct teller *t, const struct policy_name *name, const struct policy_side *side, const bool have[2], const struct policy_zone *other)
{
	if (side->zone && side->zone->interface_count == 0)
		return tell(t, name->at, "系「%s」に接続口（on）が書かれていないので、通信を書けません。", "the zone %s has no interface (on), so nothing can reach it",
			    side->zone->name.p);
	if (have[0] || have[1])
		return 0;
	if (side->kind == POLICY_SIDE_GATE)
		return tell(t, name->at, "関所に、系「%s」の側のアドレスがありません。", "the gate has no address in the zone %s", other->name.p);
	return tell(t, name->at, "「%s」には、アドレスが一つも書かれていません。", "%s has no address at all", name->name.p);
}

int policy_check_sides(const struct teller *t, const struct policy *policy, const struct policy_name *from, const struct policy_name *to)
{
	struct policy_side a, b;
	bool has_a[2], has_b[2];

	if (side_known(t, policy, from, &a) != 0 || side_known(t, policy, to, &b) != 0)
		return -1;
	if (a.kind == POLICY_SIDE_GATE && b.kind == POLICY_SIDE_GATE)
		return tell(t, to->at, "関所から関所への通信は、書くまでもなく関所の中で行われます。", "what the gate says to itself stays within it; it is not written");
	families_of(policy, &a, b.zone, has_a), families_of(policy, &b, a.zone, has_b);
	if (side_reachable(t, from, &a, has_a, b.zone) != 0 || side_reachable(t, to, &b, has_b, a.zone) != 0)
		return -1;
	if (!(has_a[0] && has_b[0]) && !(has_a[1] && has_b[1]))
		return tell(t, to->at, "「%s」と「%s」に、共通するアドレスの種類（IPv4・IPv6）がありません。", "%s and %s have no kind of address in common (IPv4, IPv6)",
			    from->name.p, to->name.p);
	return 0;
}
