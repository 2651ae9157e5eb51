/* 無害化の依頼 — contract in client.h. Fields of the request: text name, text charset, bytes password, text ticket, bytes rules, descriptor input. Of the
 * reply: u8 delivered, bytes report, descriptor output if delivered. */
#include "sanitize/client.h"
#include <unistd.h>

enum { SEQUENCE = 1 }; /* one request per connection */

int sanitize_ask(int socket, const struct sanitize_request *request, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, SANITIZE_REQUEST, SEQUENCE);
	struct buf rules = buf_in(arena, 0);

	rules_put(&rules, &request->rules);
	ipc_put_text(&m, request->name);
	ipc_put_text(&m, request->charset);
	ipc_put_bytes(&m, request->password);
	ipc_put_text(&m, request->ticket);
	ipc_put_bytes(&m, buf_view(&rules));
	ipc_put_fd(&m, request->input);
	int got = ipc_send(socket, &m, err);
	explicit_bzero(m.out.p, m.out.n); /* it may hold a password */
	return got;
}

static int take_failure(struct ipc_message *m, struct err *err)
{
	uint16_t code = ipc_take_u16(m);
	uint64_t at = ipc_take_u64(m);
	struct text say = ipc_take_text(m);

	if (ipc_done(m, err) != 0)
		return -1;
	return fail(err, code > ERR_NONE && code < ERR_COUNT ? (enum err_code)code : ERR_PEER, at, "%s", say.p);
}

/* The reply to this request and no other; the caller takes its fields. */
static int receive(int socket, struct arena *arena, uint16_t request, struct ipc_message *m, struct err *err)
{
	if (ipc_receive(socket, arena, m, err) != 0)
		return -1;
	if (m->type == IPC_FAILED)
		return take_failure(m, err);
	if (m->type == (request | IPC_REPLY))
		return 0;
	ipc_drop(m);
	return fail(err, ERR_MALFORMED, m->type, "sanitized answered something else");
}

int sanitize_answer(int socket, struct arena *arena, struct sanitize_reply *out, struct err *err)
{
	struct ipc_message m;

	if (receive(socket, arena, SANITIZE_REQUEST, &m, err) != 0)
		return -1;
	uint8_t delivered = ipc_take_u8(&m);
	struct bytes report = ipc_take_bytes(&m);
	int output = delivered == 1 ? ipc_take_fd(&m) : -1;
	if (ipc_done(&m, err) != 0 || delivered > 1) {
		if (output >= 0)
			close(output);
		return delivered > 1 ? fail(err, ERR_MALFORMED, delivered, "sanitized answered out of its words") : -1;
	}
	*out = (struct sanitize_reply){ .delivered = delivered, .report = report, .output = output };
	return 0;
}

int sanitize_ask_picture(int socket, struct text format, struct text ticket, int input, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m = ipc_start(arena, SANITIZE_PICTURE, SEQUENCE);

	ipc_put_text(&m, format);
	ipc_put_text(&m, ticket);
	ipc_put_fd(&m, input);
	return ipc_send(socket, &m, err);
}

int sanitize_answer_picture(int socket, struct arena *arena, int *picture, struct err *err)
{
	struct ipc_message m;

	if (receive(socket, arena, SANITIZE_PICTURE, &m, err) != 0)
		return -1;
	int fd = ipc_take_u8(&m) ? ipc_take_fd(&m) : -1;
	if (ipc_done(&m, err) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*picture = fd;
	return 0;
}

struct text sanitize_refusal(const struct json *report)
{
	const struct json *reason = json_get(report, "reason");

	return reason && reason->kind == JSON_OBJECT ? json_text(reason, "code") : TEXT("");
}
