/* 道案内 — from headers to the page and back: who may, from where, in which language; every refusal becomes a page that says what to do. */
#include "base/code.h"
#include "base/hash.h"
#include "base/log.h"
#include "store/client.h"
#include "transfer/client.h"
#include "web/layout.h"
#include "web/limits.h"
#include "web/multipart.h"
#include "web/pages.h"
#include "web/pages/resume.h"
#include "web/pages/sign_in.h"
#include "web/request.h"
#include "web/static.h"
#include <strings.h>
#include <unistd.h>

static unsigned status_of(enum err_code code)
{
	switch (code) {
	case ERR_MALFORMED:
	case ERR_NOT_TEXT:
	case ERR_INVALID:
	case ERR_UNSUPPORTED:
	case ERR_CUT_SHORT: return 400;
	case ERR_DENIED:
	case ERR_NOT_SIGNED_IN: return 403;
	case ERR_NOT_FOUND: return 404;
	case ERR_CONFLICT: return 409;
	case ERR_EXPIRED: return 410;
	case ERR_LIMIT: return 413;
	case ERR_TOO_MANY: return 429;
	case ERR_BUSY:
	case ERR_PEER: return 503;
	case ERR_FULL: return 507;
	default: return 500;
	}
}

/* ---- who ---------------------------------------------------------------------------------------------------------------------- */

/* Asked by a page on its own, or for what is no page: no sign of life. */
static bool is_quiet(const struct request *r) { return !r->page || r->page->method == QUIET; }

static int ask_who_office(struct request *r, struct err *err)
{
	struct store_session_check_reply got;

	if (request_recordd(r, err) < 0)
		return -1;
	if (store_call_session_check(r->recordd, r->arena,
				     &(struct store_session_check){ .token = bytes_of(r->token, TOKEN_BYTES), .face = FACE_OFFICE,
								      .quiet = is_quiet(r) }, &got, err) != 0)
		return -1;
	r->user = (struct user){ got.number, got.name, got.unit, got.unit_name, got.is_chief, got.is_administrator, got.expires };
	return 0;
}

static int ask_who_internet(struct request *r, struct err *err)
{
	struct transfer_person got;

	if (request_transferd(r, err) < 0)
		return -1;
	if (transfer_who(r->transferd, r->token, is_quiet(r), r->arena, &got, err) != 0)
		return -1;
	r->user = (struct user){ got.number, got.name, got.unit, got.unit_name, got.is_chief, got.is_administrator, got.expires };
	return 0;
}

int request_find_user(struct request *r, struct err *err)
{
	struct err why = { 0 };

	if (!r->has_token)
		return 0;
	if ((r->web->face == FACE_OFFICE ? ask_who_office(r, &why) : ask_who_internet(r, &why)) == 0) {
		r->signed_in = true;
		return 0;
	}
	if (why.code == ERR_NOT_SIGNED_IN || why.code == ERR_EXPIRED)
		return 0;
	r->session_unknown = true;
	if (!r->page || r->page->permission == ANYONE)
		return 0;
	*err = why;
	return -1;
}

/* ---- before the body ----------------------------------------------------------------------------------------------------------- */

static const struct phrase foreign_host = { "このアドレスでは、この画面を開けません。正しいアドレスで開き直してください。", "This page is not served under this address." };
static const struct phrase foreign_site = { "ほかのサイトから送られた操作のため、受け付けませんでした。この画面を開き直してから操作してください。",
					    "The action came from another site and was not accepted. Open the page again." };
static const struct phrase stale_form = { "画面が古くなっているため、受け付けませんでした。何も変わっていません。画面を開き直して、もう一度操作してください。",
					  "This page is out of date; nothing was changed. Open it again and repeat." };

static const struct phrase not_here = { "ここには何もありません。もうないか、あなたには開けないものです。メニューからたどり直してください。",
					"There is nothing here: it is gone, or not yours to open. Start again from the menu." };

static bool is_own_host(const struct request *r, const char *host)
{
	for (size_t i = 0; i < r->web->host_count; i++)
		if (is_host(host, r->web->hosts[i], r->web->tls))
			return true;
	return false;
}

static int refuse_with(struct request *r, struct phrase say, enum err_code code, const char *why, struct err *err)
{
	r->say = say;
	return fail(err, code, 0, "%s", why);
}

