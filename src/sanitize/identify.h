/* 種類の判定 — what a file is, decided in the jail that will rebuild it: every worker links the probes of all formats, so that no broker has to look. */
#ifndef SANITIZE_IDENTIFY_H
#define SANITIZE_IDENTIFY_H
#include "sanitize/format.h"

/* *out: name of the one format (formats.def) that claims the job's input; *astray: its extension is another kind's. -1: refused, with the reason. */
int identify_input(struct job *job, const char **out, bool *astray, struct err *err) CHECK_RESULT;

#endif
