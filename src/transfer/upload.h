/* 送信中のファイル — what is on its way in, in transferd: begun, written part by part, complete, then handed in or erased. A lasting one outlives its
 * connection, transferd and the machine as far as its parts were acknowledged; any other is gone with its connection. Bound to the person who
 * began it. article: s6.3.2b */
#ifndef TRANSFER_UPLOAD_H
#define TRANSFER_UPLOAD_H
#include "transfer/transferd.h"

struct upload {
	struct upload *next;
	struct transferd *transferd;
	struct arena *arena; /* the upload lies in it */
	uint8_t id[TRANSFER_UPLOAD_ID];
	char hex[2 * TRANSFER_UPLOAD_ID + 1]; /* its name in spool/uploads; what is known of it lies in HEX.about */
	bool lasting, held; /* held: an act is being closed with it; nobody else may touch it */
	struct text owner;	/* staff number, or "guest:LINK" */
	uint64_t limit;		/* of the link; 0 none beside the policy's */
	struct text name, received_name, declared_type, charset, source;
	uint64_t bytes;		/* announced; 0: not known */
	int64_t begun, touched; /* seconds */

	/* As far as it is. */
	struct spool_writer *writer; /* NULL: parked, being taken up, or complete */
	struct spool_taking_up *taking_up;
	struct loop_timer *step;
	void (*taken_up)(struct upload *u, void *self, const struct err *err);
	void *self;
	bool complete; /* durable as a whole; or, if it is not lasting, all has come */
	struct spool_whole whole;

	/* A part that is coming in. */
	struct transfer_connection *connection; /* of the part; of one that does not last: its own, all along */
	int pipe;
	struct loop_watch *watch;
	struct loop_timer *idle;
	int64_t last;		  /* milliseconds: content came */
	uint64_t part_at, most;	  /* where it begins; bytes allowed in all */
	struct err failure;	  /* code ERR_NONE: none so far */
	bool ended;		  /* the pipe has ended */
	struct exchange *finish;  /* waits for the end of the pipe */
};

/* Owner of what comes by a link. */
struct text upload_guest(struct arena *arena, uint64_t link);
/* ERR_NOT_FOUND: none, or another's. */
int upload_find(struct transferd *t, struct bytes id, struct text owner, struct upload **out, struct err *err) CHECK_RESULT;
/* So that it can be written on or is known to be complete: calls back at once or later; err NULL = it is. Only one caller at a time (ERR_BUSY). */
void upload_wake(struct upload *u, void (*taken_up)(struct upload *u, void *self, const struct err *err), void *self);
/* Durable under its name in spool/uploads, its hash known. */
int upload_settle_whole(struct upload *u, struct err *err) CHECK_RESULT;
/* Forgets it; the files: erased, or left where they are (they belong to a ticket, or may). */
void upload_forget(struct upload *u, bool erase);

#endif
