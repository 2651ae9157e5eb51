/* サインイン — number, password and code; new people choose a password and enrol a second factor on the way. Whatever is wrong, the answer
 * and the work done for it are the same. article: s6.3.1c s6.6b */
#include "base/clock.h"
#include "base/code.h"
#include "base/log.h"
#include "people/authd.h"

static const struct text ISSUER = { "関所", sizeof "関所" - 1 };

static int64_t now(void)
{
	return clock_milliseconds();
}

static bool is_blank(struct text t)
{
	size_t at = 0;
	uint32_t c;

	while ((c = text_next(t, &at)))
		if (c != ' ' && c != 0x3000)
			return false;
	return true;
}

/* recordd aggregates: one row per kind, prefix and minute. Told after the answer, so that it cannot be measured. */
static void tell_failure(struct authd *authd, unsigned face, bool known, struct text source)
{
	ARENA(arena) = arena_new(0);
	char prefix[SOURCE_TEXT];
	struct err err = { 0 };
	struct store_sign_in_failed failed = { .face = (uint8_t)face, .known = known, .source = source_for_journal(source, prefix) };
	int result;

	STORE_ASK(result, &authd->recordd, arena, sign_in_failed, &failed, NULL, &err);
	if (result != 0)
		log_err(LOG_WARNING, "authd-010", "a failed sign-in could not be recorded", &err);
}

void exchange_wrong(struct exchange *x, enum auth_status status, bool tell)
{
	struct authd *authd = x->authd;
	unsigned face = x->face;
	bool known = x->known;
	char source[AUTH_FIELD_MOST + 1];
	size_t n = x->asked.source.n;

	memcpy(source, x->asked.source.p ? x->asked.source.p : "", n);
	source[n] = 0;
	exchange_outcome(x, status, NULL, 0, PASSWORD_GOOD);
	if (tell)
		tell_failure(authd, face, known, (struct text){ source, n });
}

void exchange_open_session(struct exchange *x)
{
	uint8_t token[AUTH_TOKEN], hash[SHA256_BYTES];
	struct err err = { 0 };
	int result;

	random_bytes(token, sizeof token);
	sha256_of(bytes_of(token, sizeof token), hash);
	struct store_session_open open = { .number = x->number, .face = (uint8_t)x->face, .token_hash = bytes_of(hash, sizeof hash), .factor = TEXT("totp"),
					 .source = x->asked.source.n <= STORE_SOURCE_MOST ? x->asked.source : TEXT("") };
	STORE_ASK(result, &x->authd->recordd, x->arena, session_open, &open, NULL, &err);
	if (result != 0 && (err.code == ERR_DENIED || err.code == ERR_NOT_FOUND || err.code == ERR_EXPIRED))
		exchange_wrong(x, AUTH_WRONG, true); /* has a password, but is not (or no longer) among the staff */
	else if (result != 0)
		exchange_failed(x, &err);
	else
		exchange_outcome(x, AUTH_IN, token, 0, PASSWORD_GOOD);
	secret_wipe(token, sizeof token);
}

static void give_token(struct exchange *x, enum token_kind kind, int64_t generation)
{
	struct pending_token *t = tokens_give(x->authd->tokens, kind, x->number, x->face, x->asked.source, generation, now());

	exchange_outcome(x, kind == TOKEN_ENROL ? AUTH_ENROL : AUTH_NEW_PASSWORD, t->token, 0, PASSWORD_GOOD);
}

int exchange_use_code(struct exchange *x, enum totp_result *result, struct err *err)
{
	struct bytes secret = x->known && x->row.secret_n ? bytes_of(x->row.secret, x->row.secret_n)
							   : bytes_of(x->authd->dummy_secret, TOTP_SECRET);
	int64_t step = 0;
	bool fresh = true;

	*result = totp_check(secret, x->asked.code, clock_now(), x->row.last_step, &step);
	if (!x->known || !x->row.secret_n)
		*result = TOTP_WRONG;
	if (*result == TOTP_RIGHT) {
		if (factor_store_use_step(x->authd->store, x->number, step, &fresh, err) != 0)
			return -1;
		if (!fresh)
			*result = TOTP_USED;
	}
	return 0;
}

