/* 請求の読取り — the small grammars of HTTP that a browser fills: forms, cookies, hosts, languages. Strict and bounded; foreign bytes
 * become text here or not at all. */
#ifndef WEB_PARSE_H
#define WEB_PARSE_H
#include "base/arena.h"
#include "base/err.h"
#include "web/html.h"

struct field {
	struct text name, value;
};
struct fields {
	struct field *rows;
	size_t count, room;
};
/* ERR_LIMIT beyond WEB_FIELDS. */
int fields_add(struct fields *fields, struct arena *arena, struct field field, struct err *err) CHECK_RESULT;
struct text fields_first(const struct fields *fields, const char *name); /* "" if absent */
bool fields_has(const struct fields *fields, const char *name);

/* application/x-www-form-urlencoded: adds its fields. ERR_MALFORMED for a bad %, ERR_NOT_TEXT for what is not UTF-8 or holds controls
 * other than tab and line breaks, ERR_LIMIT for a field of more than field_most bytes or too many. The length of the body is the caller's to bound. On failure fields may hold the first ones. */
int form_read(struct arena *arena, struct bytes body, size_t field_most, struct fields *fields, struct err *err) CHECK_RESULT;
/* Value of a form field as text: valid UTF-8, no NUL, CR LF → LF. */
int form_text(struct arena *arena, struct bytes value, struct text *out, struct err *err) CHECK_RESULT;

/* The value of the one cookie with this name; false if it is absent or stands twice. header: NULL is fine. */
bool cookie_read(const char *header, const char *name, struct bytes *out);
/* 64 lower-case hex digits → 32 bytes. */
bool token_read(struct bytes hex, uint8_t out[32]);

/* Is the Host header this host? host may hold a port, which must then agree (the usual one of the scheme may be left out);
 * without one any port is fine. Letter case does not matter. */
bool is_host(const char *header, const char *host, bool tls);
/* Is the Origin header "http(s)://" + this Host header? */
bool is_origin(const char *origin, const char *host_header, bool tls);
/* Accept-Language → the page's language: English only where the reader prefers it to Japanese. NULL: Japanese. */
enum html_language language_of(const char *accept_language);
/* A place to go back to within this face: begins with one "/", printable ASCII without \ " < >. */
bool is_local_path(struct text path);
/* file name → Content-Disposition of a download: ASCII fallback and RFC 5987 form. Never anything but an attachment. */
const char *attachment_header(struct arena *arena, struct text name);

#endif
