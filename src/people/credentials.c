/* パスワードと第二要素の設定 — changed by the person (with what they have) or set by the operator; journaled before it takes effect.
 * article: s6.6b */
#include "base/clock.h"
#include "people/authd.h"

static void refused(struct exchange *x, enum password_refusal why)
{
	exchange_outcome(x, AUTH_PASSWORD_REFUSED, NULL, 0, why);
}

/* ---- changed by the person ---- */

static struct pending_token *change_token(struct exchange *x)
{
	return tokens_find(x->authd->tokens, TOKEN_CHANGE, x->asked.token, x->face, clock_milliseconds());
}

/* The new hash is there: journal, keep, go on with the sign-in if this was part of one. */
static void fresh_hashed(void *self, struct hash_job *job)
{
	struct exchange *x = self;
	struct pending_token *t = x->connection ? change_token(x) : NULL;
	struct err err = { 0 };

	if (!x->connection) {
		exchange_drop(x);
		return;
	}
	if (authd_journal(x->authd, x->arena, "password.set", x->number, "self", &err) != 0 ||
	    authd_end_sessions(x, "password.set", t ? NULL : x->asked.token, &err) != 0 ||
	    factor_store_change_password(x->authd->store, x->number, x->row.generation, job->hash, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	if (!t) {
		exchange_outcome(x, AUTH_IN, NULL, 0, PASSWORD_GOOD);
		return;
	}
	tokens_drop(t);
	if (x->row.secret_n) {
		exchange_open_session(x);
		return;
	}
	t = tokens_give(x->authd->tokens, TOKEN_ENROL, x->number, x->face, x->asked.source, x->row.generation + 1, clock_milliseconds());
	exchange_outcome(x, AUTH_ENROL, t->token, 0, PASSWORD_GOOD);
}

/* With a change token: is the new password the old one? */
static void sameness_checked(void *self, struct hash_job *job)
{
	struct exchange *x = self;

	if (!x->connection)
		exchange_drop(x);
	else if (job->fits)
		refused(x, PASSWORD_SAME);
	else
		(void)exchange_hash(x, true, "", x->asked.fresh, fresh_hashed);
}

/* In a session: the present password and a code. */
static void present_checked(void *self, struct hash_job *job)
{
	struct exchange *x = self;
	struct err err = { 0 };
	enum totp_result code;

	if (!x->connection) {
		exchange_drop(x);
		return;
	}
	if (!job->fits || !exchange_row_stands(x)) {
		exchange_wrong(x, AUTH_WRONG, true);
	} else if (exchange_use_code(x, &code, &err) != 0) {
		exchange_failed(x, &err);
	} else if (code != TOTP_RIGHT) {
		exchange_wrong(x, code == TOTP_USED ? AUTH_CODE_USED : AUTH_WRONG, code == TOTP_WRONG);
	} else {
		throttle_succeeded(x->authd->throttle, &x->attempt);
		(void)exchange_hash(x, true, "", x->asked.fresh, fresh_hashed);
	}
}

/* Whose session it is, unless a change token says so. */
static int find_person(struct exchange *x, const struct pending_token *t, struct err *err)
{
	struct store_session_check check = { .token = bytes_of(x->asked.token, AUTH_TOKEN), .face = (uint8_t)x->face };
	struct store_session_check_reply who;
	int result;

	if (t) {
		x->number = arena_text(x->arena, (struct text){ t->number, strlen(t->number) });
	} else {
		STORE_ASK(result, &x->authd->recordd, x->arena, session_check, &check, &who, err);
		if (result != 0)
			return -1;
		x->number = who.number;
	}
	if (factor_store_get(x->authd->store, x->number, &x->row, &x->known, err) != 0)
		return -1;
	if (!x->known || (t && x->row.generation != t->generation))
		return fail(err, ERR_EXPIRED, 0, "the password was set anew meanwhile: sign in again");
	return 0;
}

void change_password(struct exchange *x)
{
	struct pending_token *t = change_token(x);
	char *source = arena_alloc(x->arena, SOURCE_TEXT);
	struct err err = { 0 };

	x->asked.fresh = text_nfc(x->arena, x->asked.fresh);
	x->asked.password = text_nfc(x->arena, x->asked.password);
	if (find_person(x, t, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	enum password_refusal why = password_judge(x->asked.fresh, x->number);
	if (!why && !t && text_equal(x->asked.fresh, x->asked.password))
		why = PASSWORD_SAME;
	if (why) {
		refused(x, why);
		return;
	}
	if (t) {
		(void)exchange_hash(x, false, x->row.password, x->asked.fresh, sameness_checked);
		return;
	}
	uint32_t wait = throttle_begin(x->authd->throttle, x->number, source_of_attempt(x->asked.source, source), clock_milliseconds(), &x->attempt);
	if (wait)
		exchange_outcome(x, AUTH_WAIT, NULL, wait, PASSWORD_GOOD);
	else
		(void)exchange_hash(x, false, x->row.password, x->asked.password, present_checked);
}

/* ---- set by the operator ---- */

static bool names_somebody(struct exchange *x)
{
	struct err err = { 0 };

	if (is_staff_number(x->asked.number)) {
		x->number = x->asked.number;
		return true;
	}
	fail(&err, ERR_INVALID, 0, "a staff number has 1 to %d letters, digits or hyphens", STAFF_NUMBER_MOST);
	exchange_failed(x, &err);
	return false;
}

static void initial_hashed(void *self, struct hash_job *job)
{
	struct exchange *x = self;
	struct err err = { 0 };

	if (!x->connection)
		exchange_drop(x);
	else if (authd_journal(x->authd, x->arena, "password.set", x->number, "operator", &err) != 0 ||
		 (x->asked.clear_factor && authd_journal(x->authd, x->arena, "factor.cleared", x->number, "operator", &err) != 0) ||
		 authd_end_sessions(x, "password.set", NULL, &err) != 0 ||
		 factor_store_set_password(x->authd->store, x->number, job->hash, x->asked.must_change, x->asked.clear_factor, &err) != 0)
		exchange_failed(x, &err);
	else
		exchange_done(x);
}

void set_password(struct exchange *x)
{
	struct err err = { 0 };

	if (!names_somebody(x))
		return;
	x->asked.fresh = text_nfc(x->arena, x->asked.fresh);
	enum password_refusal why = password_judge(x->asked.fresh, x->number);
	if (why) {
		fail(&err, ERR_INVALID, why, "%s", password_refusal_english(why));
		exchange_failed(x, &err);
		return;
	}
	(void)exchange_hash(x, true, "", x->asked.fresh, initial_hashed);
}

void set_factor(struct exchange *x)
{
	struct err err = { 0 };

	if (!names_somebody(x))
		return;
	if (factor_store_get(x->authd->store, x->number, &x->row, &x->known, &err) == 0 && !x->known)
		fail(&err, ERR_NOT_FOUND, 0, "nobody of that number has a password yet");
	else if (!err.code && (x->asked.secret.n < TOTP_SECRET_LEAST || x->asked.secret.n > TOTP_SECRET_MOST))
		fail(&err, ERR_INVALID, x->asked.secret.n, "a factor's secret has %d to %d bytes", TOTP_SECRET_LEAST, TOTP_SECRET_MOST);
	if (err.code || authd_journal(x->authd, x->arena, "factor.set", x->number, "operator", &err) != 0 ||
	    authd_end_sessions(x, "factor.set", NULL, &err) != 0 ||
	    factor_store_set_factor(x->authd->store, x->number, -1, x->asked.secret, 0, &err) != 0)
		exchange_failed(x, &err);
	else
		exchange_done(x);
}
