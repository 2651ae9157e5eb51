/* 隔離処理の始まりと終わり — what worker.c and the tests need of a job beyond format.h. */
#ifndef SANITIZE_JOB_H
#define SANITIZE_JOB_H
#include "sanitize/wire.h"

/* fds: by JOB_…; stays the caller's. */
struct job *job_new(struct arena *arena, const struct job_request *request, const int fds[]);
/* What its file is: from then on the rules for that format hold. */
void job_is(struct job *job, const struct format *format);
/* Tells the broker what the input is, and whether its name leads astray: before anything else, once, if the request named no format. */
int job_say_format(struct job *job, const char *format, bool astray, struct err *err) CHECK_RESULT;
/* Flushes, reports, and says the result: got as rebuild returned it. 0 if the broker heard it. */
int job_finish(struct job *job, int got, struct err *why) CHECK_RESULT;
/* The result alone: the format that was said is served by another family's jail. */
int job_finish_elsewhere(struct job *job) CHECK_RESULT;

#endif
