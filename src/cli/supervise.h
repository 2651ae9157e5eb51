/* 起動と見張り — `sekisho run`: starts every process of src/PROCESSES in the foreground for one machine, each under its own uid,
 * restarts what dies, stops all in reverse order. In production systemd does the same with the units of packaging/.
 * article: s6.6a (operation of the systems that keep the policy). */
#ifndef CLI_SUPERVISE_H
#define CLI_SUPERVISE_H
#include "base/err.h"
#include "cli/run_log.h"

#define SUPERVISE_HOME "/var/lib/sekisho" /* the data folder as root's processes see it, and the one that systemd serves */
enum { GROUP_READS_RECORDS = 7300 };

/* One row per process: what it is handed. Names and uids are those of src/PROCESSES. */
struct process_row {
	const char *name, *program;
	const char *socket;	 /* run/NAME.sock handed over under this name, or NULL */
	const char *http_face;	 /* "office" or "internet": an HTTP socket is handed over as "http" */
	bool reads_records;	 /* member of group 7300 */
	const char *arguments[6];
	bool keeps_zones; /* has CAP_NET_ADMIN; runs only where the zones are to be kept in force (supervise_settings.zones) */
};
extern const struct process_row process_rows[]; /* in starting order, ended by a NULL name */

struct supervise_settings {
	const char *home;	  /* data folder as seen from outside */
	const char *programs;	  /* folder of the executables */
	unsigned office_port, internet_port; /* on 127.0.0.1; 0: any free one (run/ready tells) */
	const char *log;      /* every process writes there (run_log.h), or NULL: where the supervisor's own lines go */
	uint64_t log_bytes;
	void (*log_closed)(void *self, const struct run_log_closed *file);
	const char *faces; /* folder of webd-office.conf and webd-internet.conf, or NULL: FACE.localhost:PORT without TLS */
	bool one_uid;
	bool zones; /* zonesd too; not with one_uid */
};
/* false: a process that this house does without: zonesd where no rules were ever put into force. */
bool supervise_wants(const char *home, const struct process_row *row);

/* Runs until SIGINT or SIGTERM; SIGHUP makes the faces read their settings and certificates again, and the log its file. Returns 0 after an orderly stop. ERR_CONFLICT if the folder is being served already. While all are ready, home/run/ready holds one line per fact:
 * "office PORT", "internet PORT", "uid one|many"; home/run/pids one line per process: name pid walls … */
int supervise(const struct supervise_settings *settings, struct err *err) CHECK_RESULT;

/* The running process of this row by its uid and name, where systemd started it and nobody wrote it down: for the home that units serve
 * (SUPERVISE_HOME), 0 for any other, whose processes these are not. 0 if there is none. It cannot tell processes that share one uid. */
long supervise_find(const char *home, const struct process_row *row);

/* In a forked child of a root process: becomes the process' uid (gid alike, group 7300 if it reads the records). Dies on failure. */
void supervise_become(const struct process_row *row);
/* The private view of the machine that root gives its processes: home bound to /var/lib/sekisho, programs to its libexec. */
int supervise_bind(const char *home, const char *programs, struct err *err) CHECK_RESULT;

#endif
