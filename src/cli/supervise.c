/* 起動と見張り — contract in supervise.h. */
#include "cli/supervise.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/service.h"
#include "zones/client.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until ready: recordd reads its whole store first, and an upgrade writes part of it anew. */
enum { PROCESSES_MOST = 16, READY_MILLISECONDS = 180000, STOP_MILLISECONDS = 8000, RESTART_MILLISECONDS = 500, RESTART_MOST_MILLISECONDS = 30000, PROBE_AT = 3 * 3600 + 600 /* second of the day */ };

const struct process_row process_rows[] = {
	{ "recordd", "recordd", "recordd", NULL, true, { NULL } },
	{ "evidenced", "evidenced", NULL, NULL, true, { NULL } },
	{ "authd", "authd", "authd", NULL, false, { NULL } },
	{ "sanitized", "sanitized", "sanitized", NULL, false, { NULL } },
	{ "transferd", "transferd", "transferd", NULL, true, { NULL } },
	{ "webd-office", "webd", NULL, "office", true, { "--face", "office", "--host", "office.localhost" } },
	{ "webd-internet", "webd", NULL, "internet", false, { "--face", "internet", "--host", "internet.localhost" } },
	{ "zonesd", "zonesd", "zonesd", NULL, false, { NULL }, true },
	{ NULL },
};

struct child {
	const struct process_row *row;
	struct supervisor *all;
	pid_t pid;	  /* 0: not running */
	int listen, http; /* kept open over restarts: callers wait in the backlog instead of failing */
	bool ready;
	char walls[64];	  /* as it told when it became ready */
	int64_t wait;	  /* before the next start, ms */
	struct loop_timer *again;
};
struct supervisor {
	const struct supervise_settings *settings;
	struct loop *loop;
	struct child children[PROCESSES_MOST];
	size_t count, starting; /* starting: row that is being waited for */
	int notify;
	pid_t self;
	char notify_path[108];
	char home[512], programs[512]; /* as the processes see them */
	unsigned office_port, internet_port;
	struct loop_timer *patience;
	struct run_log *log; /* NULL: none of its own */
	int own_words;	     /* into it */
	bool stopping, failed;
};

/* Through the change of uid and the exec: the kernel's packet filter is root's otherwise. */
static void keep_net_admin(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { 0 } };

	caps[0].effective = caps[0].permitted = caps[0].inheritable = 1u << CAP_NET_ADMIN;
	must(syscall(SYS_capset, &head, caps) == 0);
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0) == 0);
}

void supervise_become(const struct process_row *row)
{
	gid_t reads = GROUP_READS_RECORDS;
	uid_t uid = (uid_t)process_uid(row->name);

	if (row->keeps_zones)
		reads = 0; /* the kernel tells the names of iptables' tables to root's group only */
	must(setgroups(row->reads_records || row->keeps_zones ? 1 : 0, &reads) == 0);
	must(prctl(PR_SET_KEEPCAPS, row->keeps_zones, 0, 0, 0) == 0);
	must(setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0);
	must(getuid() == uid && geteuid() == uid);
	if (row->keeps_zones)
		keep_net_admin();
}

bool supervise_wants(const char *home, const struct process_row *row)
{
	char path[600];

	snprintf(path, sizeof path, "%s/" ZONES_IN_FORCE, home);
	return !row->keeps_zones || access(path, F_OK) == 0;
}

static int bind_folder(const char *from, const char *to, struct err *err)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) != 0)
		return fail_errno(err, ERR_IO, "cannot bind %s to %s", from, to);
	return 0;
}

int supervise_bind(const char *home, const char *programs, struct err *err)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return fail_errno(err, ERR_IO, "cannot make a private mount namespace");
	if (folder_make(AT_FDCWD, SUPERVISE_HOME, 0755, err) != 0)
		return -1;
	if (strcmp(home, SUPERVISE_HOME) != 0 && bind_folder(home, SUPERVISE_HOME, err) != 0)
		return -1;
	if (folder_make(AT_FDCWD, SUPERVISE_HOME "/libexec", 0755, err) != 0)
		return -1;
	return bind_folder(programs, SUPERVISE_HOME "/libexec", err);
}

