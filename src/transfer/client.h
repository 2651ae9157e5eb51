/* 受け渡しの依頼 — how webd asks transferd. The internet face sees its user's own tickets and nothing else; the office face fetches.
 * One connection (service_connect(…, "transferd")), one request at a time, blocking with a time-out. A part of a file has a connection of its own.
 * article: s2.12a s2.12b s6.3.2b */
#ifndef TRANSFER_CLIENT_H
#define TRANSFER_CLIENT_H
#include "base/hash.h"
#include "base/ipc.h"
#include "store/ticket_states.h"

enum transfer_request {
	TRANSFER_MY_TICKETS = 3,
	TRANSFER_MY_TICKET = 4,
	TRANSFER_ADDRESSEES = 5,
	TRANSFER_FETCH = 6,
	TRANSFER_WHO = 7,
	TRANSFER_TERMS = 8,
	/* 1 and 2 were a hand-in of one file until 0.1, 28 the purposes alone. */
	TRANSFER_UPLOAD_BEGIN = 20,
	TRANSFER_UPLOAD_PART = 21,
	TRANSFER_UPLOAD_PART_END = 22,
	TRANSFER_UPLOAD_STATE = 23,
	TRANSFER_UPLOAD_DROP = 24,
	TRANSFER_HAND_IN_CHECK = 25,
	TRANSFER_HAND_IN_FILES = 26,
	TRANSFER_MY_HAND_IN = 27,
	TRANSFER_UNLOCK = 29,
	TRANSFER_GUEST_LINK = 30,
	TRANSFER_GUEST_UPLOAD = 31,
	TRANSFER_GUEST_HAND_IN = 32,
	TRANSFER_LINK_ISSUE = 33,
	TRANSFER_LINK_REVOKE = 34,
	TRANSFER_LINKS = 35,
	TRANSFER_OUTWARD = 40,
	TRANSFER_FACE_CONFIGURED = 41,
	TRANSFER_HAND_IN_FORM = 42,
	TRANSFER_PICTURE = 43,
};
enum {
	TRANSFER_TOKEN = 32,
	TRANSFER_DECIDERS_MOST = 20,
	TRANSFER_ROWS_MOST = 30,	/* rows of one answer */
	TRANSFER_PURPOSE_MOST = 600,	/* bytes: 200 characters of Japanese */
	TRANSFER_PASSWORD_MOST = 256,
	TRANSFER_UPLOAD_ID = 16,
	TRANSFER_PURPOSES_MOST = 8,
	TRANSFER_WORDS_MOST = 300, /* bytes of a search */
	TRANSFER_FILES_MOST = 20, /* of one act: STORE_HAND_IN_FILES_MOST */
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
	uint32_t refused_days; /* transferd only: not on the wire */
};
int transfer_terms(int transferd, const uint8_t token[TRANSFER_TOKEN], struct transfer_terms *out, struct err *err) CHECK_RESULT;

/* A face tells what settings and certificate it read: canonical JSON, an object, at most 4 KiB, becomes the row face.configured. ERR_TOO_MANY: more than
 * TRANSFER_FACE_ROWS_MOST an hour. */
int transfer_face_configured(int transferd, struct bytes content, struct err *err) CHECK_RESULT;

/* Handing in: each file is begun and written, then all files of one act are handed in together.
 *   check:  session, addressee, purpose, policy, room for so many bytes: ERR_NOT_SIGNED_IN, ERR_INVALID, ERR_NOT_FOUND, ERR_FULL … with a sentence.
 *   begin:  a new upload of this person. lasting = it outlives its connection, transferd and the machine as far as its parts were acknowledged,
 *	     needs its size, and is erased when nobody went on with it for TRANSFER_UPLOAD_KEEP_SECONDS; else it is gone with its connection.
 *	     ERR_TOO_MANY, ERR_BUSY: too many on their way.
 *   part:   bytes from `at` on; *pipe is the write end (blocking). ERR_CONFLICT: it goes on somewhere else: ask for the state. One part at a time
 *	     on a connection; a new part of a file takes the place of one whose line has broken.
 *   write:  EPIPE = transferd has stopped reading (limit, disk); go on to part_end, which says why. SIGPIPE must be ignored.
 *   part_end: close the pipe first; bytes = what was written. *so_far of a lasting one is durable: whole pieces of 64 KiB, or all of it.
 *   state:  how far it is; of a lasting one after a break, on any connection.
 *   hand_in: all files are complete → a ticket each, numbers from *first on. The answer comes when all is durable and committed: accepted, never
 *	     lost. Any error = no ticket; lasting files stay, the same act may be tried again and gives the same tickets. */
