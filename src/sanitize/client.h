/* 無害化の依頼 — how transferd asks sanitized for one tree: one connection (SOCK_SEQPACKET) per request, answered once.
 * Request SANITIZE: text name, text charset ("" none), bytes password (empty: none), text ticket id (for the log),
 *   bytes rules (sanitize/rules.h), fd input (sealed memfd or file, read by pread from 0).
 * Reply: bytes report (canonical JSON, sanitize/report.h), fd output (sealed memfd) only if the verdict is clean or converted;
 *   u8 delivered tells. No reply (peer gone) = nothing delivered: ask again. ERR_BUSY: not judged, since
 *   the policy requires a second opinion that nobody gives now: ask again, as often as need be.
 * Request PICTURE, of a first page: text format (as the file's report names it), text ticket id, fd input. Reply: u8 drawn, fd PNG if drawn. Not drawn: it never
 *   will be. ERR_BUSY: a jail could not be had; ask again another time. */
#ifndef SANITIZE_CLIENT_H
#define SANITIZE_CLIENT_H
#include "base/ipc.h"
#include "base/json.h"
#include "sanitize/rules.h"

enum { SANITIZE_REQUEST = 1, SANITIZE_PICTURE = 2 };

struct sanitize_request {
	struct text name, charset, ticket;
	struct bytes password;
	struct rules rules; /* that the policy in force has for the passage */
	int input;
};
struct sanitize_reply {
	bool delivered;
	struct bytes report;
	int output; /* -1 if not delivered; the caller closes it */
};
/* Both halves for an event loop: send, then read when the socket is readable. */
int sanitize_ask(int socket, const struct sanitize_request *request, struct err *err) CHECK_RESULT;
/* Of a report that was read: the code of sanitize/refusals.def why the whole is refused, "" if it is not. */
struct text sanitize_refusal(const struct json *report);
/* *picture: -1 if there is none; else a sealed memfd, the caller's. */
int sanitize_ask_picture(int socket, struct text format, struct text ticket, int input, struct err *err) CHECK_RESULT;
int sanitize_answer_picture(int socket, struct arena *arena, int *picture, struct err *err) CHECK_RESULT;
int sanitize_answer(int socket, struct arena *arena, struct sanitize_reply *out, struct err *err) CHECK_RESULT;

#endif
