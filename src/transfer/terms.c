/* 受け渡しの条件 — contract in terms.h. */
#include "transfer/terms.h"
#include "policy/policy.h"
#include "store/client.h"
#include "store/limits.h"

/* The sanitiser's own limit on a file: the policy may say less, not more. */
enum {
#define LIMIT(name, usual, ceiling, unit, ja, en) ROW_##name,
#include "sanitize/limits.def"
#undef LIMIT
};
static const uint64_t sanitiser_takes[] = {
#define LIMIT(name, usual, ceiling, unit, ja, en) usual,
#include "sanitize/limits.def"
#undef LIMIT
};

/* What a text says, for one direction: worked out once for a text, which its hash names. */
struct said {
	uint8_t hash[SHA256_BYTES];
	bool known;
	struct transfer_terms terms;
	struct rules rules;
};

static int read_text(struct arena *arena, struct bytes content, unsigned direction, struct said *out, struct err *err)
{
	bool out_of = direction == DIRECTION_OUT;
	const struct policy *policy;

	if (policy_of_text(arena, "in force", content, &policy, NULL, err) != 0)
		return -1;
	const struct policy_carry *carry = policy_carry_between(policy, POLICY_FILE, out_of ? "lgwan" : "internet", out_of ? "internet" : "lgwan");
	if (!carry || !carry->sanitize)
		return fail(err, ERR_NOT_FOUND, 0, "受け渡しを定めた方針がまだありません (the policy carries no sanitised files %s lgwan)",
			    out_of ? "out of" : "into");
	out->terms = (struct transfer_terms){
		.bytes_most = MIN(MIN(carry->limit_bytes, sanitiser_takes[ROW_FILE_BYTES]), (uint64_t)STORE_FILE_BYTES_MOST),
		.refused_days = (uint32_t)(carry->refused_days ? carry->refused_days : POLICY_REFUSED_DAYS_USUAL),
		.keep_days = (uint32_t)MIN(carry->keep_days, (uint64_t)STORE_KEEP_DAYS_MOST),
	};
	out->rules = carry->rules;
	return 0;
}

static int in_force(struct store_reader *reader, unsigned direction, const struct said **out, struct err *err)
{
	static struct said by_direction[DIRECTION_OUT + 1];
	ARENA(arena) = arena_new(0);
	struct store_policy policy;
	struct said fresh = { .known = true };

	must(direction < COUNT(by_direction));
	struct said *said = &by_direction[direction];
	if (store_read_policy(reader, arena, &policy, err) != 0)
		return err->code == ERR_NOT_FOUND ? fail(err, ERR_NOT_FOUND, 0, "受け渡しを定めた方針がまだありません (no policy is in force)") : -1;
	must(policy.hash.n == SHA256_BYTES);
	memcpy(fresh.hash, policy.hash.p, SHA256_BYTES);
	if (!said->known || memcmp(said->hash, fresh.hash, SHA256_BYTES) != 0) {
		if (read_text(arena, policy.content, direction, &fresh, err) != 0)
			return -1;
		*said = fresh;
	}
	*out = said;
	return 0;
}

int rules_in_force(struct store_reader *reader, unsigned direction, struct rules *out, struct err *err)
{
	const struct said *said = NULL;

	if (in_force(reader, direction, &said, err) != 0)
		return -1;
	*out = said->rules;
	return 0;
}

int terms_in_force(struct store_reader *reader, unsigned direction, struct transfer_terms *out, struct err *err)
{
	const struct said *said = NULL;

	if (in_force(reader, direction, &said, err) != 0)
		return -1;
	*out = said->terms;
	return 0;
}
