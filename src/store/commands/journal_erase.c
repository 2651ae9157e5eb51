/* 記録の消去 — journal_erase: rows whose retention is over lose their record and salt, lawfully and on record. What was sealed of them stays, so the log
 * still verifies and says under which row they were erased. Each call erases up to ERASE_MOST rows of one kind and epoch; the caller repeats until
 * none is left. article: s2.6 */
#include "store/command.h"
#include "store/events.h"

enum { ERASE_MOST = 200 };
#define YEAR_SECONDS ((int64_t)31556952)

/* What verification itself reads is kept as long as the log. */
static bool is_kept(const struct event_kind *kind)
{
	return strcmp(kind->id, "epoch.opened") == 0 || strcmp(kind->id, "store.restored") == 0 || strcmp(kind->id, "journal.erased") == 0;
}

static int erase(struct act *act, const struct store_journal_erase *in, const struct event_kind *kind, const struct sql_journal_past_row *rows,
		 size_t count, uint32_t *erased, struct err *err)
{
	struct json *what = json_object(act->arena), *numbers = json_array(act->arena);

	for (size_t i = 0; i < count && bytes_equal(rows[i].epoch, rows[0].epoch); i++) {
		json_add(act->arena, numbers, json_of_number(act->arena, rows[i].no));
		if (sql_journal_forget(act->sql, act->site, rows[i].position, err) != 0 || act_changed_one(act, err) != 0)
			return -1;
		++*erased;
	}
	act_set_hex(act, what, "epoch", rows[0].epoch);
	json_set_str(act->arena, what, "event", kind->id);
	json_set_text(act->arena, what, "reason", in->reason);
	json_set(act->arena, what, "rows", numbers);
	return act_journal(act, "journal.erased", TEXT(""), TEXT(""), "journal", what, NULL, err);
}

int command_journal_erase(struct act *act, const struct store_journal_erase *in, struct store_journal_erase_reply *out, struct err *err)
{
	act->permitted = PERMIT_PROCESS;
	for (size_t i = 0; i < event_kind_count; i++) {
		const struct event_kind *kind = &event_kinds[i];
		struct sql_journal_past_row *rows;
		size_t count;
		int64_t before = act->now - (int64_t)kind->retention_years * YEAR_SECONDS;
		if (is_kept(kind) || before <= 0)
			continue;
		if (sql_journal_past(act->sql, act->arena, act->site, (struct text){ kind->id, strlen(kind->id) }, before, ERASE_MOST, &rows, &count, err) != 0)
			return -1;
		if (count > 0)
			return erase(act, in, kind, rows, count, &out->erased, err);
	}
	act->repeated = true; /* nothing is past its term */
	return 0;
}