int exchange_prove_code(struct exchange *x, struct text for_what, enum auth_status *status, uint32_t *wait, struct err *err)
{
	struct throttle *throttle = x->authd->throttle;
	enum totp_result code;

	*wait = 0;
	*status = AUTH_CODE_WANTED;
	if (x->asked.code.n == 0)
		return 0;
	*status = AUTH_WAIT;
	*wait = throttle_begin(throttle, x->number, for_what, now(), &x->attempt);
	if (*wait)
		return 0;
	if (exchange_use_code(x, &code, err) != 0) {
		throttle_undone(throttle, &x->attempt);
		return -1;
	}
	if (code == TOTP_USED)
		throttle_undone(throttle, &x->attempt); /* only who has the key can show an old code */
	if (code == TOTP_RIGHT)
		throttle_succeeded(throttle, &x->attempt);
	*status = code == TOTP_RIGHT ? AUTH_IN : code == TOTP_USED ? AUTH_CODE_USED : AUTH_WRONG;
	return 0;
}

static void password_checked(void *self, struct hash_job *job)
{
	struct exchange *x = self;
	struct authd *authd = x->authd;
	struct err err = { 0 };
	enum totp_result code;

	if (!x->connection) {
		exchange_drop(x);
		return;
	}
	bool stands = exchange_row_stands(x), right = x->known && job->fits && stands, no_code = is_blank(x->asked.code);
	if (right && !x->row.secret_n) {
		throttle_succeeded(authd->throttle, &x->attempt);
		give_token(x, x->row.must_change ? TOKEN_CHANGE : TOKEN_ENROL, x->row.generation);
		return;
	}
	if (!right)
		x->row.secret_n = 0; /* a wrong password must not use up a right code; the dummy costs the same */
	if (exchange_use_code(x, &code, &err) != 0) {
		throttle_undone(authd->throttle, &x->attempt);
		exchange_failed(x, &err);
	} else if (right && code == TOTP_RIGHT) {
		throttle_succeeded(authd->throttle, &x->attempt);
		if (x->row.must_change)
			give_token(x, TOKEN_CHANGE, x->row.generation);
		else
			exchange_open_session(x);
	} else {
		exchange_wrong(x, no_code ? AUTH_CODE_WANTED : AUTH_WRONG, true); /* told even if only the code was left out: it may be a stolen password */
	}
}

void sign_in(struct exchange *x)
{
	struct authd *authd = x->authd;
	struct err err = { 0 };
	char *source = arena_alloc(x->arena, SOURCE_TEXT);

	if (x->asked.face != x->face) {
		fail(&err, ERR_DENIED, x->asked.face, "%s may not sign people in at face %u", x->caller, x->asked.face);
		exchange_failed(x, &err);
		return;
	}
	uint32_t wait = throttle_begin(authd->throttle, x->asked.number, source_of_attempt(x->asked.source, source), now(), &x->attempt);
	if (wait) {
		exchange_outcome(x, AUTH_WAIT, NULL, wait, PASSWORD_GOOD);
		return;
	}
	x->number = x->asked.number;
	if (is_staff_number(x->number) && factor_store_get(authd->store, x->number, &x->row, &x->known, &err) != 0) {
		throttle_undone(authd->throttle, &x->attempt);
		exchange_failed(x, &err);
		return;
	}
	struct text password = text_nfc(x->arena, x->asked.password);
	(void)exchange_hash(x, false, x->known ? x->row.password : authd->dummy_hash, password, password_checked);
}

