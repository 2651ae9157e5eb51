/* 記録の移行 — numbered steps from one shape of the store to the next, embedded, forward only, one transaction each. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H
#include "store/sql.h"

struct migration {
	int number;
	const char *name, *text;
};
extern const struct migration migrations[];
extern const size_t migration_count;

/* Brings the store to the newest shape. Another process at the same work is waited for (write lock). ERR_UNSUPPORTED: the store is newer
 * than this program. *done may be NULL: how many steps were taken. */
int store_migrate(struct sql *sql, unsigned *done, struct err *err) CHECK_RESULT;
#endif
