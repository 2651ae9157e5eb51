/* 指標 — `sekisho metrics [--listen SOCKET]`: counts in Prometheus' text form, printed, or answered over HTTP on a local Unix socket. Counts only: no name,
 * number or purpose of anybody. Reads the records and looks at processes and disks; changes nothing. */
#include "backup/recovery.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/checkup.h"
#include "cli/supervise.h"
#include "cli/verb.h"
#include "sanitize/clamd.h"
#include "sanitize/rules.h"
#include "store/ticket_states.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

extern const struct verb verb_metrics;

enum { REQUEST_MOST = 8192, REQUEST_SECONDS = 2, WAITING_MOST = 16, TEXT_MOST = 64 * 1024 };

static void head(struct buf *b, const char *name, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_tickets(struct buf *b, const struct checkup *c)
{
	static const char *const verdicts[] = { "none", "clean", "converted", "refused" };
	uint64_t states[STORE_STATES], by_verdict[COUNT(verdicts)];
	struct err err;

	if (store_read_counts(c->reader, c->arena, states, &err) == 0) {
		head(b, "sekisho_tickets", "Tickets by state.");
#define TICKET_STATE(name, number, ja, en) buf_printf(b, "sekisho_tickets{state=\"" #name "\"} %llu\n", (unsigned long long)states[number]);
#include "store/ticket_states.def"
#undef TICKET_STATE
		head(b, "sekisho_sanitise_queue", "Tickets that wait for their verdict.");
		buf_printf(b, "sekisho_sanitise_queue %llu\n", (unsigned long long)states[TICKET_RECEIVED]);
	}
	if (store_read_verdicts(c->reader, c->arena, by_verdict, COUNT(by_verdict), &err) == 0) {
		head(b, "sekisho_verdicts", "Tickets by verdict of the sanitiser.");
		for (size_t i = 1; i < COUNT(verdicts); i++)
			buf_printf(b, "sekisho_verdicts{verdict=\"%s\"} %llu\n", verdicts[i], (unsigned long long)by_verdict[i]);
	}
}

/* Only where the policy asks for it: a gauge that is always 0 would be an alarm nobody set. */
static void put_scanner(struct buf *b, const struct checkup *c)
{
	char version[CLAMD_VERSION_MOST + 1];

	if (checkup_scan_wanted(c) == SCAN_NONE)
		return;
	head(b, "sekisho_scanner_answers", "Whether clamd answers, where the policy in force asks for it.");
	buf_printf(b, "sekisho_scanner_answers %d\n", clamd_version(CLAMD_SOCKET, version, NULL) == 0);
}

static void put_journal(struct buf *b, const struct checkup *c)
{
	struct store_site site;
	struct store_events waiting;
	struct err err;
	uint64_t refused;
	int64_t lag = 0;

	if (store_read_site(c->reader, c->arena, &site, &err) != 0)
		return;
	if (site.last > site.sealed && store_read_journal(c->reader, c->arena, site.sealed, 1, &waiting, &err) == 0 && waiting.count)
		lag = MAX(c->now - waiting.rows[0].at, (int64_t)0);
	head(b, "sekisho_journal_rows", "Rows of the journal in the present epoch.");
	buf_printf(b, "sekisho_journal_rows %llu\n", (unsigned long long)site.last);
	head(b, "sekisho_sealed_rows", "Rows under a signed checkpoint.");
	buf_printf(b, "sekisho_sealed_rows %llu\n", (unsigned long long)site.sealed);
	head(b, "sekisho_seal_lag_seconds", "How long the oldest unsealed row has waited.");
	buf_printf(b, "sekisho_seal_lag_seconds %lld\n", (long long)lag);
	if (store_read_strangers(c->reader, c->arena, c->now - 3600, &refused, &err) == 0) {
		head(b, "sekisho_stranger_rows_last_hour", "Journal rows of refused strangers (failed sign-ins aggregated) within an hour.");
		buf_printf(b, "sekisho_stranger_rows_last_hour %llu\n", (unsigned long long)refused);
	}
}

/* Resident bytes of a process, 0 if it does not run. */
static uint64_t resident(struct arena *arena, long pid)
{
	struct bytes b;
	char *end;

	FD(fd) = open(arena_printf(arena, "/proc/%ld/statm", pid), O_RDONLY | O_CLOEXEC);
	uint8_t *p = arena_alloc(arena, 128);
	ssize_t n = fd < 0 ? 0 : read(fd, p, 127);
	b = bytes_of(p, n > 0 ? (size_t)n : 0);
	strtoull((const char *)b.p, &end, 10);
	return b.n ? strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void put_processes(struct buf *b, struct checkup *c)
{
	head(b, "sekisho_process_resident_bytes", "Resident memory of each process; 0: it does not run.");
	for (const struct process_row *row = process_rows; row->name; row++) {
		long pid = checkup_pid(c, row);
		if (pid == 0 && !supervise_wants(c->home, row))
			continue;
		buf_printf(b, "sekisho_process_resident_bytes{process=\"%s\"} %llu\n", row->name, pid > 0 ? (unsigned long long)resident(c->arena, pid) : 0ull);
	}
}

static void put_house(struct buf *b, struct checkup *c)
{
	static const char *const folders[] = { "records", "spool", "evidence" };
	struct bytes last;
	struct json o;
	int64_t at;

	head(b, "sekisho_disk_free_bytes", "Free bytes of the disk below a folder.");
	for (size_t i = 0; i < COUNT(folders); i++) {
		struct statvfs disk;
		if (statvfs(arena_printf(c->arena, "%s/%s", c->home, folders[i]), &disk) == 0)
			buf_printf(b, "sekisho_disk_free_bytes{folder=\"%s\"} %llu\n", folders[i], (unsigned long long)disk.f_bavail * disk.f_frsize);
	}
	if (file_read(c->arena, AT_FDCWD, arena_printf(c->arena, "%s/" BACKUP_LAST_FILE, c->home), TEXT_MOST, &last, NULL) == 0 &&
	    json_read(c->arena, last, &o, NULL) == 0 && clock_from_utc(json_text(&o, "at").p, &at) == 0) {
		head(b, "sekisho_backup_age_seconds", "Age of the last backup.");
		buf_printf(b, "sekisho_backup_age_seconds %lld\n", (long long)(c->now - at));
	}
}

static struct bytes metrics(struct arena *arena)
{
	struct buf b = buf_in(arena, TEXT_MOST);
	struct checkup c;

	checkup_begin(&c, arena, verb_home());
	head(&b, "sekisho_records_readable", "1 if the records can be read.");
	buf_printf(&b, "sekisho_records_readable %d\n", c.reader != NULL);
	if (c.reader) {
		put_tickets(&b, &c);
		put_scanner(&b, &c);
		put_journal(&b, &c);
	}
	put_processes(&b, &c);
	put_house(&b, &c);
	checkup_end(&c);
	must(buf_ok(&b));
	return buf_view(&b);
}

/* ---- over a socket ---- */

/* Until the head of the request is over; what it asks for does not matter. */
static bool is_asked(int fd)
{
	char request[REQUEST_MOST + 1];
	size_t n = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = REQUEST_SECONDS }, sizeof(struct timeval));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = REQUEST_SECONDS }, sizeof(struct timeval));
	while (n < REQUEST_MOST) {
		ssize_t got = read(fd, request + n, REQUEST_MOST - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		request[n] = 0;
		if (strstr(request, "\r\n\r\n") || strstr(request, "\n\n"))
			return strncmp(request, "GET ", 4) == 0;
	}
	return false;
}

