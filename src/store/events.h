/* 出来事の一覧 — events.def as a table. */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H
#include "base/base.h"

enum event_by { BY_RECORDD, BY_COMMAND, BY_PROCESS, BY_AUTHD, BY_TRANSFERD, BY_EVIDENCED, BY_ZONESD, BY_OPERATOR };

struct event_kind {
	const char *id, *clause, *ja, *en;
	unsigned retention_years;
	bool waits_for_seal;
	enum event_by by;
};
extern const struct event_kind event_kinds[];
extern const size_t event_kind_count;

const struct event_kind *event_kind_of(struct text id); /* NULL for an unknown id */
/* May this process claim the event by process_event? */
bool event_may_be_claimed(const struct event_kind *kind, const char *process);

#endif
