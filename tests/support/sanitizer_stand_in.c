/* 無害化係の代役 — contract in sanitizer_stand_in.h. */
#include "support/sanitizer_stand_in.h"
#include "base/code.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "sanitize/client.h"
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bytes report_of(struct arena *arena, struct text name, struct bytes output, bool refused)
{
	uint8_t sha256[SHA256_BYTES];
	struct json *report = json_object(arena), *part = json_object(arena), *summary = json_array(arena), *row = json_object(arena);

	json_set_str(arena, report, "verdict", refused ? "refused" : "clean");
	if (refused) {
		json_set_str(arena, part, "code", "DAMAGED");
		json_set(arena, report, "reason", part);
	} else {
		sha256_of(output, sha256);
		json_set_number(arena, part, "bytes", (int64_t)output.n);
		json_set_text(arena, part, "name", name);
		json_set_str(arena, part, "sha256", hex_of(arena, bytes_of(sha256, sizeof sha256)));
		json_set(arena, report, "output", part);
		json_set_number(arena, row, "count", 3);
		json_set_str(arena, row, "threat", "B1");
		json_add(arena, summary, row);
		json_set(arena, report, "summary", summary);
	}
	return json_bytes(arena, report);
}

static void answer(int connection, struct ipc_message *m, struct arena *arena, enum stand_in manner)
{
	struct text name = ipc_take_text(m);
	ipc_take_text(m), ipc_take_bytes(m), ipc_take_text(m), ipc_take_bytes(m);
	FD(input) = ipc_take_fd(m);
	struct bytes content;
	struct buf out = buf_in(arena, 0);
	struct ipc_message reply = ipc_start(arena, SANITIZE_REQUEST | IPC_REPLY, m->sequence);

	must(ipc_done(m, NULL) == 0 && lseek(input, 0, SEEK_SET) == 0 && file_read_fd(arena, input, 1 << 28, &content, NULL) == 0);
	must(write(input, "x", 1) < 0); /* sealed */
	buf_str(&out, "clean:");
	buf_bytes(&out, content);
	if (manner == STAND_IN_GARBLES) {
		ipc_put_u8(&reply, 7);
	} else {
		ipc_put_u8(&reply, manner != STAND_IN_REFUSES);
		ipc_put_bytes(&reply, report_of(arena, name, buf_view(&out), manner == STAND_IN_REFUSES));
	}
	if (manner == STAND_IN_LIES)
		buf_str(&out, "!");
	FD(output) = manner == STAND_IN_REFUSES || manner == STAND_IN_GARBLES ? -1 : memfd_of("output", buf_view(&out), true, NULL);
	if (output >= 0)
		ipc_put_fd(&reply, output);
	(void)!ipc_send(connection, &reply, NULL); /* who asked may have been killed meanwhile */
}

static _Noreturn void serve(struct service *service, int socket, enum stand_in manner)
{
	unsigned asked = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		ARENA(arena) = arena_new(0);
		FD(connection) = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
		struct ipc_message m;
		const char *caller;
		if (connection < 0 || service_greet(service, connection, &caller, NULL) != 0 || ipc_receive(connection, arena, &m, NULL) != 0)
			continue;
		asked++;
		if (manner == STAND_IN_DIES || (manner == STAND_IN_DIES_TWICE && asked <= 2))
			ipc_drop(&m);
		else
			answer(connection, &m, arena, manner);
	}
}

static struct daemon *place(struct ground *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->daemons[i].name, "sanitized") == 0)
			return &g->daemons[i];
	must(false);
	return NULL;
}

void stand_in_stop(struct ground *g)
{
	daemon_kill(g, "sanitized", SIGKILL);
}

void stand_in_start(struct ground *g, enum stand_in manner)
{
	struct daemon *d = place(g);
	struct service service = { .name = "sanitized", .home = g->home, .one_uid = true };
	char path[128];

	stand_in_stop(g);
	if (d->socket < 0) {
		snprintf(path, sizeof path, "%s/run/sanitized.sock", g->home);
		d->socket = ipc_listen(path, 0600, NULL);
		must(d->socket >= 0);
	}
	d->pid = fork();
	must(d->pid >= 0);
	if (d->pid == 0)
		serve(&service, d->socket, manner);
}
