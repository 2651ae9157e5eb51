/* 最初のページの見た目 — what a ticket's page shows of the first page before and after. */
#ifndef TRANSFER_PAGES_PICTURES_VIEW_H
#define TRANSFER_PAGES_PICTURES_VIEW_H
#include "transfer/pictures.h"
#include "web/html.h"

struct pictures_view {
	uint64_t number;
	bool shown;	    /* this person may see what is in the file, and there is something to see or a sentence why not */
	bool before, after; /* there may be a picture: it is drawn when the browser asks */
	bool locked;	    /* it came under a password */
};
/* report: JSON of sanitize/report.h; may_see: by pictures_may_see. */
struct pictures_view pictures_view_of(struct arena *arena, uint64_t ticket, struct bytes report, bool may_see);

#endif
