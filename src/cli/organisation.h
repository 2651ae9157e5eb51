/* 組織と職員 — the parts of `sekisho people` that recordd keeps: unit, add, post, absence, leave, list. */
#ifndef CLI_ORGANISATION_H
#define CLI_ORGANISATION_H
#include "cli/verb.h"

/* argv[1] is "unit", "add", "post", "absence", "leave" or "list"; exit code as of every verb. */
int organisation_act(const struct verb *verb, int argc, char **argv);
bool organisation_knows(const char *word);

#define ORGANISATION_USAGE                                                                      \
	"people unit --code CODE --name NAME [--parent CODE]\n"                                 \
	"people add --number NUMBER --name NAME --kana KANA --unit CODE [--mail ADDRESS] [--chief|--deputy|--administrator]\n" \
	"people post --number NUMBER --unit CODE --post chief|deputy|administrator [--from YYYY-MM-DD] [--to YYYY-MM-DD]\n" \
	"people absence --number NUMBER --acting NUMBER [--from DAY] --to DAY [--reason TEXT]\n"    \
	"people leave --number NUMBER [--at YYYY-MM-DD]\n"                                      \
	"people list [WORD …]\n"

/* Midnight in Japan of a day as base/calendar.h reads it; NULL gives `otherwise`. ERR_INVALID. */
int organisation_day(const char *day, int64_t otherwise, int64_t *out, struct err *err) CHECK_RESULT;

#endif
