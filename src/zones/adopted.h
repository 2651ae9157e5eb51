/* 採択の確認 — whether a policy text was put into force by two persons: zonesd believes nobody that it was, and verifies both signatures itself.
 * article: s6.3.2a s9 */
#ifndef ZONES_ADOPTED_H
#define ZONES_ADOPTED_H
#include "base/hash.h"
#include "policy/policy.h"
#include "store/client.h"

struct zones_adopted {
	const struct policy *policy;
	struct text canonical;
	char hash[SHA256_HEX];
	struct text author, approver; /* staff numbers */
};
/* ERR_DENIED: nobody, or only the operator, signed it. ERR_SIGNATURE, ERR_MISMATCH: not by two, or not this text. ERR_INVALID: the text cannot be read. */
int zones_adopted(struct arena *arena, const struct store_policy_signed_reply *got, const uint8_t key[ED25519_PUBLIC], struct zones_adopted *out, struct err *err)
	CHECK_RESULT;

#endif
