/* HTTP — contract in http.h. */
#include "web/http.h"
#include "base/log.h"
#include "web/certificate.h"
#include "web/limits.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>

enum { STACK_BYTES = 512 * 1024 };

struct http {
	struct MHD_Daemon *daemon;
};

static const struct header always[] = {
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()" },
};
#define POLICY_PAGE "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
#define POLICY_FILE "default-src 'none'; sandbox; frame-ancestors 'none'"

static void *uri_came(void *cls, const char *uri, struct MHD_Connection *connection)
{
	(void)connection;
	return request_new(cls, uri);
}

/* The route decodes addresses itself, strictly. */
static size_t leave_as_is(void *cls, struct MHD_Connection *connection, char *s)
{
	(void)cls, (void)connection;
	return strlen(s);
}

static const char *source_of(struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const void *from = NULL;

	if (address && address->sa_family == AF_INET)
		from = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	if (address && address->sa_family == AF_INET6)
		from = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (!from || !inet_ntop(address->sa_family, from, out, INET6_ADDRSTRLEN))
		return "unknown";
	return out;
}

static void look(struct request *r, struct MHD_Connection *connection, const char *method)
{
	char source[INET6_ADDRSTRLEN];
#define HEADER(name) MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name)
	route_head(r, &(struct request_head){
		.method = method, .host = HEADER("Host"), .origin = HEADER("Origin"), .fetch_site = HEADER("Sec-Fetch-Site"),
		.cookie = HEADER("Cookie"), .accept_language = HEADER("Accept-Language"), .content_type = HEADER("Content-Type"),
		.content_length = HEADER("Content-Length"), .etag = HEADER("If-None-Match"), .source = source_of(connection, source) });
#undef HEADER
}

static enum MHD_Result answer(struct request *r, struct MHD_Connection *connection)
{
	bool is_static = !r->page && r->status < 400, is_page = r->type && strncmp(r->type, "text/html", 9) == 0;
	struct MHD_Response *response;

	if (r->answer_fd >= 0) {
		response = MHD_create_response_from_fd64(r->answer_bytes, r->answer_fd);
		if (response)
			r->answer_fd = -1; /* closed with the response */
	} else { /* lives in the request's arena, which is freed when the request is completed */
		response = MHD_create_response_from_buffer(r->answer.n, (void *)(uintptr_t)r->answer.p, MHD_RESPMEM_PERSISTENT);
	}
	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < COUNT(always); i++)
		MHD_add_response_header(response, always[i].name, always[i].value);
	MHD_add_response_header(response, "Content-Security-Policy", is_page || is_static ? POLICY_PAGE : POLICY_FILE);
	MHD_add_response_header(response, "Cache-Control", is_static ? "no-cache" : "no-store");
	if (is_page)
		MHD_add_response_header(response, "Vary", "Accept-Language, Cookie");
	if (r->web->tls)
		MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
	if (r->type)
		MHD_add_response_header(response, "Content-Type", r->type);
	if (r->status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
	for (size_t i = 0; i < r->header_count; i++)
		MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
	enum MHD_Result queued = MHD_queue_response(connection, r->status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result request_came(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
				    const char *upload_data, size_t *upload_data_size, void **con_cls)
{
	struct request *r = *con_cls;

	(void)cls, (void)url, (void)version;
	if (!r)
		return MHD_NO;
	if (!r->looked) {
		r->looked = true;
		look(r, connection, method);
		return MHD_YES;
	}
	if (*upload_data_size > 0) {
		int status = route_body(r, bytes_of(upload_data, *upload_data_size));
		*upload_data_size = 0;
		return status == 0 ? MHD_YES : MHD_NO;
	}
	route_end(r);
	return answer(r, connection);
}

static void request_done(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode how)
{
	(void)cls, (void)connection, (void)how;
	request_free(*con_cls);
	*con_cls = NULL;
}

static void say(void *cls, const char *format, va_list args)
{
	char line[400];

	(void)cls;
	vsnprintf(line, sizeof line, format, args);
	log_line(LOG_DEBUG, "webd-020", "%s", line);
}

static bool is_loopback(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof at;

	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return false;
	if (at.ss_family == AF_INET)
		return ntohl(((struct sockaddr_in *)&at)->sin_addr.s_addr) >> 24 == 127;
	return at.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&at)->sin6_addr);
}

int http_start(const struct web *web, int listen, struct http **out, struct err *err)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)(intptr_t)certificate_give },
					{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
					{ MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	if (!web->tls && !is_loopback(listen))
		return fail(err, ERR_DENIED, 0, "beyond loopback a certificate is required: \"certificate = FILE\" and \"key = FILE\" in the settings");
	struct http *http = calloc(1, sizeof *http);
	must(http);
	http->daemon = MHD_start_daemon(
		flags | (web->tls ? MHD_USE_TLS : 0u), 0, NULL, NULL, request_came, NULL, MHD_OPTION_EXTERNAL_LOGGER, say, NULL,
		MHD_OPTION_LISTEN_SOCKET, listen, MHD_OPTION_NOTIFY_COMPLETED, request_done, NULL, MHD_OPTION_URI_LOG_CALLBACK, uri_came,
		(void *)(uintptr_t)web, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_is, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS_OF_ONE,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_CONNECTION_BYTES,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, web->tls ? tls : none,
		MHD_OPTION_END);
	if (!http->daemon) {
		free(http);
		return fail(err, ERR_IO, 0, "the HTTP server does not start");
	}
	*out = http;
	return 0;
}

void http_stop(struct http *http)
{
	MHD_stop_daemon(http->daemon);
	free(http);
}
