/* 試験のブラウザ — contract in http_client.h. */
#include "support/http_client.h"
#include "base/code.h"
#include "base/file.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_MOST = 16 << 20, PATIENCE_SECONDS = 60 };

static int reach(uint16_t port, struct err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval most = { .tv_sec = PATIENCE_SECONDS };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		fail_errno(err, ERR_PEER, "cannot connect");
		close(fd);
		return -1;
	}
	return fd;
}

/* An answer may come (and the connection end) before everything was sent. */
static void send_all(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = send(fd, b.p, b.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		b.p += n, b.n -= (size_t)n;
	}
}

static struct bytes read_all(int fd, struct arena *arena)
{
	struct buf b = buf_in(arena, ANSWER_MOST);
	uint8_t piece[65536];

	for (;;) {
		ssize_t n = recv(fd, piece, sizeof piece, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return buf_view(&b);
		buf_bytes(&b, bytes_of(piece, (size_t)n));
	}
}

static const char *header(const struct http_answer *a, const char *name)
{
	const char *found = strcasestr((const char *)a->head.p, name);

	return found ? found + strlen(name) : NULL;
}

static int take_apart(struct bytes raw, struct arena *arena, struct http_answer *out, struct err *err)
{
	const uint8_t *end = raw.n && raw.p ? memmem(raw.p, raw.n, "\r\n\r\n", 4) : NULL;

	if (!end || raw.n < 12 || memcmp(raw.p, "HTTP/1.1 ", 9) != 0)
		return fail(err, ERR_PEER, raw.n, "no answer");
	size_t head = (size_t)(end - raw.p);
	*out = (struct http_answer){ .status = (unsigned)strtoul((const char *)raw.p + 9, NULL, 10) };
	out->head = bytes_of(arena_copy(arena, raw.p, head), head);
	out->body = bytes_of(end + 4, raw.n - head - 4);
	const char *length = header(out, "\r\nContent-Length: ");
	out->whole = length && strtoull(length, NULL, 10) == out->body.n;
	return 0;
}

int http_ask(struct ground *g, const char *face, const char *method, const char *path, const uint8_t session[32], const char *content_type,
	     struct bytes body, struct arena *arena, struct http_answer *out, struct err *err)
{
	uint16_t port = daemon_port(g, face);
	const char *kind = strcmp(face, "webd-office") == 0 ? "office" : "internet";
	const char *head = arena_printf(arena,
		"%s %s HTTP/1.1\r\nHost: localhost:%u\r\nConnection: close\r\nCookie: sekisho-%s-session=%s\r\n%s%s%sContent-Length: %zu\r\n\r\n", method, path, port,
		kind, hex_of(arena, bytes_of(session, 32)), content_type ? "Content-Type: " : "", content_type ? content_type : "", content_type ? "\r\n" : "",
		body.n);
	int connection = reach(port, err);

	if (connection < 0)
		return -1;
	FD(fd) = connection;
	send_all(fd, bytes_of(head, strlen(head)));
	send_all(fd, body);
	return take_apart(read_all(fd, arena), arena, out, err);
}

int http_csrf(struct ground *g, const char *face, const char *path, const uint8_t session[32], char out[65], struct err *err)
{
	ARENA(a) = arena_new(0);
	static const char before[] = "name=\"csrf\" value=\"";
	struct http_answer got;

	if (http_ask(g, face, "GET", path, session, NULL, bytes_of("", 0), a, &got, err) != 0)
		return -1;
	const char *at = got.body.n ? memmem(got.body.p, got.body.n, before, sizeof before - 1) : NULL;
	if (got.status != 200 || !at)
		return fail(err, ERR_PEER, got.status, "%s has no form (status %u)", path, got.status);
	memcpy(out, at + sizeof before - 1, 64);
	out[64] = 0;
	return 0;
}
