/* 記録係を動かす — starts the real recordd over a listening socket that the test keeps, so that it can be killed and started again under its callers. */
#ifndef TESTS_SUPPORT_RECORDD_H
#define TESTS_SUPPORT_RECORDD_H
#include "base/service.h"
#include "store/setup.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct live_recordd {
	const char *program;
	char home[64];
	int listener, notify;
	pid_t pid; /* 0: not running */
};

static inline void live_make(struct live_recordd *l, const char *program)
{
	struct err err = { 0 };
	char path[108];

	*l = (struct live_recordd){ .program = program };
	snprintf(l->home, sizeof l->home, "/tmp/sekisho-recordd-%d-XXXXXX", (int)getpid());
	must(mkdtemp(l->home));
	snprintf(path, sizeof path, "%s/run", l->home);
	must(mkdir(path, 0755) == 0);
	snprintf(path, sizeof path, "%s/run/recordd.sock", l->home);
	l->listener = ipc_listen(path, 0600, &err);
	must(l->listener >= 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	snprintf(to.sun_path, sizeof to.sun_path, "%s/run/notify", l->home);
	l->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(l->notify >= 0 && bind(l->notify, (struct sockaddr *)&to, sizeof to) == 0);
	must(store_setup(l->home, TEXT("tsuru"), true, &err) == 0);
}

/* Until it has said that it is ready. */
static inline void live_start(struct live_recordd *l)
{
	char byte[32];

	l->pid = fork();
	must(l->pid >= 0);
	if (l->pid == 0) {
		char notify[108];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(notify, sizeof notify, "%s/run/notify", l->home);
		if (l->listener == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(l->listener, 3);
		setenv("LISTEN_FDS", "1", 1);
		setenv("LISTEN_FDNAMES", "recordd", 1);
		setenv("NOTIFY_SOCKET", notify, 1);
		if (!getenv("SHOW_LOG")) {
			int null = open("/dev/null", O_WRONLY);
			dup2(null, 2);
		}
		execl(l->program, "recordd", "--home", l->home, "--one-uid", (char *)NULL);
		_exit(127);
	}
	struct pollfd p = { .fd = l->notify, .events = POLLIN };
	must(poll(&p, 1, 20000) == 1);
	must(recv(l->notify, byte, sizeof byte, 0) > 0);
}

static inline int live_end(struct live_recordd *l, int with)
{
	int status = 0;

	if (l->pid > 0) {
		kill(l->pid, with);
		must(waitpid(l->pid, &status, 0) == l->pid);
	}
	l->pid = 0;
	return status;
}

static inline int live_connect(const struct live_recordd *l, const char *name)
{
	struct service s = { .name = name, .home = l->home, .home_fd = -1, .one_uid = true };
	struct err err = { 0 };

	return service_connect(&s, "recordd", &err);
}

#endif
