/* 認証の依頼 — how webd and the operator ask authd: sign-in, second factor, approval. One connection (service_connect(…, "authd")),
 * one request at a time on it, blocking with a time-out. Call from several threads = several connections.
 * authd answers a wrong number, a wrong password and a wrong code alike, in words and in time.
 * article: s6.3.1c s6.6b */
#ifndef PEOPLE_AUTH_CLIENT_H
#define PEOPLE_AUTH_CLIENT_H
#include "base/hash.h"
#include "base/ipc.h"

enum auth_request {
	AUTH_SIGN_IN = 1,
	AUTH_ENROL_BEGIN = 2,
	AUTH_ENROL_CONFIRM = 3,
	AUTH_SIGN_OUT = 4,
	AUTH_APPROVE = 5,
	AUTH_SET_PASSWORD = 6,
	AUTH_SET_FACTOR = 7,
	AUTH_CHANGE_PASSWORD = 8,
	AUTH_RESET_ACCOUNT = 9,
	AUTH_SESSIONS = 10,
	AUTH_END_SESSION = 11,
};

/* How a request ended. Japanese sentences for the page: auth_status_japanese. */
enum auth_status {
	AUTH_IN = 0,		      /* token = session token: set it as the cookie */
	AUTH_WRONG = 1,		      /* number, password or code wrong (or code used before): say no more than that */
	AUTH_CODE_WANTED = 2,	      /* a code was left out: ask for all three again. Says nothing of the password */
	AUTH_ENROL = 3,		      /* token = enrol token (10 minutes): go on with auth_enrol_begin */
	AUTH_WAIT = 4,		      /* too many failures from here: nothing was tried; again after .wait seconds */
	AUTH_NEW_PASSWORD = 5,	      /* token = change token (10 minutes): go on with auth_change_password */
	AUTH_PASSWORD_REFUSED = 6,    /* the new password breaks a rule: .refusal says which; the token stays good */
	AUTH_CODE_USED = 7,	      /* only in a session: this code was right but used before; wait for the next (≤ 30 s) */
	AUTH_STATUS_COUNT
};
const char *auth_status_japanese(enum auth_status status);
const char *auth_status_english(enum auth_status status);

enum password_refusal {
	PASSWORD_GOOD,
#define PASSWORD_REFUSAL(name, ja, en) PASSWORD_##name,
#include "people/password_refusals.def"
#undef PASSWORD_REFUSAL
	PASSWORD_REFUSAL_COUNT
};
const char *password_refusal_japanese(enum password_refusal refusal);
const char *password_refusal_english(enum password_refusal refusal);

enum { AUTH_TOKEN = 32, AUTH_OBJECTS_MOST = 200, AUTH_SOURCE_MOST = 64, AUTH_FIELD_MOST = 1024 /* bytes of any text below; more is ERR_LIMIT, and nothing is asked */ };

struct auth_outcome {
	enum auth_status status;
	uint8_t token[AUTH_TOKEN]; /* by status; zero otherwise */
	uint32_t wait;		   /* seconds; AUTH_WAIT only */
	enum password_refusal refusal;
};

/* code: "" if none was typed; blanks and full-width digits are authd's business. source: address of the browser as text, ≤ 64 bytes:
 * "192.0.2.7", "2001:db8::1". face: 1 office, 2 internet. */
int auth_sign_in(int authd, unsigned face, struct text number, struct text password, struct text code, struct text source,
		 struct auth_outcome *out, struct err *err) CHECK_RESULT;
/* Secret as base32 and the URI for the QR code; both in the arena. The same secret as long as the token lives, so that a page may be
 * reloaded; never again after it was confirmed. ERR_EXPIRED: back to the sign-in page. */
int auth_enrol_begin(int authd, const uint8_t enrol_token[AUTH_TOKEN], struct arena *arena, struct text *secret, struct text *uri,
		     struct err *err) CHECK_RESULT;
/* AUTH_WRONG: the token stays good for a few more codes. AUTH_IN: signed in. */
int auth_enrol_confirm(int authd, const uint8_t enrol_token[AUTH_TOKEN], struct text code, struct auth_outcome *out, struct err *err)
	CHECK_RESULT;
/* After AUTH_NEW_PASSWORD: its token, present and code "". In a session: the session token with present password and code.
 * Out: AUTH_PASSWORD_REFUSED, AUTH_WRONG, AUTH_CODE_USED, AUTH_WAIT, AUTH_ENROL or AUTH_IN (in a session: token stays zero, the session
 * is the same). */
int auth_change_password(int authd, const uint8_t token[AUTH_TOKEN], struct text present, struct text code, struct text fresh,
			 struct text source, struct auth_outcome *out, struct err *err) CHECK_RESULT;
/* Where the person of this session is signed in, both faces, newest first; at most a screenful (STORE_SESSIONS_SHOWN). */
struct auth_session {
	struct text id;	    /* what auth_end_session takes */
	struct text source; /* address of the browser; "" unknown */
	struct text factor; /* "totp" */
	unsigned face;
	int64_t opened, seen;
	bool own; /* the one in which this is asked */
};
struct auth_sessions {
	struct auth_session *rows;
	size_t count;
};
int auth_sessions(int authd, const uint8_t token[AUTH_TOKEN], struct arena *arena, struct auth_sessions *out, struct err *err) CHECK_RESULT;
/* Ends one of them, or (id "") all but this. *ended may be 0: it had ended by itself. */
int auth_end_session(int authd, const uint8_t token[AUTH_TOKEN], struct text id, uint32_t *ended, struct err *err) CHECK_RESULT;
int auth_sign_out(int authd, const uint8_t token[AUTH_TOKEN], struct err *err) CHECK_RESULT;

/* Second factor for a list of objects; the statement and its signature go to recordd (ticket_decide). action: "ticket.approve" or
 * "ticket.return"; reason may be "" for an approval. objects: SHA-256 each, in any order, none twice, 1 … AUTH_OBJECTS_MOST.
 * Out status: AUTH_IN (signed), AUTH_WRONG, AUTH_CODE_WANTED, AUTH_CODE_USED, AUTH_WAIT. Statement in the arena. */
struct auth_approval {
	enum auth_status status;
	uint32_t wait;
	struct bytes statement;
	uint8_t signature[ED25519_SIGNATURE];
};
int auth_approve(int authd, const uint8_t token[AUTH_TOKEN], struct text code, struct text action, struct text reason,
		 const uint8_t (*objects)[SHA256_BYTES], size_t count, struct arena *arena, struct auth_approval *out, struct err *err)
	CHECK_RESULT;

/* An administrator, in a session and with a fresh code, gives somebody else (ERR_DENIED: themself, or no administrator) a new initial password,
 * which must be changed at the first sign-in; their sessions end. status as of auth_approve; AUTH_IN: *password, to be shown once. */
int auth_reset_account(int authd, const uint8_t token[AUTH_TOKEN], struct text code, struct text number, bool clear_factor, struct arena *arena,
		       enum auth_status *status, uint32_t *wait, struct text *password, struct err *err) CHECK_RESULT;

/* Operator only. ERR_INVALID names the rule a password breaks. */
int auth_set_password(int authd, struct text number, struct text password, bool must_change, bool clear_factor, struct err *err)
	CHECK_RESULT;
int auth_set_factor(int authd, struct text number, struct bytes secret, struct err *err) CHECK_RESULT;

#endif
