/* 提案の状態 — what becomes of a policy proposal: numbers and words in proposal_states.def. */
#ifndef STORE_PROPOSAL_STATES_H
#define STORE_PROPOSAL_STATES_H

enum proposal_state {
#define PROPOSAL_STATE(name, number, ja, en) PROPOSAL_##name = number,
#include "store/proposal_states.def"
#undef PROPOSAL_STATE
};

/* "" for a number that is no state. */
static inline const char *proposal_state_japanese(unsigned state)
{
	switch (state) {
#define PROPOSAL_STATE(name, number, ja, en) case number: return ja;
#include "store/proposal_states.def"
#undef PROPOSAL_STATE
	}
	return "";
}
static inline const char *proposal_state_english(unsigned state)
{
	switch (state) {
#define PROPOSAL_STATE(name, number, ja, en) case number: return en;
#include "store/proposal_states.def"
#undef PROPOSAL_STATE
	}
	return "";
}

#endif
