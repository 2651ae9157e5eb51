/* 受渡の受付の共通部分 — what ticket_open and guest_ticket_open share: an act of one or several files becomes tickets of one sender. */
#ifndef STORE_TICKETS_OPEN_H
#define STORE_TICKETS_OPEN_H
#include "store/command.h"

struct guest_terms { /* of the link; NULL: the sender hands in themself */
	uint64_t number, bytes_most;
	uint32_t files_left;
};
/* Permission was checked. in->token is not looked at. */
int tickets_open(struct act *act, const struct store_ticket_open *in, const struct act_session *sender, const struct guest_terms *guest,
		 struct store_ticket_open_reply *out, struct err *err) CHECK_RESULT;
/* The link of this token, if it is open now; *open false otherwise. Grants PERMIT_GUEST. */
int guest_link_find(struct act *act, struct bytes token, struct sql_guest_link_by_number_row *link, bool *open, struct err *err) CHECK_RESULT;

#endif
