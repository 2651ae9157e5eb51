/* 利用者の再設定 — an administrator, with a fresh code of their own, gives somebody else a new initial password and may clear the factor. The password
 * is made here and told once; it must be changed at the first sign-in, and whoever is signed in as that person is so no more. article: s6.6b */
#include "base/clock.h"
#include "base/code.h"
#include "people/authd.h"

enum { WORDS = 4, WORD_LETTERS = 4 };

/* Guesses at the code with a stolen session count apart from the sign-in, as with approvals. */
static const struct text RESETTING = { "resetting", 9 };

static void answer(struct exchange *x, enum auth_status status, uint32_t wait, struct text password)
{
	struct ipc_message m = exchange_answer(x);

	ipc_put_u8(&m, (uint8_t)status);
	ipc_put_u32(&m, wait);
	ipc_put_text(&m, password);
	exchange_reply(x, &m);
}

/* 80 random bits as four words of letters that are not mistaken for each other: "kfmt-2wzr-…". */
static struct text make_password(struct arena *arena)
{
	static const char letters[33] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[WORDS * WORD_LETTERS];
	char *p = arena_alloc(arena, WORDS * (WORD_LETTERS + 1));
	size_t n = 0;

	random_bytes(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++) {
		if (i > 0 && i % WORD_LETTERS == 0)
			p[n++] = '-';
		p[n++] = letters[random[i] % 32];
	}
	secret_wipe(random, sizeof random);
	return (struct text){ p, n };
}

static void hashed(void *self, struct hash_job *job)
{
	struct exchange *x = self;
	struct err err = { 0 };
	const char *by = x->by.p;

	if (!x->connection)
		exchange_drop(x);
	else if (authd_journal(x->authd, x->arena, "password.set", x->number, by, &err) != 0 ||
		 (x->asked.clear_factor && authd_journal(x->authd, x->arena, "factor.cleared", x->number, by, &err) != 0) ||
		 authd_end_sessions(x, "password.set", NULL, &err) != 0 ||
		 factor_store_set_password(x->authd->store, x->number, job->hash, true, x->asked.clear_factor, &err) != 0)
		exchange_failed(x, &err);
	else
		answer(x, AUTH_IN, 0, x->asked.fresh);
}

static int find_administrator(struct exchange *x, struct err *err)
{
	struct store_session_check check = { .token = bytes_of(x->asked.token, AUTH_TOKEN), .face = (uint8_t)x->face };
	struct store_session_check_reply who;
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, session_check, &check, &who, err);
	if (result != 0)
		return -1;
	if (!who.is_administrator)
		return fail(err, ERR_DENIED, 0, "%s is no administrator", who.number.p);
	if (text_equal(who.number, x->asked.number))
		return fail(err, ERR_DENIED, 0, "nobody resets their own account");
	if (!is_staff_number(x->asked.number))
		return fail(err, ERR_INVALID, 0, "a staff number has 1 to %d letters, digits or hyphens", STAFF_NUMBER_MOST);
	x->number = who.number;
	return factor_store_get(x->authd->store, x->number, &x->row, &x->known, err);
}

void reset_account(struct exchange *x)
{
	struct err err = { 0 };
	enum auth_status status;
	uint32_t wait;

	if (find_administrator(x, &err) != 0 || exchange_prove_code(x, RESETTING, &status, &wait, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	if (status != AUTH_IN) {
		answer(x, status, wait, TEXT(""));
		return;
	}
	x->by = x->number;
	x->number = x->asked.number;
	x->asked.fresh = make_password(x->arena);
	(void)exchange_hash(x, true, "", x->asked.fresh, hashed);
}
