/* 庁内のきまりの画面 — what the pages about the text in force and its proposals show. */
#ifndef POLICY_PAGES_POLICY_H
#define POLICY_PAGES_POLICY_H
#include "base/hash.h"
#include "policy/line_changes.h"
#include "store/read.h"
#include "web/html.h"

enum { PROPOSALS_PAGE = 20, CHANGES_AROUND = 2, MEANING_AROUND = 1 };

/* What a text means, a line for each sentence. */
struct told_line {
	struct text words;
	bool inner; /* belongs to the sentence above */
};
struct told {
	struct told_line *rows;
	size_t count;
};
struct policy_view {
	bool has_policy, may_propose, done;
	struct store_policy now;
	struct text content;
	char hash[65];
	struct told told;
	struct store_proposals proposals;
};
struct propose_view {
	struct text text, reason, replaces; /* replaces: hex, "" none in force */
	struct phrase say;		    /* what is wrong with the signature */
	uint32_t wait;
	const char *fault;		    /* what is wrong with the text; NULL nothing */
	bool checked, same, moved;	    /* moved: another text came into force meanwhile */
	struct text canonical;
	uint8_t digest[SHA256_BYTES]; /* of it */
	char hash[65];
	struct told told;
	struct line_changes meaning, changes; /* of what it means, sentence by sentence; of the text itself */
};
struct proposal_view {
	struct store_proposal p;
	struct text content;
	char hash[65], object[65];
	struct told told;
	struct line_changes meaning, changes; /* of what it means, sentence by sentence; of the text itself */
	struct phrase say;
	struct text reason;
	uint32_t wait;
	bool may_withdraw, own, done;
};

struct phrase meaning_label(void);
struct phrase text_label(void);
struct phrase proposal_state_phrase(enum proposal_state state);
const char *proposal_state_class(enum proposal_state state); /* of the style sheet: "wait", "good", "bad" */
const char *proposal_state_sign(enum proposal_state state);

#endif
