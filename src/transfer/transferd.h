/* 受け渡し係の内側 — what transferd's files share. One exchange = one request from its arrival to its answer. */
#ifndef TRANSFER_TRANSFERD_H
#define TRANSFER_TRANSFERD_H
#include "base/loop.h"
#include "base/room.h"
#include "store/link.h"
#include "store/read.h"
#include "transfer/limits.h"
#include "transfer/request.h"
#include "transfer/spool.h"

struct sanitise_queue;
struct transferd {
	struct service service;
	struct loop *loop;
	struct spool *spool;
	struct store_reader *reader; /* NULL: not open now */
	struct store_link recordd;
	struct sanitise_queue *queue;
	struct room room; /* of the spool's disk */
	struct loop_timer *house; /* the next round of housekeeping */
	bool sweep_due;		  /* files may lie in the spool whose tickets are over */
	struct {
		int64_t hour;
		unsigned rows;
	} told[FACE_INTERNET + 1]; /* by faces, of their settings (face_told.c) */
	unsigned upload_count;
	struct upload *uploads; /* upload.h */
	struct drawing *drawings; /* pictures that wait, in their order (pictures.c) */
	unsigned drawing_count;
};

struct upload;
struct transfer_connection {
	struct transferd *transferd;
	int fd;
	struct loop_watch *watch;
	const char *caller; /* NULL until it has said who it is */
	struct loop_timer *silence; /* as long as it has not */
	struct exchange *exchange; /* one that goes on after its callback: the next request waits */
	struct transfer_known *known; /* whose session was asked for last; NULL nobody's */
	struct upload *upload; /* whose part is coming in */
};
struct exchange {
	struct transferd *transferd;
	struct transfer_connection *connection; /* NULL: the caller has gone */
	struct arena *arena;
	uint32_t sequence;
	unsigned face;
	struct transfer_asked asked;
};

/* The answers; each ends the exchange. */
struct ipc_message exchange_answer(struct exchange *x);
void exchange_reply(struct exchange *x, struct ipc_message *m);
void exchange_failed(struct exchange *x, const struct err *err);
void exchange_drop(struct exchange *x);
/* For answers that come later than the callback: the connection reads no more until then. */
void exchange_goes_on(struct exchange *x);

/* The requests. */
void upload_begin(struct exchange *x);
void upload_part(struct exchange *x);
void upload_part_end(struct exchange *x);
void upload_state(struct exchange *x);
void upload_drop(struct exchange *x);
void hand_in_check(struct exchange *x);
void hand_in(struct exchange *x);
void who(struct exchange *x);
void terms(struct exchange *x);
void face_configured(struct exchange *x);
void my_tickets(struct exchange *x);
void my_ticket(struct exchange *x);
void my_hand_in(struct exchange *x);
void unlock(struct exchange *x);
void outward(struct exchange *x);
void hand_in_form(struct exchange *x);
void guest_link(struct exchange *x);
void guest_upload(struct exchange *x);
void link_issue(struct exchange *x);
void link_revoke(struct exchange *x);
void links(struct exchange *x);
void addressees(struct exchange *x);
void fetch(struct exchange *x);
void picture(struct exchange *x);

/* Shared steps. */
/* What is handed in on the office face goes out of LGWAN, on the Internet face into it. */
static inline unsigned exchange_direction(const struct exchange *x) { return x->face == FACE_OFFICE ? DIRECTION_OUT : DIRECTION_IN; }
/* What the link whose token was shown is good for. ERR_EXPIRED: nothing; ERR_TOO_MANY: tried too often from this address. */
int exchange_guest(struct exchange *x, struct store_guest_link_check_reply *out, struct err *err) CHECK_RESULT;
/* Whose session the token is, as recordd says. A page begins with WHO, which always asks; what else it asks on the same connection within a second believes
 * that answer. What changes anything is judged by recordd again, by the token. */
int exchange_person(struct exchange *x, struct store_session_check_reply *out, struct err *err) CHECK_RESULT;
/* The store for reading; opened when needed. A read that failed for want of recordd is worth a fresh one: transferd_reader_failed. */
int transferd_reader(struct transferd *transferd, struct store_reader **out, struct err *err) CHECK_RESULT;
void transferd_reader_failed(struct transferd *transferd, const struct err *err);
/* Looks at the room for the spool, tells the journal once if its level changed. ERR_FULL: nothing more is accepted now. */
int transferd_room(struct transferd *transferd, struct err *err) CHECK_RESULT;
/* Tells the journal of a fault that somebody must look into. */
void transferd_fault(struct transferd *transferd, const char *what, uint64_t ticket, const struct err *err);
/* "12" */
const char *ticket_name(uint64_t ticket, char out[SPOOL_NAME_MOST]);

/* Uploads as a whole (upload.c): those of an earlier life; what has been still for long; those of a connection that has gone. */
int uploads_load(struct transferd *transferd, struct err *err) CHECK_RESULT;
void uploads_look_through(struct transferd *transferd);
void uploads_drop_of(struct transfer_connection *connection);
bool uploads_know(struct transferd *transferd, const char *hex);

/* Sanitising (sanitise_queue.c) and what is done again and again (housekeeping.c). */
struct sanitise_queue *sanitise_queue_new(struct transferd *transferd);
void sanitise_queue_add(struct sanitise_queue *queue, uint64_t ticket); /* known already: nothing */
/* Once more, with a password that its sender gave: kept in memory until the file is judged, or asked for again after a restart. */
void sanitise_queue_try(struct sanitise_queue *queue, uint64_t ticket, struct text password);
void housekeeping_begin(struct transferd *transferd);
/* Something may have been left behind: the spool is looked through against the record, soon and until it succeeds. */
void housekeeping_sweep_soon(struct transferd *transferd);
/* Files of tickets with a number beyond `last`, in a spool put back from a backup. */
int erase_beyond(struct transferd *transferd, uint64_t last, unsigned *erased, struct err *err) CHECK_RESULT;

#endif
