/* 庁内のきまり — fuzz target: a text is refused with a message that can be shown, or its canonical form says the same. */
#include "base/text.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(a) = arena_new(0);
	const struct policy *policy, *again;
	struct policy_fault fault;
	struct rules rules;
	struct err err;

	if (policy_rules_of_text(a, "rules", bytes_of(data, size), &rules, &fault, &err) != 0)
		(void)policy_fault_text(a, &fault, true);

	if (policy_of_text(a, "fuzz", bytes_of(data, size), &policy, &fault, &err) != 0) {
		const char *ja = policy_fault_text(a, &fault, true), *en = policy_fault_text(a, &fault, false);
		must(is_utf8(bytes_of(ja, strlen(ja))) && is_utf8(bytes_of(en, strlen(en))) && err.say[0]);
		return 0;
	}
	struct buf told = buf_in(a, 0);
	policy_explain(&told, policy, true);
	must(is_utf8(buf_view(&told)));
	struct text canonical = policy_text_of(a, policy);
	must(policy_of_text(a, "canonical", bytes_of_text(canonical), &again, &fault, &err) == 0);
	must(policy_equal(policy, again) && text_equal(canonical, policy_text_of(a, again)));
	return 0;
}