static int listen_http(unsigned *port, struct err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make a TCP socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 256) != 0 || getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
		fail_errno(err, ERR_IO, "cannot listen on 127.0.0.1 port %u (is another one running? choose with --office-port, --internet-port)", *port);
		close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

/* In the child: descriptors 3… become the handed sockets, then exec. words: where it writes its log, -1: where the supervisor does. */
static _Noreturn void become_process(struct supervisor *all, struct child *child, int words)
{
	const struct process_row *row = child->row;
	char program[640], names[64] = "", count[4] = "0", own[24], host[64], face[600];
	const char *argv[16] = { row->program, "--home", all->home };
	int n = 3, handed = 0, fds[2];
	sigset_t none;

	if (words >= 0)
		must(dup2(words, 1) == 1 && dup2(words, 2) == 2);
	if (child->listen >= 0)
		fds[handed++] = fcntl(child->listen, F_DUPFD, 20), snprintf(names, sizeof names, "%s", row->socket);
	if (child->http >= 0)
		fds[handed++] = fcntl(child->http, F_DUPFD, 20), snprintf(names, sizeof names, "http");
	for (int i = 0; i < handed; i++)
		must(dup2(fds[i], 3 + i) == 3 + i);
	snprintf(count, sizeof count, "%d", handed);
	if (close_range(3 + (unsigned)handed, ~0u, 0) != 0)
		_exit(126);
	if (all->settings->one_uid)
		argv[n++] = "--one-uid";
	for (size_t i = 0; i < COUNT(row->arguments) && row->arguments[i]; i++)
		argv[n++] = row->arguments[i];
	if (row->http_face && all->settings->faces) {
		snprintf(face, sizeof face, "%s/%s.conf", all->settings->faces, row->name);
		argv[n - 2] = "--settings", argv[n - 1] = face;
	} else if (row->http_face) { /* the host as browsers send it carries the port */
		snprintf(host, sizeof host, "%s.localhost:%u", row->http_face, strcmp(row->http_face, "office") == 0 ? all->office_port : all->internet_port);
		argv[n - 1] = host;
	}
	argv[n] = NULL;
	snprintf(own, sizeof own, "%ld", (long)getpid());
	setenv("LISTEN_PID", own, 1);
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", all->notify_path, 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(program, sizeof program, "%s/%s", all->programs, row->program);
	if (!all->settings->one_uid)
		supervise_become(row);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* after the change of uid, which would take it away again */
	if (getppid() != all->self)
		_exit(126);
	execv(program, (char **)(uintptr_t)argv);
	fprintf(stderr, "sekisho: cannot start %s: %s\n", program, strerror(errno));
	_exit(127);
}

long supervise_find(const char *home, const struct process_row *row)
{
	if (strcmp(home, SUPERVISE_HOME) != 0)
		return 0;
	long found = 0;
	DIR *list = opendir("/proc");

	for (struct dirent *e; list && (e = readdir(list));) {
		char path[300], name[64] = "";
		struct stat st;
		long pid = strtol(e->d_name, NULL, 10);
		if (pid <= 0)
			continue;
		snprintf(path, sizeof path, "/proc/%ld", pid);
		if (stat(path, &st) != 0 || (int64_t)st.st_uid != process_uid(row->name))
			continue;
		snprintf(path, sizeof path, "/proc/%ld/comm", pid);
		FD(fd) = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
		if (n > 0 && strcspn(name, "\n") == strlen(row->program) && strncmp(name, row->program, strlen(row->program)) == 0 &&
		    (found == 0 || pid < found))
			found = pid;
	}
	if (list)
		closedir(list);
	return found;
}

