/* 常駐プロセスの決まり — contract in service.h. */
#include "base/service.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/file.h"
#include "base/log.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LISTEN_START = 3 };

/* The rows of src/PROCESSES as numbers; tests/processes.sh compares. */
static const struct {
	const char *name;
	uid_t uid;
} processes[] = {
	{ "recordd", 7301 }, { "authd", 7302 }, { "transferd", 7303 }, { "sanitized", 7304 },
	{ "evidenced", 7305 }, { "webd-office", 7306 }, { "webd-internet", 7307 }, { "zonesd", 7308 }, { "operator", 0 },
};

int64_t process_uid(const char *name)
{
	for (size_t i = 0; i < COUNT(processes); i++)
		if (strcmp(processes[i].name, name) == 0)
			return processes[i].uid;
	return -1;
}

long process_in_pids(const char *pids, const char *name, struct text *walls)
{
	size_t n = strlen(name);

	if (walls)
		*walls = TEXT("");
	for (const char *line = pids; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *end;
		if (strncmp(line, name, n) != 0 || line[n] != ' ')
			continue;
		long pid = strtol(line + n + 1, &end, 10);
		if (walls && *end == ' ')
			*walls = (struct text){ end + 1, strcspn(end + 1, "\n") };
		return pid;
	}
	return 0;
}

const char *process_of_uid(uid_t uid)
{
	for (size_t i = 0; i < COUNT(processes); i++)
		if (processes[i].uid == uid)
			return processes[i].name;
	return NULL;
}

static _Noreturn void usage(const char *name, const char *word)
{
	fprintf(stderr, "%s: unknown or incomplete option %s\nusage: %s [--home FOLDER] [--one-uid] [--log-debug] …\n", name, word, name);
	exit(2);
}

void service_begin(struct service *s, const char *name, int argc, char **argv)
{
	int kept = 1;

	*s = (struct service){ .name = name, .home = "/var/lib/sekisho", .argv = argv };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--home") == 0) {
			if (++i == argc)
				usage(name, "--home");
			s->home = argv[i];
		} else if (strcmp(argv[i], "--one-uid") == 0) {
			s->one_uid = true;
		} else if (strcmp(argv[i], "--log-debug") == 0) {
			log_least(LOG_DEBUG);
		} else {
			argv[kept++] = argv[i];
		}
	}
	s->argc = kept;
	argv[kept] = NULL;
	log_open(name, 2);
	umask(0027);
	signal(SIGPIPE, SIG_IGN);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	s->home_fd = open(s->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->home_fd < 0) {
		log_line(LOG_ERROR, "service-001", "cannot open the data folder %s", s->home);
		exit(1);
	}
}

int service_socket(const struct service *s, const char *name, struct err *err)
{
	const char *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES"), *whose = getenv("LISTEN_PID");
	long n = count ? strtol(count, NULL, 10) : 0;

	(void)s;
	if (whose && strtol(whose, NULL, 10) != (long)getpid())
		n = 0; /* handed to a parent of ours */
	for (long i = 0; names && i < n && i < 64; i++) {
		size_t length = strcspn(names, ":");
		if (length == strlen(name) && memcmp(names, name, length) == 0) {
			int fd = LISTEN_START + (int)i;
			if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
				return fail_errno(err, ERR_IO, "socket %s was not handed over", name);
			return fd;
		}
		names += length + (names[length] == ':');
	}
	return fail(err, ERR_NOT_FOUND, 0, "socket %s was not handed over: start me with `sekisho run` or systemd", name);
}

static char walls_standing[64]; /* for service_ready: "landlock mdwe seccomp" */

static int raise_wall(const char *name, int result, const struct err *why, struct err *err)
{
	if (result == 0) {
		size_t n = strlen(walls_standing);
		snprintf(walls_standing + n, sizeof walls_standing - n, "%s%s", n ? " " : "", name);
		return 0;
	}
	if (why->code != ERR_UNSUPPORTED)
		return fail(err, why->code, why->at, "%s", why->say);
	log_line(LOG_WARNING, "service-004", "this process stands without the wall %s: %s", name, why->say);
	return 0;
}

int service_walls(const struct service *s, const struct sandbox_folder *own, struct err *err)
{
	/* What the C library and the crypto library read, now or at their first use. */
	static const char *const of_the_system[] = { "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/gnutls", "/etc/gai.conf",
						     "/etc/nsswitch.conf", "/sys/devices/system/cpu", "/proc/self", "/proc/sys/vm/overcommit_memory", "/proc/meminfo",
						     "/dev/urandom" };
	ARENA(arena) = arena_new(0);
	struct sandbox_folder all[COUNT(of_the_system) + 16] = { { NULL, 0 } };
	struct err why = { 0 };
	size_t n = 0;

	for (; own[n].path; n++) {
		must(n < 12);
		all[n] = (struct sandbox_folder){ own[n].path[0] == '/' ? own[n].path : arena_printf(arena, "%s/%s", s->home, own[n].path), own[n].rights };
	}
	for (size_t i = 0; i < COUNT(of_the_system); i++)
		all[n++] = (struct sandbox_folder){ of_the_system[i], SANDBOX_READ };
	all[n++] = (struct sandbox_folder){ "/dev/null", SANDBOX_WRITE };
	tzset(); /* reads its file now */
	int result = sandbox_landlock_allow(all, &why);
	if (raise_wall("landlock", result, &why, err) != 0)
		return -1;
	result = sandbox_mdwe(&why);
	if (raise_wall("mdwe", result, &why, err) != 0)
		return -1;
#ifndef SEKISHO_ASAN /* its leak check traces the process at the end */
	result = sandbox_seccomp_daemon(&why);
	if (raise_wall("seccomp", result, &why, err) != 0)
		return -1;
#endif
	return 0;
}

