/* 通信規則の番 — what zonesd keeps in force: which policy text, since when, proven or not, on trial or for good; how it gets there and back. Only texts that
 * two persons signed (adopted.h) get in; each is compiled anew whenever it is loaded, so that what has an end keeps it. Files in zones/ of the data folder:
 * in-force.policy (confirmed), previous.policy, trial.policy. Blocking: the caller has nothing else to do. article: s6.3.2a s3.2d */
#ifndef ZONES_GATE_H
#define ZONES_GATE_H
#include "base/json.h"
#include "base/loop.h"
#include "store/link.h"

struct gate;
/* Takes up what was in force; a trial that was under way when the process ended is over. Without a text nothing is loaded. */
int gate_open(const struct service *service, struct loop *loop, struct gate **out, struct err *err) CHECK_RESULT;

/* The text in force, by recordd's word and both signatures, into the kernel; then read back and proven equal, or taken back (ERR_MISMATCH: why). Nothing is
 * loaded while recordd cannot write it down. trial: seconds until it is taken back unless gate_confirm came; 0 = for good at once. */
int gate_apply(struct gate *gate, uint64_t trial, struct err *err) CHECK_RESULT;
int gate_confirm(struct gate *gate, struct err *err) CHECK_RESULT; /* ERR_CONFLICT: nothing is on trial */
/* A trial is taken back, else the text before comes into force again. ERR_NOT_FOUND: there is none. */
int gate_rollback(struct gate *gate, struct err *err) CHECK_RESULT;
/* The kernel's rules changed: are they what was loaded last? If not: journal, put back. by: who did it, as the kernel says. */
void gate_look(struct gate *gate, const char *by);
/* Something else that the rules rest on changed: is it still what the text has? Journal, at most once a second. */
void gate_surroundings(struct gate *gate, const char *what);
/* {"confirmed","differs","drifts","last_drift","last_drift_by","policy","proof","proven","proven_at","rules_proven","since","surroundings","surroundings_at","trial_until"}:
 * proof and surroundings are answers of prove_jailed, or null; proven says that both are. */
struct json *gate_status(struct gate *gate, struct arena *arena);
/* For the pages: that with what was blocked and used (counting.h), and the text that is loaded, "" if none is. */
int gate_view(struct gate *gate, struct arena *arena, struct json **status, struct bytes *text, struct err *err) CHECK_RESULT;
/* The process ends; the rules stay. */
void gate_close(struct gate *gate);

#endif
