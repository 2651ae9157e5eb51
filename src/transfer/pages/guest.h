/* 外部の人から受け取る — what the pages for links show: the employee's list, and what somebody outside sees. */
#ifndef TRANSFER_PAGES_GUEST_H
#define TRANSFER_PAGES_GUEST_H
#include "transfer/client.h"
#include "transfer/pages/report_view.h"
#include "web/export.h"

enum { LINK_DAYS_USUAL = 7, LINK_DAYS_MOST = 31 };

struct links_view {
	struct transfer_terms terms;
	struct transfer_link *rows;
	size_t count;
	uint64_t next; /* 0: no more */
	int64_t now;
	struct text issued; /* the address, shown once; "" none */
	struct text purpose, query, addressee, days, files, megabytes; /* as typed */
	struct transfer_addressees people; /* found by query, or the one that was chosen */
	struct phrase say;
	bool revoked;
	struct export_links_view export;
};
struct guest_view {
	struct transfer_guest_link link;
	struct text key, name, organisation;
	struct phrase say;
	bool done, under_way;
};
struct phrase link_state(const struct transfer_link *link, int64_t now);
bool link_is_open(const struct transfer_link *link, int64_t now);
/* A ticket's state in the words of somebody outside; what to do where it was refused. */
struct phrase guest_state(enum ticket_state state);
struct phrase guest_refusal(struct text code);

#endif
