/* 許可の文 — allow juki-lookup from madoguchi to juki-server service juki log { owner "…" reason "…" expires 2027-03-31 }: what may be opened between two sides,
 * on whose word, why and until when. Without owner, reason and expiry no text is good; 特定通信 ("specific communication") names its party and its legal
 * basis besides. article: s2.11 s6.3.1a s6.3.2a */
#include "policy/parse.h"
#include "base/calendar.h"
#include "base/code.h"

static const char *const pers[] = { [POLICY_PER_SECOND] = "second", [POLICY_PER_MINUTE] = "minute", [POLICY_PER_HOUR] = "hour", NULL };
static const char *const days[] = { "weekdays", "weekends", "everyday", NULL };
static const unsigned day_sets[] = { POLICY_WEEKDAYS, POLICY_WEEKENDS, POLICY_EVERY_DAY };

static int from(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_side(p, &a->from);
}

static int to(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_side(p, &a->to);
}

static int service(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_service_name(p, &a->services, &a->service_count);
}

static int via(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	a->via_gate = true, a->via_at = word->at;
	return parse_the(p, "gate");
}

static int logged(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)p, (void)word;
	a->log = true;
	return 0;
}

/* rate 10 per second */
static int rate(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;
	struct policy_place at;
	unsigned which;

	(void)word;
	if (parse_number(p, 1, POLICY_RATE_MOST, &a->rate, &at, "新しい接続の数", "a number of new connections") != 0 || parse_the(p, "per") != 0 ||
	    parse_one_of(p, pers, &which, "時間の単位", "a unit of time") != 0)
		return -1;
	a->per = (enum policy_per)which;
	return 0;
}

/* 08:30, to 24:00 */
static int minute(struct parser *p, unsigned *out)
{
	const struct text t = p->next.text;
	uint64_t hour = 0, minute = 0;
	bool good = p->next.kind == TOKEN_BARE && t.n == 5 && t.p[2] == ':';
	struct token taken;

	for (size_t i = 0; good && i < 5; i++)
		good = i == 2 || (t.p[i] >= '0' && t.p[i] <= '9');
	if (good)
		hour = (uint64_t)(t.p[0] - '0') * 10 + (uint64_t)(t.p[1] - '0'), minute = (uint64_t)(t.p[3] - '0') * 10 + (uint64_t)(t.p[4] - '0');
	if (!good || minute > 59 || hour * 60 + minute > 24 * 60) {
		parse_wanted(p, "時刻", "a time of day");
		return tell_expected(&p->tell, "4桁の時刻。例: 08:30", "four digits of a time: 08:30");
	}
	*out = (unsigned)(hour * 60 + minute);
	return parse_take(p, &taken);
}

/* between 08:30 and 17:15 on weekdays */
static int between(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;
	unsigned which;

	if (minute(p, &a->window_from) != 0 || parse_the(p, "and") != 0 || minute(p, &a->window_to) != 0 || parse_the(p, "on") != 0 ||
	    parse_one_of(p, days, &which, "曜日", "days of the week") != 0)
		return -1;
	if (a->window_from >= a->window_to)
		return tell(&p->tell, word->at, "終わりの時刻は、始まりの時刻より後にしてください。夜をまたぐときは、二つのallowに分けます。",
			    "the end comes after the beginning; for a night write two allows");
	a->has_window = true, a->window_days = day_sets[which], a->window_at = word->at;
	return 0;
}

static int specific(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	a->specific = true, a->specific_at = word->at;
	return parse_the(p, "communication");
}

static int owner(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_said(p, &a->owner, "責任者", "who is responsible");
}

static int party(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_said(p, &a->party, "通信の相手方", "the party on the other side");
}

static int basis(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_said(p, &a->basis, "根拠（法令や協定）", "the basis in law or agreement");
}

static int reason(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;

	(void)word;
	return parse_said(p, &a->reason, "理由", "the reason");
}

/* Holds until the end of that day in Japan. Any way of writing a day; words in a string: "令和9年3月31日". */
static int expires(struct parser *p, void *self, const struct token *word)
{
	struct policy_allow *a = self;
	struct token t;
	int64_t day;

	(void)word;
	if (p->next.kind == TOKEN_END || p->next.kind == TOKEN_OPEN || p->next.kind == TOKEN_CLOSE || calendar_read_day(p->next.text, &day, NULL) != 0) {
		parse_wanted(p, "期限の日", "the last day");
		return tell_expected(&p->tell, "実在する日。例: 2027-03-31、\"令和9年3月31日\"", "a day that exists: 2027-03-31");
	}
	a->expires = day + DAY_SECONDS;
	return parse_take(p, &t);
}

/* Each is proven in the kernel by itself (zones/prove.h): there may be many, not any number. */
static int count_end(struct parser *p, const struct token *head, int64_t end)
{
	size_t i = 0;

	while (i < p->end_count && p->ends[i] != end)
		i++;
	if (i == POLICY_EXPIRIES_MOST)
		return tell(&p->tell, head->at, "allowの期限の日が多すぎます（上限 %d 種類）。年度末などにそろえてください。", "more than %d different last days: let them end together, with the fiscal year",
			    POLICY_EXPIRIES_MOST);
	p->ends[i] = end, p->end_count = MAX(p->end_count, i + 1);
	return 0;
}