static void write_facts(struct supervisor *all)
{
	ARENA(arena) = arena_new(0);
	struct buf pids = buf_in(arena, 0), ready = buf_in(arena, 0);
	bool every = true;

	for (size_t i = 0; i < all->count; i++) {
		if (all->children[i].pid)
			buf_printf(&pids, "%s %d%s%s\n", all->children[i].row->name, (int)all->children[i].pid, all->children[i].walls[0] ? " " : "",
				   all->children[i].walls);
		every = every && all->children[i].ready;
	}
	struct err err;
	char path[600];
	snprintf(path, sizeof path, "%s/run/pids", all->home);
	if (file_replace(AT_FDCWD, path, buf_view(&pids), 0644, &err) != 0)
		log_err(LOG_WARNING, "run-001", "cannot write the process list", &err);
	snprintf(path, sizeof path, "%s/run/ready", all->home);
	if (!every || all->stopping) {
		unlink(path);
		return;
	}
	buf_printf(&ready, "office %u\ninternet %u\nuid %s\npid %d\n", all->office_port, all->internet_port, all->settings->one_uid ? "one" : "many", (int)getpid());
	if (file_replace(AT_FDCWD, path, buf_view(&ready), 0644, &err) != 0)
		log_err(LOG_WARNING, "run-002", "cannot say that all is ready", &err);
}

static void start(struct child *child)
{
	struct err err = { 0 };
	FD(words) = child->all->log ? run_log_pipe(child->all->log, &err) : -1;
	if (child->all->log && words < 0)
		log_err(LOG_ERROR, "run-011", "no log for a process", &err);
	pid_t pid = fork();

	if (pid == 0)
		become_process(child->all, child, words);
	if (pid < 0) {
		log_line(LOG_ERROR, "run-003", "cannot fork for %s: %s", child->row->name, strerror(errno));
		return;
	}
	child->pid = pid;
	child->ready = false;
	child->walls[0] = 0;
}

static void out_of_patience(void *self)
{
	struct supervisor *all = self;

	all->patience = NULL;
	log_line(LOG_ERROR, "run-004", "%s did not become ready within %d s: see its lines above", all->children[all->starting].row->name,
		 READY_MILLISECONDS / 1000);
	all->failed = true;
	loop_stop(all->loop);
}

static void start_next(struct supervisor *all)
{
	loop_cancel(all->patience);
	all->patience = NULL;
	while (all->starting < all->count && all->children[all->starting].ready)
		all->starting++;
	if (all->starting < all->count) {
		all->patience = loop_after(all->loop, READY_MILLISECONDS, out_of_patience, all);
		if (!all->children[all->starting].pid)
			start(&all->children[all->starting]);
	} else {
		log_line(LOG_INFO, "run-005", "all %zu processes are ready", all->count);
	}
}

/* "READY=1" and perhaps, in a line of its own, "STATUS=behind " and names of walls. */
static bool is_ready(const char *say, char walls[64])
{
	static const char status[] = "\nSTATUS=behind ";

	if (strncmp(say, "READY=1", 7) != 0)
		return false;
	say += 7;
	walls[0] = 0;
	if (strncmp(say, status, sizeof status - 1) != 0)
		return *say == 0;
	say += sizeof status - 1;
	if (strspn(say, "abcdefghijklmnopqrstuvwxyz_ ") != strlen(say))
		return false;
	snprintf(walls, 64, "%.63s", say);
	return true;
}

/* What one process tells; the kernel tells who sent it. */
static void notified(void *self, int fd, unsigned what)
{
	struct supervisor *all = self;
	char say[129], walls[64];
	union {
		char room[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec part = { say, sizeof say - 1 };

	(void)what;
	for (;;) {
		struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room };
		ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0)
			return;
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		say[n] = 0;
		if (!is_ready(say, walls) || !c || c->cmsg_type != SCM_CREDENTIALS)
			continue;
		struct ucred who;
		memcpy(&who, CMSG_DATA(c), sizeof who);
		for (size_t i = 0; i < all->count; i++)
			if (all->children[i].pid == who.pid) {
				all->children[i].ready = true;
				memcpy(all->children[i].walls, walls, sizeof walls);
				all->children[i].wait = RESTART_MILLISECONDS;
			}
		start_next(all);
		write_facts(all);
	}
}

static void start_again(void *self)
{
	struct child *child = self;

	child->again = NULL;
	start(child);
	write_facts(child->all);
}

