/* サインイン — GET and POST /sign-in, /enrol, /new-password, /sign-out, /language: the way in, the second factor, and the way out.
 * Between the steps a browser holds one cookie "step": authd's own short-lived token. */
#include "web/pages/sign_in.h"
#include "web/pages/resume.h"
#include "store/client.h"
#include "web/pages.h"
#include "web/qr.h"
#include "web/request.h"

enum { STEP_SECONDS = 600 };

static struct phrase status_phrase(enum auth_status status)
{
	return (struct phrase){ auth_status_japanese(status), auth_status_english(status) };
}

static struct text place_to_go(const struct request *r)
{
	struct text to = r->is_post ? form_value(r, "to") : fields_first(&r->query, "to");

	return is_local_path(to) ? to : TEXT("/");
}

int sign_in(struct request *r, struct html *o, struct err *err)
{
	(void)err;
	if (r->signed_in)
		return see_other(r, "/");
	page_sign_in(o, &(struct sign_in_view){ .to = place_to_go(r), .is_out = fields_has(&r->query, "out") });
	return 0;
}

/* What follows a step that authd has answered; 1 = stay on the page. */
static int go_on(struct request *r, const struct auth_outcome *got)
{
	switch (got->status) {
	case AUTH_IN:
		set_cookie(r, "session", got->token, 0);
		set_cookie(r, "step", NULL, 0);
		return see_other(r, place_to_go(r).p);
	case AUTH_ENROL:
		set_cookie(r, "step", got->token, STEP_SECONDS);
		return see_other(r, "/enrol");
	case AUTH_NEW_PASSWORD:
		set_cookie(r, "step", got->token, STEP_SECONDS);
		return see_other(r, "/new-password");
	default: return 1;
	}
}

int sign_in_post(struct request *r, struct html *o, struct err *err)
{
	struct auth_outcome got;

	if (request_authd(r, err) < 0 || auth_sign_in(r->authd, r->web->face, form_value(r, "number"), form_value(r, "password"),
						      form_value(r, "code"), r->source, &got, err) != 0)
		return -1;
	if (got.status == AUTH_IN) { /* forms of the answer belong to the new session */
		memcpy(r->token, got.token, sizeof r->token);
		r->has_token = true;
		if (form_value(r, "kept").n > 0) {
			if (request_find_user(r, err) != 0)
				return -1;
			*o = html_begin(r->arena, r->language, request_csrf(r));
			if (resume_offer(r, o)) {
				set_cookie(r, "session", got.token, 0);
				set_cookie(r, "step", NULL, 0);
				return 0;
			}
		}
	}
	if (go_on(r, &got) == 0)
		return 0;
	page_sign_in(o, &(struct sign_in_view){ .kept = form_value(r, "kept"), .number = form_value(r, "number"), .to = place_to_go(r), .say = status_phrase(got.status),
						.wait = got.status == AUTH_WAIT ? MAX(got.wait, 1u) : 0 });
	r->status = got.status == AUTH_WAIT ? 429 : 403;
	return 0;
}

static int enrolment(struct request *r, uint8_t token[TOKEN_BYTES], struct enrol_view *v, struct err *err)
{
	struct buf groups = buf_in(r->arena, 0);

	if (!get_cookie(r, r->cookies, "step", token))
		return fail(err, ERR_EXPIRED, 0, "no step cookie");
	if (request_authd(r, err) < 0 || auth_enrol_begin(r->authd, token, r->arena, &v->secret, &v->uri, err) != 0)
		return -1;
	for (size_t i = 0; i < v->secret.n; i++) {
		if (i && i % 4 == 0)
			buf_byte(&groups, ' ');
		buf_byte(&groups, (uint8_t)v->secret.p[i]);
	}
	v->secret = (struct text){ buf_string(&groups), groups.n };
	return 0;
}

/* The token of a step lives ten minutes; afterwards one begins at the sign-in page. */
static int back_to_sign_in(struct request *r, const struct err *err)
{
	if (err->code != ERR_EXPIRED && err->code != ERR_NOT_SIGNED_IN && err->code != ERR_NOT_FOUND)
		return -1;
	return see_other(r, "/sign-in");
}

