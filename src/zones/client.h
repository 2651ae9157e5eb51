/* 通信規則の依頼 — how the operator, and the pages of the office face, ask zonesd. One connection (service_connect(…, "zonesd")), one request at a time, blocking. */
#ifndef ZONES_CLIENT_H
#define ZONES_CLIENT_H
#include "base/ipc.h"
#include "base/json.h"

/* In the data folder. */
#define ZONES_IN_FORCE "zones/in-force.policy" /* the text that is loaded when zonesd starts: there since something was first applied */
#define ZONES_LAST_PROBE "run/last-probe"      /* what the last `sekisho zones probe` of the text in force found: JSON that all may read */

enum zones_request {
	ZONES_STATUS = 0x0301,
	ZONES_APPLY = 0x0302,	 /* u64 seconds of trial */
	ZONES_CONFIRM = 0x0303,
	ZONES_ROLLBACK = 0x0304,
	ZONES_VIEW = 0x0305,
};
/* seconds: of ZONES_APPLY. *out: gate_status (gate.h) after it. */
int zones_call(int zonesd, enum zones_request what, uint64_t seconds, struct arena *arena, struct json *out, struct err *err) CHECK_RESULT;

/* What is in force, for the pages: *status as above with what was blocked and used besides (counting.h), *text the policy text that is loaded, "" if none is.
 * ERR_BUSY: zonesd proves or loads just now and answers nobody for a while. */
int zones_view(int zonesd, struct arena *arena, struct json *status, struct bytes *text, struct err *err) CHECK_RESULT;

/* What the last probe of the text in force found (probing.h); false: there is none. home: the data folder. */
bool zones_last_probe(struct arena *arena, const char *home, struct json *out);

#endif
