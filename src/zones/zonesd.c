/* 通信規則の係 zonesd — keeps in the kernel what the policy text in force says of the zones, and only that: applies what two persons signed, proves it, sees
 * changes by others and puts the rules back. Its one right is CAP_NET_ADMIN; it takes requests of the operator; the
 * office face may look, and there is no other input.
 * article: s2.11 s6.3.1a s6.3.2a s3.2d */
#include "zones/gate.h"
#include "base/file.h"
#include "base/log.h"
#include "base/service.h"
#include "zones/client.h"
#include "zones/drift.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct zonesd {
	struct service service;
	struct loop *loop;
	struct gate *gate;
};
struct caller {
	struct zonesd *zonesd;
	int socket;
	struct loop_watch *watch;
	struct loop_timer *timer;
	bool greeted, is_operator;
};

static void hang_up(struct caller *c)
{
	loop_remove(c->watch);
	loop_cancel(c->timer);
	service_hang_up(c->socket);
	free(c);
}

static void too_slow(void *self)
{
	struct caller *c = self;

	c->timer = NULL;
	hang_up(c);
}

static int act(struct gate *gate, struct ipc_message *m, struct err *err)
{
	uint64_t trial = m->type == ZONES_APPLY ? ipc_take_u64(m) : 0;

	if (ipc_done(m, err) != 0)
		return -1;
	switch (m->type) {
	case ZONES_STATUS: return 0;
	case ZONES_APPLY: return gate_apply(gate, trial, err);
	case ZONES_CONFIRM: return gate_confirm(gate, err);
	case ZONES_ROLLBACK: return gate_rollback(gate, err);
	default: return fail(err, ERR_MALFORMED, m->type, "no request of ours");
	}
}

static int answer(struct caller *c, struct arena *arena, const struct ipc_message *asked, struct err *err)
{
	struct ipc_message m = ipc_start(arena, asked->type | IPC_REPLY, asked->sequence);
	FD(fd) = memfd_of("status", json_bytes(arena, gate_status(c->zonesd->gate, arena)), true, err);

	if (fd < 0)
		return -1;
	ipc_put_fd(&m, fd);
	return ipc_send(c->socket, &m, err);
}

static int show(struct caller *c, struct arena *arena, struct ipc_message *asked, struct err *err)
{
	struct ipc_message m = ipc_start(arena, asked->type | IPC_REPLY, asked->sequence);
	struct json *status;
	struct bytes text;

	if (ipc_done(asked, err) != 0 || gate_view(c->zonesd->gate, arena, &status, &text, err) != 0)
		return -1;
	FD(told) = memfd_of("status", json_bytes(arena, status), true, err);
	FD(policy) = memfd_of("policy", text, true, err);
	if (told < 0 || policy < 0)
		return -1;
	ipc_put_fd(&m, told);
	ipc_put_fd(&m, policy);
	return ipc_send(c->socket, &m, err);
}

/* The pages may only look. */
static int may(const struct caller *c, uint16_t type, struct err *err)
{
	return c->is_operator || type == ZONES_VIEW ? 0 : fail(err, ERR_DENIED, type, "only the operator may ask for this");
}

static int serve(struct caller *c, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message m;

	if (ipc_receive(c->socket, arena, &m, err) != 0)
		return -1;
	int got = may(c, m.type, err);
	if (got == 0 && m.type == ZONES_VIEW) {
		if ((got = show(c, arena, &m, err)) == 0)
			return 0;
	} else if (got == 0 && (got = act(c->zonesd->gate, &m, err)) == 0) {
		return answer(c, arena, &m, err);
	}
	log_err(LOG_WARNING, "zonesd-002", "a request was not carried out", err);
	return err->code == ERR_MALFORMED ? -1 : ipc_reply_failure(c->socket, m.type, m.sequence, err);
}

static void heard(void *self, int fd, unsigned what)
{
	struct caller *c = self;
	const char *who;
	struct err err = { 0 };

	(void)fd;
	if (what == LOOP_GONE) {
		hang_up(c);
		return;
	}
	if (!c->greeted) {
		if (service_greet(&c->zonesd->service, c->socket, &who, &err) != 0 || (strcmp(who, "operator") != 0 && strcmp(who, "webd-office") != 0)) {
			log_line(LOG_WARNING, "zonesd-001", "a caller was turned away");
			hang_up(c);
			return;
		}
		c->greeted = true, c->is_operator = strcmp(who, "operator") == 0;
		loop_cancel(c->timer);
		c->timer = NULL;
		return;
	}
	if (serve(c, &err) != 0)
		hang_up(c);
}

static void knocked(void *self, int listener, unsigned what)
{
	struct zonesd *z = self;
	int fd = service_accept(&z->service, listener);

	(void)what;
	if (fd < 0)
		return;
	struct caller *c = calloc(1, sizeof *c);
	must(c);
	*c = (struct caller){ .zonesd = z, .socket = fd };
	c->watch = loop_add(z->loop, fd, LOOP_READ, heard, c);
	c->timer = loop_after(z->loop, SERVICE_GREET_MILLISECONDS, too_slow, c);
}

static void rules_changed(void *self, const char *by)
{
	struct zonesd *z = self;

	gate_look(z->gate, by);
}

static void surroundings_changed(void *self, const char *what)
{
	struct zonesd *z = self;

	gate_surroundings(z->gate, what);
}

int main(int argc, char **argv)
{
	struct zonesd z = { 0 };
	struct err err = { 0 };

	service_begin(&z.service, "zonesd", argc, argv);
	if (z.service.argc > 1) {
		fprintf(stderr, "zonesd: unknown word %s\n", z.service.argv[1]);
		return 2;
	}
	z.loop = loop_new();
	service_stop_on_signals(z.loop);
	int listener = service_socket(&z.service, "zonesd", &err);
	if (listener < 0 ||
	    drift_watch(z.loop, &(struct drift_heard){ rules_changed, surroundings_changed, &z }, &err) != 0) {
		log_err(LOG_ERROR, "zonesd-017", "cannot begin", &err);
		return 1;
	}
	if (gate_open(&z.service, z.loop, &z.gate, &err) != 0) /* what the kernel holds stays; the operator sees it in the status */
		log_err(LOG_ERROR, "zonesd-003", "ALARM: what was in force cannot be loaded", &err);
	loop_add(z.loop, listener, LOOP_READ, knocked, &z);
	service_ready(&z.service);
	if (loop_run(z.loop, &err) != 0) {
		log_err(LOG_ERROR, "zonesd-018", "the loop ended", &err);
		return 1;
	}
	gate_close(z.gate);
	return 0; /* the rules stay in the kernel: a checkpoint without its keeper is still closed */
}
