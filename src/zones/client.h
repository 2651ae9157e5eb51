/* 通信規則の依頼 — how the operator asks zonesd. One connection (service_connect(…, "zonesd")), one request at a time, blocking. */
#ifndef ZONES_CLIENT_H
#define ZONES_CLIENT_H
#include "base/ipc.h"
#include "base/json.h"

enum zones_request {
	ZONES_STATUS = 0x0301,
	ZONES_APPLY = 0x0302,	 /* u64 seconds of trial */
	ZONES_CONFIRM = 0x0303,
	ZONES_ROLLBACK = 0x0304,
};
/* seconds: of ZONES_APPLY. *out: gate_status (gate.h) after it. */
int zones_call(int zonesd, enum zones_request what, uint64_t seconds, struct arena *arena, struct json *out, struct err *err) CHECK_RESULT;

#endif
