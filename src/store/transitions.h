/* 受け渡しの状態遷移 — transitions.def as a function. */
#ifndef STORE_TRANSITIONS_H
#define STORE_TRANSITIONS_H
#include "store/ticket_states.h"

enum ticket_act { ACT_FOUND_CLEAN, ACT_FOUND_REFUSED, ACT_APPROVE, ACT_RETURN, ACT_FETCH, ACT_ERASE, ACT_RELEASE, ACT_LOCK, ACT_UNLOCK, ACT_COUNT };

/* False: the act is not allowed in this state; *to is untouched. */
static inline bool ticket_may(int64_t from, enum ticket_act act, enum ticket_state *to)
{
#define TRANSITION(state, name, next)                            \
	if (from == TICKET_##state && act == ACT_##name) {       \
		*to = TICKET_##next;                             \
		return true;                                     \
	}
#include "store/transitions.def"
#undef TRANSITION
	return false;
}

#endif
