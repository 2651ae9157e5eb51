/* 無害化の仲立ち — the broker: owns the trees, their jobs and budgets, and passes descriptors. It parses nothing: from the first 8 bytes it
 * guesses a jail to begin with (hints.def); what a file is and what it becomes, that jail says; whether it is true, the verifier. Everything that goes wrong refuses (article: s2.12a s6.3.2b).
 *
 * A tree = one file handed in with all that is nested in it. At most `slots` jails work at a time; a parent that waits for its members gives
 * its slot away, so that no nesting can stop the house. One thread, driven by the caller's loop. */
#ifndef SANITIZE_BROKER_H
#define SANITIZE_BROKER_H
#include "base/loop.h"
#include "sanitize/report.h"

struct broker;
struct broker_options {
	unsigned slots;	       /* 0: one for each processor */
	const char *folder;    /* of the jail programs; NULL: program_folder */
	const char *clamd;     /* socket of the second opinion; NULL: CLAMD_SOCKET */
	struct limits limits;
};
struct broker_request {
	int input;	       /* read by pread from 0; duplicated */
	struct bytes name;     /* as handed in, any bytes */
	int charset;	       /* enum charset, -1 none */
	struct bytes password; /* n = 0 none; ≤ 1024 */
	struct rules rules;    /* of the passage; zeros: rebuild everything */
	const struct format *pictured; /* not the file is wanted but a picture of its first page, which is of this format: a PNG, verified like any; NULL: the file */
};
struct broker_result {
	const struct report *report;
	struct arena *arena; /* of the tree; both die after the callback */
	int output;	     /* sealed memory file if delivered, else -1; set to -1 by who keeps it */
	bool unjudged;	     /* the policy requires a second opinion and nobody gives one: no verdict, ask again later */
};
typedef void broker_done(void *self, struct broker_result *result);

struct broker *broker_new(struct loop *loop, const struct broker_options *options);
void broker_free(struct broker *broker); /* trees in work are dropped without a call */
/* done comes later, exactly once. -1 only where the descriptor is no file that can be read. */
int broker_submit(struct broker *broker, const struct broker_request *request, broker_done *done, void *self, struct err *err) CHECK_RESULT;
size_t broker_waiting(const struct broker *broker); /* trees not done */
/* Starts all zygotes now instead of with their first jobs. */
void broker_warm(struct broker *broker);
/* Walls that stand in every zygote started so far (enum sandbox_wall), 0 before the first. */
unsigned broker_walls(const struct broker *broker, int *landlock_abi);

#endif
