/* きまりの提案と決裁 — `sekisho policy propose|proposals|approve|return`: the two signatures over a policy text given at the command line, each by a person with
 * password and code, as on the office face; for the first installation, when no network may reach a face yet. article: s9 s6.6b */
#ifndef CLI_PROPOSAL_H
#define CLI_PROPOSAL_H
#include "cli/verb.h"
#include "policy/policy.h"

/* FILE has been read, checked and judged before. by: the administrator's staff number. */
int proposal_make(struct arena *arena, const struct policy *policy, const char *by, const char *reason);
int proposal_list(struct arena *arena);
/* Shows what would be signed, then asks for password and code. back: sent back, which needs a reason (else NULL). */
int proposal_decide(struct arena *arena, const char *number, const char *by, bool back, const char *reason);

#endif