static int read_address(struct request *r, struct err *err)
{
	const char *question = memchr(r->path.p, '?', r->path.n);
	struct text whole = r->path;

	if (whole.n > WEB_ADDRESS_BYTES)
		return fail(err, ERR_LIMIT, WEB_ADDRESS_BYTES, "an address of more than %d bytes", WEB_ADDRESS_BYTES);
	if (!is_local_path(whole))
		return fail(err, ERR_NOT_FOUND, 0, "no such address");
	if (question) {
		r->path.n = (size_t)(question - whole.p);
		r->path.p = arena_copy(r->arena, whole.p, r->path.n);
		return form_read(r->arena, bytes_of(question + 1, whole.n - r->path.n - 1), WEB_FIELD_BYTES, &r->query, err);
	}
	return 0;
}

static int read_post_head(struct request *r, const struct request_head *head, struct err *err)
{
	const char *wanted = "application/x-www-form-urlencoded";

	if (head->origin && !is_origin(head->origin, head->host, r->web->tls))
		return refuse_with(r, foreign_site, ERR_DENIED, "the Origin is another site", err);
	if (head->fetch_site && strcmp(head->fetch_site, "same-origin") != 0)
		return refuse_with(r, foreign_site, ERR_DENIED, "Sec-Fetch-Site is not same-origin", err);
	if (r->page->method == UPLOAD)
		return 0; /* route_head makes the multipart reader */
	if (!head->content_type || strncasecmp(head->content_type, wanted, strlen(wanted)) != 0)
		return fail(err, ERR_UNSUPPORTED, 0, "the body is no form");
	return 0;
}

static size_t form_most(const struct request *r)
{
	return r->long_form ? WEB_LONG_FORM_BYTES : WEB_FORM_BYTES;
}

static size_t field_most(const struct request *r)
{
	return r->long_form ? WEB_LONG_FIELD_BYTES : WEB_FIELD_BYTES;
}

static int form_too_long(const struct request *r, struct err *err)
{
	return fail(err, ERR_LIMIT, form_most(r), "a form of more than %zu bytes", form_most(r));
}

int request_permitted(struct request *r, struct err *err)
{
	if (r->page->permission != ANYONE && !r->signed_in)
		return fail(err, ERR_NOT_SIGNED_IN, 0, "nobody is signed in");
	if (r->page->permission == CHIEF && !r->user.is_chief)
		return fail(err, ERR_DENIED, 0, "%s is no chief", r->user.number.p);
	if (r->page->permission == CHIEF_OR_ADMINISTRATOR && !r->user.is_chief && !r->user.is_administrator)
		return fail(err, ERR_DENIED, 0, "%s is neither chief nor administrator", r->user.number.p);
	if (r->page->permission == ADMINISTRATOR && !r->user.is_administrator)
		return fail(err, ERR_DENIED, 0, "%s is no administrator", r->user.number.p);
	return 0;
}

static int serve_static(struct request *r, const struct request_head *head, struct err *err)
{
	const char *name = r->path.p + strlen("/static/");

	for (const struct static_file *f = static_files; f->name; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		answer_header(r, "ETag", f->etag);
		if (head->etag && strcmp(head->etag, f->etag) == 0) {
			r->status = 304;
			return answer_bytes(r, f->type, BYTES(""));
		}
		return answer_bytes(r, f->type, f->content);
	}
	return fail(err, ERR_NOT_FOUND, 0, "no such file");
}

static int find_page(struct request *r, const struct request_head *head, struct err *err)
{
	bool path_exists, is_get = strcmp(head->method, "GET") == 0;

	r->is_head = strcmp(head->method, "HEAD") == 0;
	r->is_post = strcmp(head->method, "POST") == 0;
	if ((is_get || r->is_head) && bytes_start(bytes_of_text(r->path), BYTES("/static/")))
		return serve_static(r, head, err);
	r->page = page_find(r->web->face, r->is_post ? POST : GET, r->path, &r->number, &path_exists);
	if (!is_get && !r->is_head && !r->is_post)
		r->page = NULL;
	if (r->page)
		return 0;
	fail(err, ERR_NOT_FOUND, 0, "no page %s %s", head->method, r->path.p);
	if (path_exists)
		r->status = 405;
	return -1;
}

static int part_begin(void *self, struct text name, struct text file_name, struct text type, bool is_file, struct err *err);
static int part_data(void *self, struct bytes piece, struct err *err);
static int part_end(void *self, struct err *err);
static const struct multipart_handler part_handler = { part_begin, part_data, part_end };

static enum html_language language_of_request(const struct request *r, const struct request_head *head)
{
	struct bytes chosen;

	if (cookie_read(head->cookie, "sekisho-language", &chosen))
		return bytes_equal(chosen, BYTES("en")) ? HTML_ENGLISH : HTML_JAPANESE;
	(void)r;
	return language_of(head->accept_language);
}

