/* 今日やること — what both faces' first pages show. */
#ifndef WEB_PAGES_HOME_H
#define WEB_PAGES_HOME_H
#include "store/read.h"
#include "transfer/client.h"
#include "web/html.h"

enum { HOME_EXPIRING_MOST = 20, HOME_EXPIRING_DAYS = 2, HOME_BACK_MOST = 5 };

struct home_view {
	struct store_today today;
	struct store_ticket *expiring; /* approved for this person, not fetched, soon gone */
	size_t expiring_count;
	struct store_tickets back; /* sent back or refused lately */
	struct store_absences acts_for; /* whom this person acts for, now or soon */
	struct store_absences own;	/* this person's own absence */
	struct store_absences of_unit;	/* chiefs of this person's unit who are away now */
	struct store_tickets released; /* originals of this chief's unit that left quarantine lately */
	uint32_t proposals; /* of the policy, for this person to decide */
	int64_t now;
	bool is_chief;
};
struct front_view {
	bool carries; /* a policy lets files pass */
	struct transfer_terms terms;
	struct transfer_ticket *rows; /* the latest */
	size_t count;
};

#endif
