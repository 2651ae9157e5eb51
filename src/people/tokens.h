/* 途中の札 — short-lived tokens between two pages of one sign-in: "may choose a new password", "may enrol a second factor". In memory only;
 * never a session. */
#ifndef PEOPLE_TOKENS_H
#define PEOPLE_TOKENS_H
#include "people/auth_client.h"
#include "people/totp.h"

enum { TOKEN_SECONDS = 600, TOKEN_TRIES = 5, TOKENS_MOST = 512, STAFF_NUMBER_MOST = 16 };
enum token_kind { TOKEN_NONE, TOKEN_ENROL, TOKEN_CHANGE };

struct pending_token {
	enum token_kind kind;
	uint8_t token[AUTH_TOKEN];
	char number[STAFF_NUMBER_MOST + 1];
	unsigned face, tries;
	char source[AUTH_SOURCE_MOST + 1]; /* where the sign-in began: of the session it will become */
	int64_t generation; /* of the person's row when it was given */
	int64_t until;	    /* milliseconds, monotonic */
	uint8_t secret[TOTP_SECRET]; /* TOKEN_ENROL */
};

struct tokens;
struct tokens *tokens_new(void);
void tokens_free(struct tokens *tokens); /* wipes */
/* A fresh one; when all places are taken the one that ends first makes room. */
struct pending_token *tokens_give(struct tokens *tokens, enum token_kind kind, struct text number, unsigned face, struct text source,
				  int64_t generation, int64_t now);
/* NULL: unknown, ended, of another kind or another face. */
struct pending_token *tokens_find(struct tokens *tokens, enum token_kind kind, const uint8_t token[AUTH_TOKEN], unsigned face, int64_t now);
void tokens_drop(struct pending_token *token);

#endif
