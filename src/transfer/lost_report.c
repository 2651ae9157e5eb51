/* 無害化できなかったときの報告 — contract in lost_report.h. Apart from the queue, whose names of verdicts are the store's. */
#include "transfer/lost_report.h"
#include "base/json.h"
#include "sanitize/report.h"

struct bytes lost_report(struct arena *arena, struct text name, uint64_t bytes, struct bytes sha256, const char *detail)
{
	struct report r = { .path = name, .bytes = bytes, .hashed = sha256.n == sizeof r.sha256, .refusal = REFUSAL_WORKER_DIED };

	report_start(&r);
	r.detail = (struct text){ detail, strlen(detail) };
	if (r.hashed)
		memcpy(r.sha256, sha256.p, sizeof r.sha256);
	return json_bytes(arena, report_json(arena, &r));
}
