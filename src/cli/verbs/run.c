/* 関所を開ける — `sekisho run`: every process in the foreground until Ctrl-C. */
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/supervise.h"
#include "cli/verb.h"
#include "store/client.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct verb verb_run;

enum { JOURNAL_TRIES = 60 };

/* The folder in which this executable lies: the daemons lie beside it. */
static int programs_folder(char out[PATH_MAX], struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (n <= 0)
		return fail_errno(err, ERR_IO, "cannot find the own executable");
	out[n] = 0;
	*strrchr(out, '/') = 0;
	return 0;
}

static int port_of(const char *word, unsigned *port)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	if (*word == 0 || *end || v > 65535)
		return -1;
	*port = (unsigned)v;
	return 0;
}

/* ---- the log ---- */

static int report_closed(const struct run_log_closed *file, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct json *o = json_object(arena);
	const char *slash = strrchr(file->path, '/');

	json_set_str(arena, o, "file", slash ? slash + 1 : file->path);
	json_set_number(arena, o, "bytes", (int64_t)file->bytes);
	json_set_str(arena, o, "sha256", hex_of(arena, bytes_of(file->hash, sizeof file->hash)));
	json_set_true(arena, o, "oldest_removed", file->removed);
	struct store_process_event event = { .event = TEXT("log.rotated"), .content = json_bytes(arena, o) };
	FD(recordd) = verb_connect("recordd", err);
	return recordd < 0 ? -1 : store_call_process_event(recordd, arena, &event, NULL, err);
}

/* In a process of its own: recordd may be starting again, and its words come through the supervisor, which must not wait for it. */
static void journal_closed(void *self, const struct run_log_closed *file)
{
	struct err err = { 0 };

	(void)self;
	if (fork() != 0)
		return; /* reaped with the others; without a process the row is missing, the log is not */
	for (int tries = 0; tries < JOURNAL_TRIES; tries++) {
		if (report_closed(file, &err) == 0)
			_exit(0);
		sleep(1);
	}
	log_err(LOG_ERROR, "run-012", "a new file of the log was begun, and the journal does not tell it", &err);
	_exit(1);
}

/* The folder must be there; the file need not. */
static int absolute(const char *path, char out[PATH_MAX], struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX], real[PATH_MAX];

	snprintf(folder, sizeof folder, "%.*s", slash ? MAX((int)(slash - path), 1) : 1, slash ? path : ".");
	if (!realpath(folder, real))
		return fail_errno(err, ERR_NOT_FOUND, "there is no folder for the log %s", path);
	if ((size_t)snprintf(out, PATH_MAX, "%s/%s", real, slash ? slash + 1 : path) >= PATH_MAX)
		return fail(err, ERR_LIMIT, 0, "the path of the log is too long");
	return 0;
}

static int size_of(const char *word, uint64_t *bytes)
{
	return decimal_decode(bytes_of(word, strlen(word)), SERVICE_LOG_BYTES_MOST, bytes, NULL);
}

static int act(int argc, char **argv)
{
	const char *office = "8481", *internet = "8480", *log = NULL, *log_bytes = NULL;
	char programs[PATH_MAX], home[PATH_MAX], marker[PATH_MAX + 32];
	struct supervise_settings settings = { .programs = programs, .home = home, .one_uid = geteuid() != 0,
					       .log_bytes = SERVICE_LOG_BYTES_MOST, .log_closed = journal_closed };
	struct err err = { 0 };
	char faces[PATH_MAX], log_path[PATH_MAX];
	const struct verb_option options[] = { { "--office-port", &office, NULL }, { "--internet-port", &internet, NULL },
					       { "--settings", &settings.faces, NULL }, { "--log", &log, NULL }, { "--log-bytes", &log_bytes, NULL }, { "--one-uid", NULL, &settings.one_uid },
					       { "--zones", NULL, &settings.zones } };

	if (verb_options(&verb_run, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_run, argv[1]);
	if (port_of(office, &settings.office_port) != 0)
		return verb_usage(&verb_run, office);
	if (port_of(internet, &settings.internet_port) != 0)
		return verb_usage(&verb_run, internet);
	if (log_bytes && (!log || size_of(log_bytes, &settings.log_bytes) != 0))
		return verb_usage(&verb_run, log_bytes);
	if (settings.zones && settings.one_uid)
		return verb_usage(&verb_run, "--zones");
	if (log && absolute(log, log_path, &err) != 0)
		return verb_complain(&err);
	settings.log = log ? log_path : NULL;
	if (!realpath(verb_home(), home)) {
		fail_errno(&err, ERR_NOT_FOUND, "no data folder %s: make it with `sekisho setup`", verb_home());
		return verb_complain(&err);
	}
	if (settings.faces && !(settings.faces = realpath(settings.faces, faces))) {
		fail_errno(&err, ERR_NOT_FOUND, "cannot find the settings folder");
		return verb_complain(&err);
	}
	snprintf(marker, sizeof marker, "%s/trust/evidence.trust", home);
	if (access(marker, F_OK) != 0) {
		fail(&err, ERR_NOT_FOUND, 0, "%s is not set up: run `sekisho setup` first", home);
		return verb_complain(&err);
	}
	if (programs_folder(programs, &err) != 0)
		return verb_complain(&err);
	if (settings.one_uid)
		fprintf(stderr, "%s\n", SAY("注意: すべてのプロセスが同じ利用者で動きます。プロセスの間の権限の壁はありません。rootで起動してください。",
					   "warning: every process runs under one uid; no walls of rights stand between them. Start it as root."));
	if (supervise(&settings, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

const struct verb verb_run = {
	.name = "run",
	.summary_ja = "すべてのプロセスを起動し、止められるまで見張ります",
	.summary_en = "starts every process and watches over them until stopped",
	.usage = "[--home FOLDER] run [--office-port N] [--internet-port N] [--settings FOLDER] [--log FILE [--log-bytes N]] [--one-uid] [--zones]\n",
	.act = act,
};
