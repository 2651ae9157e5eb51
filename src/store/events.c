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
