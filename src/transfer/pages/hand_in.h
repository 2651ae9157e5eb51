/* ファイルを渡す — what the pages of the Internet side show. */
#ifndef TRANSFER_PAGES_HAND_IN_H
#define TRANSFER_PAGES_HAND_IN_H
#include "transfer/client.h"
#include "transfer/pages/password.h"
#include "transfer/pages/pictures_view.h"
#include "transfer/pages/report_view.h"
#include "web/export.h"

enum { HAND_IN_PART_BYTES = 4 << 20, /* of an upload in parts: whole pieces of the spool */ UPLOAD_HEX = 2 * TRANSFER_UPLOAD_ID + 1 };

struct kept_upload { /* has come as a whole; waits for the form to be right */
	char hex[UPLOAD_HEX];
	struct text name;
	uint64_t bytes;
};
struct hand_in_view {
	struct transfer_form form; /* people: found by query */
	struct text query, addressee, purpose, charset;
	struct kept_upload kept[TRANSFER_FILES_MOST];
	size_t kept_count;
	struct phrase say; /* ja NULL: nothing */
	struct text say_more; /* a sentence of another process, for experts */
};
struct my_tickets_view {
	struct transfer_ticket *rows;
	size_t count;
	struct text next; /* address of the next page, "" none */
	struct export_links_view export;
	struct text words, since, until; /* as typed */
	struct phrase say;
	unsigned state;
	bool filtered;
};
struct my_ticket_view {
	struct transfer_ticket ticket;
	struct password_view password; /* while it is locked */
	struct report_view report;
	bool under_way; /* the page waits for a change */
	struct pictures_view pictures;
};
struct my_hand_in_file {
	struct transfer_ticket ticket;
	struct report_view report;
};
struct my_hand_in_view {
	struct my_hand_in_file *rows;
	size_t count;
	uint64_t again; /* a ticket whose addressee and purpose serve for the next; 0: none was refused or sent back */
	bool under_way;
};
/* Of hand_in.c, for uploads.c. */
bool upload_id_read(struct text hex, uint8_t id[TRANSFER_UPLOAD_ID]);
struct request;
struct phrase hand_in_sentence(const struct err *err);
/* The end of a form with files, for the pages that take some: what hand_in_post does between reading and answering. */
int hand_in_finish(struct request *r, uint64_t *first, size_t *count, struct err *err) CHECK_RESULT;
void hand_in_drop(struct request *r);
unsigned hand_in_status(enum err_code code);

#endif
