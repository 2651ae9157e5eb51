/* 動作ログの綴り — contract in run_log.h. */
#include "cli/run_log.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/service.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPES_MOST = 64, FILE_MODE = 0640 };

struct mouth { /* one process */
	struct run_log *log;
	int fd; /* -1: free */
	struct loop_watch *watch;
	size_t n; /* of a line that is not ended yet */
	char line[SERVICE_LOG_LINE_MOST];
};
struct run_log {
	struct loop *loop;
	char path[PATH_MAX - 8];
	int fd;
	uint64_t size, most;
	void (*closed)(void *self, const struct run_log_closed *file);
	void *self;
	struct mouth mouths[PIPES_MOST];
};

static int open_file(struct run_log *log, struct err *err)
{
	struct stat st;
	int fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

	if (fd < 0 || fstat(fd, &st) != 0) {
		fail_errno(err, ERR_IO, "cannot write the log %s", log->path);
		fd_close_at(&fd);
		return -1;
	}
	if (log->fd >= 0)
		close(log->fd);
	log->fd = fd;
	log->size = (uint64_t)st.st_size;
	return 0;
}

static const char *numbered(const struct run_log *log, unsigned number, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, number ? "%s.%u" : "%s", log->path, number);
	return out;
}

/* Older ones move on by one, from the end; the oldest is written over. If a name cannot be made the file just goes on: no line is lost for it. */
static void begin_new_file(struct run_log *log)
{
	struct run_log_closed told = { .bytes = log->size };
	char from[PATH_MAX], to[PATH_MAX];

	if (fsync(log->fd) != 0)
		return;
	told.removed = access(numbered(log, SERVICE_LOG_FILES_MOST - 1, to), F_OK) == 0;
	for (unsigned n = SERVICE_LOG_FILES_MOST - 1; n > 0; n--)
		if (rename(numbered(log, n - 1, from), numbered(log, n, to)) != 0 && errno != ENOENT)
			return;
	if (open_file(log, NULL) != 0)
		return; /* what is open goes on to take lines, under its new name */
	if (!log->closed)
		return;
	FD(closed) = open(numbered(log, 1, to), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	told.path = to;
	if (closed >= 0 && sha256_of_fd(closed, told.hash, &told.bytes, NULL) == 0)
		log->closed(log->self, &told);
}

static void put_line(struct run_log *log, const char *line, size_t n)
{
	if (log->size > 0 && log->size + n > log->most)
		begin_new_file(log);
	/* A log that cannot be written must not stop the service; what is written is whole, or the disk is full. */
	if (file_write_all(log->fd, bytes_of(line, n), NULL) == 0)
		log->size += n;
}

static void end_line(struct mouth *m)
{
	if (m->n == 0)
		return;
	m->line[m->n++] = '\n';
	put_line(m->log, m->line, m->n);
	m->n = 0;
}

static void shut(struct mouth *m)
{
	end_line(m);
	loop_remove(m->watch);
	close(m->fd);
	m->watch = NULL;
	m->fd = -1;
}

/* Whatever lies there now. */
static void take(struct mouth *m)
{
	char some[SERVICE_LOG_LINE_MOST];

	while (m->fd >= 0) {
		ssize_t n = read(m->fd, some, sizeof some);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			shut(m);
			return;
		}
		for (ssize_t i = 0; i < n; i++) {
			if (some[i] == '\n' && m->n == 0)
				continue;
			if (some[i] == '\n' || m->n == sizeof m->line - 1)
				end_line(m);
			if (some[i] != '\n')
				m->line[m->n++] = some[i];
		}
	}
}

static void can_read(void *self, int fd, unsigned what)
{
	(void)fd, (void)what;
	take(self);
}

int run_log_open(struct loop *loop, const char *path, uint64_t bytes, void (*closed)(void *self, const struct run_log_closed *file), void *self,
		 struct run_log **out, struct err *err)
{
	static struct run_log log; /* large, and there is only one */

	log = (struct run_log){ .loop = loop, .fd = -1, .most = bytes, .closed = closed, .self = self };
	if ((size_t)snprintf(log.path, sizeof log.path, "%s", path) >= sizeof log.path)
		return fail(err, ERR_LIMIT, 0, "the path of the log is too long");
	if (bytes < SERVICE_LOG_LINE_MOST || bytes > SERVICE_LOG_BYTES_MOST)
		return fail(err, ERR_INVALID, bytes, "one file of the log holds %d to %d bytes", SERVICE_LOG_LINE_MOST, SERVICE_LOG_BYTES_MOST);
	for (size_t i = 0; i < PIPES_MOST; i++)
		log.mouths[i] = (struct mouth){ .log = &log, .fd = -1 };
	if (open_file(&log, err) != 0)
		return -1;
	*out = &log;
	return 0;
}

int run_log_pipe(struct run_log *log, struct err *err)
{
	struct mouth *m = log->mouths;
	int ends[2];

	while (m < log->mouths + PIPES_MOST && m->fd >= 0)
		m++;
	if (m == log->mouths + PIPES_MOST)
		return fail(err, ERR_TOO_MANY, PIPES_MOST, "too many processes write the log");
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, ERR_IO, "cannot make a pipe for the log");
	fcntl(ends[0], F_SETFL, O_NONBLOCK); /* ours alone: the process writes as to any file */
	m->fd = ends[0];
	m->n = 0;
	m->watch = loop_add(log->loop, m->fd, LOOP_READ, can_read, m);
	return ends[1];
}

void run_log_reopen(struct run_log *log)
{
	struct err err;

	if (open_file(log, &err) != 0)
		log->size = 0; /* what is open goes on */
}

void run_log_drain(struct run_log *log)
{
	for (size_t i = 0; i < PIPES_MOST; i++)
		if (log->mouths[i].fd >= 0)
			take(&log->mouths[i]);
}

void run_log_close(struct run_log *log)
{
	if (!log)
		return;
	run_log_drain(log);
	for (size_t i = 0; i < PIPES_MOST; i++)
		if (log->mouths[i].fd >= 0)
			shut(&log->mouths[i]);
	fsync(log->fd);
	close(log->fd);
	log->fd = -1;
}
