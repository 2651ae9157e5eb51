/* 検証の入口 — one call of the verifier without its jail: for verifier.c itself, its tests and fuzz targets. */
#ifndef SANITIZE_VERDICT_H
#define SANITIZE_VERDICT_H
#include "sanitize/wire.h"

/* fds by JOB_…: input = what is to be verified, members = request->hashes sorted SHA-256. */
int verify(struct arena *arena, const struct job_request *request, const int fds[], struct err *err) CHECK_RESULT;

#endif
