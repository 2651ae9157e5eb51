/* 試験のための常駐プロセス — a data folder of its own and the real daemons in it, under the tester's uid (--one-uid), each with the socket that
 * `sekisho run` would hand over. They can be killed and started again; callers wait in the backlog meanwhile. */
#ifndef SUPPORT_DAEMONS_H
#define SUPPORT_DAEMONS_H
#include "base/service.h"

enum { DAEMON_READY_MILLISECONDS = 120000 };

enum daemon_socket { NO_SOCKET, NAMED_SOCKET, WEB_SOCKET };
struct daemon {
	const char *name;
	enum daemon_socket has_socket;
	pid_t pid;  /* 0: not running */
	int socket; /* kept open while the daemon is dead */
};
struct ground {
	char home[64];
	int home_fd;
	const char *programs; /* folder of the executables */
	struct daemon daemons[8];
	size_t count;
	struct service operator, office, internet; /* to connect as these */
};

/* Folder, keys, empty store and log. Dies when something cannot be had: a test's ground must stand. */
void ground_make(struct ground *g, const char *programs);
/* A folder that another made or left; its sockets are made anew. home: at most 63 bytes, copied. */
void ground_open(struct ground *g, const char *programs, const char *home);
void ground_remove(struct ground *g); /* kills what runs, removes the folder unless KEEP_GROUND is set */
void daemon_start(struct ground *g, const char *name); /* waits until it is ready */
void daemon_kill(struct ground *g, const char *name, int signal); /* and waits for its end */
bool daemon_runs(struct ground *g, const char *name);
uint16_t daemon_port(struct ground *g, const char *name); /* of a webd, on loopback, once it was started */

#endif
