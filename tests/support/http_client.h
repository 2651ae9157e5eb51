/* 試験のブラウザ — the least of a browser: one request, one connection, the answer read to its end. For tests only. */
#ifndef SUPPORT_HTTP_CLIENT_H
#define SUPPORT_HTTP_CLIENT_H
#include "support/daemons.h"

struct http_answer {
	unsigned status;
	bool whole; /* the body came to its announced end */
	struct bytes head, body;
};
/* session: of the face, as its cookie. The form's token (CSRF) is the caller's business: http_csrf. ERR_PEER: no answer, or none that can be read. */
int http_ask(struct ground *g, const char *face, const char *method, const char *path, const uint8_t session[32], const char *content_type,
	     struct bytes body, struct arena *arena, struct http_answer *out, struct err *err) CHECK_RESULT;
/* What the forms of the page carry, read from the page. */
int http_csrf(struct ground *g, const char *face, const char *path, const uint8_t session[32], char out[65], struct err *err) CHECK_RESULT;

#endif
