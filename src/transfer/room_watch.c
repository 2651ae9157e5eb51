/* 空きの見張り — acceptance stops before the disk is full and goes on by itself; each change of level is one row of the journal. */
#include "base/json.h"
#include "base/log.h"
#include "transfer/transferd.h"

static void tell(struct transferd *t)
{
	ARENA(arena) = arena_new(0);
	struct json *what = json_object(arena);
	const char *event = room_event(t->room.level);
	struct store_process_event report = { .event = { event, strlen(event) } };
	struct err err = { 0 };
	int result;

	json_set_str(arena, what, "disk", "spool");
	json_set_number(arena, what, "free", (int64_t)t->room.free);
	json_set_number(arena, what, "stop", (int64_t)t->room.stop);
	json_set_number(arena, what, "warn", (int64_t)t->room.warn);
	report.content = json_bytes(arena, what);
	STORE_ASK(result, &t->recordd, arena, process_event, &report, NULL, &err);
	t->room.told = result == 0; /* else the next look tells it */
}

int transferd_room(struct transferd *t, struct err *err)
{
	if (t->room.stop == 0)
		t->room = (struct room){ .warn = TRANSFER_WARN_BYTES_MOST, .stop = TRANSFER_RESERVE_BYTES_MOST, .told = true };
	if (room_look(&t->room, spool_folder(t->spool)))
		log_line(t->room.level == ROOM_ENOUGH ? LOG_INFO : LOG_WARNING, "transferd-040", "the disk of the spool has %llu bytes free: %s",
			 (unsigned long long)t->room.free, room_event(t->room.level));
	if (!t->room.told)
		tell(t);
	return t->room.level != ROOM_STOP ? 0 : fail(err, ERR_FULL, t->room.free, "the disk of the spool has %llu bytes free; nothing is accepted until there are more",
						     (unsigned long long)t->room.free);
}
