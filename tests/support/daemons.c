/* 試験のための常駐プロセス — contract in daemons.h. */
#include "support/daemons.h"
#include "base/clock.h"
#include "base/file.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_init(struct ground *g, const char *name, const char *const *more, const char *to)
{
	const char *argv[10] = { name, "--home", g->home, "--one-uid", "--init" };
	char program[512], path[128];
	int n = 5, status;

	while (*more)
		argv[n++] = *more++;
	argv[n] = NULL;
	snprintf(program, sizeof program, "%s/%s", g->programs, name);
	pid_t pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		snprintf(path, sizeof path, "%s/%s", g->home, to);
		int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		must(out >= 0 && dup2(out, 1) == 1);
		execv(program, (char **)(uintptr_t)argv);
		_exit(127);
	}
	must(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s --init failed: %d\n", name, status);
		abort();
	}
}

static struct daemon *daemon_of(struct ground *g, const char *name)
{
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->daemons[i].name, name) == 0)
			return &g->daemons[i];
	must(false);
	return NULL;
}

static void set_up(struct ground *g)
{
	static const struct daemon known[] = {
		{ "recordd", NAMED_SOCKET, 0, -1 }, { "evidenced", NO_SOCKET, 0, -1 }, { "authd", NAMED_SOCKET, 0, -1 }, { "sanitized", NAMED_SOCKET, 0, -1 },
		{ "transferd", NAMED_SOCKET, 0, -1 }, { "webd-office", WEB_SOCKET, 0, -1 }, { "webd-internet", WEB_SOCKET, 0, -1 },
	};

	setenv("ASAN_OPTIONS", "detect_leaks=0", 0); /* what a daemon holds when it is stopped is no leak */
	g->home_fd = open(g->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(g->home_fd >= 0);
	memcpy(g->daemons, known, sizeof known);
	g->count = COUNT(known);
	g->operator = (struct service){ .name = "operator", .home = g->home, .one_uid = true };
	g->office = (struct service){ .name = "webd-office", .home = g->home, .one_uid = true };
	g->internet = (struct service){ .name = "webd-internet", .home = g->home, .one_uid = true };
}

void ground_open(struct ground *g, const char *programs, const char *home)
{
	*g = (struct ground){ .programs = programs };
	must((size_t)snprintf(g->home, sizeof g->home, "%s", home) < sizeof g->home);
	set_up(g);
}

void ground_make(struct ground *g, const char *programs)
{
	static const char *const folders[] = { "run", "records", "auth", "spool", "evidence", "evidence/log", "evidence/private", "trust" };
	static const char *const none[] = { NULL }, *const site[] = { "--site", "test", NULL }, *const origin[] = { "test.example/log", NULL };
	struct err err;

	*g = (struct ground){ .home = "/tmp/sekisho-ground-XXXXXX", .programs = programs };
	must(mkdtemp(g->home));
	set_up(g);
	for (size_t i = 0; i < COUNT(folders); i++)
		must(folder_make(g->home_fd, folders[i], 0700, &err) == 0);
	run_init(g, "authd", none, "trust/approval.pub");
	run_init(g, "recordd", site, "run/said");
	run_init(g, "transferd", none, "run/said");
	run_init(g, "evidenced", origin, "run/said");
}

bool daemon_runs(struct ground *g, const char *name)
{
	struct daemon *d = daemon_of(g, name);

	if (d->pid && waitpid(d->pid, NULL, WNOHANG) == d->pid)
		d->pid = 0;
	return d->pid != 0;
}

void daemon_kill(struct ground *g, const char *name, int signal)
{
	struct daemon *d = daemon_of(g, name);

	if (!d->pid)
		return;
	kill(d->pid, signal);
	while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
}

static void become(struct ground *g, struct daemon *d, const char *notify)
{
	bool is_web = d->has_socket == WEB_SOCKET;
	char program[512], log[128], host[32] = "";
	const char *face = strcmp(d->name, "webd-office") == 0 ? "office" : "internet";
	const char *argv[] = { d->name, "--home", g->home, "--one-uid", is_web ? "--face" : NULL, face, "--host", host, NULL };

	if (is_web)
		snprintf(host, sizeof host, "localhost:%u", daemon_port(g, d->name));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(log, sizeof log, "%s/run/%s.log", g->home, d->name);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	must(fd >= 0 && dup2(fd, 2) == 2);
	close(fd);
	if (d->has_socket && d->socket != 3)
		must(dup2(d->socket, 3) == 3);
	else if (d->has_socket)
		must(fcntl(3, F_SETFD, 0) == 0);
	setenv("LISTEN_FDS", d->has_socket ? "1" : "0", 1);
	setenv("LISTEN_FDNAMES", is_web ? "http" : d->has_socket ? d->name : "", 1);
	setenv("NOTIFY_SOCKET", notify, 1);
	snprintf(program, sizeof program, "%s/%s", g->programs, is_web ? "webd" : d->name);
	execv(program, (char **)(uintptr_t)argv);
	_exit(127);
}

uint16_t daemon_port(struct ground *g, const char *name)
{
	struct sockaddr_in at = { 0 };
	socklen_t n = sizeof at;

	must(getsockname(daemon_of(g, name)->socket, (struct sockaddr *)&at, &n) == 0);
	return ntohs(at.sin_port);
}

static int web_socket(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 128) == 0);
	return fd;
}

void daemon_start(struct ground *g, const char *name)
{
	struct daemon *d = daemon_of(g, name);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char path[128], word[32];
	struct err err;

	must(!d->pid);
	if (d->has_socket == WEB_SOCKET && d->socket < 0)
		d->socket = web_socket();
	if (d->has_socket == NAMED_SOCKET && d->socket < 0) {
		snprintf(path, sizeof path, "%s/run/%s.sock", g->home, name);
		d->socket = ipc_listen(path, 0600, &err);
		must(d->socket >= 0);
	}
	snprintf(at.sun_path, sizeof at.sun_path, "%s/run/notify", g->home);
	unlink(at.sun_path);
	FD(notify) = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(notify >= 0 && bind(notify, (struct sockaddr *)&at, sizeof at) == 0);
	d->pid = fork();
	must(d->pid >= 0);
	if (d->pid == 0)
		become(g, d, at.sun_path);
	int64_t until = clock_milliseconds() + DAEMON_READY_MILLISECONDS;
	for (;;) {
		struct pollfd p = { .fd = notify, .events = POLLIN };
		if (poll(&p, 1, 50) == 1 && recv(notify, word, sizeof word, 0) > 0)
			return;
		if (!daemon_runs(g, name) || clock_milliseconds() > until) {
			fprintf(stderr, "%s does not become ready, see %s/run/%s.log\n", name, g->home, name);
			abort();
		}
	}
}

void ground_remove(struct ground *g)
{
	char command[128];

	for (size_t i = 0; i < g->count; i++) {
		daemon_kill(g, g->daemons[i].name, SIGTERM);
		if (g->daemons[i].socket >= 0)
			close(g->daemons[i].socket);
	}
	close(g->home_fd);
	snprintf(command, sizeof command, "rm -r %s", g->home);
	if (!getenv("KEEP_GROUND"))
		must(system(command) == 0);
}