void service_ready(const struct service *s)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (path && strlen(path) < sizeof to.sun_path) {
		FD(fd) = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		memcpy(to.sun_path, path, strlen(path));
		socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
		if (path[0] == '@')
			to.sun_path[0] = 0;
		char say[128];
		int length = snprintf(say, sizeof say, "READY=1%s%s", walls_standing[0] ? "\nSTATUS=behind " : "", walls_standing);
		if (fd < 0 || sendto(fd, say, (size_t)length, MSG_NOSIGNAL, (struct sockaddr *)&to, n) != length)
			log_line(LOG_WARNING, "service-002", "nobody hears that %s is ready", s->name);
	}
	log_line(LOG_INFO, "service-000", "ready%s%s%s", walls_standing[0] ? ", behind " : "", walls_standing, s->one_uid ? " (one uid: peers are believed by name)" : "");
}

int service_copied(const struct service *s, int result, struct err *err)
{
	if (result == 0)
		result = copy_end(1, err);
	if (result == 0)
		return 0;
	copy_failed(1, err);
	log_line(LOG_ERROR, "service-003", "%s could not copy its files: %s", s->name, err->say);
	return 1;
}

static void stop(void *self, int signal)
{
	(void)signal;
	loop_stop(self);
}

void service_stop_on_signals(struct loop *loop)
{
	loop_signal(loop, SIGTERM, stop, loop);
	loop_signal(loop, SIGINT, stop, loop);
}

int service_connect(const struct service *s, const char *peer, struct err *err)
{
	ARENA(arena) = arena_new(0);
	int fd = ipc_connect(arena_printf(arena, "%s/run/%s.sock", s->home, peer), s->one_uid ? -1 : process_uid(peer), err);

	if (fd < 0)
		return -1;
	struct ipc_message hello = ipc_start(arena, IPC_HELLO, 0);
	ipc_put_bytes(&hello, bytes_of(s->name, strlen(s->name)));
	if (ipc_send(fd, &hello, err) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One uid: our own, whatever it calls itself later. */
static bool is_kin(const struct service *s, uid_t uid)
{
	return s->one_uid ? uid == geteuid() : process_of_uid(uid) != NULL;
}

/* ---- places ---- */

enum { UNNAMED = COUNT(processes), SEATS = 4096, TELL_MILLISECONDS = 60000 };
static struct {
	unsigned taken[UNNAMED + 1]; /* by process; the last: of our uid, and did not say its name yet */
	uint8_t seat[SEATS];	     /* by descriptor: whose it is, + 1; 0 = nobody's */
	unsigned turned_away;
	int64_t told; /* milliseconds; 0 never */
} places;

/* One line a minute, however many there are. */
static void turn_away(size_t who)
{
	int64_t now = clock_milliseconds();

	places.turned_away++;
	if (places.told && now - places.told < TELL_MILLISECONDS)
		return;
	log_line(LOG_WARNING, "service-005", "connections turned away: %u, the last of %s, which holds its %d", places.turned_away,
		 who == UNNAMED ? "a caller without a name" : processes[who].name, SERVICE_CONNECTIONS_OF_ONE_MOST);
	places.told = now;
	places.turned_away = 0;
}

static bool take_place(int fd, size_t who)
{
	if (fd >= SEATS || places.taken[who] >= SERVICE_CONNECTIONS_OF_ONE_MOST) {
		turn_away(who);
		return false;
	}
	if (places.seat[fd])
		places.taken[places.seat[fd] - 1]--;
	places.taken[who]++;
	places.seat[fd] = (uint8_t)(who + 1);
	return true;
}

static size_t place_of(const struct service *s, uid_t uid)
{
	for (size_t i = 0; i < COUNT(processes) && !s->one_uid; i++)
		if (processes[i].uid == uid)
			return i;
	return UNNAMED;
}

int service_accept(const struct service *s, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ipc_peer peer;

	if (fd < 0 || (ipc_peer(fd, &peer, NULL) == 0 && is_kin(s, peer.uid) && take_place(fd, place_of(s, peer.uid))))
		return fd;
	close(fd);
	return -1;
}

void service_hang_up(int connection)
{
	if (connection >= 0 && connection < SEATS && places.seat[connection]) {
		places.taken[places.seat[connection] - 1]--;
		places.seat[connection] = 0;
	}
	close(connection);
}

int service_greet(const struct service *s, int connection, const char **caller, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct ipc_message hello;
	struct ipc_peer peer;

	if (ipc_receive(connection, arena, &hello, err) != 0)
		return -1;
	struct text name = ipc_take_text(&hello);
	uint16_t type = hello.type;
	if (ipc_done(&hello, err) != 0)
		return -1;
	int64_t uid = process_uid(name.p);
	if (type != IPC_HELLO || uid < 0)
		return fail(err, ERR_PEER, type, "the caller is no process of ours");
	if (ipc_peer(connection, &peer, err) != 0)
		return -1;
	if (!s->one_uid && peer.uid != (uid_t)uid)
		return fail(err, ERR_DENIED, peer.uid, "uid %u says it is %s", peer.uid, name.p);
	if (s->one_uid && !is_kin(s, peer.uid))
		return fail(err, ERR_DENIED, peer.uid, "uid %u is not ours", peer.uid);
	size_t who = 0;
	while (strcmp(processes[who].name, name.p) != 0)
		who++;
	if (s->one_uid && !take_place(connection, who))
		return fail(err, ERR_TOO_MANY, SERVICE_CONNECTIONS_OF_ONE_MOST, "%s holds its share of connections", processes[who].name);
	*caller = processes[who].name;
	return 0;
}
