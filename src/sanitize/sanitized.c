/* 無害化の常駐プロセス — sanitized: takes files from transferd, one request a connection, and gives back what the broker made of them.
 * It passes descriptors and reads no file. No store, no network, no files of its own (article: s2.12a s6.3.2b; rights: src/PROCESSES). */
#include "base/file.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/service.h"
#include "sanitize/broker.h"
#include "sanitize/client.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CALLERS_MOST = 64, REQUEST_MILLISECONDS = 30000 };

struct house {
	struct service service;
	struct loop *loop;
	struct broker *broker;
	size_t callers;
	bool walls_told;
};
/* One connection: hello, request, answer, end. */
struct caller {
	struct house *house;
	int socket;
	struct loop_watch *watch;
	struct loop_timer *timer; /* runs while the request is awaited */
	bool greeted, asked, gone;
	char ticket[64];
};

static void end_call(struct caller *c)
{
	loop_remove(c->watch);
	loop_cancel(c->timer);
	service_hang_up(c->socket);
	c->house->callers--;
	free(c);
}

static void too_slow(void *self)
{
	struct caller *c = self;

	c->timer = NULL;
	log_line(LOG_WARNING, "sanitized-004", "a caller did not ask in time");
	end_call(c);
}

static void tell_walls(struct house *h)
{
	int abi = 0;
	unsigned walls = broker_walls(h->broker, &abi);

	if (h->walls_told || !walls)
		return;
	h->walls_told = true;
	if (walls == WALL_ALL) {
		log_line(LOG_INFO, "sanitized-005", "all walls of the jail stand (Landlock ABI %d)", abi);
		return;
	}
	for (unsigned w = 1; w <= WALL_ALL; w <<= 1)
		if (!(walls & w))
			log_line(LOG_WARNING, "sanitized-006", "this kernel does not give the wall %s (Landlock ABI %d)", sandbox_wall_name((enum sandbox_wall)w), abi);
}

static void done(void *self, struct broker_result *result)
{
	struct caller *c = self;
	struct ipc_message m = ipc_start(result->arena, SANITIZE_REQUEST | IPC_REPLY, 1);
	const struct report *r = result->report;
	struct err err;

	tell_walls(c->house);
	if (result->unjudged) {
		fail(&err, ERR_BUSY, 0, "the policy requires clamd's word, and clamd does not answer");
		log_line(LOG_WARNING, "sanitized-011", "ticket %s: no verdict: %s", c->ticket, err.say);
		if (!c->gone && ipc_reply_failure(c->socket, SANITIZE_REQUEST, 1, &err) != 0)
			log_line(LOG_WARNING, "sanitized-012", "and the caller does not hear why");
		end_call(c);
		return;
	}
	log_line(LOG_INFO, "sanitized-002", "ticket %s: %s%s%s, %u jobs, %lld ms", c->ticket, verdict_name(r->verdict), r->verdict == VERDICT_REFUSED ? " " : "",
		 r->verdict == VERDICT_REFUSED ? refusal_name(r->refusal) : "", r->jobs, (long long)r->milliseconds);
	ipc_put_u8(&m, result->output >= 0);
	ipc_put_bytes(&m, json_bytes(result->arena, report_json(result->arena, r)));
	if (result->output >= 0)
		ipc_put_fd(&m, result->output);
	if (!c->gone && ipc_send(c->socket, &m, &err) != 0)
		log_err(LOG_WARNING, "sanitized-003", "the caller does not hear the answer: nothing is delivered", &err);
	end_call(c);
}

/* What could not be tried says nothing of the file. */
static bool was_tried(const struct report *r)
{
	return r->refusal != REFUSAL_WORKER_DIED && r->refusal != REFUSAL_MEMORY && r->refusal != REFUSAL_NO_CONVERTER;
}

static void pictured(void *self, struct broker_result *result)
{
	struct caller *c = self;
	struct ipc_message m = ipc_start(result->arena, SANITIZE_PICTURE | IPC_REPLY, 1);
	const struct report *r = result->report;
	struct err err;
	int got = 0;

	log_line(LOG_INFO, "sanitized-013", "ticket %s: picture of the first page: %s", c->ticket, result->output >= 0 ? "drawn" : refusal_name(r->refusal));
	if (result->output < 0 && !was_tried(r)) {
		fail(&err, ERR_BUSY, 0, "no picture now: %s", refusal_name(r->refusal));
		got = c->gone ? 0 : ipc_reply_failure(c->socket, SANITIZE_PICTURE, 1, &err);
	} else {
		ipc_put_u8(&m, result->output >= 0);
		if (result->output >= 0)
			ipc_put_fd(&m, result->output);
		got = c->gone ? 0 : ipc_send(c->socket, &m, &err);
	}
	if (got != 0)
		log_line(LOG_WARNING, "sanitized-014", "the caller does not hear of its picture");
	end_call(c);
}