static void child_ended(void *self, int signal)
{
	struct supervisor *all = self;
	int status;
	pid_t pid;

	(void)signal;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < all->count; i++) {
			struct child *child = &all->children[i];
			if (child->pid != pid)
				continue;
			child->pid = 0;
			child->ready = false;
			if (all->stopping)
				continue;
			log_line(LOG_ERROR, "run-006", "%s ended (%s %d); it starts again in %lld ms", child->row->name,
				 WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
				 (long long)child->wait);
			child->again = loop_after(all->loop, child->wait, start_again, child);
			child->wait = MIN(child->wait * 2, (int64_t)RESTART_MOST_MILLISECONDS);
		}
	}
	if (!all->stopping)
		write_facts(all);
}

static void stop_one(struct child *child)
{
	int64_t until = clock_milliseconds() + STOP_MILLISECONDS;
	int status;

	if (!child->pid)
		return;
	kill(child->pid, SIGTERM);
	while (waitpid(child->pid, &status, WNOHANG) == 0) {
		if (child->all->log)
			run_log_drain(child->all->log); /* its last words must not wait for us, nor we for them */
		if (clock_milliseconds() > until) {
			log_line(LOG_WARNING, "run-007", "%s does not stop: killed", child->row->name);
			kill(child->pid, SIGKILL);
			waitpid(child->pid, &status, 0);
			break;
		}
		usleep(5000);
	}
	child->pid = 0;
}

/* systemd's reload, for one machine. */
static void reload(void *self, int signal)
{
	struct supervisor *all = self;

	(void)signal;
	if (all->log)
		run_log_reopen(all->log);
	for (size_t i = 0; i < all->count; i++)
		if (all->children[i].row->http_face && all->children[i].pid && all->children[i].ready)
			kill(all->children[i].pid, SIGHUP);
}

/* From here on all lines go to the file, the supervisor's own too. */
static int begin_log(struct supervisor *all, struct err *err)
{
	const struct supervise_settings *s = all->settings;

	all->own_words = -1;
	if (!s->log)
		return 0;
	if (run_log_open(all->loop, s->log, s->log_bytes, s->log_closed, NULL, &all->log, err) != 0 || (all->own_words = run_log_pipe(all->log, err)) < 0)
		return -1;
	fcntl(all->own_words, F_SETFL, O_NONBLOCK); /* it is we who read it */
	log_open("sekisho", all->own_words);
	return 0;
}

static void end_log(struct supervisor *all)
{
	log_open("sekisho", 2);
	fd_close_at(&all->own_words);
	run_log_close(all->log);
}

/* Whoever listens there now would lose its callers to us, and they would be served by two. */
static int nobody_serves(struct supervisor *all, struct err *err)
{
	char path[640];
	int other;

	snprintf(path, sizeof path, "%s/run/recordd.sock", all->home);
	if ((other = ipc_connect(path, -1, NULL)) < 0)
		return 0;
	close(other);
	return fail(err, ERR_CONFLICT, 0, "%s is being served already (another `sekisho run`, or systemd: systemctl stop sekisho.target)", all->settings->home);
}

