/* 規則のまわり — fuzz target: what a kernel tells of links and routes is refused, or judged; the first line of settings tells where the messages begin. */
#include "policy/policy.h"
#include "zones/surroundings.h"

static const char text[] = "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\nzone lgwan \"LGWAN接続系\" { net 10.2.0.0/16 net 2001:db8:2::/48 on eth2 }\n"
			   "zone internet \"インターネット接続系\" { net 10.3.0.0/16 on eth3 world }\ngate \"関所\" { address 10.2.0.1 }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	const uint8_t *end = size ? memchr(data, 0, size) : NULL; /* settings have no NUL, messages begin with a length */
	size_t n = end ? (size_t)(end - data) : 0;
	const struct surroundings_taken taken = { bytes_of(data + n + (end != NULL), size - n - (end != NULL)), bytes_of(data, n) };
	struct surroundings around;
	struct doubts doubts = { 0 };
	const struct policy *policy;
	struct err err;

	must(policy_of_text(arena, "fuzz", bytes_of(text, strlen(text)), &policy, NULL, &err) == 0);
	if (surroundings_read(arena, &taken, &around, &err) != 0)
		return 0;
	prove_surroundings(arena, policy, 1796083200, &around, &doubts);
	bool has_both = surroundings_link_named(&around, TEXT("eth2")) && surroundings_link_named(&around, TEXT("eth3"));
	must(has_both || doubts.count > 0);
	return 0;
}