struct transfer_upload {
	struct text name;      /* as the browser said it; made safe by the sanitiser */
	struct text declared_type, charset; /* media type as declared; "" or a name of base/text.h */
	struct text password;  /* for a protected file; "" none. Kept encrypted with the file, destroyed with it */
	struct text source;    /* address of the browser: provenance */
	uint64_t bytes;	       /* 0 = unknown */
	bool lasting;
};
struct transfer_upload_state {
	struct text name;
	uint64_t bytes, so_far;
	bool complete;
};
int transfer_hand_in_check(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text addressee, struct text purpose, uint64_t bytes, struct err *err)
	CHECK_RESULT;
int transfer_upload_begin(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_upload *what, uint8_t id[TRANSFER_UPLOAD_ID],
			  struct err *err) CHECK_RESULT;
int transfer_upload_part(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], uint64_t at, int *pipe, struct err *err)
	CHECK_RESULT;
int transfer_upload_part_end(int transferd, uint64_t bytes, uint64_t *so_far, struct err *err) CHECK_RESULT;
int transfer_upload_state(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], struct arena *arena,
			  struct transfer_upload_state *out, struct err *err) CHECK_RESULT;
int transfer_upload_drop(int transferd, const uint8_t token[TRANSFER_TOKEN], const uint8_t id[TRANSFER_UPLOAD_ID], struct err *err) CHECK_RESULT;
/* addressee: staff number. ids: count × TRANSFER_UPLOAD_ID, at most TRANSFER_FILES_MOST. */
int transfer_hand_in(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text addressee, struct text purpose, const uint8_t *ids, size_t count,
		     uint64_t *first, struct err *err) CHECK_RESULT;

/* Who may decide a ticket that waits: chief, deputy, who acts for them. */
struct transfer_decider {
	struct text name, post;
};
/* A ticket as its sender sees it. */
struct transfer_ticket {
	uint64_t number, bytes;
	int64_t at;	       /* received */
	int64_t keep_until;    /* 0: nothing is kept any more */
	struct text addressee, addressee_name, purpose, name, output_name;
	enum ticket_state state;
	enum transfer_verdict verdict;
	uint32_t removed;      /* things taken out, all kinds */
	uint32_t files;	       /* of the act it belongs to */
	struct text reason;    /* the approver's words when sent back (or approved) */
	uint32_t wrong_passwords; /* transfer_my_ticket only */
	struct transfer_decider *deciders; /* of transfer_my_ticket, while it waits */
	size_t decider_count;
};
struct transfer_tickets {
	struct transfer_ticket *rows;
	size_t count;
	bool more;
	uint64_t next; /* before of the next question */
};
/* Newest first. Words as in store_read_search: all of them. `next` is where to go on. */
struct transfer_wanted {
	uint64_t before;      /* 0: from the newest */
	unsigned most;
	unsigned state;	      /* enum ticket_state, 0 all */
	int64_t since, until; /* handed in; 0 open; until itself is outside */
	struct text words;
	bool full;	      /* with removed and reason */
};
int transfer_my_tickets(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_wanted *wanted, struct arena *arena,
			struct transfer_tickets *out, struct err *err) CHECK_RESULT;
/* The files of the act that this ticket belongs to, in their order. */
int transfer_my_hand_in(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, uint64_t ticket, struct arena *arena,
			struct transfer_tickets *out, struct err *err) CHECK_RESULT;
/* What this person asked to take out of LGWAN, newest first; before = 0: from the newest. Internet face: there it is fetched. */
int transfer_outward(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t before, struct arena *arena, struct transfer_tickets *out,
		     struct err *err) CHECK_RESULT;
/* With the report (canonical JSON as in sanitize/report.h; n = 0 before the verdict). Another's ticket is ERR_NOT_FOUND. */
int transfer_my_ticket(int transferd, const uint8_t token[TRANSFER_TOKEN], bool quiet, uint64_t ticket, struct arena *arena,
		       struct transfer_ticket *out, struct bytes *report, struct err *err) CHECK_RESULT;

