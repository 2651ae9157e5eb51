/* コマンドの動詞 — one verb of the `sekisho` command = one file in verbs/ and one row in verbs.def.
 * Verbs of daemons' data speak to the daemons as "operator" (root, or the one uid of a system started by an ordinary user). */
#ifndef CLI_VERB_H
#define CLI_VERB_H
#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/service.h"

/* Exit codes of every verb. */
enum { VERB_OK = 0, VERB_FAULT = 1, VERB_USAGE = 2, VERB_REFUSED = 3, VERB_SELF_CONSISTENT = 4 };

struct verb {
	const char *name;
	const char *summary_ja, *summary_en; /* one line for `sekisho help` */
	const char *usage;		     /* lines of `sekisho NAME …`, each ended by \n, without the program's name in front */
	/* argv[0] is the verb. Returns an exit code; says itself what went wrong (verb_complain). */
	int (*act)(int argc, char **argv);
};
extern const struct verb *const verbs[];

/* Japanese unless LC_ALL, LC_MESSAGES or LANG (the first that is set) names English. */
bool verb_japanese(void);
#define SAY(ja, en) (verb_japanese() ? (ja) : (en))

int verb_usage(const struct verb *verb, const char *word); /* "unknown word …" + usage on stderr; returns VERB_USAGE. word may be NULL */
int verb_complain(const struct err *err);		   /* Japanese sentence, detail and code on stderr; returns VERB_FAULT */

/* Options by table: "--name VALUE" into *value, flags into *flag; the rest stays in argv (argv[0] kept, *argc lowered).
 * -1 after complaining. A bare "--" ends the options. "-o" is a name like any other. */
struct verb_option {
	const char *name;
	const char **value;
	bool *flag;
};
int verb_options(const struct verb *verb, const struct verb_option *options, size_t count, int *argc, char **argv) CHECK_RESULT;
/* The value of --at, a moment of UTC as 2026-12-01T00:00:00Z; NULL is now. VERB_OK, or VERB_USAGE after saying how to write one. */
int verb_moment(const char *said, int64_t *seconds) CHECK_RESULT;
/* The value in one line on standard output. */
void verb_print_json(struct arena *arena, const struct json *value);

/* The data folder: --home given before the verb, SEKISHO_HOME, or /var/lib/sekisho. */
const char *verb_home(void);
/* A sentence that tells to type "sekisho VERB …", with the command as this caller typed it: under ./run it is build/sekisho with its data folder. */
const char *verb_hint(struct arena *arena, const char *sentence);
/* A connection to a daemon as the operator. */
int verb_connect(const char *peer, struct err *err) CHECK_RESULT;

#endif
