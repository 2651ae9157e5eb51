/* 受け渡しの依頼 — how webd asks transferd. The internet face sees its user's own tickets and nothing else; the office face fetches.
 * One connection (service_connect(…, "transferd")), one request at a time, blocking with a time-out. A hand-in has a connection of its own.
 * article: s2.12a s2.12b s6.3.2b */
#ifndef TRANSFER_CLIENT_H
#define TRANSFER_CLIENT_H
#include "base/hash.h"
#include "base/ipc.h"
#include "store/ticket_states.h"

enum transfer_request {
	TRANSFER_HAND_IN = 1,
	TRANSFER_FINISH = 2,
	TRANSFER_MY_TICKETS = 3,
	TRANSFER_MY_TICKET = 4,
	TRANSFER_ADDRESSEES = 5,
	TRANSFER_FETCH = 6,
	TRANSFER_WHO = 7,
	TRANSFER_TERMS = 8,
};
enum {
	TRANSFER_TOKEN = 32,
	TRANSFER_ROWS_MOST = 30,	/* rows of one answer */
	TRANSFER_PURPOSE_MOST = 600,	/* bytes: 200 characters of Japanese */
	TRANSFER_PASSWORD_MOST = 256,
};
enum transfer_verdict { TRANSFER_PENDING, TRANSFER_CLEAN, TRANSFER_CONVERTED, TRANSFER_REFUSED };

/* Who a session belongs to. ERR_NOT_SIGNED_IN when it has ended. quiet: asked by a page on its own, with nobody at the keyboard; the
 * session's idle time runs on. */
struct transfer_person {
	struct text number, name, unit, unit_name;
	bool is_chief, is_administrator;
	int64_t expires;
};
int transfer_who(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, struct arena *arena, struct transfer_person *out, struct err *err)
	CHECK_RESULT;

/* What the policy in force allows, for the form: ERR_NOT_FOUND = no policy carries files yet (say so, offer no form). */
struct transfer_terms {
	uint64_t bytes_most;
	uint32_t keep_days;
};
int transfer_terms(int transferd, const uint8_t token[TRANSFER_TOKEN], struct transfer_terms *out, struct err *err) CHECK_RESULT;

/* Handing in, in three steps on one connection:
 *   begin: session, addressee, purpose, name and policy are checked at once (ERR_NOT_SIGNED_IN, ERR_INVALID, ERR_NOT_FOUND, ERR_FULL …
 *          with a sentence); then *pipe is the write end (blocking) for the content. expected_bytes: 0 = unknown (Content-Length is a
 *          good guess: too large or no room is then told before a byte is sent).
 *   write: EPIPE = transferd has stopped reading (limit, disk); go on to finish, which says why. SIGPIPE must be ignored.
 *   finish: close the pipe first; bytes = what was written. The answer comes when the file is durable and the ticket is committed:
 *           a ticket number = accepted, it will never be lost. Any error = nothing was kept.
 * Dropping an upload: close both without finish; it leaves no trace. */
struct transfer_hand_in {
	uint8_t token[TRANSFER_TOKEN];
	struct text addressee; /* staff number */
	struct text purpose;
	struct text name;      /* as the browser said it; made safe by the sanitiser */
	struct text declared_type, charset; /* media type as declared; "" or a name of base/text.h */
	struct text password;  /* for a protected file; "" none. Kept encrypted with the file, destroyed with it */
	struct text source;    /* address of the browser: provenance */
	uint64_t expected_bytes;
};
int transfer_hand_in_begin(int transferd, const struct transfer_hand_in *what, int *pipe, struct err *err) CHECK_RESULT;
int transfer_hand_in_finish(int transferd, uint64_t bytes, uint64_t *ticket, struct err *err) CHECK_RESULT;

/* A ticket as its sender sees it. */
struct transfer_ticket {
	uint64_t number, bytes;
	int64_t at;	       /* received */
	int64_t keep_until;    /* 0: nothing is kept any more */
	struct text addressee, addressee_name, purpose, name, output_name;
	enum ticket_state state;
	enum transfer_verdict verdict;
	uint32_t removed;      /* things taken out, all kinds */
	struct text refusal;   /* code of sanitize/refusals.def, "" unless refused */
	struct text reason;    /* the approver's words when sent back (or approved) */
};
struct transfer_tickets {
	struct transfer_ticket *rows;
	size_t count;
	bool more; /* ask again with before = number of the last row */
};
/* Newest first; before = 0: from the newest. */
int transfer_my_tickets(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t before, unsigned most, struct arena *arena,
			struct transfer_tickets *out, struct err *err) CHECK_RESULT;
/* With the report (canonical JSON as in sanitize/report.h; n = 0 before the verdict). Another's ticket is ERR_NOT_FOUND. */
int transfer_my_ticket(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, uint64_t ticket, struct arena *arena,
		       struct transfer_ticket *out, struct bytes *report, struct err *err) CHECK_RESULT;

/* People whose number, name, kana or unit holds the words; sorted by unit and kana. The empty query gives the first ones. */
struct transfer_addressee {
	struct text number, name, kana, unit_name;
};
struct transfer_addressees {
	struct transfer_addressee *rows;
	size_t count;
	bool more;
};
int transfer_addressees(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text query, struct arena *arena,
			struct transfer_addressees *out, struct err *err) CHECK_RESULT;

/* Office face, addressee only, approved tickets only. fd: sealed memfd with the rebuilt file, the caller closes it. The fetch is in the
 * journal before the descriptor is handed out. */
struct transfer_file {
	struct text name, media_type;
	uint64_t bytes;
	int fd;
};
int transfer_fetch(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, struct arena *arena, struct transfer_file *out,
		   struct err *err) CHECK_RESULT;

#endif
