/* 今日やること — what both faces' first pages show. */
#ifndef WEB_PAGES_HOME_H
#define WEB_PAGES_HOME_H
#include "store/read.h"
#include "transfer/client.h"
#include "web/html.h"

enum { HOME_EXPIRING_MOST = 20, HOME_EXPIRING_DAYS = 2 };

struct home_view {
	struct store_today today;
	struct store_ticket *expiring; /* approved for this person, not fetched, soon gone */
	size_t expiring_count;
	bool is_chief;
};
struct front_view {
	bool carries; /* a policy lets files pass */
	struct transfer_terms terms;
	struct transfer_ticket *rows; /* the latest */
	size_t count;
};

#endif
