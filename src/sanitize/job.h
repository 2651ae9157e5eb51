/* 隔離処理の始まりと終わり — what worker.c, identify.c and the tests need of a job beyond format.h. */
#ifndef SANITIZE_JOB_H
#define SANITIZE_JOB_H
#include "sanitize/wire.h"

/* fds: by JOB_…; stays the caller's. */
struct job *job_new(struct arena *arena, const struct job_request *request, const int fds[]);
/* Flushes, reports, and says the result: got as rebuild returned it. 0 if the broker heard it. */
int job_finish(struct job *job, int got, struct err *why) CHECK_RESULT;
/* Only the result: for jobs that rebuild nothing. */
int job_send_result(struct arena *arena, int control, int got, const struct err *why, const char *extension, bool converted, uint64_t written)
	CHECK_RESULT;

#endif
