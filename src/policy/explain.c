/* ポリシー文の説明 — what a text means for files that are carried, in sentences a section chief can check: who may hand what to whom, and what
 * becomes of it on the way. */
#include "policy/parse.h"
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

void policy_explain(struct buf *out, const struct policy *policy, bool japanese)
{
	for (size_t i = 0; i < policy->carry_count; i++)
		explain_carry(out, policy, &policy->carries[i], japanese);
	buf_str(out, japanese ? "ここに書かれていない受け渡しは、行わない。\n" : "Nothing else is carried.\n");
}
