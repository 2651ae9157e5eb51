/* 採択の確認の試験 — only a text that two different persons signed, over the same object, is one that may be loaded. */
#include "base/check.h"
#include "base/hash.h"
#include "evidence/statement.h"
#include "zones/adopted.h"

static const char text[] = "city \"鶴市\" code \"990019\" site tsuru fiscal from april\n\ndefault deny\n";

struct made {
	uint8_t key[ED25519_PUBLIC], secret[ED25519_SECRET], object[SHA256_BYTES];
	struct store_policy_signed_reply got;
};

static void put_signed(struct arena *a, struct made *m, const char *person, const char *action, const uint8_t object[SHA256_BYTES], struct bytes *statement,
		       struct bytes *signature)
{
	struct statement s = { .site = TEXT("tsuru"), .person = { person, strlen(person) }, .post = TEXT("chief of joho"), .action = { action, strlen(action) },
			       .reason = TEXT("試験"), .factor = TEXT("totp"), .at = 1795600000, .objects = (const uint8_t(*)[SHA256_BYTES])object, .count = 1 };
	uint8_t *sealed = arena_alloc(a, ED25519_SIGNATURE);

	CHECK_OK(statement_build(a, &s, statement, &err_));
	ed25519_sign(*statement, m->secret, sealed);
	*signature = bytes_of(sealed, ED25519_SIGNATURE);
}

/* The canonical text, proposed by 1001 and approved by 2001. */
static struct made *made_new(struct arena *a)
{
	struct made *m = arena_alloc(a, sizeof *m);
	struct statement_policy what = { .site = TEXT("tsuru"), .author = TEXT("1001") };
	const struct policy *policy;

	CHECK_OK(policy_of_text(a, "t", bytes_of(text, sizeof text - 1), &policy, NULL, &err_));
	m->got.content = bytes_of_text(policy_text_of(a, policy));
	m->got.replaces = BYTES("");
	ed25519_pair(m->key, m->secret);
	sha256_of(m->got.content, what.text);
	statement_policy_hash(&what, m->object);
	put_signed(a, m, "1001", STATEMENT_PROPOSE, m->object, &m->got.proposed, &m->got.proposed_signature);
	put_signed(a, m, "2001", STATEMENT_ADOPT, m->object, &m->got.approved, &m->got.approved_signature);
	return m;
}

static enum err_code judged(struct arena *a, const struct made *m)
{
	struct zones_adopted out;
	struct err err = { 0 };

	return zones_adopted(a, &m->got, m->key, &out, &err) == 0 ? ERR_NONE : err.code;
}

TEST(what_two_signed_is_adopted)
{
	ARENA(a) = arena_new(0);
	struct made *m = made_new(a);
	struct zones_adopted out;

	CHECK_OK(zones_adopted(a, &m->got, m->key, &out, &err_));
	assert_true(text_is(out.author, "1001") && text_is(out.approver, "2001"));
	assert_int_equal(strlen(out.hash), 64);
}

TEST(anything_less_is_not)
{
	ARENA(a) = arena_new(0);
	struct made *m = made_new(a);
	uint8_t other[SHA256_BYTES] = { 1 };

	m->got.approved = BYTES("");
	assert_int_equal(judged(a, m), ERR_DENIED);
	m = made_new(a);
	m->got.proposed = BYTES("");
	assert_int_equal(judged(a, m), ERR_DENIED);
	m = made_new(a); /* one person */
	put_signed(a, m, "1001", STATEMENT_ADOPT, m->object, &m->got.approved, &m->got.approved_signature);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
	m = made_new(a); /* sent back, not approved */
	put_signed(a, m, "2001", STATEMENT_REJECT, m->object, &m->got.approved, &m->got.approved_signature);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
	m = made_new(a); /* a ticket's approval */
	put_signed(a, m, "2001", STATEMENT_APPROVE, m->object, &m->got.approved, &m->got.approved_signature);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
	m = made_new(a); /* the approval of another object */
	put_signed(a, m, "2001", STATEMENT_ADOPT, other, &m->got.approved, &m->got.approved_signature);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
	m = made_new(a); /* another text replaced than was signed */
	m->got.replaces = bytes_of(other, sizeof other);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
	m = made_new(a); /* a forged signature */
	uint8_t *bent = arena_copy(a, m->got.approved_signature.p, ED25519_SIGNATURE);
	bent[5] ^= 1;
	m->got.approved_signature = bytes_of(bent, ED25519_SIGNATURE);
	assert_int_equal(judged(a, m), ERR_SIGNATURE);
	m = made_new(a); /* a changed text */
	uint8_t *content = arena_copy(a, m->got.content.p, m->got.content.n);
	content[7] ^= 1;
	m->got.content = bytes_of(content, m->got.content.n);
	assert_int_equal(judged(a, m), ERR_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_signed_is_adopted),
		cmocka_unit_test(anything_less_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
