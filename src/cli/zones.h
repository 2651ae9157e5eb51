/* 系の命令 — the words of `sekisho zones`. Each is one function and a row of the table in verbs/zones.c; its usage lines stand in the verb's. */
#ifndef CLI_ZONES_H
#define CLI_ZONES_H
#include "cli/verb.h"

extern const struct verb verb_zones;

/* argv[0] is the word. Exit codes as of a verb. */
int zones_plan(int argc, char **argv);
int zones_prove(int argc, char **argv);
int zones_audit(int argc, char **argv);
int zones_apply(int argc, char **argv);
int zones_confirm(int argc, char **argv);
int zones_status(int argc, char **argv);
int zones_rollback(int argc, char **argv);

#endif