static int look_at_head(struct request *r, const struct request_head *head, struct err *err)
{
	uint64_t length;

	if (head->content_length && decimal_decode(bytes_of(head->content_length, strlen(head->content_length)), INT64_MAX, &length, NULL) == 0)
		r->content_length = length;
	if (!is_own_host(r, head->host)) {
		r->status = 421;
		return refuse_with(r, foreign_host, ERR_DENIED, "the Host is not this face's", err);
	}
	r->host = (struct text){ arena_copy(r->arena, head->host, strlen(head->host)), strlen(head->host) };
	if (read_address(r, err) != 0)
		return -1;
	r->has_token = get_cookie(r, head->cookie, "session", r->token);
	r->has_visitor = get_cookie(r, head->cookie, "visit", r->visitor);
	if (find_page(r, head, err) != 0) {
		if (request_find_user(r, NULL) != 0) /* for the menu, which leads away from here */
			r->signed_in = false;
		return -1;
	}
	if (!r->page)
		return 0; /* a static file */
	if (r->is_post && read_post_head(r, head, err) != 0)
		return -1;
	if (r->page->method == UPLOAD && multipart_new(r->arena, head->content_type, &part_handler, r, &r->multipart, err) != 0)
		return -1;
	if (request_find_user(r, err) != 0)
		return -1;
	r->long_form = r->page->method == LONG && request_permitted(r, NULL) == 0;
	if (r->is_post && r->page->method != UPLOAD && r->content_length > form_most(r))
		return r->page->method == LONG && request_permitted(r, err) != 0 ? -1 : form_too_long(r, err);
	/* A form is read first, so that nothing typed is lost when the session has ended; what is longer than WEB_FORM_BYTES stays in the browser. */
	return r->is_post ? 0 : request_permitted(r, err);
}

void route_head(struct request *r, const struct request_head *head)
{
	r->language = language_of_request(r, head);
	r->source = (struct text){ arena_copy(r->arena, head->source, strlen(head->source)), strlen(head->source) };
	r->cookies = head->cookie ? arena_copy(r->arena, head->cookie, strlen(head->cookie)) : NULL;
	if (look_at_head(r, head, &r->refused) != 0)
		must(r->refused.code != ERR_NONE);
	r->body = buf_in(r->arena, form_most(r));
}

/* ---- the body ------------------------------------------------------------------------------------------------------------------ */

static bool csrf_fits(struct request *r)
{
	struct text given = form_value(r, "csrf");

	if (!r->has_token && !r->has_visitor)
		return false;
	/* Whose form it was (the second half) says nothing about where it came from. */
	return given.n >= SHA256_HEX - 1 && secret_equal(given.p, request_csrf(r), SHA256_HEX - 1);
}

static int check_form(struct request *r, struct err *err)
{
	if (!csrf_fits(r))
		return refuse_with(r, stale_form, ERR_DENIED, "the form's token does not fit the session", err);
	return request_permitted(r, err);
}

static int part_begin(void *self, struct text name, struct text file_name, struct text type, bool is_file, struct err *err)
{
	struct request *r = self;

	r->in_file = is_file && file_name.n > 0;
	r->field_name = name;
	r->field = buf_in(r->arena, WEB_FIELD_BYTES);
	if (!r->in_file)
		return 0;
	if (!r->had_file && check_form(r, err) != 0)
		return -1;
	r->had_file = true;
	return r->page->file_begin(r, file_name, type, err);
}

static int part_data(void *self, struct bytes piece, struct err *err)
{
	struct request *r = self;

	if (r->in_file)
		return r->page->file_data(r, piece, err);
	buf_bytes(&r->field, piece);
	return buf_ok(&r->field) ? 0 : fail(err, ERR_LIMIT, WEB_FIELD_BYTES, "a field of more than %d bytes", WEB_FIELD_BYTES);
}

static int part_end(void *self, struct err *err)
{
	struct request *r = self;
	struct field f = { .name = r->field_name };

	if (r->in_file) {
		r->in_file = false;
		return r->page->file_end(r, err);
	}
	if (form_text(r->arena, buf_view(&r->field), &f.value, err) != 0)
		return -1;
	return fields_add(&r->form, r->arena, f, err);
}

int route_body(struct request *r, struct bytes piece)
{
	r->received += piece.n;
	if (r->received > WEB_BODY_BYTES || (!r->multipart && r->received > 16 * (uint64_t)form_most(r)))
		return -1;
	if (r->refused.code != ERR_NONE)
		return 0; /* read to its end, so that the browser listens to the answer */
	if (r->multipart) {
		if (multipart_feed(r->multipart, piece, &r->refused) != 0)
			must(r->refused.code != ERR_NONE);
		return 0;
	}
	buf_bytes(&r->body, piece);
	if (!buf_ok(&r->body))
		(void)!form_too_long(r, &r->refused);
	return 0;
}

