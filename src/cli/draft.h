/* 下書きのポリシー文 — a policy text that lies in a file: for the verbs that read one. */
#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H
#include "policy/policy.h"

/* The file's folder is all that its includes can reach. As policy_load. */
int draft_load(struct arena *arena, const char *path, const struct policy **out, struct policy_fault *fault, struct err *err) CHECK_RESULT;

#endif
