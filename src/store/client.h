/* 記録の依頼 — how a process asks recordd for a change: one function per command of commands.def, fields as in wire.def.
 *   struct store_ticket_open_reply got;
 *   if (store_call_ticket_open(recordd, arena, &(struct store_ticket_open){ .token = token, .addressee = … }, &got, err) != 0) …
 * recordd: a connection made by service_connect(…, "recordd"), used by one thread at a time, one request at a time. reply may be NULL; its
 * texts and bytes live in the arena. Answered = committed and synced (and sealed, where the event waits for the seal).
 * Failure: the code says what happened (ERR_DENIED, ERR_NOT_SIGNED_IN, ERR_NOT_FOUND, ERR_INVALID, ERR_LIMIT, ERR_CONFLICT = the state has
 * changed meanwhile, ERR_EXPIRED, ERR_FULL, ERR_SIGNATURE, ERR_MISMATCH). Nothing was changed then, except with
 * ERR_BUSY = recorded, but not sealed in time (ticket_decide), or not sealed yet (ticket_fetched), and ERR_PEER = no answer: unknown. After
 * these repeat the *same* request (on a new
 * connection after ERR_PEER); it is not done twice. */
#ifndef STORE_CLIENT_H
#define STORE_CLIENT_H
#include "store/wire.h"

enum { STORE_CALL_MILLISECONDS = 15000, FACE_OFFICE = 1, FACE_INTERNET = 2 };
enum { DIRECTION_IN = 1, DIRECTION_OUT = 2 }; /* of a ticket: into LGWAN, out of it */
/* How long this process waits for an answer, from now on; STORE_CALL_MILLISECONDS unless said. */
void store_call_within(int64_t milliseconds);

#define COMMAND(number, name, callers, permission, event)                                                                             \
	int store_call_##name(int recordd, struct arena *arena, const struct store_##name *request, struct store_##name##_reply *reply, \
			      struct err *err) CHECK_RESULT;
#include "store/commands.def"
#undef COMMAND

/* result = store_call_NAME(recordd, arena, what, reply, err), and the same request again while what it wrote waits for the seal. */
enum { STORE_SEAL_ATTEMPTS = 3 };
#define STORE_SEALED(result, recordd, arena, name, what, reply, err)                                           \
	do {                                                                                                   \
		int attempts_ = STORE_SEAL_ATTEMPTS;                                                           \
		do                                                                                             \
			result = store_call_##name(recordd, arena, what, reply, err);                          \
		while (result != 0 && (err)->code == ERR_BUSY && --attempts_ > 0);                             \
	} while (0)

#endif