/* The password of a file that waits for it (TICKET_LOCKED), by its sender on the face it was handed in at. ERR_CONFLICT: it does not wait any more. */
int transfer_unlock(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, struct text password, struct err *err) CHECK_RESULT;

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
/* All that the form for handing in shows at once: what the policy allows (ERR_NOT_FOUND as transfer_terms says), people as transfer_addressees finds them, and
 * what this person wrote as purpose before, the latest first. */
struct transfer_form {
	struct transfer_terms terms;
	struct transfer_addressees people;
	struct text purposes[TRANSFER_PURPOSES_MOST];
	size_t purpose_count;
};
int transfer_hand_in_form(int transferd, const uint8_t token[TRANSFER_TOKEN], struct text query, struct arena *arena, struct transfer_form *out,
			  struct err *err) CHECK_RESULT;

/* ---- people outside, by a link that an employee issued ---- */

/* What a link is good for, and what came of the files that were handed in by it: no names of people but the issuer's, no numbers.
 * ERR_EXPIRED: unknown, revoked or over, said alike. ERR_TOO_MANY: this address has tried too many links that open nothing. */
struct transfer_guest_file {
	struct text name;
	enum ticket_state state;
	struct text refusal;
	int64_t at;
};
struct transfer_guest_link {
	struct text issuer_name, issuer_unit_name, purpose;
	uint32_t files_left;
	uint64_t bytes_most;
	int64_t expires;
	struct transfer_guest_file files[TRANSFER_FILES_MOST];
	size_t file_count;
};
int transfer_guest_link(int transferd, const uint8_t link[TRANSFER_TOKEN], struct text source, struct arena *arena, struct transfer_guest_link *out,
			struct err *err) CHECK_RESULT;
/* A file that does not last, open for writing at once; ended by transfer_upload_part_end; all of a connection are handed in together. */
int transfer_guest_upload(int transferd, const uint8_t link[TRANSFER_TOKEN], const struct transfer_upload *what, uint8_t id[TRANSFER_UPLOAD_ID], int *pipe,
			  struct err *err) CHECK_RESULT;
int transfer_guest_hand_in(int transferd, const uint8_t link[TRANSFER_TOKEN], struct text source, struct text guest, struct text organisation,
			   const uint8_t *ids, size_t count, struct err *err) CHECK_RESULT;

/* The links of an employee. The token comes back once and is known nowhere else. */
struct transfer_link_terms {
	struct text addressee, purpose;
	uint32_t files_most;
	uint64_t bytes_most;
	int64_t expires;
};
int transfer_link_issue(int transferd, const uint8_t token[TRANSFER_TOKEN], const struct transfer_link_terms *terms, uint8_t link[TRANSFER_TOKEN],
			struct err *err) CHECK_RESULT;
int transfer_link_revoke(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t number, struct err *err) CHECK_RESULT;
struct transfer_link {
	uint64_t number, bytes_most;
	struct text addressee_name, purpose;
	uint32_t files_most, used;
	int64_t created, expires, revoked;
};
struct transfer_links {
	struct transfer_link *rows;
	size_t count;
	bool more; /* ask again with before = number of the last row */
};
int transfer_links(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t before, struct arena *arena, struct transfer_links *out, struct err *err)
	CHECK_RESULT;

/* Addressee only, approved tickets only; on the office face what came in, on the Internet face what goes out. After an administrator's release the
 * original of a refused file. fd: sealed memfd with the file, the caller closes it. The fetch is in the
 * journal before the descriptor is handed out. */
struct transfer_file {
	struct text name, media_type;
	uint64_t bytes;
	int fd;
};
/* A picture (PNG) of the first page of what was handed in, or of what was rebuilt (after): drawn now if nobody has asked for it before, which may take seconds. Who may:
 * transfer/pictures.h. ERR_UNSUPPORTED: there is none, and never will be; ERR_BUSY, ERR_TOO_MANY: not now. Each one that is handed out is in the journal. */
int transfer_picture(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, bool after, struct arena *arena, struct bytes *png, struct err *err) CHECK_RESULT;
int transfer_fetch(int transferd, const uint8_t token[TRANSFER_TOKEN], uint64_t ticket, struct arena *arena, struct transfer_file *out,
		   struct err *err) CHECK_RESULT;

#endif