static int prepare_sockets(struct supervisor *all, struct err *err)
{
	char path[640];
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(path, sizeof path, "%s/run", all->home);
	if (folder_make(AT_FDCWD, path, 0755, err) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/run/ready", all->home);
	unlink(path);
	snprintf(path, sizeof path, "%s/run/one-uid", all->home);
	if (all->settings->one_uid) {
		if (file_replace(AT_FDCWD, path, BYTES("everything runs under one uid\n"), 0644, err) != 0)
			return -1;
	} else {
		unlink(path);
	}
	if ((size_t)snprintf(all->notify_path, sizeof all->notify_path, "%s/run/notify", all->home) >= sizeof all->notify_path)
		return fail(err, ERR_LIMIT, 0, "the path of the data folder %s is too long for sockets (at most 80 bytes)", all->home);
	all->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(at.sun_path, all->notify_path, strlen(all->notify_path) + 1);
	unlink(all->notify_path);
	if (all->notify < 0 || bind(all->notify, (struct sockaddr *)&at, sizeof at) != 0 || chmod(all->notify_path, 0666) != 0 ||
	    setsockopt(all->notify, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) != 0)
		return fail_errno(err, ERR_IO, "cannot listen at %s", all->notify_path);
	for (size_t i = 0; process_rows[i].name; i++) {
		if (process_rows[i].keeps_zones && !all->settings->zones)
			continue;
		struct child *child = &all->children[all->count++];
		*child = (struct child){ .row = &process_rows[i], .all = all, .listen = -1, .http = -1, .wait = RESTART_MILLISECONDS };
		if (child->row->socket) {
			snprintf(path, sizeof path, "%s/run/%s.sock", all->home, child->row->socket);
			/* Anybody may knock: who it is tells SO_PEERCRED (service_greet). */
			child->listen = ipc_listen(path, 0666, err);
			if (child->listen < 0)
				return -1;
		}
		if (child->row->http_face) {
			child->http = listen_http(strcmp(child->row->http_face, "office") == 0 ? &all->office_port : &all->internet_port, err);
			if (child->http < 0)
				return -1;
		}
	}
	return 0;
}

/* Its keeper's alone; that there is a text in force may be seen by all (supervise_wants). */
static int zones_folder(const char *home, struct err *err)
{
	char path[600];
	uid_t uid = (uid_t)process_uid("zonesd");

	snprintf(path, sizeof path, "%s/zones", home);
	if (folder_make(AT_FDCWD, path, 0711, err) != 0)
		return -1;
	return chown(path, uid, uid) == 0 && chmod(path, 0711) == 0 ? 0 : fail_errno(err, ERR_IO, "cannot give zones/ to zonesd");
}

/* ---- once a night ---- */

static void at_night(void *self);

static void wait_for_night(struct supervisor *all)
{
	int64_t now = clock_now(), next = calendar_day_of(now) + PROBE_AT;

	loop_after(all->loop, (next > now ? next - now : next + DAY_SECONDS - now) * 1000, at_night, all);
}

/* The rules are tried with real packets, by the command that people use for it: its own process, which we only reap. */
static void at_night(void *self)
{
	struct supervisor *all = self;
	sigset_t none;

	wait_for_night(all);
	if (fork() != 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_range(3, ~0u, 0);
	execl("/proc/self/exe", "sekisho", "--home", all->home, "zones", "probe", (char *)NULL);
	_exit(126);
}

int supervise(const struct supervise_settings *settings, struct err *err)
{
	static struct supervisor all; /* large, and there is only one */

	all = (struct supervisor){ .settings = settings, .self = getpid(), .office_port = settings->office_port, .internet_port = settings->internet_port };
	if (!settings->one_uid && supervise_bind(settings->home, settings->programs, err) != 0)
		return -1;
	snprintf(all.home, sizeof all.home, "%s", settings->one_uid ? settings->home : SUPERVISE_HOME);
	if (settings->one_uid)
		snprintf(all.programs, sizeof all.programs, "%s", settings->programs);
	else
		snprintf(all.programs, sizeof all.programs, SUPERVISE_HOME "/libexec");
	if (settings->zones && zones_folder(all.home, err) != 0)
		return -1;
	if (nobody_serves(&all, err) != 0 || prepare_sockets(&all, err) != 0)
		return -1;
	all.loop = loop_new();
	if (begin_log(&all, err) != 0) {
		loop_free(all.loop);
		return -1;
	}
	service_stop_on_signals(all.loop);
	loop_signal(all.loop, SIGHUP, reload, &all);
	loop_signal(all.loop, SIGCHLD, child_ended, &all);
	struct loop_watch *notify = loop_add(all.loop, all.notify, LOOP_READ, notified, &all);
	start_next(&all);
	if (settings->zones)
		wait_for_night(&all);
	int result = loop_run(all.loop, err);
	all.stopping = true;
	for (size_t i = all.count; i-- > 0;) {
		loop_cancel(all.children[i].again);
		stop_one(&all.children[i]);
	}
	write_facts(&all);
	loop_cancel(all.patience);
	loop_remove(notify);
	log_line(LOG_INFO, "run-008", "all processes have stopped");
	end_log(&all);
	loop_free(all.loop);
	if (result == 0 && all.failed)
		return fail(err, ERR_PEER, 0, "a process did not become ready");
	return result;
}
