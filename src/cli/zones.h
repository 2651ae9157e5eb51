/* 系の命令 — the words of `sekisho zones`. Each is one function and a row of the table in verbs/zones.c; its usage lines stand in the verb's. */
#ifndef CLI_ZONES_H
#define CLI_ZONES_H
#include "base/json.h"
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
int zones_probe(int argc, char **argv);

/* What a probe found, in a sentence, and one for each packet that was not as the text says; before: what stands in front of each line. */
void zones_tell_probe(const struct json *told, const char *before);

#endif
