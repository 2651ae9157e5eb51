/* 庁内のきまり（ポリシー文） — the policy language: text in, model out. Grammar: man 5 sekisho-policy. Pure but for reading the files named.
 * Files are drafts; in force is the canonical text that was adopted by its SHA-256. article: s2.11 s6.3.1a s6.3.2a s6.3.2b */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H
#include "base/buf.h"
#include "base/err.h"
#include "policy/model.h"

/* What is wrong with a text and where. Lives as long as the arena of the call that filled it. */
struct policy_fault {
	struct policy_place at;
	const char *ja, *en;			  /* the sentence */
	const char *expected_ja, *expected_en; /* what could stand there; NULL if it does not help */
	const char *nearest;		   /* the word that was probably meant; NULL if none is near */
};
/* "file:line:column: sentence", the line, a caret, what was expected, the nearest word; several lines, the last without \n. */
const char *policy_fault_text(struct arena *arena, const struct policy_fault *fault, bool japanese);
/* Counted from 1; the column in characters. */
void policy_place_find(struct policy_place at, unsigned *line, unsigned *column);

/* Reads the file and what it includes, all within the folder, and checks that the text is complete. On failure *out is untouched, *fault says
 * it to the author, *err in one English line (ERR_INVALID; ERR_NOT_FOUND, ERR_IO where a file cannot be had). fault may be NULL. */
int policy_load(struct arena *arena, int folder, const char *path, const struct policy **out, struct policy_fault *fault, struct err *err) CHECK_RESULT;
/* The same for a text that is not in a file (the one in force); it cannot include anything. name: for messages. */
int policy_of_text(struct arena *arena, const char *name, struct bytes content, const struct policy **out, struct policy_fault *fault, struct err *err)
	CHECK_RESULT;

/* Only what a carry statement says of how files are made safe ("links remove format html refuse"): for one file at a time. */
int policy_rules_of_text(struct arena *arena, const char *name, struct bytes content, struct rules *out, struct policy_fault *fault, struct err *err)
	CHECK_RESULT;
/* What the text means, a sentence for each statement that says something about files, for people who do not read it. */
void policy_explain(struct buf *out, const struct policy *policy, bool japanese);

/* The canonical text: one form for one meaning, includes resolved, without comments. This is what is adopted and hashed.
 * policy_of_text of it gives an equal policy; a diff of two canonical texts is a diff of the rules. */
void policy_print(struct buf *out, const struct policy *policy);
struct text policy_text_of(struct arena *arena, const struct policy *policy);

#endif
