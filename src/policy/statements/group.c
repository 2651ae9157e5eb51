/* 組の文 — group juki "住民基本台帳事務の端末" in mynumber { host juki-1 net 10.1.20.0/24 }: machines and networks of one zone that share an affair (事務).
 * article: s6.3.1a s6.3.2a */
#include "policy/parse.h"

static int in(struct parser *p, void *self, const struct token *word)
{
	struct policy_group *group = self;
	struct token t;

	(void)word;
	if (parse_zone_name(p, &t) != 0)
		return -1;
	group->zone = (struct policy_name){ t.text, t.at };
	return 0;
}

static int too_many(struct parser *p, const struct policy_group *group, struct policy_place at)
{
	if (group->host_count + group->net_count < POLICY_MEMBERS_MOST)
		return 0;
	return tell(&p->tell, at, "一つの組に書ける機器とネットワークは、合わせて %d までです。", "a group has at most %d hosts and networks", POLICY_MEMBERS_MOST);
}

static int host(struct parser *p, void *self, const struct token *word)
{
	struct policy_group *group = self;
	struct token t;

	(void)word;
	if (parse_name(p, &t, "機器の名前", "a host's name") != 0 || too_many(p, group, t.at) != 0)
		return -1;
	group->hosts = policy_grow(p->tell.arena, group->hosts, group->host_count, sizeof *group->hosts);
	group->hosts[group->host_count++] = (struct policy_name){ t.text, t.at };
	return 0;
}

static int net(struct parser *p, void *self, const struct token *word)
{
	struct policy_group *group = self;
	struct policy_net n;

	(void)word;
	if (parse_net(p, false, &n) != 0 || too_many(p, group, n.at) != 0)
		return -1;
	group->nets = policy_grow(p->tell.arena, group->nets, group->net_count, sizeof *group->nets);
	group->nets[group->net_count++] = n;
	return 0;
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "in", in, true, false, "どの系の組か。例: in lgwan", "the zone it is in: in lgwan" },
		{ "host", host, false, true, "組に入る機器", "a host of it" },
		{ "net", net, false, true, "組に入るネットワーク", "a network of it" },
	};
	struct policy *policy = p->policy;
	struct policy_group group = { 0 };
	struct token name;

	if (policy->group_count == POLICY_GROUPS_MOST)
		return tell(&p->tell, head->at, "組が多すぎます（上限 %d）。", "more than %d groups", POLICY_GROUPS_MOST);
	if (parse_name(p, &name, "組の名前", "a group's name") != 0 || parse_said(p, &group.label, "組の日本語名", "the group's Japanese name") != 0)
		return -1;
	group.name = name.text, group.at = name.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &group) != 0)
		return -1;
	policy->groups = policy_grow(p->tell.arena, policy->groups, policy->group_count, sizeof *policy->groups);
	policy->groups[policy->group_count++] = group;
	return 0;
}

static int hosts_fit(const struct teller *t, const struct policy *policy, const struct policy_group *group)
{
	for (size_t i = 0; i < group->host_count; i++) {
		const struct policy_name *name = &group->hosts[i];
		const struct policy_host *member = policy_host_named(policy, name->name);
		if (i && text_equal(name->name, group->hosts[i - 1].name))
			return tell(t, name->at, "機器「%s」が二度書かれています。", "the host %s stands twice", name->name.p);
		if (!member) {
			const char **words = arena_new_array(t->arena, const char *, policy->host_count + 1);
			for (size_t k = 0; k < policy->host_count; k++)
				words[k] = policy->hosts[k].name.p;
			return tell_unknown(t, name, &(struct policy_kind){ "機器", "host" }, words);
		}
		if (!text_equal(member->zone.name, group->zone.name))
			return tell(t, name->at, "機器「%s」は系「%s」のものです。組には、同じ系の機器だけを入れてください。", "the host %s is of zone %s; a group has hosts of its own zone only",
				    name->name.p, member->zone.name.p);
	}
	return 0;
}

static int nets_fit(const struct teller *t, const struct policy *policy, const struct policy_group *group)
{
	const struct policy_zone *zone = policy_zone_named(policy, group->zone.name);

	for (size_t i = 0; i < group->net_count; i++) {
		const struct policy_net *n = &group->nets[i];
		if (i && policy_net_overlap(n - 1, n))
			return tell(t, policy_place_later(&n[-1].at, &n->at) ? n[-1].at : n->at, "組の中で、ネットワークが重なっています。", "networks of the group overlap");
		if (policy_zone_around(policy, n) != zone)
			return tell(t, n->at, "このネットワークは、系「%s」のネットワークの中に収まっていません。", "this network is within no network of zone %s", zone->name.p);
	}
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	const struct policy_kind kind = { "組", "group" };

	if (policy_check_names(t, policy->groups, policy->group_count, sizeof *policy->groups, offsetof(struct policy_group, at), &kind) != 0)
		return -1;
	for (size_t i = 0; i < policy->group_count; i++) {
		const struct policy_group *group = &policy->groups[i];
		if (policy_zone_named(policy, group->name) || policy_host_named(policy, group->name))
			return tell(t, group->at, "「%s」は系か機器の名前です。組には別の名前を付けてください。", "%s is the name of a zone or a host; give the group another", group->name.p);
		if (policy_check_zone_name(t, policy, &group->zone) != 0)
			return -1;
		if (group->host_count + group->net_count == 0)
			return tell(t, group->at, "組「%s」に、機器もネットワークもありません。", "the group %s has neither hosts nor networks", group->name.p);
		if (hosts_fit(t, policy, group) != 0 || nets_fit(t, policy, group) != 0)
			return -1;
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->group_count; i++) {
		ARENA(arena) = arena_new(0);
		const struct policy_group *group = &policy->groups[i];
		buf_printf(out, "\ngroup %s ", group->name.p);
		policy_write_string(out, group->label);
		buf_printf(out, " in %s {\n", group->zone.name.p);
		for (size_t k = 0; k < group->host_count; k++)
			buf_printf(out, "    host %s\n", group->hosts[k].name.p);
		for (size_t k = 0; k < group->net_count; k++)
			buf_printf(out, "    net %s\n", policy_net_text(arena, &group->nets[k]));
		buf_str(out, "}\n");
	}
}

const struct statement statement_group = { .word = "group", .read = read, .check = check, .write = write };
