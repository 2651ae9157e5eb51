/* 報告の見せ方 — the sanitiser's report and the states of a ticket in a clerk's words, for the pages of the passage. */
#ifndef TRANSFER_PAGES_REPORT_VIEW_H
#define TRANSFER_PAGES_REPORT_VIEW_H
#include "store/ticket_states.h"
#include "web/html.h"

enum { REPORT_PLACES_MOST = 100 };

struct removed_kind {
	struct phrase say;
	struct phrase effect; /* what it means for the content; ja NULL: nothing is known */
	int64_t count;
};
struct removed_place {
	struct text threat, where;
	int64_t count;
};
struct report_view {
	bool known, refused, converted, cut;
	struct phrase refusal;	  /* what it is and what to do */
	struct phrase next_step;  /* who can do what now; ja NULL: nothing is known */
	struct phrase detail;	  /* an expert's sentence; ja NULL: none */
	struct removed_kind *kinds;
	size_t kind_count;
	int64_t removed_total;
	struct removed_place *places;
	size_t place_count;
	struct phrase *notes;
	size_t note_count;
	struct text engine;
	struct phrase rules;	  /* what the policy chose for the file; ja NULL: nothing but the usual */
};
/* Rows of effects.def and next_steps.def; { NULL, NULL } for what they do not know. format: the input's, as in formats.def. */
struct phrase effect_of(struct text threat, struct text format);
struct phrase next_step_of(struct text refusal);

/* The sanitiser's sentence for experts. Japanese where it only names a kind of file (foreign.def, formats.def), else as it is. */
struct phrase detail_of(struct arena *arena, struct text detail);

/* report: JSON of sanitize/report.h, n = 0: not known yet. What cannot be read is shown as not known. */
void report_view_of(struct arena *arena, struct bytes report, struct report_view *out);

/* Where a file came from, as far as anyone can say. */
struct provenance_view {
	struct text source, declared_type, name_received;
};
void provenance_view_of(struct arena *arena, struct bytes provenance, struct provenance_view *out);

/* chief, deputy, administrator, "acting chief" and the posts of a statement, in words. */
struct phrase post_phrase(struct text post);
struct phrase state_phrase(enum ticket_state state);
/* Something is there to be fetched, or will be once it is approved: the term means something. */
bool may_be_fetched(enum ticket_state state);
const char *state_class(enum ticket_state state); /* good bad care wait */
const char *state_sign(enum ticket_state state);  /* a mark beside the word: colour is never alone */

#endif
