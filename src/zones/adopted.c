/* 採択の確認 — contract in adopted.h. */
#include "zones/adopted.h"
#include "base/code.h"
#include "evidence/statement.h"

static int check_statements(const struct statement *proposed, const struct statement *approved, const struct store_policy_signed_reply *got,
			    const uint8_t text[SHA256_BYTES], struct err *err)
{
	struct statement_policy what = { .site = proposed->site, .author = proposed->person };
	uint8_t object[SHA256_BYTES];

	memcpy(what.text, text, SHA256_BYTES);
	if (got->replaces.n == SHA256_BYTES)
		memcpy(what.replaces, got->replaces.p, SHA256_BYTES);
	statement_policy_hash(&what, object);
	if (!text_is(proposed->action, STATEMENT_PROPOSE) || !text_is(approved->action, STATEMENT_ADOPT))
		return fail(err, ERR_MISMATCH, 0, "the statements are no proposal and its approval");
	if (!text_equal(proposed->site, approved->site) || proposed->count != 1 || approved->count != 1 || !statement_names(proposed, object) ||
	    !statement_names(approved, object))
		return fail(err, ERR_MISMATCH, 0, "the statements are not about this text");
	return text_equal(proposed->person, approved->person) ? fail(err, ERR_MISMATCH, 0, "one person signed twice") : 0;
}

int zones_adopted(struct arena *arena, const struct store_policy_signed_reply *got, const uint8_t key[ED25519_PUBLIC], struct zones_adopted *out, struct err *err)
{
	struct statement proposed, approved;
	uint8_t text[SHA256_BYTES];

	if (got->proposed.n == 0 || got->approved.n == 0)
		return fail(err, ERR_DENIED, 0, "no two persons have signed the policy in force: propose and approve it in the office face");
	if (statement_verify(arena, got->proposed, key, got->proposed_signature, &proposed, err) != 0 ||
	    statement_verify(arena, got->approved, key, got->approved_signature, &approved, err) != 0)
		return -1;
	sha256_of(got->content, text);
	if (check_statements(&proposed, &approved, got, text, err) != 0)
		return -1;
	*out = (struct zones_adopted){ .author = proposed.person, .approver = approved.person };
	if (policy_of_text(arena, "policy", got->content, &out->policy, NULL, err) != 0)
		return -1;
	out->canonical = policy_text_of(arena, out->policy);
	if (!bytes_equal(bytes_of_text(out->canonical), got->content))
		return fail(err, ERR_MISMATCH, 0, "the text is not in its canonical form");
	hex_put(out->hash, bytes_of(text, sizeof text));
	return 0;
}
