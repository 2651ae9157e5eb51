/* 提案の状態 — what becomes of a policy proposal. The numbers stand in the store. */
#ifndef STORE_PROPOSAL_STATES_H
#define STORE_PROPOSAL_STATES_H

enum proposal_state {
	PROPOSAL_WAITING = 1,
	PROPOSAL_ADOPTED = 2,
	PROPOSAL_RETURNED = 3,
	PROPOSAL_WITHDRAWN = 4,
	PROPOSAL_OVERTAKEN = 5, /* another text came into force first */
};

#endif
