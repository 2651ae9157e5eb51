/* 第二の意見 — contract in clamd.h. */
#include "sanitize/clamd.h"
#include "base/cursor.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, LENGTH = 4, VERSION_SECONDS = 2 };
static const char command[] = "zINSTREAM"; /* with its NUL */

struct clamd_scan {
	struct loop *loop;
	int socket, fd;
	uint64_t size, at; /* of the file: so much was read */
	struct loop_watch *watch;
	struct loop_timer *timer;
	clamd_heard *heard;
	void *self;
	uint8_t out[LENGTH + PIECE], in[CLAMD_REPLY_MOST];
	size_t out_n, sent, in_n;
	bool ended; /* the length that ends the stream is in out, or was sent */
};

/* -- the reply -- */
static bool take_word(struct cursor *in, const char *word)
{
	struct cursor here = *in;
	size_t n = strlen(word);
	const uint8_t *p = cursor_take(&here, n);

	if (!p || memcmp(p, word, n) != 0)
		return false;
	*in = here;
	return true;
}

int clamd_reply_read(struct bytes reply, struct clamd_answer *out, struct err *err)
{
	struct clamd_answer a = { .says = CLAMD_CLEAN };
	size_t n = 0;

	if (reply.n && (reply.p[reply.n - 1] == 0 || reply.p[reply.n - 1] == '\n'))
		reply.n--;
	struct cursor in = cursor_over(reply);
	if (take_word(&in, "INSTREAM size limit exceeded. ERROR") && in.left == 0) {
		out->says = CLAMD_TOO_LARGE, out->name[0] = 0;
		return 0;
	}
	if (!take_word(&in, "stream: "))
		return fail(err, ERR_MALFORMED, in.at, "clamd says something else");
	if (!(take_word(&in, "OK") && in.left == 0)) {
		a.says = CLAMD_FOUND;
		while (in.left > 0 && *in.p > ' ' && *in.p < 0x7f && n < CLAMD_NAME_MOST)
			a.name[n++] = (char)cursor_u8(&in);
		a.name[n] = 0;
		if (n == 0 || !take_word(&in, " FOUND") || in.left)
			return fail(err, ERR_MALFORMED, in.at, "clamd says something else");
	}
	*out = a;
	return 0;
}

/* -- the question -- */
static int connect_to(const char *path, int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void clamd_drop(struct clamd_scan *s)
{
	if (!s)
		return;
	loop_remove(s->watch);
	loop_cancel(s->timer);
	if (s->socket >= 0)
		close(s->socket);
	free(s);
}

static void answer(struct clamd_scan *s, const struct clamd_answer *a)
{
	clamd_heard *heard = s->heard;
	void *self = s->self;

	clamd_drop(s);
	heard(self, a);
}

static void silent(struct clamd_scan *s)
{
	answer(s, &(struct clamd_answer){ .says = CLAMD_SILENT });
}

static void late(void *self)
{
	struct clamd_scan *s = self;

	s->timer = NULL;
	silent(s);
}

/* The next piece, its length before it; a length of nothing behind the last. */
static bool fill(struct clamd_scan *s)
{
	size_t n = (size_t)MIN(s->size - s->at, (uint64_t)PIECE);
	ssize_t got = n ? pread(s->fd, s->out + LENGTH, n, (off_t)s->at) : 0;

	if (got < 0 && errno == EINTR)
		return fill(s);
	if (got < 0 || (n && got == 0))
		return false;
	for (int i = 0; i < LENGTH; i++)
		s->out[i] = (uint8_t)((size_t)got >> (24 - 8 * i));
	s->at += (uint64_t)got;
	s->out_n = LENGTH + (size_t)got, s->sent = 0;
	s->ended = n == 0;
	return true;
}

/* false: nothing more can be said; what it has to say may still come. */
static bool send_more(struct clamd_scan *s)
{
	for (;;) {
		if (s->sent == s->out_n && (s->ended || !fill(s)))
			return s->ended;
		ssize_t put = send(s->socket, s->out + s->sent, s->out_n - s->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == EAGAIN;
		s->sent += (size_t)put;
	}
}

static void read_reply(struct clamd_scan *s)
{
	struct clamd_answer a;
	ssize_t got = recv(s->socket, s->in + s->in_n, sizeof s->in - s->in_n, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		s->in_n += (size_t)got;
	bool whole = got <= 0 || s->in_n == sizeof s->in || memchr(s->in, 0, s->in_n);
	if (!whole)
		return;
	if (s->in_n == 0 || clamd_reply_read(bytes_of(s->in, s->in_n), &a, NULL) != 0)
		silent(s);
	else if (a.says == CLAMD_CLEAN && !(s->ended && s->sent == s->out_n))
		silent(s); /* of a part only */
	else
		answer(s, &a);
}

static void ready(void *self, int fd, unsigned what)
{
	struct clamd_scan *s = self;

	(void)fd;
	if (what & (LOOP_READ | LOOP_GONE)) {
		read_reply(s);
		return;
	}
	if (!send_more(s) || (s->ended && s->sent == s->out_n))
		loop_want(s->watch, LOOP_READ);
}

struct clamd_scan *clamd_ask(struct loop *loop, const char *path, int fd, uint64_t size, int64_t milliseconds, clamd_heard *heard, void *self)
{
	struct clamd_scan *s = calloc(1, sizeof *s);

	must(s);
	*s = (struct clamd_scan){ .loop = loop, .socket = connect_to(path, SOCK_NONBLOCK), .fd = fd, .size = size, .heard = heard, .self = self };
	memcpy(s->out, command, sizeof command);
	s->out_n = sizeof command;
	s->timer = loop_after(loop, s->socket < 0 ? 0 : milliseconds, late, s);
	if (s->socket >= 0)
		s->watch = loop_add(loop, s->socket, LOOP_READ | LOOP_WRITE, ready, s);
	return s;
}

int clamd_version(const char *path, char out[CLAMD_VERSION_MOST + 1], struct err *err)
{
	const struct timeval patience = { .tv_sec = VERSION_SECONDS };
	size_t n = 0;
	int fd = connect_to(path, 0);

	if (fd < 0)
		return fail_errno(err, ERR_PEER, "nothing answers at %s", path);
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (send(fd, "zVERSION", 9, MSG_NOSIGNAL) == 9)
		for (ssize_t got; n < CLAMD_VERSION_MOST && (got = recv(fd, out + n, CLAMD_VERSION_MOST - n, 0)) > 0;)
			n += (size_t)got;
	close(fd);
	while (n > 0 && out[n - 1] == 0)
		n--;
	out[n] = 0;
	for (size_t i = 0; i < n; i++)
		if (out[i] < ' ' || out[i] > '~')
			n = 0;
	return n > 0 && strncmp(out, "ClamAV", 6) == 0 ? 0 : fail(err, ERR_PEER, 0, "what answers at %s is no clamd", path);
}
