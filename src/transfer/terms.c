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

/* The sentence of the policy in force about this direction. */
static int carry_in_force(struct store_reader *reader, struct arena *arena, unsigned direction, const struct policy_carry **out, struct err *err)
{
	bool out_of = direction == DIRECTION_OUT;
	struct store_policy in_force;
	const struct policy *policy;

	if (store_read_policy(reader, arena, &in_force, err) != 0)
		return err->code == ERR_NOT_FOUND ? fail(err, ERR_NOT_FOUND, 0, "受け渡しを定めた方針がまだありません (no policy is in force)") : -1;
	if (policy_of_text(arena, "in force", in_force.content, &policy, NULL, err) != 0)
		return -1;
	*out = policy_carry_between(policy, POLICY_FILE, out_of ? "lgwan" : "internet", out_of ? "internet" : "lgwan");
	if (!*out || !(*out)->sanitize)
		return fail(err, ERR_NOT_FOUND, 0, "受け渡しを定めた方針がまだありません (the policy carries no sanitised files %s lgwan)",
			    out_of ? "out of" : "into");
	return 0;
}

int rules_in_force(struct store_reader *reader, unsigned direction, struct rules *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const struct policy_carry *carry;

	if (carry_in_force(reader, arena, direction, &carry, err) != 0)
		return -1;
	*out = carry->rules;
	return 0;
}

int terms_in_force(struct store_reader *reader, unsigned direction, struct transfer_terms *out, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const struct policy_carry *carry;

	if (carry_in_force(reader, arena, direction, &carry, err) != 0)
		return -1;
	*out = (struct transfer_terms){
		.bytes_most = MIN(MIN(carry->limit_bytes, sanitiser_takes[ROW_FILE_BYTES]), (uint64_t)STORE_FILE_BYTES_MOST),
		.refused_days = (uint32_t)(carry->refused_days ? carry->refused_days : POLICY_REFUSED_DAYS_USUAL),
		.keep_days = (uint32_t)MIN(carry->keep_days, (uint64_t)STORE_KEEP_DAYS_MOST),
	};
	return 0;
}
