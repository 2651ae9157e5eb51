/* 認証係の内側 — what authd's files share. One exchange = one request from its arrival to its answer; it owns an arena. While a password is
 * being hashed the loop serves others; a connection has one exchange at a time. */
#ifndef PEOPLE_AUTHD_H
#define PEOPLE_AUTHD_H
#include "base/service.h"
#include "base/text.h"
#include "people/factor_store.h"
#include "people/hash_pool.h"
#include "people/request.h"
#include "people/throttle.h"
#include "people/tokens.h"
#include "store/link.h"

struct authd {
	struct service service;
	struct loop *loop;
	struct factor_store *store;
	struct hash_pool *pool;
	struct throttle *throttle;
	struct tokens *tokens;
	struct store_link recordd;
	uint8_t approval_secret[ED25519_SECRET];
	char dummy_hash[PASSWORD_HASH]; /* of a password nobody has: a stranger's attempt costs what a colleague's costs */
	uint8_t dummy_secret[TOTP_SECRET];
};

struct authd_connection;
struct exchange {
	struct authd *authd;
	struct authd_connection *connection; /* NULL: the caller has gone; nothing more is changed for it */
	struct arena *arena;
	struct bytes message; /* as it came: holds passwords, wiped at the end */
	uint32_t sequence;
	const char *caller;
	unsigned face; /* of the caller: 1 webd-office, 2 webd-internet, 0 others */
	struct auth_asked asked;
	struct hash_job job;
	struct factor_row row;
	bool known;		   /* row is somebody's */
	struct text number;	   /* of the person this is about */
	struct text by;		   /* who resets it */
	struct throttle_attempt attempt; /* under way: taken back if it ends neither right nor wrong */
};

/* The answers; each ends the exchange. */
void exchange_outcome(struct exchange *x, enum auth_status status, const uint8_t *token, uint32_t wait, enum password_refusal refusal);
void exchange_done(struct exchange *x);
void exchange_failed(struct exchange *x, const struct err *err);
void exchange_reply(struct exchange *x, struct ipc_message *m); /* begun by exchange_answer */
struct ipc_message exchange_answer(struct exchange *x);
void exchange_drop(struct exchange *x); /* the caller has gone */

/* The requests. */
void sign_in(struct exchange *x);
void sign_out(struct exchange *x);
void list_sessions(struct exchange *x);
void end_session(struct exchange *x);
void enrol_begin(struct exchange *x);
void enrol_confirm(struct exchange *x);
void change_password(struct exchange *x);
void set_password(struct exchange *x);
void set_factor(struct exchange *x);
void approve(struct exchange *x);
void reset_account(struct exchange *x);

/* Shared steps. */
bool is_staff_number(struct text number);
/* Starts a hash; `done` follows in the loop. Ends the exchange (and gives back false) if the queue is full. */
bool exchange_hash(struct exchange *x, bool make, const char *hash, struct text password, void (*done)(void *self, struct hash_job *job));
/* Reads the row again: false if it has changed since x->row was read (a reset meanwhile voids what was begun). */
bool exchange_row_stands(struct exchange *x);
/* Code against x->row, and the step is used up when it fits. ERR: the store failed. */
int exchange_use_code(struct exchange *x, enum totp_result *result, struct err *err) CHECK_RESULT;
/* A code of x->number before something is done in a session; guesses count apart from the sign-in, under for_what. *status: AUTH_IN = right, and
 * used up; else what to answer, with *wait seconds. ERR: the store failed. */
int exchange_prove_code(struct exchange *x, struct text for_what, enum auth_status *status, uint32_t *wait, struct err *err) CHECK_RESULT;
/* Opens the session at recordd and answers AUTH_IN; a person recordd does not know (any more) is answered AUTH_WRONG. */
void exchange_open_session(struct exchange *x);
/* Answers WRONG, CODE_WANTED … and tells recordd that somebody failed. */
void exchange_wrong(struct exchange *x, enum auth_status status, bool tell);

/* Journals an event about a person before it is done. */
int authd_journal(struct authd *authd, struct arena *arena, const char *event, struct text number, const char *by, struct err *err)
	CHECK_RESULT;
/* Before password or factor change for the reason `event`: whoever is signed in as x->number is so no more, but for the session of `keep`
 * (a token, or NULL). In this order, in one callback: a failure changes nothing, and no one signs in with the old ones in between. */
int authd_end_sessions(struct exchange *x, const char *event, const uint8_t *keep, struct err *err) CHECK_RESULT;

#endif
