/* 実地試験 — what the rig and those who send through it agree on. For probing.c and probing_rig.c. */
#ifndef ZONES_PROBING_RIG_H
#define ZONES_PROBING_RIG_H
#include "base/err.h"

enum { PROBING_LOG_GROUP = 18, PROBING_MARK = 94 /* of the probes that the router sends itself */, PROBING_LINKS_MOST = 60 /* bits of the type of service */ };
#define PROBING_PEER "probe%zu" /* the other end of the interface at this place among the names */

/* While probes are sent the router says nothing else: a reset of its own would end a flow. */
int probing_quiet(bool on, struct err *err) CHECK_RESULT;

#endif
