/* まとめて確定 — contract in batch.h. */
#include "store/batch.h"
#include "base/clock.h"
#include "evidence/journal_wire.h"
#include "store/command.h"

static int report_seal(struct act *act, struct batch_item *item, struct err *err)
{
	uint8_t epoch[ENTRY_EPOCH];
	uint64_t number;

	if (journal_take_report(&item->request, epoch, &number, err) != 0)
		return -1;
	if (!(command_caller(item->caller) & FROM_EVIDENCED))
		return fail(err, ERR_DENIED, 0, "%s does not seal", item->caller);
	if (number > ENTRY_NUMBER_MOST || sql_epoch_seal(act->sql, act->site, bytes_of(epoch, sizeof epoch), (int64_t)number, act->now, err) != 0)
		return -1;
	/* An older number is news of the past; one beyond the journal is a lie or another store. */
	struct sql_counter_now_row now;
	bool found;
	if (sql_changes(act->sql) == 0) {
		if (sql_counter_now(act->sql, act->arena, act->site, &now, &found, err) != 0)
			return -1;
		if (!found || (bytes_equal(now.epoch, bytes_of(epoch, sizeof epoch)) && (int64_t)number > now.last))
			return fail(err, ERR_MISMATCH, number, "the journal has no row %llu", (unsigned long long)number);
	}
	return 0;
}

static int run_one(struct sql *sql, const char *home, struct text site, int64_t now, struct batch_item *item)
{
	struct act act = { .sql = sql, .arena = item->arena, .home = home, .site = site, .caller = item->caller, .now = now };
	struct err *err = &item->err;

	item->reply = ipc_start(item->arena, item->request.type | IPC_REPLY, item->request.sequence);
	if (sql_mark(sql, err) != 0)
		return -1;
	int result = item->request.type == SEAL_REPORT ? report_seal(&act, item, err) : command_run(&act, &item->request, &item->reply, err);
	if (result == 0 && !buf_ok(&item->reply.out))
		result = fail(err, ERR_BUG, item->request.type, "the reply is too long");
	if (result == 0)
		result = sql_keep(sql, err);
	else if (sql_in_transaction(sql) && sql_undo(sql, NULL) != 0)
		sql_rollback(sql); /* the batch cannot be trusted any more */
	item->awaits = act.awaits;
	return result;
}

static void fail_all(struct batch_item **items, size_t count, const struct err *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!items[i]->failed)
			items[i]->err = *why;
		items[i]->failed = true;
		ipc_drop(&items[i]->request);
	}
}

void batch_run(struct sql *sql, const char *home, struct text site, struct batch_item **items, size_t count)
{
	struct err err = { 0 };
	int64_t now = clock_now();

	if (count == 0)
		return;
	if (sql_begin(sql, &err) != 0) {
		fail_all(items, count, &err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		items[i]->failed = run_one(sql, home, site, now, items[i]) != 0;
		if (!sql_in_transaction(sql)) { /* the engine rolled everything back: full, I/O */
			if (!items[i]->failed)
				fail(&items[i]->err, ERR_IO, 0, "the transaction was rolled back");
			err = items[i]->err;
			fail_all(items, count, &err);
			return;
		}
	}
	if (sql_commit(sql, &err) != 0)
		fail_all(items, count, &err);
}
