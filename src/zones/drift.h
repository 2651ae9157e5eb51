/* 改変の検知 — listens to the kernel: rules changed, and by which program; links, addresses, routes, routing rules and traffic control changed. What came is told
 * once it is quiet for a moment, so that a change of many pieces is one. What no message tells (settings of the kernel) is looked at every few seconds. Our own
 * transactions are told too: who hears it compares, so that nothing that comes between them is missed. article: s3.2d */
#ifndef ZONES_DRIFT_H
#define ZONES_DRIFT_H
#include "base/err.h"
#include "base/loop.h"

struct drift_heard {
	void (*rules)(void *self, const char *by);	 /* "nft (1234)" */
	void (*surroundings)(void *self, const char *what); /* "route, link", "setting net/ipv4/ip_forward 0, was 1" */
	void *self;
};
int drift_watch(struct loop *loop, const struct drift_heard *heard, struct err *err) CHECK_RESULT;
#endif
