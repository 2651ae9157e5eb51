/* 禁止の文 — never juki-to-world from mynumber to internet { owner "…" reason "…" }: what no allow may open, however it is written. A text in which one does is
 * refused (src/zones/laws). article: s6.3.1a s6.3.2a */
#include "policy/parse.h"

static int from(struct parser *p, void *self, const struct token *word)
{
	struct policy_never *n = self;

	(void)word;
	return parse_side(p, &n->from);
}

static int to(struct parser *p, void *self, const struct token *word)
{
	struct policy_never *n = self;

	(void)word;
	return parse_side(p, &n->to);
}

static int service(struct parser *p, void *self, const struct token *word)
{
	struct policy_never *n = self;

	(void)word;
	return parse_service_name(p, &n->services, &n->service_count);
}

static int owner(struct parser *p, void *self, const struct token *word)
{
	struct policy_never *n = self;

	(void)word;
	return parse_said(p, &n->owner, "責任者", "who is responsible");
}

static int reason(struct parser *p, void *self, const struct token *word)
{
	struct policy_never *n = self;

	(void)word;
	return parse_said(p, &n->reason, "理由", "the reason");
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "from", from, true, false, "どこから。系・機器・組の名前かgate", "from where: a zone, a host, a group or gate" },
		{ "to", to, true, false, "どこへ。系・機器・組の名前かgate", "to where: a zone, a host, a group or gate" },
		{ "service", service, false, true, "通信の種類。書かなければ、すべて", "what for; not said: everything" },
		{ "owner", owner, false, false, "責任者", "who is responsible" },
		{ "reason", reason, false, false, "理由", "why" },
	};
	struct policy *policy = p->policy;
	struct policy_never n = { .owner = TEXT(""), .reason = TEXT("") };
	struct token id;

	if (policy->never_count == POLICY_NEVERS_MOST)
		return tell(&p->tell, head->at, "neverの文が多すぎます（上限 %d）。", "more than %d never statements", POLICY_NEVERS_MOST);
	if (parse_name(p, &id, "禁止の名前", "a name for what is forbidden") != 0)
		return -1;
	n.id = id.text, n.at = id.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &n) != 0)
		return -1;
	policy->nevers = policy_grow(p->tell.arena, policy->nevers, policy->never_count, sizeof *policy->nevers);
	policy->nevers[policy->never_count++] = n;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	const struct policy_kind kind = { "禁止", "never" };

	if (policy_check_names(t, policy->nevers, policy->never_count, sizeof *policy->nevers, offsetof(struct policy_never, at), &kind) != 0)
		return -1;
	for (size_t i = 0; i < policy->never_count; i++) {
		const struct policy_never *n = &policy->nevers[i];
		if (policy_check_sides(t, policy, &n->from, &n->to) != 0 || policy_check_services(t, policy, n->services, n->service_count) != 0)
			return -1;
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->never_count; i++) {
		const struct policy_never *n = &policy->nevers[i];
		bool more = n->owner.n || n->reason.n;
		buf_printf(out, "\nnever %s from %s to %s", n->id.p, n->from.name.p, n->to.name.p);
		for (size_t k = 0; k < n->service_count; k++)
			buf_printf(out, " service %s", n->services[k].name.p);
		buf_str(out, more ? " {\n" : "\n");
		policy_write_said(out, "owner", n->owner);
		policy_write_said(out, "reason", n->reason);
		buf_str(out, more ? "}\n" : "");
	}
}

const struct statement statement_never = { .word = "never", .read = read, .check = check, .write = write };
