/* 系の間の受け渡しの文 — carry file from internet to lgwan sanitize approve by manager keep 7 days refused 7 days limit 200 MB { owner "…" reason "…" },
 * and what rules.c adds: format pdf text, links remove … Nothing is carried between zones that is not sanitised and approved. article: s2.11 s6.3.2b */
#include "policy/parse.h"

static const char *const carried[] = { "file", NULL };
static const char *const approvers[] = { "manager", NULL };
static const char *const day_words[] = { "days", "day", NULL };
static const char *const units[] = { "KB", "MB", "GB", NULL };

static int zone(struct parser *p, struct text *name, struct policy_place *at)
{
	struct token t;

	if (parse_zone_name(p, &t) != 0)
		return -1;
	*name = t.text, *at = t.at;
	return 0;
}

static int from(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;

	(void)word;
	return zone(p, &c->from, &c->from_at);
}

static int to(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;

	(void)word;
	return zone(p, &c->to, &c->to_at);
}

static int sanitize(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;

	(void)p, (void)word;
	c->sanitize = true;
	return 0;
}

static int approve(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	unsigned which;

	(void)word;
	if (parse_the(p, "by") != 0 || parse_one_of(p, approvers, &which, "承認する人", "who approves") != 0)
		return -1;
	c->approver = POLICY_MANAGER;
	return 0;
}

static int keep(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	struct policy_place at;
	unsigned which;

	(void)word;
	if (parse_number(p, 1, POLICY_KEEP_DAYS_MOST, &c->keep_days, &at, "保存する日数", "the number of days it is kept") != 0)
		return -1;
	return parse_one_of(p, day_words, &which, "「days」", "\"days\"");
}

/* Not said: the usual days (POLICY_REFUSED_DAYS_USUAL); then it is not written either, so that a text from before means what it meant. */
static int refused(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	struct policy_place at;
	unsigned which;

	(void)word;
	if (parse_number(p, 1, POLICY_KEEP_DAYS_MOST, &c->refused_days, &at, "断ったファイルの原本を隔離しておく日数", "the days a refused original is kept in quarantine") != 0)
		return -1;
	return parse_one_of(p, day_words, &which, "「days」", "\"days\"");
}

static int limit(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;
	struct policy_place at;
	uint64_t n;
	unsigned unit;

	(void)word;
	if (parse_number(p, 1, POLICY_CARRY_BYTES_MOST, &n, &at, "大きさの上限", "the largest size") != 0)
		return -1;
	if (parse_one_of(p, units, &unit, "大きさの単位", "the unit of the size") != 0)
		return -1;
	if (n > (uint64_t)POLICY_CARRY_BYTES_MOST >> 10 * (unit + 1))
		return tell(&p->tell, at, "受け渡すファイルの大きさは %d MB までです。", "a carried file has at most %d MB", POLICY_CARRY_BYTES_MOST >> 20);
	c->limit_bytes = n << 10 * (unit + 1);
	return 0;
}

static int owner(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;

	(void)word;
	return parse_said(p, &c->owner, "責任者", "who is responsible");
}

static int reason(struct parser *p, void *self, const struct token *word)
{
	struct policy_carry *c = self;

	(void)word;
	return parse_said(p, &c->reason, "理由", "the reason");
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause own[] = {
		{ "from", from, true, false, "どの系から", "from which zone" },
		{ "to", to, true, false, "どの系へ", "to which zone" },
		{ "sanitize", sanitize, true, false, "無害化。しない受け渡しは書けません", "nothing is carried without it" },
		{ "approve", approve, true, false, "承認する人。例: approve by manager", "who approves: approve by manager" },
		{ "keep", keep, true, false, "保存する日数。例: keep 7 days", "how long it is kept: keep 7 days" },
		{ "refused", refused, false, false, "断ったファイルの原本を隔離しておく日数。例: refused 7 days", "how long a refused original is kept: refused 7 days" },
		{ "limit", limit, true, false, "大きさの上限。例: limit 200 MB", "the largest size: limit 200 MB" },
		{ "owner", owner, false, false, "責任者", "who is responsible" },
		{ "reason", reason, false, false, "理由", "why" },
	};
	struct clause clauses[COUNT(own) + RULE_CLAUSES];
	struct policy *policy = p->policy;
	struct policy_carry c = { .owner = TEXT(""), .reason = TEXT(""), .at = head->at };
	unsigned what;

	memcpy(clauses, own, sizeof own);
	memcpy(clauses + COUNT(own), rule_clauses, sizeof rule_clauses);
	if (policy->carry_count == POLICY_CARRIES_MOST)
		return tell(&p->tell, head->at, "carryの文が多すぎます（上限 %d）。", "more than %d carry statements", POLICY_CARRIES_MOST);
	if (parse_one_of(p, carried, &what, "受け渡すもの", "what is carried") != 0)
		return -1;
	c.what = POLICY_FILE;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &c) != 0)
		return -1;
	if (policy_carry_between(policy, c.what, c.from.p, c.to.p))
		return tell(&p->tell, head->at, "同じ受け渡し（%s、%sから%sへ）がすでに書かれています。", "this is carried already: %s from %s to %s", carried[c.what], c.from.p,
			    c.to.p);
	policy->carries = policy_grow(p->tell.arena, policy->carries, policy->carry_count, sizeof *policy->carries);
	policy->carries[policy->carry_count++] = c;
	return 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	for (size_t i = 0; i < policy->carry_count; i++) {
		const struct policy_carry *c = &policy->carries[i];
		if (policy_check_zone_name(t, policy, &(struct policy_name){ c->from, c->from_at }) != 0 ||
		    policy_check_zone_name(t, policy, &(struct policy_name){ c->to, c->to_at }) != 0)
			return -1;
		if (text_equal(c->from, c->to))
			return tell(t, c->to_at, "同じ系の中の受け渡しです。別の系を書いてください。", "it is carried from a zone to itself");
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->carry_count; i++) {
		const struct policy_carry *c = &policy->carries[i];
		unsigned unit = 0;
		while (unit < 2 && c->limit_bytes % ((uint64_t)1 << 10 * (unit + 2)) == 0)
			unit++;
		buf_printf(out, "\ncarry %s from %s to %s sanitize approve by %s keep %llu %s", carried[c->what], c->from.p, c->to.p,
			   approvers[c->approver], (unsigned long long)c->keep_days, day_words[c->keep_days == 1]);
		if (c->refused_days)
			buf_printf(out, " refused %llu %s", (unsigned long long)c->refused_days, day_words[c->refused_days == 1]);
		buf_printf(out, " limit %llu %s", (unsigned long long)(c->limit_bytes >> 10 * (unit + 1)), units[unit]);
		bool more = policy_has_rules(&c->rules) || c->owner.n || c->reason.n;
		buf_str(out, more ? " {\n" : "\n");
		policy_write_rules(out, &c->rules);
		policy_write_said(out, "owner", c->owner);
		policy_write_said(out, "reason", c->reason);
		buf_str(out, more ? "}\n" : "");
	}
}

const struct statement statement_carry = { .word = "carry", .read = read, .check = check, .write = write };
