/* 持ち出し — what the pages of files that leave LGWAN show. */
#ifndef TRANSFER_PAGES_OUTWARD_H
#define TRANSFER_PAGES_OUTWARD_H
#include "transfer/pages/hand_in.h"
#include "transfer/pages/office.h"

struct outward_view {
	bool allowed; /* the policy in force lets files out */
	struct transfer_terms terms;
	struct text me, purpose;
	struct phrase say;
	bool done;
	struct list_view list;
};
struct outward_ready_view {
	struct transfer_ticket *rows;
	size_t count;
	uint64_t next;
};

#endif
