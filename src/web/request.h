/* 請求 — one request of a browser from its first line to the answer: what a page function may use. One request = one arena, one thread.
 * A page function fills *o (a page), or gives another answer (see_other, answer_bytes, answer_file), or fails: the route then logs once
 * and shows the sentence of the code, with what the person had typed. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H
#include "base/service.h"
#include "web/html.h"
#include "web/parse.h"

enum { FACE_MASK_OFFICE = 1, FACE_MASK_INTERNET = 2, FACE_MASK_BOTH = 3 }; /* bit = the face's number in store/client.h */
enum page_method { GET, POST, LONG, UPLOAD, QUIET };
enum page_permission { ANYONE, SIGNED_IN, CHIEF, CHIEF_OR_ADMINISTRATOR, ADMINISTRATOR };
enum { WEB_HOSTS_MOST = 8 /* = SETTINGS_HOSTS_MOST */, TOKEN_BYTES = 32, TOKEN_HEX = 65, HEADERS_MOST = 8 };

/* The process: written before the first request, then only read. */
struct web {
	struct service service;
	unsigned face; /* FACE_OFFICE, FACE_INTERNET */
	const char *hosts[WEB_HOSTS_MOST];
	size_t host_count;
	bool tls;
};

struct request;
struct page_row {
	enum page_method method;
	const char *path; /* "/tickets/#": # is a number */
	int (*act)(struct request *r, struct html *o, struct err *err);
	/* Uploads: each file's beginning (all fields before it are known and the form was checked), its pieces, its end. */
	int (*file_begin)(struct request *r, struct text name, struct text type, struct err *err);
	int (*file_data)(struct request *r, struct bytes piece, struct err *err);
	int (*file_end)(struct request *r, struct err *err);
	unsigned faces;
	enum page_permission permission;
	struct phrase title;
};
extern const struct page_row page_rows[];
extern const size_t page_rows_count;
/* The row for a method and path of this face; *number = the # of the path. NULL and *path_exists if only the method is wrong. */
const struct page_row *page_find(unsigned face, enum page_method method, struct text path, uint64_t *number, bool *path_exists);

struct user {
	struct text number, name, unit, unit_name;
	bool is_chief, is_administrator;
	int64_t expires;
};
struct header {
	const char *name, *value;
};
struct multipart;

struct request {
	const struct web *web;
	struct arena *arena;
	struct text path;
	const struct page_row *page; /* NULL: static file or nothing */
	bool looked, is_post, is_head;
	uint64_t number;
	struct fields query, form;
	enum html_language language;
	struct text host, source; /* as the browser named it; its address */
	const char *cookies;	  /* the header, NULL if there is none */
	uint64_t content_length;  /* 0 unknown */
	bool signed_in;
	struct user user;
	uint8_t token[TOKEN_BYTES]; /* of the session, if a cookie was there */
	bool has_token, has_visitor, visitor_is_new;
	bool session_ended;  /* the cookie belongs to no session any more: it is taken away with the answer */
	bool session_unknown; /* nobody could be asked: the cookie stays */
	uint8_t visitor[TOKEN_BYTES]; /* ties forms to a browser before anybody signed in */

	/* Upload under way. */
	struct multipart *multipart;
	struct buf field;
	struct text field_name;
	bool in_file, had_file;
	struct buf body; /* of an ordinary form */
	bool long_form; /* the page takes a whole text, and who sends it may use the page */
	uint64_t received;
	void *upload; /* the page's own */
	void (*upload_drop)(struct request *r);

	/* What went wrong before the page could be asked; the page of an upload may show it on its form. */
	struct err refused;
	struct phrase say; /* instead of the code's sentence */

	/* Answer. */
	unsigned status;
	const char *type; /* NULL: HTML in a layout */
	struct bytes answer;
	int answer_fd;	  /* ≥ 0: a file of answer_bytes */
	uint64_t answer_bytes;
	struct header headers[HEADERS_MOST];
	size_t header_count;
	int authd, transferd, recordd, zonesd; /* connections, −1 until asked for */
};

/* The page functions, from pages.def. */
#define PAGE(method, path, function, faces, permission, ja, en) int function(struct request *, struct html *, struct err *);
#define UPLOAD(path, function, faces, permission, ja, en)                     \
	int function(struct request *, struct html *, struct err *);         \
	int function##_begin(struct request *, struct text, struct text, struct err *); \
	int function##_data(struct request *, struct bytes, struct err *);              \
	int function##_end(struct request *, struct err *);
#include "web/pages.def"
#undef PAGE
#undef UPLOAD

/* ---- for pages ---- */
/* Who it is whose session r->token names: r->user and signed_in. An ended session is no failure on a page that anyone may see. */
int request_find_user(struct request *r, struct err *err) CHECK_RESULT;
/* May whoever is signed in (or nobody) use r->page? */
int request_permitted(struct request *r, struct err *err) CHECK_RESULT;
int request_authd(struct request *r, struct err *err) CHECK_RESULT; /* connection, closed with the request; −1 on failure */
int request_transferd(struct request *r, struct err *err) CHECK_RESULT;
int request_recordd(struct request *r, struct err *err) CHECK_RESULT;
int request_zonesd(struct request *r, struct err *err) CHECK_RESULT; /* only where this machine divides the zones is there one */
/* STORE_SEALED (store/client.h) over the request's own connection. */
#define REQUEST_SEALED(result, r, name, what, reply, err)                                               \
	do {                                                                                            \
		result = -1;                                                                            \
		if (request_recordd(r, err) >= 0)                                                       \
			STORE_SEALED(result, (r)->recordd, (r)->arena, name, what, reply, err);         \
	} while (0)
static inline struct text form_value(const struct request *r, const char *name)
{
	return fields_first(&r->form, name);
}
void answer_header(struct request *r, const char *name, const char *value);
int see_other(struct request *r, const char *location); /* 303; returns 0 */
int answer_bytes(struct request *r, const char *type, struct bytes content);
int answer_attachment(struct request *r, struct text name, const char *type, int fd, uint64_t bytes); /* owns fd */
/* Sets or (token NULL) takes away a cookie of this face: "session", "step", "visit". seconds 0: as long as the browser runs. */
void finish_cookies(struct request *r); /* the route's: what the answer says about visit and session */
void set_cookie(struct request *r, const char *kind, const uint8_t *token, unsigned seconds);
bool get_cookie(const struct request *r, const char *header, const char *kind, uint8_t out[TOKEN_BYTES]); /* header: r->cookies */
/* The value that forms of this request carry, hex: a token that only this session's (or visitor's) browser knows, then, if somebody is signed in,
 * whose page it is. */
const char *request_csrf(struct request *r);
const char *request_whose(const struct request *r, struct text token); /* that second half, for r->user */

/* ---- for the server (http.c) ---- */
struct request_head { /* headers the route looks at; NULL if absent */
	const char *method, *address, *host, *origin, *fetch_site, *cookie, *accept_language, *content_type, *content_length, *etag, *source;
};
struct request *request_new(const struct web *web, const char *address);
void request_free(struct request *r); /* drops an unfinished upload */
void route_head(struct request *r, const struct request_head *head);
/* −1: beyond every limit, cut the connection. */
int route_body(struct request *r, struct bytes piece) CHECK_RESULT;
void route_end(struct request *r);

#endif
