/* 受け渡しの状態 — the states of a ticket as an enum with their labels, from ticket_states.def. */
#ifndef STORE_TICKET_STATES_H
#define STORE_TICKET_STATES_H
#include "base/base.h"

enum ticket_state {
#define TICKET_STATE(name, number, ja, en) TICKET_##name = number,
#include "store/ticket_states.def"
#undef TICKET_STATE
};

/* "" for a number that is no state. */
static inline const char *ticket_state_japanese(unsigned state)
{
	switch (state) {
#define TICKET_STATE(name, number, ja, en) case number: return ja;
#include "store/ticket_states.def"
#undef TICKET_STATE
	}
	return "";
}
static inline const char *ticket_state_english(unsigned state)
{
	switch (state) {
#define TICKET_STATE(name, number, ja, en) case number: return en;
#include "store/ticket_states.def"
#undef TICKET_STATE
	}
	return "";
}

#endif
