/* ファイルを渡す — what the pages of the Internet side show. */
#ifndef TRANSFER_PAGES_HAND_IN_H
#define TRANSFER_PAGES_HAND_IN_H
#include "transfer/client.h"
#include "transfer/pages/report_view.h"

struct hand_in_view {
	struct transfer_terms terms;
	struct transfer_addressee *people; /* found by query */
	size_t people_count;
	bool more;
	struct text query, addressee, purpose, charset;
	struct phrase say; /* ja NULL: nothing */
	struct text say_more; /* a sentence of another process, for experts */
};
struct my_tickets_view {
	struct transfer_ticket *rows;
	size_t count;
	uint64_t next; /* 0: no more */
};
struct my_ticket_view {
	struct transfer_ticket ticket;
	struct report_view report;
	bool under_way; /* the page waits for a change */
};

#endif
