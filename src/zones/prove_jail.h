/* 証明の隔離 — a proof in a process of its own: the listing of rules is foreign bytes, and it is read behind walls by a process that lives for this one question and can do
 * nothing but compute and write its answer. */
#ifndef ZONES_PROVE_JAIL_H
#define ZONES_PROVE_JAIL_H
#include "base/json.h"
#include "zones/surroundings.h"

enum prove_question {
	PROVE_IS_EQUAL,	    /* the rules and the text say the same */
	PROVE_WHAT_PASSES,  /* of a foreign firewall: what the text forbids */
	PROVE_SURROUNDINGS, /* what the rules rest on is as the text has it: links, routes, settings */
};
struct prove_request {
	enum prove_question question;
	struct bytes listing;	/* nft -j -n list ruleset; not of PROVE_SURROUNDINGS */
	struct surroundings_taken around; /* of PROVE_SURROUNDINGS only */
	struct bytes policy;	/* canonical text */
	int64_t now;		/* the moment that is judged */
	const char *const *interfaces; /* links of the machine, ended by NULL; may be NULL */
	bool japanese;
};
/* *out: canonical JSON, read strictly: {"doubts":[{"what","where"}],"doubts_more","differences":[{"by","kind","like","packet"}],"keeps_running","law":told or "",
 * "more","nodes","proven","rules"}, of PROVE_SURROUNDINGS {"doubts","doubts_more","proven"}. proven is true only if the laws hold too. ERR_JAIL: the process died; ERR_LIMIT, ERR_MALFORMED …: what it said. */
int prove_jailed(struct arena *arena, const struct prove_request *request, struct json *out, struct err *err) CHECK_RESULT;

#endif
