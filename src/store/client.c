/* 記録の依頼 — contract in client.h. */
#include "store/client.h"
#include <stdatomic.h>

static int64_t patience = STORE_CALL_MILLISECONDS;

void store_call_within(int64_t milliseconds)
{
	patience = milliseconds;
}

static uint32_t next_sequence(void)
{
	static atomic_uint last;

	return atomic_fetch_add(&last, 1) + 1;
}

#define COMMAND(number, name, callers, permission, event)                                                                               \
	int store_call_##name(int recordd, struct arena *arena, const struct store_##name *request, struct store_##name##_reply *reply, \
			      struct err *err)                                                                                          \
	{                                                                                                                              \
		struct ipc_message ask = ipc_start(arena, number, next_sequence()), answer;                                              \
		struct store_##name##_reply got;                                                                                       \
                                                                                                                                       \
		store_put_##name(&ask, request);                                                                                       \
		if (ipc_call(recordd, &ask, arena, patience, &answer, err) != 0 ||                                                        \
		    store_take_##name##_reply(&answer, &got, err) != 0)                                                                \
			return -1;                                                                                                     \
		if (reply)                                                                                                             \
			*reply = got;                                                                                                  \
		return 0;                                                                                                              \
	}
#include "store/commands.def"
#undef COMMAND
