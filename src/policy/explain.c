/* ポリシー文の説明 — what a text means, in sentences a section chief can check: who may open what to whom and until when; who may hand which files to whom, and
 * what becomes of them on the way. */
#include "policy/parse.h"
#include "base/calendar.h"
#include "sanitize/format.h"

static const char *label_of(const struct policy *policy, struct text name)
{
	const struct policy_zone *zone = policy_zone_named(policy, name);

	return zone ? zone->label.p : name.p;
}

static void explain_methods(struct buf *out, const struct rules *rules, bool japanese)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		const struct rule_word *method = &method_words[rules->methods[i]];
		if (rules->methods[i])
			buf_printf(out, japanese ? "  ・%s（%s）は、%s。\n" : "  - %s (%s): %s\n", japanese ? formats[i].label_ja : formats[i].label_en, formats[i].name,
				   japanese ? method->ja : method->en);
	}
	buf_str(out, japanese ? "  ・ほかの種類は、中身を作り直し、動くものをすべて取り除いてから渡す。\n"
			      : "  - Every other kind is rebuilt without anything that can act.\n");
}

static void explain_features(struct buf *out, const struct rules *rules, bool japanese)
{
	for (int removed = 0; removed < 2; removed++) {
		size_t told = 0;
		for (int i = 0; i < FEATURE_COUNT; i++) {
			if (rules_remove(rules, (enum feature)i) != removed)
				continue;
			const char *before = told++ ? (japanese ? "、" : ", ") : japanese ? "  ・" : removed ? "  - Removed: " : "  - Kept if harmless: ";
			buf_printf(out, "%s%s", before, japanese ? feature_words[i].ja : feature_words[i].en);
		}
		if (told)
			buf_str(out, !japanese ? ".\n" : removed ? "は取り除く。\n" : "は、害のないものを残す。\n");
	}
}

static void explain_carry(struct buf *out, const struct policy *policy, const struct policy_carry *c, bool japanese)
{
	unsigned long long days = c->keep_days, refused = c->refused_days ? c->refused_days : POLICY_REFUSED_DAYS_USUAL, kilobytes = c->limit_bytes >> 10;

	buf_printf(out, japanese ? "%sから%sへ、ファイルを渡せる。\n" : "Files may be carried from %s to %s.\n", label_of(policy, c->from), label_of(policy, c->to));
	buf_printf(out, japanese ? "  ・無害化し、渡す人の所属長が承認したものだけを渡す。一つ %llu KB まで、%llu 日のあいだ受け取れる。\n"
				 : "  - Only sanitised and approved by the sender's manager, up to %llu KB each, for %llu days.\n",
		   kilobytes, days);
	buf_printf(out, japanese ? "  ・無害化できなかったファイルの原本は、%llu 日のあいだ隔離しておく。\n" : "  - The original of a refused file stays in quarantine for %llu days.\n",
		   refused);
	explain_methods(out, &c->rules, japanese);
	explain_features(out, &c->rules, japanese);
	if (c->rules.scan == SCAN_ASKED)
		buf_str(out, japanese ? "  ・ウイルス対策ソフト（ClamAV）が動いていれば、それでも調べる。\n" : "  - ClamAV is asked too, if it runs.\n");
	if (c->rules.scan == SCAN_REQUIRED)
		buf_str(out, japanese ? "  ・ウイルス対策ソフト（ClamAV）でも調べる。調べられないうちは、何も渡さずに待つ。\n"
				      : "  - ClamAV is asked too; as long as it does not answer, files wait and nothing is delivered.\n");
}

static void explain_services(struct buf *out, const struct policy *policy, const struct policy_name *services, size_t count, bool japanese)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%s", i ? (japanese ? "・" : ", ") : "", japanese ? policy_service_named(policy, services[i].name)->label.p : services[i].name.p);
}

static void explain_allow(struct buf *out, const struct policy *policy, const struct policy_allow *a, bool japanese)
{
	static const char *const per_ja[] = { "毎秒", "毎分", "毎時" }, *const per_en[] = { "second", "minute", "hour" };
	struct policy_side from = policy_side_of(policy, &a->from), to = policy_side_of(policy, &a->to);
	char day[CALENDAR_TEXT];

	buf_printf(out, japanese ? "%sから%sへ、" : "From %s to %s: ", japanese ? from.label.p : a->from.name.p, japanese ? to.label.p : a->to.name.p);
	explain_services(out, policy, a->services, a->service_count, japanese);
	buf_printf(out, japanese ? "の通信を%s開ける（%s）。\n" : "%s (%s).\n", a->via_gate ? (japanese ? "関所を経て" : " by way of the gate") : "", a->id.p);
	if (a->specific)
		buf_printf(out, japanese ? "  ・特定通信。相手方は%s、根拠は%s。\n" : "  - A specific communication with %s on the basis of %s.\n", a->party.p, a->basis.p);
	if (a->has_window)
		buf_printf(out, japanese ? "  ・%sの %02u:%02u から %02u:%02u までに限る。\n" : "  - Only %s from %02u:%02u to %02u:%02u.\n",
			   a->window_days == POLICY_EVERY_DAY ? (japanese ? "毎日" : "every day") : a->window_days == POLICY_WEEKDAYS ? (japanese ? "月曜日から金曜日" : "Monday to Friday") : japanese ? "土曜日と日曜日" : "Saturday and Sunday",
			   a->window_from / 60, a->window_from % 60, a->window_to / 60, a->window_to % 60);
	if (a->rate)
		buf_printf(out, japanese ? "  ・新しい接続は%s %llu まで。\n" : "  - New connections at most, per %s: %llu.\n", (japanese ? per_ja : per_en)[a->per], (unsigned long long)a->rate);
	if (a->log)
		buf_str(out, japanese ? "  ・接続を一つずつ記録する。\n" : "  - Each connection is logged.\n");
	buf_printf(out, japanese ? "  ・責任者は%s、理由は%s。%sの終わりまで。\n" : "  - Owner %s, reason %s. Until the end of %s.\n", a->owner.p, a->reason.p,
		   japanese ? calendar_day(a->expires - DAY_SECONDS, day) : calendar_day_iso(a->expires - DAY_SECONDS, day));
}

void policy_explain(struct buf *out, const struct policy *policy, bool japanese)
{
	for (size_t i = 0; i < policy->allow_count; i++)
		explain_allow(out, policy, &policy->allows[i], japanese);
	for (size_t i = 0; i < policy->never_count; i++) {
		const struct policy_never *n = &policy->nevers[i];
		struct policy_side from = policy_side_of(policy, &n->from), to = policy_side_of(policy, &n->to);
		buf_printf(out, japanese ? "%sから%sへの通信%sは、何を許可しても開かない（%s）。\n" : "From %s to %s nothing opens%s, whatever is allowed (%s).\n",
			   japanese ? from.label.p : n->from.name.p, japanese ? to.label.p : n->to.name.p, !n->service_count ? "" : japanese ? "（挙げた種類のもの）" : " of the named services", n->id.p);
	}
	buf_str(out, japanese ? "ここに書かれていない通信は、すべて拒否する。\n" : "Everything else is denied.\n");
	for (size_t i = 0; i < policy->carry_count; i++)
		explain_carry(out, policy, &policy->carries[i], japanese);
	buf_str(out, japanese ? "ここに書かれていない受け渡しは、行わない。\n" : "Nothing else is carried.\n");
}
