/* トラストファイルのファズ — a quorum of nobody is met only where the file asks for nobody. */
#include "evidence/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	bool none[TRUST_LOGS_MOST + TRUST_WITNESSES_MOST] = { 0 }, all[TRUST_LOGS_MOST + TRUST_WITNESSES_MOST];
	struct trust t;

	if (trust_read(arena, bytes_of(data, size), &t, NULL) != 0)
		return 0;
	must(t.logs <= TRUST_LOGS_MOST && t.key_count - t.logs <= TRUST_WITNESSES_MOST);
	memset(all, 1, sizeof all);
	must(trust_is_quorum(&t, none) == t.any_quorum);
	must(trust_is_quorum(&t, all));
	return 0;
}