int enrol(struct request *r, struct html *o, struct err *err)
{
	uint8_t token[TOKEN_BYTES];
	struct enrol_view v = { 0 };

	if (enrolment(r, token, &v, err) != 0)
		return back_to_sign_in(r, err);
	page_enrol(o, &v);
	return 0;
}

int enrol_qr(struct request *r, struct html *o, struct err *err)
{
	uint8_t token[TOKEN_BYTES];
	struct enrol_view v = { 0 };
	struct bytes svg;

	(void)o;
	if (enrolment(r, token, &v, err) != 0 || qr_svg(r->arena, v.uri, &svg, err) != 0)
		return -1;
	return answer_bytes(r, "image/svg+xml", svg);
}

int enrol_post(struct request *r, struct html *o, struct err *err)
{
	uint8_t token[TOKEN_BYTES];
	struct auth_outcome got;
	struct enrol_view v = { 0 };

	if (!get_cookie(r, r->cookies, "step", token))
		return see_other(r, "/sign-in");
	if (request_authd(r, err) < 0)
		return -1;
	if (auth_enrol_confirm(r->authd, token, form_value(r, "code"), &got, err) != 0)
		return back_to_sign_in(r, err);
	if (go_on(r, &got) == 0)
		return 0;
	if (enrolment(r, token, &v, err) != 0)
		return back_to_sign_in(r, err);
	v.say = (struct phrase){ "確認コードが違います。アプリに今表示されている6桁の数字を入力してください。端末の時計が合っているかも確かめてください。",
				 "The code is wrong. Type the six digits the app shows now; check that its clock is right." };
	page_enrol(o, &v);
	r->status = 403;
	return 0;
}

int new_password(struct request *r, struct html *o, struct err *err)
{
	uint8_t token[TOKEN_BYTES];

	(void)err;
	if (!get_cookie(r, r->cookies, "step", token))
		return see_other(r, "/sign-in");
	page_new_password(o, &(struct new_password_view){ 0 });
	return 0;
}

int new_password_post(struct request *r, struct html *o, struct err *err)
{
	uint8_t token[TOKEN_BYTES];
	struct auth_outcome got;
	struct phrase say = { "新しいパスワードの二つの入力が違っています。もう一度入力してください。", "The two new passwords differ. Type them again." };

	if (!get_cookie(r, r->cookies, "step", token))
		return see_other(r, "/sign-in");
	if (text_equal(form_value(r, "fresh"), form_value(r, "again"))) {
		if (request_authd(r, err) < 0)
			return -1;
		if (auth_change_password(r->authd, token, form_value(r, "present"), TEXT(""), form_value(r, "fresh"), r->source, &got, err) != 0)
			return back_to_sign_in(r, err);
		if (go_on(r, &got) == 0)
			return 0;
		say = got.status == AUTH_PASSWORD_REFUSED
			      ? (struct phrase){ password_refusal_japanese(got.refusal), password_refusal_english(got.refusal) }
			      : status_phrase(got.status);
	}
	page_new_password(o, &(struct new_password_view){ say });
	r->status = 403;
	return 0;
}

int sign_out_post(struct request *r, struct html *o, struct err *err)
{
	(void)o;
	if (r->signed_in && (request_authd(r, err) < 0 || auth_sign_out(r->authd, r->token, err) != 0))
		return -1;
	set_cookie(r, "session", NULL, 0);
	return see_other(r, "/sign-in?out=1");
}

int language_post(struct request *r, struct html *o, struct err *err)
{
	bool english = text_is(form_value(r, "language"), "en");

	(void)o, (void)err;
	answer_header(r, "Set-Cookie", arena_printf(r->arena, "sekisho-language=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000%s",
						    english ? "en" : "ja", r->web->tls ? "; Secure" : ""));
	return see_other(r, place_to_go(r).p);
}