/* ---- the answer ---------------------------------------------------------------------------------------------------------------- */

static int read_form(struct request *r, struct err *err)
{
	if (r->refused.code != ERR_NONE || !r->is_post)
		return 0;
	if (r->multipart)
		return multipart_end(r->multipart, err) != 0 || (!r->had_file && check_form(r, err) != 0) ? -1 : 0;
	if (form_read(r->arena, buf_view(&r->body), field_most(r), &r->form, err) != 0)
		return -1;
	return check_form(r, err);
}

static void start_answer(struct request *r)
{
	r->header_count = 0;
	if (r->answer_fd >= 0) /* half made */
		close(r->answer_fd);
	r->answer_fd = -1;
	r->type = NULL;
	r->answer = BYTES("");
	if (r->has_token && !r->signed_in && r->page && !r->session_unknown) {
		r->session_ended = true; /* forms of the answer belong to the visitor */
		r->has_token = false;
	}
}

/* Where a POST may be begun again: its own GET, or the start. */
static const char *reopen(const struct request *r)
{
	uint64_t number;
	bool exists;

	return page_find(r->web->face, GET, r->path, &number, &exists) ? r->path.p : "/";
}

/* A form that came after its session had ended: what was typed goes through the sign-in and comes back. false: there is nothing to carry. */
static bool offer_sign_in(struct request *r)
{
	uint64_t number;
	struct html o = html_begin(r->arena, r->language, request_csrf(r));
	struct text kept = r->page && resume_page(r, r->path, &number) ? resume_seal(r) : TEXT("");

	if (kept.n == 0)
		return false;
	page_sign_in(&o, &(struct sign_in_view){
		.to = r->path, .kept = kept,
		.say = { "サインインの時間が切れたため、まだ送られていません。入力した内容は残っています。サインインすると、続きから送れます。",
			 "Your session had ended, so nothing was sent. What you typed is kept: sign in and go on from there." } });
	r->status = 403;
	layout(r, &o, (struct phrase){ "サインイン", "Sign in" });
	return true;
}

static void answer_failure(struct request *r, const struct err *err)
{
	struct html o;
	unsigned status = status_of(err->code);

	start_answer(r);
	if (status >= 500)
		log_err(LOG_WARNING, "webd-010", r->path.p, err);
	else
		log_err(LOG_DEBUG, "webd-011", r->path.p, err);
	if (err->code == ERR_NOT_SIGNED_IN && !r->is_post) {
		struct html to = html_begin(r->arena, r->language, "");
		html_url_part(&to, r->path);
		see_other(r, arena_printf(r->arena, r->path.n == 1 ? "/sign-in" : "/sign-in?to=%s", buf_string(&to.out)));
		return;
	}
	if (err->code == ERR_NOT_SIGNED_IN && offer_sign_in(r))
		return;
	if (r->status < 400)
		r->status = status;
	o = html_begin(r->arena, r->language, r->status == 421 ? "" : request_csrf(r));
	struct error_view v = { .say = r->say, .form = &r->form, .status = r->status };
	if (!v.say.ja)
		v.say = (struct phrase){ err_japanese(err->code), err_english(err->code) };
	v.back = r->is_post && r->page ? reopen(r) : "/";
	v.again = r->is_post && r->page;
	v.sign_in = err->code == ERR_NOT_SIGNED_IN;
	if (err->code == ERR_NOT_FOUND && !r->say.ja)
		v.say = not_here;
	page_error(&o, &v);
	layout(r, &o, (struct phrase){ "受け付けられませんでした", "Not accepted" });
}

static void answer_request(struct request *r)
{
	struct err err = { 0 };
	bool page_shows_it = r->page && r->page->method == UPLOAD && r->had_file && r->refused.code != ERR_NONE && !r->say.ja &&
			     r->refused.code != ERR_NOT_SIGNED_IN && r->refused.code != ERR_DENIED;

	if (r->refused.code == ERR_NONE && read_form(r, &r->refused) != 0)
		must(r->refused.code != ERR_NONE);
	if (r->refused.code != ERR_NONE && !page_shows_it) {
		answer_failure(r, &r->refused);
		return;
	}
	if (!r->page)
		return; /* a static file is ready */
	start_answer(r);
	struct html o = html_begin(r->arena, r->language, request_csrf(r));
	if (r->page->act(r, &o, &err) != 0) {
		must(err.code != ERR_NONE);
		answer_failure(r, &err);
	} else if (!r->type) {
		layout(r, &o, r->page->title);
	}
}

void route_end(struct request *r)
{
	answer_request(r);
	finish_cookies(r);
}
