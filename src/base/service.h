/* 常駐プロセスの決まり — what every daemon does alike: sockets it was handed, "ready", its way down, the kin it may believe.
 * Started by `sekisho run` or systemd: listening sockets from descriptor 3 on (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), ready by NOTIFY_SOCKET. */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H
#include "base/err.h"
#include "base/ipc.h"
#include "base/loop.h"
#include "base/sandbox.h"

/* Options all daemons share: --home FOLDER (default /var/lib/sekisho), --one-uid, --log-debug. Others are returned in place.
 * Opens the log, ignores SIGPIPE, umask 0027, undumpable, no_new_privs. Ends the process with 2 on bad usage. */
struct service {
	const char *name;   /* "recordd" */
	const char *home;   /* descriptor-independent path of the data folder */
	int home_fd;
	bool one_uid;	    /* everything runs under one uid: peers are believed by the name they state; the status says so */
	int argc;	    /* what is left after the shared options */
	char **argv;
};
void service_begin(struct service *s, const char *name, int argc, char **argv);
/* Descriptor of the listening socket with this name ("recordd", "http"), close-on-exec; -1 and err if it was not handed over. */
int service_socket(const struct service *s, const char *name, struct err *err) CHECK_RESULT;
void service_ready(const struct service *s); /* tells the supervisor (with the walls that stand), then logs NAME-000 "ready" */
/* `NAME --copy`: a second life of the process that copies out its own files (base/copy.h) to standard output and ends. Called with what copy did;
 * gives the exit code. */
int service_copied(const struct service *s, int result, struct err *err);
/* The daemon's own walls (base/sandbox.h): of all files only `own` (below the data folder, the last has path NULL) and what libraries read of the
 * system; the system calls no daemon needs; no memory that becomes code. To be called when what lies elsewhere is open and before any thread
 * starts. A wall that this kernel lacks is left out and said; service_ready tells which stand. */
int service_walls(const struct service *s, const struct sandbox_folder *own, struct err *err) CHECK_RESULT;
/* SIGTERM and SIGINT stop the loop. */
void service_stop_on_signals(struct loop *loop);

/* Process names and their uids: src/PROCESSES, compiled in. */
int64_t process_uid(const char *name);	      /* -1 unknown */
const char *process_of_uid(uid_t uid);	      /* "operator" for 0; NULL unknown */
/* Of the lines "name pid walls" that `sekisho run` writes into run/pids: a process's pid, 0 without a line; walls (may be NULL): a view of what it said
 * it stands behind, "" if it said nothing. */
long process_in_pids(const char *pids, const char *name, struct text *walls);
/* Connects to home/run/NAME.sock, checks the listener's uid, and says who calls (IPC_HELLO). */
int service_connect(const struct service *s, const char *peer, struct err *err) CHECK_RESULT;

/* Places: each process has its own share of connections here (base/limits.def), so that one that goes wild shuts out nobody but itself. Where all
 * run under one uid the share is held against the name stated. */
enum {
#define SERVICE_LIMIT(name, most, unit, ja, en) SERVICE_##name##_MOST = most,
#include "base/limits.def"
#undef SERVICE_LIMIT
};
/* The next caller of a listening socket, non-blocking; it holds a place until service_hang_up. Whose uid is no process of ours, or who holds its
 * share already, is closed at once: -1, as when nobody is there. */
int service_accept(const struct service *s, int listener);
void service_hang_up(int connection); /* closes what service_accept gave */
/* Whoever was accepted has this long to say who it is (service_greet); the daemon then closes. */
enum { SERVICE_GREET_MILLISECONDS = 2000 };

enum { IPC_HELLO = 0x7ffe }; /* first message of every connection: text name of the caller's process */
/* Listener's side: reads the hello, which must be there (call it when the connection is readable; never waits), and gives the caller's name after
 * checking it against SO_PEERCRED. ERR_TOO_MANY: that caller holds its share of places (told once a minute here: the daemon says no more).
 * uid 0 may call itself "operator" only; in one-uid mode the stated name is believed if it is known. */
int service_greet(const struct service *s, int connection, const char **caller, struct err *err) CHECK_RESULT;

#endif
