/* HTTP — libmicrohttpd around route.h: one thread per connection, so that a page may wait for another process and an upload may push back,
 * while every other connection goes on. */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H
#include "web/request.h"

struct http;
/* listen: a listening TCP socket. web->tls: certificate_load was called; without it the socket must be on loopback (ERR_DENIED).
 * web must outlive the server and is only read. */
int http_start(const struct web *web, int listen, struct http **out, struct err *err) CHECK_RESULT;
void http_stop(struct http *http);

#endif
