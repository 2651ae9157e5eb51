/* 遮った通信の数え — how many packets each pair of zones was refused, hour by hour: gathered from the kernel's counters when the hour is over and before the rules
 * are replaced, and written down by recordd as one row of the journal an hour, and only if there was anything. What was not gathered yet stays in the kernel, so a
 * process that dies loses at most what it had gathered since the last row. article: s6.3.2a s6.7a */
#ifndef ZONES_COUNTING_H
#define ZONES_COUNTING_H
#include "base/json.h"
#include "base/loop.h"
#include "store/link.h"

struct counting;
/* recordd: must outlive it. */
struct counting *counting_new(struct loop *loop, struct store_link *recordd);
/* The rules are about to be replaced, and their counters with them. */
void counting_gather(struct counting *c);
/* The process ends in order: what was gathered is written down. */
void counting_end(struct counting *c);
/* Sets in *view "blocked": [{"from","packets","to"}] of the hour that runs, "blocked_since": its beginning, "used": [{"id","packets"}] since the rules were loaded.
 * from and to are names of zones or "gate"; from "" and to "invalid" or "unnamed": packets that belong to no flow, or came by no zone's interface. */
void counting_tell(struct counting *c, struct arena *arena, struct json *view);

#endif
