/* 届くかどうか — whether and why one place can open a connection to another, and what two texts differ in, told to people: by packets, with the line that answers
 * for each. article: s6.3.1a s6.3.2a s6.3.3a */
#ifndef ZONES_REACH_H
#define ZONES_REACH_H
#include "base/buf.h"
#include "zones/ways.h"

/* Whether `from` reaches `to` at the moment, and the other way round: names of zones, hosts, groups, "gate", or addresses. Sentences, each with \n: the allows by
 * which (line, owner, expiry, a packet), those that would but for their hours or expiry, nevers, the laws that forbid the rest. ERR_NOT_FOUND: no such place,
 * said in err. ERR_LIMIT. */
int zones_explain(struct arena *arena, const struct policy *policy, int64_t now, struct text from, struct text to, bool japanese, struct buf *out, struct err *err) CHECK_RESULT;

/* What the newer text makes possible and what it ends: sets of packets that open connections, whatever the hours, as at most `most` boxes each; then what changes
 * for allows that both texts have: hours, rate, log, expiry, owner. *same: neither. */
int zones_compare(struct arena *arena, const struct policy *older, const struct policy *newer, int64_t now, size_t most, bool japanese, struct buf *out, bool *same, struct err *err)
	CHECK_RESULT;

#endif