static int read(struct parser *p, const struct token *head)
{
	static const struct clause clauses[] = {
		{ "from", from, true, false, "どこから。系・機器・組の名前かgate", "from where: a zone, a host, a group or gate" },
		{ "to", to, true, false, "どこへ。系・機器・組の名前かgate", "to where: a zone, a host, a group or gate" },
		{ "service", service, true, true, "通信の種類。例: service web", "what for: service web" },
		{ "via", via, false, false, "関所を経るものだけ: via gate", "only by way of the gate: via gate" },
		{ "log", logged, false, false, "新しい接続を記録する", "each new connection is logged" },
		{ "rate", rate, false, false, "新しい接続の上限。例: rate 10 per second", "new connections at most: rate 10 per second" },
		{ "between", between, false, false, "時間帯。例: between 08:30 and 17:15 on weekdays", "hours: between 08:30 and 17:15 on weekdays" },
		{ "specific", specific, false, false, "特定通信: specific communication", "特定通信: specific communication" },
		{ "party", party, false, false, "相手方", "the party on the other side" },
		{ "owner", owner, true, false, "責任者", "who is responsible" },
		{ "basis", basis, false, false, "根拠となる法令や協定", "the basis in law or agreement" },
		{ "reason", reason, true, false, "理由", "why" },
		{ "expires", expires, true, false, "期限。例: expires 2027-03-31", "its last day: expires 2027-03-31" },
	};
	struct policy *policy = p->policy;
	struct policy_allow a = { .party = TEXT(""), .basis = TEXT("") };
	struct token id;

	if (policy->allow_count == POLICY_ALLOWS_MOST)
		return tell(&p->tell, head->at, "allowの文が多すぎます（上限 %d）。", "more than %d allow statements", POLICY_ALLOWS_MOST);
	if (parse_name(p, &id, "許可の名前", "a name for what is allowed") != 0)
		return -1;
	a.id = id.text, a.at = id.at;
	if (parse_clauses(p, head, clauses, COUNT(clauses), &a) != 0 || count_end(p, head, a.expires) != 0)
		return -1;
	policy->allows = policy_grow(p->tell.arena, policy->allows, policy->allow_count, sizeof *policy->allows);
	policy->allows[policy->allow_count++] = a;
	return 0;
}

static int complete(const struct teller *t, const struct policy *policy, const struct policy_allow *a)
{
	struct policy_side from = policy_side_of(policy, &a->from), to = policy_side_of(policy, &a->to);

	if (a->specific && a->party.n == 0)
		return tell(t, a->specific_at, "特定通信には、相手方（party）を書いてください。", "a specific communication names its party");
	if (a->specific && a->basis.n == 0)
		return tell(t, a->specific_at, "特定通信には、根拠（basis）を書いてください。", "a specific communication names its basis");
	if (a->via_gate && (from.kind == POLICY_SIDE_GATE || to.kind == POLICY_SIDE_GATE))
		return tell(t, a->via_at, "関所そのものとの通信に「via gate」は書けません。", "what is from or to the gate does not go by way of it");
	if (a->via_gate && !policy->has_gate)
		return tell(t, a->via_at, "関所（gate）の文がありません。", "the text has no gate");
	return 0;
}

/* Both ways end at an address of the gate in the zone of that side. */
static int by_the_gate(const struct teller *t, const struct policy *policy, const struct policy_allow *a)
{
	struct policy_name gate = { TEXT("gate"), a->via_at };

	return policy_check_sides(t, policy, &a->from, &gate) != 0 || policy_check_sides(t, policy, &gate, &a->to) != 0 ? -1 : 0;
}

static int check(const struct teller *t, const struct policy *policy)
{
	const struct policy_kind kind = { "許可", "allow" };

	if (policy_check_names(t, policy->allows, policy->allow_count, sizeof *policy->allows, offsetof(struct policy_allow, at), &kind) != 0)
		return -1;
	for (size_t i = 0; i < policy->allow_count; i++) {
		const struct policy_allow *a = &policy->allows[i];
		if (policy_check_sides(t, policy, &a->from, &a->to) != 0 || policy_check_services(t, policy, a->services, a->service_count) != 0 || complete(t, policy, a) != 0 ||
		    (a->via_gate && by_the_gate(t, policy, a) != 0))
			return -1;
	}
	return 0;
}

static void write(struct buf *out, const struct policy *policy)
{
	char day[CALENDAR_TEXT];

	for (size_t i = 0; i < policy->allow_count; i++) {
		const struct policy_allow *a = &policy->allows[i];
		buf_printf(out, "\nallow %s from %s to %s", a->id.p, a->from.name.p, a->to.name.p);
		for (size_t k = 0; k < a->service_count; k++)
			buf_printf(out, " service %s", a->services[k].name.p);
		buf_str(out, a->via_gate ? " via gate" : "");
		buf_str(out, a->log ? " log" : "");
		if (a->rate)
			buf_printf(out, " rate %llu per %s", (unsigned long long)a->rate, pers[a->per]);
		buf_str(out, " {\n");
		for (size_t k = 0; a->has_window && k < COUNT(day_sets); k++)
			if (day_sets[k] == a->window_days)
				buf_printf(out, "    between %02u:%02u and %02u:%02u on %s\n", a->window_from / 60, a->window_from % 60, a->window_to / 60, a->window_to % 60, days[k]);
		buf_str(out, a->specific ? "    specific communication\n" : "");
		policy_write_said(out, "party", a->party);
		policy_write_said(out, "owner", a->owner);
		policy_write_said(out, "basis", a->basis);
		policy_write_said(out, "reason", a->reason);
		buf_printf(out, "    expires %s\n}\n", calendar_day_iso(a->expires - DAY_SECONDS, day));
	}
}

const struct statement statement_allow = { .word = "allow", .read = read, .check = check, .write = write };
