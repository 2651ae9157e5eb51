/* 出来事の一覧 — contract in events.h. */
#include "store/events.h"

const struct event_kind event_kinds[] = {
#define EVENT(id, clause, ja, en, years, waits, by) { id, clause, ja, en, years, waits, by },
#include "store/events.def"
#undef EVENT
};
const size_t event_kind_count = COUNT(event_kinds);

const struct event_kind *event_kind_of(struct text id)
{
	for (size_t i = 0; i < event_kind_count; i++)
		if (text_is(id, event_kinds[i].id))
			return &event_kinds[i];
	return NULL;
}

bool event_may_be_claimed(const struct event_kind *kind, const char *process)
{
	switch (kind->by) {
	case BY_PROCESS: return true;
	case BY_AUTHD: return strcmp(process, "authd") == 0;
	case BY_TRANSFERD: return strcmp(process, "transferd") == 0;
	case BY_EVIDENCED: return strcmp(process, "evidenced") == 0;
	case BY_ZONESD: return strcmp(process, "zonesd") == 0;
	case BY_OPERATOR: return strcmp(process, "operator") == 0;
	case BY_RECORDD:
	case BY_COMMAND: return false;
	}
	return false;
}
