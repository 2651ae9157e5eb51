/* プロセスの出来事 — process_event: a process reports a start, a fault, a setting of its own. Events that belong to a command, or to another
 * process, cannot be claimed this way. article: s6.7a */
#include "store/command.h"
#include "store/events.h"

int command_process_event(struct act *act, const struct store_process_event *in, struct store_process_event_reply *out, struct err *err)
{
	const struct event_kind *kind = event_kind_of(in->event);
	struct bytes content;
	struct json *what = arena_alloc(act->arena, sizeof *what);

	(void)out;
	act->permitted = PERMIT_PROCESS;
	if (!kind)
		return fail(err, ERR_INVALID, 0, "there is no event %s", in->event.p);
	if (!event_may_be_claimed(kind, act->caller))
		return fail(err, ERR_DENIED, 0, "the event %s is not for %s to report", in->event.p, act->caller);
	if (act_json(act, in->content, "content", &content, err) != 0 || json_read(act->arena, content, what, err) != 0)
		return -1;
	return act_journal(act, kind->id, TEXT(""), TEXT(""), arena_printf(act->arena, "process:%s", act->caller), what, NULL, err);
}