static int take_picture(struct caller *c, struct arena *arena, struct ipc_message *m, struct err *err)
{
	struct text format = ipc_take_text(m), ticket = ipc_take_text(m);
	FD(input) = ipc_take_fd(m);

	if (ipc_done(m, err) != 0)
		return -1;
	struct broker_request request = { .input = input, .name = BYTES(""), .charset = -1, .pictured = format_by_name(format.p) };
	if (!request.pictured || !format_is_pictured(format))
		return fail(err, ERR_INVALID, 0, "no pictures of this format");
	snprintf(c->ticket, sizeof c->ticket, "%s", text_printable(arena, bytes_of_text(ticket), sizeof c->ticket - 1));
	return broker_submit(c->house->broker, &request, pictured, c, err);
}

static int take_file(struct caller *c, struct arena *arena, struct ipc_message *m, struct err *err)
{
	enum charset named;
	struct text name = ipc_take_text(m), charset = ipc_take_text(m);
	struct bytes password = ipc_take_bytes(m);
	struct text ticket = ipc_take_text(m);
	struct cursor rules = cursor_over(ipc_take_bytes(m));
	FD(input) = ipc_take_fd(m);

	if (ipc_done(m, err) != 0)
		return -1;
	struct broker_request request = { .input = input, .name = bytes_of_text(name), .charset = -1, .password = password };
	rules_take(&rules, &request.rules);
	if (rules.failed || rules.left)
		return fail(err, ERR_MALFORMED, rules.at, "no rules of ours"); /* another edition asks: it asks again when it is this one */
	if (charset.n) {
		if (charset_by_name(charset.p, &named) != 0)
			return fail(err, ERR_INVALID, 0, "unknown charset");
		request.charset = (int)named;
	}
	snprintf(c->ticket, sizeof c->ticket, "%s", text_printable(arena, bytes_of_text(ticket), sizeof c->ticket - 1));
	int got = broker_submit(c->house->broker, &request, done, c, err);
	explicit_bzero((void *)(uintptr_t)password.p, password.n);
	return got;
}

static int take_request(struct caller *c, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m;

	if (ipc_receive(c->socket, arena, &m, err) != 0)
		return -1;
	if (m.type == SANITIZE_REQUEST)
		return take_file(c, arena, &m, err);
	if (m.type == SANITIZE_PICTURE)
		return take_picture(c, arena, &m, err);
	ipc_drop(&m);
	return fail(err, ERR_MALFORMED, m.type, "no request of ours");
}

static void heard(void *self, int fd, unsigned what)
{
	struct caller *c = self;
	const char *who = NULL;
	struct err err;

	(void)fd;
	if (c->asked) { /* nothing more may be said: it has gone, or it does not keep to the rules */
		c->gone = true;
		loop_remove(c->watch);
		c->watch = NULL;
		return;
	}
	if (what == LOOP_GONE) {
		end_call(c);
		return;
	}
	if (!c->greeted) {
		if (service_greet(&c->house->service, c->socket, &who, &err) != 0 || (strcmp(who, "transferd") != 0 && strcmp(who, "operator") != 0)) {
			log_line(LOG_WARNING, "sanitized-001", "a caller was turned away: %s", who ? who : err.say);
			end_call(c);
			return;
		}
		c->greeted = true;
		return;
	}
	c->asked = true;
	loop_cancel(c->timer);
	c->timer = NULL;
	if (take_request(c, &err) == 0)
		return;
	log_err(LOG_WARNING, "sanitized-007", "a request was not taken", &err);
	if (ipc_reply_failure(c->socket, SANITIZE_REQUEST, 1, &err) != 0)
		log_line(LOG_WARNING, "sanitized-008", "and the caller does not hear why");
	end_call(c);
}

static void knock(void *self, int fd, unsigned what)
{
	struct house *h = self;
	int socket = service_accept(&h->service, fd);

	(void)what;
	if (socket < 0)
		return;
	struct caller *c = h->callers < CALLERS_MOST ? calloc(1, sizeof *c) : NULL;
	if (!c) {
		service_hang_up(socket); /* the caller asks again later */
		return;
	}
	*c = (struct caller){ .house = h, .socket = socket };
	h->callers++;
	c->watch = loop_add(h->loop, socket, LOOP_READ, heard, c);
	c->timer = loop_after(h->loop, REQUEST_MILLISECONDS, too_slow, c);
}

int main(int argc, char **argv)
{
	struct house h = { 0 };
	struct broker_options options = { .limits = limits_usual() };
	struct err err;

	service_begin(&h.service, "sanitized", argc, argv);
	if (h.service.argc == 3 && strcmp(h.service.argv[1], "--clamd") == 0) {
		options.clamd = h.service.argv[2];
	} else if (h.service.argc > 1) {
		fprintf(stderr, "sanitized: unknown option %s\n", h.service.argv[1]);
		return 2;
	}
	h.loop = loop_new();
	h.broker = broker_new(h.loop, &options);
	int listener = service_socket(&h.service, "sanitized", &err);
	if (listener < 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0) {
		log_err(LOG_ERROR, "sanitized-009", "no socket to listen at", &err);
		return 1;
	}
	loop_add(h.loop, listener, LOOP_READ, knock, &h);
	service_stop_on_signals(h.loop);
	broker_warm(h.broker);
	service_ready(&h.service);
	int got = loop_run(h.loop, &err);
	if (got != 0)
		log_err(LOG_ERROR, "sanitized-010", "stopped", &err);
	broker_free(h.broker);
	loop_free(h.loop);
	return got == 0 ? 0 : 1;
}
