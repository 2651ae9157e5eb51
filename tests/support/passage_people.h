/* 試験の職員 — the people of a passage test and what they do: sign in, hand in, decide, fetch. Over the real sockets, as webd would. */
#ifndef SUPPORT_PASSAGE_PEOPLE_H
#define SUPPORT_PASSAGE_PEOPLE_H
#include "people/auth_client.h"
#include "store/read.h"
#include "support/daemons.h"
#include "transfer/client.h"

#define SENDER "2001"
#define ADDRESSEE "2003"
#define CHIEF "1001"
#define DEPUTY "1002"
#define SECOND_DEPUTY "1005"
#define STRANGER "2002"
#define PASSWORD "nami to kaze no oto"
extern const uint8_t factor_secret[20];

/* Units, people, posts, passwords, factors and a policy that carries files of at most limit_mb for one day. */
void people_make(struct ground *g, unsigned limit_mb);
int people_connect(const struct service *as, const char *daemon);

/* A code that was not used yet (steps −1, 0, +1 of now in turn; waits for time to pass when all three are gone). */
struct text fresh_code(const char *number);
/* Signed in, whatever it takes. */
void people_sign_in(struct ground *g, unsigned face, const char *number, uint8_t token[AUTH_TOKEN]);
/* One file without scripts, in the order of webd: begun and its part open for writing; then ended and handed in. */
int people_upload_begin(int transferd, const uint8_t token[AUTH_TOKEN], const char *addressee, const struct transfer_upload *what,
			uint8_t id[TRANSFER_UPLOAD_ID], int *pipe_end, struct err *err);
int people_upload_finish(int transferd, const uint8_t token[AUTH_TOKEN], const char *addressee, const uint8_t id[TRANSFER_UPLOAD_ID], uint64_t bytes,
			 uint64_t *ticket, struct err *err);
/* Handing in n bytes of a pattern that is text. */
int people_hand_in(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *addressee, size_t n, uint64_t *ticket, struct err *err);
uint8_t people_byte(size_t at);
/* The same with a name and a content of one's own (small: it must fit the pipe). */
int people_hand_in_content(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *addressee, const char *name, struct bytes content,
			   const char *password, uint64_t *ticket, struct err *err);
/* Waits until the ticket leaves the state 受付; dies after ten seconds. */
void people_wait_judged(struct ground *g, uint64_t ticket, struct arena *arena, struct store_ticket *out);
void people_ticket(struct ground *g, uint64_t ticket, struct arena *arena, struct store_ticket *out);
/* Chief approves (or returns) and recordd takes it. */
int people_decide(struct ground *g, const uint8_t token[AUTH_TOKEN], const char *number, const char *action, const uint64_t *tickets, size_t count,
		  struct err *err);
int people_fetch(struct ground *g, const uint8_t token[AUTH_TOKEN], uint64_t ticket, struct arena *arena, struct transfer_file *out, struct err *err);

#endif
