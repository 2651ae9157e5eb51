/* 承認の署名 — a session, a fresh code and recordd's word that this person may decide these objects: then, and only then, a signature.
 * What is signed is verified again by everyone who acts on it. article: s6.3.2b */
#include "base/clock.h"
#include "evidence/statement.h"
#include "people/authd.h"

/* Guesses at the code with a stolen session count apart from the sign-in, so that they cannot keep the person from signing in. */
static const struct text APPROVING = { "approving", 9 };

static void answer(struct exchange *x, enum auth_status status, uint32_t wait, struct bytes statement, struct bytes signature)
{
	struct ipc_message m = exchange_answer(x);

	ipc_put_u8(&m, (uint8_t)status);
	ipc_put_u32(&m, wait);
	ipc_put_bytes(&m, statement);
	ipc_put_bytes(&m, signature);
	exchange_reply(x, &m);
}

static const struct bytes NOTHING = { NULL, 0 };

static int draft(struct exchange *x, struct statement *s, struct err *err)
{
	struct store_session_check check = { .token = bytes_of(x->asked.token, AUTH_TOKEN), .face = (uint8_t)x->face };
	struct store_session_check_reply who;
	struct store_approval_post which = { .token = check.token, .action = x->asked.action,
					    .objects = bytes_of(x->asked.objects, x->asked.count * SHA256_BYTES) };
	struct store_approval_post_reply post;
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, session_check, &check, &who, err);
	if (result != 0)
		return -1;
	STORE_ASK(result, &x->authd->recordd, x->arena, approval_post, &which, &post, err);
	if (result != 0)
		return -1;
	x->number = who.number;
	*s = (struct statement){ .action = x->asked.action, .at = clock_now(), .factor = TEXT("totp"), .person = who.number, .post = post.post,
				 .reason = x->asked.reason, .site = who.site, .objects = x->asked.objects, .count = x->asked.count };
	return factor_store_get(x->authd->store, x->number, &x->row, &x->known, err);
}

void approve(struct exchange *x)
{
	struct statement s;
	struct bytes statement;
	struct err err = { 0 };
	enum auth_status status;
	uint32_t wait;
	uint8_t signature[ED25519_SIGNATURE];

	/* Everything that can be refused is refused before the code is used up. */
	if (draft(x, &s, &err) != 0 || statement_build(x->arena, &s, &statement, &err) != 0 || exchange_prove_code(x, APPROVING, &status, &wait, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	if (status != AUTH_IN) {
		answer(x, status, wait, NOTHING, NOTHING);
		return;
	}
	ed25519_sign(statement, x->authd->approval_secret, signature);
	answer(x, AUTH_IN, 0, statement, bytes_of(signature, sizeof signature));
}
