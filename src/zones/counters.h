/* 規則の数え — what our own table counts, read from the kernel over netlink: named counters of what is refused, and the elements of sets and maps of what is let through.
 * A counter that is taken begins at nothing in the same step, so nothing is counted twice and what nobody took yet stays in the kernel, whatever happens to its reader.
 * CAP_NET_ADMIN. article: s6.3.2a s6.7a */
#ifndef ZONES_COUNTERS_H
#define ZONES_COUNTERS_H
#include "base/arena.h"
#include "base/err.h"

struct counter {
	const char *name; /* "deny_A_B", "invalid", "unnamed" (compile_nft.h); of elements: their comment, the id of an allow */
	uint64_t packets;
};
struct counters {
	struct counter *list;
	size_t count;
};
/* All named ones of table inet sekisho, as the kernel lists them; without such a table none. */
int counters_read(struct arena *arena, struct counters *out, struct err *err) CHECK_RESULT;
/* What elements let through since the rules were loaded, of all that bear one comment together; only where that is something. In the order of the names. */
int counters_read_elements(struct arena *arena, struct counters *out, struct err *err) CHECK_RESULT;
/* What one counted since it was taken last. ERR_NOT_FOUND: there is none of that name now. */
int counters_take(const char *name, uint64_t *packets, struct err *err) CHECK_RESULT;

#endif
