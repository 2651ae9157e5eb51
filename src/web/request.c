/* 請求 — contract in request.h: the request's life, its connections, cookies and answers. */
#include "web/request.h"
#include "base/code.h"
#include "base/file.h"
#include "base/hash.h"
#include "store/client.h"
#include <unistd.h>

struct request *request_new(const struct web *web, const char *address)
{
	struct arena *arena = arena_new(0);
	struct request *r = arena_alloc(arena, sizeof *r);
	size_t n = strnlen(address, 64 * 1024);

	*r = (struct request){ .web = web, .arena = arena, .answer_fd = -1, .authd = -1, .transferd = -1, .recordd = -1, .zonesd = -1, .status = 200 };
	r->path = (struct text){ arena_copy(arena, address, n), n };
	return r;
}

void request_free(struct request *r)
{
	if (!r)
		return;
	if (r->upload_drop)
		r->upload_drop(r);
	int open[] = { r->answer_fd, r->authd, r->transferd, r->recordd, r->zonesd };
	for (size_t i = 0; i < COUNT(open); i++)
		if (open[i] >= 0)
			close(open[i]);
	secret_wipe(r->token, sizeof r->token);
	arena_free(r->arena);
}

static int connection(struct request *r, int *fd, const char *peer, struct err *err)
{
	if (*fd < 0)
		*fd = service_connect(&r->web->service, peer, err);
	return *fd;
}
int request_authd(struct request *r, struct err *err) { return connection(r, &r->authd, "authd", err); }
int request_transferd(struct request *r, struct err *err) { return connection(r, &r->transferd, "transferd", err); }
int request_recordd(struct request *r, struct err *err) { return connection(r, &r->recordd, "recordd", err); }
int request_zonesd(struct request *r, struct err *err) { return connection(r, &r->zonesd, "zonesd", err); }

void answer_header(struct request *r, const char *name, const char *value)
{
	must(r->header_count < HEADERS_MOST && !strpbrk(value, "\r\n"));
	r->headers[r->header_count++] = (struct header){ name, value };
}

int see_other(struct request *r, const char *location)
{
	must(is_local_path((struct text){ location, strlen(location) }));
	r->status = 303;
	r->type = "text/plain; charset=utf-8";
	r->answer = BYTES("");
	answer_header(r, "Location", location);
	return 0;
}

int answer_bytes(struct request *r, const char *type, struct bytes content)
{
	r->type = type;
	r->answer = content;
	return 0;
}

int answer_attachment(struct request *r, struct text name, const char *type, int fd, uint64_t bytes)
{
	r->type = type;
	r->answer_fd = fd;
	r->answer_bytes = bytes;
	answer_header(r, "Content-Disposition", attachment_header(r->arena, name));
	return 0;
}

/* "__Host-" binds the cookie to TLS and this very host; without TLS (loopback only) browsers would drop it. */
static const char *cookie_name(const struct request *r, const char *kind)
{
	return arena_printf(r->arena, "%ssekisho-%s-%s", r->web->tls ? "__Host-" : "", r->web->face == FACE_OFFICE ? "office" : "internet", kind);
}

void set_cookie(struct request *r, const char *kind, const uint8_t *token, unsigned seconds)
{
	const char *value = token ? hex_of(r->arena, bytes_of(token, TOKEN_BYTES)) : "";
	const char *age = !token ? "; Max-Age=0" : seconds ? arena_printf(r->arena, "; Max-Age=%u", seconds) : "";

	if (strcmp(kind, "session") == 0)
		r->session_ended = false;
	answer_header(r, "Set-Cookie", arena_printf(r->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", cookie_name(r, kind), value, age,
						    r->web->tls ? "; Secure" : ""));
}

bool get_cookie(const struct request *r, const char *header, const char *kind, uint8_t out[TOKEN_BYTES])
{
	struct bytes value;

	return cookie_read(header, cookie_name(r, kind), &value) && token_read(value, out);
}

void finish_cookies(struct request *r)
{
	if (r->session_ended)
		set_cookie(r, "session", NULL, 0);
	if (r->visitor_is_new)
		set_cookie(r, "visit", r->visitor, 0);
}

const char *request_csrf(struct request *r)
{
	const uint8_t *base = r->has_token ? r->token : r->visitor;
	struct sha256 h;
	uint8_t hash[SHA256_BYTES];

	if (!r->has_token && !r->has_visitor) { /* first visit: the browser gets its cookie with this page */
		random_bytes(r->visitor, sizeof r->visitor);
		r->has_visitor = r->visitor_is_new = true;
	}
	/* One-way from a secret of 256 bits that only this browser holds: a page shows it, the cookie stays unknown. */
	sha256_start(&h);
	sha256_add(&h, "sekisho csrf\n", 13);
	sha256_add(&h, &r->web->face, sizeof r->web->face);
	sha256_add(&h, base, TOKEN_BYTES);
	sha256_end(&h, hash);
	const char *token = hex_of(r->arena, bytes_of(hash, sizeof hash));
	return r->signed_in ? arena_printf(r->arena, "%s%s", token, request_whose(r, (struct text){ token, SHA256_HEX - 1 })) : token;
}

const char *request_whose(const struct request *r, struct text token)
{
	struct sha256 h;
	uint8_t hash[SHA256_BYTES];

	sha256_start(&h);
	sha256_add(&h, "sekisho whose\n", 14);
	sha256_add(&h, token.p, token.n);
	sha256_add(&h, r->user.number.p, r->user.number.n);
	sha256_end(&h, hash);
	return hex_of(r->arena, bytes_of(hash, sizeof hash));
}