void sign_out(struct exchange *x)
{
	struct err err = { 0 };
	struct store_session_close end = { .token = bytes_of(x->asked.token, AUTH_TOKEN) };
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, session_close, &end, NULL, &err);
	if (result != 0 && err.code != ERR_NOT_SIGNED_IN)
		exchange_failed(x, &err);
	else
		exchange_done(x);
}

/* recordd knows whose session it is and which others there are. */
void list_sessions(struct exchange *x)
{
	struct err err = { 0 };
	struct store_session_list ask = { .token = bytes_of(x->asked.token, AUTH_TOKEN), .face = (uint8_t)x->face };
	struct store_session_list_reply got;
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, session_list, &ask, &got, &err);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_bytes(&m, got.sessions);
	exchange_reply(x, &m);
}

void end_session(struct exchange *x)
{
	struct err err = { 0 };
	struct store_session_end ask = { .token = bytes_of(x->asked.token, AUTH_TOKEN), .face = (uint8_t)x->face, .id = x->asked.number };
	struct store_session_end_reply got;
	int result;

	STORE_ASK(result, &x->authd->recordd, x->arena, session_end, &ask, &got, &err);
	if (result != 0) {
		exchange_failed(x, &err);
		return;
	}
	struct ipc_message m = exchange_answer(x);
	ipc_put_u32(&m, got.ended);
	exchange_reply(x, &m);
}

/* ---- enrolment ---- */

static struct pending_token *enrolment(struct exchange *x)
{
	struct pending_token *t = tokens_find(x->authd->tokens, TOKEN_ENROL, x->asked.token, x->face, now());
	struct err err = { 0 };

	if (!t) {
		fail(&err, ERR_EXPIRED, 0, "the enrolment has ended: sign in again");
		exchange_failed(x, &err);
	}
	return t;
}

void enrol_begin(struct exchange *x)
{
	struct pending_token *t = enrolment(x);

	if (!t)
		return;
	struct bytes secret = bytes_of(t->secret, sizeof t->secret);
	const char *base32 = base32_of(x->arena, secret);
	struct ipc_message m = exchange_answer(x);
	ipc_put_text(&m, (struct text){ base32, strlen(base32) });
	ipc_put_text(&m, totp_uri(x->arena, secret, ISSUER, (struct text){ t->number, strlen(t->number) }));
	exchange_reply(x, &m);
}

static int keep_factor(struct exchange *x, struct pending_token *t, int64_t step, struct err *err)
{
	if (authd_journal(x->authd, x->arena, "factor.set", x->number, "self", err) != 0)
		return -1;
	return factor_store_set_factor(x->authd->store, x->number, t->generation, bytes_of(t->secret, sizeof t->secret), step, err);
}

void enrol_confirm(struct exchange *x)
{
	struct pending_token *t = enrolment(x);
	struct err err = { 0 };
	int64_t step = 0;

	if (!t)
		return;
	x->number = arena_text(x->arena, (struct text){ t->number, strlen(t->number) });
	x->asked.source = arena_text(x->arena, (struct text){ t->source, strlen(t->source) });
	if (factor_store_get(x->authd->store, x->number, &x->row, &x->known, &err) != 0) {
		exchange_failed(x, &err);
		return;
	}
	int64_t last = x->known ? x->row.last_step : 0;
	if (totp_check(bytes_of(t->secret, sizeof t->secret), x->asked.code, clock_now(), last, &step) != TOTP_RIGHT) {
		if (++t->tries == TOKEN_TRIES)
			tokens_drop(t);
		exchange_wrong(x, AUTH_WRONG, true);
		return;
	}
	if (keep_factor(x, t, step, &err) != 0) {
		if (err.code == ERR_CONFLICT) {
			tokens_drop(t);
			fail(&err, ERR_EXPIRED, 0, "password or factor were changed meanwhile: sign in again");
		}
		exchange_failed(x, &err);
		return;
	}
	tokens_drop(t);
	exchange_open_session(x);
}
