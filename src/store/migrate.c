/* 記録の移行 — contract in migrate.h. The shape's number is in the database header (user_version): it changes with the step, in its transaction. */
#include "store/migrate.h"

int store_migrate(struct sql *sql, unsigned *done, struct err *err)
{
	unsigned shape, steps = 0;

	if (sql_begin(sql, err) != 0)
		return -1;
	if (sql_shape(sql, &shape, err) != 0)
		goto undo;
	if (shape > migration_count) {
		fail(err, ERR_UNSUPPORTED, shape, "the store has shape %u, this program knows %zu: use the newer program", shape, migration_count);
		goto undo;
	}
	for (; shape + steps < migration_count; steps++) {
		char mark[64];
		const struct migration *m = &migrations[shape + steps];
		snprintf(mark, sizeof mark, "PRAGMA user_version=%d", m->number);
		if (sql_script(sql, m->text, err) != 0 || sql_script(sql, mark, err) != 0)
			goto undo;
	}
	if (sql_commit(sql, err) != 0)
		return -1;
	if (done)
		*done = steps;
	return 0;
undo:
	sql_rollback(sql);
	return -1;
}
