/* 実地試験 — what the rig and those who send through it agree on. For probing.c and probing_rig.c. */
#ifndef ZONES_PROBING_RIG_H
#define ZONES_PROBING_RIG_H
#include "base/buf.h"
#include "base/err.h"

enum { PROBING_LOG_GROUP = 18, PROBING_LINKS_MOST = 250 };
/* The mark of a probe while it is in the router: that it is one; the zone of conntrack, where flows are kept apart; the interface it is to leave by, or that it is to stay. */
enum { PROBING_MARK = 0x5e0000, PROBING_MARK_MASK = 0xff0000, PROBING_ZONE_SHIFT = 12, PROBING_ZONE_MASK = 0x3000, PROBING_WAY_MASK = 0xfff, PROBING_WAY_HERE = 0xfff };
#define PROBING_PEER "probe%zu" /* the other end of the interface at this place among the names */

/* While probes are sent the router says nothing else: a reset of its own would end a flow. */
int probing_quiet(bool on, struct err *err) CHECK_RESULT;

/* The parts of a rig. Links, each with its peer, and the route of each for the packets that choose it; commands of `ip -batch`. */
void probing_put_links(struct buf *out, const struct text *names, size_t count);
void probing_put_ways(struct buf *out, const struct text *names, size_t count);
/* And the way of a packet that is to stay in the router, wherever it is addressed to. */
void probing_put_way_here(struct buf *out);
/* four, six: commands for each family; then the settings, and the chains. */
int probing_set_up(struct arena *arena, const struct text *names, size_t count, const struct buf *four, const struct buf *six, const struct buf *chains, struct err *err) CHECK_RESULT;

#endif
