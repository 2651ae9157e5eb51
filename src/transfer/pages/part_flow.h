/* 送られてくる中身 — one file's bytes on their way from a browser's form into transferd's pipe: what the pages that take files share. */
#ifndef TRANSFER_PAGES_PART_FLOW_H
#define TRANSFER_PAGES_PART_FLOW_H
#include "base/err.h"

struct part_flow {
	int transferd, pipe; /* a connection of its own; the pipe of the file under way. -1: none */
	uint64_t bytes;	     /* written into the pipe */
	bool stopped;	     /* transferd no longer reads: the part's end says why */
};
struct request;
/* Connects to transferd; the pages set pipe and bytes when a file begins. -1: nothing to close. */
int part_flow_open(struct part_flow *flow, struct request *r, struct err *err) CHECK_RESULT;
int part_flow_data(struct part_flow *flow, struct bytes piece, struct err *err) CHECK_RESULT;
/* The file, or its part, is over. *so_far: what transferd has of it. */
int part_flow_end(struct part_flow *flow, uint64_t *so_far, struct err *err) CHECK_RESULT;
void part_flow_close(struct part_flow *flow); /* twice is fine */

#endif