static void answer(int fd)
{
	ARENA(arena) = arena_new(0);
	struct err err;

	if (!is_asked(fd))
		return;
	struct bytes body = metrics(arena);
	const char *all = arena_printf(arena, "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%.*s",
				       body.n, (int)body.n, (const char *)body.p);
	if (file_write_all(fd, bytes_of(all, strlen(all)), &err) != 0)
		return; /* whoever asked has gone */
}

static volatile sig_atomic_t stopped;
static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int serve(const char *path, struct err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct sigaction act = { .sa_handler = stop }; /* without SA_RESTART: accept must end */
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof at.sun_path)
		return fail(err, ERR_INVALID, n, "the path of the socket has 1 to %zu bytes", sizeof at.sun_path - 1);
	memcpy(at.sun_path, path, n);
	unlink(path);
	FD(listener) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t before = umask(0117); /* the owner and the group may ask */
	bool bound = listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof at) == 0;
	umask(before);
	if (!bound || listen(listener, WAITING_MOST) != 0)
		return fail_errno(err, ERR_IO, "cannot listen at %s", path);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	while (!stopped) {
		FD(fd) = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			answer(fd);
	}
	unlink(path);
	return 0;
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *path = NULL;
	struct err err = { 0 };
	const struct verb_option options[] = { { "--listen", &path, NULL } };

	if (verb_options(&verb_metrics, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_metrics, argv[1]);
	if (path)
		return serve(path, &err) == 0 ? VERB_OK : verb_complain(&err);
	struct bytes b = metrics(arena);
	return fwrite(b.p, 1, b.n, stdout) == b.n ? VERB_OK : VERB_FAULT;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.summary_ja = "監視のための数（受渡し、封印、ディスクなど）をPrometheusの形で出します",
	.summary_en = "counts for monitoring in Prometheus' text form, printed or on a local socket",
	.usage = "[--home FOLDER] metrics [--listen SOCKET]\n",
	.act = act,
};
