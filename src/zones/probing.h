/* 実地試験 — sends the probes of a text (probe.h) through a real kernel and holds what becomes of each against the model. Everything happens in the network
 * namespace that the caller stands in, as root of that namespace; probing_begin makes one of its own. The fate of each packet is read from the kernel's own log, before
 * and behind every other chain, with hook, interfaces and state of the flow as the kernel saw them, so any ruleset can be looked at. article: s6.3.1a s6.3.2a */
#ifndef ZONES_PROBING_H
#define ZONES_PROBING_H
#include "base/json.h"
#include "policy/model.h"

enum { PROBING_SHOWN_MOST = 20 };
struct probing_told {
	unsigned sent, passed, stopped;
	unsigned unseen; /* never came to the chains: the kernel throws such packets away before */
	unsigned wrong;	 /* not as the model says */
	unsigned lost;	 /* times that the log ran over; what was lost was sent again */
	unsigned hooks[4], states[5][2];
	bool more;	 /* the text has more corners than are sent */
	const char *shown[PROBING_SHOWN_MOST]; /* of the wrong ones, in a sentence each */
	size_t shown_count;
};

/* Makes the router: an interface for each of the text's with a peer to send from, the gate's addresses, routes that a packet can choose, the chains that look. */
int probing_rig(struct arena *arena, const struct policy *policy, struct err *err) CHECK_RESULT;
/* Begins every flow that probing_run goes on with. To be called while nothing judges packets yet: then there are flows that the text forbids, too, as after a
 * permission was withdrawn. */
int probing_open(struct arena *arena, const struct policy *policy, int64_t now, struct err *err) CHECK_RESULT;
int probing_run(struct arena *arena, const struct policy *policy, int64_t now, bool japanese, struct probing_told *out, struct err *err) CHECK_RESULT;

/* The text at a moment, compiled, loaded and probed in a network of its own, by a process that is then gone; what it says comes out of *fd (answer_hear):
 * {"at","lost","more","passed","sent","shown":[…],"stopped","unseen","wrong"}. As an ordinary user this needs user namespaces. */
int probing_begin(struct bytes canonical, int64_t now, bool japanese, int *fd, int64_t *process, struct err *err) CHECK_RESULT;
#endif
