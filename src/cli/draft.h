/* 下書きのポリシー文 — a policy text that lies in a file: for the verbs that read one. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H
#include "cli/verb.h"
#include "policy/policy.h"

/* The file's folder is all that its includes can reach. As policy_load. */
int draft_load(struct arena *arena, const char *path, const struct policy **out, struct policy_fault *fault, struct err *err) CHECK_RESULT;
/* What is wrong with a text, on standard error; the exit code that belongs to it. */
int draft_complain(struct arena *arena, const struct policy_fault *fault, const struct err *err);
/* As draft_load, with draft_complain: VERB_OK or an exit code. */
int draft_take(struct arena *arena, const char *path, const struct policy **out) CHECK_RESULT;
/* The same, in its canonical form. */
int draft_canonical(struct arena *arena, const char *path, struct bytes *out) CHECK_RESULT;

#endif
