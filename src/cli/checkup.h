/* 点検 — looks over the whole house from outside, as the operator: for each thing how it stands, and where it is not well what to do. Reads only.
 * Used by doctor and status. */
#ifndef CLI_CHECKUP_H
#define CLI_CHECKUP_H
#include "base/arena.h"
#include "store/read.h"

enum checkup_level { CHECKUP_FINE = 0, CHECKUP_WARNING = 1, CHECKUP_WRONG = 2 }; /* the worst is the exit code of doctor */

/* Limits of what is well. */
enum {
	CHECKUP_SEAL_LATE = 5, CHECKUP_SEAL_STOPPED = 60,		 /* seconds the oldest unsealed row has waited */
	CHECKUP_BACKUP_LATE = 2 * 86400, CHECKUP_BACKUP_MISSING = 8 * 86400, /* seconds since the last backup */
	CHECKUP_WHOLE_DAYS = 35,					 /* since the records were last read whole */
	CHECKUP_CERTIFICATE_DAYS = 30,
	CHECKUP_KEY_DAYS = 3 * 365,					 /* a key older than this should be rotated */
	CHECKUP_CLOCK_BACK = 5,						 /* seconds behind the newest row */
};

struct checkup {
	struct arena *arena;
	const char *home;
	bool one_uid;
	struct store_reader *reader; /* NULL: the records cannot be read; why is in unreadable */
	struct err unreadable;
	int64_t now;
	/* what the function fills */
	enum checkup_level level;
	const char *say_ja, *say_en, *todo_ja, *todo_en; /* todo NULL: nothing to do */
};
#define CHECKUP(name, ja, en) void checkup_##name(struct checkup *c);
#include "cli/checkups.def"
#undef CHECKUP
struct checkup_row {
	const char *name, *ja, *en;
	void (*look)(struct checkup *c);
};
extern const struct checkup_row checkup_rows[]; /* ended by a NULL name */

void checkup_begin(struct checkup *c, struct arena *arena, const char *home);
void checkup_end(struct checkup *c);
struct process_row;
long checkup_pid(struct checkup *c, const struct process_row *row); /* of a running process of the house, 0 if it does not run */
unsigned checkup_scan_wanted(const struct checkup *c); /* enum rules_scan: the most that the policy in force asks of any passage */
int64_t checkup_last_backup(struct checkup *c); /* when it was made, 0 never */
/* Fills level and both sentences; the worst of several findings stays. */
void checkup_say(struct checkup *c, enum checkup_level level, const char *ja, const char *en, const char *todo_ja, const char *todo_en);

#endif
